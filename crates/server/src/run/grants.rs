//! What a browser was let into: for twelve hours it is not asked for the same password again.

use crate::redirect::request;
use crate::signed::Signer;
use hyper::HeaderMap;
use model::workflow::payload::Password;
use model::{Millis, StepId};
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Name of the cookie.
const COOKIE: &str = "qzg";
/// How long it lets in.
const LIFE_MS: i64 = 12 * 3_600_000;
/// Pages that it remembers.
const MOST: usize = 8;

#[derive(Clone, Serialize, Deserialize)]
struct Grant {
    step: StepId,
    /// Of the password's hash: another password ends the grant.
    password: u64,
    until: Millis,
}

/// The grants of a browser.
#[derive(Clone, Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// Reads the browser's cookie; one that is not ours grants nothing.
    pub fn read(signer: &Signer, headers: &HeaderMap) -> Self {
        let value = request::cookie(headers, COOKIE);
        Self(value.and_then(|value| signer.open(value)).unwrap_or_default())
    }

    /// Whether the page needs no password any more.
    pub fn opens(&self, step: StepId, password: &Password, now: Millis) -> bool {
        let print = print(password);
        self.0.iter().any(|grant| grant.step == step && grant.password == print && now < grant.until)
    }

    /// Adds a page; gives the cookie that says so.
    pub fn add(
        &mut self,
        signer: &Signer,
        step: StepId,
        password: &Password,
        now: Millis,
        is_https: bool,
    ) -> String {
        self.0.retain(|grant| grant.step != step && now < grant.until);
        self.0.insert(0, Grant { step, password: print(password), until: now.plus(LIFE_MS) });
        self.0.truncate(MOST);
        let secure = if is_https { "; Secure" } else { "" };
        let (value, age) = (signer.seal(&self.0), LIFE_MS / 1000);
        format!("{COOKIE}={value}; Path=/r; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
    }
}

fn print(password: &Password) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(password.hash.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_grant_is_for_a_page_a_password_and_twelve_hours() {
        let signer = Signer::new([1; 16]);
        let step = StepId(Uuid::from_u128(1));
        let password = |hash: &str| Password { hash: hash.into(), ..Password::default() };
        let cookie = Grants::default().add(&signer, step, &password("a"), Millis(0), false);
        let mut headers = HeaderMap::new();
        headers.insert(hyper::header::COOKIE, cookie.split(';').next().unwrap().parse().unwrap());
        let grants = Grants::read(&signer, &headers);
        assert!(grants.opens(step, &password("a"), Millis(LIFE_MS - 1)));
        assert!(!grants.opens(step, &password("a"), Millis(LIFE_MS)), "over");
        assert!(!grants.opens(step, &password("b"), Millis(0)), "another password");
        assert!(!grants.opens(StepId(Uuid::from_u128(2)), &password("a"), Millis(0)), "another page");
        assert!(
            !Grants::read(&Signer::new([2; 16]), &headers).opens(step, &password("a"), Millis(0)),
            "forged"
        );
    }
}
