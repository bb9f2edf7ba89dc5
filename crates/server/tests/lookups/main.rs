//! Looking things up: verdicts, devices and places, against the public corpora that `make setup` fetches.

#![expect(clippy::unwrap_used, reason = "tests")]

mod corpora;
mod devices;
mod mmdb;
mod places;
mod setup;
mod verdicts;
