//! The levels of merging with real files: few of them after 400 days, user agents for 30 days, and nobody who waits.

use crate::durability::{self, options};
use crate::world::{SMALL, START, Size};
use crate::{reference, world};
use analytics::{Batch, Local, Merging, Options};
use model::report::{Answer, Ask, OwnedScan};
use model::time::{DAY_MS, UtcDay};
use model::{Millis, ScanId};
use std::path::Path;

fn all_scans(store: &Local) -> Vec<OwnedScan> {
    let mut all = durability::all_scans(store);
    all.sort_by_key(|scan| (scan.get().at, scan.get().id));
    all
}

/// What the server does once a minute.
fn tend(store: &Local, now: Millis) {
    store.delete_facts_before(now.plus(-29 * DAY_MS)).unwrap();
    while store.merge_due(now).unwrap().is_some() {}
}

/// Appends scans, each with a trace, as records from `first` on.
fn append(store: &Local, first: usize, scans: &[OwnedScan]) {
    let mut batch = Batch::new();
    for (n, scan) in scans.iter().enumerate() {
        batch.scan(world::position(2 * (first + n)), &scan.get());
        batch.trace(world::position(2 * (first + n) + 1), &world::trace(n as u64, &scan.get()));
    }
    store.append(batch);
}

/// A store of `days` days, sealed and tended at the end of each; what is in it.
fn lived(dir: &Path, days: i64, scans: usize) -> (Local, Vec<OwnedScan>) {
    let scans = world::scans(11, scans, Size { days, ..SMALL });
    let store = Local::open(dir, options()).unwrap();
    let mut first = 0;
    for day in 1..=days {
        let end = START.plus(day * DAY_MS);
        let last = scans.partition_point(|scan| scan.get().at < end);
        append(&store, first, &scans[first..last]);
        first = last;
        store.seal().unwrap();
        tend(&store, end.plus(3_600_000));
    }
    (store, scans)
}

fn names(dir: &Path, what: &str) -> Vec<String> {
    let files = std::fs::read_dir(dir.join("segments")).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with(what));
    names.sort();
    names
}

/// Day and user agent of each scan that still has one.
fn agents(store: &Local) -> Vec<(UtcDay, ScanId)> {
    let scans = all_scans(store);
    let with = scans.iter().map(|scan| scan.get()).filter(|scan| !scan.user_agent.is_empty());
    with.map(|scan| (scan.at.utc_day(), scan.id)).collect()
}

#[test]
fn after_400_days_few_files_hold_everything_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (store, scans) = lived(dir.path(), 400, 1600);
    let now = START.plus(400 * DAY_MS + 3_600_000);
    let stats = store.stats();
    println!("after 400 days: {} files of scans, {} of traces", stats.segments, stats.trace_segments);
    assert!(stats.segments <= 25 && stats.trace_segments <= 25, "{stats:?}");
    assert_eq!((stats.rows, stats.traces, stats.lost), (1600, 1600, vec![]));
    for names in [names(dir.path(), "scans-"), names(dir.path(), "traces-")] {
        let of_march = "-20260301-20260331-";
        assert!(names.iter().any(|name| name.contains(of_march)), "{names:?}");
    }
    // Bits, numbers and types are those that the exact live sets gave; no merge of whole days has moved one.
    let found = all_scans(&store);
    let oldest = UtcDay(now.utc_day().0 - 29);
    for (found, was) in found.iter().zip(&scans) {
        let (found, mut was) = (found.get(), was.get());
        if was.at.utc_day() < oldest {
            was.user_agent = "";
        }
        assert_eq!(found, was);
    }
    let read = |store: &Local| -> Vec<Answer> {
        (0..SMALL.workspaces)
            .map(|place| store.report(&reference::everything(world::workspace(place)), &Ask::Totals).unwrap())
            .collect()
    };
    let answers = read(&store);
    drop(store);
    let verified = analytics::verify(dir.path(), |_| ()).unwrap();
    assert!(verified.is_sound() && verified.of_several_days > 20, "{verified:?}");
    assert_eq!(read(&Local::open(dir.path(), options()).unwrap()), answers);
}

#[test]
fn user_agents_live_thirty_days_and_not_a_day_longer() {
    let dir = tempfile::tempdir().unwrap();
    let (store, scans) = lived(dir.path(), 31, 600);
    let several = names(dir.path(), "facts-");
    assert!(several.iter().any(|name| name.contains("-20260308-20260314-")), "{several:?}");
    for day in 0..40 {
        let now = START.plus((31 + day) * DAY_MS + 7_200_000);
        tend(&store, now);
        let oldest = UtcDay(now.utc_day().0 - 29);
        let kept = scans.iter().map(|scan| scan.get()).filter(|scan| scan.at.utc_day() >= oldest);
        let kept: Vec<_> = kept.map(|scan| (scan.at.utc_day(), scan.id)).collect();
        assert_eq!(agents(&store), kept, "day {day}");
        assert!(kept.iter().all(|(day, _)| day.start().plus(30 * DAY_MS) > now));
    }
    assert_eq!((agents(&store), names(dir.path(), "facts-")), (vec![], vec![]));
    assert_eq!(names(dir.path(), "scans-").len(), 1, "the month has become one");
    // What is not in the answers is not in the files either.
    let words: Vec<_> = scans.iter().map(|scan| scan.get().user_agent.to_owned()).collect();
    for name in names(dir.path(), "") {
        let bytes = std::fs::read(dir.path().join("segments").join(&name)).unwrap();
        let holds = |word: &String| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!words.iter().any(holds), "{name}");
    }
    assert!(analytics::verify(dir.path(), |_| ()).unwrap().is_sound());
}

#[test]
fn a_month_under_merge_keeps_nobody_waiting_and_can_be_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let (store, scans) = lived(dir.path(), 31, 600);
    tend(&store, START.plus(33 * DAY_MS));
    let (before, later) = (all_scans(&store), START.plus(90 * DAY_MS));
    store.delete_facts_before(later).unwrap();
    let files = names(dir.path(), "");
    let given_up = store.merge_due_while(later, |_| false).unwrap();
    assert_eq!((given_up, names(dir.path(), "")), (None, files));

    // All of this happens while the merge is in the middle of its work.
    let fresh = world::scans(12, 40, SMALL);
    let fresh: Vec<OwnedScan> = fresh
        .iter()
        .map(|scan| {
            let mut scan = scan.get();
            scan.at = scan.at.plus(80 * DAY_MS);
            OwnedScan::from(&scan)
        })
        .collect();
    let somebody = fresh.iter().map(|scan| scan.get()).find(|scan| scan.visitor != 0).unwrap();
    let mut steps: Vec<Merging> = Vec::new();
    let merged = store.merge_due_while(later, |merging| {
        if steps.is_empty() {
            append(&store, scans.len(), &fresh);
            assert_eq!(store.seal().unwrap().unwrap().scans, 40);
            assert_eq!(all_scans(&store).len(), before.len() + 40);
            let forgotten =
                store.forget(somebody.at.utc_day(), &[(somebody.workspace, somebody.visitor)]).unwrap();
            assert!(forgotten.scans > 0);
        }
        steps.push(merging);
        true
    });
    let merged = merged.unwrap().unwrap();
    assert_eq!((merged.days.count(), merged.rows), (31, 600));
    assert!(steps.len() > 2 && steps.iter().all(|step| (step.days, step.of) == (merged.days, 600)));
    assert_eq!(steps.last().unwrap().rows, 600);
    assert_eq!(all_scans(&store).len(), before.len() + 40);
    tend(&store, later);
    assert!(analytics::verify(dir.path(), |_| ()).unwrap().is_sound());
}

#[test]
fn a_day_of_a_week_is_forgotten_alone_and_a_workspace_leaves_its_month() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = lived(dir.path(), 10, 400);
    assert!(names(dir.path(), "scans-")[0].starts_with("scans-20260301-20260307-"));
    let before = all_scans(&store);
    let somebody = before.iter().map(|scan| scan.get()).find(|scan| scan.visitor != 0).unwrap();
    let day = somebody.at.utc_day();
    // Somebody with a cookie has the same number every day.
    let who = (somebody.workspace, somebody.visitor);
    assert!(store.forget(day, &[who]).unwrap().scans > 0);
    let is_theirs =
        |scan: &model::Scan<'_>| (scan.workspace, scan.visitor) == who && scan.at.utc_day() == day;
    for (found, was) in all_scans(&store).iter().zip(&before) {
        if is_theirs(&was.get()) {
            assert_eq!((found.get().visitor, found.get().user_agent), (0, ""));
        } else {
            assert_eq!(found, was);
        }
    }
    let later = START.plus(90 * DAY_MS);
    tend(&store, later);
    assert_eq!(names(dir.path(), "scans-").len(), 1);
    let of_two = |scan: &&OwnedScan| scan.get().workspace == world::workspace(1);
    let gone = all_scans(&store).iter().filter(of_two).count();
    assert_eq!(store.drop_workspace(world::workspace(1)).unwrap(), 2 * gone as u64);
    assert_eq!(all_scans(&store).len(), before.len() - gone);
    tend(&store, later);
    assert!(analytics::verify(dir.path(), |_| ()).unwrap().is_sound());
}

#[test]
fn late_scans_of_a_merged_month_find_their_place_and_who_came_first_is_decided_anew() {
    let dir = tempfile::tempdir().unwrap();
    let scans = world::scans(11, 500, Size { days: 31, ..SMALL });
    // Every fifth scan stays in the spool until all else is merged.
    let late = |n: &usize| n.is_multiple_of(5);
    let part = |late: bool| -> Vec<OwnedScan> {
        let chosen = scans.iter().enumerate().filter(|(n, _)| n.is_multiple_of(5) == late);
        chosen.map(|(_, scan)| scan.clone()).collect()
    };
    let store = Local::open(dir.path(), options()).unwrap();
    append(&store, 0, &part(false));
    store.seal().unwrap();
    let later = START.plus(90 * DAY_MS);
    tend(&store, later);
    assert_eq!(store.stats().segments, 1);
    append(&store, scans.len(), &part(true));
    store.seal().unwrap();
    tend(&store, later);
    assert_eq!((store.stats().segments, store.stats().trace_segments), (1, 1));
    for (found, was) in all_scans(&store).iter().zip(&scans) {
        let mut was = was.get();
        was.user_agent = "";
        assert_eq!(found.get(), was, "as if all had come in time");
    }
    for (n, scan) in scans.iter().enumerate().filter(|(n, _)| late(n)) {
        let scan = scan.get();
        assert_eq!(store.traces(scan.workspace, scan.id, scan.at).unwrap().len(), 1, "of late scan {n}");
    }
}

#[test]
fn what_could_not_be_removed_is_removed_by_upkeep() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = lived(dir.path(), 3, 90);
    let stuck = dir.path().join("segments").join(&names(dir.path(), "facts-")[0]);
    // A folder cannot be unlinked.
    std::fs::remove_file(&stuck).unwrap();
    std::fs::create_dir(&stuck).unwrap();
    tend(&store, START.plus(40 * DAY_MS));
    assert!(stuck.exists());
    assert_eq!(store.remove_leftover(), 1);
    std::fs::remove_dir(&stuck).unwrap();
    std::fs::write(&stuck, b"PAR1").unwrap();
    assert_eq!(store.remove_leftover(), 0);
    assert!(!stuck.exists());
}

#[test]
fn footers_are_kept_within_their_bound_and_answers_are_the_same_without() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = lived(dir.path(), 30, 900);
    let (all, kept) = (all_scans(&store), store.stats().footer_bytes);
    drop(store);
    let bound = kept / 3;
    let store = Local::open(dir.path(), Options { footer_bytes: bound, ..options() }).unwrap();
    assert_eq!(all_scans(&store), all);
    let held = store.stats().footer_bytes;
    assert!(held > 0 && held <= bound, "{held} of {bound}");
    drop(store);
    let store = Local::open(dir.path(), Options { footer_bytes: 1, ..options() }).unwrap();
    assert_eq!((all_scans(&store), store.stats().footer_bytes), (all, 0));
}
