//! What is merged next: minutes into hours, those into the day, days into parts of a month, and these into the month
//! (docs/decisions/0017). Pure, so that a test lives through 400 days without a file.

use crate::days::Days;
use crate::manifest::Entry;
use crate::schema::Table;
use model::Millis;
use model::time::UtcDay;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Time after the end of a day until its last rows are certainly sealed.
const GRACE: i64 = 10 * 60_000;
/// A run token lives for 24 hours, so until then a day's scans still get traces.
const TRACES_GRACE: i64 = 25 * 3_600_000;
/// Late segments of a day that is over, from which on they are united; they are small.
const LATE: usize = 4;
/// Most segments that are merged at a time: each costs the merge some megabytes of memory.
const INPUTS: usize = 16;

/// What is to be known of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub name: Uuid,
    pub table: Table,
    pub days: Days,
    pub level: u8,
    pub rows: u64,
    /// Whether it has a file of user agents.
    pub facts: bool,
}

/// A merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merge {
    pub table: Table,
    pub parts: Vec<Part>,
    /// Level of what comes of it.
    pub level: u8,
    /// Whether all rows of its days are in it, so that who came first can be decided.
    pub decide: bool,
}

/// Bounds of the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Segments of one level of a running day from which on they are merged.
    pub merge_at: usize,
    /// Rows of a segment of several days at most.
    pub merge_rows: u64,
}

/// The merge that is due first; the smallest kind before the larger ones. `parts` are those that can be read.
pub(crate) fn next(parts: &[Part], now: Millis, bounds: Bounds) -> Option<Merge> {
    let of = |table: Table| {
        let mut parts: Vec<Part> = parts.iter().copied().filter(|part| part.table == table).collect();
        parts.sort_unstable_by_key(|part| (part.days, part.name));
        Plan { table, parts, now, bounds }
    };
    let plans = [of(Table::Scans), of(Table::Traces)];
    plans
        .iter()
        .find_map(Plan::of_a_day)
        .or_else(|| plans.iter().find_map(|plan| plan.of_a_stretch(Days::month_of, |part| !part.facts)))
        .or_else(|| plans.iter().find_map(|plan| plan.of_a_stretch(Days::week_of, |_| true)))
}

/// The merge of all that there is of a day, and of what covers it together with others.
pub(crate) fn whole_day(parts: &[Part], table: Table, day: UtcDay) -> Option<Merge> {
    let parts: Vec<Part> = parts.iter().copied().filter(|part| part.table == table).collect();
    let plan = Plan { table, parts, now: Millis(0), bounds: Bounds { merge_at: 0, merge_rows: 0 } };
    plan.whole(day)
}

/// The parts of one table, by their days.
struct Plan {
    table: Table,
    parts: Vec<Part>,
    now: Millis,
    bounds: Bounds,
}

impl Plan {
    fn is_over(&self, day: UtcDay, grace: i64) -> bool {
        day.end().plus(grace) <= self.now
    }

    /// Whether nothing more is to be expected of a day.
    fn is_closed(&self, day: UtcDay) -> bool {
        self.is_over(day, if self.table == Table::Scans { GRACE } else { TRACES_GRACE })
    }

    fn of_a_day(&self) -> Option<Merge> {
        let mut days: BTreeMap<UtcDay, Vec<Part>> = BTreeMap::new();
        for part in self.parts.iter().filter(|part| part.level < Entry::WHOLE) {
            days.entry(part.days.first).or_default().push(*part);
        }
        days.into_iter().find_map(|(day, loose)| {
            if self.is_closed(day) {
                return if loose.len() > INPUTS { self.united(smallest(loose)) } else { self.whole(day) };
            }
            if self.is_over(day, GRACE) {
                return self.settled(loose);
            }
            let mut levels: BTreeMap<u8, Vec<Part>> = BTreeMap::new();
            loose.into_iter().for_each(|part| levels.entry(part.level).or_default().push(part));
            let many = |alike: &Vec<Part>| alike.len() >= self.bounds.merge_at.max(2);
            levels.into_values().find(many).and_then(|alike| self.united(smallest(alike)))
        })
    }

    /// A day that is over but still gets traces: what came by its end is one segment, and those that come late are few
    /// besides.
    fn settled(&self, loose: Vec<Part>) -> Option<Merge> {
        let (settled, late): (Vec<Part>, Vec<Part>) =
            loose.into_iter().partition(|part| part.level == Entry::SETTLED);
        if !settled.is_empty() {
            return if late.len() >= LATE { self.united(smallest(late)) } else { None };
        }
        match late.len() {
            0 | 1 => None,
            2..=INPUTS => {
                Some(Merge { table: self.table, parts: late, level: Entry::SETTLED, decide: false })
            }
            _ => self.united(smallest(late)),
        }
    }

    /// Some segments of a day become one. Other rows of the day are elsewhere, so nothing can be decided.
    fn united(&self, parts: Vec<Part>) -> Option<Merge> {
        let level = parts.iter().map(|part| part.level).max()?.saturating_add(1).min(Entry::SETTLED - 1);
        Some(Merge { table: self.table, parts, level, decide: false })
    }

    /// All segments that have rows of a day, and of the days that are in them besides.
    fn whole(&self, day: UtcDay) -> Option<Merge> {
        let mut days = Days::one(day);
        let met = |days: Days| self.parts.iter().filter(move |part| part.days.meet(days));
        while let Some(more) = met(days).map(|part| part.days.and(days)).find(|more| *more != days) {
            days = more;
        }
        let parts: Vec<Part> = met(days).copied().collect();
        let decide = self.table == Table::Scans;
        (!parts.is_empty()).then_some(Merge { table: self.table, parts, level: Entry::WHOLE, decide })
    }

    /// The first stretch of finished days whose segments may become one. Who came first was decided by the day.
    fn of_a_stretch(&self, of: fn(UtcDay) -> Days, may: fn(&Part) -> bool) -> Option<Merge> {
        let mut stretches: BTreeMap<Days, Vec<Part>> = BTreeMap::new();
        for part in &self.parts {
            stretches.entry(of(part.days.first)).or_default().push(*part);
        }
        stretches.into_iter().find_map(|(stretch, mut parts)| {
            let ready = parts.len() > 1
                && self.is_closed(stretch.last)
                && parts
                    .iter()
                    .all(|part| part.level == Entry::WHOLE && stretch.holds(part.days.last) && may(part));
            let rows: u64 = parts.iter().map(|part| part.rows).sum();
            // Neighbours first, so that what comes of it is again a stretch of its own.
            parts.truncate(INPUTS);
            (ready && rows <= self.bounds.merge_rows).then_some(Merge {
                table: self.table,
                parts,
                level: Entry::WHOLE,
                decide: false,
            })
        })
    }
}

fn smallest(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_unstable_by_key(|part| (part.rows, part.name));
    parts.truncate(INPUTS);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::DAY_MS;

    const BOUNDS: Bounds = Bounds { merge_at: 6, merge_rows: 64_000_000 };
    const SEAL: i64 = 5 * 60_000;
    /// Scans of a seal: 100 million a year.
    const ROWS: u64 = 950;

    #[derive(Default)]
    struct Store {
        parts: Vec<Part>,
        names: u128,
        /// Rows that merges wrote, of each table.
        written: [u64; 2],
    }

    impl Store {
        fn add(&mut self, table: Table, days: Days, level: u8, rows: u64, facts: bool) {
            self.names += 1;
            self.parts.push(Part { name: Uuid::from_u128(self.names), table, days, level, rows, facts });
        }

        fn merge_all(&mut self, now: Millis) {
            while let Some(merge) = next(&self.parts, now, BOUNDS) {
                assert!(
                    (2..=INPUTS).contains(&merge.parts.len()) || merge.level == Entry::WHOLE,
                    "{merge:?}"
                );
                let rows = merge.parts.iter().map(|part| part.rows).sum();
                self.parts.retain(|part| !merge.parts.contains(part));
                let days = merge.parts.iter().map(|part| part.days).reduce(Days::and).unwrap();
                assert!(
                    merge.level < Entry::WHOLE
                        || !self.parts.iter().any(|part| part.table == merge.table
                            && part.level < Entry::WHOLE
                            && part.days.meet(days)),
                    "a finished day is whole: {merge:?}"
                );
                self.written[usize::from(merge.table == Table::Traces)] += rows;
                let facts = merge.parts.iter().any(|part| part.facts);
                self.add(merge.table, days, merge.level, rows, facts);
            }
        }

        fn live(&self, table: Table, now: Millis, days: i64) -> usize {
            let asked = Days { first: now.plus(-days * DAY_MS).utc_day(), last: now.utc_day() };
            self.parts.iter().filter(|part| part.table == table && part.days.meet(asked)).count()
        }
    }

    #[test]
    fn a_year_of_a_busy_store_is_in_about_forty_files_at_any_time() {
        let mut store = Store::default();
        let start = Millis(1_772_323_200_000);
        let mut most = BTreeMap::new();
        for seal in 1..=400 * DAY_MS / SEAL {
            let now = start.plus(seal * SEAL);
            let day = now.plus(-1).utc_day();
            store.add(Table::Scans, Days::one(day), 0, ROWS, true);
            store.add(Table::Traces, Days::one(day), 0, 2 * ROWS, false);
            if day > start.utc_day() {
                // Somebody of yesterday answers today, and every seal has such a trace.
                store.add(Table::Traces, Days::one(UtcDay(day.0 - 1)), 0, ROWS / 50, false);
            }
            for part in &mut store.parts {
                part.facts &= part.days.last.end().plus(29 * DAY_MS) > now;
            }
            store.merge_all(now);
            for (what, days) in [("30 days", 30), ("a year", 365)] {
                for table in [Table::Scans, Table::Traces] {
                    let live = store.live(table, now, days);
                    let most = most.entry((what, table.as_str())).or_insert(0);
                    *most = live.max(*most);
                }
            }
        }
        let rows: u64 =
            store.parts.iter().filter(|part| part.table == Table::Scans).map(|part| part.rows).sum();
        println!(
            "most live files {most:?}; a scan was written {:.1} times by merges, {} scans",
            store.written[0] as f64 / rows as f64,
            rows
        );
        assert_eq!(rows, 400 * 288 * ROWS, "no merge loses or doubles a segment");
        assert!(most.values().all(|most| *most <= 42), "{most:?}");
    }

    #[test]
    fn late_rows_of_a_merged_month_are_decided_with_all_of_its_days() {
        let mut store = Store::default();
        let month = Days::month_of(UtcDay(20_500));
        let of = |n: i32| Days::one(UtcDay(month.first.0 + n));
        store.add(Table::Scans, month, Entry::WHOLE, 900, false);
        store.add(Table::Scans, of(3), 0, 2, true);
        store.add(Table::Scans, of(9), 0, 1, true);
        store.add(Table::Traces, of(9), Entry::WHOLE, 1, false);
        let merge = next(&store.parts, month.last.end().plus(9 * DAY_MS), BOUNDS).unwrap();
        assert_eq!((merge.parts.len(), merge.level, merge.decide), (3, Entry::WHOLE, true));
    }

    #[test]
    fn what_would_grow_beyond_the_bound_stays_and_old_days_need_no_weeks() {
        let mut store = Store::default();
        let month = Days::month_of(UtcDay(20_500));
        for day in month.first.0..=month.last.0 {
            store.add(Table::Scans, Days::one(UtcDay(day)), Entry::WHOLE, 3_000_000, false);
        }
        let later = month.last.end().plus(40 * DAY_MS);
        let small = Bounds { merge_rows: 100_000_000, ..BOUNDS };
        let merge = next(&store.parts, later, small).unwrap();
        assert_eq!(merge.parts.len(), INPUTS, "of the month at once, as no user agents are left");
        store.merge_all(later);
        let rows: Vec<u64> = store.parts.iter().map(|part| part.rows).collect();
        assert_eq!((rows.len(), rows[..3].iter().sum::<u64>()), (4, 63_000_000), "{rows:?}");
    }
}
