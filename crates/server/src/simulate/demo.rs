//! What the demo workspace shows: three businesses that print codes, ninety days of their scans, and more as time goes on.

use super::countries::COUNTRIES;
use super::people::People;
use super::record_patiently;
use super::rhythm::{self, Span};
use super::trades::TRADES;
use super::visits::Visits;
use super::world::{Business, World};
use crate::catalog::{Catalog, demo};
use crate::clock::Clock;
use crate::consumers::Stop;
use crate::geo::Geo;
use crate::redirect::table::LinkTable;
use model::time::DAY_MS;
use model::{Millis, WorkspaceId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spool::Spool;
use std::time::Duration;
use tokio::runtime::Handle;

/// Days that the demo looks back on.
const DAYS: i64 = 90;
/// Scans in them: one every half minute or so, few enough to be there at once and enough for every chart.
const SCANS: i64 = 240_000;
/// Shortest and longest pause between two live scans, in milliseconds: neither a flood at noon nor silence at night.
const PAUSE_MS: (f64, f64) = (4_000.0, 30_000.0);

/// A business of the demo: its name, trade, home, links, and part of all scans.
const BUSINESSES: [(&str, &str, &str, usize, f64); 3] = [
    ("Linden Kitchen", "Table", "CH", 13, 0.36),
    ("Alpine Coffee", "Box insert", "AT", 9, 0.38),
    ("Paper Boats", "Poster", "DE", 10, 0.26),
];

/// Zone in which the demo's days begin: the restaurant's.
pub const TIMEZONE: &str = "Europe/Zurich";

/// Where the demo's scans come from and go to.
pub struct Demo<'d> {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Where its links are made.
    pub catalog: &'d Catalog,
    /// Where the redirect finds them.
    pub table: &'d LinkTable,
    /// What drives the catalog.
    pub runtime: &'d Handle,
    /// Where its scans are recorded.
    pub spool: &'d Spool,
    /// Where its people live.
    pub geo: &'d Geo,
    /// When they scan.
    pub clock: &'d Clock,
    /// The host their codes name.
    pub domain: &'d str,
}

impl Demo<'_> {
    /// Makes the links if there are none, records what happened since the last scan, and goes on scan by scan until it
    /// is asked to stop.
    pub fn run(&self, stop: &Stop) -> anyhow::Result<()> {
        let mut random = ChaCha8Rng::from_seed(rand::random());
        let people = People::new(self.geo, &mut random);
        let now = self.clock.now();
        let begin = now.plus(-DAYS * DAY_MS);
        let world = self.runtime.block_on(self.world(&people, begin, &mut random))?;
        let last = self
            .runtime
            .block_on(async { demo::last_scan(&mut *self.catalog.read().await?, self.workspace).await })?;
        if world.links.is_empty() {
            // Its owner has deleted or renamed them all.
            return Ok(());
        }
        let mut visits = Visits::new(&world, &people, self.domain, ChaCha8Rng::from_seed(random.random()));
        let since = last.map_or(begin, |last| last.max(begin)).min(now);
        let scans = (now.0 - since.0) * SCANS / (DAYS * DAY_MS);
        for span in rhythm::spans(&world.groups, since, now, scans as u64, &mut random) {
            if stop.is_asked() {
                return Ok(());
            }
            visits.of_span(span, |scan| record_patiently(self.spool, scan, stop))?;
        }
        tracing::info!(scans, "Simulated the demo's scans up to now");
        let usual = rhythm::mean_intensity(&world.groups, now);
        loop {
            let busy = rhythm::intensity(&world.groups, self.clock.now()) / usual;
            let pause = (DAYS * DAY_MS) as f64 / SCANS as f64 / busy;
            let pause = pause.clamp(PAUSE_MS.0, PAUSE_MS.1) * random.random_range(0.4..1.6);
            if stop.wait(Duration::from_millis(pause as u64)) {
                return Ok(());
            }
            let start = self.clock.now();
            visits.of_span(Span { start, end: start.plus(1), scans: 1 }, |scan| {
                record_patiently(self.spool, scan, stop)
            })?;
        }
    }

    async fn world(
        &self,
        people: &People<'_>,
        since: Millis,
        random: &mut impl Rng,
    ) -> anyhow::Result<World> {
        let businesses = BUSINESSES.map(|(name, series, home, links, share)| Business {
            workspace: self.workspace,
            trade: TRADES.iter().position(|trade| trade.series == series).expect("a trade that there is"),
            country: COUNTRIES.iter().position(|country| country.code == home).expect("a country listed"),
            links,
            share,
            name,
        });
        let made = demo::links(&mut *self.catalog.read().await?, self.workspace).await?;
        if !made.is_empty() {
            return World::find(self.catalog, people, &businesses, &made, random).await;
        }
        let world = World::make(self.catalog, people, &businesses, since, random, |_| ()).await?;
        for simulated in &world.links {
            self.table.refresh(self.catalog, simulated.link.id).await?;
        }
        Ok(world)
    }
}
