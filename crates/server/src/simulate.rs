//! Scans that nobody made, for trying things out at any size: invented people scan invented links by the clocks of
//! their countries. What is recorded of them goes through the same spool, consumers and store as any other scan.

mod clients;
mod countries;
pub mod demo;
mod people;
pub mod progress;
mod rhythm;
mod trades;
mod visits;
mod world;

use crate::api::auth::hash_secret;
use crate::catalog::Catalog;
use crate::catalog::tokens::{self, NewToken};
use crate::clock::Clock;
use crate::config::Config;
use crate::consumers::{Stop, merging};
use crate::geo::Geo;
use crate::hosts::Hosts;
use crate::pipeline::Pipeline;
use crate::redirect::batch;
use crate::{base_url, data_dir, secret};
use anyhow::{Context, bail};
use model::time::DAY_MS;
use model::{Millis, Scan, WorkspaceId};
use people::People;
use progress::Progress;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spool::{Appended, Frames, LossReason, Spool};
use std::time::{Duration, Instant};
use visits::Visits;
use world::World;

/// What to simulate.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Scans.
    pub scans: u64,
    /// Links they fall on.
    pub links: u32,
    /// Workspaces the links belong to.
    pub workspaces: u32,
    /// Days they are spread over.
    pub days: u32,
    /// End of the last day.
    pub until: Millis,
    /// All that is drawn follows from this.
    pub seed: u64,
    /// Scans a second at most.
    pub rate: Option<u64>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Scans recorded; fewer than planned when it was stopped.
    pub scans: u64,
    /// How long drawing and recording took.
    pub recording: Duration,
    /// How long it took altogether.
    pub altogether: Duration,
    /// The workspaces made, busiest first.
    pub workspaces: Vec<WorkspaceId>,
    /// A secret token of the first of them.
    pub token: String,
    /// Scans in the store that were there before or are of this simulation.
    pub stored: u64,
    /// Bytes of their segments.
    pub bytes: u64,
    /// Days they cover.
    pub days: usize,
}

/// Bytes in the spool from which on recording waits for the store.
const AHEAD: u64 = 512 << 20;
/// Scans between two looks at the clock and the spool.
const LOOK: u64 = 1024;

/// Runs a plan on a data directory, which no server may be using. Asked to stop, it leaves what it has recorded.
pub fn run(config: &Config, clock: &Clock, plan: Plan, stop: &Stop) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let _lock = data_dir::open(&config.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let catalog = runtime.block_on(Catalog::open(&config.data.join("catalog.db"))).context("catalog.db")?;
    let base = config.base_url.clone().map_or_else(|| base_url::of_config(config), Ok)?;
    let domain = Hosts::new(base, &[]).own_authority();
    let (geo, _) = Geo::load(config);
    let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
    let mut progress = Progress::start();
    if geo.is_empty() {
        progress.say("No geo files: the scans will have no place. `make geo` fetches some.");
    }
    let people = People::new(&geo, &mut random);
    let since = plan.until.plus(-i64::from(plan.days) * DAY_MS);
    let size = (plan.workspaces, plan.links);
    let businesses =
        runtime.block_on(world::make_workspaces(&catalog, size, (since, clock.now()), &mut random))?;
    let world =
        runtime.block_on(World::make(&catalog, &people, &businesses, since, &mut random, |made| {
            progress.show("links", made as u64, u64::from(plan.links));
        }))?;
    let workspaces: Vec<WorkspaceId> = businesses.iter().map(|business| business.workspace).collect();
    let token = runtime.block_on(first_token(&catalog, workspaces[0], clock.now()))?;

    // All scans are old at once; only their number says when to seal.
    let config = Config { seal_after: Duration::from_millis(i64::MAX as u64), ..config.clone() };
    let pipeline = Pipeline::start(&config, clock, &catalog, runtime.handle(), |_| Ok(()))?;
    let recording = Instant::now();
    let spans = rhythm::spans(&world.groups, since, plan.until, plan.scans, &mut random);
    let mut visits = Visits::new(&world, &people, &domain, ChaCha8Rng::from_seed(random.random()));
    let mut recorder = Recorder {
        spool: &pipeline.spool,
        plan,
        stop,
        began: recording,
        recorded: 0,
        progress: &mut progress,
    };
    let mut outcome = Ok(());
    for span in spans {
        outcome = visits.of_span(span, |scan| recorder.take(scan));
        if outcome.is_err() || stop.is_asked() {
            break;
        }
    }
    let recorded = recorder.recorded;
    let recording = recording.elapsed();
    progress.show("storing", recorded, recorded);
    let store = pipeline.store.clone();
    let lost = pipeline.stop();
    runtime.block_on(catalog.close());
    if !stop.is_asked() {
        merge(&store, clock.now(), stop, &mut progress)?;
    }
    progress.end();
    if let Err(error) = outcome
        && !error.is::<Stopped>()
    {
        return Err(error);
    }
    if lost > 0 {
        bail!("{lost} scans could not be written before the end; they are lost");
    }
    let stats = store.stats();
    Ok(Outcome {
        scans: recorded,
        recording,
        altogether: began.elapsed(),
        workspaces,
        token,
        stored: stats.rows,
        bytes: stats.bytes,
        days: stats.days,
    })
}

/// Makes a token, to look at the busiest workspace with.
async fn first_token(catalog: &Catalog, busiest: WorkspaceId, now: Millis) -> anyhow::Result<String> {
    let secret = secret::new_token(false);
    let hash = hash_secret(&secret);
    catalog
        .write(async move |db| tokens::create(db, busiest, NewToken::first(hash), now).await.map(drop))
        .await?;
    Ok(secret)
}

/// The plan was cut short by its user.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
struct Stopped;

/// Records scans, no faster than planned or than the store can follow.
struct Recorder<'r> {
    spool: &'r Spool,
    plan: Plan,
    stop: &'r Stop,
    began: Instant,
    recorded: u64,
    progress: &'r mut Progress,
}

impl Recorder<'_> {
    fn take(&mut self, scan: &Scan<'_>) -> anyhow::Result<()> {
        if self.recorded.is_multiple_of(LOOK) || self.plan.rate.is_some() {
            self.look()?;
        }
        record_patiently(self.spool, scan, self.stop)?;
        self.recorded += 1;
        Ok(())
    }

    fn look(&mut self) -> anyhow::Result<()> {
        loop {
            if self.stop.is_asked() {
                return Err(Stopped.into());
            }
            self.progress.show("scans", self.recorded, self.plan.scans);
            let early = self.plan.rate.map_or(Duration::ZERO, |rate| {
                Duration::from_secs_f64(self.recorded as f64 / rate as f64)
                    .saturating_sub(self.began.elapsed())
            });
            if !early.is_zero() {
                self.stop.wait(early.min(Duration::from_millis(200)));
            } else if self.recorded.is_multiple_of(LOOK) && self.spool.status().bytes > AHEAD {
                self.stop.wait(Duration::from_millis(20));
            } else {
                return Ok(());
            }
        }
    }
}

/// Longest that a disk may keep a simulated scan waiting.
const PATIENCE: Duration = Duration::from_secs(120);

/// Records a scan that has time: where the disk does not keep up it waits, rather than pile up in memory.
fn record_patiently(spool: &Spool, scan: &Scan<'_>, stop: &Stop) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut frames = Frames::default();
    loop {
        batch::push(&mut frames, scan);
        let appended = spool.append_frames(&mut frames);
        match appended {
            Appended::Written(_) => return Ok(()),
            Appended::AtRisk | Appended::Lost(LossReason::RingFull) => {}
            Appended::Lost(reason) => bail!("the spool did not take a scan: {}", reason.as_str()),
        }
        while spool.status().at_risk > 0 {
            if stop.wait(Duration::from_millis(10)) {
                return Err(Stopped.into());
            }
            if began.elapsed() > PATIENCE {
                bail!("the disk has not taken a scan for {} s", PATIENCE.as_secs());
            }
        }
        if appended == Appended::AtRisk {
            return Ok(());
        }
    }
}

/// Makes of the segments what the server makes of them in the course of time.
fn merge(store: &analytics::Local, now: Millis, stop: &Stop, progress: &mut Progress) -> anyhow::Result<()> {
    store.delete_facts_before(merging::facts_end(now))?;
    loop {
        let merged = store.merge_due_while(now, |merging| {
            progress.show("rows merged", merging.rows, merging.of);
            !stop.is_asked()
        })?;
        progress.end();
        if merged.is_none() {
            return Ok(());
        }
    }
}
