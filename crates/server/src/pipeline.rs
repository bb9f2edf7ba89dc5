//! From spool to store: what every recorded scan goes through, whoever recorded it. The server runs it beside the
//! redirects, `quietzone simulate` without them.

mod opening;

use crate::catalog::{Catalog, counters};
use crate::clock::Clock;
use crate::config::Config;
use crate::consumers::catalog::CatalogConsumer;
use crate::consumers::merging::StoreMerger;
use crate::consumers::store::{SPOOL_SHARE, StoreConsumer, StoreKeeper};
use crate::consumers::{CATALOG, STORE, Stop};
use crate::erasure;
use crate::feed::Feed;
use crate::niceness::{PATIENT, PROMPT, be_nice};
use crate::redirect::days::Days;
use crate::redirect::keys::KeyFolder;
use crate::status::{Sickness, Unrecorded};
use analytics::Local;
use anyhow::Context;
use spool::{Reader, Spool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// The spool, the store, and the threads between them.
pub struct Pipeline {
    /// The log of scans.
    pub spool: Arc<Spool>,
    /// Where they end up.
    pub store: Arc<Local>,
    /// Tells of them as they become queryable.
    pub feed: Arc<Feed>,
    /// Today's visitors, those of earlier processes included.
    pub days: Arc<Days>,
    /// Every scan recorded before this moment is in the store. Milliseconds.
    pub read_up_to: Arc<AtomicI64>,
    /// What the threads suffer from.
    pub sickness: Arc<Sickness>,
    /// Scans that are not recorded for other reasons than the spool's own.
    pub unrecorded: Arc<Unrecorded>,
    /// Rung when webhooks are to be told something.
    pub bell: Arc<Notify>,
    caught_up: Arc<AtomicBool>,
    keeper: Arc<StoreKeeper>,
    keeping: Vec<JoinHandle<()>>,
    stop_keeping: Stop,
    consuming: Vec<JoinHandle<()>>,
    stop_consuming: Stop,
}

impl Pipeline {
    /// Opens spool and store below the data directory and starts the threads. `runtime` drives the catalog's side.
    /// `uncounted` is handed what the spool holds that the catalog has not counted, before anybody consumes it.
    pub fn start(
        config: &Config,
        clock: &Clock,
        catalog: &Catalog,
        runtime: &Handle,
        uncounted: impl FnOnce(Reader) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let now = clock.now();
        let options = spool::Options {
            sync_interval: config.sync_interval,
            max_wait: config.max_wait,
            max_bytes: config.max_spool_bytes,
            ..spool::Options::new(rand::random(), now.0, &[STORE, CATALOG])
        };
        let (spool, recovery) = Spool::open(config.data.join("spool"), options).context("spool")?;
        let (feed, sickness) = (Arc::new(Feed::default()), Arc::new(Sickness::default()));
        opening::tell(&recovery, &config.data.join("spool"), &sickness);
        let unrecorded = Arc::new(Unrecorded::default());
        unrecorded
            .damaged
            .store(recovery.gaps.iter().map(|gap| gap.to - gap.from + 1).sum(), Ordering::Relaxed);
        let spool = Arc::new(spool);
        let counted = async { counters::position(&mut *catalog.read().await?, CATALOG).await };
        uncounted(spool.reader(runtime.block_on(counted)?)).context("counting what the spool holds")?;
        let options = analytics::Options {
            seal_after: config.seal_after.as_millis() as i64,
            seal_rows: config.seal_rows,
            on_query_thread: || be_nice(PATIENT),
            ..analytics::Options::default()
        };
        let store = Arc::new(Local::open(&config.data.join("store"), options).context("store")?);
        // A catalog that was put back may be of before some erasures.
        let behind = runtime.block_on(erasure::take_up(catalog, &config.data));
        match behind.context("erasures")? {
            0 => {}
            behind => tracing::warn!(behind, "Erasures that the catalog does not know are done again"),
        }
        store.hide(runtime.block_on(erasure::hidden(catalog, now)).context("what is hidden")?);
        let position = store.position();
        if let Some(position) = position {
            spool.release(STORE, position);
        }
        let days = Arc::new(Days::open(KeyFolder::open(&config.data)?, now).context("day keys")?);
        store.today(now.utc_day(), |scan| {
            if let Some(day) = days.if_current(now.utc_day()) {
                day.restore(scan.workspace, scan.link, scan.visitor);
            }
        })?;

        let caught_up = Arc::new(AtomicBool::new(false));
        let read_up_to = Arc::new(AtomicI64::new(0));
        let store_consumer = StoreConsumer {
            spool: spool.clone(),
            store: store.clone(),
            feed: feed.clone(),
            days: days.clone(),
            sickness: sickness.clone(),
            caught_up: caught_up.clone(),
            clock: clock.clone(),
            read_up_to: read_up_to.clone(),
            hot_rows_max: config.hot_rows_max,
            unrecorded: unrecorded.clone(),
        };
        let bell = Arc::new(Notify::new());
        let catalog_consumer = CatalogConsumer {
            spool: spool.clone(),
            catalog: catalog.clone(),
            sickness: sickness.clone(),
            clock: clock.clone(),
            counts_all: config.count_all,
            bell: bell.clone(),
        };
        let keeper = Arc::new(StoreKeeper {
            store: store.clone(),
            spool: spool.clone(),
            clock: clock.clone(),
            sickness: sickness.clone(),
            spool_share: config.max_spool_bytes / SPOOL_SHARE,
        });
        let (stop_consuming, stop_keeping) = (Stop::default(), Stop::default());
        let (stop, store_stop, runtime) = (stop_consuming.clone(), stop_consuming.clone(), runtime.clone());
        let consuming = vec![
            spawn("store-consumer", PROMPT, move || store_consumer.run(position, &store_stop))?,
            spawn("catalog-consumer", PROMPT, move || catalog_consumer.run(&runtime, &stop))?,
        ];
        let (keeps, stop) = (keeper.clone(), stop_keeping.clone());
        let keeping = vec![spawn("store-keeper", PROMPT, move || keeps.run(&stop))?];
        Ok(Self {
            spool,
            store,
            feed,
            days,
            read_up_to,
            sickness,
            unrecorded,
            bell,
            caught_up,
            keeper,
            keeping,
            stop_keeping,
            consuming,
            stop_consuming,
        })
    }

    /// Has the store's segments merged from now on, as the clock says. Who records scans of the past does so at the end.
    pub fn keep_merged(&mut self, clock: &Clock) -> std::io::Result<()> {
        let (store, sickness) = (self.store.clone(), self.sickness.clone());
        let merger = StoreMerger { store, clock: clock.clone(), sickness };
        let stop = self.stop_keeping.clone();
        self.keeping.push(spawn("store-merger", PATIENT, move || merger.run(&stop))?);
        Ok(())
    }

    /// Waits until the store has taken in what an earlier process left in the spool. False when that takes longer.
    pub fn catch_up(&self, at_most: Duration) -> bool {
        let began = Instant::now();
        while !self.caught_up.load(Ordering::Acquire) {
            if began.elapsed() >= at_most {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Stops: the spool is synced, the consumers read it to its end, what is hot is sealed. Nothing may be appended any
    /// more. Returns how many scans that were answered are lost by it.
    pub fn stop(self) -> u64 {
        self.stop_keeping.ask();
        self.spool.sync();
        self.stop_consuming.ask();
        for thread in self.consuming.into_iter().chain(self.keeping) {
            if thread.join().is_err() {
                tracing::error!("A background thread panicked");
            }
        }
        self.keeper.seal();
        let before = self.spool.status().lost.total();
        self.spool.close(Duration::from_secs(2));
        // Nobody else is left to tell it: these had been answered, and waited for a disk that takes them.
        let status = self.spool.status();
        let lost = (status.lost.total() - before).max(status.at_risk + status.adrift);
        if lost > 0 {
            let error = status.last_error.unwrap_or_default();
            tracing::error!(
                lost,
                error,
                "Scans that were answered could not be written before the end; they are lost"
            );
        }
        lost
    }
}

/// Starts a named thread that is as nice to the redirects as is said.
pub(crate) fn spawn(
    name: &str,
    nice: i32,
    work: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        be_nice(nice);
        work();
    })
}
