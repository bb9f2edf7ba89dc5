//! The border to the disk: what the spool asks of a directory and its files, and the real answer.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;

/// One open file. Offsets and lengths are bytes.
pub trait SpoolFile: Send + Sync {
    /// Reads at `offset`; fewer bytes than asked for, or 0, at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes at `offset`; may write fewer bytes than given. What it wrote survives the end of the process.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Puts the file's data on the disk (fdatasync). After an error the unsynced data must be taken for lost.
    fn sync(&self) -> io::Result<()>;
    /// Cuts the file to `len` bytes.
    fn truncate(&self, len: u64) -> io::Result<()>;
    /// Length of the file.
    fn size(&self) -> io::Result<u64>;
}

/// The directory that holds the spool's files. Names are plain file names.
pub trait Disk: Send + Sync {
    /// Names of all files in the directory, in any order.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Creates a file that must not exist yet, for reading and writing.
    fn create(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>>;
    /// Opens a file for reading.
    fn open(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>>;
    /// Renames a file.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Puts the directory's entries on the disk: creations, renames, removals.
    fn sync_directory(&self) -> io::Result<()>;
    /// Bytes that could still be written.
    fn available(&self) -> io::Result<u64>;
    /// Creates a file that must not exist yet and occupies `bytes` of the disk.
    fn allocate(&self, name: &str, bytes: u64) -> io::Result<()>;
}

/// A directory of the file system.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The directory at `path`, made if it does not exist.
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// The directory at `path`, to be looked at.
    pub(crate) fn existing(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn create_file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(self.path.join(name))
    }
}

impl Disk for Directory {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // A name that is not UTF-8 is none of ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>> {
        Ok(Arc::new(self.create_file(name)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>> {
        Ok(Arc::new(File::open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn available(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.path)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn allocate(&self, name: &str, bytes: u64) -> io::Result<()> {
        let file = self.create_file(name)?;
        let filled = match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => fill_with_zeroes(&file, bytes),
            other => other.map_err(io::Error::from),
        };
        // A half-made file would hold the very space that somebody else is short of.
        filled.inspect_err(|_| drop(self.remove(name)))
    }
}

fn fill_with_zeroes(file: &File, bytes: u64) -> io::Result<()> {
    let zeroes = vec![0; 1 << 20];
    let mut at = 0;
    while at < bytes {
        let n = (bytes - at).min(zeroes.len() as u64);
        file.write_all_at(&zeroes[..n as usize], at)?;
        at += n;
    }
    Ok(())
}

impl SpoolFile for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Writes all of `bytes`, normally with one call. After an error any part of them may be in the file.
pub(crate) fn write_all(file: &dyn SpoolFile, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                bytes = &bytes[n..];
                offset += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills `buffer` from `offset`; returns how much there was.
pub(crate) fn read_full(file: &dyn SpoolFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// [`read_full`] page by page, so that one bad sector costs no more than its page: what cannot be read is zeroes, which
/// no frame survives. Returns how much there was, and how much of it could not be read.
pub(crate) fn read_around(file: &dyn SpoolFile, buffer: &mut [u8], offset: u64) -> (usize, u64) {
    const PAGE: usize = 4096;
    let (mut from, mut unreadable) = (0, 0);
    while from < buffer.len() {
        let at = offset + from as u64;
        let to = (from + PAGE - at as usize % PAGE).min(buffer.len());
        match read_full(file, &mut buffer[from..to], at) {
            Ok(filled) if filled < to - from => return (from + filled, unreadable),
            Ok(_) => {}
            Err(_) => {
                buffer[from..to].fill(0);
                unreadable += (to - from) as u64;
            }
        }
        from = to;
    }
    (from, unreadable)
}
