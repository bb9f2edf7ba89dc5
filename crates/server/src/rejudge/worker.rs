//! Does the runs that wait, one at a time, while the server runs.

use super::{Bench, Halt};
use crate::app::App;
use crate::catalog::rejudge::{self as rows, Run};
use crate::erasure::is_counted;
use crate::verdict::again::judge_again;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a run waits for a catalog that did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether what was recorded is counted.
const LOOK: Duration = Duration::from_millis(50);
/// Longest that is waited for it. Counters that are still behind take their gains all the same.
const CATCH_UP: Duration = Duration::from_secs(60);

/// What a run of the server works with.
pub fn bench(app: &App) -> Bench {
    let redirector = app.redirector.clone();
    Bench {
        catalog: app.catalog.clone(),
        store: app.store.clone(),
        clock: app.clock.clone(),
        past: app.past.clone(),
        judge: Arc::new(move |scan| judge_again(scan, &redirector.agents)),
    }
}

/// Does the runs until it is told to stop; one that is interrupted goes on at the next start.
pub async fn work(app: App, mut stop: watch::Receiver<bool>) {
    let bench = bench(&app);
    loop {
        let next = async { rows::next(&mut *app.catalog.read().await?).await };
        let done = match next.await {
            Ok(Some(run)) => one(&app, &bench, run, &stop).await,
            Ok(None) => {
                tokio::select! {
                    () = app.rejudge_waits.notified() => {}
                    _ = stop.changed() => return,
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => app.sickness.clear("judging again"),
            Err(error) => {
                app.sickness.note("judging again", error);
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    _ = stop.changed() => return,
                }
            }
        }
        if *stop.borrow() {
            return;
        }
    }
}

async fn one(app: &App, bench: &Bench, mut run: Run, stop: &watch::Receiver<bool>) -> Result<(), Halt> {
    let is_asked_to_stop = || *stop.borrow();
    let began = Instant::now();
    while !is_counted(&app.spool, &app.store, &app.catalog).await? && began.elapsed() < CATCH_UP {
        if is_asked_to_stop() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    bench.go_on(&mut run, is_asked_to_stop, |_| ()).await?;
    Ok(())
}
