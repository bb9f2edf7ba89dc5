//! `backup verify`: every byte of a target against its checksum, every list against the files, the databases by SQLite.

use super::record::{Record, Stored, hex};
use super::target::Target;
use super::{Progress, Stopped, Tell};
use crate::catalog::{Catalog, backups};
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Backups looked at, newest first, and what is wrong with each.
    pub backups: Vec<(Record, Vec<String>)>,
    /// Objects read.
    pub objects: usize,
    /// Bytes read.
    pub bytes: u64,
    /// What is wrong with records themselves.
    pub faults: Vec<String>,
    /// Objects that no backup names: left by one that was interrupted; the next one removes them.
    pub unnamed: usize,
}

impl Found {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.backups.iter().all(|(_, faults)| faults.is_empty())
    }
}

/// Looks at all backups of a target, or at one. Each object is read once.
///
/// # Errors
/// Where the target cannot be read at all; what is wrong with backups is among the findings.
pub fn check(target: &Target, id: Option<&str>, tell: Tell<'_>) -> anyhow::Result<Found> {
    let (records, faults) = match id {
        None => target.records()?,
        Some(_) => (vec![target.record(id)?], Vec::new()),
    };
    let there = target.objects()?;
    let mut found = Found { faults, ..Found::default() };
    let mut wanted: BTreeMap<&str, &Stored> = BTreeMap::new();
    for file in records.iter().flat_map(|record| &record.files) {
        wanted.insert(&file.object, file);
    }
    let mut progress =
        Progress { what: "bytes verified", done: 0, of: wanted.values().map(|file| file.bytes).sum() };
    let mut wrong: HashMap<&str, String> = HashMap::new();
    for (object, file) in &wanted {
        let (mut sum, mut bytes) = (Sha256::new(), 0);
        let read = match there.get(*object) {
            None => Err("it is not there".to_owned()),
            Some(size) if *size != file.bytes => {
                Err(format!("it has {size} bytes instead of {}", file.bytes))
            }
            Some(_) => {
                let read = target.read(object, |part| {
                    sum.update(part);
                    bytes += part.len() as u64;
                    Ok(())
                });
                read.map_err(|error| format!("{error:#}"))
            }
        };
        (found.objects, found.bytes) = (found.objects + 1, found.bytes + bytes);
        progress.done += file.bytes;
        if !tell(progress) {
            return Err(Stopped.into());
        }
        let compared = read.and_then(|()| match hex(&sum.finalize()) == file.sha256 {
            true => Ok(()),
            false => Err("its bytes are not those that were written".to_owned()),
        });
        if let Err(why) = compared {
            wrong.insert(object, why);
        }
    }
    if id.is_none() {
        let named: HashSet<String> = records.iter().map(|record| Record::object(&record.id)).collect();
        let is_unnamed = |object: &&String| {
            let is_record = named.contains(*object)
                || found.faults.iter().any(|fault| fault.starts_with(object.as_str()));
            !is_record && !wanted.contains_key(object.as_str())
        };
        found.unnamed = there.keys().filter(is_unnamed).count();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for record in &records {
        let mut faults: Vec<String> = record
            .files
            .iter()
            .filter_map(|file| wrong.get(file.object.as_str()).map(|why| format!("{}: {why}", file.object)))
            .collect();
        if faults.is_empty() {
            faults.extend(databases(target, record, &runtime)?);
        }
        found.backups.push((record.clone(), faults));
    }
    Ok(found)
}

/// Opens the databases of a backup and compares the list of segments with the files.
fn databases(
    target: &Target,
    record: &Record,
    runtime: &tokio::runtime::Runtime,
) -> anyhow::Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let mut faults = Vec::new();
    let paths: HashMap<&str, &Stored> = record.files.iter().map(|file| (file.path.as_str(), file)).collect();
    match paths.get("catalog.db") {
        None => faults.push("it has no catalog.db".to_owned()),
        Some(file) => {
            let path = folder.path().join("catalog.db");
            bring(target, file, &path)?;
            let said =
                runtime.block_on(async { backups::faults(&mut Catalog::look(&path, false).await?).await });
            match said {
                Ok(said) => faults.extend(said.into_iter().map(|said| format!("catalog.db: {said}"))),
                Err(error) => faults.push(format!("catalog.db: {error}")),
            }
        }
    }
    if let Some(file) = paths.get("store/manifest.db") {
        let path = folder.path().join("manifest.db");
        bring(target, file, &path)?;
        match analytics::listed(&path) {
            Err(error) => faults.push(format!("store/manifest.db: {error}")),
            Ok(listed) => {
                for listed in listed {
                    let name = format!("store/{}", listed.path.display());
                    match paths.get(name.as_str()) {
                        Some(file) if file.bytes == listed.bytes => {}
                        Some(_) => {
                            faults.push(format!("{name} has another size than the list of segments says"))
                        }
                        None => {
                            faults.push(format!("{name} is in the list of segments and not in the backup"))
                        }
                    }
                }
            }
        }
    }
    Ok(faults)
}

/// Brings a file of a backup to where it belongs, unpacked, and compares its checksum. The file has its name only if it
/// is right.
pub fn bring(target: &Target, file: &Stored, to: &Path) -> anyhow::Result<u64> {
    let folder = to.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let about = || format!("{}: {}", target.name(), file.object);
    // Goes by itself, should it not be right.
    let partial = tempfile::NamedTempFile::new_in(folder).with_context(|| folder.display().to_string())?;
    let out = partial.reopen()?;
    let (mut sum, mut bytes) = (Sha256::new(), 0);
    let mut out: Box<dyn Finish> = match file.packed {
        true => Box::new(Unpacked(zstd::stream::write::Decoder::new(out)?)),
        false => Box::new(out),
    };
    target.read(&file.object, |part| {
        sum.update(part);
        bytes += part.len() as u64;
        out.write_all(part)
    })?;
    out.finish().with_context(about)?;
    if bytes != file.bytes || hex(&sum.finalize()) != file.sha256 {
        anyhow::bail!(
            "{}: its bytes are not those that were written; another backup may have it whole (quietzone backup verify)",
            about()
        );
    }
    partial.persist(to).with_context(|| to.display().to_string())?;
    Ok(bytes)
}

/// What is written and then must be ended.
trait Finish: Write {
    fn finish(&mut self) -> std::io::Result<()>;
}

impl Finish for File {
    fn finish(&mut self) -> std::io::Result<()> {
        self.sync_all()
    }
}

struct Unpacked(zstd::stream::write::Decoder<'static, File>);

impl Write for Unpacked {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Finish for Unpacked {
    fn finish(&mut self) -> std::io::Result<()> {
        self.0.flush()?;
        self.0.get_ref().sync_all()
    }
}
