//! The mail server: whether one is named, and whether it takes us.

use super::Check;
use crate::config::Config;
use crate::smtp::Mailer;

/// Connects and signs in as for a letter, and sends none.
pub fn check(config: &Config) -> Check {
    let Some(settings) = &config.smtp else {
        return Check::ok("smtp", "No mail server is named (smtp.host): nobody is told of leads by e-mail.");
    };
    let server = format!("{}:{}", settings.host, settings.port);
    let try_out = || -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let mailer = Mailer::new(settings)?;
        runtime.block_on(mailer.try_out())
    };
    match try_out() {
        Ok(()) => Check::ok(
            "smtp",
            format!("The mail server {server} answers; letters are from {}.", settings.from),
        ),
        Err(why) => Check::warn(
            "smtp",
            format!(
                "The mail server {server} does not take letters: {}.",
                why.trim_end_matches('.').replace('\n', " ")
            ),
            "See smtp.host, smtp.port, smtp.encryption, smtp.user and smtp.password; letters wait for up to a day.",
        ),
    }
}
