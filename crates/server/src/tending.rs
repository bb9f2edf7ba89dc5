//! What is looked after while the server runs: keys, geo files, what is to be removed; and, on a thread of its own that
//! never waits for the disk, the spool.

use crate::accept::Threads;
use crate::api::media::uploads;
use crate::app::App;
use crate::catalog::{answers, designs};
use crate::config::Config;
use crate::consumers::Stop;
use crate::geo::{Geo, sources};
use crate::retention;
use crate::status::{Sickness, Watch};
use crate::{clock, demo, erasure, export};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How often keys and files are looked after.
const TEND: Duration = Duration::from_secs(20);
/// How often the spool is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Opens the geo files and says what is wrong with them.
pub fn load_geo(config: &Config, sickness: &Sickness) -> Geo {
    let (geo, problems) = Geo::load(config);
    if problems.is_empty() {
        sickness.clear("geo files");
    } else {
        let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
        sickness.note("geo files", sentences.join("; "));
    }
    if geo.is_empty() {
        tracing::warn!("No geo files: scans have no place. `quietzone geo install FILE...` adds some");
    }
    geo
}

/// Opens the geo files again. While one cannot be used and nothing else tells what it told, those in use stay in use.
pub fn reload_geo(app: &App, config: &Config) {
    let geo = load_geo(config, &app.sickness);
    let old = app.redirector.geo.load_full();
    let tells_less =
        old.tells_places() && !geo.tells_places() || old.tells_networks() && !geo.tells_networks();
    if tells_less && app.sickness.is_sick("geo files") {
        tracing::error!("Geo files cannot be used; those in use stay in use");
        return;
    }
    tracing::info!(files = geo.files().len(), "Took up the geo files");
    app.redirector.geo.store(Arc::new(geo));
}

/// Says so when a look-up has come upon damage in a geo file; until the files are opened again.
pub fn look_at_geo_files(app: &App) {
    if let Some(damage) = app.redirector.geo.load().damage() {
        app.sickness.note("geo files", damage);
    }
}

/// Looks after keys, geo files and dropped workspaces until it is asked to stop.
pub fn tend(app: &App, runtime: &Handle, stop: &Stop) {
    let mut geo_files = sources::fingerprint(&app.config);
    loop {
        let files = sources::fingerprint(&app.config);
        if files != geo_files {
            reload_geo(app, &app.config);
            geo_files = files;
        }
        look_at_geo_files(app);
        look_at_certificate(app);
        look_at_clock(app);
        match app.redirector.days.tend(app.clock.now()) {
            Ok(()) => app.sickness.clear("day keys"),
            Err(error) => app.sickness.note("day keys", error),
        }
        match runtime.block_on(demo::remove_dropped(app)) {
            Ok(()) => app.sickness.clear("dropping"),
            Err(error) => app.sickness.note("dropping", error),
        }
        match runtime.block_on(forget_answers(app)) {
            Ok(()) => app.sickness.clear("kept answers"),
            Err(error) => app.sickness.note("kept answers", error),
        }
        match runtime.block_on(forget_waiting(app)) {
            Ok(()) => app.sickness.clear("what waits"),
            Err(error) => app.sickness.note("what waits", error),
        }
        match runtime.block_on(retention::tick(&erasure::worker::bench(app))) {
            Ok(_) => app.sickness.clear("retention"),
            Err(error) => app.sickness.note("retention", error),
        }
        if stop.wait(TEND) {
            return;
        }
    }
}

/// Says what is wrong with the certificate, if https is spoken.
pub fn look_at_certificate(app: &App) {
    let complaint = app.tls.as_ref().and_then(|tls| tls.complaint(app.clock.now()));
    match complaint {
        Some(complaint) => app.sickness.note("https", complaint),
        None => app.sickness.clear("https"),
    }
}

/// Says whether the clock is behind the last scan: scans of now stand before it until the clock has caught up.
pub fn look_at_clock(app: &App) {
    let last = app.store.stats().range.map(|(_, last)| last);
    match last.and_then(|last| clock::behind(app.clock.now(), "the last scan", last)) {
        Some(told) => {
            let mend = "have the system keep the time (timedatectl set-ntp true)";
            app.sickness.note("clock", format!("the {told}; {mend}"));
        }
        None => app.sickness.clear("clock"),
    }
}

/// Lets answers of idempotent requests go whose day is over, whether or not somebody makes another one.
async fn forget_answers(app: &App) -> crate::catalog::Result<()> {
    let now = app.clock.now();
    if answers::has_old(&mut *app.catalog.read().await?, now).await? {
        app.catalog.write(async move |db| answers::forget_old(db, now).await).await?;
    }
    Ok(())
}

/// Lets go what waited too long for somebody: looks of codes that nobody took, files that did not come.
pub async fn forget_waiting(app: &App) -> crate::catalog::Result<()> {
    let now = app.clock.now();
    if designs::has_stale(&mut *app.catalog.read().await?, now).await? {
        app.catalog.write(async move |db| designs::forget_stale(db, now).await).await?;
    }
    uploads::forget_late(app).await?;
    export::work::forget_expired(app, now).await
}

/// Looks at the spool until it is asked to stop: tells of its troubles, and has another thread stand in for one that
/// hangs in a write.
pub fn watch(app: &App, threads: &Threads, stop: &Stop) {
    let mut watch = Watch::new(&app.spool, app.config.data.join("spool"));
    loop {
        let stopping = stop.wait(LOOK);
        threads.stalled(!stopping && app.spool.stalled().is_some_and(|time| time >= app.config.max_wait));
        watch.look(app.spool.status(), &app.unrecorded, &app.sickness, Instant::now());
        if stopping {
            return watch.end(&app.spool.status(), &app.unrecorded);
        }
    }
}
