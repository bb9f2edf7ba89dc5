//! Counts requests for slugs nobody made, by host and hour, and writes them down once a second at most.

use crate::catalog::{Catalog, orphans};
use crate::redirect::Redirector;
use crate::redirect::orphans::Orphan;
use crate::status::Sickness;
use model::query::is_personal;
use model::slug::{MAX_CHARS, fold};
use model::{Millis, time::DAY_MS};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::sync::watch;

/// How often they are written down.
const GATHER: Duration = Duration::from_secs(1);
/// Different slugs that an hour keeps, at most; the others are counted without.
const SLUGS_AN_HOUR: usize = 1000;
/// Counts that wait while the catalog cannot be written to, at most.
const WAITING: usize = 10_000;
/// How long slugs are kept.
pub const SLUG_DAYS: i64 = 7;
/// How long the counts are kept.
const COUNT_DAYS: i64 = 400;
const HOUR_MS: i64 = 3_600_000;

/// Host, hour and slug; an empty slug is one that is not kept.
type Key = (Box<str>, i64, Box<str>);

/// What has been asked for and is not written down yet.
#[derive(Default)]
struct Counts {
    waiting: HashMap<Key, i64>,
    /// Slugs of the hour at hand.
    hour: i64,
    kept: HashSet<(Box<str>, Box<str>)>,
}

impl Counts {
    fn add(&mut self, orphan: Orphan) {
        let hour = orphan.at.0.div_euclid(HOUR_MS) * HOUR_MS;
        if hour != self.hour {
            self.hour = hour;
            self.kept.clear();
        }
        let mut slug = kept_of(&orphan.path);
        let host: Box<str> = orphan.host.to_ascii_lowercase().into();
        let name = (host.clone(), slug.clone());
        if !self.kept.contains(&name) {
            if self.kept.len() < SLUGS_AN_HOUR {
                self.kept.insert(name);
            } else {
                slug = Box::default();
            }
        }
        *self.waiting.entry((host, hour, slug)).or_default() += 1;
    }
}

/// What is kept of a path: unescaped and folded as slugs are, without the code's marker. Nothing of what looks like a
/// person's address, telephone number or network address.
fn kept_of(path: &str) -> Box<str> {
    let path = path.trim_matches('/');
    let slug = match path.split_once('/') {
        Some((marker, slug)) if marker.eq_ignore_ascii_case("q") => slug,
        _ => path,
    };
    let decoded = percent_encoding::percent_decode_str(slug).decode_utf8_lossy();
    let is_private = is_personal(&decoded)
        || decoded.contains('@')
        || decoded.split(['/', ',', ';']).any(|part| part.parse::<IpAddr>().is_ok());
    if is_private {
        return Box::default();
    }
    fold(&decoded).chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect::<String>().into()
}

/// Runs until `stop` says so, and writes the last of it.
pub async fn keep(
    mut received: Receiver<Orphan>,
    catalog: Catalog,
    redirector: Arc<Redirector>,
    sickness: Arc<Sickness>,
    mut stop: watch::Receiver<bool>,
) {
    let (mut counts, mut tidied) = (Counts::default(), None);
    loop {
        let is_last = tokio::select! {
            () = tokio::time::sleep(GATHER) => false,
            _ = stop.changed() => true,
        };
        // Never waited for, so that a redirect thread has nobody to wake.
        while let Ok(orphan) = received.try_recv() {
            counts.add(orphan);
        }
        let hour = redirector.clock.now().0.div_euclid(HOUR_MS) * HOUR_MS;
        if let Err(error) = write(&catalog, &mut counts.waiting, hour, tidied != Some(hour)).await {
            sickness.note("orphans", error);
            if counts.waiting.len() > WAITING {
                let missed: i64 = counts.waiting.drain().map(|(_, requests)| requests).sum();
                redirector.orphans.miss(missed as u64);
            }
        } else {
            sickness.clear("orphans");
            tidied = Some(hour);
        }
        if is_last {
            return;
        }
    }
}

/// Writes the counts down; once an hour also lets go what is old.
async fn write(
    catalog: &Catalog,
    waiting: &mut HashMap<Key, i64>,
    hour: i64,
    tidy: bool,
) -> crate::catalog::Result<()> {
    if waiting.is_empty() && !tidy {
        return Ok(());
    }
    let counts: Vec<(Key, i64)> = waiting.iter().map(|(key, requests)| (key.clone(), *requests)).collect();
    let (slugs_since, since) = (Millis(hour - SLUG_DAYS * DAY_MS), Millis(hour - COUNT_DAYS * DAY_MS));
    catalog
        .write(async move |db| {
            for ((host, hour, slug), requests) in counts {
                orphans::add(db, &host, Millis(hour), &slug, requests).await?;
            }
            if tidy { orphans::forget(db, slugs_since, since).await } else { Ok(()) }
        })
        .await?;
    waiting.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_as_a_slug_is_found() {
        assert_eq!(&*kept_of("/MEN%C3%9C/"), "menü");
        assert_eq!(&*kept_of("/Q/SUMMER"), "summer");
        assert_eq!(&*kept_of("//wp-admin/Setup.php"), "wp-admin/setup.php");
        assert_eq!(&*kept_of("/a%00%0Ab"), "ab");
        assert_eq!(kept_of(&"x".repeat(500)).len(), MAX_CHARS);
    }

    #[test]
    fn what_points_at_a_person_is_not_kept() {
        for path in [
            "/chef@example.com",
            "/to/chef%40example.com",
            "/198.51.100.7",
            "/ip/2001:db8::1",
            "/+41791234567",
        ] {
            assert_eq!(&*kept_of(path), "", "{path}");
        }
    }

    #[test]
    fn an_hour_keeps_so_many_slugs_and_counts_the_rest() {
        let mut counts = Counts::default();
        let ask = |counts: &mut Counts, number: usize, at| {
            counts.add(Orphan { host: "h".into(), path: format!("/guess{number}").into(), at: Millis(at) });
        };
        (0..3 * SLUGS_AN_HOUR).for_each(|number| ask(&mut counts, number, 0));
        ask(&mut counts, 0, 1);
        assert_eq!(counts.waiting.len(), SLUGS_AN_HOUR + 1);
        assert_eq!(counts.waiting[&("h".into(), 0, "".into())], 2 * SLUGS_AN_HOUR as i64);
        assert_eq!(counts.waiting[&("h".into(), 0, "guess0".into())], 2);
        ask(&mut counts, 2 * SLUGS_AN_HOUR, HOUR_MS);
        assert_eq!(counts.waiting.values().sum::<i64>(), 3 * SLUGS_AN_HOUR as i64 + 2);
        assert!(counts.waiting.contains_key(&(
            "h".into(),
            HOUR_MS,
            format!("guess{}", 2 * SLUGS_AN_HOUR).into()
        )));
    }
}
