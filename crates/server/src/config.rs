//! Settings: the base layer `config.default.toml`, a file over it, `QUIETZONE_*` variables over that, the command
//! line over all. Validated as a whole, once.

#[path = "config/backup.rs"]
mod backup_settings;
mod layers;
#[path = "config/smtp.rs"]
mod smtp_settings;

use crate::accept::Limits;
use crate::networks::Networks;
use crate::outbound::Guard;
use crate::proxies::TrustedProxies;
use crate::smtp;
use crate::tls::TlsFiles;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

pub use backup_settings::Settings as BackupSettings;
pub use layers::DEFAULTS;

/// Why the settings cannot be used: one clear line, shown before exit 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// The settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address and port to answer on.
    pub listen: SocketAddr,
    /// What codes begin with; `None` until the port is known.
    pub base_url: Option<Url>,
    /// Data directory.
    pub data: PathBuf,
    /// Whether a demo workspace is made where there is none.
    pub demo: bool,
    /// Zone of the first workspace.
    pub timezone: String,
    /// Proxies believed.
    pub proxies: TrustedProxies,
    /// Unknown slugs a minute and address; 0 = no limit.
    pub unknown_slug_limit: u32,
    /// Log filter.
    pub log: String,
    /// First account: e-mail and password.
    pub admin: Option<(String, String)>,
    /// First token.
    pub api_token: Option<String>,
    /// API requests a minute and token; 0 = no limit.
    pub api_rate_limit: u32,
    /// Where backups are made, and when.
    pub backup: BackupSettings,
    /// Whether numbers count all verdicts by default.
    pub count_all: bool,
    /// City databases.
    pub geo_city: Vec<PathBuf>,
    /// Network databases.
    pub geo_asn: Vec<PathBuf>,
    /// Bytes that links may take in memory.
    pub links_memory_limit: usize,
    /// Redirect threads; 0 = one a core.
    pub redirect_threads: usize,
    /// Spool: sync interval.
    pub sync_interval: Duration,
    /// Spool: bounded wait.
    pub max_wait: Duration,
    /// Spool: cap.
    pub max_spool_bytes: u64,
    /// Store: age at which hot scans are sealed.
    pub seal_after: Duration,
    /// Store: rows at which hot scans are sealed.
    pub seal_rows: usize,
    /// Store: rows in memory at most.
    pub hot_rows_max: usize,
    /// What a connection may take.
    pub connections: Limits,
    /// Certificate and key, if https is spoken.
    pub tls: Option<TlsFiles>,
    /// Where https is spoken, if `listen` stays plain.
    pub tls_listen: Option<SocketAddr>,
    /// Whether the plain port then only leads to the other.
    pub tls_redirect: bool,
    /// Name servers to ask; the system's where none is given.
    pub dns_servers: Vec<SocketAddr>,
    /// The mail server, if there is one.
    pub smtp: Option<smtp::Settings>,
    /// Where webhooks may go beside the public internet.
    pub webhooks: Guard,
}

/// What the command line may override.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--demo`.
    pub demo: bool,
}

#[derive(Deserialize)]
struct Raw {
    listen: String,
    base_url: String,
    data: PathBuf,
    demo: bool,
    timezone: String,
    trusted_proxies: String,
    trusted_proxies_header: String,
    catalog: String,
    scans: String,
    roles: String,
    unknown_slug_limit: u32,
    log: String,
    admin: RawAdmin,
    api: RawApi,
    backup: backup_settings::Raw,
    counting: RawCounting,
    dns: RawDns,
    geo: RawGeo,
    links: RawLinks,
    redirect: RawRedirect,
    spool: RawSpool,
    store: RawStore,
    smtp: smtp_settings::Raw,
    webhooks: RawWebhooks,
    connections: RawConnections,
    tls: RawTls,
}

#[derive(Deserialize)]
struct RawConnections {
    max: usize,
    head_timeout_s: u64,
    idle_timeout_s: u64,
    body_timeout_s: u64,
}

#[derive(Deserialize)]
struct RawTls {
    cert: PathBuf,
    key: PathBuf,
    listen: String,
    redirect: bool,
}

#[derive(Deserialize)]
struct RawAdmin {
    email: String,
    password: String,
}

#[derive(Deserialize)]
struct RawApi {
    token: String,
    rate_limit: u32,
}

#[derive(Deserialize)]
struct RawCounting {
    default: String,
}

#[derive(Deserialize)]
struct RawDns {
    servers: String,
}

#[derive(Deserialize)]
struct RawGeo {
    city: String,
    asn: String,
}

#[derive(Deserialize)]
struct RawLinks {
    memory_limit: usize,
}

#[derive(Deserialize)]
struct RawRedirect {
    threads: usize,
}

#[derive(Deserialize)]
struct RawSpool {
    sync_interval_ms: u64,
    max_wait_ms: u64,
    max_bytes: u64,
}

#[derive(Deserialize)]
struct RawStore {
    seal_after_s: u64,
    seal_rows: usize,
    hot_rows_max: usize,
}

#[derive(Deserialize)]
struct RawWebhooks {
    allow_private: bool,
    allow_networks: String,
}

/// A spool that holds less loses scans in any hour in which the store is busy.
const LEAST_SPOOL_BYTES: u64 = 1 << 20;

/// With less than this a busy installation would read each link again and again.
const LEAST_LINK_BYTES: usize = 64 << 10;

impl Config {
    /// Reads all layers. `variables` are the process's environment.
    pub fn load(
        overrides: &Overrides,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let file = match &overrides.file {
            None => None,
            Some(path) => Some((
                path.display().to_string(),
                std::fs::read_to_string(path)
                    .map_err(|error| ConfigError(format!("--config {}: {error}", path.display())))?,
            )),
        };
        let mut table =
            layers::merge(file.as_ref().map(|(name, text)| (name.as_str(), text.as_str())), variables)?;
        let mut set = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                table.insert(key.into(), toml::Value::String(value));
            }
        };
        set("data", overrides.data.as_ref().map(|path| path.display().to_string()));
        set("listen", overrides.listen.clone());
        set("base_url", overrides.base_url.clone());
        if overrides.demo {
            table.insert("demo".into(), toml::Value::Boolean(true));
        }
        let raw: Raw = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            // Kinds are right by now: a number is what does not fit.
            ConfigError(format!("{}: {}", error.path(), out_of_range(error.inner().message())))
        })?;
        Self::check(raw)
    }

    /// Whether the settings go with a base URL that was set elsewhere.
    pub fn takes(&self, base: &Url) -> Result<(), ConfigError> {
        leads_on(self.tls_redirect, base)
    }

    fn check(raw: Raw) -> Result<Self, ConfigError> {
        let fail = |text: String| Err(ConfigError(text));
        let listen = address("listen", &raw.listen)?;
        let (tls, tls_listen) = tls(&raw.tls)?;
        let connections = connections(&raw.connections)?;
        let base_url = match raw.base_url.as_str() {
            "" => None,
            text => Some(base_url(text)?),
        };
        base_url.iter().try_for_each(|base| leads_on(raw.tls.redirect, base))?;
        if jiff::tz::TimeZone::get(&raw.timezone).is_err() {
            return fail(format!(
                "timezone: \"{}\" is not an IANA time zone, such as Europe/Berlin",
                raw.timezone
            ));
        }
        let proxies =
            TrustedProxies::parse(&raw.trusted_proxies, &raw.trusted_proxies_header).map_err(ConfigError)?;
        check_log(&raw.log)?;
        if raw.catalog != "sqlite" {
            return fail(format!(
                "catalog: \"{}\" is not built yet; use \"sqlite\"",
                scheme_only(&raw.catalog)
            ));
        }
        if raw.scans != "local" {
            return fail(format!("scans: \"{}\" is not built yet; use \"local\"", scheme_only(&raw.scans)));
        }
        let mut roles: Vec<&str> = raw.roles.split(',').map(str::trim).collect();
        roles.sort_unstable();
        if let Some(unknown) = roles.iter().find(|role| !["redirect", "api", "worker"].contains(role)) {
            return fail(format!("roles: \"{unknown}\" is not a role; there are redirect, api and worker"));
        }
        if roles != ["api", "redirect", "worker"] {
            return fail(
                "roles: with a local catalog and local scans one process does all three; splitting roles \
                         needs PostgreSQL and ClickHouse"
                    .into(),
            );
        }
        let admin = match (raw.admin.email.trim(), raw.admin.password.as_str()) {
            ("", "") => None,
            ("", _) => return fail("admin.password is set without admin.email; give both or neither".into()),
            (_, "") => return fail("admin.email is set without admin.password; give both or neither".into()),
            (email, password) => {
                crate::account::check_email(email)
                    .map_err(|why| ConfigError(format!("admin.email: {why}")))?;
                crate::account::check_password(password)
                    .map_err(|why| ConfigError(format!("admin.password: {why}")))?;
                Some((email.to_owned(), password.to_owned()))
            }
        };
        let api_token = match raw.api.token.as_str() {
            "" => None,
            token if (16..=256).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic()) => {
                Some(token.to_owned())
            }
            _ => return fail("api.token: a token has 16 to 256 printable ASCII characters".into()),
        };
        let count_all = match raw.counting.default.as_str() {
            "human" => false,
            "all" => true,
            other => return fail(format!("counting.default: \"{other}\" is neither \"human\" nor \"all\"")),
        };
        if raw.spool.sync_interval_ms == 0 || raw.spool.max_wait_ms == 0 {
            return fail("spool.sync_interval_ms and spool.max_wait_ms must be at least 1".into());
        }
        if raw.store.hot_rows_max < raw.store.seal_rows.max(1) {
            return fail(
                "store.hot_rows_max must be at least store.seal_rows, or nothing would ever be sealed".into(),
            );
        }
        if raw.spool.max_bytes < LEAST_SPOOL_BYTES {
            return fail(format!(
                "spool.max_bytes: {} is too little to keep scans in; give at least {LEAST_SPOOL_BYTES}",
                raw.spool.max_bytes
            ));
        }
        if raw.links.memory_limit < LEAST_LINK_BYTES {
            return fail(format!(
                "links.memory_limit: {} is too little to keep links in; give at least {LEAST_LINK_BYTES}",
                raw.links.memory_limit
            ));
        }
        Ok(Self {
            listen,
            base_url,
            backup: backup_settings::read(&raw.backup, &raw.timezone)?,
            timezone: raw.timezone,
            proxies,
            unknown_slug_limit: raw.unknown_slug_limit,
            log: raw.log,
            admin,
            api_token,
            api_rate_limit: raw.api.rate_limit,
            count_all,
            geo_city: geo_files(&raw.geo.city),
            geo_asn: geo_files(&raw.geo.asn),
            data: raw.data,
            demo: raw.demo,
            links_memory_limit: raw.links.memory_limit,
            redirect_threads: raw.redirect.threads,
            sync_interval: Duration::from_millis(raw.spool.sync_interval_ms),
            max_wait: Duration::from_millis(raw.spool.max_wait_ms),
            max_spool_bytes: raw.spool.max_bytes,
            seal_after: Duration::from_secs(raw.store.seal_after_s),
            seal_rows: raw.store.seal_rows.max(1),
            hot_rows_max: raw.store.hot_rows_max,
            connections,
            tls,
            tls_listen,
            tls_redirect: raw.tls.redirect,
            dns_servers: dns_servers(&raw.dns.servers)?,
            smtp: smtp_settings::read(&raw.smtp)?,
            webhooks: webhooks(&raw.webhooks)?,
        })
    }
}

/// What is wrong with a number.
fn out_of_range(message: &str) -> String {
    let number = message.split('`').nth(1).unwrap_or_default();
    match number.starts_with('-') {
        true => format!("{number} is negative; give a number from 0 up"),
        false if number.is_empty() => message.to_owned(),
        false => format!("{number} is too large"),
    }
}

/// A log filter: levels, alone or for a module.
fn check_log(filter: &str) -> Result<(), ConfigError> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for part in filter.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        if !LEVELS.contains(&level.to_ascii_lowercase().as_str()) {
            return Err(ConfigError(format!(
                "log: \"{level}\" is none of {}; write one, or one for a module as in \"info,server::redirect=debug\"",
                LEVELS.join(", ")
            )));
        }
    }
    Ok(())
}

/// A base URL as its owner writes it.
pub fn base_url(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match url {
        Some(url) if url.path() == "/" && url.query().is_none() && url.fragment().is_none() => Ok(url),
        Some(_) => Err(ConfigError(format!(
            "base_url: \"{text}\" must end after the host; codes hang directly below it"
        ))),
        None => Err(ConfigError(format!("base_url: \"{text}\" is not a URL such as https://go.example.com"))),
    }
}

/// Whether the plain port can lead to https with a base URL: nobody knows the address of https if that does not say it.
fn leads_on(redirect: bool, base: &Url) -> Result<(), ConfigError> {
    if redirect && base.scheme() != "https" {
        let base = base.as_str().trim_end_matches('/');
        return Err(ConfigError(format!(
            "tls.redirect: codes begin with {base}, so the plain port cannot lead to https; give base_url the https:// \
             address, or leave tls.redirect off"
        )));
    }
    Ok(())
}

fn address(key: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse().map_err(|_| {
        ConfigError(format!("{key}: \"{text}\" is not an address and port, such as 127.0.0.1:8080"))
    })
}

fn connections(raw: &RawConnections) -> Result<Limits, ConfigError> {
    if [raw.max as u64, raw.head_timeout_s, raw.idle_timeout_s, raw.body_timeout_s].contains(&0) {
        return Err(ConfigError("connections: max and the time-outs must be at least 1".into()));
    }
    Ok(Limits {
        connections: raw.max,
        head: Duration::from_secs(raw.head_timeout_s),
        idle: Duration::from_secs(raw.idle_timeout_s),
        body: Duration::from_secs(raw.body_timeout_s),
    })
}

/// Certificate and key, and where https is spoken if not at `listen`.
fn tls(raw: &RawTls) -> Result<(Option<TlsFiles>, Option<SocketAddr>), ConfigError> {
    let fail = |text: &str| Err(ConfigError(text.into()));
    let files = match (raw.cert.as_os_str().is_empty(), raw.key.as_os_str().is_empty()) {
        (true, true) => None,
        (false, false) => Some(TlsFiles { cert: raw.cert.clone(), key: raw.key.clone() }),
        _ => return fail("tls.cert and tls.key belong together; give both or neither"),
    };
    let listen = match raw.listen.as_str() {
        "" => None,
        text => Some(address("tls.listen", text)?),
    };
    if files.is_none() && listen.is_some() {
        return fail("tls.listen is set without tls.cert and tls.key");
    }
    if raw.redirect && listen.is_none() {
        return fail("tls.redirect needs tls.listen: there is no plain port to lead away from");
    }
    Ok((files, listen))
}

/// Where webhooks may go.
fn webhooks(raw: &RawWebhooks) -> Result<Guard, ConfigError> {
    let texts = raw.allow_networks.split(',').map(str::trim).filter(|text| !text.is_empty());
    let allowed = Networks::read(texts).map_err(|text| {
        ConfigError(format!(
            "webhooks.allow_networks: \"{text}\" is not an address or a network such as 10.0.0.0/8"
        ))
    })?;
    Ok(Guard { allow_private: raw.allow_private, allowed })
}

/// A database address may hold a password: only its scheme is repeated in an error.
fn scheme_only(address: &str) -> &str {
    address.split_once("://").map_or(address, |(scheme, _)| scheme)
}

/// The files and folders a geo setting names; none: as [`crate::geo::Geo::load`] finds them. What a file holds is told by
/// its content. One that is not there is told like one that is damaged: a code has to lead on without places.
fn geo_files(setting: &str) -> Vec<PathBuf> {
    setting.split(',').map(str::trim).filter(|name| !name.is_empty()).map(PathBuf::from).collect()
}

/// The name servers that a setting lists.
fn dns_servers(setting: &str) -> Result<Vec<SocketAddr>, ConfigError> {
    let read = |text: &str| {
        let address =
            text.parse().ok().or_else(|| text.parse().ok().map(|ip: IpAddr| SocketAddr::new(ip, 53)));
        address.ok_or_else(|| {
            ConfigError(format!(
                "dns.servers: \"{text}\" is not an address such as 192.0.2.53 or 192.0.2.53:5353"
            ))
        })
    };
    setting.split(',').map(str::trim).filter(|text| !text.is_empty()).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(&Overrides::default(), variables).map_err(|error| error.0)
    }

    #[test]
    fn the_defaults_are_valid_and_variables_win() {
        assert_eq!(load(&[]).unwrap().unknown_slug_limit, 120);
        let config = load(&[
            ("QUIETZONE_SPOOL_MAX_WAIT_MS", "9"),
            ("QUIETZONE_WEBHOOKS_ALLOW_PRIVATE", "true"),
            ("QUIETZONE_API_RATE_LIMIT", "0"),
            ("QUIETZONE_TRUSTED_PROXIES", "127.0.0.1/32,10.0.0.0/8"),
            ("HOME", "/nowhere"),
        ])
        .unwrap();
        assert_eq!(config.max_wait, Duration::from_millis(9));
        assert!(config.webhooks.allow_private);
        assert_eq!(config.api_rate_limit, 0);
    }

    #[test]
    fn a_mistake_is_one_clear_line() {
        let cases: &[(&str, &str, &str)] = &[
            ("QUIETZONE_SPOOL_MAX_WAIT", "9", "QUIETZONE_SPOOL_MAX_WAIT_MS"),
            ("QUIETZONE_SCANS", "clickhouse://u:secret@h", "not built yet"),
            ("QUIETZONE_CATALOG", "postgres://u:hunter2@h", "not built yet"),
            ("QUIETZONE_LOG", "loud", "\"loud\" is none of off, error, warn"),
            ("QUIETZONE_LOG", "info,server=loud", "\"loud\" is none of"),
            ("QUIETZONE_SPOOL_MAX_WAIT_MS", "-5", "spool.max_wait_ms: -5 is negative"),
            ("QUIETZONE_UNKNOWN_SLUG_LIMIT", "9999999999", "unknown_slug_limit: 9999999999 is too large"),
            ("QUIETZONE_LINKS_MEMORY_LIMIT", "1", "links.memory_limit"),
            ("QUIETZONE_ROLES", "api", "one process does all three"),
            ("QUIETZONE_TIMEZONE", "Berlin", "IANA"),
            ("QUIETZONE_BASE_URL", "go.example.com", "base_url"),
            ("QUIETZONE_BASE_URL", "https://e.com/x", "end after the host"),
            ("QUIETZONE_ADMIN_EMAIL", "a@b.c", "both or neither"),
            ("QUIETZONE_API_TOKEN", "short", "16 to 256"),
            ("QUIETZONE_API_RATE_LIMIT", "many", "whole number"),
            ("QUIETZONE_COUNTING_DEFAULT", "bots", "neither"),
            ("QUIETZONE_SPOOL_MAX_BYTES", "0", "spool.max_bytes"),
            ("QUIETZONE_CONNECTIONS_MAX", "0", "at least 1"),
            ("QUIETZONE_TLS_KEY", "/key.pem", "both or neither"),
            ("QUIETZONE_TLS_LISTEN", "127.0.0.1:8443", "without tls.cert"),
            ("QUIETZONE_TLS_REDIRECT", "true", "needs tls.listen"),
            ("QUIETZONE_STORE_HOT_ROWS_MAX", "10", "at least store.seal_rows"),
            ("QUIETZONE_TRUSTED_PROXIES", "10.0.0.0/40", "trusted_proxies"),
            ("QUIETZONE_BACKUP_TARGET", "ftp://elsewhere", "backup.target: \"ftp://elsewhere\" is none of"),
            ("QUIETZONE_BACKUP_AT", "half past three", "backup.at: \"half past three\""),
            ("QUIETZONE_BACKUP_ACCESS_KEY_ID", "me", "both or neither"),
            ("QUIETZONE_SMTP_FROM", "q@example.com", "smtp.from is set without smtp.host"),
            ("QUIETZONE_WEBHOOKS_ALLOW_NETWORKS", "10.0.0.0/8,lan", "webhooks.allow_networks: \"lan\""),
        ];
        for (name, value, words) in cases {
            let error = load(&[(name, value)]).unwrap_err();
            assert!(error.contains(words), "{name}={value}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
