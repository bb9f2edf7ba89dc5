//! Secrets: random texts for tokens, and the file that seals what must not be read from the disk.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// 256 random bits as 43 characters.
pub fn random_text() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// A new API token: 256 random bits behind the prefix of its kind.
pub fn new_token(publishable: bool) -> String {
    format!("{}{}", if publishable { "pk_live_" } else { "sk_live_" }, random_text())
}

/// The installation's secret, `DIR/secret.key`: 32 random bytes, made at the first start.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Reads the key below the data directory, making it where missing.
    pub fn open(data: &Path) -> io::Result<Self> {
        let path = data.join("secret.key");
        match fs::read(&path) {
            Ok(bytes) => <[u8; 32]>::try_from(bytes).map(Self).map_err(|bytes| {
                io::Error::other(format!(
                    "{} has {} bytes instead of 32; restore it from a backup",
                    path.display(),
                    bytes.len()
                ))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key: [u8; 32] = rand::random();
                let temporary = path.with_extension("tmp");
                let mut file = fs::File::create(&temporary)?;
                file.write_all(&key)?;
                file.sync_all()?;
                fs::rename(temporary, path)?;
                fs::File::open(data)?.sync_all()?;
                Ok(Self(key))
            }
            Err(error) => Err(error),
        }
    }

    /// A key for one purpose; knowing it tells nothing about the others.
    pub fn derive(&self, purpose: &str) -> [u8; 16] {
        let digest = Sha256::new().chain_update(self.0).chain_update(purpose.as_bytes()).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        key
    }
}
