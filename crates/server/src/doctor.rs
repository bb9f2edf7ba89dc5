//! `quietzone doctor`: looks at everything around the program that can be wrong, and says how to mend it. Looks only: it
//! takes no lock, changes nothing that is kept, and works beside a running server and before the first start.

mod access;
pub mod ask;
mod clock;
mod disk;
mod geo;
mod kept;
mod reach;
pub mod running;
mod smtp;
mod tls;

use crate::config::Config;
use model::Millis;
use running::Running;
use serde::Serialize;

/// What a check has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and not as well as it could.
    Warn,
    /// Something will not work.
    Fail,
}

impl State {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at; the same word in every version.
    pub name: &'static str,
    /// What was found.
    pub state: State,
    /// The finding, one sentence.
    pub message: String,
    /// What to do about it; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Check {
    fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, state: State::Ok, message: message.into(), mend: None }
    }

    fn warn(name: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, state: State::Warn, message: message.into(), mend: Some(mend.into()) }
    }

    fn fail(name: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, state: State::Fail, message: message.into(), mend: Some(mend.into()) }
    }
}

/// Runs all checks, in the order in which they are to be read.
pub fn examine(config: &Config, now: Millis) -> Vec<Check> {
    let running = Running::find(config);
    let (kept, catalog) = kept::read(&config.data, running.is_some());
    let mut checks = vec![running::check(&config.data, running.as_ref())];
    checks.extend(disk::checks(config));
    checks.extend(access::checks(config));
    checks.push(catalog);
    checks.extend(clock::checks(config, &kept, now));
    checks.push(reach::port(config, running.as_ref()));
    checks.extend(reach::base_url(config, &kept, running.as_ref()));
    checks.extend(tls::checks(
        config,
        reach::base(config, &kept, running.as_ref()).as_ref(),
        &kept.domains,
        now,
    ));
    checks.extend(reach::proxy(config, &kept, running.as_ref()));
    checks.extend(reach::host(running.as_ref()));
    checks.extend(geo::checks(config, now));
    checks.push(smtp::check(config));
    checks.extend(running.iter().flat_map(Running::complaints));
    checks
}
