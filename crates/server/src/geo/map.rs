//! The one place of the server with `unsafe`: a file as bytes without reading it.

use std::fs::File;
use std::io;
use std::path::Path;

/// A file mapped into memory, read-only.
pub(super) struct Mapped(memmap2::Mmap);

impl Mapped {
    #[expect(unsafe_code, reason = "Cities take 134 MB, which must be the page cache's, not ours.")]
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
        }
        // SAFETY: The mapping is read-only and private. Nothing of ours writes to a geo file in place (they
        // are replaced by rename, as the page of `geo` says), and every reader of these bytes checks what it
        // reads as it reads it.
        Ok(Self(unsafe { memmap2::Mmap::map(&file)? }))
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
