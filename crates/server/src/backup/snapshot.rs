//! One instant of a data directory, taken hold of while it is used or not, by whichever process: nobody is asked and
//! nobody waits.
//!
//! What never changes under its name (segments, files of the library, the spool's closed files) is hard-linked into a
//! folder of ours, so that it stays when its owner lets it go; the two databases are copied by SQLite itself. The spool
//! comes last: it then holds every record that the copies do not have, and each consumer goes on from the position that
//! its own database names. What moved between the steps is noticed, and the snapshot begun again.

use super::erasures;
use crate::catalog::{Catalog, backups};
use crate::{clock::Clock, data_dir};
use anyhow::{Context, bail};
use model::Millis;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

/// Attempts: what can make one void takes milliseconds, and rarely happens.
const ATTEMPTS: usize = 8;
/// Level of compression: half the size at the speed of the disk.
const LEVEL: i32 = 3;

/// One instant of a data directory.
pub struct Snapshot {
    /// Every scan acknowledged before is in it.
    pub at: Millis,
    /// The installation's first workspace.
    pub installation: Uuid,
    /// All files.
    pub files: Vec<Held>,
    /// The log of erasures: each stands there before anything of it goes.
    pub erasures: String,
    /// What is odd about it, in sentences.
    pub notes: Vec<String>,
    _folder: TempDir,
    _lock: File,
}

/// A file that is held.
#[derive(Debug)]
pub struct Held {
    /// Where it belongs, below the data directory.
    pub path: String,
    /// Where it is held.
    pub file: PathBuf,
    /// Bytes of it that belong to the instant; the file may be growing.
    pub bytes: u64,
    /// Whether it never has other bytes under this path.
    pub lasting: bool,
    /// Whether it was compressed on the way.
    pub packed: bool,
}

/// Takes hold of `data`. `runtime` drives the catalog's side.
pub fn take(data: &Path, clock: &Clock, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Snapshot> {
    data_dir::check_made(data)?;
    if let Some(format) = data_dir::newer_format(data) {
        bail!("data directory {} has format {format}; use the newer program", data.display());
    }
    let ours = data.join("backup");
    fs::create_dir_all(&ours).with_context(|| ours.display().to_string())?;
    let lock = lock(&ours)?;
    clear(&ours)?;
    for _ in 0..ATTEMPTS {
        let folder = TempDir::new_in(&ours)?;
        if let Some(taken) = attempt(data, folder.path(), clock, runtime)? {
            let Taken { at, installation, files, erasures, notes } = taken;
            return Ok(Snapshot { at, installation, files, erasures, notes, _folder: folder, _lock: lock });
        }
    }
    bail!("the data directory changed faster than it could be taken hold of; try again in a minute")
}

/// One backup of a data directory at a time.
fn lock(ours: &Path) -> anyhow::Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(ours.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another backup of this data directory is being made; try again later")
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Removes what a process left that was killed while it held the lock.
fn clear(ours: &Path) -> io::Result<()> {
    for entry in fs::read_dir(ours)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

struct Taken {
    at: Millis,
    installation: Uuid,
    files: Vec<Held>,
    erasures: String,
    notes: Vec<String>,
}

/// Takes hold once; nothing if something moved meanwhile.
fn attempt(
    data: &Path,
    folder: &Path,
    clock: &Clock,
    runtime: &tokio::runtime::Runtime,
) -> anyhow::Result<Option<Taken>> {
    for part in ["spool", "segments", "media"] {
        fs::create_dir(folder.join(part))?;
    }
    let (mut spool, mut media) = (BTreeMap::new(), HashSet::new());
    hold_spool(data, folder, &mut spool)?;
    let newest = spool.keys().next_back().copied();
    hold_media(data, folder, &mut media)?;

    let catalog = data.join("catalog.db");
    let look = || Catalog::look(&catalog, data_dir::is_held(data));
    let copy = folder.join("catalog.db");
    let (before, installation) = runtime.block_on(async {
        backups::copy(&mut look().await?, &copy).await?;
        let mut copied = Catalog::look(&copy, false).await?;
        let installation = backups::installation(&mut copied).await?;
        anyhow::Ok((backups::moving(&mut copied).await?, installation))
    })?;
    let Some(installation) = installation else {
        bail!("{} has no workspace yet: there is nothing to back up", data.display());
    };
    let mut files = Vec::new();
    let list = folder.join("manifest.db");
    if data.join("store/manifest.db").exists() {
        for listed in analytics::checkpoint(&data.join("store"), &list)? {
            let name = listed.path.file_name().unwrap_or_default();
            let held = folder.join("segments").join(name);
            if !hold(&data.join("store").join(&listed.path), &held)? {
                return Ok(None);
            }
            let path = format!("store/{}", listed.path.display());
            files.push(Held { path, file: held, bytes: listed.bytes, lasting: true, packed: false });
        }
        pack(&mut files, "store/manifest.db", &list, u64::MAX)?;
    }
    // Scans that were judged again, or erased, changed in the store and in the catalog: between the two copies neither.
    let after = runtime.block_on(async { anyhow::Ok(backups::moving(&mut look().await?).await?) })?;
    if before != after {
        return Ok(None);
    }

    let at = clock.now();
    hold_spool(data, folder, &mut spool)?;
    if has_gap(&spool.keys().copied().collect::<Vec<_>>(), newest) {
        return Ok(None);
    }
    for (_, (name, file)) in spool {
        let bytes = file.metadata()?.len();
        pack(&mut files, &format!("spool/{name}"), &file, bytes)?;
    }

    hold_media(data, folder, &mut media)?;
    let wanted = runtime.block_on(async { backups::media(&mut Catalog::look(&copy, false).await?).await })?;
    let missing = wanted.iter().filter(|name| !media.contains(*name)).count();
    let mut notes = Vec::new();
    if missing > 0 {
        notes.push(format!(
            "{missing} files of the library are named in the catalog and are not in DIR/media"
        ));
    }
    for name in media {
        let file = folder.join("media").join(&name);
        let bytes = file.metadata()?.len();
        files.push(Held { path: format!("media/{name}"), file, bytes, lasting: true, packed: false });
    }
    pack(&mut files, "catalog.db", &copy, u64::MAX)?;
    let format = data.join("format");
    let bytes = format.metadata()?.len();
    files.push(Held { path: "format".into(), file: format, bytes, lasting: false, packed: false });
    let erasures = erasures::read(&data.join(erasures::FILE))?;
    Ok(Some(Taken { at, installation, files, erasures, notes }))
}

/// Holds a file: by a link, or, where the file system has none, by a copy. False if it is gone.
fn hold(file: &Path, held: &Path) -> anyhow::Result<bool> {
    let done = match fs::hard_link(file, held) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
        Err(_) => fs::copy(file, held).map(drop),
        done => done,
    };
    match done {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| file.display().to_string()),
    }
}

/// Holds the spool's files that are not held yet, by their order. One that goes meanwhile was consumed, durably.
fn hold_spool(data: &Path, folder: &Path, held: &mut BTreeMap<u64, (String, PathBuf)>) -> anyhow::Result<()> {
    for entry in entries(&data.join("spool"))? {
        let Some(order) = order(&entry).filter(|order| !held.contains_key(order)) else { continue };
        let file = folder.join("spool").join(&entry);
        if hold(&data.join("spool").join(&entry), &file)? {
            held.insert(order, (entry, file));
        }
    }
    Ok(())
}

/// Holds the library's files that are not held yet.
fn hold_media(data: &Path, folder: &Path, held: &mut HashSet<String>) -> anyhow::Result<()> {
    for entry in entries(&data.join("media"))? {
        let is_ours = entry.len() == 64 && entry.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_ours && !held.contains(&entry) {
            let file = folder.join("media").join(&entry);
            if hold(&data.join("media").join(&entry), &file)? {
                held.insert(entry);
            }
        }
    }
    Ok(())
}

/// Names in a folder; none where there is no folder.
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// The order of a file of the spool, from its name.
fn order(name: &str) -> Option<u64> {
    let (order, epoch) = name.strip_suffix(".log")?.split_once('-')?;
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex(order, 16) && is_hex(epoch, 8)).then(|| u64::from_str_radix(order, 16).ok()).flatten()
}

/// Whether a file of the spool came and went unseen: files younger than the `newest` of the first look follow each other
/// without a gap, or the copies of the databases may lack what that file had.
fn has_gap(orders: &[u64], newest: Option<u64>) -> bool {
    let Some(newest) = newest else {
        return orders.windows(2).any(|pair| pair[1] != pair[0] + 1);
    };
    let young: Vec<u64> = orders.iter().copied().filter(|order| *order >= newest).collect();
    young.windows(2).any(|pair| pair[1] != pair[0] + 1)
}

/// Compresses the first `bytes` bytes of a held file.
fn pack(files: &mut Vec<Held>, path: &str, file: &Path, bytes: u64) -> anyhow::Result<()> {
    let packed = file.with_added_extension("zst");
    let out = File::create(&packed)?;
    let mut encoder = zstd::Encoder::new(&out, LEVEL)?;
    encoder.include_checksum(true)?;
    io::copy(&mut File::open(file)?.take(bytes), &mut encoder)?;
    encoder.finish()?;
    fs::remove_file(file)?;
    let bytes = out.metadata()?.len();
    files.push(Held { path: path.to_owned(), file: packed, bytes, lasting: false, packed: true });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{has_gap, order};

    #[test]
    fn files_of_the_spool_are_known_by_their_names() {
        assert_eq!(order("000000000000000a-0badcafe.log"), Some(10));
        for other in ["ballast", "000000000000000a-0badcafe.log.quarantine", "a-0badcafe.log", "-.log"] {
            assert_eq!(order(other), None, "{other}");
        }
    }

    #[test]
    fn a_file_that_came_and_went_unseen_leaves_a_gap() {
        assert!(!has_gap(&[3, 4, 5], Some(4)));
        assert!(!has_gap(&[1, 4, 5], Some(4)), "older ones may have been released one by one");
        assert!(has_gap(&[3, 4, 6], Some(4)));
        assert!(has_gap(&[7, 9], None));
        assert!(!has_gap(&[], None) && !has_gap(&[7], None));
    }
}
