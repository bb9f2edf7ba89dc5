//! The border to the disk: what the spool asks of a directory and its files, and the real answer.

use parking_lot::RwLock;
use rustix::fs::{AtFlags, Dir, FallocateFlags, Mode, OFlags};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
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
    /// Whether the file still has a name; one that was removed lives until it is closed.
    fn is_named(&self) -> io::Result<bool>;
}

/// Where a directory is that was opened once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Where it was opened.
    #[default]
    Kept,
    /// At its path is nothing or another one: it was moved away, or its file system unmounted. It works as before.
    Moved,
    /// It was removed: nothing can be created in it any more.
    Removed,
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
    /// Where the directory is now.
    fn place(&self) -> Place;
    /// Makes the directory again where it was, and works there from now on.
    fn renew(&self) -> io::Result<()>;
}

/// A directory of the file system. It is held open, so that all goes on in it wherever it is moved to.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    opened: RwLock<Arc<OwnedFd>>,
}

impl Directory {
    /// The directory at `path`, made if it does not exist.
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path)?;
        Self::existing(path)
    }

    /// The directory at `path`, to be looked at.
    pub(crate) fn existing(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let opened = RwLock::new(Arc::new(open_directory(&path)?));
        Ok(Self { path, opened })
    }

    fn opened(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.opened.read())
    }

    fn create_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(self.opened(), name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }
}

fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

impl Disk for Directory {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(self.opened())? {
            // A name that is not UTF-8 is none of ours.
            match entry?.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>> {
        Ok(Arc::new(self.create_file(name)?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        Ok(Arc::new(File::from(rustix::fs::openat(self.opened(), name, flags, Mode::empty())?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let directory = self.opened();
        Ok(rustix::fs::renameat(&directory, from, &directory, to)?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self.opened(), name, AtFlags::empty())?)
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(self.opened())?)
    }

    fn available(&self) -> io::Result<u64> {
        let stat = rustix::fs::fstatvfs(self.opened())?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn allocate(&self, name: &str, bytes: u64) -> io::Result<()> {
        let file = self.create_file(name)?;
        let filled = match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => fill_with_zeroes(&file, bytes),
            other => other.map_err(io::Error::from),
        };
        // A half-made file would hold the very space that somebody else is short of.
        filled.inspect_err(|_| drop(self.remove(name)))
    }

    fn place(&self) -> Place {
        let directory = self.opened();
        let Ok(opened) = rustix::fs::fstat(&directory) else { return Place::Kept };
        let is_there = match rustix::fs::stat(&self.path) {
            Ok(there) => (there.st_dev, there.st_ino) == (opened.st_dev, opened.st_ino),
            // What else is wrong with the path is told by whoever needs it.
            Err(error) => !matches!(error, Errno::NOENT | Errno::NOTDIR),
        };
        // Some file systems (merged directories of overlays) count no links; but only a removed directory lists not even itself.
        let is_removed = || {
            opened.st_nlink == 0 || Dir::read_from(&directory).is_ok_and(|mut names| names.next().is_none())
        };
        match is_there {
            true => Place::Kept,
            false if is_removed() => Place::Removed,
            false => Place::Moved,
        }
    }

    fn renew(&self) -> io::Result<()> {
        fs::create_dir_all(&self.path)?;
        *self.opened.write() = Arc::new(open_directory(&self.path)?);
        Ok(())
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

    fn is_named(&self) -> io::Result<bool> {
        Ok(rustix::fs::fstat(self)?.st_nlink > 0)
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
