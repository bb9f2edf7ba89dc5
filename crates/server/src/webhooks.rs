//! Webhooks: others are told of what happens, signed, and again until they have heard it. What is to be told is noted in
//! the transaction of what it tells of ([`note`]), its body is made once ([`compose`]), and one task sends ([`sender`]).

pub mod compose;
pub mod note;
pub mod sender;
pub mod sign;

use crate::outbound::Client;
use crate::sealed::Sealer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use tokio::sync::Notify;
use uuid::Uuid;

/// How long a secret that was replaced signs beside the new one.
pub const BOTH_SECRETS_MS: i64 = model::time::DAY_MS;

/// What sending needs.
pub struct Webhooks {
    /// Makes the requests.
    pub client: Client,
    /// Keeps the secrets.
    pub sealer: Sealer,
    /// Rung when something is to be sent.
    pub bell: Arc<Notify>,
}

impl Webhooks {
    /// A new secret, as its owner sees it and as it is kept.
    pub fn new_secret(&self, webhook: Uuid) -> (String, Vec<u8>) {
        let secret: [u8; 32] = rand::random();
        let sealed = self.sealer.seal(webhook.as_bytes(), &secret, rand::random());
        (format!("{}{}", sign::PREFIX, STANDARD.encode(secret)), sealed)
    }
}
