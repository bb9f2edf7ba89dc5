//! The demo while the server runs: a thread that keeps it supplied with scans, and the way out of it.

use crate::app::App;
use crate::catalog::demo;
use crate::consumers::Stop;
use crate::niceness::PATIENT;
use crate::pipeline::spawn;
use crate::simulate;
use model::{Millis, WorkspaceId};
use parking_lot::Mutex;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use tokio::runtime::Handle;

/// The thread, while there is a demo.
#[derive(Default)]
pub struct Supply(Mutex<Option<(Stop, JoinHandle<()>)>>);

impl Supply {
    /// Begins to supply the demo, if there is one.
    pub fn start(app: &App, runtime: &Handle) -> anyhow::Result<()> {
        let Some(workspace) =
            runtime.block_on(async { demo::find(&mut *app.catalog.read().await?).await })?
        else {
            return Ok(());
        };
        let (stop, runtime, supplied) = (Stop::default(), runtime.clone(), app.clone());
        let asked = stop.clone();
        let thread = spawn("demo", PATIENT, move || {
            let demo = simulate::demo::Demo {
                workspace,
                catalog: &supplied.catalog,
                table: &supplied.table,
                runtime: &runtime,
                spool: &supplied.spool,
                geo: &supplied.redirector.geo.load_full(),
                clock: &supplied.clock,
                domain: &supplied.hosts().own_authority(),
            };
            if let Err(error) = demo.run(&asked)
                && !asked.is_asked()
            {
                tracing::error!(error = format!("{error:#}"), "The demo has no more scans");
            }
        })?;
        *app.demo.0.lock() = Some((stop, thread));
        Ok(())
    }

    /// Ends the supply; when it returns nothing more is recorded.
    pub fn stop(&self) {
        let Some((stop, thread)) = self.0.lock().take() else { return };
        stop.ask();
        if thread.join().is_err() {
            tracing::error!("The demo's thread panicked");
        }
    }
}

/// Milliseconds after a drop in which a redirect that was under way may still record a scan.
const UNDER_WAY_MS: i64 = 2_000;

/// Removes the scans of dropped workspaces from the scan store, as far as all of them are in it.
pub async fn remove_dropped(app: &App) -> anyhow::Result<()> {
    let dropped = demo::dropped(&mut *app.catalog.read().await?).await?;
    for (workspace, at) in dropped {
        if Millis(app.read_up_to.load(Ordering::Acquire)) >= at.plus(UNDER_WAY_MS) {
            remove(app, workspace).await?;
        }
    }
    Ok(())
}

async fn remove(app: &App, workspace: WorkspaceId) -> anyhow::Result<()> {
    let store = app.store.clone();
    let rows = tokio::task::spawn_blocking(move || store.drop_workspace(workspace)).await??;
    app.catalog.write(async move |db| demo::forget_dropped(db, workspace).await).await?;
    tracing::info!(rows, workspace.id = %workspace, "Removed the scans of a workspace that was dropped");
    Ok(())
}
