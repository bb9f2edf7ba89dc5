//! A folder as a target: an object is a file, under its name only when all of it is on the disk.

use super::names;
use anyhow::{Context, bail};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What file systems put into their first folder, for themselves.
const FILE_SYSTEMS: &str = "lost+found";

/// A folder that is there.
pub struct Folder(PathBuf);

impl Folder {
    /// Opens it; makes it where it is to be written to.
    ///
    /// # Errors
    /// One that is to be written to and has other people's files and no backup: they are not to be mixed with ours.
    pub fn open(path: &Path, make: bool) -> anyhow::Result<Self> {
        if make {
            if path.is_dir()
                && let Some(other) = other(path).with_context(|| path.display().to_string())?
            {
                bail!(
                    "{} is not empty and has no backup of quietzone in it (it has {other}); name an empty or new folder",
                    path.display()
                );
            }
            fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        } else if !path.is_dir() {
            bail!("there is no folder or archive {}", path.display());
        }
        Ok(Self(path.to_owned()))
    }

    /// Whether there is such an object.
    pub fn has(&self, object: &str) -> bool {
        self.0.join(object).exists()
    }

    /// Objects below `folders`, with their sizes.
    pub fn objects(&self, folders: &[&str]) -> io::Result<HashMap<String, u64>> {
        let mut found = HashMap::new();
        let mut waiting: Vec<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
        while let Some(folder) = waiting.pop() {
            let entries = match fs::read_dir(self.0.join(&folder)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
                let metadata = entry.metadata()?;
                if metadata.is_dir() {
                    waiting.push(name);
                } else {
                    found.insert(name, metadata.len());
                }
            }
        }
        Ok(found)
    }

    /// Writes an object; durable when this returns.
    pub fn put(&self, object: &str, content: &mut impl Read) -> io::Result<()> {
        let path = self.0.join(object);
        let folder = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        let mut new = tempfile::Builder::new().suffix(".partial").tempfile_in(folder)?;
        io::copy(content, &mut new)?;
        new.as_file().sync_all()?;
        new.persist(&path)?;
        File::open(folder)?.sync_all()
    }

    /// Reads an object from its beginning to its end.
    pub fn read(&self, object: &str, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let (mut file, mut buffer) = (File::open(self.0.join(object))?, vec![0; 1 << 20]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(()),
                read => each(&buffer[..read])?,
            }
        }
    }

    /// Removes objects, and folders that have none left. What is gone already is no error.
    pub fn remove(&self, objects: &[String]) -> io::Result<()> {
        for object in objects {
            let path = self.0.join(object);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut folder = path.parent();
            while let Some(empty) =
                folder.filter(|folder| *folder != self.0 && fs::remove_dir(folder).is_ok())
            {
                folder = empty.parent();
            }
        }
        Ok(())
    }
}

/// A file that is not ours in a folder without a backup; nothing where there is a backup, or no such file.
fn other(path: &Path) -> io::Result<Option<String>> {
    match fs::read_dir(path.join("backups")) {
        Ok(entries) => {
            for entry in entries {
                if names::is_record(&format!("backups/{}", entry?.file_name().to_string_lossy())) {
                    return Ok(None);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(path.join(&folder))? {
            let entry = entry?;
            let name = format!("{folder}{}", entry.file_name().to_string_lossy());
            if name == FILE_SYSTEMS {
                continue;
            }
            if entry.file_type()?.is_dir() {
                waiting.push(format!("{name}/"));
            } else if !names::is_ours(&name) {
                return Ok(Some(name));
            }
        }
    }
    Ok(None)
}
