//! Hosts we answer for. Any other `Host` gets a 404 in plain words, never a redirect (DESIGN §9).

use crate::catalog::links::BASE_DOMAIN;
use model::DomainId;
use model::destination::authority;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use url::Url;

/// The known hosts.
#[derive(Debug, Clone)]
pub struct Hosts {
    base: Url,
    /// Authority in its [`plain`] form -> domain; the base host's is nil.
    known: HashMap<String, DomainId>,
    /// Names of former base hosts, which lead on at the base URL.
    former: HashSet<String>,
    domains: HashMap<DomainId, Custom>,
}

/// A domain of a workspace under which links answer.
#[derive(Debug, Clone)]
pub struct Custom {
    /// Its id.
    pub id: DomainId,
    /// Its name, in lower case.
    pub name: String,
    /// Where its root leads.
    pub root_destination: Option<String>,
}

impl Hosts {
    /// The base host and the `former` ones, with which codes were printed; of a loopback address also its other names.
    pub fn new(base: Url, former: &[Url]) -> Self {
        let names = former.iter().filter_map(|url| Some(name(url.host_str()?).into_owned())).collect();
        let mut hosts =
            Self { known: HashMap::new(), former: names, domains: HashMap::new(), base: base.clone() };
        for url in std::iter::once(&base).chain(former) {
            hosts.know(url);
        }
        hosts
    }

    /// And the address listened on. At its plain port it stays what it is, wherever the base URL leads: who has mistyped
    /// that comes in here.
    #[must_use]
    pub fn listening_at(mut self, address: &Url) -> Self {
        self.know(address);
        self.former.remove(&*name(address.host_str().unwrap_or_default()));
        self
    }

    fn know(&mut self, url: &Url) {
        self.known.insert(plain(&authority(url)).into_owned(), BASE_DOMAIN);
        if is_loopback(url) {
            for name in LOOPBACK {
                self.known.insert(at_port(name, url.port()), BASE_DOMAIN);
            }
        }
    }

    /// And workspaces' domains, at the base URL's port and at the scheme's own. None takes the place of a host that is
    /// ours already.
    #[must_use]
    pub fn with_domains(mut self, domains: impl IntoIterator<Item = Custom>) -> Self {
        for domain in domains {
            for host in [at_port(&domain.name, self.base.port()), domain.name.clone()] {
                self.known.entry(host).or_insert(domain.id);
            }
            self.domains.insert(domain.id, domain);
        }
        self
    }

    /// Whether a domain is the base host: API and dashboard are there alone.
    pub fn is_base(&self, domain: DomainId) -> bool {
        domain == BASE_DOMAIN
    }

    /// The base URL's host, without its port.
    pub fn base_host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Where the root of a domain leads.
    pub fn root(&self, domain: DomainId) -> Option<&str> {
        self.domains.get(&domain)?.root_destination.as_deref()
    }

    /// What links under a domain begin with.
    fn url(&self, domain: DomainId) -> Url {
        let mut url = self.base.clone();
        if let Some(domain) = self.domains.get(&domain) {
            // The names of domains are hosts; one that is not would leave the base's.
            let _ = url.set_host(Some(&domain.name));
        }
        url
    }

    /// What links in answers, mails and on the console begin with, without the last slash.
    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Host, and port where it is not the scheme's own, of [`Hosts::base`].
    pub fn own_authority(&self) -> String {
        authority(&self.base)
    }

    /// Whether cookies can be `Secure`.
    pub fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The domain of a `Host` header or `:authority`, if it is ours.
    pub fn domain(&self, host: &str) -> Option<DomainId> {
        self.known.get(host).or_else(|| self.known.get(&*plain(host))).copied()
    }

    /// Domains under which links answer, the base host's first.
    pub fn link_domains(&self) -> impl Iterator<Item = DomainId> {
        std::iter::once(BASE_DOMAIN).chain(self.domains.keys().copied())
    }

    /// Authority at which a host of ours, at whatever port it was asked, answers by https: the base URL's, and for a
    /// domain its own name at the base URL's port. What the server itself listens on says nothing of it: a firewall may
    /// map one port to another. `None`: by https it answers nowhere that we know.
    pub fn https_authority(&self, host: &str) -> Option<String> {
        let name = name(host);
        if !self.is_https() {
            return None;
        }
        if self.former.contains(&*name) && *name != *self::name(self.base_host()) {
            return Some(self.own_authority());
        }
        let authority = at_port(&name, self.base.port());
        self.known.contains_key(&authority).then_some(authority)
    }

    /// Authorities a destination may not have.
    pub fn authorities(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    /// The short URL of a slug under a domain.
    pub fn entrypoint(&self, domain: DomainId, slug: &str) -> String {
        let mut url = self.url(domain);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(slug);
        }
        url.into()
    }

    /// What a code of a slug holds: `SCHEME://HOST/Q/SLUG`, upper-cased so that QR's alphanumeric mode can hold it.
    pub fn qr_entrypoint(&self, domain: DomainId, slug: &model::Slug) -> String {
        let url = self.url(domain);
        format!("{}/Q/{}", url.as_str().trim_end_matches('/').to_ascii_uppercase(), slug.for_code())
    }
}

/// Names of this very machine.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

fn at_port(name: &str, port: Option<u16>) -> String {
    port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// A host's name and, where it has one, its port.
fn split(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    }
}

/// A host's name alone: in lower case, without port, and without the dot that ends a name which is whole (RFC 1034 §3.1).
fn name(host: &str) -> Cow<'_, str> {
    let (name, _) = split(host);
    lower(name.strip_suffix('.').unwrap_or(name))
}

/// A host as it is kept: in lower case, without the dot at the end of its name, and without a port that goes without
/// saying. Either scheme's: proxies write `$host:$server_port`, whichever they were asked by.
pub fn plain(host: &str) -> Cow<'_, str> {
    match split(host).1 {
        None | Some("" | "80" | "443") => name(host),
        Some(port) if split(host).0.ends_with('.') => Cow::Owned(format!("{}:{port}", name(host))),
        Some(_) => lower(host),
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// Whether a `Host` header or `:authority` is a name of this very machine.
pub fn is_loopback_name(host: &str) -> bool {
    Url::parse(&format!("http://{host}")).is_ok_and(|url| is_loopback(&url))
}

/// Whether only this very machine can reach a URL.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_base_has_three_names_and_a_public_one() {
        let hosts = Hosts::new(
            "http://127.0.0.1:8080".parse().unwrap(),
            &["https://old.example.com".parse().unwrap()],
        );
        assert!(hosts.domain("old.example.com").is_some());
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            assert!(hosts.domain(host).is_some(), "{host}");
        }
        for host in ["127.0.0.1", "localhost:80", "evil.example", ""] {
            assert!(hosts.domain(host).is_none(), "{host}");
        }
        let hosts = Hosts::new("https://Go.Example.com".parse().unwrap(), &[]);
        assert!(hosts.domain("go.example.com").is_some());
        assert!(hosts.domain("localhost").is_none());
    }

    #[test]
    fn a_port_that_goes_without_saying_and_the_dot_of_a_whole_name_are_looked_past() {
        for base in ["https://go.example.com", "http://go.example.com", "https://go.example.com."] {
            let hosts = Hosts::new(base.parse().unwrap(), &[]);
            for host in ["GO.example.com:443", "go.example.com:80", "go.example.com.", "Go.Example.com.:443"]
            {
                assert!(hosts.domain(host).is_some(), "{base} {host}");
            }
            for host in ["go.example.com:8080", "go.example.com..", "example.com.", ".", ":", ":80"] {
                assert!(hosts.domain(host).is_none(), "{base} {host}");
            }
        }
        let hosts = Hosts::new("http://go.example.com:8080".parse().unwrap(), &[]);
        assert!(hosts.domain("go.example.com.:8080").is_some());
        assert!(hosts.domain("go.example.com:80").is_none(), "another port is another server");
    }

    #[test]
    fn the_plain_port_leads_to_the_base_urls_authority() {
        let former = "http://old.example.com".parse().unwrap();
        let hosts = Hosts::new("https://go.example.com".parse().unwrap(), &[former])
            .listening_at(&"http://192.0.2.7:8080".parse().unwrap());
        for host in ["Go.example.com:80", "go.example.com", "go.example.com.:8080", "old.example.com"] {
            assert_eq!(hosts.https_authority(host).as_deref(), Some("go.example.com"), "{host}");
        }
        assert_eq!(hosts.https_authority("evil.example"), None);
        assert_eq!(hosts.https_authority("192.0.2.7:8080"), None, "who mistyped the base URL comes in here");
        let id = DomainId(uuid::Uuid::from_u128(1));
        let hosts = Hosts::new("https://127.0.0.1:8443".parse().unwrap(), &[])
            .listening_at(&"http://127.0.0.1:8080".parse().unwrap())
            .with_domains([Custom { id, name: "qr.example.org".into(), root_destination: None }]);
        for (host, authority) in [
            ("127.0.0.1:8080", "127.0.0.1:8443"),
            ("[::1]:8080", "[::1]:8443"),
            ("[::1]", "[::1]:8443"),
            ("QR.example.org", "qr.example.org:8443"),
        ] {
            assert_eq!(hosts.https_authority(host).as_deref(), Some(authority), "{host}");
        }
        let hosts = Hosts::new("http://go.example.com".parse().unwrap(), &[]);
        assert_eq!(hosts.https_authority("go.example.com"), None, "nothing is known of https");
    }

    #[test]
    fn entrypoints_are_made_from_the_base() {
        let hosts = Hosts::new("https://go.example.com".parse().unwrap(), &[]);
        let slug = model::Slug::parse("Menü").unwrap();
        assert_eq!(hosts.entrypoint(BASE_DOMAIN, slug.as_str()), "https://go.example.com/Men%C3%BC");
        assert_eq!(hosts.qr_entrypoint(BASE_DOMAIN, &slug), "HTTPS://GO.EXAMPLE.COM/Q/MEN%C3%BC");
    }

    #[test]
    fn links_of_a_domain_hang_below_its_name() {
        let id = DomainId(uuid::Uuid::from_u128(1));
        let of = |base: &str| {
            let domain = |name: &str| Custom { id, name: name.into(), root_destination: None };
            Hosts::new(base.parse().unwrap(), &[]).with_domains([domain("go.example.com")])
        };
        let hosts = of("https://qr.example.org");
        assert_eq!(hosts.domain("GO.example.com"), Some(id));
        assert_eq!(hosts.entrypoint(id, "menu"), "https://go.example.com/menu");
        let slug = model::Slug::parse("menu").unwrap();
        assert_eq!(hosts.qr_entrypoint(id, &slug), "HTTPS://GO.EXAMPLE.COM/Q/MENU");
        let hosts = of("http://127.0.0.1:8080");
        assert_eq!(hosts.domain("go.example.com:8080"), Some(id));
        assert_eq!(hosts.domain("go.example.com"), Some(id));
        assert_eq!(hosts.entrypoint(id, "menu"), "http://go.example.com:8080/menu");
        let hosts = of("https://go.example.com");
        assert_eq!(hosts.domain("go.example.com"), Some(BASE_DOMAIN), "the base host stays what it is");
    }
}
