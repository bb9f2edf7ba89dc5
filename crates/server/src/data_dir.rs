//! The data directory: made where missing, readable by its owner alone, used by one process at a time.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{FileExt, MetadataExt};
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
    /// A backup is being put back into it, or was and not to its end.
    #[error(
        "a backup was not put back into data directory {0} to its end; run `quietzone restore` again with the same \
         directory"
    )]
    Restoring(String),
    /// No installation is there, and what was asked makes none.
    #[error("{0} is no data directory of quietzone: it has no catalog.db")]
    NotMade(String),
    /// The file system says no.
    #[error("data directory {0}: {1}")]
    Io(String, std::io::Error),
}

/// File that is there while a backup is put back.
pub const RESTORING: &str = "restoring";

/// The lock on a data directory, held while this lives.
pub struct Lock {
    file: File,
}

/// The server that has a data directory, as it has noted itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Where it answers.
    pub address: SocketAddr,
    /// Whether it speaks https there.
    pub encrypted: bool,
}

impl Lock {
    /// Notes in the lock file where the server answers, for `quietzone doctor` to find it.
    pub fn note(&self, holder: Holder) {
        let scheme = if holder.encrypted { "https" } else { "http" };
        let line = format!("{} {scheme} {}\n", holder.pid, holder.address);
        // A full disk keeps no code from answering.
        let _ = self.file.set_len(0).and_then(|()| self.file.write_all_at(line.as_bytes(), 0));
    }
}

/// Whether a process of this machine has the directory. Takes no lock: proc(5) lists those there are. Not known to be
/// held where the system does not tell.
pub fn is_held(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path.join("lock")) else { return false };
    // Devices are not compared: some file systems (btrfs, overlays) show other numbers there than to stat(2).
    let wanted = format!(":{}", metadata.ino());
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    locks.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.any(|word| word == "FLOCK") && words.any(|word| word.ends_with(&wanted))
    })
}

/// What the server that has the directory has noted of itself.
pub fn holder(path: &Path) -> Option<Holder> {
    let text = fs::read_to_string(path.join("lock")).ok()?;
    let mut words = text.split_whitespace();
    let (pid, scheme, address) = (words.next()?, words.next()?, words.next()?);
    Some(Holder { pid: pid.parse().ok()?, address: address.parse().ok()?, encrypted: scheme == "https" })
}

/// The format of a directory that this program cannot use, if it is one.
pub fn newer_format(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path.join("format")).ok()?;
    let known = text.trim().parse::<u32>().is_ok_and(|format| format <= FORMAT);
    (!known).then(|| text.trim().to_owned())
}

/// Refuses a directory without an installation, and makes nothing: a mistyped name must not become a new one.
pub fn check_made(path: &Path) -> Result<(), Unusable> {
    if path.join("catalog.db").exists() {
        return Ok(());
    }
    let shown = path.display().to_string();
    Err(if path.join(RESTORING).exists() { Unusable::Restoring(shown) } else { Unusable::NotMade(shown) })
}

/// Makes the directory where missing, checks its format and locks it.
pub fn open(path: &Path) -> Result<Lock, Unusable> {
    let lock = lock(path)?;
    let shown = path.display().to_string();
    if path.join(RESTORING).exists() {
        return Err(Unusable::Restoring(shown));
    }
    let io = |error| Unusable::Io(shown.clone(), error);
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
    Ok(lock)
}

/// Makes the directory where missing and locks it, whatever is in it.
pub fn lock(path: &Path) -> Result<Lock, Unusable> {
    let shown = path.display().to_string();
    let io = |error| Unusable::Io(shown.clone(), error);
    // 077: what is kept is nobody else's business.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    fs::create_dir_all(path).map_err(io)?;
    let file =
        File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(io)?;
    match file.try_lock() {
        // Who had it before has noted itself there.
        Ok(()) => drop(file.set_len(0)),
        Err(TryLockError::WouldBlock) => return Err(Unusable::Locked(shown)),
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    Ok(Lock { file })
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
        assert!(is_held(&data) && holder(&data).is_none());
        let own = Holder { pid: 7, address: "[::1]:80".parse().unwrap(), encrypted: true };
        lock.note(own);
        assert_eq!(holder(&data), Some(own));
        drop(lock);
        assert!(!is_held(&data));
        fs::write(data.join("format"), "99\n").unwrap();
        assert!(matches!(open(&data), Err(Unusable::Newer(_, _))));
    }
}
