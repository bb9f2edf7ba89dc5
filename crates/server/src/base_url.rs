//! What codes begin with: where it comes from, and how it changes while codes are being scanned (decision 0005).

use crate::accept::{Listeners, Speaks};
use crate::app::App;
use crate::catalog::{Catalog, domains, installation};
use crate::config::Config;
use crate::hosts::{Custom, Hosts};
use model::Millis;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::Url;

/// Where the base URL in force comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A setting of the program, which the dashboard does not overrule.
    Configuration,
    /// Set in the dashboard.
    Saved,
    /// The address listened on.
    Listening,
}

/// Where the base URL of a running server comes from.
pub fn source(config: &Config, saved: Option<&str>) -> Source {
    match (&config.base_url, saved) {
        (Some(_), _) => Source::Configuration,
        (None, Some(_)) => Source::Saved,
        (None, None) => Source::Listening,
    }
}

/// The known hosts at the start of a server; notes which base URL is in force.
pub async fn at_start(
    catalog: &Catalog,
    config: &Config,
    listeners: &Listeners,
    now: Millis,
) -> anyhow::Result<Hosts> {
    let saved = installation::saved_base_url(&mut *catalog.read().await?).await?;
    let base = match (&config.base_url, saved.as_deref().map(Url::parse)) {
        (Some(base), _) => base.clone(),
        (None, Some(Ok(saved))) => {
            if let Err(error) = listen_for(listeners, &saved) {
                tracing::warn!(%error, base_url = %saved, "The saved base URL's own address cannot be listened on");
            }
            saved
        }
        _ => of_listeners(listeners)?,
    };
    config.takes(&base)?;
    let own = config.base_url.is_none();
    match hosts(catalog, listeners, own, base.clone(), now).await {
        Ok(hosts) => Ok(hosts),
        Err(error) => {
            // A full disk, say. Codes are answered all the same; only since when this base URL is in force stays unsaid.
            tracing::error!(%error, "The base URL could not be noted in the catalog");
            let mut db = catalog.read().await?;
            let (all, domains) = (installation::base_urls(&mut db).await?, domains::active(&mut db).await?);
            Ok(known(listeners, own, base, &all)?.with_domains(customs(domains)))
        }
    }
}

/// The known hosts of a server that is there for one command: codes begin as they do while the installation runs, with the
/// `usual` URL where none is on record, and the command's own port is answered. Nothing is noted.
pub async fn on_record(
    catalog: &Catalog,
    config: &Config,
    listeners: &Listeners,
    usual: Url,
) -> anyhow::Result<Hosts> {
    let mut db = catalog.read().await?;
    let (all, domains) = (installation::base_urls(&mut db).await?, domains::active(&mut db).await?);
    let saved = installation::saved_base_url(&mut db).await?;
    let recorded = all.first().map(|latest| latest.url.clone()).or(saved);
    let recorded = recorded.and_then(|url| Url::parse(&url).ok());
    let base = config.base_url.clone().or(recorded).unwrap_or(usual);
    Ok(known(listeners, true, base, &all)?.with_domains(customs(domains)))
}

/// Puts a new base URL into force: for the next code, the next answer and the next scan. Nothing is changed when its
/// address cannot be listened on. The address listened on goes on being answered for: a mistyped base URL must not lock
/// out who set it.
pub async fn change(app: &App, base: Url) -> anyhow::Result<()> {
    listen_for(&app.listeners, &base)?;
    let text = spelled(&base);
    app.catalog.write(async move |db| installation::save_base_url(db, &text).await).await?;
    let hosts = hosts(&app.catalog, &app.listeners, true, base, app.clock.now()).await?;
    app.redirector.hosts.store(Arc::new(hosts));
    Ok(())
}

/// The known hosts with a base URL: itself, those that taken codes hold, and, where it is our `own` choice rather than
/// configured, the address listened on.
async fn hosts(
    catalog: &Catalog,
    listeners: &Listeners,
    own: bool,
    base: Url,
    now: Millis,
) -> anyhow::Result<Hosts> {
    let text = spelled(&base);
    let (all, domains) = catalog
        .write(async move |db| {
            installation::use_base_url(db, &text, now).await?;
            Ok((installation::base_urls(db).await?, domains::active(db).await?))
        })
        .await?;
    Ok(known(listeners, own, base, &all)?.with_domains(customs(domains)))
}

fn customs(domains: Vec<domains::Domain>) -> impl Iterator<Item = Custom> {
    let custom = |domain: domains::Domain| Custom {
        id: domain.id,
        name: domain.name,
        root_destination: domain.root_destination,
    };
    domains.into_iter().map(custom)
}

/// Takes up the domains of workspaces as the catalog has them now: for the next code, answer and scan.
pub async fn refresh_domains(app: &App) -> anyhow::Result<()> {
    let base = Url::parse(app.hosts().base())?;
    let own = app.config.base_url.is_none();
    let hosts = hosts(&app.catalog, &app.listeners, own, base, app.clock.now()).await?;
    app.redirector.hosts.store(Arc::new(hosts));
    Ok(())
}

fn known(
    listeners: &Listeners,
    own: bool,
    base: Url,
    all: &[installation::BaseUrl],
) -> anyhow::Result<Hosts> {
    let former: Vec<Url> = all
        .iter()
        .filter(|former| former.last_used_at.is_some() && former.codes_taken > 0)
        .filter_map(|former| Url::parse(&former.url).ok())
        .collect();
    let hosts = Hosts::new(base, &former);
    // With https at a port of its own the plain port answers too, under the same name.
    if own || listeners.tls().is_some_and(|tls| tls != listeners.main()) {
        return Ok(hosts.listening_at(&of_listening("http", listeners.main())?));
    }
    Ok(hosts)
}

/// A base URL as it is kept and shown.
pub fn spelled(base: &Url) -> String {
    base.as_str().trim_end_matches('/').to_owned()
}

/// When a base URL names an address of this machine on which nobody listens yet: listens there, so that one click lets a
/// phone in.
fn listen_for(listeners: &Listeners, base: &Url) -> io::Result<()> {
    let ip = match base.host() {
        Some(url::Host::Ipv4(ip)) => IpAddr::from(ip),
        Some(url::Host::Ipv6(ip)) => IpAddr::from(ip),
        _ => return Ok(()),
    };
    let address = SocketAddr::new(ip, base.port_or_known_default().unwrap_or(80));
    if base.scheme() == "http" && is_ours(ip) && !listeners.cover(address) {
        listeners.add(address, Speaks::Plain)?;
    }
    Ok(())
}

fn is_ours(ip: IpAddr) -> bool {
    ip.is_loopback()
        || if_addrs::get_if_addrs().is_ok_and(|interfaces| interfaces.iter().any(|own| own.ip() == ip))
}

/// The machine's first address in a local network.
pub fn lan_address() -> Option<IpAddr> {
    let mut addresses = if_addrs::get_if_addrs().ok()?.into_iter().map(|interface| interface.ip());
    addresses.find(|ip| !ip.is_loopback() && ip.is_ipv4())
}

/// What codes begin with while nobody has said: the https address where there is one, else the plain one.
pub fn of_listeners(listeners: &Listeners) -> anyhow::Result<Url> {
    match listeners.tls() {
        Some(address) => of_listening("https", address),
        None => of_listening("http", listeners.main()),
    }
}

/// What [`of_listeners`] will say of a server with these settings and fixed ports.
pub fn of_config(config: &Config) -> anyhow::Result<Url> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    of_listening(scheme, config.tls_listen.unwrap_or(config.listen))
}

/// Scheme and the address listened on; for the unspecified address the machine's first LAN address.
pub fn of_listening(scheme: &str, address: SocketAddr) -> anyhow::Result<Url> {
    let host = if address.ip().is_unspecified() {
        lan_address().unwrap_or(IpAddr::from([127, 0, 0, 1]))
    } else {
        address.ip()
    };
    Ok(Url::parse(&format!("{scheme}://{}", SocketAddr::new(host, address.port())))?)
}
