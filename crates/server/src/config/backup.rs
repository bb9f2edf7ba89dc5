//! Settings of backups.

use super::ConfigError;
use crate::backup::s3::Access;
use crate::backup::target;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use model::schedule::Schedule;
use serde::Deserialize;
use std::path::PathBuf;

/// As they are written.
#[derive(Deserialize)]
pub struct Raw {
    target: String,
    every_h: u32,
    at: String,
    keep: usize,
    endpoint: String,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    secret_access_key_file: PathBuf,
}

/// Where, when, how many.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server makes backups by itself; empty: nowhere.
    pub target: String,
    /// When.
    pub schedule: Schedule,
    /// Whose clock tells the time of day.
    pub zone: TimeZone,
    /// Backups that stay; 0: all.
    pub keep: usize,
    /// How a bucket is reached.
    pub access: Access,
}

/// Reads them. `timezone` is valid.
pub fn read(raw: &Raw, timezone: &str) -> Result<Settings, ConfigError> {
    let fail = |text: String| Err(ConfigError(text));
    if let Err(why) = target::check_name(&raw.target) {
        return fail(format!("backup.target: {why}"));
    }
    let Ok(at) = Time::strptime("%H:%M", &raw.at) else {
        return fail(format!("backup.at: \"{}\" is not a time of day such as 03:30", raw.at));
    };
    let secret = match (raw.secret_access_key.as_str(), raw.secret_access_key_file.as_os_str().is_empty()) {
        (secret, true) => secret.to_owned(),
        ("", false) => std::fs::read_to_string(&raw.secret_access_key_file)
            .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
            .map_err(|error| {
                let file = raw.secret_access_key_file.display();
                ConfigError(format!("backup.secret_access_key_file: {file}: {error}"))
            })?,
        _ => {
            return fail(
                "backup.secret_access_key and backup.secret_access_key_file are both set; give one".into(),
            );
        }
    };
    if raw.access_key_id.is_empty() != secret.is_empty() {
        return fail(
            "backup.access_key_id and backup.secret_access_key belong together; give both or neither".into(),
        );
    }
    Ok(Settings {
        target: raw.target.clone(),
        schedule: match raw.every_h {
            0 => Schedule::Never,
            24 => Schedule::Daily(at),
            hours => Schedule::Hours(hours),
        },
        zone: TimeZone::get(timezone).unwrap_or(TimeZone::UTC),
        keep: raw.keep,
        access: Access {
            endpoint: raw.endpoint.clone(),
            region: raw.region.clone(),
            access_key_id: raw.access_key_id.clone(),
            secret_access_key: secret,
        },
    })
}
