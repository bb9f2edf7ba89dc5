//! A copy of the list of segments, for a backup: segments never change under their names, so the list and the files that it
//! names are the store of one instant.

use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::write;
use std::path::{Path, PathBuf};

/// A file that a list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it lies, below the store's folder.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Copies the list of the store in `dir` to the file `into`, which must not exist, and tells what the copy names. The
/// store may be in use, by another process too: a file that was merged into another meanwhile is gone then, and the caller
/// copies a newer list.
///
/// # Errors
/// Also where the list is of another format; see [`Error::Older`].
pub fn checkpoint(dir: &Path, into: &Path) -> Result<Vec<Listed>> {
    Manifest::read_only(&dir.join("manifest.db"))?.copy(into)?;
    listed(into)
}

/// What a list names: that of a store, or a copy.
///
/// # Errors
/// As [`checkpoint`], and where the list is damaged.
pub fn listed(list: &Path) -> Result<Vec<Listed>> {
    let manifest = Manifest::read_only(list)?;
    manifest.check()?;
    let folder = Path::new("segments");
    let mut files = Vec::new();
    for entry in manifest.entries()? {
        let path = write::segment_path(folder, entry.table, entry.days, entry.name);
        files.push(Listed { path, bytes: entry.bytes });
        if let Some(bytes) = entry.facts_bytes {
            files.push(Listed { path: write::facts_path(folder, entry.days, entry.name), bytes });
        }
    }
    Ok(files)
}

impl Manifest {
    fn copy(&self, into: &Path) -> Result<()> {
        let failed = |source| Error::Manifest { path: into.to_owned(), source };
        // The name as SQLite takes it: bytes of a path that are no text cannot be said to it.
        let name = into.to_str().ok_or_else(|| failed(rusqlite::Error::InvalidPath(into.to_owned())))?;
        self.connection().execute("vacuum into ?1", [name]).map(drop).map_err(failed)
    }

    /// Whether SQLite finds it whole.
    fn check(&self) -> Result<()> {
        let failed = |source| Error::Manifest { path: self.path().to_owned(), source };
        let mut statement = self.connection().prepare("pragma quick_check(1)").map_err(failed)?;
        let said: String = statement.query_row([], |row| row.get(0)).map_err(failed)?;
        match said.as_str() {
            "ok" => Ok(()),
            _ => Err(failed(rusqlite::Error::InvalidColumnName(said))),
        }
    }
}
