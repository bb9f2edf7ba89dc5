//! Does the erasures that wait, one at a time, while the server runs.

use super::{Bench, Halt};
use crate::app::App;
use crate::catalog::erasures as rows;
use std::time::Duration;
use tokio::sync::watch;

/// How long an erasure waits for what did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// What an erasure of the server works with.
pub fn bench(app: &App) -> Bench {
    Bench {
        catalog: app.catalog.clone(),
        store: app.store.clone(),
        spool: app.spool.clone(),
        feed: app.feed.clone(),
        days: app.redirector.days.clone(),
        clock: app.clock.clone(),
        data: app.config.data.clone(),
        past: app.past.clone(),
    }
}

/// Does the erasures until it is told to stop; one that is interrupted goes on at the next start.
pub async fn work(app: App, mut stop: watch::Receiver<bool>) {
    let bench = bench(&app);
    loop {
        let next = async { rows::next(&mut *app.catalog.read().await?).await };
        let done = match next.await {
            Ok(Some(mut erasure)) => bench.go_on(&mut erasure, || *stop.borrow(), |_| ()).await.map(drop),
            Ok(None) => {
                tokio::select! {
                    () = app.erasure_waits.notified() => {}
                    _ = stop.changed() => return,
                }
                Ok(())
            }
            Err(error) => Err(Halt::from(error)),
        };
        match done {
            Ok(()) => app.sickness.clear("erasing"),
            Err(error) => {
                app.sickness.note("erasing", error);
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
