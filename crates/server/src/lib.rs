//! Quietzone.

pub mod agent;
pub mod geo;
pub mod verdict;
