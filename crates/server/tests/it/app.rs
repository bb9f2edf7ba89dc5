//! A server in this process, with a data directory of its own, a trusted proxy at 127.0.0.1 and a clock that the test
//! moves.

use crate::client::{Client, TOKEN, eventually};
use crate::places;
use server::clock::Clock;
use server::config::{Config, Overrides};
use server::data_dir::Unusable;
use server::serve::Server;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

pub const ADMIN: &str = "owner@example.com";
pub const PASSWORD: &str = "correct horse battery";
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// The instant at which a test begins: a Tuesday.
pub const BEGINNING: &str = "2026-03-10T09:00:00Z";

/// Milliseconds of an instant in RFC 3339.
pub fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// The server.
pub struct TestApp {
    server: Option<Server>,
    client: Client,
    data: Arc<TempDir>,
    settings: Vec<(String, String)>,
    now: Arc<AtomicI64>,
}

impl TestApp {
    /// With the settings that most tests want.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With some `QUIETZONE_*` variables beside or instead of them.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::over(&Arc::new(TempDir::new().unwrap()), settings, at(BEGINNING))
    }

    /// Over the data of a program that has ended, at an instant.
    pub fn over(data: &Arc<TempDir>, settings: &[(&str, &str)], now: i64) -> Self {
        let geo = places::folder();
        let mut all = vec![
            ("QUIETZONE_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("QUIETZONE_ADMIN_EMAIL".to_owned(), ADMIN.to_owned()),
            ("QUIETZONE_ADMIN_PASSWORD".to_owned(), PASSWORD.to_owned()),
            ("QUIETZONE_API_TOKEN".to_owned(), TOKEN.to_owned()),
            ("QUIETZONE_API_RATE_LIMIT".to_owned(), "0".to_owned()),
            ("QUIETZONE_TRUSTED_PROXIES".to_owned(), "127.0.0.1/32".to_owned()),
            ("QUIETZONE_GEO_CITY".to_owned(), geo.clone()),
            ("QUIETZONE_GEO_ASN".to_owned(), geo),
            ("QUIETZONE_REDIRECT_THREADS".to_owned(), "2".to_owned()),
        ];
        all.retain(|(name, _)| !settings.iter().any(|(other, _)| other == name));
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::start(data.clone(), all, Arc::new(AtomicI64::new(now)))
    }

    fn start(data: Arc<TempDir>, settings: Vec<(String, String)>, now: Arc<AtomicI64>) -> Self {
        let overrides = Overrides { data: Some(data.path().to_owned()), ..Overrides::default() };
        // A program that another test is about to start has the lock too, from its fork to its exec.
        let server = eventually("the data directory to be let go", || {
            let config = Config::load(&overrides, settings.iter().cloned()).unwrap();
            match Server::start(config, Clock::Set(now.clone())) {
                Err(error) if matches!(error.downcast_ref(), Some(Unusable::Locked(_))) => None,
                started => Some(started.unwrap()),
            }
        });
        let client = Client::new(server.address());
        Self { server: Some(server), client, data, settings, now }
    }

    /// Stops and starts again on the same data.
    pub fn restart(mut self) -> Self {
        self.stop();
        Self::start(self.data.clone(), self.settings.clone(), self.now.clone())
    }

    fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }

    /// Stops and hands over the data, for the real program.
    pub fn stopped(mut self) -> Arc<TempDir> {
        self.stop();
        self.data.clone()
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Moves the clock to an instant.
    pub fn set_clock(&self, text: &str) {
        self.now.store(at(text), Ordering::Relaxed);
    }

    /// Moves the clock on by milliseconds.
    pub fn advance(&self, ms: i64) {
        self.now.fetch_add(ms, Ordering::Relaxed);
    }

    /// What the server's clock says.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// What the server's clock will say, as the wire writes it.
    pub fn time_in(&self, ms: i64) -> String {
        jiff::Timestamp::from_millisecond(self.now() + ms).unwrap().to_string()
    }

    /// Does what the server does every few seconds, now: lets go what waited too long.
    pub fn tend_what_waits(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(server::tending::forget_waiting(self.server().app())).unwrap();
    }

    /// Does what the server does every few seconds, now: destroys the keys that are due, makes tomorrow's.
    pub fn tend_keys(&self) {
        let app = self.server().app();
        app.redirector.days.tend(app.clock.now()).unwrap();
    }

    /// Sets columns of links that have no place in the API yet.
    pub fn set_link(&self, link: &crate::client::Link, assignment: &str) {
        let (server, id) = (self.server(), link.id.parse::<model::LinkId>().unwrap());
        let app = server.app().clone();
        server.api_runtime().block_on(async move {
            let sql = sqlx::AssertSqlSafe(format!("update links set {assignment} where id = $1"));
            app.catalog
                .write(async move |db| Ok(sqlx::query(sql).bind(id.0).execute(db).await?))
                .await
                .unwrap();
            app.table.refresh(&app.catalog, id).await.unwrap();
        });
    }

    /// Lets every workspace use the schemes of apps in a JSON array; there is no place for them in the API yet.
    pub fn allow_app_schemes(&self, schemes: &str) {
        let (server, schemes) = (self.server(), schemes.to_owned());
        let catalog = server.app().catalog.clone();
        let change = async move |db: &mut server::catalog::Connection| {
            Ok(sqlx::query("update workspaces set app_schemes = $1").bind(schemes).execute(db).await?)
        };
        server.api_runtime().block_on(catalog.write(change)).unwrap();
    }

    /// Makes every domain active that was added, as if its records had been found; in force after a restart.
    pub fn activate_domains(&self) {
        let server = self.server();
        let catalog = server.app().catalog.clone();
        let change = async move |db: &mut server::catalog::Connection| {
            let sql = "update domains set status = 'active', activated_at = created_at where workspace_id is not null";
            Ok(sqlx::query(sql).execute(db).await?)
        };
        server.api_runtime().block_on(catalog.write(change)).unwrap();
    }

    /// A second workspace; returns its token.
    pub fn other_workspace(&self) -> String {
        let made = self.post("/v1/x/workspaces", &serde_json::json!({ "name": "Others" }));
        made["accessToken"].as_str().unwrap().to_owned()
    }
}

impl Deref for TestApp {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}
