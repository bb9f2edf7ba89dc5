//! A running server: the order in which its parts start, and in which they stop.

use crate::accept::{self, Service, Threads};
use crate::agent::Agents;
use crate::api::auth::hash_secret;
use crate::api::cursor::Cursors;
use crate::app::{App, Parts};
use crate::catalog::accounts::{self, Role};
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::{Catalog, workspaces};
use crate::clock::Clock;
use crate::config::Config;
use crate::consumers::catalog::CatalogConsumer;
use crate::consumers::store::{StoreConsumer, StoreKeeper};
use crate::consumers::{CATALOG, STORE, Stop};
use crate::feed::Feed;
use crate::geo::Geo;
use crate::hosts::Hosts;
use crate::limits::{RateLimit, SignInLimit};
use crate::redirect::days::Days;
use crate::redirect::keys::KeyFolder;
use crate::redirect::table::LinkTable;
use crate::redirect::unknown::UnknownSlugs;
use crate::redirect::{Counters, Redirector};
use crate::secret::{self, SecretKey};
use crate::status::Sickness;
use crate::{account, data_dir};
use anyhow::Context;
use arc_swap::ArcSwap;
use model::WorkspaceId;
use spool::Spool;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use url::Url;
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
    consumers: Vec<JoinHandle<()>>,
    stop_consumers: Stop,
    keepers: Vec<JoinHandle<()>>,
    stop_keepers: Stop,
    store_keeper: Arc<StoreKeeper>,
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
        let listeners = accept::bind(config.listen, threads)
            .map_err(|error| crate::config::ConfigError(format!("listen: {}: {error}", config.listen)))?;
        let address = listeners[0].local_addr()?;
        let hosts = Hosts::new(config.base_url.clone().map_or_else(|| default_base_url(address), Ok)?);
        let now = clock.now();
        let sickness = Arc::new(Sickness::default());
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
        let table = Arc::new(api.block_on(LinkTable::load(&catalog)).context("loading links")?);

        let options = spool::Options {
            sync_interval: config.sync_interval,
            max_wait: config.max_wait,
            max_bytes: config.max_spool_bytes,
            ..spool::Options::new(rand::random(), now.0, &[STORE, CATALOG])
        };
        let (spool, recovery) = Spool::open(config.data.join("spool"), options).context("spool")?;
        report(&recovery);
        let spool = Arc::new(spool);
        let options = analytics::Options {
            seal_after: config.seal_after.as_millis() as i64,
            seal_rows: config.seal_rows,
            ..analytics::Options::default()
        };
        let store = Arc::new(analytics::Local::open(&config.data.join("store"), options).context("store")?);

        let (geo, problems) = Geo::open(&config.geo_city, &config.geo_asn);
        for problem in problems {
            tracing::warn!("{problem}");
        }
        if geo.is_empty() {
            tracing::warn!("No geo files: scans have no place. Put some into {}/geo", config.data.display());
        }
        let days = Days::open(KeyFolder::open(&config.data)?, now).context("day keys")?;
        store.today(now.utc_day(), |scan| {
            if let Some(day) = days.if_current(now.utc_day()) {
                day.restore(scan.workspace, scan.link, scan.visitor);
            }
        })?;
        let redirector = Arc::new(Redirector {
            clock: clock.clone(),
            hosts,
            table: table.clone(),
            days,
            geo: ArcSwap::from_pointee(geo),
            agents: Agents::default(),
            proxies: config.proxies.clone(),
            unknown: UnknownSlugs::new(config.unknown_slug_limit),
            spool: spool.clone(),
            counters: Counters::default(),
        });
        let feed = Arc::new(Feed::default());
        let position = store.position().context("store/manifest.db")?;
        if let Some(position) = position {
            spool.release(STORE, position);
        }

        let stop_consumers = Stop::default();
        let caught_up = Arc::new(AtomicBool::new(false));
        let store_consumer = StoreConsumer {
            spool: spool.clone(),
            store: store.clone(),
            feed: feed.clone(),
            redirector: redirector.clone(),
            clock: clock.clone(),
            sickness: sickness.clone(),
            caught_up: caught_up.clone(),
        };
        let catalog_consumer = CatalogConsumer {
            spool: spool.clone(),
            catalog: catalog.clone(),
            count_all: config.count_all,
            sickness: sickness.clone(),
        };
        let (stop, runtime) = (stop_consumers.clone(), api.handle().clone());
        let store_stop = stop.clone();
        let consumers = vec![
            spawn("store-consumer", move || store_consumer.run(position, &store_stop))?,
            spawn("catalog-consumer", move || catalog_consumer.run(&runtime, &stop))?,
        ];
        let began = Instant::now();
        while !caught_up.load(Ordering::Acquire) && began.elapsed() < CATCH_UP {
            std::thread::sleep(Duration::from_millis(2));
        }

        let app = App::new(Parts {
            cursors: Cursors::new(secret_key.derive("page tokens")),
            rate_limit: RateLimit::new(config.api_rate_limit),
            sign_ins: SignInLimit::default(),
            hashing: Semaphore::new(2),
            querying: Arc::new(Semaphore::new(2)),
            setup: parking_lot::Mutex::new(setup),
            clock,
            catalog,
            store,
            spool,
            redirector: redirector.clone(),
            table,
            feed,
            sickness,
            config,
        });
        if let Some(token) = &*app.setup.lock() {
            eprintln!("\nSet this Quietzone up: {}/app/setup?token={token}\n", app.hosts().base());
        }
        let warmed = redirector.clone();
        spawn("warm-up", move || warmed.agents.warm())?;
        let service =
            Service { redirector, router: crate::router::router(app.clone()), api: api.handle().clone() };
        let redirects = Threads::start(listeners, service)?;
        let store_keeper = Arc::new(StoreKeeper {
            store: app.store.clone(),
            spool: app.spool.clone(),
            clock: app.clock.clone(),
            sickness: app.sickness.clone(),
        });
        let stop_keepers = Stop::default();
        let (keeper, stop, tended, stop_tending) =
            (store_keeper.clone(), stop_keepers.clone(), app.clone(), stop_keepers.clone());
        let keepers = vec![
            spawn("store-keeper", move || keeper.run(&stop))?,
            spawn("tending", move || tend(&tended, &stop_tending))?,
        ];
        Ok(Self {
            address,
            app,
            api,
            redirects,
            consumers,
            stop_consumers,
            keepers,
            stop_keepers,
            store_keeper,
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
        self.stop_keepers.ask();
        self.app.spool.sync();
        self.stop_consumers.ask();
        for thread in self.consumers.into_iter().chain(self.keepers) {
            if thread.join().is_err() {
                tracing::error!("A background thread panicked");
            }
        }
        self.store_keeper.seal();
        self.app.spool.close(Duration::from_secs(2));
        self.api.block_on(self.app.catalog.close());
        self.api.shutdown_timeout(Duration::from_secs(1));
        tracing::info!("Stopped");
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Lowers the calling thread's share of the processor: redirects come first.
fn be_nice(by: i32) {
    // Refused only where niceness is forbidden altogether; then all threads are equal.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), by);
}

fn report(recovery: &spool::Recovery) {
    let (files, records) = (recovery.files, recovery.records);
    tracing::info!(files, records, duration_ms = recovery.elapsed.as_millis(), "Opened the spool");
    if recovery.torn_bytes > 0 {
        tracing::warn!(
            bytes = recovery.torn_bytes,
            "The spool ended in records that were never written whole"
        );
    }
    for gap in &recovery.gaps {
        tracing::error!(
            epoch = gap.epoch,
            from = gap.from,
            to = gap.to,
            "Records of the spool are damaged and lost"
        );
    }
    for file in &recovery.set_aside {
        tracing::error!(file, "A file of the spool cannot be read and was set aside");
    }
    for error in &recovery.errors {
        tracing::error!(error, "The spool was opened in spite of an error");
    }
}

fn tend(app: &App, stop: &Stop) {
    let mut before = app.spool.status();
    loop {
        match app.redirector.days.tend(app.clock.now()) {
            Ok(()) => app.sickness.clear("day keys"),
            Err(error) => app.sickness.note("day keys", error),
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

/// `http://` and the address listened on; for the unspecified address the machine's first LAN address.
fn default_base_url(address: SocketAddr) -> anyhow::Result<Url> {
    let host = if address.ip().is_unspecified() {
        let lan = if_addrs::get_if_addrs().ok().and_then(|interfaces| {
            interfaces
                .into_iter()
                .map(|interface| interface.ip())
                .find(|ip| !ip.is_loopback() && ip.is_ipv4())
        });
        lan.unwrap_or(IpAddr::from([127, 0, 0, 1]))
    } else {
        address.ip()
    };
    Ok(Url::parse(&format!("http://{}", SocketAddr::new(host, address.port())))?)
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
    let anybody = catalog
        .write(async move |db| {
            let workspace = match workspaces::first(db).await? {
                Some(workspace) => workspace.id,
                None => {
                    let id = WorkspaceId(Uuid::now_v7());
                    workspaces::create(db, id, "My workspace", &timezone, now).await?.id
                }
            };
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
