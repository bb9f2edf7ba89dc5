//! Erasure (DESIGN §11.8): what is known of a visitor, a scan, a link, a time or a workspace goes from everywhere, and a receipt
//! says what was found in each place and what is left there.
//!
//! The order is that of what can be seen: first one transaction of the catalog in which everything there goes and the counters lose
//! the scans that go; from then on the scan store hides these. Then the files follow, and the spool. Each step can be done again, so
//! what a crash interrupts is gone on with. Before anything goes the erasure is written to the log `erasures.jsonl`, by
//! ids alone: a catalog or a store of before it (a backup) has it done again.

pub mod journal;
pub mod receipt;
pub mod worker;

use crate::catalog::erasures::places::PLACES;
use crate::catalog::erasures::{self as rows, Erasure, Ids, Scans, scope};
use crate::catalog::jobs::Status;
use crate::catalog::{self, Catalog, counters, verdicts};
use crate::clock::Clock;
use crate::consumers::{CATALOG, STORE};
use crate::export::work::remove_strangers;
use crate::feed::Feed;
use crate::redirect::days::Days;
use crate::retention;
use analytics::{Chosen, Gone, Hidden, Local};
use model::report::{Answer, Ask, Dimension, Population, Scope, Verdicts};
use model::{LinkId, Millis, Position, WorkspaceId};
use receipt::{Found, Receipt};
use spool::Spool;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest that is waited for store and counters to have what was recorded before.
const CATCH_UP: Duration = Duration::from_secs(60);
/// Longest that is waited for the spool's files to go; the receipt then says that they are still there.
const SPOOL: Duration = Duration::from_secs(10);
/// How often a wait looks.
const LOOK: Duration = Duration::from_millis(20);

/// What an erasure works with.
#[derive(Clone)]
pub struct Bench {
    /// Everything that is not a scan.
    pub catalog: Catalog,
    /// The scans.
    pub store: Arc<Local>,
    /// What the store has not sealed yet.
    pub spool: Arc<Spool>,
    /// What happened just now.
    pub feed: Arc<Feed>,
    /// Today's visitors in memory.
    pub days: Arc<Days>,
    /// Where `now` comes from.
    pub clock: Clock,
    /// The data directory.
    pub data: PathBuf,
    /// Held by whoever changes the past: counters follow one of them at a time.
    pub past: Arc<tokio::sync::Mutex<()>>,
}

/// Why an erasure does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The catalog did not answer: it goes on later, from where it is.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The scan store could not do it: it goes on later.
    #[error(transparent)]
    Store(#[from] analytics::Error),
    /// The log could not be written.
    #[error("erasures.jsonl: {0}")]
    Journal(#[from] std::io::Error),
    /// A file of an export could not be removed.
    #[error("exports: {0}")]
    Exports(anyhow::Error),
    /// A thread fell.
    #[error(transparent)]
    Thread(#[from] tokio::task::JoinError),
    /// What was recorded before is not counted yet.
    #[error("scans that were recorded before are still being counted")]
    Behind,
}

/// A place of the catalog with its rows.
pub type Known = (&'static str, Vec<serde_json::Map<String, serde_json::Value>>);

/// What an erasure would take, and what it would leave.
pub async fn preview(
    catalog: &Catalog,
    store: &Arc<Local>,
    erasure: &Erasure,
    ids: &Ids,
) -> Result<Receipt, Halt> {
    let mut named = erasure.clone();
    named.id = uuid::Uuid::now_v7();
    // Counted inside a transaction that is taken back: the places are told whom by rows.
    let (asked, known) = (named.clone(), ids.clone());
    let counted = catalog.attempt(async move |db| {
        rows::create(db, &asked, &known).await?;
        let ids = scope::resolve(db, &asked).await?;
        rows::add_ids(db, asked.id, &ids).await?;
        let mut receipt = Receipt::default();
        for place in PLACES {
            let found = place.count(db, &asked).await?;
            receipt.places.push(Found { place: place.name.to_owned(), found, erased: 0, remaining: found });
        }
        receipt.sent_away = rows::places::sent(db, &asked).await?;
        Ok::<std::result::Result<(), _>, _>(Err((receipt, ids)))
    });
    let Err((mut receipt, ids)) = counted.await? else { return Err(Halt::Behind) };
    receipt.visitors = ids.visitors.len() as u64;
    let gone = match erasure.chosen(&ids) {
        Some(chosen) => would_hide(store, Hidden::of(vec![chosen])).await?,
        None => Gone::default(),
    };
    let falls = erasure.scans == Scans::Drop;
    receipt.take(&gone, falls);
    for (place, found) in [("scan_store", gone.scans), ("trace_store", gone.traces)] {
        receipt.places.push(Found { place: place.to_owned(), found, erased: 0, remaining: found });
    }
    Ok(receipt)
}

/// All that the catalog has of a visitor, place by place, and the scans that are known to be the visitor's: what an erasure
/// would take, by the same list.
pub async fn known_of(catalog: &Catalog, erasure: &Erasure, ids: &Ids) -> Result<(Vec<Known>, Ids), Halt> {
    let (asked, named) = (erasure.clone(), ids.clone());
    let read = catalog.attempt(async move |db| {
        rows::create(db, &asked, &named).await?;
        let ids = scope::resolve(db, &asked).await?;
        rows::add_ids(db, asked.id, &ids).await?;
        let mut known = Vec::new();
        for place in PLACES {
            known.push((place.name, place.rows(db, &asked).await?));
        }
        Ok::<std::result::Result<(), _>, _>(Err((known, ids)))
    });
    // The question itself leaves nothing behind.
    read.await?.err().ok_or(Halt::Behind)
}

async fn would_hide(store: &Arc<Local>, more: Hidden) -> Result<Gone, Halt> {
    let store = store.clone();
    Ok(tokio::task::spawn_blocking(move || store.would_hide(&more)).await??)
}

/// Takes scans that go out of the counters; belongs into the transaction after which they are hidden.
pub async fn lose(db: &mut catalog::Connection, gone: &Gone) -> catalog::Result<()> {
    for ((workspace, link), (humans, all)) in &gone.links {
        counters::lose(db, *workspace, *link, *humans as i64, *all as i64).await?;
    }
    for ((workspace, day, verdict, reason), scans) in &gone.reasons {
        verdicts::shift(db, *workspace, *day, (verdict.as_str(), reason), -(*scans as i64)).await?;
    }
    Ok(())
}

impl Bench {
    /// Goes on with an erasure until it is done, or `is_asked_to_stop`. Says whether it is done. `tell` hears of each step
    /// with the share that is done.
    pub async fn go_on(
        &self,
        erasure: &mut Erasure,
        is_asked_to_stop: impl Fn() -> bool,
        mut tell: impl FnMut(&Erasure),
    ) -> Result<bool, Halt> {
        let upto = self.caught_up(&is_asked_to_stop).await?;
        let mut receipt = Receipt::read(&erasure.receipt);
        if erasure.hidden_at.is_none() {
            receipt = Receipt::default();
            self.take_from_catalog(erasure, &mut receipt).await?;
        }
        // Their rows are gone; a crash may have left the files.
        remove_strangers(&self.catalog, &self.data).await.map_err(Halt::Exports)?;
        receipt.step("catalog", 1);
        self.note(erasure, &receipt, &mut tell).await?;
        let ids = rows::ids(&mut *self.catalog.read().await?, erasure.id).await?;
        let chosen: Vec<Chosen> = erasure.chosen(&ids).into_iter().collect();
        self.show_what_is_hidden().await?;
        receipt.place("live_feed", self.feed.forget_scans(&chosen) as u64);
        if is_asked_to_stop() {
            return Ok(false);
        }
        self.take_from_store(erasure, &chosen, &mut receipt).await?;
        receipt.step("scan_store", 2);
        self.note(erasure, &receipt, &mut tell).await?;
        let emptied = self.spool_emptied(upto).await;
        receipt.set("spool", 0, 0, u64::from(!emptied?));
        receipt.step("spool", 3);
        self.note(erasure, &receipt, &mut tell).await?;
        self.catalog.compact().await?;
        receipt.step("catalog_file", 4);
        self.look_again(erasure, &chosen, &mut receipt).await?;
        (erasure.status, erasure.completed_at) = (Status::Succeeded, Some(self.clock.now()));
        self.note(erasure, &receipt, &mut tell).await?;
        self.show_what_is_hidden().await?;
        tracing::info!(erasure = %erasure.id, subject = erasure.subject.as_str(), "Erased");
        Ok(true)
    }

    /// Everything in the catalog goes, and the counters lose the scans that go, in one transaction.
    async fn take_from_catalog(&self, erasure: &mut Erasure, receipt: &mut Receipt) -> Result<(), Halt> {
        let _turn = self.past.lock().await;
        loop {
            let ids = scope::resolve(&mut *self.catalog.read().await?, erasure).await?;
            let gone = match erasure.chosen(&ids) {
                Some(chosen) => would_hide(&self.store, Hidden::of(vec![chosen])).await?,
                None => Gone::default(),
            };
            journal::write(&self.data, erasure, &ids)?;
            let (asked, known, lost, now) = (erasure.clone(), ids.clone(), gone.clone(), self.clock.now());
            let begun = receipt.clone();
            let done = self.catalog.attempt(async move |db| {
                // Somebody may have become known by another scan since: that one is to be counted as well.
                if scope::resolve(db, &asked).await? != known {
                    return Ok(Err(()));
                }
                rows::add_ids(db, asked.id, &known).await?;
                let mut receipt = begun;
                receipt.visitors = known.visitors.len() as u64;
                receipt.sent_away = rows::places::sent(db, &asked).await?;
                let mut found = Vec::new();
                for place in PLACES {
                    found.push(place.count(db, &asked).await?);
                }
                for (place, found) in PLACES.iter().zip(found) {
                    let erased = place.erase(db, &asked).await?;
                    let remaining = place.count(db, &asked).await?;
                    receipt.set(place.name, found, erased.max(found), remaining);
                }
                receipt.take(&lost, asked.scans == Scans::Drop);
                if asked.scans == Scans::Drop {
                    lose(db, &lost).await?;
                }
                let mut done = asked;
                (done.status, done.hidden_at, done.receipt) = (Status::Running, Some(now), receipt.write());
                rows::note(db, &done).await?;
                Ok(Ok((done, receipt)))
            });
            let Ok((done, told)) = done.await? else { continue };
            (*erasure, *receipt) = (done, told);
            self.show_what_is_hidden().await?;
            if erasure.scans == Scans::Drop {
                self.last_scans(&gone).await?;
            }
            return Ok(());
        }
    }

    /// The store hides what the catalog says is gone.
    pub async fn show_what_is_hidden(&self) -> Result<(), Halt> {
        let hidden = hidden(&self.catalog, self.clock.now()).await?;
        self.store.hide(hidden);
        Ok(())
    }

    /// Links that lost scans may have another last one.
    pub async fn last_scans(&self, gone: &Gone) -> Result<(), Halt> {
        let Some((_, end)) = gone.range else { return Ok(()) };
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<LinkId>> = BTreeMap::new();
        for (workspace, link) in gone.links.keys() {
            by_workspace.entry(*workspace).or_default().push(*link);
        }
        for (workspace, links) in by_workspace {
            let mut last: HashMap<LinkId, [Option<Millis>; 2]> =
                links.iter().map(|link| (*link, [None, None])).collect();
            for (place, verdicts) in [(0, Verdicts::HUMAN), (1, Verdicts::ALL)] {
                let (store, links) = (self.store.clone(), links.clone());
                let spans = tokio::task::spawn_blocking(move || {
                    let population = Population {
                        workspace,
                        scope: Scope::Links(links),
                        verdicts,
                        from: Millis(0),
                        to: Millis(i64::MAX),
                        filters: Vec::new(),
                    };
                    store.report(&population, &Ask::Spans { by: Dimension::Link.into() })
                });
                if let Answer::Spans(spans) = spans.await?? {
                    for (link, _, at) in spans {
                        if let Some(known) =
                            link.label.parse().ok().and_then(|link: LinkId| last.get_mut(&link))
                        {
                            known[place] = Some(at);
                        }
                    }
                }
            }
            self.catalog
                .write(async move |db| {
                    for (link, [human, any]) in last {
                        counters::set_last(db, workspace, link, end, human, any).await?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    async fn take_from_store(
        &self,
        erasure: &Erasure,
        chosen: &[Chosen],
        receipt: &mut Receipt,
    ) -> Result<(), Halt> {
        let (store, asked, today) = (self.store.clone(), chosen.to_vec(), self.clock.now().utc_day());
        let keep = erasure.scans == Scans::Keep;
        let days = self.days.clone();
        let (found, left, files) = tokio::task::spawn_blocking(move || {
            let found = store.left(&asked, keep)?;
            let blanked = if keep {
                store.blank(&asked, today)?
            } else {
                let visitors = store.visitors_of(&asked, today)?;
                let purged = store.purge(|| true)?;
                analytics::Blanked { segments: purged.segments, visitors, ..analytics::Blanked::default() }
            };
            // For the next scan nobody was there before.
            if let Some(day) = days.if_current(today) {
                for (workspace, link, visitor) in &blanked.visitors {
                    day.forget(*workspace, *link, *visitor);
                }
            }
            // Only what is sealed leaves the spool.
            store.seal()?;
            analytics::Result::Ok((found, store.left(&asked, keep)?, blanked.segments))
        })
        .await??;
        receipt.set("scan_store", found.scans, found.scans - left.scans, left.scans);
        receipt.set("user_agents", found.user_agents, found.user_agents - left.user_agents, left.user_agents);
        let traces = if keep { 0 } else { found.traces };
        receipt.set(
            "trace_store",
            traces,
            traces.saturating_sub(left.traces),
            if keep { 0 } else { left.traces },
        );
        receipt.files_rewritten += files;
        Ok(())
    }

    /// What a second search finds, place by place.
    async fn look_again(
        &self,
        erasure: &Erasure,
        chosen: &[Chosen],
        receipt: &mut Receipt,
    ) -> Result<(), Halt> {
        let mut db = self.catalog.read().await?;
        for place in PLACES {
            receipt.remains(place.name, place.count(&mut db, erasure).await?);
        }
        drop(db);
        let (store, asked, keep) = (self.store.clone(), chosen.to_vec(), erasure.scans == Scans::Keep);
        let left = tokio::task::spawn_blocking(move || store.left(&asked, keep)).await??;
        receipt.remains("scan_store", left.scans);
        receipt.remains("user_agents", left.user_agents);
        receipt.remains("trace_store", if keep { 0 } else { left.traces });
        Ok(())
    }

    async fn note(
        &self,
        erasure: &mut Erasure,
        receipt: &Receipt,
        tell: &mut impl FnMut(&Erasure),
    ) -> Result<(), Halt> {
        erasure.receipt = receipt.write();
        let noted = erasure.clone();
        self.catalog.write(async move |db| rows::note(db, &noted).await).await?;
        tell(erasure);
        Ok(())
    }

    /// Waits until store and counters have all that the spool has; returns how far that reaches.
    async fn caught_up(&self, is_asked_to_stop: &impl Fn() -> bool) -> Result<Option<Position>, Halt> {
        let began = Instant::now();
        loop {
            let upto = self.spool.status().last;
            if is_counted(&self.spool, &self.store, &self.catalog).await? {
                return Ok(upto);
            }
            if began.elapsed() >= CATCH_UP || is_asked_to_stop() {
                return Err(Halt::Behind);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until the spool has let go of what it held up to a position, and of all that earlier processes wrote; false when
    /// that takes longer.
    async fn spool_emptied(&self, upto: Option<Position>) -> Result<bool, Halt> {
        let upto = upto.unwrap_or(Position { epoch: self.spool.epoch(), seq: 0 });
        // A consumer that finds nothing new says nothing of how far it is.
        let counted = counters::position(&mut *self.catalog.read().await?, CATALOG).await?;
        for (consumer, position) in [(STORE, self.store.position()), (CATALOG, counted)] {
            if let Some(position) = position {
                self.spool.release(consumer, position);
            }
        }
        self.spool.renew();
        let began = Instant::now();
        while self.spool.holds(upto) {
            if began.elapsed() >= SPOOL {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(true)
    }
}

/// Whether store and counters have all that the spool has.
pub async fn is_counted(spool: &Spool, store: &Local, catalog: &Catalog) -> catalog::Result<bool> {
    let status = spool.status();
    // What waits in memory gets its place in the spool later.
    if status.at_risk > 0 {
        return Ok(false);
    }
    let reached = store.reached();
    let counted = counters::position(&mut *catalog.read().await?, CATALOG).await?;
    Ok(match status.last {
        Some(last) => [reached, counted].into_iter().all(|position| {
            position.is_some_and(|position| position.epoch == last.epoch && position.seq >= last.seq)
        }),
        // Nothing since the start: what an earlier process left is in the store once the start is over.
        None => reached.is_none() || reached == counted,
    })
}

/// What the scan store is to hide, as the catalog says.
pub async fn hidden(catalog: &Catalog, now: Millis) -> catalog::Result<Hidden> {
    let mut db = catalog.read().await?;
    Ok(Hidden { erased: rows::hidden(&mut db).await?, ..retention::hidden(&mut db, now).await? })
}

/// Has every erasure done once more that the log or the catalog knows: after a restore, whose store or catalog is of before
/// some of them. The server does them when it runs; returns how many.
pub async fn reapply(catalog: &Catalog, data: &std::path::Path) -> Result<u64, Halt> {
    let known = journal::read(data)?;
    let waiting = catalog.write(async move |db| {
        let mut waiting = rows::again(db).await?;
        for (erasure, ids) in known {
            waiting += u64::from(rows::create(db, &erasure, &ids).await?);
        }
        Ok(waiting)
    });
    Ok(waiting.await?)
}

/// Takes up erasures that the log knows and the catalog does not: it is of before them. Returns how many.
pub async fn take_up(catalog: &Catalog, data: &std::path::Path) -> Result<u64, Halt> {
    let known = journal::read(data)?;
    if known.is_empty() {
        return Ok(0);
    }
    let created = catalog.write(async move |db| {
        let mut created = 0;
        for (erasure, ids) in known {
            created += u64::from(rows::create(db, &erasure, &ids).await?);
        }
        Ok(created)
    });
    Ok(created.await?)
}
