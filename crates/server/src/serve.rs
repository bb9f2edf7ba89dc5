//! A running server: the order in which its parts start, and in which they stop.

use crate::accept::{Listeners, Service, Threads};
use crate::agent::Agents;
use crate::api::auth::hash_secret;
use crate::api::cursor::Cursors;
use crate::app::{App, Parts};
use crate::catalog::accounts::{self, Role};
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::workspaces::{self, Counting};
use crate::catalog::{Catalog, Connection, demo as demo_catalog, installation};
use crate::clock::Clock;
use crate::config::Config;
use crate::consumers::{self, Stop};
use crate::demo::Supply;
use crate::geo::{Geo, sources};
use crate::limits::{RateLimit, SignInLimit};
use crate::pipeline::{Pipeline, spawn};
use crate::redirect::orphans::Orphans;
use crate::redirect::table::LinkTable;
use crate::redirect::unknown::UnknownSlugs;
use crate::redirect::workspaces::Workspaces;
use crate::redirect::{Counters, Redirector};
use crate::secret::{self, SecretKey};
use crate::{account, base_url, data_dir, demo, orphans, simulate};
use anyhow::Context;
use arc_swap::ArcSwap;
use model::WorkspaceId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

/// Longest the start waits for the store to take in what an earlier process left in the spool: redirects come first.
const CATCH_UP: Duration = Duration::from_secs(1);
/// How often keys and spool are looked after.
const TEND: Duration = Duration::from_secs(20);

/// A running server.
pub struct Server {
    address: SocketAddr,
    app: App,
    api: Runtime,
    redirects: Threads,
    pipeline: Pipeline,
    tending: JoinHandle<()>,
    orphans: tokio::task::JoinHandle<()>,
    stop_orphans: watch::Sender<bool>,
    stop_tending: Stop,
    _lock: data_dir::Lock,
}

impl Server {
    /// Starts everything; redirects are answered when it returns.
    pub fn start(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let lock = data_dir::open(&config.data)?;
        let threads = match config.redirect_threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let (listeners, inboxes) = Listeners::bind(config.listen, threads)
            .map_err(|error| crate::config::ConfigError(format!("listen: {}: {error}", config.listen)))?;
        let address = listeners.main();
        let now = clock.now();
        let api = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(8)
            .thread_name("api")
            .on_thread_start(|| be_nice(5))
            .enable_all()
            .build()?;

        let secret_key = SecretKey::open(&config.data).context("secret.key")?;
        let catalog = api.block_on(Catalog::open(&config.data.join("catalog.db"))).context("catalog.db")?;
        let setup = api.block_on(first_start(&catalog, &config, now)).context("first start")?;
        let hosts =
            api.block_on(base_url::at_start(&catalog, &config, &listeners, now)).context("base URL")?;
        let table = Arc::new(api.block_on(LinkTable::load(&catalog)).context("loading links")?);
        let workspaces = api.block_on(Workspaces::load(&catalog)).context("loading workspaces")?;

        let pipeline = Pipeline::start(&config, &clock, &catalog, api.handle(), |spool| {
            consumers::uses::seed(&table, spool);
        })?;
        let geo = load_geo(&config);
        let (unmade, received) = Orphans::new();
        let redirector = Arc::new(Redirector {
            clock: clock.clone(),
            hosts: ArcSwap::from_pointee(hosts),
            table: table.clone(),
            workspaces,
            days: pipeline.days.clone(),
            geo: ArcSwap::from_pointee(geo),
            agents: Agents::default(),
            proxies: config.proxies.clone(),
            unknown: UnknownSlugs::new(config.unknown_slug_limit),
            orphans: unmade,
            spool: pipeline.spool.clone(),
            counters: Counters::default(),
        });
        pipeline.catch_up(CATCH_UP);

        let app = App::new(Parts {
            cursors: Cursors::new(secret_key.derive("page tokens")),
            rate_limit: RateLimit::new(config.api_rate_limit),
            sign_ins: SignInLimit::default(),
            hashing: Semaphore::new(2),
            querying: Arc::new(Semaphore::new(2)),
            setup: parking_lot::Mutex::new(setup),
            clock,
            catalog,
            store: pipeline.store.clone(),
            spool: pipeline.spool.clone(),
            read_up_to: pipeline.read_up_to.clone(),
            redirector: redirector.clone(),
            table,
            feed: pipeline.feed.clone(),
            sickness: pipeline.sickness.clone(),
            demo: Supply::default(),
            listeners,
            started_at: now,
            config,
        });
        if let Some(token) = &*app.setup.lock() {
            eprintln!("\nSet this Quietzone up: {}/app/setup?token={token}\n", app.hosts().base());
        }
        let warmed = redirector.clone();
        spawn("warm-up", move || warmed.agents.warm())?;
        let service =
            Service { redirector, router: crate::router::router(app.clone()), api: api.handle().clone() };
        let redirects = Threads::start(inboxes, service)?;
        let stop_tending = Stop::default();
        let (tended, stop, runtime) = (app.clone(), stop_tending.clone(), api.handle().clone());
        let tending = spawn("tending", move || tend(&tended, &runtime, &stop))?;
        let (stop_orphans, stop) = watch::channel(false);
        let (catalog, sickness) = (app.catalog.clone(), app.sickness.clone());
        let orphans = api.spawn(orphans::keep(received, catalog, app.redirector.clone(), sickness, stop));
        Supply::start(&app, api.handle()).context("demo")?;
        Ok(Self {
            address,
            app,
            api,
            redirects,
            pipeline,
            tending,
            orphans,
            stop_orphans,
            stop_tending,
            _lock: lock,
        })
    }

    /// Address and port answered on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The parts.
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Where the API runs.
    pub const fn api_runtime(&self) -> &Runtime {
        &self.api
    }

    /// Stops: nothing new is accepted, in-flight answers go out, the spool is synced, the consumers read it to its end
    /// and seal.
    pub fn stop(self) {
        self.redirects.stop();
        self.app.demo.stop();
        self.stop_tending.ask();
        if self.tending.join().is_err() {
            tracing::error!("A background thread panicked");
        }
        let _ = self.stop_orphans.send(true);
        if self.api.block_on(self.orphans).is_err() {
            tracing::error!("A background task panicked");
        }
        self.pipeline.stop();
        self.api.block_on(self.app.catalog.close());
        self.api.shutdown_timeout(Duration::from_secs(1));
        tracing::info!("Stopped");
    }
}

/// Lowers the calling thread's share of the processor: redirects come first.
fn be_nice(by: i32) {
    // Refused only where niceness is forbidden altogether; then all threads are equal.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), by);
}

/// Opens the geo files and says what is wrong with them.
fn load_geo(config: &Config) -> Geo {
    let (geo, problems) = Geo::load(config);
    for problem in problems {
        tracing::warn!("{problem}");
    }
    if geo.is_empty() {
        tracing::warn!("No geo files: scans have no place. `quietzone geo install FILE...` adds some");
    }
    geo
}

fn tend(app: &App, runtime: &Handle, stop: &Stop) {
    let mut before = app.spool.status();
    let mut geo_files = sources::fingerprint(&app.config);
    loop {
        let files = sources::fingerprint(&app.config);
        if files != geo_files {
            app.redirector.geo.store(Arc::new(load_geo(&app.config)));
            tracing::info!(files = files.len(), "Took up the geo files, which have changed");
            geo_files = files;
        }
        match app.redirector.days.tend(app.clock.now()) {
            Ok(()) => app.sickness.clear("day keys"),
            Err(error) => app.sickness.note("day keys", error),
        }
        match runtime.block_on(demo::remove_dropped(app)) {
            Ok(()) => app.sickness.clear("dropping"),
            Err(error) => app.sickness.note("dropping", error),
        }
        let now = app.spool.status();
        match trouble(&before, &now) {
            Some(trouble) => app.sickness.note("spool", trouble),
            None => app.sickness.clear("spool"),
        }
        before = now;
        if stop.wait(TEND) {
            return;
        }
    }
}

/// What went wrong with the spool between two looks at it.
fn trouble(before: &spool::Status, now: &spool::Status) -> Option<String> {
    let errors = |status: &spool::Status| status.write_errors + status.sync_errors;
    let lost = now.lost.total() - before.lost.total();
    let error = now.last_error.as_deref().unwrap_or("no error was told");
    if lost > 0 {
        Some(format!("{lost} scans were answered and not recorded: {error}"))
    } else if now.at_risk > 0 {
        Some(format!("{} scans wait to be written: {error}", now.at_risk))
    } else {
        (errors(now) > errors(before)).then(|| error.to_owned())
    }
}

/// Makes the first workspace, and what an unattended start asks for. Returns the token of the set-up link while nobody
/// can sign in.
async fn first_start(
    catalog: &Catalog,
    config: &Config,
    now: model::Millis,
) -> anyhow::Result<Option<String>> {
    let password_hash = match &config.admin {
        Some((_, password)) if !accounts::any(&mut *catalog.read().await?).await? => {
            let password = password.clone();
            Some(
                tokio::task::spawn_blocking(move || account::hash_password(&password, rand::random()))
                    .await?,
            )
        }
        _ => None,
    };
    let email = config.admin.as_ref().map(|(email, _)| account::normal_email(email));
    let token = config.api_token.as_deref().map(hash_secret);
    let timezone = config.timezone.clone();
    let demo = config.demo;
    let counting = if config.count_all { Counting::All } else { Counting::Human };
    let anybody = catalog
        .write(async move |db| {
            installation::set_counting_default(db, counting).await?;
            let workspace = match workspaces::first(db).await? {
                Some(workspace) => workspace.id,
                None if demo => make_demo(db, now).await?,
                None => {
                    let id = WorkspaceId(Uuid::now_v7());
                    workspaces::create(db, id, "My workspace", &timezone, now).await?.id
                }
            };
            if demo && !demo_catalog::is_known(db).await? {
                make_demo(db, now).await?;
            }
            if let (Some(email), Some(hash)) = (email, password_hash) {
                accounts::create(db, workspace, &email, &hash, Role::Admin, now).await?;
            }
            if let Some(hash) = token
                && tokens::find(db, &hash).await?.is_none()
            {
                tokens::create(db, workspace, NewToken::first(hash), now).await?;
            }
            accounts::any(db).await
        })
        .await?;
    Ok((!anybody).then(secret::random_text))
}

async fn make_demo(db: &mut Connection, now: model::Millis) -> crate::catalog::Result<WorkspaceId> {
    let id = WorkspaceId(Uuid::now_v7());
    workspaces::create(db, id, "Demo", simulate::demo::TIMEZONE, now).await?;
    demo_catalog::mark(db, id, now).await?;
    Ok(id)
}
