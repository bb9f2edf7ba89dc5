//! Quietzone.
fn main() {}
