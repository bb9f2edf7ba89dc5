//! Files and folders that somebody removes or moves away while the spool is open.

use crate::sim_disk::SimDisk;
use crate::{drain, options, payloads, written};
use spool::{Disk, LossReason, Place, Spool, inspect};
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn open(disk: &SimDisk, epoch: u32) -> Spool {
    let spool = Spool::open_on(Arc::new(disk.clone()), options(epoch)).unwrap().0;
    assert!(spool.sync());
    spool
}

fn write(spool: &Spool, numbers: std::ops::Range<u32>) -> Vec<Vec<u8>> {
    let payloads: Vec<_> = numbers.map(|number| number.to_string().into_bytes()).collect();
    for payload in &payloads {
        written(spool, payload);
    }
    payloads
}

/// As `rm -rf` does.
fn remove_all(disk: &SimDisk) {
    for name in disk.names() {
        disk.remove(&name).unwrap();
    }
}

#[test]
fn a_file_that_is_removed_while_it_is_written_is_on_the_disk_again_whole() {
    for (folder_too, is_synced) in [(false, false), (false, true), (true, false), (true, true)] {
        let disk = SimDisk::default();
        let spool = open(&disk, 1);
        let mut early = spool.reader(None);
        let mut all = write(&spool, 0..200);
        if is_synced {
            assert!(spool.sync());
        }
        assert_eq!(payloads(&mut early), all);
        remove_all(&disk);
        if folder_too {
            disk.faults(|faults| faults.place = Place::Removed);
        }
        all.extend(write(&spool, 200..300));
        assert!(spool.sync());
        let status = spool.status();
        assert_eq!((status.restored, status.adrift, status.lost.total(), status.synced), (1, 0, 0, 300));
        assert_eq!(status.place, Place::Kept);
        all.extend(write(&spool, 300..310));
        assert!(spool.sync());
        assert_eq!(spool.status().restored, 1);
        // Whoever removes a folder may come upon what was made in it meanwhile.
        remove_all(&disk);
        assert!(spool.sync());
        assert_eq!((spool.status().restored, spool.status().adrift), (3, 0));
        assert_eq!(payloads(&mut early), all[200..], "each once");
        assert_eq!(payloads(&mut spool.reader(None)), all);
        let after = open(&disk.after_power_loss(|_| 0), 2);
        assert_eq!(payloads(&mut after.reader(None)), all, "power loss after the mend");
    }
}

#[test]
fn while_nothing_can_be_made_in_its_place_records_are_readable_and_told_to_be_nowhere_else() {
    for is_mended in [false, true] {
        let disk = SimDisk::default();
        let spool = open(&disk, 1);
        write(&spool, 0..10);
        assert!(spool.sync());
        remove_all(&disk);
        disk.faults(|faults| {
            faults.place = Place::Removed;
            faults.create_fails = true;
        });
        write(&spool, 10..20);
        assert!(!spool.sync());
        let status = spool.status();
        assert_eq!((status.place, status.adrift, status.synced), (Place::Removed, 20, 10));
        let mut reader = spool.reader(None);
        let read = drain(&mut reader);
        assert_eq!(read.len(), 20);
        for consumer in ["store", "catalog"] {
            spool.release(consumer, read[14].0);
        }
        assert!(!spool.sync());
        assert_eq!(spool.status().adrift, 5, "those that some consumer has not released");
        if is_mended {
            disk.faults(|faults| faults.create_fails = false);
            assert!(spool.sync());
            assert_eq!((spool.status().adrift, spool.status().synced), (0, 20));
        }
        assert_eq!(spool.close(LONG), is_mended);
        let lost = spool.status().lost;
        assert_eq!((lost.of(LossReason::FileGone), lost.total()), if is_mended { (0, 0) } else { (5, 5) });
    }
}

#[test]
fn what_nobody_holds_open_is_gone_with_its_file_and_counted_once() {
    let disk = SimDisk::default();
    let spool = open(&disk, 1);
    write(&spool, 0..10);
    let name = disk.names().remove(0);
    drop(spool);
    let spool = open(&disk, 2);
    let mut ahead = spool.reader(None);
    assert_eq!(ahead.next(4, 1 << 20, Duration::ZERO).unwrap().len(), 4);
    let after = Some(::model::Position { epoch: 1, seq: 4 });
    disk.remove(&name).unwrap();
    let later = write(&spool, 10..12);
    for _ in 0..2 {
        assert_eq!(payloads(&mut spool.reader(after)), later);
    }
    let lost = spool.status().lost;
    assert_eq!((lost.of(LossReason::FileGone), lost.total()), (6, 6));
    assert_eq!(drain(&mut ahead).len(), 6 + later.len(), "who had it open reads on");
}

#[test]
fn a_folder_that_is_removed_is_made_again_and_one_that_is_moved_is_written_on() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data/spool");
    let spool = Spool::open(&folder, options(1)).unwrap().0;
    let mut all = write(&spool, 0..5);
    assert!(spool.sync());
    std::fs::remove_dir_all(place.path().join("data")).unwrap();
    all.extend(write(&spool, 5..10));
    assert!(spool.sync());
    assert_eq!((spool.status().restored, spool.status().place), (1, Place::Kept));
    assert_eq!(inspect(&folder).unwrap().iter().map(|stretch| stretch.last).max(), Some(10));

    let moved = place.path().join("moved");
    std::fs::rename(&folder, &moved).unwrap();
    std::fs::create_dir(&folder).unwrap();
    all.extend(write(&spool, 10..12));
    spool.renew();
    assert!(spool.sync());
    assert_eq!(spool.status().place, Place::Moved);
    all.extend(write(&spool, 12..13));
    assert!(spool.sync());
    assert_eq!(inspect(&moved).unwrap().iter().map(|stretch| stretch.last).max(), Some(13));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(payloads(&mut spool.reader(None)), all);
    std::fs::remove_dir(&folder).unwrap();
    std::fs::rename(&moved, &folder).unwrap();
    assert!(spool.sync());
    assert_eq!((spool.status().place, spool.status().lost.total()), (Place::Kept, 0));
}
