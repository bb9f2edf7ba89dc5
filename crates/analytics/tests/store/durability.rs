//! What survives a kill at any moment, a damaged file, and what queries see while the store changes under them.

use crate::world::{SMALL, START, Size};
use crate::{reference, world};
use analytics::{Batch, Local, Options, Step};
use model::report::{Answer, Ask, OwnedScan, Population, ScanPage, Verdicts};
use model::time::DAY_MS;
use model::{Millis, Position, Trace};
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub fn options() -> Options {
    Options { row_group: 64, block_rows: 96, merge_at: 3, ..Options::default() }
}

pub fn everything(place: u64) -> Population {
    Population { verdicts: Verdicts::ALL, ..reference::everything(world::workspace(place)) }
}

pub fn all_scans(store: &Local) -> Vec<OwnedScan> {
    let page =
        |place| ScanPage { population: everything(place), visitor: None, before: None, limit: usize::MAX };
    (0..SMALL.workspaces).flat_map(|place| store.scans(&page(place)).unwrap()).collect()
}

fn count(store: &Local) -> u64 {
    let scans = |place| match store.report(&everything(place), &Ask::Totals).unwrap() {
        Answer::Totals { counts, .. } => counts.scans,
        other => panic!("{other:?}"),
    };
    (0..SMALL.workspaces).map(scans).sum()
}

/// Index behind the last record the store holds durably.
fn resume(store: &Local) -> usize {
    store.position().map_or(0, |position| position.seq as usize)
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir.join("segments")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

const SPOOL: usize = 3000;

fn spool() -> (Vec<OwnedScan>, Vec<Trace>) {
    let scans = world::scans(42, SPOOL, SMALL);
    let traces = scans.iter().zip(0..).map(|(scan, n)| world::trace(n, &scan.get())).collect();
    (scans, traces)
}

/// The consumer: every scan is followed by its trace in the spool. Appends from the durable position on, in batches.
fn consume(store: &Local, mut between: impl FnMut(&Local)) {
    let (scans, traces) = spool();
    let mut next = resume(store);
    while next < 2 * SPOOL {
        let mut batch = Batch::new();
        let records = next..(next + 101).min(2 * SPOOL);
        next = records.end;
        for record in records {
            let position = world::position(record);
            if record.is_multiple_of(2) {
                batch.scan(position, &scans[record / 2].get());
            } else {
                batch.trace(position, &traces[record / 2]);
            }
        }
        store.append(batch);
        between(store);
    }
}

/// Run by [`killed_anywhere_nothing_is_lost_or_doubled`] in a process of its own, which it kills.
#[test]
fn child() {
    let Ok(dir) = std::env::var("QUIETZONE_TEST_STORE") else { return };
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    static LAST: AtomicUsize = AtomicUsize::new(usize::MAX);
    if let Ok(step) = std::env::var("QUIETZONE_TEST_STEP") {
        LAST.store(step.parse().unwrap(), Ordering::Relaxed);
    }
    let witness = |_: Step| {
        if STEPS.fetch_add(1, Ordering::Relaxed) == LAST.load(Ordering::Relaxed) {
            std::process::abort();
        }
    };
    let store = Local::open(Path::new(&dir), Options { witness, ..options() }).unwrap();
    println!("opened");
    let mut round = 0;
    consume(&store, |store| {
        round += 1;
        if round % 3 == 0 {
            store.seal().unwrap();
        }
        if round % 5 == 0 {
            // Now and then a part of the month is merged, or the month; what comes afterwards is late.
            let days = [2, 9, 2, 70][round / 5 % 4];
            store.delete_facts_before(START.plus((days - 29) * DAY_MS)).unwrap();
            while store.merge_due(START.plus(days * DAY_MS)).unwrap().is_some() {}
        }
    });
    store.seal().unwrap();
}

#[test]
fn killed_anywhere_nothing_is_lost_or_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let mut lost_or_doubled = 0;
    let mut ended = false;
    for round in 0..20_usize {
        if ended {
            // All consumed: begin again.
            std::fs::remove_dir_all(dir.path()).unwrap();
            std::fs::create_dir(dir.path()).unwrap();
        }
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["durability::child", "--exact", "--nocapture"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command.env("QUIETZONE_TEST_STORE", dir.path());
        // Every second round ends itself at a step between writing, committing and swapping; the others are killed from
        // outside, a little later each time.
        if round.is_multiple_of(2) {
            command.env("QUIETZONE_TEST_STEP", (round * 3 / 2).to_string());
        }
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("opened") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "the child did not open its store");
        }
        if round % 2 == 1 {
            // The kill falls where the child happens to be once it has written this many files.
            while child.try_wait().unwrap().is_none() && segments(dir.path()).len() < 2 + round {}
            child.kill().unwrap();
        }
        child.wait().unwrap();

        let store = Local::open(dir.path(), options()).unwrap();
        let durable = resume(&store);
        ended = durable == 2 * SPOOL;
        // What is durable is exactly what lies before the position.
        let (scans, traces) = spool();
        let expected: HashSet<_> = scans[..durable.div_ceil(2)].iter().map(|scan| scan.get().id).collect();
        let found = all_scans(&store);
        let ids: HashSet<_> = found.iter().map(|scan| scan.get().id).collect();
        lost_or_doubled += expected.symmetric_difference(&ids).count() + found.len() - ids.len();
        for trace in &traces[..durable / 2] {
            let stored = store.traces(trace.workspace, trace.scan, trace.scan_at).unwrap();
            lost_or_doubled += usize::from(stored != [*trace]);
        }
        // Every file is in the manifest or gone.
        let stats = store.stats();
        let facts =
            segments(dir.path()).iter().filter(|path| path.to_string_lossy().contains("/facts-")).count();
        assert!(facts <= stats.segments);
        let named = stats.segments + facts + stats.trace_segments;
        let verified = analytics::verify(dir.path(), |_| ()).unwrap();
        assert!(verified.is_sound(), "round {round}: {verified:?}");
        assert_eq!(verified.numbers.iter().map(|numbers| numbers.absent).sum::<u64>(), 0, "round {round}");
        assert_eq!((segments(dir.path()).len(), stats.lost), (named, vec![]), "round {round}");
    }
    assert_eq!(lost_or_doubled, 0);
    let store = Local::open(dir.path(), options()).unwrap();
    consume(&store, |_| ());
    assert_eq!(count(&store), SPOOL as u64);
}

/// Run by [`killed_between_the_steps_of_a_months_merge_everything_is_there_once`] in a process of its own: lives months
/// later, and ends at the nth step of what then happens to the files.
#[test]
fn months_child() {
    let Ok(dir) = std::env::var("QUIETZONE_TEST_MONTHS") else { return };
    static STEPS: AtomicUsize = AtomicUsize::new(0);
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.store(std::env::var("QUIETZONE_TEST_STEP").unwrap().parse().unwrap(), Ordering::Relaxed);
    let witness = |_: Step| {
        if STEPS.fetch_add(1, Ordering::Relaxed) == LAST.load(Ordering::Relaxed) {
            std::process::abort();
        }
    };
    let store = Local::open(Path::new(&dir), Options { witness, ..options() }).unwrap();
    for days in 41..80 {
        store.delete_facts_before(START.plus((days - 29) * DAY_MS)).unwrap();
        while store.merge_due(START.plus(days * DAY_MS)).unwrap().is_some() {}
    }
}

#[test]
fn killed_between_the_steps_of_a_months_merge_everything_is_there_once() {
    let dir = tempfile::tempdir().unwrap();
    let scans = world::scans(9, 400, Size { days: 40, ..SMALL });
    let store = Local::open(dir.path(), options()).unwrap();
    let mut batch = Batch::new();
    for (n, scan) in scans.iter().enumerate() {
        batch.scan(world::position(2 * n), &scan.get());
        batch.trace(world::position(2 * n + 1), &world::trace(n as u64, &scan.get()));
    }
    store.append(batch);
    store.seal().unwrap();
    while store.merge_due(START.plus(40 * DAY_MS)).unwrap().is_some() {}
    drop(store);
    let (mut kills, mut step) = (0, 0);
    loop {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["durability::months_child", "--exact"])
            .env("QUIETZONE_TEST_MONTHS", dir.path())
            .env("QUIETZONE_TEST_STEP", step.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let store = Local::open(dir.path(), options()).unwrap();
        let ids = |scans: &[OwnedScan]| scans.iter().map(|scan| scan.get().id).collect::<HashSet<_>>();
        let found = all_scans(&store);
        assert_eq!((found.len(), ids(&found)), (scans.len(), ids(&scans)), "after {kills} kills");
        for (n, scan) in scans.iter().map(|scan| scan.get()).enumerate() {
            let expected = [world::trace(n as u64, &scan)];
            assert_eq!(store.traces(scan.workspace, scan.id, scan.at).unwrap(), expected);
        }
        let verified = analytics::verify(dir.path(), |_| ()).unwrap();
        assert_eq!(
            (verified.faults, verified.orphans),
            (vec![], Vec::<PathBuf>::new()),
            "after {kills} kills"
        );
        if status.success() {
            assert_eq!((store.stats().segments, store.stats().trace_segments), (2, 2), "two months");
            break;
        }
        // The steps in turn, each at another merge than the one before.
        (kills, step) = (kills + 1, (step + 1) % 3);
    }
    assert!(kills >= 9, "{kills} kills");
}

#[test]
fn queries_see_every_row_once_while_the_store_seals_and_merges() {
    let dir = tempfile::tempdir().unwrap();
    let store = Local::open(dir.path(), options()).unwrap();
    let scans = world::scans(7, 1500, SMALL);
    let (appended, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (n, chunk) in scans.chunks(25).enumerate() {
                let mut batch = Batch::new();
                for (place, scan) in chunk.iter().enumerate() {
                    batch.scan(world::position(n * 25 + place), &scan.get());
                }
                store.append(batch);
                appended.fetch_add(chunk.len(), Ordering::SeqCst);
                store.seal().unwrap();
                if n % 4 == 0 {
                    while store.merge_due(START.plus(2 * DAY_MS)).unwrap().is_some() {}
                }
            }
            done.store(true, Ordering::SeqCst);
        });
        // One workspace at a time, so each count is of one instant.
        for place in 0..2 {
            let (scans, store, appended, done) = (&scans, &store, &appended, &done);
            scope.spawn(move || {
                let mut ever = 0;
                while !done.load(Ordering::SeqCst) {
                    let of = |n: usize| {
                        let here =
                            scans[..n].iter().filter(|scan| scan.get().workspace == world::workspace(place));
                        here.count() as u64
                    };
                    let before = appended.load(Ordering::SeqCst);
                    let Answer::Totals { counts, .. } =
                        store.report(&everything(place), &Ask::Totals).unwrap()
                    else {
                        panic!("totals answer totals")
                    };
                    // A batch may be visible a moment before the counter says so.
                    let after = (appended.load(Ordering::SeqCst) + 25).min(scans.len());
                    assert!((of(before)..=of(after)).contains(&counts.scans));
                    assert!(counts.scans >= ever, "rows disappeared");
                    ever = counts.scans;
                }
            });
        }
    });
    assert_eq!(count(&store), 1500);
    assert_eq!(store.stats().lost, vec![]);
}

/// A store of 900 sealed scans over three days.
fn sealed(dir: &Path) -> Vec<OwnedScan> {
    let scans = world::scans(3, 900, SMALL);
    let store = Local::open(dir, options()).unwrap();
    let mut batch = Batch::new();
    for (n, scan) in scans.iter().enumerate() {
        batch.scan(world::position(n), &scan.get());
    }
    store.append(batch);
    assert_eq!(store.seal().unwrap().unwrap().segments, 3);
    scans
}

#[test]
fn a_damaged_segment_is_reported_and_the_rest_answers() {
    type Harm = fn(&Path);
    let harms: [Harm; 6] = [
        |path| std::fs::remove_file(path).unwrap(),
        |path| std::fs::write(path, b"").unwrap(),
        |path| std::fs::write(path, b"PAR1 this is not what it says PAR1").unwrap(),
        |path| {
            let mut bytes = std::fs::read(path).unwrap();
            bytes.truncate(bytes.len() / 2);
            std::fs::write(path, bytes).unwrap();
        },
        // Of the right length, so that only reading it shows the harm.
        |path| {
            let length = std::fs::read(path).unwrap().len();
            std::fs::write(path, vec![0; length]).unwrap();
        },
        |path| {
            let mut bytes = std::fs::read(path).unwrap();
            let footer = bytes.len()
                - 8
                - u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
            bytes[4..footer].fill(0xff);
            std::fs::write(path, bytes).unwrap();
        },
    ];
    for (number, harm) in harms.iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let scans = sealed(dir.path());
        let victim = segments(dir.path())
            .into_iter()
            .find(|path| path.to_string_lossy().contains("/scans-20260302"))
            .unwrap();
        harm(&victim);
        let store = Local::open(dir.path(), options()).unwrap();
        let second = START.plus(DAY_MS).utc_day();
        let rest = scans.iter().filter(|scan| scan.get().at.utc_day() != second).count();
        assert_eq!(count(&store), rest as u64, "harm {number}");
        assert_eq!(all_scans(&store).len(), rest, "harm {number}");
        let stats = store.stats();
        let lost = stats.lost.iter().map(|lost| (lost.days.first, lost.rows as usize)).collect::<Vec<_>>();
        assert_eq!(lost, [(second, 900 - rest)], "harm {number}");
        assert!(stats.last_error.unwrap().contains("restore the file from a backup"), "harm {number}");
        // Upkeep goes on without it.
        store.merge_day(second).unwrap();
        while store.merge_due(START.plus(9 * DAY_MS)).unwrap().is_some() {}
        assert_eq!(count(&store), rest as u64, "harm {number}");
    }
}

#[test]
fn any_single_changed_byte_is_survived() {
    let dir = tempfile::tempdir().unwrap();
    let scans = sealed(dir.path());
    let victim =
        segments(dir.path()).into_iter().find(|path| path.to_string_lossy().contains("/scans-")).unwrap();
    let whole = std::fs::read(&victim).unwrap();
    // Footer, indexes and pages; the answer may be without the segment, or, in the absence of
    // page checksums, have a wrong word in it. It is never a crash.
    for place in (0..whole.len()).rev().step_by(whole.len() / 150) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        std::fs::write(&victim, bytes).unwrap();
        let store = Local::open(dir.path(), options()).unwrap();
        assert!(count(&store) <= scans.len() as u64);
        assert!(all_scans(&store).len() <= scans.len());
    }
}

#[test]
fn user_agents_live_in_a_file_of_their_own_and_go_before_the_scans() {
    let dir = tempfile::tempdir().unwrap();
    let scans = sealed(dir.path());
    let store = Local::open(dir.path(), options()).unwrap();
    let agents =
        |store: &Local| all_scans(store).iter().filter(|scan| !scan.get().user_agent.is_empty()).count();
    assert_eq!(agents(&store), scans.len());
    store.merge_day(START.utc_day()).unwrap();
    assert_eq!(agents(&store), scans.len(), "a merge keeps them");
    assert_eq!(store.delete_facts_before(START).unwrap(), 0);
    assert_eq!(store.delete_facts_before(START.plus(2 * DAY_MS)).unwrap(), 2);
    let third = scans.iter().filter(|scan| scan.get().at >= START.plus(2 * DAY_MS)).count();
    assert_eq!(agents(&store), third);
    drop(store);
    let store = Local::open(dir.path(), options()).unwrap();
    assert_eq!(agents(&store), third);
    assert_eq!(count(&store), scans.len() as u64);
    assert_eq!(
        segments(dir.path()).iter().filter(|path| path.to_string_lossy().contains("/facts-")).count(),
        1
    );
}

#[test]
fn todays_rows_are_the_sealed_human_scans_of_visitors() {
    let dir = tempfile::tempdir().unwrap();
    let scans = sealed(dir.path());
    let store = Local::open(dir.path(), options()).unwrap();
    let mut rows = Vec::new();
    store
        .today(START.utc_day(), |row| {
            rows.push((row.at, row.workspace, row.link, row.visitor, row.nth_today))
        })
        .unwrap();
    let mut expected: Vec<_> = scans
        .iter()
        .map(|scan| scan.get())
        .filter(|scan| scan.at.utc_day() == START.utc_day())
        .filter(|scan| scan.verdict == model::scan::Verdict::Human && scan.visitor != 0)
        .map(|scan| (scan.at, scan.workspace, scan.link, scan.visitor, scan.nth_today))
        .collect();
    rows.sort();
    expected.sort();
    assert_eq!(rows, expected);
    assert!(rows.len() > 100);
}

#[test]
fn sealing_is_due_by_age_or_by_number() {
    let dir = tempfile::tempdir().unwrap();
    let store = Local::open(dir.path(), Options { seal_rows: 10, ..options() }).unwrap();
    let scans = world::scans(5, 12, SMALL);
    let append = |range: std::ops::Range<usize>| {
        let mut batch = Batch::new();
        range.for_each(|n| batch.scan(world::position(n), &scans[n].get()));
        store.append(batch);
    };
    assert_eq!(store.seal_due(Millis(i64::MAX)).unwrap(), None);
    append(0..1);
    let at = scans[0].get().at;
    assert_eq!(store.seal_due(at.plus(299_999)).unwrap(), None);
    assert_eq!(store.seal_due(at.plus(300_000)).unwrap().unwrap().scans, 1);
    append(1..10);
    assert_eq!(store.seal_due(at).unwrap(), None);
    append(10..12);
    assert_eq!(store.seal_due(at).unwrap().unwrap().scans, 11);
}

#[test]
fn a_record_without_a_row_moves_the_position() {
    let dir = tempfile::tempdir().unwrap();
    let store = Local::open(dir.path(), options()).unwrap();
    let mut batch = Batch::new();
    let position = Position { epoch: u32::MAX, seq: 7 };
    batch.passed(position);
    store.append(batch);
    store.seal().unwrap();
    assert_eq!(store.position(), Some(position));
    assert_eq!(store.seal().unwrap(), None);
}

#[test]
fn a_dropped_workspace_leaves_the_files_and_nobody_elses_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = Local::open(folder.path(), options()).unwrap();
    let mut batches = 0;
    consume(&store, |store| {
        batches += 1;
        if batches % 15 == 0 {
            store.seal().unwrap();
        }
    });
    store.merge_day(START.utc_day()).unwrap();
    let of = |store: &Local, place| {
        let page = ScanPage { population: everything(place), visitor: None, before: None, limit: usize::MAX };
        store.scans(&page).unwrap()
    };
    let (kept, dropped) = ([of(&store, 0), of(&store, 2)], of(&store, 1));
    assert!(!dropped.is_empty() && kept.iter().all(|scans| !scans.is_empty()));

    // Every scan has a trace.
    assert_eq!(store.drop_workspace(world::workspace(1)).unwrap(), 2 * dropped.len() as u64);
    assert_eq!(store.drop_workspace(world::workspace(1)).unwrap(), 0);
    drop(store);
    let store = Local::open(folder.path(), options()).unwrap();
    assert_eq!([of(&store, 0), of(&store, 2)], kept);
    assert_eq!(of(&store, 1), []);
    let stats = store.stats();
    let others = (SPOOL - dropped.len()) as u64;
    assert_eq!((stats.rows, stats.traces, stats.hot_scans, stats.lost), (others, others, 0, vec![]));
    assert_eq!(resume(&store), 2 * SPOOL, "the position stands");
}

#[test]
fn forgotten_scans_stay_as_counts_and_nobody_elses_change() {
    let folder = tempfile::tempdir().unwrap();
    let store = Local::open(folder.path(), options()).unwrap();
    let mut batches = 0;
    consume(&store, |store| {
        batches += 1;
        if batches % 14 == 0 {
            store.seal().unwrap();
        }
    });
    let day = START.utc_day();
    let before = all_scans(&store);
    let on_day = |scan: &model::Scan<'_>| scan.at.utc_day() == day;
    let somebody =
        before.iter().map(|scan| scan.get()).find(|scan| scan.visitor != 0 && on_day(scan)).unwrap();
    let (workspace, visitor) = (somebody.workspace, somebody.visitor);
    let is_theirs =
        |scan: &model::Scan<'_>| on_day(scan) && (scan.workspace, scan.visitor) == (workspace, visitor);
    let theirs = before.iter().filter(|scan| is_theirs(&scan.get())).count();

    let nobody = store.forget(day, &[(workspace, 0), (workspace, visitor ^ 1)]).unwrap();
    assert_eq!(nobody.scans, 0);
    let hot = store.stats().hot_scans;
    assert!(hot > 0, "looking for nobody seals nothing");
    let forgotten = store.forget(day, &[(workspace, visitor)]).unwrap();
    assert_eq!(forgotten.scans, theirs as u64);
    assert!(
        !forgotten.links.is_empty()
            && forgotten.links.iter().all(|(of, _, who)| (*of, *who) == (workspace, visitor))
    );
    assert_eq!(store.forget(day, &[(workspace, visitor)]).unwrap(), analytics::Forgotten::default());

    let check = |store: &Local| {
        let after = all_scans(store);
        assert_eq!(after.len(), before.len());
        for (was, is) in before.iter().zip(&after) {
            if !is_theirs(&was.get()) {
                assert_eq!(is, was);
                continue;
            }
            let (was, is) = (was.get(), is.get());
            assert_eq!(
                (is.id, is.at, is.link, is.outcome, is.country),
                (was.id, was.at, was.link, was.outcome, was.country)
            );
            assert_eq!((is.visitor, is.identity, is.nth_today), (0, model::scan::Identity::None, 0));
            assert!(!is.first_in_workspace && !is.first_on_link && !is.shared_network);
            let texts =
                [is.languages, is.referrer_host, is.utm_source, is.utm_content, is.parameters, is.user_agent];
            assert_eq!(texts, [""; 6]);
        }
    };
    check(&store);
    // What is hot is in the spool, which this store does not have.
    store.seal().unwrap();
    drop(store);
    check(&Local::open(folder.path(), options()).unwrap());
}
