//! What can go wrong in the store, in words that name the mend.

use crate::lost::Damage;
use std::io;
use std::path::PathBuf;

/// A failure of the scan store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused a file.
    #[error("could not {what} {}: {source}; check free space and permissions of the data directory", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The manifest cannot be read or written.
    #[error("the list of segments ({}) cannot be used: {source}; {}", path.display(), mend(source))]
    Manifest {
        /// The manifest's file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The store was written by a newer program.
    #[error("the scan store has format {found}, this program knows {known}; start the newer program")]
    Newer {
        /// Format of the store.
        found: i64,
        /// Newest format known here.
        known: i64,
    },
    /// The store was last opened by an older program.
    #[error(
        "the scan store has format {found}, this program reads {known}; start the server once, which brings it up to date"
    )]
    Older {
        /// Format of the store.
        found: i64,
        /// Format read here.
        known: i64,
    },
    /// A segment cannot be read. Questions are then answered from the rest.
    #[error("segment {} cannot be read: {reason}; restore the file from a backup and start again", path.display())]
    Segment {
        /// The segment's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What was to be all of something would lack what is in damaged files.
    #[error("{0}")]
    Damage(Damage),
    /// A segment could not be written.
    #[error("could not write segment {}: {source}; check free space of the data directory", path.display())]
    Write {
        /// The segment's file.
        path: PathBuf,
        /// Why not.
        source: parquet::errors::ParquetError,
    },
    /// The threads for queries could not be started.
    #[error("could not start the query threads: {0}; check the limit of threads (ulimit -u)")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// What to do about a manifest that SQLite does not like.
fn mend(source: &rusqlite::Error) -> &'static str {
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            "end the other program that has it open"
        }
        Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure) => {
            "make room on the disk, or mend it"
        }
        _ => "restore it from a backup together with the folder `segments`",
    }
}

/// Result of the store's operations.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}
