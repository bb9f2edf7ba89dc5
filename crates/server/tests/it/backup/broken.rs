//! What becomes of backups that were interrupted, damaged, or are no backups.

use super::{command, records, some_data, succeeds, text};
use crate::client::eventually;
use crate::program::quietzone;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// Changes one byte in the midst of a file.
fn damage(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(file, bytes).unwrap();
}

fn objects(record: &Value) -> Vec<String> {
    let files = record["files"].as_array().unwrap();
    files.iter().map(|file| file["object"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn any_changed_byte_is_found_and_never_put_back() {
    let (data, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut program = some_data(data.path());
    assert!(program.terminate().0.success());
    succeeds(&["backup", text(target.path()), "--data", text(data.path())]);
    let record = records(target.path()).remove(0);
    let all = objects(&record);
    for part in ["segments/scans-", "/catalog.db.zst", "/store/manifest.db.zst"] {
        let object = all.iter().find(|object| object.contains(part)).unwrap();
        let (file, copy) = (target.path().join(object), TempDir::new().unwrap());
        std::fs::copy(&file, copy.path().join("whole")).unwrap();
        damage(&file);
        let (code, said) = command(&["backup", "verify", text(target.path())]);
        assert_eq!((code, said.contains(&format!("{object}: its bytes are not"))), (1, true), "{said}");
        let to = copy.path().join("data");
        let (code, said) = command(&["restore", text(target.path()), "--data", text(&to)]);
        assert_eq!((code, said.contains(object)), (1, true), "{said}");
        // What is not whole does not start, and is finished by a backup that is.
        let (code, said) = command(&["serve", "--data", text(&to), "--listen", "127.0.0.1:0"]);
        assert_eq!((code, said.contains("quietzone restore")), (2, true), "{said}");
        std::fs::remove_file(&file).unwrap();
        let (code, said) = command(&["backup", "verify", text(target.path())]);
        assert_eq!((code, said.contains(&format!("{object}: it is not there"))), (1, true), "{said}");
        std::fs::copy(copy.path().join("whole"), &file).unwrap();
        succeeds(&["restore", text(target.path()), "--data", text(&to)]);
        let said = succeeds(&["store", "verify", "--data", text(&to)]);
        assert!(said.contains("40 scans"), "{said}");
    }
    let name = target.path().join(format!("backups/{}.json", record["id"].as_str().unwrap()));
    damage(&name);
    let (code, said) = command(&["backup", "verify", text(target.path())]);
    assert_eq!((code, said.contains("WRONG")), (1, true), "{said}");
    let (code, said) = command(&["restore", text(target.path()), "--data", text(&data.path().join("new"))]);
    assert_eq!((code, said.contains(".json: ")), (1, true), "{said}");
}

#[test]
fn an_interrupted_backup_is_none_and_leaves_those_before_it_whole() {
    let (data, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let program = some_data(data.path());
    succeeds(&["backup", text(target.path()), "--data", text(data.path())]);
    let first = records(target.path()).remove(0);
    // Files enough that a backup of them can be met in its midst.
    std::fs::create_dir_all(data.path().join("media")).unwrap();
    for number in 0..200_u32 {
        let mut bytes = vec![number as u8; 300_000];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        std::fs::write(data.path().join(format!("media/{number:064x}")), bytes).unwrap();
    }
    let media = target.path().join("media");
    let mut child = quietzone(&[])
        .args(["backup", text(target.path()), "--data", text(data.path())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let count = || std::fs::read_dir(&media).map_or(0, Iterator::count);
    eventually("a backup that is under way", || (count() > 3).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(count() < 200, "it was faster than this test");

    let left = records(target.path());
    assert_eq!(left.iter().map(|record| &record["id"]).collect::<Vec<_>>(), [&first["id"]]);
    let said = succeeds(&["backup", "verify", text(target.path())]);
    assert!(said.contains("belong to no backup"), "{said}");
    let to = TempDir::new().unwrap();
    let said = succeeds(&["restore", text(target.path()), "--data", text(&to.path().join("data"))]);
    assert!(said.contains(first["id"].as_str().unwrap()), "{said}");

    // The next one takes what is missing, and lets nothing lie about, here or there.
    succeeds(&["backup", text(target.path()), "--data", text(data.path()), "--keep", "1"]);
    let left = records(target.path());
    assert_eq!(left.len(), 1);
    assert_ne!(left[0]["id"], first["id"]);
    let said = succeeds(&["backup", "verify", text(target.path())]);
    assert!(!said.contains("belong to no backup"), "{said}");
    assert_eq!(count(), 200);
    assert!(!data.path().join("backup").read_dir().unwrap().any(|entry| entry.unwrap().path().is_dir()));
    // A segment that a merge made needless, or the first backup's own files, would lie beside these.
    let there: Vec<String> = crate::privacy::files(target.path())
        .iter()
        .map(|path| path.strip_prefix(target.path()).unwrap().display().to_string())
        .filter(|name| name != &format!("backups/{}.json", left[0]["id"].as_str().unwrap()))
        .collect();
    let (mut there, mut named) = (there, objects(&left[0]));
    there.sort();
    named.sort();
    assert_eq!(there, named);
    drop(program);
}

#[test]
fn a_target_is_one_installations_and_mistakes_are_said() {
    let (data, other, target) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut program = some_data(data.path());
    assert!(program.terminate().0.success());
    assert!(crate::program::Program::start(other.path(), &[]).terminate().0.success());
    succeeds(&["backup", text(target.path()), "--data", text(data.path())]);
    let (code, said) = command(&["backup", text(target.path()), "--data", text(other.path())]);
    assert_eq!((code, said.contains("another installation")), (1, true), "{said}");
    assert_eq!(records(target.path()).len(), 1);
    // An archive is replaced by each backup: of the same installation.
    let archive = target.path().join("one.tar");
    let into_archive = |data: &TempDir| command(&["backup", text(&archive), "--data", text(data.path())]);
    assert_eq!(into_archive(&data).0, 0);
    assert_eq!(into_archive(&data).0, 0);
    let whole = std::fs::read(&archive).unwrap();
    let (code, said) = into_archive(&other);
    assert_eq!((code, said.contains("another installation")), (1, true), "{said}");
    assert!(std::fs::read(&archive).unwrap() == whole);
    assert!(!target.path().join("one.tar.partial").exists());

    let nothing = TempDir::new().unwrap();
    let tar = nothing.path().join("mine.tar");
    std::fs::write(&tar, "not an archive of ours").unwrap();
    let empty = nothing.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let (new, none) = (nothing.path().join("new"), nothing.path().join("none"));
    let cases: [(&[&str], i32, &str); 8] = [
        (&["backup", "--data", text(data.path())], 2, "say where"),
        (&["backup", "ftp://x", "--data", text(data.path())], 1, "none of a folder"),
        (&["backup", text(target.path()), "--data", text(&empty)], 2, "no data directory of quietzone"),
        (&["backup", text(&tar), "--data", text(data.path())], 1, "is there and no backup"),
        (&["restore", text(&empty), "--data", text(&new)], 1, "there is no backup in"),
        (&["restore", text(&none), "--data", "new"], 1, "there is no folder"),
        (
            &["restore", text(target.path()), "--backup", "2020", "--data", text(&new)],
            1,
            "has no backup 2020",
        ),
        (&["backup", "verify", text(&empty)], 1, "there is no backup in"),
    ];
    for (arguments, code, words) in cases {
        let (found, said) = command(arguments);
        assert_eq!((found, said.contains(words)), (code, true), "{arguments:?}: {said}");
    }
    assert_eq!(std::fs::read(&tar).unwrap(), b"not an archive of ours");
}

#[test]
fn what_others_have_in_a_folder_is_neither_mixed_with_backups_nor_removed() {
    let (data, theirs, ours) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut program = some_data(data.path());
    assert!(program.terminate().0.success());
    let backup = |to: &Path| command(&["backup", text(to), "--data", text(data.path()), "--keep", "1"]);
    let others =
        ["media/photo.jpg", "backups/mysql.dump", "backups/mysql.json", "segments/s.txt", "notes.txt"];
    let put = |target: &Path, names: &[&str]| {
        for name in names {
            let path = target.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "{}").unwrap();
        }
    };
    put(theirs.path(), &others);
    let (code, said) = backup(theirs.path());
    assert_eq!((code, said.contains("name an empty or new folder")), (1, true), "{said}");
    assert_eq!(crate::privacy::files(theirs.path()).len(), others.len(), "nothing more, nothing less");

    // What an interrupted first backup left is no reason, and goes.
    let left = [format!("media/{:064x}", 7), "segments/.tmpAbC123.partial".to_owned()];
    put(ours.path(), &left.each_ref().map(String::as_str));
    let (code, said) = backup(ours.path());
    assert_eq!(code, 0, "{said}");
    assert!(left.iter().all(|name| !ours.path().join(name).exists()));
    // Where our backups are they go on, whatever came to lie beside them.
    let first = records(ours.path()).remove(0);
    put(ours.path(), &others);
    std::fs::remove_file(ours.path().join("backups/mysql.json")).unwrap();
    let (code, said) = backup(ours.path());
    assert_eq!(code, 0, "{said}");
    let now = records(ours.path());
    assert_eq!(now.len(), 1, "one is kept");
    assert_ne!(now[0]["id"], first["id"]);
    for name in others.iter().filter(|name| !name.ends_with(".json")) {
        assert!(ours.path().join(name).exists(), "{name}");
    }
    let said = succeeds(&["backup", "verify", text(ours.path())]);
    assert!(!said.contains("belong to no backup"), "{said}");
}

#[test]
fn a_backup_never_lies_in_the_data_directory_or_around_it() {
    let data = TempDir::new().unwrap();
    let mut program = some_data(data.path());
    assert!(program.terminate().0.success());
    let before = crate::privacy::files(data.path()).len();
    for (place, words) in [
        ("", "lies in the data directory"),
        ("media", "lies in the data directory"),
        ("made/new", "lies in the data directory"),
        ("media/../one.tar", "lies in the data directory"),
        ("..", "the data directory "),
    ] {
        let target = data.path().join(place);
        let (code, said) = command(&["backup", text(&target), "--data", text(data.path())]);
        assert_eq!((code, said.contains(words)), (1, true), "{place}: {said}");
    }
    assert_eq!(crate::privacy::files(data.path()).len(), before);
}
