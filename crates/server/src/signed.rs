//! Values that go out into the world and come back: signed, so that nobody can make one up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

const MAC_BYTES: usize = 16;

/// Signs values of one purpose; each purpose has a key of its own.
#[derive(Clone)]
pub struct Signer {
    key: [u8; 16],
}

impl Signer {
    /// With a key derived from the installation's secret.
    pub const fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The value as a text of base64url.
    pub fn seal<T: Serialize>(&self, value: &T) -> String {
        // Writing into memory fails only where a type cannot be written at all.
        let mut bytes = postcard::to_extend(value, vec![0; MAC_BYTES]).unwrap_or_default();
        if bytes.len() >= MAC_BYTES {
            let mac = self.mac(&bytes[MAC_BYTES..]);
            bytes[..MAC_BYTES].copy_from_slice(&mac);
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The value behind a text, unless it is made up.
    pub fn open<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (mac, body) = bytes.split_at_checked(MAC_BYTES)?;
        // In constant time: what is guessed here is a capability.
        let differing = mac.iter().zip(self.mac(body)).fold(0, |all, (a, b)| all | (a ^ b));
        if differing != 0 {
            return None;
        }
        postcard::from_bytes(body).ok()
    }

    /// Half of a SHA-256 behind a key of fixed length: nobody who has not the other half can make it longer.
    fn mac(&self, body: &[u8]) -> [u8; MAC_BYTES] {
        let digest = Sha256::new().chain_update(self.key).chain_update(body).finalize();
        let mut mac = [0; MAC_BYTES];
        mac.copy_from_slice(&digest[..MAC_BYTES]);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_is_read() {
        let signer = Signer::new([7; 16]);
        let text = signer.seal(&(5u32, "menu"));
        assert_eq!(signer.open::<(u32, String)>(&text), Some((5, "menu".to_owned())));
        assert_eq!(Signer::new([8; 16]).open::<(u32, String)>(&text), None);
        for forged in ["", "AAAA", &text[1..], &text[..text.len() - 1]] {
            assert_eq!(signer.open::<(u32, String)>(forged), None, "{forged}");
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let signer = Signer::new([7; 16]);
        let bytes = URL_SAFE_NO_PAD.decode(signer.seal(&(5u32, "menu"))).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(signer.open::<(u32, String)>(&URL_SAFE_NO_PAD.encode(forged)), None, "bit {bit}");
        }
    }
}
