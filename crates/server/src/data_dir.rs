//! The data directory: made where missing, readable by its owner alone, used by one process at a time.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::Path;

/// Version of everything the directory holds together.
const FORMAT: u32 = 1;

/// Why a directory cannot be used: a matter of settings, so exit 2.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Another process has it.
    #[error("data directory {0} is used by another quietzone; stop it first, or use another --data")]
    Locked(String),
    /// A newer program wrote it.
    #[error("data directory {0} has format {1}; this quietzone knows up to {FORMAT}. Use the newer program")]
    Newer(String, String),
    /// The file system says no.
    #[error("data directory {0}: {1}")]
    Io(String, std::io::Error),
}

/// The lock on a data directory, held while this lives.
pub struct Lock {
    _file: File,
}

/// Makes the directory where missing, checks its format and locks it.
pub fn open(path: &Path) -> Result<Lock, Unusable> {
    let shown = path.display().to_string();
    let io = |error| Unusable::Io(shown.clone(), error);
    // 077: what is kept is nobody else's business.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    fs::create_dir_all(path).map_err(io)?;
    let file =
        File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Unusable::Locked(shown)),
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let format = path.join("format");
    match fs::read_to_string(&format) {
        Ok(text) => match text.trim().parse::<u32>() {
            Ok(known) if known <= FORMAT => {}
            _ => return Err(Unusable::Newer(shown, text.trim().to_owned())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut file = File::create(&format).map_err(io)?;
            writeln!(file, "{FORMAT}").and_then(|()| file.sync_all()).map_err(io)?;
        }
        Err(error) => return Err(io(error)),
    }
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_no_newer_format() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("made/where/missing");
        let lock = open(&data).unwrap();
        assert!(matches!(open(&data), Err(Unusable::Locked(_))));
        drop(lock);
        fs::write(data.join("format"), "99\n").unwrap();
        assert!(matches!(open(&data), Err(Unusable::Newer(_, _))));
    }
}
