//! Hosts we answer for. Any other `Host` gets a 404 in plain words, never a redirect (DESIGN §9).

use crate::catalog::links::BASE_DOMAIN;
use model::DomainId;
use model::destination::authority;
use std::collections::HashMap;
use url::Url;

/// The known hosts.
#[derive(Debug, Clone)]
pub struct Hosts {
    base: Url,
    /// Authority, in lower case, without the scheme's own port -> domain; the base host's is nil.
    known: HashMap<String, DomainId>,
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
        let mut known = HashMap::new();
        for url in std::iter::once(&base).chain(former) {
            known.insert(authority(url), BASE_DOMAIN);
            if is_loopback(url) {
                for name in ["localhost", "127.0.0.1", "[::1]"] {
                    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                    known.insert(format!("{name}{port}"), BASE_DOMAIN);
                }
            }
        }
        Self { base, known, domains: HashMap::new() }
    }

    /// And workspaces' domains, at the base URL's port and at the scheme's own. None takes the place of a host that is
    /// ours already.
    #[must_use]
    pub fn with_domains(mut self, domains: impl IntoIterator<Item = Custom>) -> Self {
        for domain in domains {
            let port = self.base.port().map(|port| format!("{}:{port}", domain.name));
            for host in port.into_iter().chain([domain.name.clone()]) {
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
        if let Some(domain) = self.known.get(host) {
            return Some(*domain);
        }
        let own_port = if self.is_https() { ":443" } else { ":80" };
        let lower = host.to_ascii_lowercase();
        let bare = lower.strip_suffix(own_port).unwrap_or(&lower);
        self.known.get(bare).copied()
    }

    /// Authority at which a host of ours answers by https on this port.
    pub fn https_authority(&self, host: &str, port: u16) -> Option<String> {
        let lower = host.to_ascii_lowercase();
        let name = match lower.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => &lower,
        };
        let authority = if port == 443 { name.to_owned() } else { format!("{name}:{port}") };
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
        assert!(hosts.domain("GO.example.com:443").is_some());
        assert!(hosts.domain("go.example.com:80").is_none());
        assert!(hosts.domain("localhost").is_none());
    }

    #[test]
    fn the_plain_port_knows_where_https_answers() {
        let hosts = Hosts::new("https://go.example.com".parse().unwrap(), &[]);
        assert_eq!(hosts.https_authority("Go.example.com:80", 443).unwrap(), "go.example.com");
        assert_eq!(hosts.https_authority("go.example.com", 443).unwrap(), "go.example.com");
        assert_eq!(hosts.https_authority("evil.example", 443), None);
        let hosts = Hosts::new("https://127.0.0.1:8443".parse().unwrap(), &[]);
        assert_eq!(hosts.https_authority("127.0.0.1:8080", 8443).unwrap(), "127.0.0.1:8443");
        assert_eq!(hosts.https_authority("[::1]:8080", 8443).unwrap(), "[::1]:8443");
        assert_eq!(hosts.https_authority("[::1]", 8443).unwrap(), "[::1]:8443");
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
