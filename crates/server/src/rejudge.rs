//! Judging recorded scans again: a run goes through the finished UTC days of its range, those that share segments together.
//!
//! The rows are in the scan store, the counters in the catalog, and nothing spans both. So days are announced in the
//! catalog with all that they will change there, their rows are exchanged at once, and then the counters take the change and
//! the announcement goes, in one transaction. Whoever finds an announcement after a crash looks at one of the scans that
//! it says would move: has it moved, the rows are the new ones, and the counters follow; else nothing has happened.

pub mod summary;
pub mod worker;

use crate::catalog::jobs::Status;
use crate::catalog::rejudge::{self as rows, Exchange, Gain, Run};
use crate::catalog::{self, Catalog, verdicts};
use crate::clock::Clock;
use analytics::{Days, Local, Rejudged, Selection};
use model::judged::{Again, Recorded};
use model::report::{Answer, Ask, Dimension, Population, Scope, Verdicts};
use model::scan::Verdict;
use model::time::UtcDay;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use summary::Summary;
use tokio::runtime::Handle;

/// What says how a recorded scan is judged today.
pub type Judge = Arc<dyn Fn(&Recorded<'_>) -> Again + Send + Sync>;

/// What a run works with.
#[derive(Clone)]
pub struct Bench {
    /// Runs and counters.
    pub catalog: Catalog,
    /// The scans.
    pub store: Arc<Local>,
    /// Where `now` comes from.
    pub clock: Clock,
    /// The rules.
    pub judge: Judge,
    /// Held by whoever changes the past: counters follow one of them at a time.
    pub past: Arc<tokio::sync::Mutex<()>>,
}

/// Why a run does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The catalog did not answer: it goes on later, from where it is.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The scan store could not do it: the run ends there.
    #[error(transparent)]
    Store(#[from] analytics::Error),
    /// A thread fell.
    #[error(transparent)]
    Thread(#[from] tokio::task::JoinError),
}

/// What some days change in the catalog.
#[derive(Serialize, Deserialize)]
struct Changes {
    /// Human scans that links gain or lose.
    links: Vec<(WorkspaceId, LinkId, i64)>,
    /// Scans that reasons gain or lose, by day.
    reasons: Vec<(WorkspaceId, UtcDay, Verdict, String, i64)>,
    /// A scan that moves, and what it then is judged.
    witness: Option<(WorkspaceId, ScanId, Verdict, String)>,
}

/// The first instant that no run looks at: the UTC day that still runs was judged by these rules or is judged tomorrow.
pub fn end(now: Millis) -> Millis {
    now.utc_day().start()
}

/// The scans of a run.
fn selection(run: &Run) -> Selection {
    Selection { workspace: run.workspace, from: run.from, to: run.to, restore: run.restore }
}

impl Bench {
    /// Goes on with a run until it is done, or `is_asked_to_stop`. Says whether it is done. `tell` hears of each step.
    pub async fn go_on(
        &self,
        run: &mut Run,
        is_asked_to_stop: impl Fn() -> bool,
        mut tell: impl FnMut(&Run),
    ) -> Result<bool, Halt> {
        self.settle(run).await?;
        let stretches = match self.stretches(run).await {
            Err(Halt::Store(error)) => return self.fail(run, &error).await.map(|()| true),
            stretches => stretches?,
        };
        run.status = Status::Running;
        run.days = run.days_done + stretches.iter().map(|days| days.count() as u64).sum::<u64>();
        for days in stretches {
            if !self.note(run).await? {
                // Its workspace is gone.
                return Ok(true);
            }
            tell(run);
            if is_asked_to_stop() {
                return Ok(false);
            }
            match self.do_days(run, days).await {
                Err(Halt::Store(error)) => return self.fail(run, &error).await.map(|()| true),
                done => done?,
            }
        }
        run.status = Status::Succeeded;
        run.completed_at = Some(self.clock.now());
        self.note(run).await?;
        tell(run);
        Ok(true)
    }

    /// Stretches of days that are to be done. What is hot is sealed first: whatever was answered before the run began is then in
    /// segments.
    async fn stretches(&self, run: &Run) -> Result<Vec<Days>, Halt> {
        let from = run.next_day.map_or(run.from, |next| run.from.max(next.start()));
        let (store, of) = (self.store.clone(), Selection { from, ..selection(run) });
        let stretches = tokio::task::spawn_blocking(move || {
            store.seal()?;
            store.all_there(&of)?;
            analytics::Result::Ok(store.stretches(of.from..of.to))
        });
        Ok(stretches.await??)
    }

    async fn do_days(&self, run: &mut Run, days: Days) -> Result<(), Halt> {
        let _turn = self.past.lock().await;
        let of = selection(run);
        let (bench, asked, runtime) = (self.clone(), run.clone(), Handle::current());
        let rejudged = tokio::task::spawn_blocking(move || {
            let judge = |scan: &Recorded<'_>| (bench.judge)(scan);
            if asked.dry_run {
                return bench.store.try_rejudge(days, &of, judge).map_err(Halt::from);
            }
            bench.store.rejudge(days, &of, judge, |rejudged| {
                let exchange = Exchange {
                    days,
                    changes: serde_json::json!(Changes::of(rejudged)),
                    result: Summary::read(&asked.result).with(rejudged).write(),
                };
                let catalog = bench.catalog.clone();
                runtime
                    .block_on(catalog.write(async move |db| rows::announce(db, asked.id, &exchange).await))?;
                Ok(())
            })
        });
        let rejudged: Rejudged = rejudged.await??;
        if run.dry_run || rejudged.moved.is_empty() {
            run.result = Summary::read(&run.result).with(&rejudged).write();
            (run.next_day, run.days_done) = (Some(days.last.next()), run.days_done + days.count() as u64);
            return Ok(());
        }
        self.settle(run).await
    }

    /// Lets the counters follow the days that were announced, if their rows were exchanged.
    async fn settle(&self, run: &mut Run) -> Result<(), Halt> {
        let Some(exchange) = rows::announced(&mut *self.catalog.read().await?, run.id).await? else {
            return Ok(());
        };
        let id = run.id;
        let changes: Option<Changes> = serde_json::from_value(exchange.changes).ok();
        let happened = changes.as_ref().map(|changes| self.has_happened(changes)).transpose()?;
        let Some(changes) = changes.filter(|_| happened == Some(true)) else {
            self.catalog.write(async move |db| rows::forget(db, id).await).await?;
            return Ok(());
        };
        let end = exchange.days.last.end();
        let gains = self.gains(&changes, end).await?;
        let mut done = run.clone();
        (done.result, done.next_day) = (exchange.result, Some(exchange.days.last.next()));
        done.days_done += exchange.days.count() as u64;
        *run = self
            .catalog
            .write(async move |db| {
                for (workspace, gain) in &gains {
                    rows::gain(db, *workspace, end, gain).await?;
                }
                for (workspace, day, verdict, reason, scans) in &changes.reasons {
                    verdicts::shift(db, *workspace, *day, (verdict.as_str(), reason), *scans).await?;
                }
                rows::note(db, &done).await?;
                rows::forget(db, id).await?;
                Ok(done)
            })
            .await?;
        Ok(())
    }

    /// Whether the rows are the announced ones. A scan that is gone has nothing left to be counted.
    fn has_happened(&self, changes: &Changes) -> analytics::Result<bool> {
        let Some((workspace, scan, verdict, reason)) = &changes.witness else { return Ok(false) };
        let found = self.store.scan(*workspace, *scan)?;
        Ok(found.is_some_and(|found| {
            let scan = found.get();
            (scan.verdict, scan.reason) == (*verdict, reason.as_str())
        }))
    }

    /// What each link gains, with its last human scan where that may be one that was judged.
    async fn gains(&self, changes: &Changes, end: Millis) -> Result<Vec<(WorkspaceId, Gain)>, Halt> {
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<LinkId>> = BTreeMap::new();
        for (workspace, link, _) in &changes.links {
            by_workspace.entry(*workspace).or_default().push(*link);
        }
        let mut last: HashMap<LinkId, Option<Millis>> = HashMap::new();
        for (workspace, links) in by_workspace {
            let links = rows::ending_before(&mut *self.catalog.read().await?, &links, end).await?;
            if links.is_empty() {
                continue;
            }
            last.extend(links.iter().map(|link| (*link, None)));
            let store = self.store.clone();
            let spans = tokio::task::spawn_blocking(move || {
                let population = Population {
                    workspace,
                    scope: Scope::Links(links),
                    verdicts: Verdicts::HUMAN,
                    from: Millis(0),
                    to: Millis(i64::MAX),
                    filters: Vec::new(),
                };
                store.report(&population, &Ask::Spans { by: Dimension::Link.into() })
            });
            if let Answer::Spans(spans) = spans.await?? {
                let known =
                    spans.into_iter().filter_map(|(link, _, at)| Some((link.label.parse().ok()?, Some(at))));
                last.extend(known);
            }
        }
        let gain = |(workspace, link, humans): &(WorkspaceId, LinkId, i64)| {
            (*workspace, Gain { link: *link, humans: *humans, last: last.get(link).copied() })
        };
        Ok(changes.links.iter().map(gain).collect())
    }

    /// Ends a run that cannot go on; the days that are done stay done.
    async fn fail(&self, run: &mut Run, error: &analytics::Error) -> Result<(), Halt> {
        self.settle(run).await?;
        tracing::error!(%error, "Judging again has stopped");
        run.status = Status::Failed;
        run.error =
            format!("{error}. {} of {} days are done; it can be started again.", run.days_done, run.days);
        run.completed_at = Some(self.clock.now());
        self.note(run).await?;
        Ok(())
    }

    async fn note(&self, run: &Run) -> Result<bool, Halt> {
        let run = run.clone();
        Ok(self.catalog.write(async move |db| rows::note(db, &run).await).await?)
    }
}

impl Changes {
    fn of(rejudged: &Rejudged) -> Self {
        let mut reasons: BTreeMap<(WorkspaceId, UtcDay, Verdict, &str), i64> = BTreeMap::new();
        for (moved, scans) in &rejudged.moved {
            for ((verdict, reason), gained) in [(&moved.from, -(*scans as i64)), (&moved.to, *scans as i64)] {
                *reasons.entry((moved.workspace, moved.day, *verdict, reason)).or_default() += gained;
            }
        }
        let links = rejudged.links.iter().map(|((workspace, link), humans)| (*workspace, *link, *humans));
        let reasons = reasons.into_iter().filter(|(_, scans)| *scans != 0);
        let witness = rejudged.witness.clone();
        Self {
            // One that gains as many as it loses may still have another last scan.
            links: links.collect(),
            reasons: reasons
                .map(|((id, day, verdict, reason), scans)| (id, day, verdict, reason.to_owned(), scans))
                .collect(),
            witness: witness.map(|(workspace, scan, now)| (workspace, scan, now.verdict, now.reason)),
        }
    }
}
