//! What a pass over the rows has counted: groups by key, each with counts by bucket.

use crate::group::Key;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use model::Millis;
use model::report::{By, Counts, Place, Value};
use std::hash::BuildHasher;

/// Counts of groups by bucket.
pub(crate) struct Tally {
    buckets: usize,
    groups: Vec<Group>,
    /// Labels and `within`s of all groups, one after the other.
    text: Vec<u8>,
    /// Counts of group n are `counts[n * buckets..][..buckets]`.
    counts: Vec<Counts>,
    /// Times of each group's first and last scan, where they are asked for.
    spans: Vec<(i64, i64)>,
    /// Hash of a key, and the group's number.
    index: HashTable<(u64, u32)>,
    /// Seeded anew each time: the words are the visitors' own.
    hasher: RandomState,
    /// Counts of all groups together.
    pub total: Counts,
    /// Times of the first and the last scan.
    pub times: Option<(i64, i64)>,
}

/// Where a group's key lies in the text.
struct Group {
    start: usize,
    within: usize,
    end: usize,
}

/// Times of no scan.
const NEVER: (i64, i64) = (i64::MAX, i64::MIN);

/// Visitors of some UTC days by group, each with its earliest bucket. A visitor is counted in the bucket of the day's
/// first scan in the group, so that a series adds up to its total.
#[derive(Default)]
pub(crate) struct Seen {
    /// Number of the visitor and of the group, and the bucket from 1 on; 0 is before all buckets.
    noted: Vec<(u64, u32)>,
    /// How many of them are in order, each visitor once a group.
    ordered: usize,
}

/// Visitors that are noted before it is looked which of them are new.
const NOTED: usize = 1 << 18;

impl Seen {
    /// Notes scans of one visitor: their groups and buckets, which are taken.
    pub fn note(&mut self, visitor: u32, scans: &mut Vec<(u32, usize)>) {
        scans.sort_unstable();
        scans.dedup_by_key(|(group, _)| *group);
        scans.drain(..).for_each(|(group, bucket)| self.push(group, visitor, bucket as u32 + 1));
    }

    /// Notes scans of one visitor from before the first bucket, where he is in none: their groups, which are taken.
    pub fn note_before(&mut self, visitor: u32, groups: &mut Vec<u32>) {
        groups.sort_unstable();
        groups.dedup();
        groups.drain(..).for_each(|group| self.push(group, visitor, 0));
    }

    fn push(&mut self, group: u32, visitor: u32, bucket: u32) {
        if self.noted.len() >= NOTED.max(2 * self.ordered) {
            self.order();
        }
        self.noted.push((u64::from(visitor) << 32 | u64::from(group), bucket));
    }

    fn order(&mut self) {
        // Each sheet notes its visitors in order: the stable sort merges such runs.
        self.noted.sort();
        self.noted.dedup_by_key(|(visitor, _)| *visitor);
        self.ordered = self.noted.len();
    }

    /// Group and earliest bucket of each visitor, without those who came before the first; then nothing is noted any
    /// more.
    pub fn take(&mut self) -> impl Iterator<Item = (u32, u32)> {
        self.order();
        self.ordered = 0;
        self.noted.drain(..).filter_map(|(visitor, bucket)| Some((visitor as u32, bucket.checked_sub(1)?)))
    }
}

impl Tally {
    pub fn new(buckets: usize) -> Self {
        Self {
            buckets,
            groups: vec![],
            text: vec![],
            counts: vec![],
            spans: vec![],
            index: HashTable::new(),
            hasher: RandomState::default(),
            total: Counts::default(),
            times: None,
        }
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    fn key(&self, number: usize) -> Key<'_> {
        let Group { start, within, end } = self.groups[number];
        Key { label: &self.text[start..within], within: &self.text[within..end] }
    }

    /// Number of a key, if it has one.
    pub fn find(&self, key: Key<'_>) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let same = |&(other, number): &(u64, u32)| other == hash && self.key(number as usize) == key;
        self.index.find(hash, same).map(|(_, number)| *number)
    }

    /// Number of a key, which gets one if it has none.
    pub fn number(&mut self, key: Key<'_>) -> u32 {
        if let Some(number) = self.find(key) {
            return number;
        }
        let number = self.groups.len() as u32;
        let start = self.text.len();
        self.text.extend_from_slice(key.label);
        let within = self.text.len();
        self.text.extend_from_slice(key.within);
        self.groups.push(Group { start, within, end: self.text.len() });
        self.counts.resize(self.counts.len() + self.buckets, Counts::default());
        self.spans.push(NEVER);
        let hash = self.hasher.hash_one(key);
        self.index.insert_unique(hash, (hash, number), |(hash, _)| *hash);
        number
    }

    /// Numbers of many keys. All are looked for before one is compared: the processor then waits for several at once.
    pub fn numbers<'k>(&mut self, keys: impl Iterator<Item = Key<'k>> + Clone) -> Vec<u32> {
        const NONE: u32 = u32::MAX;
        let hashes: Vec<u64> = keys.clone().map(|key| self.hasher.hash_one(key)).collect();
        let alike = |&hash: &u64| {
            self.index.find(hash, |(other, _)| *other == hash).map_or(NONE, |(_, number)| *number)
        };
        let mut numbers: Vec<u32> = hashes.iter().map(alike).collect();
        for (number, key) in numbers.iter_mut().zip(keys) {
            if *number == NONE || self.key(*number as usize) != key {
                *number = self.number(key);
            }
        }
        numbers
    }

    /// Counts of a group by bucket.
    pub fn counts(&mut self, number: u32) -> &mut [Counts] {
        &mut self.counts[number as usize * self.buckets..][..self.buckets]
    }

    /// Notes the times of a group's scans.
    pub fn note_span(&mut self, number: u32, (from, to): (i64, i64)) {
        let (first, last) = &mut self.spans[number as usize];
        (*first, *last) = ((*first).min(from), (*last).max(to));
    }

    /// Notes the times of scans.
    pub fn note_times(&mut self, times: Option<(i64, i64)>) {
        self.times = match (self.times, times) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (one, other) => one.or(other),
        };
    }

    /// Adds the different visitors of some days. With a ranking, their groups are numbered as those ranked.
    pub fn add_visitors(&mut self, seen: &mut Seen, ranking: Option<&Ranking>) {
        for (group, bucket) in seen.take() {
            let group = ranking.map_or(group, |ranking| ranking.slots[group as usize]);
            self.counts(group)[bucket as usize].visitors += 1;
        }
    }

    /// Lets the groups go that have no scan: what was seen of them lies before the population begins.
    pub fn without_empty(self) -> Self {
        let is_empty = |counts: &[Counts]| sum(counts).scans == 0;
        if !self.counts.chunks_exact(self.buckets).any(is_empty) {
            return self;
        }
        let mut kept = Self { total: self.total, times: self.times, ..Self::new(self.buckets) };
        for (place, counts) in self.counts.chunks_exact(self.buckets).enumerate() {
            if !is_empty(counts) {
                let number = kept.number(self.key(place));
                kept.counts(number).copy_from_slice(counts);
                kept.spans[number as usize] = self.spans[place];
            }
        }
        kept
    }

    /// Ranks the groups: most scans first, ties by label. (Bytes of UTF-8, and of ids, are in the order of their text.)
    pub fn ranked(self, limit: usize) -> Ranking {
        let mut ranks: Vec<(u64, usize)> =
            self.counts.chunks_exact(self.buckets).map(|counts| sum(counts).scans).zip(0..).collect();
        let text = |number: usize| {
            let Key { label, within } = self.key(number);
            (label, within)
        };
        let order =
            |a: &(u64, usize), b: &(u64, usize)| b.0.cmp(&a.0).then_with(|| text(a.1).cmp(&text(b.1)));
        if limit < ranks.len() {
            ranks.select_nth_unstable_by(limit, order);
            ranks.truncate(limit);
        }
        ranks.sort_unstable_by(order);
        let mut slots = vec![ranks.len() as u32; self.len()];
        ranks.iter().zip(0..).for_each(|((_, number), rank)| slots[*number] = rank);
        Ranking { kept: ranks.into_iter().map(|(_, number)| number).collect(), slots, all: self }
    }

    /// The groups as answers spell them.
    pub fn lines(&self, by: Option<&By>) -> Vec<(Value, Vec<Counts>)> {
        let line = |(number, counts): (usize, &[Counts])| (self.key(number).value(by), counts.to_vec());
        self.counts.chunks_exact(self.buckets).enumerate().map(line).collect()
    }

    /// First and last scan of each group.
    pub fn spans(&self, by: &By) -> Vec<(Value, Millis, Millis)> {
        let span = |(number, (first, last)): (usize, &(i64, i64))| {
            (self.key(number).value(Some(by)), Millis(*first), Millis(*last))
        };
        self.spans.iter().enumerate().map(span).collect()
    }

    /// The groups as places, in no order, without the scans that have none.
    pub fn places(&self) -> Vec<(Place, Counts)> {
        let groups = self.counts.chunks_exact(self.buckets).enumerate();
        groups.filter_map(|(number, counts)| Some((self.key(number).place()?, sum(counts)))).collect()
    }
}

/// Groups in the order of their scans, up to a limit.
pub(crate) struct Ranking {
    /// All groups, the further ones included.
    all: Tally,
    /// Numbers of those within the limit, by rank.
    kept: Vec<usize>,
    /// Rank of each group; the number of ranks for those beyond the limit.
    slots: Vec<u32>,
}

/// Key of the groups beyond a limit: no text, and no id.
const OTHER: Key<'_> = Key { label: b"\xff", within: b"" };

impl Ranking {
    /// Rank of a group, and its number among all.
    pub fn slot(&self, key: Key<'_>) -> Option<(u32, u32)> {
        let number = self.all.find(key)?;
        Some((self.slots[number as usize], number))
    }

    /// Number of ranks and one for the groups beyond.
    pub fn slots(&self) -> usize {
        self.kept.len() + 1
    }

    /// The ranked groups and one for those beyond, with nothing counted.
    pub fn emptied(&self, buckets: usize) -> Tally {
        let mut tally = Tally::new(buckets);
        for &number in &self.kept {
            tally.number(self.all.key(number));
        }
        tally.number(OTHER);
        tally
    }

    /// The ranked groups as answers spell them, and the counts of those beyond, added.
    pub fn rows(&self, by: &By) -> (Vec<(Value, Counts)>, Counts) {
        let counts = |number: usize| sum(&self.all.counts[number * self.all.buckets..][..self.all.buckets]);
        let row = |&number: &usize| (self.all.key(number).value(Some(by)), counts(number));
        let beyond = (0..self.all.len()).filter(|&number| self.slots[number] as usize == self.kept.len());
        (self.kept.iter().map(row).collect(), sum(&beyond.map(counts).collect::<Vec<_>>()))
    }
}

/// Counts of several groups together.
pub(crate) fn sum(counts: &[Counts]) -> Counts {
    let mut sum = Counts::default();
    counts.iter().for_each(|counts| sum.add(*counts));
    sum
}
