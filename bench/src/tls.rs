//! A certificate of its own for a run over TLS, and a client that takes it.

use anyhow::Context;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The certificate's files, and who trusts it.
pub struct Certificate {
    folder: TempDir,
    /// For the load generator.
    pub client: Arc<ClientConfig>,
}

impl Certificate {
    /// Makes one for 127.0.0.1.
    pub fn make() -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem())?;
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let mut client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { folder, client: Arc::new(client) })
    }

    /// The certificate, in PEM.
    pub fn cert(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Its key, in PEM.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}

/// What a server needs of a certificate's files.
pub fn server(cert: &Path, key: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_file_iter(cert)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key).context("key")?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
