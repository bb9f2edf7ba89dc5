//! Files of the spool that cannot be read or are damaged, and a spool that has little room.

use super::{EIO, Fault, Faults, Program, link, long, reasons};
use crate::client::eventually;
use crate::load::{Load, figure, lost};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[test]
fn a_small_spool_is_emptied_before_it_is_full() {
    let data = TempDir::new().unwrap();
    let mega = 1 << 20;
    let most = (4 * mega).to_string();
    let program = Program::start(data.path(), &[("QUIETZONE_SPOOL_MAX_BYTES", &most)]);
    let link = link(&program);
    let mut load = Load::new(&program, &link);
    load.more = long();
    // More than fits, long before the oldest scan is old enough to be sealed.
    while figure(&program, "scans_written_total") < 8000 {
        let upto = load.asked() + 500;
        load.run(|| if load.asked() >= upto { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
        eventually("room in the spool", || (figure(&program, "spool_bytes") < 2 * mega).then_some(()));
    }
    assert_eq!(load.settle("small spool"), 0);
    assert_eq!(reasons(&program), "[]");
}

/// The file of the spool that holds the first records.
fn oldest(spool: &Path) -> PathBuf {
    let files = fs::read_dir(spool).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "log")).min().unwrap()
}

/// A data directory whose spool holds ten scans, and how it is started again.
fn killed() -> (TempDir, PathBuf) {
    let data = TempDir::new().unwrap();
    let program = Program::start(data.path(), &[]);
    let link = link(&program);
    for _ in 0..10 {
        program.scan(&link);
    }
    program.kill();
    let file = oldest(&data.path().join("spool"));
    (data, file)
}

#[test]
fn a_damaged_spool_file_is_told_until_the_next_start() {
    let (data, file) = killed();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let mut bytes = fs::read(&file).unwrap();
    // In the payload of the second record; the file's head has 64 bytes, a record's 28, the payload's length first.
    let length = u32::from_le_bytes(bytes[64..68].try_into().unwrap()) as usize;
    let second = 64 + (28 + length).next_multiple_of(8);
    bytes[second + 28 + 8] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let program = Program::start(data.path(), &[]);
    let told = reasons(&program);
    assert!(told.contains("1 scans in the middle of spool files are damaged"), "{told}");
    assert!(told.contains(&format!("{name}.quarantine")) && told.contains("remove the copies"), "{told}");
    assert_eq!(lost(&program)["damaged"], 1);
    program.kill();

    bytes[0] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let program = Program::start(data.path(), &[]);
    let told = reasons(&program);
    assert!(told.contains("spool files: ") && told.contains(&format!("{name}.bad")), "{told}");
    program.kill();
    let program = Program::start(data.path(), &[]);
    assert!(!reasons(&program).contains("spool files: "), "{}", reasons(&program));
}

#[test]
fn a_spool_file_that_cannot_be_read_at_the_start_is_told_and_kept() {
    let (data, file) = killed();
    let folder = TempDir::new().unwrap();
    let faults = Faults::new(folder.path());
    faults.set(Fault::ReadError, EIO);
    let program = faults.start(data.path(), &[]);
    faults.set(Fault::ReadError, 0);
    let kept = format!("{}.unread", file.display());
    let expect = |program: &Program| {
        let told = reasons(program);
        assert!(told.contains("spool files: ") && told.contains(&kept) && told.contains("chown"), "{told}");
    };
    expect(&program);
    assert!(reasons(&program).contains("Input/output error"), "{}", reasons(&program));
    let made = link(&program);
    program.scan(&made);
    program.events(&made, 1);
    expect(&program);
    program.kill();
    let program = faults.start(data.path(), &[]);
    expect(&program);
    assert!(Path::new(&kept).exists(), "it does not go as if it had been read");
    program.kill();
    fs::remove_file(&kept).unwrap();
    assert!(!reasons(&faults.start(data.path(), &[])).contains("spool files: "));
}
