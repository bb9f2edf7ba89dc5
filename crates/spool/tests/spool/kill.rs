//! A real process, a real disk, a real SIGKILL.

use crate::entry;
use spool::{Appended, Options, Spool};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

const ROLE: &str = "SPOOL_TEST_CHILD";
const WRITERS: u32 = 8;
const ROUNDS: u32 = 20;

/// This test again, in a process of its own. What it acknowledges comes through its standard error.
fn child(test: &str, directory: &Path, before: &str) -> Child {
    let itself = std::env::current_exe().unwrap();
    let command = format!("{before} exec \"$0\" --exact \"$1\" --nocapture");
    Command::new("sh")
        .args(["-c", &command])
        .arg(itself)
        .arg(test)
        .env(ROLE, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A payload that tells the writer, its count and, by its length and filling, whether it is whole.
fn payload(writer: u32, count: u32) -> Vec<u8> {
    let mut payload = Vec::from(writer.to_le_bytes());
    payload.extend_from_slice(&count.to_le_bytes());
    payload.resize(8 + (count as usize * 37 + writer as usize * 11) % 400, count as u8);
    payload
}

#[test]
fn a_killed_process_loses_and_doubles_nothing_it_acknowledged() {
    if let Some(directory) = std::env::var_os(ROLE) {
        return append_until_killed(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged: HashMap<(u32, u64), Vec<u8>> = HashMap::new();
    for round in 1..=ROUNDS {
        let mut child =
            child("kill::a_killed_process_loses_and_doubles_nothing_it_acknowledged", directory.path(), "");
        let mut pipe = child.stderr.take().unwrap();
        let mut bytes = vec![0; 20 * 150 * round as usize];
        pipe.read_exact(&mut bytes).unwrap();
        child.kill().unwrap();
        pipe.read_to_end(&mut bytes).unwrap();
        child.wait().unwrap();
        let number = |at: &[u8]| u32::from_le_bytes(at.try_into().unwrap());
        for acknowledgement in bytes.chunks_exact(20) {
            let (epoch, writer, count) = (
                number(&acknowledgement[..4]),
                number(&acknowledgement[12..16]),
                number(&acknowledgement[16..]),
            );
            let seq = u64::from_le_bytes(acknowledgement[4..12].try_into().unwrap());
            assert!(
                acknowledged.insert((epoch, seq), payload(writer, count)).is_none(),
                "a number given twice"
            );
        }
    }
    assert!(acknowledged.len() > 10_000);
    let (spool, report) = Spool::open(directory.path(), crate::options(0)).unwrap();
    assert!(report.gaps.is_empty() && report.set_aside.is_empty() && report.errors.is_empty(), "{report:?}");
    let (mut reader, mut last, mut lost, mut read) = (spool.reader(None), (0, 0), acknowledged.len(), 0);
    loop {
        let batch = reader.next(1000, 1 << 20, Duration::ZERO).unwrap();
        if batch.is_empty() {
            break;
        }
        for record in batch.iter() {
            let place = (record.position.epoch, record.position.seq);
            assert!(place > last, "{place:?} after {last:?}: doubled or out of order");
            last = place;
            read += 1;
            if let Some(payload) = acknowledged.get(&place) {
                assert_eq!(record.payload, payload);
                lost -= 1;
            }
        }
    }
    println!("{ROUNDS} kills: {} acknowledged, {lost} lost, {read} read", acknowledged.len());
    assert_eq!(lost, 0);
}

fn append_until_killed(directory: &Path) {
    // Small files, so that kills also hit their changes.
    let epoch = std::fs::read_dir(directory).unwrap().count() as u32 + 1000 * std::process::id();
    let options = Options { file_bytes: 200_000, ..Options::new(epoch, 0, &["store"]) };
    let (spool, _) = Spool::open(directory, Options { ballast_bytes: 0, ..options }).unwrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let spool = &spool;
            scope.spawn(move || {
                for count in 0.. {
                    if let Appended::Written(position) = spool.append(entry(&payload(writer, count))) {
                        let mut acknowledgement = [0; 20];
                        acknowledgement[..4].copy_from_slice(&position.epoch.to_le_bytes());
                        acknowledgement[4..12].copy_from_slice(&position.seq.to_le_bytes());
                        acknowledgement[12..16].copy_from_slice(&writer.to_le_bytes());
                        acknowledgement[16..].copy_from_slice(&count.to_le_bytes());
                        std::io::stderr().write_all(&acknowledgement).unwrap();
                    }
                }
            });
        }
    });
}

#[test]
fn a_file_that_may_not_grow_is_followed_by_another() {
    if let Some(directory) = std::env::var_os(ROLE) {
        return append_against_the_limit(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    // 32 or 64 KiB a file, by the shell's unit; a write past it comes up short, then fails with EFBIG.
    let limits = "trap '' XFSZ; ulimit -f 64 || exit 9;";
    let child = child("kill::a_file_that_may_not_grow_is_followed_by_another", directory.path(), limits);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (spool, report) = Spool::open(directory.path(), crate::options(9)).unwrap();
    assert!(report.files > 3 && report.gaps.is_empty(), "{report:?}");
    let records = crate::drain(&mut spool.reader(None));
    let expected: Vec<_> = (0..500).map(|count| payload(1, count)).collect();
    let payloads: Vec<_> = records.into_iter().map(|(_, payload)| payload).collect();
    assert!(payloads == expected, "{} of {} records", payloads.len(), expected.len());
}

fn append_against_the_limit(directory: &Path) {
    let (spool, _) = Spool::open(directory, crate::options(1)).unwrap();
    for count in 0..500 {
        if spool.append(entry(&payload(1, count))) == Appended::AtRisk {
            assert!(spool.sync());
        }
    }
    let status = spool.status();
    assert!(status.write_errors > 0 && status.lost.total() == 0, "{status:?}");
    assert!(spool.close(Duration::from_secs(30)));
}
