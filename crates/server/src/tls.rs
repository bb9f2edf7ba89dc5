//! TLS from files: a certificate chain and its key in PEM, read at the start and again on SIGHUP.

use crate::config::ConfigError;
use crate::hosts::Hosts;
use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
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

/// What is presented to new connections. Those that are open keep what they began with.
pub struct Tls(ArcSwap<ServerConfig>);

impl Tls {
    /// Reads the files.
    pub fn open(files: &TlsFiles) -> Result<Self, ConfigError> {
        Ok(Self(ArcSwap::from_pointee(read(files)?)))
    }

    /// Reads the files again; after an error all is as before.
    pub fn reload(&self, files: &TlsFiles) -> Result<(), ConfigError> {
        self.0.store(Arc::new(read(files)?));
        Ok(())
    }

    /// What the next handshake uses.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.0.load_full()
    }
}

fn read(files: &TlsFiles) -> Result<ServerConfig, ConfigError> {
    let failed = |setting: &str, path: &Path, why: String| {
        ConfigError(format!("tls.{setting}: {}: {why}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<CertificateDer<'static>>, _>>)
        .map_err(|error| failed("cert", &files.cert, error.to_string()))?;
    if chain.is_empty() {
        return Err(failed("cert", &files.cert, "holds no certificate in PEM".into()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| failed("key", &files.key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| {
            failed("key", &files.key, format!("does not fit {}: {error}", files.cert.display()))
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
