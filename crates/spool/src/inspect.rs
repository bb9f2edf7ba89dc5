//! Looking at the files of a spool that may be in use, changing nothing.

use crate::disk::{Directory, Disk, read_full};
use crate::frame::{FILE_HEADER, FileHeader};
use crate::log_file::parse_name;
use crate::scanner::Scanner;
use std::io;
use std::path::Path;

/// Records that follow each other, their numbers without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Number of the file that holds them, among all that there ever were.
    pub order: u64,
    /// Their epoch.
    pub epoch: u32,
    /// Number of the first.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
}

/// What the files of the spool at `path` hold, oldest file first. Files that go meanwhile are passed over; so is one whose
/// header is not sound.
///
/// # Errors
/// If the directory cannot be listed or a file not be read.
pub fn inspect(path: &Path) -> io::Result<Vec<Stretch>> {
    let disk = Directory::existing(path)?;
    let mut names: Vec<(u64, u32, String)> = disk
        .list()?
        .into_iter()
        .filter(|name| name.ends_with(".log"))
        .filter_map(|name| parse_name(&name).map(|(order, epoch)| (order, epoch, name)))
        .collect();
    names.sort();
    let mut stretches = Vec::new();
    for (order, epoch, name) in names {
        let file = match disk.open(&name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file?,
        };
        let mut header = [0; FILE_HEADER];
        let filled = read_full(&*file, &mut header, 0)?;
        let Some(header) = FileHeader::decode(&header[..filled]) else { continue };
        let mut scanner = Scanner::new(&*file, header.seed(), file.size()?);
        let runs = scanner.runs(FILE_HEADER as u64, header.first_seq.saturating_sub(1));
        stretches.extend(runs.into_iter().map(|run| Stretch {
            order,
            epoch,
            first: run.first,
            last: run.last,
        }));
    }
    Ok(stretches)
}
