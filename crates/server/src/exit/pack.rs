//! Where a bundle goes: a folder, or one ZIP archive.

use anyhow::{Context, bail};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A bundle on its way.
pub enum Pack {
    /// Files of a folder; the one that is open.
    Folder(PathBuf, Option<File>),
    /// An archive.
    Zip(Box<ZipWriter<File>>),
}

impl Pack {
    /// A folder, which must be new or empty; what ends in `.zip` is an archive.
    pub fn create(target: &Path) -> anyhow::Result<Self> {
        if target.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
            return Self::zip(target);
        }
        std::fs::create_dir_all(target).with_context(|| target.display().to_string())?;
        if std::fs::read_dir(target)?.next().is_some() {
            bail!("{} is not empty; name a folder that is not there yet", target.display());
        }
        Ok(Self::Folder(target.to_owned(), None))
    }

    /// An archive.
    pub fn zip(target: &Path) -> anyhow::Result<Self> {
        let file = File::create(target).with_context(|| target.display().to_string())?;
        Ok(Self::Zip(Box::new(ZipWriter::new(file))))
    }

    /// Begins a file; what is written then goes into it.
    pub fn begin(&mut self, name: &str) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder, open) => {
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
                *open = Some(File::create(&path).with_context(|| path.display().to_string())?);
            }
            Self::Zip(zip) => {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Deflated)
                    .large_file(true);
                zip.start_file(name, options)?;
            }
        }
        Ok(())
    }

    /// Writes into the file that was begun.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Folder(_, Some(file)) => file.write_all(bytes)?,
            Self::Folder(_, None) => bail!("no file was begun"),
            Self::Zip(zip) => zip.write_all(bytes)?,
        }
        Ok(())
    }

    /// A whole file.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        self.begin(name)?;
        self.write(bytes)
    }

    /// Ends it; the archive's file.
    pub fn end(self) -> anyhow::Result<Option<File>> {
        match self {
            Self::Folder(..) => Ok(None),
            Self::Zip(zip) => Ok(Some(zip.finish()?)),
        }
    }
}

/// A text as one name of a file, on every system.
pub fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '~') { c } else { '_' };
    text.chars().map(plain).collect()
}
