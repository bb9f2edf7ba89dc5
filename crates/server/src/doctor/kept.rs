//! What the catalog and the files tell of earlier runs, read without a lock.

use super::Check;
use crate::catalog::{Catalog, counters, domains, installation, workspaces};
use model::Millis;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Traces of earlier runs.
#[derive(Debug, Default)]
pub struct Kept {
    /// The file that was written last, and when.
    pub newest_file: Option<(PathBuf, Millis)>,
    /// The latest scan that a link has counted.
    pub last_scan: Option<Millis>,
    /// Time zones of workspaces.
    pub zones: Vec<String>,
    /// Base URL set in the dashboard.
    pub base_url: Option<String>,
    /// Names of workspaces' domains under which codes answer.
    pub domains: Vec<String>,
}

/// Reads what there is, and says how that went.
pub fn read(data: &Path, is_running: bool) -> (Kept, Check) {
    const NAME: &str = "data.catalog";
    let mut kept = Kept { newest_file: newest_file(data), ..Kept::default() };
    let path = data.join("catalog.db");
    let check = match path.metadata() {
        Err(_) => Check::ok(NAME, "There is no catalog yet; the first start makes it."),
        Ok(metadata) => match look_into(&path, is_running, &mut kept) {
            Ok(()) => Check::ok(NAME, format!("The catalog ({} KiB) can be read.", metadata.len() / 1024)),
            Err(error) => Check::fail(
                NAME,
                format!("{} cannot be read: {error:#}.", path.display()),
                "Restore it from a backup, or run `sqlite3 catalog.db .recover` on a copy.",
            ),
        },
    };
    (kept, check)
}

fn look_into(path: &Path, is_running: bool, kept: &mut Kept) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut db = Catalog::look(path, is_running).await?;
        kept.base_url = installation::saved_base_url(&mut db).await?;
        kept.zones = workspaces::timezones(&mut db).await?;
        kept.domains = domains::active(&mut db).await?.into_iter().map(|domain| domain.name).collect();
        kept.last_scan = counters::last_scan(&mut db).await?;
        Ok(())
    })
}

/// The latest time of a file that the server writes.
fn newest_file(data: &Path) -> Option<(PathBuf, Millis)> {
    let folders = ["", "spool", "store", "store/segments"].map(|name| data.join(name));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let times = entries.filter_map(|entry| {
        let since = entry.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some((entry.path(), Millis(since.as_millis() as i64)))
    });
    times.max_by_key(|(_, at)| at.0)
}
