//! Certificate and key: whether they can be read and fit, for whom, and for how long.

use super::Check;
use crate::config::Config;
use crate::tls::{Certified, RUNS_OUT_MS, day};
use model::Millis;
use url::Url;

const DAY_MS: i64 = 86_400_000;

/// `base`: what codes begin with; `domains`: the names that workspaces' codes begin with.
pub fn checks(config: &Config, base: Option<&Url>, domains: &[String], now: Millis) -> Vec<Check> {
    const NAME: &str = "tls.files";
    let Some(files) = &config.tls else {
        return vec![Check::ok(NAME, "No certificate is named (tls.cert): quietzone speaks http alone.")];
    };
    let certified = match Certified::read(files) {
        Ok(certified) => certified,
        Err(error) => {
            let mend = "Put the chain and its own key, in PEM, where tls.cert and tls.key say, for the user that runs quietzone \
                        to read.";
            return vec![Check::fail(NAME, format!("{}.", error.to_string().trim_end_matches('.')), mend)];
        }
    };
    let read = Check::ok(NAME, format!("{} can be read, and its key fits.", files.cert.display()));
    let hosts: Vec<&str> =
        base.and_then(Url::host_str).into_iter().chain(domains.iter().map(String::as_str)).collect();
    let end = certified.until.map(|until| end(until, now));
    [read, names(&certified, &hosts)].into_iter().chain(end).collect()
}

fn names(certified: &Certified, hosts: &[&str]) -> Check {
    const NAME: &str = "tls.name";
    let others: Vec<&str> = hosts.iter().copied().filter(|host| !certified.covers(host)).collect();
    if others.is_empty() {
        let message = format!("The certificate is for {}, with which codes begin.", hosts.join(" and "));
        return Check::ok(NAME, message);
    }
    let others = others.join(" and ");
    Check::fail(
        NAME,
        format!("The certificate is not for {others}, with which codes begin: phones refuse it."),
        format!("Get one that names {others} too (subject alternative name), or correct the base URL."),
    )
}

fn end(until: Millis, now: Millis) -> Check {
    const NAME: &str = "tls.end";
    let (left, end) = (until.0 - now.0, day(until));
    let mend = "Renew it, and send quietzone SIGHUP; have the tool that renews do both.";
    if left <= 0 {
        Check::fail(NAME, format!("The certificate ran out on {end}: phones refuse it."), mend)
    } else if left <= RUNS_OUT_MS {
        Check::warn(NAME, format!("The certificate runs out on {end}, in {} days.", left / DAY_MS), mend)
    } else {
        Check::ok(NAME, format!("The certificate is good until {end}, for {} days.", left / DAY_MS))
    }
}
