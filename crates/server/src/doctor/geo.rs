//! The files that tell places and networks.

use super::Check;
use crate::config::Config;
use crate::geo::{Geo, sources};
use model::Millis;

/// Addresses change hands: makers publish monthly.
const OLD_DAYS: i64 = 100;

pub fn checks(config: &Config, now: Millis) -> Vec<Check> {
    let (geo, problems) = Geo::load(config);
    let mut checks: Vec<Check> = problems
        .iter()
        .map(|problem| {
            Check::fail("geo.files", format!("{problem}."), "Install a good one: quietzone geo install FILE.")
        })
        .collect();
    if geo.is_empty() && problems.is_empty() {
        let message = format!(
            "There are no geo files in {}: scans have no place.",
            sources::folder(&config.data).display()
        );
        let mend = "quietzone geo install FILE..., with city and network files (MMDB) of DB-IP or MaxMind.";
        checks.push(Check::warn("geo.files", message, mend));
    } else if !geo.is_empty() {
        let lacks = match (geo.tells_places(), geo.tells_networks()) {
            (true, true) => None,
            (true, false) => Some("networks"),
            _ => Some("places"),
        };
        checks.push(match lacks {
            None => {
                Check::ok("geo.files", format!("{} geo files tell places and networks.", geo.files().len()))
            }
            Some(lacks) => Check::warn(
                "geo.files",
                format!("No geo file tells {lacks}."),
                format!("quietzone geo install FILE, with a file of {lacks}."),
            ),
        });
        let oldest =
            geo.files().iter().filter_map(|file| Some((file.built_at?, file))).min_by_key(|(at, _)| *at);
        if let Some((built_at, file)) = oldest {
            let days = (now.0 / 1000 - built_at).div_euclid(86_400);
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            let message = format!("The oldest geo file ({name}) is {days} days old.");
            checks.push(if days > OLD_DAYS {
                Check::warn(
                    "geo.age",
                    message,
                    "Fetch a newer one and install it: quietzone geo install FILE.",
                )
            } else {
                Check::ok("geo.age", message)
            });
        }
    }
    checks
}
