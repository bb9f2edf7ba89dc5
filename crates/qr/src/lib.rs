#![doc = include_str!("../README.md")]

pub mod check;
pub mod design;
pub mod drawing;
mod error;
mod frame;
pub mod logo;
mod matrix;
mod outline;
pub mod png;
mod runs;
mod shape;
pub mod svg;

pub use error::Error;
pub use frame::{QUIET_ZONE, WIDTHS};
pub use matrix::{Code, Level};
