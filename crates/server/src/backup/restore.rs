//! Puts a backup back into an empty data directory. While that is not done to its end, nothing starts on it.

use super::check::bring;
use super::record::Record;
use super::target::Target;
use super::{Progress, Stopped, Tell, erasures};
use crate::data_dir::{self, RESTORING};
use anyhow::{Context, bail};
use std::fs::{self, File};
use std::path::{Component, Path};

/// What may lie in a directory beforehand: what no backup holds, put there by its operator.
const OWN: [&str; 6] = ["secret.key", "geo", "lock", RESTORING, "backup", erasures::FILE];
/// What a backup may consist of.
const PARTS: [&str; 5] = ["catalog.db", "format", "store", "spool", "media"];

/// Puts the backup `id`, or the latest, back into `data`; returns it. What was erased since is in the log that lies in the
/// target, in `known` (logs of other places), or in `data` already: the next start erases it again.
pub fn restore(
    target: &Target,
    id: Option<&str>,
    data: &Path,
    known: &[String],
    tell: Tell<'_>,
) -> anyhow::Result<Record> {
    let record = target.record(id)?;
    for file in &record.files {
        check_path(&file.path).with_context(|| format!("backup {}", record.id))?;
    }
    let _lock = data_dir::lock(data)?;
    let again = data.join(RESTORING).exists();
    for entry in fs::read_dir(data)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if PARTS.contains(&name.as_str()) && again {
            // Of an earlier try.
            let path = data.join(&name);
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        } else if !OWN.contains(&name.as_str()) && !again {
            bail!(
                "{} is not empty: it has {name}; a backup is put back into a directory of its own",
                data.display()
            );
        }
    }
    let of = record.bytes();
    let free = rustix::fs::statvfs(data).ok().map(|disk| disk.f_bavail * disk.f_frsize);
    if free.is_some_and(|free| free < of) {
        bail!("{} has {} bytes free, the backup has {of}", data.display(), free.unwrap_or_default());
    }
    let marker = File::create(data.join(RESTORING))?;
    marker.sync_all()?;
    sync(data)?;
    let logs = [target.log_of_erasures()?, erasures::read(&data.join(erasures::FILE))?];
    let log = erasures::united(logs.iter().chain(known).map(String::as_str));
    if !log.is_empty() {
        erasures::write(data, &log)?;
    }
    let mut progress = Progress { what: "bytes restored", done: 0, of };
    for file in &record.files {
        if !tell(progress) {
            return Err(Stopped.into());
        }
        progress.done += bring(target, file, &data.join(&file.path))?;
    }
    tell(progress);
    for folder in ["store/segments", "store", "spool", "media"] {
        if data.join(folder).is_dir() {
            sync(&data.join(folder))?;
        }
    }
    sync(data)?;
    fs::remove_file(data.join(RESTORING))?;
    sync(data)?;
    Ok(record)
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)?.sync_all().with_context(|| folder.display().to_string())
}

/// A record could name any file of the machine.
fn check_path(path: &str) -> anyhow::Result<()> {
    let mut parts = Path::new(path).components();
    let first = match parts.next() {
        Some(Component::Normal(first)) => first.to_string_lossy(),
        _ => bail!("{path} is no path of a data directory"),
    };
    if !PARTS.contains(&&*first) || !parts.all(|part| matches!(part, Component::Normal(_))) {
        bail!("{path} is no path of a data directory");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_path;

    #[test]
    fn a_record_names_nothing_outside_and_no_secret() {
        for path in ["catalog.db", "store/segments/scans-1.parquet", "media/ab", "spool/x.log", "format"] {
            check_path(path).unwrap();
        }
        for path in ["", "/etc/passwd", "../x", "store/../../x", "secret.key", "keys/1", "geo/x", "lock"] {
            assert!(check_path(path).is_err(), "{path}");
        }
    }
}
