//! The one thread that writes: takes the changes that wait as savepoints of one transaction and commits at most every
//! 5 ms, so that many small changes share a sync (DESIGN §5).

use super::{Connection, Error, Result};
use crate::niceness::{PROMPT, be_nice};
use anyhow::Context;
use futures_util::future::LocalBoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Longest a transaction gathers changes.
const GATHER: Duration = Duration::from_millis(5);

/// Called after the commit with its outcome.
type Acknowledge = Box<dyn FnOnce(std::result::Result<(), String>)>;
/// What a change is handed: the connection inside its savepoint, or why there is none.
type Savepoint<'c> = std::result::Result<&'c mut Connection, String>;
/// A change; says whether to keep what it wrote, and how to tell its asker.
type Change = Box<dyn for<'c> FnOnce(Savepoint<'c>) -> LocalBoxFuture<'c, (bool, Acknowledge)> + Send>;

enum Order {
    Change(Change),
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
                let keep = result.is_ok();
                let acknowledge: Acknowledge = Box::new(move |committed| {
                    // The asker may have gone away; the change stands all the same.
                    let _ = reply.send(match committed {
                        Ok(()) => result,
                        Err(error) => result.and(Err(Error::Commit(error))),
                    });
                });
                (keep, acknowledge)
            })
        });
        self.orders.send(Order::Change(change)).await.map_err(|_| Error::Stopping)?;
        answer.await.map_err(|_| Error::Stopping)?
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
        let stop = match order {
            Order::Change(first) => transaction(&mut connection, first, &mut waiting).await,
            Order::Stop(done) => Some(done),
        };
        if let Some(done) = stop {
            let _ = connection.close().await;
            let _ = done.send(());
            return;
        }
    }
}

async fn open(options: &SqliteConnectOptions) -> anyhow::Result<Connection> {
    let mut connection = options.connect().await?;
    sqlx::migrate!("migrations/sqlite").run(&mut connection).await?;
    Ok(connection)
}

/// One transaction: the first change and those that wait. Returns the order to stop, should it come meanwhile.
async fn transaction(
    connection: &mut Connection,
    first: Change,
    waiting: &mut mpsc::Receiver<Order>,
) -> Option<oneshot::Sender<()>> {
    let began = Instant::now();
    let mut acknowledges = Vec::new();
    let mut stop = None;
    let mut outcome = execute(connection, "begin immediate").await;
    let mut next = Some(first);
    while let Some(change) = next.take() {
        if outcome.is_ok() {
            outcome = execute(connection, "savepoint change").await;
        }
        let savepoint = outcome.clone().map(|()| &mut *connection);
        let (keep, acknowledge) = change(savepoint).await;
        acknowledges.push(acknowledge);
        if outcome.is_ok() {
            outcome = match keep {
                true => execute(connection, "release change").await,
                false => execute(connection, "rollback to change; release change").await,
            };
        }
        if began.elapsed() >= GATHER || outcome.is_err() {
            break;
        }
        match waiting.try_recv() {
            Ok(Order::Change(change)) => next = Some(change),
            Ok(Order::Stop(done)) => stop = Some(done),
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
    stop
}

async fn execute(connection: &mut Connection, sql: &'static str) -> std::result::Result<(), String> {
    sqlx::raw_sql(sql).execute(connection).await.map(drop).map_err(|error| error.to_string())
}
