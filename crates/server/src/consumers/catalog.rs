//! Keeps the counters of links (`eventCount`, lifetime scans, last scan) and notes what webhooks are to be told of.

use super::told::{Listening, Told};
use super::{CATALOG, PAUSE_AFTER_FAILURE, Stop};
use crate::catalog::counters::{self, Increment};
use crate::catalog::webhooks::subscriptions;
use crate::catalog::{Catalog, Result, verdicts};
use crate::clock::Clock;
use crate::status::Sickness;
use crate::webhooks::note::Noter;
use model::life::uses_up;
use model::scan::Verdict;
use model::time::UtcDay;
use model::{LinkId, Position, Scan, WorkspaceId};
use spool::{Reader, Spool};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Longest the consumer sleeps when nothing comes.
const WAIT: Duration = Duration::from_millis(250);
/// Records that one transaction counts at most: links that are scanned often are written once for many scans.
const RECORDS: usize = 262_144;
/// Shortest pause between two transactions: the more scans share one, the less each costs.
const GATHER: Duration = Duration::from_millis(800);
/// Deliveries that one transaction notes, about.
const TOLD: usize = 20_000;
/// Longest pause between two transactions: counters may be two seconds late.
const GATHER_LONGEST: Duration = Duration::from_millis(1500);

/// Shortest pause while somebody is told of scans: they shall hear of one within a second or two.
const GATHER_FOR_OTHERS: Duration = Duration::from_millis(100);

/// What a stretch of the spool adds up to.
#[derive(Default)]
struct Sums {
    links: HashMap<(WorkspaceId, LinkId), Increment>,
    /// Scans by reason of their verdict.
    days: HashMap<(WorkspaceId, UtcDay, Verdict), HashMap<Box<str>, i64>>,
}

/// Days that the counts of reasons are kept.
const REASON_DAYS: i32 = 90;

/// The consumer.
pub struct CatalogConsumer {
    /// Where it reads.
    pub spool: Arc<Spool>,
    /// Where it writes.
    pub catalog: Catalog,
    /// Where its troubles are told.
    pub sickness: Arc<Sickness>,
    /// When deliveries are noted.
    pub clock: Clock,
    /// Whether everybody is counted where a workspace says nothing of it.
    pub counts_all: bool,
    /// Rung when there are deliveries.
    pub bell: Arc<Notify>,
}

/// What the consumer keeps from one transaction to the next.
#[derive(Default)]
struct Memory {
    reader: Option<Reader>,
    newest_day: Option<UtcDay>,
    noter: Noter,
    /// Whether anybody is told of anything.
    is_listened_to: bool,
}

impl CatalogConsumer {
    /// Runs until it is asked to stop and has read what there is. `runtime` drives the catalog's side.
    pub fn run(self, runtime: &tokio::runtime::Handle, stop: &Stop) {
        let mut memory = Memory::default();
        loop {
            let began = Instant::now();
            match runtime.block_on(self.turn(&mut memory)) {
                Ok(0) if stop.is_asked() => return,
                Ok(records) => {
                    self.sickness.clear("catalog consumer");
                    // The longer a transaction took, the more scans shall share the next one.
                    if records < RECORDS {
                        let least = if memory.is_listened_to { GATHER_FOR_OTHERS } else { GATHER };
                        stop.wait((4 * began.elapsed()).clamp(least, GATHER_LONGEST));
                    }
                }
                Err(error) => {
                    self.sickness.note("catalog consumer", error);
                    // The failed batch is read again from the committed position.
                    memory.reader = None;
                    if stop.is_asked() {
                        return;
                    }
                    std::thread::sleep(PAUSE_AFTER_FAILURE);
                }
            }
        }
    }

    async fn turn(&self, memory: &mut Memory) -> anyhow::Result<usize> {
        let reader = match &mut memory.reader {
            Some(reader) => reader,
            empty => {
                let position = counters::position(&mut *self.catalog.read().await?, CATALOG).await?;
                if let Some(position) = position {
                    self.spool.release(CATALOG, position);
                }
                empty.insert(self.spool.reader(position))
            }
        };
        let (mut sums, mut records, mut last) = (Sums::default(), 0, None);
        let mut told = Told::default();
        loop {
            let batch = super::next(reader, usize::MAX, if records == 0 { WAIT } else { Duration::ZERO })?;
            let Some(position) = batch.last() else { break };
            last = Some(position);
            records += batch.len();
            let read = super::read(&batch);
            count(&read.scans, &mut sums);
            // Asked after the records were read: who asks to be told is told of everything from then on.
            let hooks = subscriptions::all(&mut *self.catalog.read().await?).await?;
            memory.is_listened_to = !hooks.is_empty();
            let listening = Listening::of(&hooks, self.counts_all);
            listening.pick(&read, &mut told);
            if records >= RECORDS || told.deliveries() >= TOLD {
                break;
            }
        }
        let Some(last) = last else { return Ok(0) };
        // Once a day, when the first scan of a newer one has come.
        let newest =
            sums.days.keys().map(|(_, day, _)| *day).max().filter(|day| memory.newest_day < Some(*day));
        let forget = newest.map(|day| UtcDay(day.0 - REASON_DAYS));
        let now = self.clock.now();
        let is_told = told.deliveries() > 0;
        let mut noter = std::mem::take(&mut memory.noter);
        memory.noter = self
            .catalog
            .write(async move |db| {
                told.note(db, &mut noter, now).await?;
                apply(db, sums, last, forget).await?;
                Ok(noter)
            })
            .await?;
        memory.newest_day = newest.or(memory.newest_day);
        self.spool.release(CATALOG, last);
        if is_told {
            self.bell.notify_one();
        }
        Ok(records)
    }
}

fn count(scans: &[(Position, Scan<'_>)], sums: &mut Sums) {
    for (_, scan) in scans {
        let increment = sums.links.entry((scan.workspace, scan.link)).or_default();
        increment.all += 1;
        increment.last = increment.last.max(Some(scan.at));
        increment.used += i64::from(uses_up(scan.verdict, scan.reason, scan.outcome));
        if scan.verdict == Verdict::Human {
            increment.humans += 1;
            increment.last_human = increment.last_human.max(Some(scan.at));
        }
        let reasons = sums.days.entry((scan.workspace, scan.at.utc_day(), scan.verdict)).or_default();
        match reasons.get_mut(scan.reason) {
            Some(scans) => *scans += 1,
            None => drop(reasons.insert(scan.reason.into(), 1)),
        }
    }
}

async fn apply(
    db: &mut crate::catalog::Connection,
    sums: Sums,
    last: Position,
    forget: Option<UtcDay>,
) -> Result<()> {
    counters::add(db, sums.links).await?;
    for ((workspace, day, verdict), reasons) in sums.days {
        for (reason, scans) in reasons {
            verdicts::add(db, workspace, day, (verdict.as_str(), &reason), scans).await?;
        }
    }
    if let Some(since) = forget {
        verdicts::forget(db, since).await?;
    }
    counters::set_position(db, CATALOG, last).await
}
