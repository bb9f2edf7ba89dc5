#![doc = include_str!("../README.md")]

mod error;
mod frame;
mod matrix;
mod outline;
pub mod png;
mod runs;
pub mod svg;

pub use error::Error;
pub use frame::{QUIET_ZONE, WIDTHS};
pub use matrix::{Code, Level};
