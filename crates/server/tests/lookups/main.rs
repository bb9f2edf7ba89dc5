//! Looking things up: verdicts, devices and places, against the public corpora that `make setup` fetches.

mod corpora;
mod devices;
mod mmdb;
mod places;
mod verdicts;
