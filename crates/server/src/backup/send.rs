//! Brings a snapshot to a target: only what is not there yet, the record last, and lets the oldest backups go.

use super::record::{FORMAT, Record, Stored};
use super::snapshot::{Held, Snapshot};
use super::target::Target;
use super::{Progress, Stopped, Tell, erasures};
use anyhow::bail;
use std::collections::{HashMap, HashSet};
use std::time::Instant;

/// Makes a backup of a snapshot. `random` sets it apart from another of the same second; `keep` backups stay, 0: all.
pub fn send(
    snapshot: &Snapshot,
    mut target: Target,
    random: u32,
    keep: usize,
    began: Instant,
    tell: Tell<'_>,
) -> anyhow::Result<(Record, Vec<String>)> {
    let (records, mut notes) = target.records()?;
    if let Some(other) = records.iter().find(|record| record.installation != snapshot.installation) {
        bail!(
            "{} holds backups of another installation (that of {}); give this one a folder, file or prefix of its own",
            target.name(),
            other.id
        );
    }
    notes.extend(snapshot.notes.iter().cloned());
    let there = target.objects()?;
    let known: HashMap<&str, &Stored> =
        records.iter().flat_map(|record| &record.files).map(|file| (file.path.as_str(), file)).collect();
    let id = Record::id(snapshot.at, random);
    let is_known = |held: &&Held| {
        let stored =
            known.get(held.path.as_str()).filter(|stored| held.lasting && stored.bytes == held.bytes);
        stored.is_some_and(|stored| there.get(&stored.object) == Some(&stored.bytes))
    };
    let (old, new): (Vec<&Held>, Vec<&Held>) = snapshot.files.iter().partition(is_known);
    let mut files: Vec<Stored> = old.iter().map(|held| known[held.path.as_str()].clone()).collect();
    let of = new.iter().map(|held| held.bytes).sum();
    let mut progress = Progress { what: "bytes copied", done: 0, of };
    if !tell(progress) {
        return Err(Stopped.into());
    }
    for held in &new {
        let object = object_of(&id, held);
        let sha256 = target.put(&object, &held.file, held.bytes, |bytes| {
            progress.done += bytes;
            tell(progress)
        })?;
        let (path, bytes, packed) = (held.path.clone(), held.bytes, held.packed);
        files.push(Stored { path, object, bytes, sha256, packed });
    }
    erasures::bring(&mut target, &erasures::united([snapshot.erasures.as_str()]))?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let record = Record {
        format: FORMAT,
        id,
        at: snapshot.at.0,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        installation: snapshot.installation,
        files,
        copied: of,
        copied_files: new.len() as u64,
        took: began.elapsed().as_millis() as i64,
        checksum: String::new(),
    };
    target.finish(&record)?;
    // A record that cannot be read may name anything: then nothing goes.
    if notes.len() == snapshot.notes.len() {
        let all: Vec<Record> = std::iter::once(record.clone()).chain(records).collect();
        prune(&target, &all, keep)?;
    }
    Ok((record, notes))
}

/// Where a file comes to lie.
fn object_of(id: &str, held: &Held) -> String {
    let suffix = if held.packed { ".zst" } else { "" };
    match held.path.strip_prefix("store/").filter(|_| held.lasting) {
        Some(segment) => segment.to_owned(),
        None if held.lasting => held.path.clone(),
        None => format!("backups/{id}/{}{suffix}", held.path),
    }
}

/// Lets all but the `keep` newest backups go, and every object that none of those that stay names. Records first: what
/// is interrupted leaves objects that nobody names, and they go the next time.
fn prune(target: &Target, newest_first: &[Record], keep: usize) -> anyhow::Result<()> {
    let stay = if keep == 0 { newest_first.len() } else { keep.min(newest_first.len()) };
    let (stay, go) = newest_first.split_at(stay);
    let records: Vec<String> = go.iter().map(|record| Record::object(&record.id)).collect();
    target.remove(&records)?;
    let named: HashSet<String> = stay
        .iter()
        .flat_map(|record| {
            let files = record.files.iter().map(|file| file.object.clone());
            files.chain([Record::object(&record.id)])
        })
        .collect();
    let unnamed: Vec<String> =
        target.objects()?.into_keys().filter(|object| !named.contains(object)).collect();
    target.remove(&unnamed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn what_lasts_is_shared_and_the_rest_lies_with_its_backup() {
        let held = |path: &str, lasting, packed| Held {
            path: path.to_owned(),
            file: PathBuf::new(),
            bytes: 0,
            lasting,
            packed,
        };
        let object = |path, lasting, packed| object_of("ID", &held(path, lasting, packed));
        assert_eq!(object("store/segments/scans-1.parquet", true, false), "segments/scans-1.parquet");
        assert_eq!(object("media/ab", true, false), "media/ab");
        assert_eq!(object("store/manifest.db", false, true), "backups/ID/store/manifest.db.zst");
        assert_eq!(object("format", false, false), "backups/ID/format");
    }
}
