//! A single file as a target: a tar archive of one backup, which any tar can open.

use anyhow::Context;
use model::Millis;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// An archive that is there.
pub struct Archive {
    path: PathBuf,
    /// Where the bytes of each object begin, and how many they are.
    index: HashMap<String, (u64, u64)>,
}

impl Archive {
    /// Reads which objects it has. One that was cut off has those before the cut.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let length = file.metadata()?.len();
        let mut archive = tar::Archive::new(file);
        let mut index = HashMap::new();
        for entry in archive.entries_with_seek()? {
            let Ok(entry) = entry else { break };
            let name = entry.path().map(|path| path.to_string_lossy().into_owned());
            let (begin, bytes) = (entry.raw_file_position(), entry.size());
            if let Ok(name) = name
                && begin.saturating_add(bytes) <= length
            {
                index.insert(name, (begin, bytes));
            }
        }
        Ok(Self { path: path.to_owned(), index })
    }

    /// Objects with their sizes.
    pub fn objects(&self) -> HashMap<String, u64> {
        self.index.iter().map(|(name, (_, bytes))| (name.clone(), *bytes)).collect()
    }

    /// Reads an object from its beginning to its end.
    pub fn read(&self, object: &str, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let (begin, bytes) = self.index.get(object).ok_or(io::ErrorKind::NotFound)?;
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(*begin))?;
        let mut rest = file.take(*bytes);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match rest.read(&mut buffer)? {
                0 => return Ok(()),
                read => each(&buffer[..read])?,
            }
        }
    }
}

/// An archive that is being written; under its name only when it is whole.
pub struct Writing {
    path: PathBuf,
    partial: PathBuf,
    tar: tar::Builder<BufWriter<File>>,
    /// Modification time of all objects, Unix seconds.
    at: Millis,
}

impl Writing {
    /// Begins one at `path`. What is there under that name stays until this one is whole.
    pub fn create(path: &Path, at: Millis) -> anyhow::Result<Self> {
        let partial = path.with_added_extension("partial");
        let file = File::create(&partial).with_context(|| partial.display().to_string())?;
        let tar = tar::Builder::new(BufWriter::with_capacity(1 << 20, file));
        Ok(Self { path: path.to_owned(), partial, tar, at })
    }

    /// Adds an object of exactly so many bytes.
    pub fn put(&mut self, object: &str, bytes: u64, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(self.at.0.max(0) as u64 / 1000);
        header.set_entry_type(tar::EntryType::Regular);
        self.tar.append_data(&mut header, object, content)
    }

    /// Ends it; durable when this returns.
    pub fn finish(mut self) -> io::Result<()> {
        self.tar.finish()?;
        self.tar.get_mut().flush()?;
        self.tar.get_ref().get_ref().sync_all()?;
        std::fs::rename(&self.partial, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Has its name by now, or is of no use to anybody.
        let _ = std::fs::remove_file(&self.partial);
    }
}
