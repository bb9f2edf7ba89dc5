//! The log of erasures, `erasures.jsonl`: a backup of before an erasure must not bring back what was erased. Its newest
//! lines lie in the target beside all backups; a restore puts together all lines that anybody knows of, and the next start
//! has those done that the backup does not know.

use super::s3::Access;
use super::target::{Purpose, Target, check_apart, is_archive};
use model::Millis;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Its name, in a data directory and in a target.
pub const FILE: &str = "erasures.jsonl";

/// The lines of several logs, each once, in their order. A line that was cut short in one of them is whole in another, or
/// tells of what had not begun.
pub fn united<'l>(logs: impl IntoIterator<Item = &'l str>) -> String {
    let mut seen = HashSet::new();
    let mut all = String::new();
    for line in
        logs.into_iter().flat_map(str::lines).filter(|line| line.starts_with('{') && line.ends_with('}'))
    {
        if seen.insert(line) {
            all.push_str(line);
            all.push('\n');
        }
    }
    all
}

/// A log of a data directory; empty where there is none.
pub fn read(file: &Path) -> io::Result<String> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

/// Replaces the log of a data directory; durable when this returns.
pub fn write(data: &Path, log: &str) -> io::Result<()> {
    let mut new = tempfile::NamedTempFile::new_in(data)?;
    new.write_all(log.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(data.join(FILE))?;
    File::open(data)?.sync_all()
}

/// Brings the lines of a log to a target that does not have them yet.
pub fn bring(target: &mut Target, log: &str) -> anyhow::Result<()> {
    let there = target.log_of_erasures()?;
    let all = united([there.as_str(), log]);
    if all == there {
        return Ok(());
    }
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(all.as_bytes())?;
    target.put(FILE, file.path(), all.len() as u64, |_| true).map(drop)
}

/// Brings the log of a data directory to a target between two backups. An archive has it from its own backup.
pub fn push(data: &Path, target: &str, access: &Access, now: Millis) -> anyhow::Result<()> {
    let log = read(&data.join(FILE))?;
    if log.is_empty() || is_archive(target) {
        return Ok(());
    }
    check_apart(target, data)?;
    bring(&mut Target::open(target, access, Purpose::Write(now))?, &log)
}

#[cfg(test)]
mod tests {
    use super::united;

    #[test]
    fn every_whole_line_is_there_once() {
        let (a, b) = ("{\"id\":1}\n{\"id\":2}\n", "{\"id\":2}\n{\"id\":3}\n{\"id\":");
        assert_eq!(united([a, b]), "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n");
        assert_eq!(united([a, a]), a);
        assert_eq!(united(["", ""]), "");
    }
}
