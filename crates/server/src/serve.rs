//! A running server: the order in which its parts start, and in which they stop.

use crate::accept::{ConnectionCounters, Inbox, Listeners, Service, Speaks, Threads};
use crate::agent::Agents;
use crate::api::audit;
use crate::api::auth::hash_secret;
use crate::api::cursor::Cursors;
use crate::api::idempotency::UnderWay;
use crate::api::jobs;
use crate::api::stream::room::Rooms;
use crate::app::{App, Parts};
use crate::backup::worker::Backups;
use crate::catalog::accounts::{self, Role};
use crate::catalog::changes::begun;
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::workspaces::{self, Counting};
use crate::catalog::{Catalog, Connection, demo as demo_catalog, installation};
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::consumers::{self, Stop};
use crate::demo::Supply;
use crate::dns::Dns;
use crate::limits::{RateLimit, SignInLimit};
use crate::niceness::{PATIENT, PROMPT, be_nice};
use crate::notices::Notices;
use crate::pipeline::{Pipeline, spawn};
use crate::presence::Presence;
use crate::proxies::Proxies;
use crate::redirect::orphans::Orphans;
use crate::redirect::recognised::Recognition;
use crate::redirect::table::LinkTable;
use crate::redirect::unknown::UnknownSlugs;
use crate::redirect::unknown_hosts::UnknownHosts;
use crate::redirect::workspaces::Workspaces;
use crate::redirect::{Counters, Redirector};
use crate::run::Runs;
use crate::sealed::Sealer;
use crate::secret::{self, SecretKey};
use crate::signed::Signer;
use crate::smtp::Mailer;
use crate::status::Sickness;
use crate::tending::{load_geo, tend, watch};
use crate::tls::Tls;
use crate::webhooks::{Webhooks, sender};
use crate::{
    account, backup, base_url, data_dir, erasure, export, notices, orphans, outbound, passing, recognised,
    rejudge, run, simulate, telemetry,
};
use anyhow::Context;
use arc_swap::ArcSwap;
use model::WorkspaceId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, Semaphore, watch as signal};
use url::Url;
use uuid::Uuid;

/// Longest the start waits for the store to take in what an earlier process left in the spool: redirects come first.
const CATCH_UP: Duration = Duration::from_secs(1);
/// Longest the start waits for links: one that is not in memory yet is looked for when it is scanned.
const FIRST_LINKS: Duration = Duration::from_millis(200);
/// File descriptors that connections leave for the stores.
pub(crate) const OTHER_FILES: u64 = 256;

/// A running server.
pub struct Server {
    address: SocketAddr,
    app: App,
    api: Runtime,
    redirects: Arc<Threads>,
    pipeline: Pipeline,
    tending: [JoinHandle<()>; 3],
    /// Background tasks, which end when they are told to stop.
    tasks: Vec<tokio::task::JoinHandle<()>>,
    stop_tasks: signal::Sender<bool>,
    stop_tending: Stop,
    _lock: data_dir::Lock,
}

impl Server {
    /// Starts everything; redirects are answered when it returns.
    pub fn start(config: Config, clock: Clock) -> anyhow::Result<Self> {
        Self::begin(config, clock, None)
    }

    /// Starts everything for one command, on a port of this machine that nobody knows: whom the settings let in and which
    /// base URL they name is noted nowhere, and no set-up link is made.
    pub fn start_alone(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let usual = base_url::of_config(&config)?;
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::begin(Config { listen, tls: None, api_rate_limit: 0, ..config }, clock, Some(usual))
    }

    /// `alone`: for one command; what codes begin with where nothing says it.
    fn begin(mut config: Config, clock: Clock, alone: Option<Url>) -> anyhow::Result<Self> {
        let lock = data_dir::open(&config.data)?;
        let threads = match config.redirect_threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        config.connections.connections = config.connections.connections.min(most_connections());
        let tls = config.tls.as_ref().map(Tls::open).transpose()?.map(Arc::new);
        let (listeners, inboxes) = listen(&config, tls.as_ref(), threads)?;
        let (address, listeners) = (listeners.main(), Arc::new(listeners));
        let now = clock.now();
        let api = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(8)
            .thread_name("api")
            .on_thread_start(|| be_nice(PROMPT))
            .enable_all()
            .build()?;

        let secret_key = SecretKey::open(&config.data).context("secret.key")?;
        // On a thread of the API: SQLite's own threads are as nice as the one that starts them.
        let file = config.data.join("catalog.db");
        let catalog = api.block_on(api.spawn(async move { Catalog::open(&file).await }));
        let catalog = catalog?.context("catalog.db")?;
        let begun = async { begun::left(&mut *catalog.read().await?).await };
        let begun = api.block_on(begun).context("the log")?;
        let setup = match alone {
            None => api.block_on(first_start(&catalog, &config, now)).context("first start")?,
            Some(_) => None,
        };
        let hosts = api.block_on(async {
            match alone {
                None => base_url::at_start(&catalog, &config, &listeners, now).await,
                Some(usual) => base_url::on_record(&catalog, &config, &listeners, usual).await,
            }
        });
        let hosts = hosts.context("base URL")?;
        let table = Arc::new(LinkTable::new(config.links_memory_limit));
        let workspaces = api.block_on(Workspaces::load(&catalog)).context("loading workspaces")?;

        let mut pipeline = Pipeline::start(&config, &clock, &catalog, api.handle(), |spool| {
            let uses = consumers::uses::uncounted(spool);
            Ok(api.block_on(table.add_uses(&catalog, uses))?)
        })?;
        pipeline.keep_merged(&clock).context("starting the merges")?;
        // A small installation has all its links before the first request; of a large one the rest follows behind.
        let until = Some(Instant::now() + FIRST_LINKS);
        let is_warm = api.block_on(table.warm(&catalog, until)).context("loading links")?;
        let geo = load_geo(&config, &pipeline.sickness);
        let (unmade, received) = Orphans::new();
        let (recognition, recognised) = Recognition::new();
        let runs = Runs::new(secret_key.derive("run tokens"));
        let redirector = Arc::new(Redirector {
            clock: clock.clone(),
            hosts: ArcSwap::from_pointee(hosts),
            table: table.clone(),
            workspaces,
            days: pipeline.days.clone(),
            geo: ArcSwap::from_pointee(geo),
            agents: Agents::default(),
            proxies: Proxies::new(config.proxies.clone()),
            unknown: UnknownSlugs::new(config.unknown_slug_limit),
            unknown_hosts: UnknownHosts::default(),
            orphans: unmade,
            recognition,
            runs: runs.signer.clone(),
            spool: pipeline.spool.clone(),
            counters: Counters::default(),
        });
        pipeline.catch_up(CATCH_UP);
        let encrypted = listeners.tls() == Some(address);
        lock.note(data_dir::Holder { pid: std::process::id(), address, encrypted });

        let mailer = config.smtp.as_ref().map(Mailer::new).transpose();
        let mailer = mailer.map_err(|error| anyhow::anyhow!("smtp: {error}"))?;
        let (connections, limits) = (Arc::new(ConnectionCounters::default()), config.connections);
        let app = App::new(Parts {
            runs,
            webhooks: Webhooks {
                client: outbound::Client::new(config.webhooks.clone()),
                sealer: Sealer::new(secret_key.derive("webhook secrets")),
                bell: pipeline.bell.clone(),
            },
            notices: Notices { mailer, bell: Notify::new() },
            media_addresses: Signer::new(secret_key.derive("media addresses")),
            code_addresses: Signer::new(secret_key.derive("code addresses")),
            answering: UnderWay::default(),
            job_waits: Arc::default(),
            export_waits: Arc::default(),
            backups: Backups::default(),
            rejudge_waits: Arc::default(),
            erasure_waits: Arc::default(),
            past: Arc::default(),
            dns: Dns::new(&config.dns_servers),
            cursors: Cursors::new(secret_key.derive("page tokens")),
            rate_limit: RateLimit::new(config.api_rate_limit),
            sign_ins: SignInLimit::default(),
            passing: passing::Sessions::default(),
            hashing: Semaphore::new(2),
            library: tokio::sync::Mutex::new(()),
            drawing_for_strangers: Semaphore::new(1),
            drawing: Semaphore::new(2),
            unpacking: Semaphore::new(1),
            querying: Arc::new(Semaphore::new(2)),
            forgetting: Semaphore::new(1),
            setup: parking_lot::Mutex::new(setup),
            clock,
            catalog,
            store: pipeline.store.clone(),
            spool: pipeline.spool.clone(),
            read_up_to: pipeline.read_up_to.clone(),
            redirector: redirector.clone(),
            table,
            feed: pipeline.feed.clone(),
            rooms: Rooms::default(),
            connections: connections.clone(),
            unrecorded: pipeline.unrecorded.clone(),
            sickness: pipeline.sickness.clone(),
            demo: Supply::default(),
            listeners: listeners.clone(),
            tls,
            started_at: now,
            config,
        });
        if let Some(token) = &*app.setup.lock() {
            eprintln!("\nSet this Quietzone up: {}/app/setup?token={token}\n", app.hosts().base());
        }
        if !is_warm {
            let (table, catalog, sickness) = (app.table.clone(), app.catalog.clone(), app.sickness.clone());
            api.spawn(warm(table, catalog, sickness));
        }
        let repaired = app.clone();
        api.spawn(async move {
            match run::keep::repair(&repaired).await {
                Ok(0) => {}
                Ok(traces) => {
                    tracing::info!(traces, "Wrote the traces of answers that an earlier process took")
                }
                // What is untraced stays noted, and the next start tries again.
                Err(_) => tracing::error!("Traces of answers could not be repaired"),
            }
        });
        let warmed = redirector.clone();
        spawn("warm-up", PATIENT, move || warmed.agents.warm())?;
        let service = Service {
            redirector,
            router: crate::router::router(app.clone()),
            api: api.handle().clone(),
            limits,
            counters: connections,
        };
        let redirects = Arc::new(Threads::start(inboxes, listeners, service)?);
        let stop_tending = Stop::default();
        let (tended, stop, runtime) = (app.clone(), stop_tending.clone(), api.handle().clone());
        let tending = spawn("tending", PROMPT, move || tend(&tended, &runtime, &stop))?;
        let (watched, threads, stop) = (app.clone(), redirects.clone(), stop_tending.clone());
        let watching = spawn("watch", 0, move || watch(&watched, &threads, &stop))?;
        let presence = Presence::note(&app.config.data).context("the data directory")?;
        let (sickness, stop) = (app.sickness.clone(), stop_tending.clone());
        let tending =
            [tending, watching, spawn("presence", PROMPT, move || presence.watch(&sickness, &stop))?];
        let (stop_tasks, stop) = signal::channel(false);
        let (catalog, sickness) = (app.catalog.clone(), app.sickness.clone());
        let tasks = vec![
            api.spawn(audit::note::take_over(catalog.clone(), begun, stop.clone())),
            api.spawn(recognised::keep(recognised, catalog.clone(), sickness.clone(), stop.clone())),
            api.spawn(orphans::keep(received, catalog, app.redirector.clone(), sickness, stop.clone())),
            api.spawn(jobs::work(app.clone(), stop.clone())),
            api.spawn(export::work::work(app.clone(), stop.clone())),
            api.spawn(rejudge::worker::work(app.clone(), stop.clone())),
            api.spawn(erasure::worker::work(app.clone(), stop.clone())),
            api.spawn(backup::worker::work(app.clone(), stop.clone())),
            api.spawn(sender::send(app.clone(), stop.clone())),
            api.spawn(notices::sender::send(app.clone(), stop)),
        ];
        if let Err(error) = Supply::start(&app, api.handle()) {
            // Printed codes answer all the same.
            tracing::error!(error = format!("{error:#}"), "The demo has no more scans");
        }
        Ok(Self {
            address,
            app,
            api,
            redirects,
            pipeline,
            tending,
            tasks,
            stop_tasks,
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

    /// How it is spoken at [`Server::address`].
    pub fn scheme(&self) -> &'static str {
        if self.app.listeners.tls() == Some(self.address) { "https" } else { "http" }
    }

    /// Takes up what may change while it runs: certificate and key, geo files, trusted proxies, limits, the log's filter.
    /// What cannot be used leaves everything of its kind as it was. No connection is dropped.
    pub fn reload(&self, config: Result<Config, ConfigError>) {
        let config = match config {
            Ok(config) => config,
            Err(error) => return tracing::error!(%error, "Not reloaded: the settings cannot be used"),
        };
        if let (Some(tls), Some(files)) = (&self.app.tls, &config.tls) {
            match tls.reload(files) {
                Ok(()) => tracing::info!("Took up certificate and key"),
                Err(error) => {
                    tracing::error!(%error, "Certificate and key cannot be used; those in use stay in use");
                }
            }
            crate::tending::look_at_certificate(&self.app);
        }
        if self.app.tls.is_some() != config.tls.is_some() || config.listen != self.app.config.listen {
            tracing::warn!("Other addresses, and https instead of http or back, need a restart");
        }
        telemetry::change(&config.log);
        let redirector = &self.app.redirector;
        redirector.unknown.set_limit(config.unknown_slug_limit);
        self.app.rate_limit.set_limit(config.api_rate_limit);
        crate::tending::reload_geo(&self.app, &config);
        redirector.proxies.change(config.proxies);
        tracing::info!("Reloaded");
    }

    /// Stops: nothing new is accepted, in-flight answers go out, the spool is synced, the consumers read it to its end
    /// and seal. Returns how many scans that were answered are lost by it.
    pub fn stop(self) -> u64 {
        self.redirects.stop();
        self.app.demo.stop();
        self.stop_tending.ask();
        for thread in self.tending {
            if thread.join().is_err() {
                tracing::error!("A background thread panicked");
            }
        }
        let _ = self.stop_tasks.send(true);
        for task in self.tasks {
            if self.api.block_on(task).is_err() {
                tracing::error!("A background task panicked");
            }
        }
        let lost = self.pipeline.stop();
        self.api.block_on(self.app.catalog.close());
        self.api.shutdown_timeout(Duration::from_secs(1));
        tracing::info!("Stopped");
        lost
    }
}

/// Reads the links that the start had no time for.
async fn warm(table: Arc<LinkTable>, catalog: Catalog, sickness: Arc<Sickness>) {
    let began = Instant::now();
    while let Err(error) = table.warm(&catalog, None).await {
        // Slugs that are not in memory are looked for one by one meanwhile.
        sickness.note("links", error);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    sickness.clear("links");
    let (slugs, complete) = (table.len(), table.is_complete());
    tracing::info!(slugs, complete, duration_ms = began.elapsed().as_millis(), "Links are in memory");
}

/// Listens where the settings say.
fn listen(
    config: &Config,
    tls: Option<&Arc<Tls>>,
    threads: usize,
) -> Result<(Listeners, Vec<Inbox>), ConfigError> {
    let failed = |key: &str, address: SocketAddr| {
        let key = key.to_owned();
        move |error: std::io::Error| ConfigError(format!("{key}: {address}: {error}"))
    };
    let only = |speaks| {
        let (listeners, inboxes) = Listeners::new(threads);
        listeners.add(config.listen, speaks).map_err(failed("listen", config.listen))?;
        Ok((listeners, inboxes))
    };
    let Some((tls, second)) = tls.map(|tls| (tls.clone(), config.tls_listen)) else {
        return only(Speaks::Plain);
    };
    let Some(second) = second else { return only(Speaks::Tls(tls)) };
    let (listeners, inboxes) = Listeners::new(threads);
    let bound = listeners.add(second, Speaks::Tls(tls)).map_err(failed("tls.listen", second))?;
    tracing::info!(address = %bound, "Listening for https");
    let plain = if config.tls_redirect { Speaks::PlainToTls } else { Speaks::Plain };
    listeners.add(config.listen, plain).map_err(failed("listen", config.listen))?;
    Ok((listeners, inboxes))
}

/// Connections that the system's limit of open files leaves room for, once it is raised as far as it may be.
fn most_connections() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    current.map_or(usize::MAX, |files| files.saturating_sub(OTHER_FILES).max(16) as usize)
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
        .await;
    let anybody = match anybody {
        Ok(anybody) => anybody,
        Err(error) => {
            // Where all has been made before, a catalog that takes nothing (a full disk) keeps no code from answering.
            let mut db = catalog.read().await?;
            if workspaces::first(&mut db).await?.is_none() {
                return Err(error.into());
            }
            tracing::error!(%error, "What the settings say of the first start could not be noted in the catalog");
            accounts::any(&mut db).await?
        }
    };
    Ok((!anybody).then(secret::random_text))
}

async fn make_demo(db: &mut Connection, now: model::Millis) -> crate::catalog::Result<WorkspaceId> {
    let id = WorkspaceId(Uuid::now_v7());
    workspaces::create(db, id, "Demo", simulate::demo::TIMEZONE, now).await?;
    demo_catalog::mark(db, id, now).await?;
    Ok(id)
}
