//! Random lives of a spool against a model of what it promises.

use crate::sim_disk::{Faults, SimDisk};
use crate::{entry, options};
use model::Position;
use proptest::prelude::*;
use spool::{Appended, Entry, Options, Reader, Spool};
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    /// Records of these sizes, in one write.
    Append(Vec<usize>),
    Sync,
    /// The process is killed and another opens what it left.
    Kill,
    /// The power fails; the seed says what was on the disk.
    PowerLoss(u64),
    Read {
        consumer: usize,
        records: usize,
    },
    /// The consumer keeps its position and releases it.
    Release {
        consumer: usize,
    },
    /// The consumer begins again from the position it kept.
    Restart {
        consumer: usize,
    },
    SyncFails {
        cache_dropped: bool,
    },
    WriteFails {
        after: usize,
        full: bool,
    },
    TruncateFails,
    /// The disk is full from here on.
    Full {
        room: usize,
    },
    /// All faults end, and what waits is written.
    Mend,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let consumer = 0..2_usize;
    let step = prop_oneof![
        12 => prop::collection::vec(0..700_usize, 1..6).prop_map(Step::Append),
        1 => (3000..9000_usize).prop_map(|size| Step::Append(vec![size])),
        4 => Just(Step::Sync),
        1 => Just(Step::Kill),
        2 => any::<u64>().prop_map(Step::PowerLoss),
        4 => (consumer.clone(), 1..20_usize).prop_map(|(consumer, records)| Step::Read { consumer, records }),
        3 => consumer.clone().prop_map(|consumer| Step::Release { consumer }),
        1 => consumer.prop_map(|consumer| Step::Restart { consumer }),
        1 => any::<bool>().prop_map(|cache_dropped| Step::SyncFails { cache_dropped }),
        1 => (0..1500_usize, any::<bool>()).prop_map(|(after, full)| Step::WriteFails { after, full }),
        1 => Just(Step::TruncateFails),
        1 => (0..3000_usize).prop_map(|room| Step::Full { room }),
        3 => Just(Step::Mend),
    ];
    prop::collection::vec(step, 1..60)
}

/// A record the test has given to the spool; its payload begins with its number here.
type Id = u64;

struct Consumer {
    name: &'static str,
    reader: Reader,
    read: Option<Position>,
    kept: Option<Position>,
    /// Ranks and numbers, to see that nothing comes twice or out of order.
    last: Option<(usize, u64)>,
}

struct World {
    disk: SimDisk,
    spool: Spool,
    faulty: bool,
    /// Since the last good sync one may have failed and taken what it was to sync out of the page cache.
    cache_dropped: bool,
    /// Since the last good sync one may have failed.
    sync_failed: bool,
    epochs: Vec<u32>,
    consumers: Vec<Consumer>,
    next_id: Id,
    payloads: HashMap<Id, Vec<u8>>,
    /// Where records are, as far as the spool has said; a power loss takes away what it took.
    places: Vec<(Position, Id)>,
    /// What a power loss must not take.
    durable: HashSet<Position>,
    /// Written before a failed sync by a process that was killed before a good one: the next process finds it in the
    /// page cache and cannot know that the kernel has given up writing it.
    doubtful: HashSet<Position>,
    /// Accepted, without a place yet.
    at_risk: Vec<Id>,
}

fn test_options(epoch: u32) -> Options {
    Options { file_bytes: 4000, ring_bytes: 20_000, max_wait: Duration::from_secs(30), ..options(epoch) }
}

impl World {
    fn new() -> Self {
        let disk = SimDisk::default();
        let spool = Spool::open_on(Arc::new(disk.clone()), test_options(1000)).unwrap().0;
        let consumers = ["store", "catalog"].map(|name| Consumer {
            name,
            reader: spool.reader(None),
            read: None,
            kept: None,
            last: None,
        });
        Self {
            disk,
            spool,
            faulty: false,
            cache_dropped: false,
            sync_failed: false,
            epochs: vec![1000],
            consumers: consumers.into(),
            next_id: 0,
            payloads: HashMap::new(),
            places: Vec::new(),
            durable: HashSet::new(),
            doubtful: HashSet::new(),
            at_risk: Vec::new(),
        }
    }

    fn rank(&self, position: Position) -> (usize, u64) {
        (self.epochs.iter().position(|&epoch| epoch == position.epoch).unwrap(), position.seq)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Append(sizes) => self.append(sizes),
            Step::Sync => self.sync(),
            Step::Kill => self.kill(),
            Step::PowerLoss(seed) => self.lose_power(*seed),
            Step::Read { consumer, records } => self.read(*consumer, *records),
            Step::Release { consumer } => {
                let consumer = &mut self.consumers[*consumer];
                consumer.kept = consumer.read;
                if let Some(position) = consumer.kept {
                    self.spool.release(consumer.name, position);
                }
            }
            Step::Restart { consumer } => self.restart(*consumer),
            Step::SyncFails { cache_dropped } => {
                // What a killed process left unsynced is in no other memory than the page cache: that it is lost with
                // it is no promise broken.
                self.sync();
                self.cache_dropped |= cache_dropped;
                self.sync_failed = true;
                self.fault(|faults| {
                    faults.sync_fails = true;
                    faults.cache_dropped = *cache_dropped;
                });
            }
            Step::WriteFails { after, full } => {
                let kind = if *full { ErrorKind::StorageFull } else { ErrorKind::Other };
                self.fault(|faults| faults.write_fails = Some((kind, *after)));
            }
            Step::TruncateFails => self.fault(|faults| faults.truncate_fails = true),
            Step::Full { room } => {
                self.faulty = true;
                self.disk.set_capacity(Some(self.disk.used() + room));
            }
            Step::Mend => self.mend(),
        }
    }

    fn fault(&mut self, change: impl FnOnce(&mut Faults)) {
        self.faulty = true;
        self.disk.faults(change);
    }

    fn append(&mut self, sizes: &[usize]) {
        let ids: Vec<Id> = (self.next_id..).take(sizes.len()).collect();
        self.next_id += sizes.len() as Id;
        for (&id, &size) in ids.iter().zip(sizes) {
            let mut payload = Vec::from(id.to_le_bytes());
            payload.resize(8 + size, id as u8);
            self.payloads.insert(id, payload);
        }
        let entries: Vec<Entry<'_>> = ids.iter().map(|id| entry(&self.payloads[id])).collect();
        match self.spool.append_all(&entries) {
            Appended::Written(last) => {
                assert!(self.at_risk.is_empty() || self.spool.status().at_risk == 0, "overtook what waits");
                self.settle();
                let first = last.seq + 1 - ids.len() as u64;
                let seqs = (first..).map(|seq| Position { epoch: last.epoch, seq });
                self.places.extend(seqs.zip(ids));
            }
            Appended::AtRisk => {
                assert!(self.faulty);
                self.at_risk.extend(ids);
            }
            Appended::Lost(_) => {
                assert!(self.faulty);
                assert!(self.spool.status().lost.total() >= ids.len() as u64);
            }
        }
    }

    /// What waited and has been written since has got the numbers that follow.
    fn settle(&mut self) {
        let status = self.spool.status();
        let written = self.at_risk.len() - status.at_risk as usize;
        let epoch = self.spool.epoch();
        let of_epoch = self.places.iter().filter(|(position, _)| position.epoch == epoch);
        let last = of_epoch.map(|(position, _)| position.seq).max().unwrap_or(0);
        let seqs = (last + 1..).map(|seq| Position { epoch, seq });
        self.places.extend(seqs.zip(self.at_risk.drain(..written)));
    }

    fn mend(&mut self) {
        self.disk.faults(|faults| *faults = Faults::default());
        self.disk.set_capacity(None);
        self.faulty = false;
        self.sync();
        assert_eq!(self.spool.status().at_risk, 0);
    }

    fn sync(&mut self) {
        let clean = self.spool.sync();
        assert!(clean || self.faulty, "{:?}", self.spool.status());
        self.settle();
        if clean {
            // An idle spool is clean even while every sync would fail.
            if !self.faulty {
                (self.cache_dropped, self.sync_failed) = (false, false);
            }
            let sure = self.places.iter().map(|(position, _)| *position);
            self.durable.extend(sure.filter(|position| !self.doubtful.contains(position)));
        }
    }

    /// Whether the consumer must still get a record at this place.
    fn is_behind(&self, consumer: usize, position: Position) -> bool {
        Some(self.rank(position)) > self.consumers[consumer].last
    }

    fn read(&mut self, consumer: usize, records: usize) {
        let Ok(batch) = self.consumers[consumer].reader.next(records, 2000, Duration::ZERO) else {
            return assert!(self.faulty);
        };
        self.check(consumer, batch.iter().map(|record| (record.position, record.payload.to_vec())).collect());
    }

    fn check(&mut self, consumer: usize, records: Vec<(Position, Vec<u8>)>) {
        // What waited may have been written a moment ago; then it has the numbers that follow.
        for (position, payload) in records {
            let id = Id::from_le_bytes(payload[..8].try_into().unwrap());
            assert_eq!(payload, self.payloads[&id], "a false record");
            match self.places.iter().find(|(place, _)| *place == position) {
                Some((_, known)) => assert_eq!(*known, id, "another record at {position:?}"),
                None => assert!(self.at_risk.contains(&id), "{position:?} was never given to {id}"),
            }
            // In order, and none left out.
            let last = self.consumers[consumer].last;
            let here = self.rank(position);
            assert!(Some(here) > last, "{here:?} after {last:?}");
            let between = self
                .places
                .iter()
                .find(|(place, _)| Some(self.rank(*place)) > last && self.rank(*place) < here);
            assert_eq!(between, None, "left out before {position:?}");
            self.consumers[consumer].last = Some(here);
            self.consumers[consumer].read = Some(position);
        }
    }

    fn read_all(&mut self, consumer: usize) {
        loop {
            let batch = self.consumers[consumer].reader.next(10, 3000, Duration::ZERO).unwrap();
            if batch.is_empty() {
                break;
            }
            self.check(consumer, batch.iter().map(|r| (r.position, r.payload.to_vec())).collect());
        }
        let missing = self.places.iter().find(|(place, _)| self.is_behind(consumer, *place));
        assert_eq!(missing, None, "{} was not given it", self.consumers[consumer].name);
    }

    fn restart(&mut self, consumer: usize) {
        let kept = self.consumers[consumer].kept;
        self.consumers[consumer].last = kept.map(|position| self.rank(position));
        self.consumers[consumer].read = kept;
        self.consumers[consumer].reader = self.spool.reader(kept);
    }

    /// Another process opens what is on `disk`. `kept` says which records must be there.
    fn reopen(&mut self, disk: SimDisk, kept: impl Fn(&(Position, Id)) -> bool) {
        self.settle();
        let epoch = self.epochs.len() as u32 * 7919 % 1000;
        let (spool, report) = Spool::open_on(Arc::new(disk.clone()), test_options(epoch)).unwrap();
        assert!(report.errors.is_empty() && report.unread.is_empty() || self.faulty, "{report:?}");
        self.disk = disk;
        self.disk.set_capacity(None);
        // On a full disk the first file may still be to be made.
        self.faulty = !(report.errors.is_empty() && report.unread.is_empty());
        self.epochs.push(spool.epoch());
        // What is there, read from the start by nobody in particular.
        let mut reader = spool.reader(None);
        let mut found: HashMap<Position, Id> = HashMap::new();
        loop {
            let batch = reader.next(50, 5000, Duration::ZERO).unwrap();
            if batch.is_empty() {
                break;
            }
            for record in batch.iter() {
                let id = Id::from_le_bytes(record.payload[..8].try_into().unwrap());
                assert_eq!(record.payload, self.payloads[&id], "a false record");
                assert_eq!(found.insert(record.position, id), None, "{:?} twice", record.position);
            }
        }
        for place in &self.places {
            match found.remove(&place.0) {
                Some(id) => assert_eq!(id, place.1, "another record at {:?}", place.0),
                None => assert!(!kept(place) || self.is_released(place.0), "lost {place:?}: {report:?}"),
            }
        }
        // What else there is was waiting to be written, and came as far as the disk.
        for (position, id) in &found {
            assert!(self.at_risk.contains(id), "{position:?} {id}");
        }
        let mut ids: Vec<Id> = found.values().copied().collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), found.len(), "a record twice, under different numbers");
        self.at_risk.clear();
        let mut there: HashMap<Position, Id> = found;
        let mut reader = spool.reader(None);
        loop {
            let batch = reader.next(50, 5000, Duration::ZERO).unwrap();
            if batch.is_empty() {
                break;
            }
            for record in batch.iter() {
                there.insert(record.position, Id::from_le_bytes(record.payload[..8].try_into().unwrap()));
            }
        }
        self.places = there.into_iter().collect();
        let mut places = std::mem::take(&mut self.places);
        places.sort_by_key(|(position, _)| self.rank(*position));
        self.places = places;
        self.spool = spool;
        for consumer in 0..self.consumers.len() {
            self.restart(consumer);
        }
    }

    /// Whether both consumers have released this place, so that it may be gone.
    fn is_released(&self, position: Position) -> bool {
        let passed =
            |consumer: &Consumer| consumer.kept.map(|kept| self.rank(kept)) >= Some(self.rank(position));
        self.consumers.iter().all(passed)
    }

    fn kill(&mut self) {
        let all = !std::mem::take(&mut self.cache_dropped);
        let durable = self.durable.clone();
        self.reopen(self.disk.after_kill(), |(position, _)| all || durable.contains(position));
        if std::mem::take(&mut self.sync_failed) {
            let places = self.places.iter().map(|(position, _)| *position);
            self.doubtful.extend(places.filter(|position| !durable.contains(position)));
        }
    }

    fn lose_power(&mut self, seed: u64) {
        let mut state = seed | 1;
        let chance = |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as usize) % n
        };
        let (epoch, synced) = (self.spool.epoch(), self.spool.status().synced);
        let disk = self.disk.after_power_loss(chance);
        let durable = std::mem::take(&mut self.durable);
        (self.cache_dropped, self.sync_failed) = (false, false);
        self.doubtful.clear();
        self.reopen(disk, |(position, _)| {
            durable.contains(position) || position.epoch == epoch && position.seq <= synced
        });
        self.durable.extend(self.places.iter().map(|(position, _)| *position));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spool_keeps_its_promises(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.mend();
        for consumer in 0..2 {
            world.read_all(consumer);
        }
        world.kill();
        for consumer in 0..2 {
            world.read_all(consumer);
        }
    }
}
