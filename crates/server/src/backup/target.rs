//! Where backups lie: a folder, a single archive file (`….tar`), or a bucket (`s3://bucket/prefix`). All have the same
//! layout: `backups/ID.json` and `backups/ID/` of each, and what they share in `segments/` and `media/`.

use super::archive::{Archive, Writing};
use super::folder::Folder;
use super::names;
use super::record::{Record, hex};
use super::s3::{self, Access};
use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use model::Millis;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Files up to here are sent in one piece, larger ones in several.
const PIECE: usize = 8 << 20;
/// Pieces of a file on their way at the same time.
const PIECES: usize = 2;
/// Most pieces that S3 makes a file of.
const MOST_PIECES: u64 = 9_000;
/// Longest pause in what is being read.
const PAUSE: Duration = Duration::from_secs(60);
/// Folders of a target; nothing else in it is touched.
const FOLDERS: [&str; 3] = ["backups", "segments", "media"];

/// An opened target. Calls block; it is not for threads of an async runtime.
pub struct Target {
    name: String,
    kind: Kind,
}

enum Kind {
    Folder(Folder),
    Bucket {
        store: Arc<dyn ObjectStore>,
        runtime: Runtime,
    },
    Archive(Archive),
    Writing {
        /// Nothing once it is ended.
        archive: Option<Writing>,
        /// Backups in the file that it takes the place of.
        replaced: Vec<Record>,
    },
}

/// What a target is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look at what is there.
    Read,
    /// To add a backup, at this time.
    Write(Millis),
}

/// Whether a name is that of an archive, so that each backup there replaces the one before.
pub fn is_archive(target: &str) -> bool {
    !target.starts_with("s3://") && target.ends_with(".tar") && !Path::new(target).is_dir()
}

/// Refuses a target that lies in the data directory, or has it inside: files of the one would be taken for files of the other,
/// and be lost with it.
pub fn check_apart(target: &str, data: &Path) -> anyhow::Result<()> {
    if target.starts_with("s3://") {
        return Ok(());
    }
    let (place, data) = (resolved(Path::new(target))?, resolved(data)?);
    if place.starts_with(&data) {
        bail!(
            "{target} lies in the data directory {}; name a folder elsewhere, best on another disk",
            data.display()
        );
    }
    if !is_archive(target) && data.starts_with(&place) {
        bail!(
            "the data directory {} lies in {target}; name a folder elsewhere, best on another disk",
            data.display()
        );
    }
    Ok(())
}

/// A path without links and `..`, whether there is something or not.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir => drop(resolved.pop()),
            part => resolved.push(part),
        }
        resolved = resolved.canonicalize().unwrap_or(resolved);
    }
    Ok(resolved)
}

/// Whether a name can be one of a target. The error is a sentence.
pub fn check_name(target: &str) -> Result<(), String> {
    match target.split_once("://") {
        None => Ok(()),
        Some(("s3", rest)) if !rest.is_empty() && !rest.starts_with('/') => Ok(()),
        _ => {
            Err(format!("\"{target}\" is none of a folder, a file that ends in .tar, and s3://BUCKET/PREFIX"))
        }
    }
}

impl Target {
    /// Opens the target with this name.
    pub fn open(name: &str, access: &Access, purpose: Purpose) -> anyhow::Result<Self> {
        check_name(name).map_err(|why| anyhow!(why))?;
        let kind = if is_archive(name) {
            match purpose {
                Purpose::Read => Kind::Archive(Archive::open(Path::new(name))?),
                Purpose::Write(now) => {
                    let mut replaced = Vec::new();
                    if Path::new(name).exists() {
                        let (records, faults) = Self::open(name, access, Purpose::Read)?.records()?;
                        if records.is_empty() {
                            match faults.first() {
                                None => bail!("{name} is there and no backup; give another name"),
                                // It may be another installation's.
                                Some(fault) => bail!("{name}: {fault}; give another name"),
                            }
                        }
                        replaced = records;
                    }
                    Kind::Writing { archive: Some(Writing::create(Path::new(name), now)?), replaced }
                }
            }
        } else if let Some(place) = name.strip_prefix("s3://") {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("backup")
                .on_thread_start(|| crate::niceness::be_nice(crate::niceness::PATIENT))
                .enable_all()
                .build()?;
            Kind::Bucket { store: bucket(place, access)?, runtime }
        } else {
            Kind::Folder(Folder::open(Path::new(name), matches!(purpose, Purpose::Write(_)))?)
        };
        Ok(Self { name: name.to_owned(), kind })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All backups in it, newest first, and sentences about records that cannot be read. Of an archive that is being written,
    /// those of the one that it takes the place of.
    pub fn records(&self) -> anyhow::Result<(Vec<Record>, Vec<String>)> {
        if let Kind::Writing { replaced, .. } = &self.kind {
            return Ok((replaced.clone(), Vec::new()));
        }
        let mut names: Vec<String> =
            self.objects()?.into_keys().filter(|object| names::is_record(object)).collect();
        names.sort_unstable();
        let (mut records, mut faults) = (Vec::<Record>::new(), Vec::new());
        for name in names.into_iter().rev() {
            let mut bytes = Vec::new();
            self.read(&name, |part| {
                bytes.extend_from_slice(part);
                Ok(())
            })?;
            match Record::read(&bytes) {
                Ok(record) => records.push(record),
                Err(why) => faults.push(format!("{name}: {why}")),
            }
        }
        // Names tell the second.
        records.sort_by_key(|record| std::cmp::Reverse(record.at));
        Ok((records, faults))
    }

    /// The backup with this name, or the latest.
    pub fn record(&self, id: Option<&str>) -> anyhow::Result<Record> {
        let (records, faults) = self.records()?;
        let all = records.len();
        let found = match id {
            None => records.into_iter().next(),
            Some(id) => records.into_iter().find(|record| record.id == id),
        };
        match (found, id, faults.first()) {
            (Some(record), ..) => Ok(record),
            (None, _, Some(fault)) => bail!("{}: {fault}", self.name),
            (None, Some(id), None) => {
                bail!("{} has no backup {id}; `quietzone backup list` shows its {all}", self.name)
            }
            (None, None, None) => bail!("there is no backup in {}", self.name),
        }
    }

    /// The newest log of erasures in it; empty where there is none.
    pub fn log_of_erasures(&self) -> anyhow::Result<String> {
        let mut bytes = Vec::new();
        let found = match &self.kind {
            Kind::Writing { .. } => return Ok(String::new()),
            Kind::Bucket { store, runtime } => {
                match runtime.block_on(store.head(&Key::from(super::erasures::FILE))) {
                    Err(object_store::Error::NotFound { .. }) => false,
                    head => head.map(|_| true).map_err(|error| self.failed(&error))?,
                }
            }
            Kind::Folder(folder) => folder.has(super::erasures::FILE),
            Kind::Archive(archive) => archive.objects().contains_key(super::erasures::FILE),
        };
        if found {
            self.read(super::erasures::FILE, |part| {
                bytes.extend_from_slice(part);
                Ok(())
            })?;
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What lies there and is ours, with the sizes.
    pub fn objects(&self) -> anyhow::Result<HashMap<String, u64>> {
        let mut objects = self.all_objects()?;
        objects.retain(|object, _| names::is_ours(object));
        Ok(objects)
    }

    fn all_objects(&self) -> anyhow::Result<HashMap<String, u64>> {
        match &self.kind {
            Kind::Archive(archive) => Ok(archive.objects()),
            Kind::Writing { .. } => Ok(HashMap::new()),
            Kind::Folder(folder) => folder.objects(&FOLDERS).with_context(|| self.name.clone()),
            Kind::Bucket { store, runtime } => runtime.block_on(async {
                let mut objects = HashMap::new();
                for folder in FOLDERS {
                    let prefix = Key::from(folder);
                    let mut listed = store.list(Some(&prefix));
                    while let Some(object) = listed.try_next().await.map_err(|error| self.failed(&error))? {
                        objects.insert(object.location.to_string(), object.size);
                    }
                }
                Ok(objects)
            }),
        }
    }

    /// Brings exactly `bytes` bytes of a file there; the SHA-256 of them. `told` hears of each part and says whether to
    /// go on.
    pub fn put(
        &mut self,
        object: &str,
        file: &Path,
        bytes: u64,
        mut told: impl FnMut(u64) -> bool,
    ) -> anyhow::Result<String> {
        let opened = File::open(file).with_context(|| file.display().to_string())?;
        let mut content = Hashing { inner: opened.take(bytes), sum: Sha256::new(), read: 0 };
        match &mut self.kind {
            Kind::Archive(_) => bail!("{} is opened for reading", self.name),
            Kind::Writing { archive, .. } => {
                let archive = archive.as_mut().with_context(|| format!("{} is ended", self.name))?;
                let mut content = Telling { inner: &mut content, told: &mut told };
                archive
                    .put(object, bytes, &mut content)
                    .map_err(|error| told_or_failed(&self.name, error))?;
            }
            Kind::Folder(folder) => {
                let mut content = Telling { inner: &mut content, told: &mut told };
                folder.put(object, &mut content).map_err(|error| told_or_failed(&self.name, error))?;
            }
            Kind::Bucket { store, runtime } => {
                let sent = runtime.block_on(send(store, object, bytes, &mut content, &mut told));
                sent.map_err(|error| match error.downcast() {
                    Ok(error) => failed(&self.name, &error),
                    Err(other) => other,
                })?;
            }
        }
        if content.read != bytes {
            bail!("{} has {} bytes instead of {bytes}", file.display(), content.read);
        }
        Ok(hex(&content.sum.finalize()))
    }

    /// Writes the record of a backup whose files are all there. An archive is ended by it.
    pub fn finish(&mut self, record: &Record) -> anyhow::Result<()> {
        let (object, bytes) = (Record::object(&record.id), record.write());
        match &mut self.kind {
            Kind::Archive(_) => bail!("{} is opened for reading", self.name),
            Kind::Writing { archive, .. } => {
                let mut archive = archive.take().with_context(|| format!("{} is ended", self.name))?;
                archive.put(&object, bytes.len() as u64, bytes.as_slice())?;
                Ok(archive.finish()?)
            }
            Kind::Folder(folder) => {
                folder.put(&object, &mut bytes.as_slice()).map_err(|error| told_or_failed(&self.name, error))
            }
            Kind::Bucket { store, runtime } => {
                let put = runtime.block_on(store.put(&Key::from(object), PutPayload::from(bytes)));
                put.map(drop).map_err(|error| failed(&self.name, &error))
            }
        }
    }

    /// Reads an object from its beginning to its end.
    pub fn read(&self, object: &str, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> anyhow::Result<()> {
        let about = || format!("{}: {object}", self.name);
        match &self.kind {
            Kind::Archive(archive) => archive.read(object, each).with_context(about),
            Kind::Writing { .. } => bail!("{} is opened for writing", self.name),
            Kind::Folder(folder) => folder.read(object, each).with_context(about),
            Kind::Bucket { store, runtime } => runtime.block_on(async {
                let got = store.get(&Key::from(object)).await.map_err(|error| self.failed(&error))?;
                let mut parts = got.into_stream();
                loop {
                    let part = tokio::time::timeout(PAUSE, parts.next()).await;
                    let part = part.map_err(|_| anyhow!("nothing came for {} s", PAUSE.as_secs()))?;
                    match part.transpose().map_err(|error| self.failed(&error))? {
                        Some(part) => each(&part).with_context(about)?,
                        None => return Ok(()),
                    }
                }
            }),
        }
    }

    /// Removes objects; those that are gone already are no error.
    pub fn remove(&self, objects: &[String]) -> anyhow::Result<()> {
        if let Kind::Folder(folder) = &self.kind {
            return folder.remove(objects).with_context(|| self.name.clone());
        }
        let Kind::Bucket { store, runtime } = &self.kind else { return Ok(()) };
        runtime.block_on(async {
            for object in objects {
                match store.delete(&Key::from(object.as_str())).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(self.failed(&error)),
                }
            }
            Ok(())
        })
    }

    fn failed(&self, error: &object_store::Error) -> anyhow::Error {
        failed(&self.name, error)
    }
}

/// A bucket, or the part of it below a prefix.
fn bucket(place: &str, access: &Access) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let bucket = s3::bucket(bucket, access)?;
    Ok(match prefix.trim_matches('/') {
        "" => Arc::new(bucket),
        prefix => Arc::new(PrefixStore::new(bucket, prefix)),
    })
}

/// What became of a write into a folder or an archive.
fn told_or_failed(name: &str, error: io::Error) -> anyhow::Error {
    match error.get_ref().is_some_and(|inner| inner.is::<super::Stopped>()) {
        true => anyhow!(super::Stopped),
        false => anyhow!(error).context(format!("{name} (check its permissions and free space)")),
    }
}

async fn send(
    store: &Arc<dyn ObjectStore>,
    object: &str,
    bytes: u64,
    content: &mut impl Read,
    told: &mut impl FnMut(u64) -> bool,
) -> anyhow::Result<()> {
    let key = Key::from(object);
    if bytes <= PIECE as u64 {
        let mut whole = Vec::with_capacity(bytes as usize);
        content.read_to_end(&mut whole)?;
        store.put(&key, PutPayload::from(whole)).await?;
        return if told(bytes) { Ok(()) } else { Err(super::Stopped.into()) };
    }
    let piece = (bytes / MOST_PIECES).max(PIECE as u64) as usize;
    let mut upload = WriteMultipart::new_with_chunk_size(store.put_multipart(&key).await?, piece);
    loop {
        let mut part = Vec::with_capacity(piece);
        content.by_ref().take(piece as u64).read_to_end(&mut part)?;
        if part.is_empty() {
            break;
        }
        let length = part.len() as u64;
        upload.wait_for_capacity(PIECES).await?;
        upload.put(Bytes::from(part));
        if !told(length) {
            upload.abort().await?;
            return Err(super::Stopped.into());
        }
    }
    upload.finish().await?;
    Ok(())
}

/// What a target's failure means, with its mend.
fn failed(name: &str, error: &object_store::Error) -> anyhow::Error {
    use object_store::Error;
    let text = error.to_string();
    let mend = match error {
        Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => {
            "check backup.access_key_id and backup.secret_access_key, and what that key may do there"
        }
        Error::NotFound { .. } => "check the bucket's name and backup.region",
        // A listing of a bucket that is not there fails as anything may (error code of S3's API).
        _ if text.contains("NoSuchBucket") => "check the bucket's name and backup.region",
        _ => "check backup.endpoint and the network",
    };
    // What follows is the body of the answer.
    let said = text.split_once(": <?xml").map_or(&*text, |(said, _)| said);
    anyhow!("{name} cannot be used ({mend}): {said}")
}

/// Counts and hashes what is read.
struct Hashing<R> {
    inner: R,
    sum: Sha256,
    read: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sum.update(&buffer[..read]);
        self.read += read as u64;
        Ok(read)
    }
}

/// Tells what is read.
struct Telling<'r, R, F> {
    inner: &'r mut R,
    told: &'r mut F,
}

impl<R: Read, F: FnMut(u64) -> bool> Read for Telling<'_, R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        // Copying reads on after `Interrupted`; this ends it.
        if read > 0 && !(self.told)(read as u64) {
            return Err(io::Error::other(super::Stopped));
        }
        Ok(read)
    }
}
