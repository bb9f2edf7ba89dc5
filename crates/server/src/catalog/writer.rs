//! The one thread that writes: takes the changes that wait as savepoints of one transaction and commits at most every
//! 5 ms, so that many small changes share a sync (DESIGN §5).

use super::{Connection, Error, Result};
use crate::niceness::{PROMPT, be_nice};
use anyhow::Context;
use futures_util::future::LocalBoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, Row};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Longest a transaction gathers changes.
const GATHER: Duration = Duration::from_millis(5);
/// Times that emptying the log is tried; each waits for readers as long as the connection does.
const CHECKPOINTS: usize = 20;

/// What became of a statement or a transaction; several askers are told.
type Outcome<T = ()> = std::result::Result<T, Arc<sqlx::Error>>;
/// Called after the commit with its outcome.
type Acknowledge = Box<dyn FnOnce(Outcome)>;
/// What a change is handed: the connection inside its savepoint, or why there is none.
type Savepoint<'c> = Outcome<&'c mut Connection>;
/// Whether to keep what a change wrote. If not, what the database said, if it was at fault.
type Kept = std::result::Result<(), Option<Arc<sqlx::Error>>>;
/// A change; says whether to keep what it wrote, and how to tell its asker.
type Change = Box<dyn for<'c> FnOnce(Savepoint<'c>) -> LocalBoxFuture<'c, (Kept, Acknowledge)> + Send>;

enum Order {
    Change(Change),
    /// Writes the file anew; says whether it could.
    Compact(oneshot::Sender<Result<()>>),
    Stop(oneshot::Sender<()>),
}

/// What a transaction met that cannot be done inside one.
enum Next {
    Compact(oneshot::Sender<Result<()>>),
    Stop(oneshot::Sender<()>),
}

/// Handle of the writer thread.
#[derive(Clone)]
pub struct Writer {
    orders: mpsc::Sender<Order>,
}

impl Writer {
    /// Opens the writing connection, migrates, and starts the thread.
    pub(super) async fn start(options: SqliteConnectOptions) -> anyhow::Result<Self> {
        let (orders, waiting) = mpsc::channel(1024);
        let (ready, opened) = oneshot::channel();
        std::thread::Builder::new().name("catalog-writer".into()).spawn(move || {
            be_nice(PROMPT);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(work(options, waiting, ready)),
                Err(error) => drop(ready.send(Err(error.into()))),
            }
        })?;
        opened.await.context("the catalog's writer thread ended")??;
        Ok(Self { orders })
    }

    pub(super) async fn run<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let change: Change = Box::new(move |savepoint| {
            Box::pin(async move {
                let result = match savepoint {
                    Ok(connection) => change(connection).await,
                    Err(error) => Err(Error::Commit(error)),
                };
                let kept = result.as_ref().map(|_| ()).map_err(|error| error.cause().cloned());
                let acknowledge: Acknowledge = Box::new(move |committed| {
                    // The asker may have gone away; the change stands all the same.
                    let _ = reply.send(match committed {
                        Ok(()) => result,
                        Err(error) => result.and(Err(Error::Commit(error))),
                    });
                });
                (kept, acknowledge)
            })
        });
        self.orders.send(Order::Change(change)).await.map_err(|_| Error::Stopping)?;
        answer.await.map_err(|_| Error::Stopping)?
    }

    /// Writes the file anew, between two transactions.
    pub(super) async fn compact(&self) -> Result<()> {
        let (done, compacted) = oneshot::channel();
        self.orders.send(Order::Compact(done)).await.map_err(|_| Error::Stopping)?;
        compacted.await.map_err(|_| Error::Stopping)?
    }

    /// Commits what waits and ends the thread.
    pub(super) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.orders.send(Order::Stop(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

async fn work(
    options: SqliteConnectOptions,
    mut waiting: mpsc::Receiver<Order>,
    ready: oneshot::Sender<anyhow::Result<()>>,
) {
    let mut connection = match open(&options).await {
        Ok(connection) => {
            let _ = ready.send(Ok(()));
            connection
        }
        Err(error) => return drop(ready.send(Err(error))),
    };
    while let Some(order) = waiting.recv().await {
        let next = match order {
            Order::Change(first) => transaction(&mut connection, first, &mut waiting).await,
            Order::Compact(done) => Some(Next::Compact(done)),
            Order::Stop(done) => Some(Next::Stop(done)),
        };
        match next {
            Some(Next::Stop(done)) => {
                let _ = connection.close().await;
                let _ = done.send(());
                return;
            }
            Some(Next::Compact(done)) => drop(done.send(compact(&mut connection).await)),
            None => {}
        }
    }
}

async fn open(options: &SqliteConnectOptions) -> anyhow::Result<Connection> {
    let mut connection = options.connect().await?;
    sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
    Ok(connection)
}

/// Writes the database file anew, so that what was deleted is not in some unused corner of a page, and empties the log. Free
/// pages are overwritten as they come (`secure_delete`); cells that a page was rebuilt of are not.
async fn compact(connection: &mut Connection) -> Result<()> {
    execute(connection, "vacuum").await.map_err(Error::Database)?;
    for _ in 0..CHECKPOINTS {
        // A reader under way keeps the log for itself; it is done soon.
        let row = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&mut *connection).await;
        let busy: i64 = row.and_then(|row| row.try_get(0))?;
        if busy == 0 {
            return Ok(());
        }
        tokio::time::sleep(GATHER).await;
    }
    Err(Error::LogInUse)
}

/// One transaction: the first change and those that wait. Returns what cannot be done inside one, should it come meanwhile.
async fn transaction(
    connection: &mut Connection,
    first: Change,
    waiting: &mut mpsc::Receiver<Order>,
) -> Option<Next> {
    let began = Instant::now();
    let mut acknowledges = Vec::new();
    let mut behind = None;
    let mut outcome = execute(connection, "begin immediate").await;
    // Whoever waited meanwhile has waited as long: each by itself would wait anew, one behind the other.
    let is_locked = outcome.is_err();
    let mut next = Some(first);
    while let Some(change) = next.take() {
        if outcome.is_ok() {
            outcome = execute(connection, "savepoint change").await;
        }
        let savepoint = outcome.clone().map(|()| &mut *connection);
        let (kept, acknowledge) = change(savepoint).await;
        acknowledges.push(acknowledge);
        if outcome.is_ok() {
            outcome = match kept {
                Ok(()) => execute(connection, "release change").await,
                Err(cause) => {
                    let undone = execute(connection, "rollback to change; release change").await;
                    // A full or failing disk has had SQLite undo the whole transaction: that is why, and not that the savepoint
                    // is not there any more.
                    undone.map_err(|error| cause.unwrap_or(error))
                }
            };
        }
        if !is_locked && (began.elapsed() >= GATHER || outcome.is_err()) {
            break;
        }
        match waiting.try_recv() {
            Ok(Order::Change(change)) => next = Some(change),
            Ok(Order::Compact(done)) => behind = Some(Next::Compact(done)),
            Ok(Order::Stop(done)) => behind = Some(Next::Stop(done)),
            Err(_) => {}
        }
    }
    if outcome.is_ok() {
        outcome = execute(connection, "commit").await;
    }
    if outcome.is_err() {
        let _ = execute(connection, "rollback").await;
    }
    for acknowledge in acknowledges {
        acknowledge(outcome.clone());
    }
    behind
}

async fn execute(connection: &mut Connection, sql: &'static str) -> Outcome {
    sqlx::raw_sql(sql).execute(connection).await.map(drop).map_err(Arc::new)
}
