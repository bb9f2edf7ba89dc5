//! Secrets at rest: sealed with a key derived from `DIR/secret.key` (AES-128-GCM), each bound to what it belongs to, so
//! that a database alone gives none away and one cannot stand in for another.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Seals and opens.
pub struct Sealer {
    key: Option<LessSafeKey>,
}

impl Sealer {
    /// With a key derived for this purpose alone.
    pub fn new(key: [u8; 16]) -> Self {
        // Sixteen bytes always make a key of AES-128.
        Self { key: UnboundKey::new(&AES_128_GCM, &key).ok().map(LessSafeKey::new) }
    }

    /// Seals `secret` for `owner`. `nonce` is random and never used again.
    pub fn seal(&self, owner: &[u8], secret: &[u8], nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let mut sealed = secret.to_vec();
        let nonce_of = Nonce::assume_unique_for_key(nonce);
        let done = self
            .key
            .as_ref()
            .map(|key| key.seal_in_place_append_tag(nonce_of, Aad::from(owner), &mut sealed));
        match done {
            Some(Ok(())) => [&nonce[..], &sealed].concat(),
            _ => Vec::new(),
        }
    }

    /// The secret that was sealed for `owner`; nothing if it was not, or with another key.
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.as_ref()?.open_in_place(nonce, Aad::from(owner), &mut bytes).ok()?;
        Some(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_owner_with_its_key_only() {
        let sealer = Sealer::new([7; 16]);
        let sealed = sealer.seal(b"webhook 1", b"secret", [1; NONCE_LEN]);
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(sealer.open(b"webhook 1", &sealed).unwrap(), b"secret");
        assert_eq!(sealer.open(b"webhook 2", &sealed), None);
        assert_eq!(Sealer::new([8; 16]).open(b"webhook 1", &sealed), None);
        for cut in 0..sealed.len() {
            assert_eq!(sealer.open(b"webhook 1", &sealed[..cut]), None);
        }
    }
}
