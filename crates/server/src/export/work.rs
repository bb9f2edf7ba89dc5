//! Exports that were asked for as jobs: one after the other into a file of the data directory, which goes after some
//! days. A killed process makes the one it was at from the start again.

use super::source::Object;
use super::{Making, off_the_api, read};
use crate::app::App;
use crate::catalog::exports::{self, Export, Finished};
use crate::catalog::{self, Catalog};
use crate::error::{ApiError, ApiResult};
use crate::exit::bundle;
use crate::exit::pack::Pack;
use model::Millis;
use model::time::DAY_MS;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use uuid::Uuid;

/// How long a finished file is kept.
pub const KEPT_MS: i64 = 7 * DAY_MS;
/// How often it is noted how far one is.
const NOTED: Duration = Duration::from_millis(400);
/// How long an export waits for a catalog that did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes that an export leaves free on the disk: scans need them more.
const LEFT_FREE: u64 = 256 << 20;
/// Bytes between two looks at what is free.
const LOOKED: u64 = 32 << 20;

/// The folder of the files.
pub fn folder(data: &Path) -> PathBuf {
    data.join("exports")
}

/// The file of an export.
pub fn file(data: &Path, id: Uuid) -> PathBuf {
    folder(data).join(id.to_string())
}

/// Makes the exports that wait, one after the other, until it is told to stop.
pub async fn work(app: App, mut stop: watch::Receiver<bool>) {
    if let Err(error) = remove_strangers(&app.catalog, &app.config.data).await {
        tracing::warn!(%error, "Files of exports that are no more could not be removed");
    }
    loop {
        let next = async { exports::next(&mut *app.catalog.read().await?).await };
        let done = match next.await {
            Ok(Some(export)) => make(&app, &export, &stop).await,
            Ok(None) => {
                tokio::select! {
                    () = app.export_waits.notified() => {}
                    _ = stop.changed() => return,
                }
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        if done.is_err() {
            // The cause is in the log; the export waits as it was.
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.changed() => return,
            }
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// A file on its way.
struct Output {
    file: File,
    digest: Sha256,
    bytes: u64,
    looked_at: u64,
}

impl Output {
    fn create(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path.parent().unwrap_or(path))?;
        Ok(Self { file: File::create(path)?, digest: Sha256::new(), bytes: 0, looked_at: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.bytes >= self.looked_at {
            let disk = rustix::fs::fstatvfs(&self.file)?;
            if disk.f_bavail.saturating_mul(disk.f_frsize) < LEFT_FREE {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            self.looked_at = self.bytes + LOOKED;
        }
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

/// How making one ended.
enum End {
    /// Rows, bytes, digest.
    Written(u64, u64, String),
    /// It was taken back, or the server stops.
    Left,
}

/// Makes one export. An error is the catalog's; what is wrong with the export ends it.
async fn make(app: &App, export: &Export, stop: &watch::Receiver<bool>) -> ApiResult<()> {
    let (id, path) = (export.id, file(&app.config.data, export.id));
    let on_its_way = path.with_extension("part");
    let outcome = match written(app, export, &on_its_way, stop).await {
        Ok(End::Left) => {
            drop(std::fs::remove_file(&on_its_way));
            return Ok(());
        }
        Ok(End::Written(rows, bytes, sha256)) => match std::fs::rename(&on_its_way, &path) {
            Ok(()) => Ok((rows, bytes, sha256)),
            Err(error) => Err(refused(&error)),
        },
        // A catalog that does not answer: it is made later.
        Err(error) if error.status().as_u16() == 503 => return Err(error),
        Err(error) => Err(error),
    };
    let now = app.clock.now();
    let (done, bytes) = outcome.as_ref().map_or((0, 0), |(rows, bytes, _)| (*rows, *bytes));
    let outcome = outcome.map(|(.., sha256)| sha256).map_err(|error| {
        let field = error.detail().map(|detail| format!("{}: ", detail.field)).unwrap_or_default();
        format!("{field}{}", error.message())
    });
    let is_failed = outcome.is_err();
    let finished = Finished { done, bytes, outcome, expires_at: now.plus(KEPT_MS) };
    let is_wanted = app.catalog.write(async move |db| exports::finish(db, id, &finished, now).await).await?;
    if is_failed || !is_wanted {
        drop(std::fs::remove_file(&on_its_way));
        drop(std::fs::remove_file(&path));
    }
    Ok(())
}

async fn written(app: &App, export: &Export, path: &Path, stop: &watch::Receiver<bool>) -> ApiResult<End> {
    if export.object == Object::Bundle.as_str() {
        return bundled(app, export, path, stop).await;
    }
    let path = path.to_owned();
    let mut output = on_disk(move || Output::create(&path)).await?;
    let mut making = Making::begin(app, export.workspace, read(&export.request)?).await?;
    let mut noted: Option<Instant> = None;
    while let Some(bytes) = making.next().await? {
        output = on_disk(move || output.write(&bytes).map(|()| output)).await?;
        if *stop.borrow() {
            return Ok(End::Left);
        }
        if noted.is_none_or(|noted| noted.elapsed() >= NOTED) {
            noted = Some(Instant::now());
            let (id, rows, progress, bytes) = (export.id, making.rows, making.progress(), output.bytes);
            let note = app.catalog.write(async move |db| exports::note(db, id, rows, progress, bytes).await);
            if !note.await? {
                return Ok(End::Left);
            }
        }
    }
    let (bytes, digest) = on_disk(move || {
        output.file.sync_all()?;
        Ok((output.bytes, output.digest.finalize()))
    })
    .await?;
    Ok(End::Written(making.rows, bytes, hexadecimal(&digest)))
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes a bundle; its rows are the codes in its maps.
async fn bundled(app: &App, export: &Export, path: &Path, stop: &watch::Receiver<bool>) -> ApiResult<End> {
    let place = path.to_owned();
    let pack = on_disk(move || {
        std::fs::create_dir_all(place.parent().unwrap_or(&place))?;
        Pack::zip(&place).map_err(io::Error::other)
    })
    .await?;
    let (telling, mut told) = watch::channel(0_u64);
    let mut writing = Box::pin(async {
        let mut tell = |thousandths: u64| {
            telling.send_replace(thousandths);
            !*stop.borrow() && !telling.is_closed()
        };
        bundle::write(app, export.workspace, pack, &mut tell).await
    });
    let written = loop {
        tokio::select! {
            written = &mut writing => break written?,
            () = tokio::time::sleep(NOTED) => {
                let (id, progress) = (export.id, *told.borrow_and_update());
                let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
                if !app.catalog.write(async move |db| exports::note(db, id, 0, progress, bytes).await).await? {
                    return Ok(End::Left);
                }
            }
        }
    };
    let Some((pack, codes)) = written else { return Ok(End::Left) };
    let place = path.to_owned();
    let (bytes, digest) = on_disk(move || {
        let file = pack.end().map_err(io::Error::other)?;
        file.map_or(Ok(()), |file| file.sync_all())?;
        let mut digest = Sha256::new();
        let bytes = io::copy(&mut File::open(&place)?, &mut digest)?;
        Ok((bytes, digest.finalize()))
    })
    .await?;
    Ok(End::Written(codes as u64, bytes, hexadecimal(&digest)))
}

/// Works on a file off the API's threads.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> ApiResult<T> {
    off_the_api(move || Ok(work())).await?.map_err(|error| refused(&error))
}

fn refused(error: &io::Error) -> ApiError {
    let message = match error.kind() {
        io::ErrorKind::StorageFull => format!(
            "the disk of the data directory is nearly full (an export leaves {} MiB free); make room, or take less at once",
            LEFT_FREE >> 20
        ),
        _ => format!("the file could not be written: {error}; see that the data directory is writable"),
    };
    ApiError::bad_request(message)
}

/// Lets go the exports whose time is over, with their files.
pub async fn forget_expired(app: &App, now: Millis) -> catalog::Result<()> {
    let expired = exports::expired(&mut *app.catalog.read().await?, now).await?;
    if expired.is_empty() {
        return Ok(());
    }
    app.catalog.write(async move |db| exports::forget_expired(db, now).await).await?;
    expired.iter().for_each(|id| remove(app, *id));
    Ok(())
}

/// Removes an export's file, whole or on its way.
pub fn remove(app: &App, id: Uuid) {
    let path = file(&app.config.data, id);
    for path in [path.with_extension("part"), path] {
        if let Err(error) = std::fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %path.display(), "The file of an export could not be removed");
        }
    }
}

/// Removes files that belong to no export: of a deleted workspace, of an erasure, or left by a process that was killed.
pub async fn remove_strangers(catalog: &Catalog, data: &Path) -> anyhow::Result<()> {
    let known = exports::ids(&mut *catalog.read().await?).await?;
    let Ok(files) = std::fs::read_dir(folder(data)) else { return Ok(()) };
    for entry in files {
        let path = entry?.path();
        // The name is the id, with an extension while the file is on its way.
        let id = path.file_stem().and_then(|name| name.to_str()).and_then(|name| Uuid::parse_str(name).ok());
        if id.is_none_or(|id| !known.contains(&id)) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
