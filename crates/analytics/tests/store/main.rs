//! The store from outside: its answers, and what it survives.

#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod ageing;
mod agreement;
mod answers;
mod durability;
mod levels;
mod midnight;
mod past;
mod reference;
mod rejudging;
mod verify;
mod world;
mod zones;
