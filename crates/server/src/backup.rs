//! Backups: made while the server runs or not, of everything but secrets, each time only what is new; and put back.
//!
//! [`snapshot`] takes hold of one instant of a data directory without asking whoever uses it, [`send`] brings what is new of
//! it to a [`target`], [`check`] compares what lies there, [`restore`] puts it back. The record of a backup comes last: what
//! was interrupted has none and is no backup. ([decision 0023](../../../docs/decisions/0023-backup.md))

pub mod archive;
pub mod check;
pub mod erasures;
pub mod folder;
pub mod names;
pub mod record;
pub mod restore;
pub mod s3;
pub mod send;
pub mod snapshot;
pub mod target;
pub mod worker;

/// What is being done, and how far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What the numbers count: `bytes copied`.
    pub what: &'static str,
    /// Done.
    pub done: u64,
    /// Of so many.
    pub of: u64,
}

/// Hears how far it is; says whether to go on.
pub type Tell<'t> = &'t dyn Fn(Progress) -> bool;

/// It was asked to stop; nothing has changed.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("stopped before the end; the backups before it are as they were")]
pub struct Stopped;
