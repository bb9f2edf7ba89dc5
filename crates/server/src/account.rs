//! What an account's e-mail address and password must look like, and how a password is kept (argon2id).

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

/// Characters in a password, at least (NIST SP 800-63B: length over composition rules).
const PASSWORD_MIN: usize = 8;
/// Bytes in a password, at most; argon2 takes more, a request should not.
const PASSWORD_MAX: usize = 1024;

/// Refuses what cannot be an e-mail address; the only real test is a mail that arrives.
pub fn check_email(email: &str) -> Result<(), String> {
    let fine = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    if fine { Ok(()) } else { Err(format!("\"{email}\" is not an e-mail address")) }
}

/// The form in which e-mail addresses are compared and kept.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Refuses passwords too short to be safe or too long to be meant.
pub fn check_password(password: &str) -> Result<(), String> {
    match password.chars().count() {
        n if n < PASSWORD_MIN => {
            Err(format!("a password has at least {PASSWORD_MIN} characters; this one has {n}"))
        }
        _ if password.len() > PASSWORD_MAX => Err(format!("a password has at most {PASSWORD_MAX} bytes")),
        _ => Ok(()),
    }
}

/// The PHC string of a password under a fresh salt. Takes tens of milliseconds: not for redirect or API threads.
pub fn hash_password(password: &str, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a valid salt");
    Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .expect("argon2's default parameters are valid")
        .to_string()
}

/// Whether `password` is the one behind a PHC string.
pub fn verify_password(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other() {
        let phc = hash_password("correct horse", [7; 16]);
        assert!(phc.starts_with("$argon2id$"));
        assert!(verify_password("correct horse", &phc));
        assert!(!verify_password("correct hors", &phc));
        assert!(!verify_password("correct horse", "not a hash"));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(check_email("chef@example.com").is_ok());
        for bad in ["", "chef", "chef@", "@example.com", "a b@example.com", "a@b@example.com", "a@example"] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
        assert!(check_password("1234567").unwrap_err().contains("at least 8"));
        assert!(check_password("pässwörd").is_ok());
        assert_eq!(normal_email(" Chef@Example.com "), "chef@example.com");
    }
}
