//! The catalog: everything that is not a scan. SQLite, one writer, reads beside it.
//!
//! All catalog SQL is in this module's files, in the subset that SQLite and PostgreSQL share, one query a function,
//! named for its answer. The workspace comes first; look-ups that cannot know it yet (a token, a session, the link
//! table) say so.

pub mod accounts;
pub mod annotations;
pub mod answers;
pub mod backups;
pub mod changes;
pub mod consents;
pub mod counters;
pub mod dashboards;
pub mod demo;
pub mod designs;
pub mod directories;
pub mod domains;
pub mod drafts;
pub mod erasures;
mod error;
pub mod exports;
pub mod imports;
pub mod installation;
pub mod invites;
pub mod jobs;
pub mod links;
pub mod logos;
pub mod media;
pub mod notices;
pub mod orphans;
pub mod qrcode_templates;
pub mod rejudge;
pub mod retention;
pub mod saved_filters;
pub mod sessions;
pub mod slugs;
pub mod steps;
pub mod submissions;
pub mod table;
pub mod tags;
pub mod themes;
pub mod tokens;
pub mod verdicts;
pub mod versions;
pub mod visitors;
pub mod webhooks;
pub mod workspaces;
mod writer;

use changes::begun;
use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;

pub use error::{Error, Hindrance};
pub use sqlx::SqliteConnection as Connection;
pub use writer::Writer;

/// Shorthand for catalog queries.
pub type Result<T> = std::result::Result<T, Error>;

/// The catalog.
#[derive(Clone)]
pub struct Catalog {
    reads: SqlitePool,
    writer: Writer,
}

impl Catalog {
    /// Opens `path`, brings its tables up to date and starts the writer thread.
    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted is overwritten, not only forgotten.
            .pragma("secure_delete", "on")
            .busy_timeout(Duration::from_secs(5));
        let writer = Writer::start(options.clone()).await?;
        let reads = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
        Ok(Self { reads, writer })
    }

    /// One connection that only reads, beside a server or while none runs: nothing is made, migrated or locked.
    pub async fn look(path: &Path, is_running: bool) -> Result<Connection> {
        // With nobody writing and nothing in the log, SQLite need not even make its shared memory.
        let log = path.with_extension("db-wal");
        let is_still = !is_running && log.metadata().map_or(true, |log| log.len() == 0);
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(is_still);
        Ok(options.busy_timeout(Duration::from_secs(2)).connect().await?)
    }

    /// Runs `change` in a transaction that it may share with changes waiting at the same time; answers after the
    /// commit. What an erring change has written is undone, and only that.
    pub async fn write<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        // What a request changes is noted with the change itself; see `changes/begun.rs`.
        match begun::current() {
            None => self.writer.run(change).await,
            Some(act) => self.writer.run(async move |db| act.during(db, change).await).await,
        }
    }

    /// Runs a change that may be refused while it is being made: then all that it has written is undone.
    pub async fn attempt<T, E, F>(&self, change: F) -> Result<std::result::Result<T, E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: AsyncFnOnce(&mut Connection) -> Result<std::result::Result<T, E>> + Send + 'static,
    {
        let (refuse, refused) = tokio::sync::oneshot::channel();
        let done = self.write(async move |db| {
            change(db).await?.map_err(|why| {
                // Who asked waits for it.
                let _ = refuse.send(why);
                Error::Refused
            })
        });
        match done.await {
            Err(Error::Refused) => Ok(Err(refused.await.map_err(|_| Error::Refused)?)),
            done => done.map(Ok),
        }
    }

    /// Writes the file anew and empties its log: nothing of what was deleted is left in either. Changes wait meanwhile.
    pub async fn compact(&self) -> Result<()> {
        self.writer.compact().await
    }

    /// A connection for reading what is committed.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>> {
        Ok(self.reads.acquire().await?)
    }

    /// Finishes what is waiting and closes the files.
    pub async fn close(&self) {
        self.reads.close().await;
        self.writer.stop().await;
    }
}
