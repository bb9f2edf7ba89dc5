//! What `verify` finds in a store, and that it finds nothing in a sound one.

use crate::world::{self, SMALL};
use analytics::{Batch, Error, Fault, Local, Numbers, Options, Verified, verify};
use model::time::DAY_MS;
use proptest::prelude::*;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

const SCANS: usize = 300;

/// A store of sealed scans and traces, every record with its number.
fn store(dir: &Path) {
    let store = Local::open(dir, Options { row_group: 64, block_rows: 96, ..Options::default() }).unwrap();
    let scans = world::scans(11, SCANS, SMALL);
    for (half, chunk) in scans.chunks(SCANS / 2).enumerate() {
        let mut batch = Batch::new();
        for (n, scan) in chunk.iter().enumerate() {
            let record = 2 * (half * SCANS / 2 + n);
            batch.scan(world::position(record), &scan.get());
            batch.trace(world::position(record + 1), &world::trace(record as u64, &scan.get()));
        }
        store.append(batch);
        store.seal().unwrap();
    }
}

fn look(dir: &Path) -> Verified {
    verify(dir, |_| ()).unwrap()
}

fn files(dir: &Path, what: &str) -> Vec<PathBuf> {
    let begins = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(what);
    let files = std::fs::read_dir(dir.join("segments")).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(begins).collect();
    files.sort();
    files
}

fn flip(path: &Path, at: usize, bit: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 1 << (bit % 8);
    std::fs::write(path, bytes).unwrap();
}

fn manifest(dir: &Path) -> Connection {
    Connection::open(dir.join("manifest.db")).unwrap()
}

#[test]
fn a_store_in_use_finds_a_flipped_bit_and_does_not_merge_it() {
    let open = |dir: &Path| Local::open(dir, Options::default()).unwrap();
    let pass = |store: &Local| {
        let (mut compared, mut files) = (None, 0);
        while let Some(name) = store.check_next(compared, || true).unwrap() {
            (compared, files) = (Some(name), files + 1);
        }
        files
    };
    for at in [300, 5_000, 9_999] {
        let dir = tempfile::tempdir().unwrap();
        store(dir.path());
        let sound = open(dir.path());
        let before = sound.stats();
        assert_eq!(pass(&sound), before.segments + before.trace_segments);
        assert_eq!((sound.stats().lost, sound.check_next(None, || false).unwrap()), (vec![], None));
        drop(sound);
        let victim = &files(dir.path(), "scans-")[0];
        flip(victim, at, 3);
        // As the pass comes to it, and without a pass as a merge would write it anew.
        let store = open(dir.path());
        pass(&store);
        let lost = store.stats().lost;
        assert_eq!(lost.iter().map(|lost| &lost.path).collect::<Vec<_>>(), [victim]);
        assert!(lost[0].reason.contains("not those that were written"), "{lost:?}");
        let merging = open(dir.path());
        let day = lost[0].days.first;
        merging.merge_day(day).unwrap();
        assert_eq!(merging.stats().lost, lost);
        assert!(victim.exists());
    }
}

#[test]
fn a_sound_store_is_sound_before_and_after_its_merges() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path());
    let mut steps = Vec::new();
    let found = verify(dir.path(), |checked| steps.push((checked.done, checked.of))).unwrap();
    assert_eq!(found.faults, vec![]);
    assert_eq!((found.scans, found.traces), (SCANS as u64, SCANS as u64));
    assert_eq!((found.without_checksum, found.orphans.len()), (0, 0));
    let last = world::position(2 * SCANS - 1);
    assert_eq!(found.position, Some(last));
    let all = Numbers { epoch: last.epoch, there: last.seq, last: last.seq, absent: 0 };
    assert_eq!(found.numbers, [all]);
    assert_eq!(steps.last(), Some(&(found.segments, found.segments)));

    let store = Local::open(dir.path(), Options::default()).unwrap();
    while store.merge_due(world::START.plus(9 * DAY_MS)).unwrap().is_some() {}
    let merged = look(dir.path());
    assert!(merged.segments < found.segments);
    assert_eq!((merged.faults, merged.numbers), (vec![], vec![all]), "also while it is open");
}

#[test]
fn what_is_missing_too_short_or_of_nobody_is_told() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path());
    let scans = files(dir.path(), "scans-");
    std::fs::remove_file(&scans[0]).unwrap();
    let whole = std::fs::read(&scans[1]).unwrap();
    std::fs::write(&scans[1], &whole[..whole.len() - 9]).unwrap();
    let facts = &files(dir.path(), "facts-")[2];
    flip(facts, 40, 3);
    let stranger = dir.path().join("segments/scans-20260301-0123.parquet");
    std::fs::write(&stranger, b"PAR1").unwrap();
    let found = look(dir.path());
    let told: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    for (path, words) in
        [(&scans[0], "No such file"), (&scans[1], "bytes instead of"), (facts, "judged again")]
    {
        let named = |fault: &&String| fault.contains(path.to_str().unwrap()) && fault.contains(words);
        assert!(told.iter().any(|fault| named(&fault)), "{path:?} {told:#?}");
    }
    assert_eq!((told.len(), found.orphans), (3, vec![stranger]));
}

#[test]
fn a_record_that_is_there_twice_is_told() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path());
    let original = &files(dir.path(), "scans-")[0];
    let name = uuid::Uuid::from_u128(7);
    let (begin, _) = original.to_str().unwrap().rsplit_once('-').unwrap();
    std::fs::copy(original, format!("{begin}-{}.parquet", name.simple())).unwrap();
    let copied = manifest(dir.path())
        .execute(
            "insert into segments select ?1, kind, day, level, rows, bytes, null, first_at, last_at, first_workspace,
                    last_workspace, checksum, null, days, null from segments where hex(name) = upper(?2)",
            (
                name.as_bytes().as_slice(),
                original.file_stem().unwrap().to_str().unwrap().rsplit_once('-').unwrap().1,
            ),
        )
        .unwrap();
    assert_eq!(copied, 1);
    let faults = look(dir.path()).faults;
    assert!(matches!(faults[..], [Fault::Twice { count, .. }] if count > 10), "{faults:?}");
}

#[test]
fn a_store_of_before_checksums_is_read_whole_and_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    store(dir.path());
    manifest(dir.path())
        .execute_batch(
            "alter table segments drop column checksum; alter table segments drop column facts_checksum;
             alter table segments drop column days; alter table segments drop column facts_from;
             pragma user_version = 1;",
        )
        .unwrap();
    assert!(matches!(verify(dir.path(), |_| ()), Err(Error::Older { found: 1, .. })));
    drop(Local::open(dir.path(), Options::default()).unwrap());
    let found = look(dir.path());
    assert_eq!((found.faults, found.without_checksum), (vec![], found.segments));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn no_flipped_bit_stays_unseen(which in any::<usize>(), at in any::<usize>(), bit in any::<u8>()) {
        let dir = tempfile::tempdir().unwrap();
        store(dir.path());
        let all = files(dir.path(), "");
        let path = &all[which % all.len()];
        flip(path, at, bit);
        let faults = look(dir.path()).faults;
        prop_assert_eq!(faults.len(), 1, "{:?}", path);
        prop_assert!(faults[0].to_string().contains(path.to_str().unwrap()));
    }
}
