//! Folders that somebody removes or moves away under the server.

use super::{link, reasons};
use crate::client::{Link, eventually};
use crate::load::{figure, lost};
use crate::program::Program;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn scans(program: &Program, link: &Link, count: usize) {
    for _ in 0..count {
        program.scan(link);
    }
}

/// Number of the last record in a spool.
fn last(spool: &Path) -> u64 {
    let stretches = spool::inspect(spool).unwrap_or_default();
    stretches.iter().map(|stretch| stretch.last).max().unwrap_or(0)
}

#[test]
fn a_spool_folder_that_is_removed_is_made_again_and_no_scan_is_lost() {
    let folder = TempDir::new().unwrap();
    let (data, spool) = (folder.path().join("data"), folder.path().join("data/spool"));
    let mut program = Program::start(&data, &[]);
    let link = link(&program);
    scans(&program, &link, 30);
    program.events(&link, 30);
    // Whoever removes it does so while the server may be making it again.
    let _ = fs::remove_dir_all(&spool);
    scans(&program, &link, 20);
    eventually("the removal to be told", || {
        let told = reasons(&program);
        (told.contains("spool folder: ") && told.contains("was removed while in use")).then_some(())
    });
    eventually("all to be in the new folder", || (last(&spool) == 50).then_some(()));
    assert!(figure(&program, "spool_files_restored_total") > 0);
    eventually("all to be synced", || (figure(&program, "scans_synced_total") == 50).then_some(()));
    assert!(program.log().contains("was removed while in use"), "{}", program.log());
    program.kill();
    program = Program::start(&data, &[]);
    program.events(&link, 50);
    assert!(lost(&program).is_empty());
}

#[test]
fn a_data_directory_that_is_removed_is_told_and_scans_are_kept_at_its_path() {
    let folder = TempDir::new().unwrap();
    let (data, spool) = (folder.path().join("data"), folder.path().join("data/spool"));
    let program = Program::start(&data, &[]);
    let link = link(&program);
    scans(&program, &link, 30);
    program.events(&link, 30);
    // The server makes its spool again, which may come in between.
    eventually("the removal", || {
        let _ = fs::remove_dir_all(&data);
        ["catalog.db", "store/manifest.db"].iter().all(|name| !data.join(name).exists()).then_some(())
    });
    scans(&program, &link, 20);
    eventually("what is missing to be told", || {
        let told = reasons(&program);
        let named =
            ["spool folder: ", "data/spool", "data/catalog.db is not the file that is in use", "manifest.db"];
        named.iter().all(|name| told.contains(name)).then_some(())
    });
    eventually("all to be in the new folder", || (last(&spool) == 50).then_some(()));
    scans(&program, &link, 5);
    eventually("scans to go on there", || (last(&spool) == 55).then_some(()));
}

/// A server whose spool has been moved away.
struct Moved {
    folder: TempDir,
    data: PathBuf,
    spool: PathBuf,
    away: PathBuf,
    program: Program,
    link: Link,
}

impl Moved {
    fn after_ten_scans() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (data, spool, away) = (at("data"), at("data/spool"), at("away"));
        let program = Program::start(&data, &[]);
        let link = link(&program);
        scans(&program, &link, 10);
        fs::rename(&spool, &away).unwrap();
        Self { folder, data, spool, away, program, link }
    }
}

#[test]
fn a_folder_that_cannot_be_made_again_is_told_for_as_long_as_it_is_missing() {
    let Moved { folder: _folder, data, spool, away, program, link } = Moved::after_ten_scans();
    fs::write(&spool, "a file where the folder should be").unwrap();
    eventually("the move to be told", || reasons(&program).contains("moved away").then_some(()));
    assert_eq!(figure(&program, "spool_folder_missing"), 1);
    // The server may restore a file while its folder is still there.
    eventually("the removal", || {
        let _ = fs::remove_dir_all(&away);
        (!away.exists()).then_some(())
    });
    scans(&program, &link, 10);
    eventually("the removal to be told", || reasons(&program).contains("cannot be made again").then_some(()));
    eventually("the scans that may be lost to be told", || {
        (figure(&program, "scans_adrift") == 20).then_some(())
    });
    // They are shown all the same, and are there again with the folder.
    program.events(&link, 20);
    fs::remove_file(&spool).unwrap();
    eventually("all to be in the new folder", || (last(&spool) == 20).then_some(()));
    eventually("nothing to be adrift", || (figure(&program, "scans_adrift") == 0).then_some(()));
    assert_eq!(figure(&program, "spool_folder_missing"), 0);
    program.kill();
    Program::start(&data, &[]).events(&link, 20);
}

#[test]
fn a_folder_that_is_moved_away_is_written_on() {
    let Moved { folder: _folder, data, spool, away, program, link } = Moved::after_ten_scans();
    fs::create_dir(&spool).unwrap();
    scans(&program, &link, 10);
    eventually("the move to be told", || reasons(&program).contains("moved away").then_some(()));
    eventually("the scans", || (last(&away) == 20).then_some(()));
    fs::remove_dir(&spool).unwrap();
    fs::rename(&away, &spool).unwrap();
    eventually("the folder to be back", || (reasons(&program) == "[]").then_some(()));
    program.kill();
    Program::start(&data, &[]).events(&link, 20);
}
