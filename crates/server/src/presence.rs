//! Whether the databases are still the files that were opened: one that was removed is written on in vain.

use crate::consumers::Stop;
use crate::status::Sickness;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often they are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What is looked at, and the part that is sick without it.
const FILES: [(&str, &str); 2] = [("catalog.db", "catalog file"), ("store/manifest.db", "store file")];

/// The files as they were opened.
pub struct Presence(Vec<File>);

struct File {
    path: PathBuf,
    part: &'static str,
    /// Its file system and its number there.
    identity: (u64, u64),
}

impl Presence {
    /// Notes which files these are, in the data directory of a server that has just opened them.
    pub fn note(data: &Path) -> io::Result<Self> {
        let note = |(name, part)| {
            let path = data.join(name);
            let identity = identity(&path)?;
            Ok(File { path, part, identity })
        };
        FILES.into_iter().map(note).collect::<io::Result<_>>().map(Self)
    }

    /// Looks until it is asked to stop. A thread of its own: a disk that does not answer holds up nobody else.
    pub fn watch(&self, sickness: &Sickness, stop: &Stop) {
        while !stop.wait(LOOK) {
            for file in &self.0 {
                match file.is_there() {
                    Some(true) => sickness.clear(file.part),
                    Some(false) => sickness.note(file.part, file.told()),
                    None => {}
                }
            }
        }
    }
}

impl File {
    /// Nothing where the disk does not tell.
    fn is_there(&self) -> Option<bool> {
        match identity(&self.path) {
            Ok(identity) => Some(identity == self.identity),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Some(false)
            }
            Err(_) => None,
        }
    }

    fn told(&self) -> String {
        let path = self.path.display();
        format!(
            "{path} is not the file that is in use: that one was removed, replaced, or its disk unmounted. What changes now may \
             be gone with this process; stop it, and put the data directory or a backup back (quietzone restore)"
        )
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = path.metadata()?;
    Ok((found.dev(), found.ino()))
}
