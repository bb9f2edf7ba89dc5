#![doc = include_str!("../README.md")]

mod adrift;
mod append;
mod disk;
mod event;
mod frame;
mod inspect;
mod log_file;
mod options;
mod reader;
mod recovery;
mod rescue;
mod ring;
mod scanner;
mod shared;
mod spool;
mod status;
mod sync;
mod unsynced;

pub use append::{Appended, Entry, Frames};
pub use disk::{Directory, Disk, Place, SpoolFile};
pub use frame::MAX_PAYLOAD;
pub use inspect::{Stretch, inspect};
pub use options::Options;
pub use reader::{Batch, Reader, Record};
pub use recovery::{Gap, Recovery};
pub use spool::Spool;
pub use status::{LossReason, Losses, Status};
