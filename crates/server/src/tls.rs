//! TLS from files: a certificate chain and its key in PEM, read at the start and again on SIGHUP.

use crate::config::ConfigError;
use crate::hosts::Hosts;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use model::Millis;
use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub cert: PathBuf,
    /// Its key: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// From so long before its end on it is told that a certificate runs out: tools renew a month ahead, and have failed by then.
pub const RUNS_OUT_MS: i64 = 14 * 86_400_000;

/// What is presented to new connections. Those that are open keep what they began with.
pub struct Tls {
    presented: ArcSwap<Certified>,
    /// Why the files could not be used the last time they were read.
    failure: Mutex<Option<String>>,
}

impl Tls {
    /// Reads the files.
    pub fn open(files: &TlsFiles) -> Result<Self, ConfigError> {
        Ok(Self { presented: ArcSwap::from_pointee(Certified::read(files)?), failure: Mutex::default() })
    }

    /// Reads the files again; after an error all is as before, and [`Tls::complaint`] tells of it.
    pub fn reload(&self, files: &TlsFiles) -> Result<(), ConfigError> {
        let read = Certified::read(files).map(|certified| self.presented.store(Arc::new(certified)));
        *self.failure.lock() = read.as_ref().err().map(ToString::to_string);
        read
    }

    /// What the next handshake uses.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.presented.load().config.clone()
    }

    /// What is wrong with the certificate at `now`: it could not be read again, runs out soon, or has run out.
    pub fn complaint(&self, now: Millis) -> Option<String> {
        complaint(self.failure.lock().as_deref(), self.presented.load().until, now)
    }
}

fn complaint(failure: Option<&str>, until: Option<Millis>, now: Millis) -> Option<String> {
    let end = until.map(|until| match until > now {
        true => format!("runs out on {}", day(until)),
        false => format!("ran out on {}", day(until)),
    });
    match (failure, end, until) {
        (Some(why), Some(end), _) => {
            Some(format!("the certificate could not be read again: {why}; the one in use {end}"))
        }
        (Some(why), None, _) => Some(format!("the certificate could not be read again: {why}")),
        (None, Some(end), Some(until)) if until.0 - now.0 <= RUNS_OUT_MS => Some(format!(
            "the certificate {end}, and browsers refuse one that has; put a new one in its place and send SIGHUP"
        )),
        (None, ..) => None,
    }
}

/// The UTC day of an instant.
pub fn day(at: Millis) -> impl std::fmt::Display {
    at.timestamp().strftime("%Y-%m-%d")
}

/// A certificate with the key that fits it, as read from files.
pub struct Certified {
    config: Arc<ServerConfig>,
    /// The server's own, without the chain behind it.
    certificate: CertificateDer<'static>,
    /// When it runs out, where that can be read. Its own end alone: a chain may well hold an old root that nobody needs.
    pub until: Option<Millis>,
}

impl Certified {
    /// Reads the files; the error names the one at fault.
    pub fn read(files: &TlsFiles) -> Result<Self, ConfigError> {
        let chain = read_chain(files)?;
        let certificate = chain[0].clone();
        let until = x509_parser::parse_x509_certificate(&certificate)
            .ok()
            .map(|(_, read)| Millis(read.validity().not_after.timestamp().saturating_mul(1000)));
        Ok(Self { config: Arc::new(configure(files, chain)?), certificate, until })
    }

    /// Whether browsers take it for this host, a name or an address.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.');
        let certificate = ParsedCertificate::try_from(&self.certificate);
        certificate.is_ok_and(|certificate| {
            ServerName::try_from(host).is_ok_and(|name| verify_server_name(&certificate, &name).is_ok())
        })
    }
}

fn failed(setting: &str, path: &Path, why: &str) -> ConfigError {
    ConfigError(format!("tls.{setting}: {}: {why}", path.display()))
}

/// At least one certificate, the server's own first.
fn read_chain(files: &TlsFiles) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<CertificateDer<'static>>, _>>)
        .map_err(|error| failed("cert", &files.cert, &error.to_string()))?;
    if chain.is_empty() {
        return Err(failed("cert", &files.cert, "holds no certificate in PEM"));
    }
    Ok(chain)
}

fn configure(files: &TlsFiles, chain: Vec<CertificateDer<'static>>) -> Result<ServerConfig, ConfigError> {
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| failed("key", &files.key, &error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| {
            failed("key", &files.key, &format!("does not fit {}: {error}", files.cert.display()))
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Where a request at the plain port goes on by https; `None` for what is answered at either port: health, metrics, and
/// hosts that are not ours.
pub fn to_https(head: &Parts, hosts: &Hosts) -> Option<Response<Full<Bytes>>> {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    if matches!(head.uri.path(), "/health/live" | "/health/ready" | "/metrics") {
        return None;
    }
    let host = match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => head.headers.get(header::HOST)?.to_str().ok()?,
    };
    let location = format!("https://{}{path}", hosts.https_authority(host)?);
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::PERMANENT_REDIRECT;
    answer.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&location).ok()?);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_complained_of_from_two_weeks_before_its_end() {
        let until = Millis(100 * 86_400_000);
        let told = |failure, now| complaint(failure, Some(until), Millis(now)).unwrap_or_default();
        assert_eq!(told(None, until.0 - RUNS_OUT_MS - 1), "");
        assert!(told(None, until.0 - RUNS_OUT_MS).starts_with("the certificate runs out on 1970-04-11"));
        assert!(told(None, until.0 - 1).starts_with("the certificate runs out on"));
        assert!(told(None, until.0).starts_with("the certificate ran out on 1970-04-11"));
        let failed =
            "the certificate could not be read again: no such file; the one in use runs out on 1970-04-11";
        assert_eq!(told(Some("no such file"), 0), failed);
        assert!(complaint(None, None, Millis(0)).is_none());
        assert!(complaint(Some("no such file"), None, Millis(0)).is_some());
    }
}
