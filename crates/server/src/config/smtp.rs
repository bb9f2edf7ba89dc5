//! Settings of the mail server.

use super::ConfigError;
use crate::smtp::{Encryption, Settings};
use serde::Deserialize;
use std::path::PathBuf;

/// As they are written.
#[derive(Deserialize)]
pub struct Raw {
    host: String,
    port: u16,
    encryption: String,
    user: String,
    password: String,
    password_file: PathBuf,
    from: String,
}

/// Reads them; nothing where no server is named.
pub fn read(raw: &Raw) -> Result<Option<Settings>, ConfigError> {
    let fail = |text: String| Err(ConfigError(text));
    if raw.host.is_empty() {
        return match raw.from.is_empty() && raw.user.is_empty() {
            true => Ok(None),
            false if raw.from.is_empty() => fail("smtp.user is set without smtp.host".into()),
            false => fail("smtp.from is set without smtp.host".into()),
        };
    }
    let (encryption, usual) = match raw.encryption.as_str() {
        "starttls" => (Encryption::StartTls, 587),
        "tls" => (Encryption::Tls, 465),
        "none" => (Encryption::None, 25),
        other => {
            return fail(format!(
                "smtp.encryption: \"{other}\" is none of \"starttls\", \"tls\" and \"none\""
            ));
        }
    };
    let Ok(from) = raw.from.parse() else {
        return fail(format!(
            "smtp.from: \"{}\" is not an address such as quietzone@example.com or Quietzone <quietzone@example.com>",
            raw.from
        ));
    };
    let password = match (raw.password.as_str(), raw.password_file.as_os_str().is_empty()) {
        (password, true) => password.to_owned(),
        ("", false) => std::fs::read_to_string(&raw.password_file)
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| {
                ConfigError(format!("smtp.password_file: {}: {error}", raw.password_file.display()))
            })?,
        _ => return fail("smtp.password and smtp.password_file are both set; give one".into()),
    };
    let login = match (raw.user.as_str(), password.as_str()) {
        ("", "") => None,
        (user, password) if !user.is_empty() && !password.is_empty() => {
            Some((user.to_owned(), password.to_owned()))
        }
        _ => return fail("smtp.user and smtp.password belong together; give both or neither".into()),
    };
    let port = if raw.port == 0 { usual } else { raw.port };
    Ok(Some(Settings { host: raw.host.clone(), port, encryption, login, from }))
}
