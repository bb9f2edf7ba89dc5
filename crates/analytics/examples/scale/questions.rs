//! What is asked of the simulated year: the questions that a dashboard, a link's page and a list of events ask.

use super::START;
use super::world::{LINKS, World, link, workspace};
use jiff::tz::TimeZone;
use model::Millis;
use model::clock::{Clock, WEEK_HOURS};
use model::ids::LinkId;
use model::report::{Ask, By, ClockPart, Dimension, Filter, Labels, Population, Scope, Verdicts};
use model::time::DAY_MS;
use std::collections::HashMap;
use std::sync::Arc;

/// A question with a name.
pub struct Question {
    pub name: &'static str,
    pub population: Population,
    pub asks: Asks,
}

/// What is asked of the population.
pub enum Asks {
    /// All in one reading.
    Reports(Vec<Ask>),
    /// A page of so many scans.
    Page(usize),
    /// The scan in the middle of the newest hundred, by its id.
    One,
}

/// What the overview of the dashboard breaks the scans down by, besides tags and folders.
const PANELS: [Dimension; 18] = [
    Dimension::Link,
    Dimension::Country,
    Dimension::Region,
    Dimension::City,
    Dimension::DeviceType,
    Dimension::DeviceBrand,
    Dimension::DeviceModel,
    Dimension::Platform,
    Dimension::Browser,
    Dimension::Language,
    Dimension::Network,
    Dimension::Referrer,
    Dimension::UtmCampaign,
    Dimension::UtmSource,
    Dimension::UtmMedium,
    Dimension::VisitType,
    Dimension::Action,
    Dimension::Outcome,
];

/// All questions about the first `days` days.
pub fn all(world: &World, days: i64) -> Vec<Question> {
    let day = |n: i64| START.plus(n.max(0) * DAY_MS);
    let of = |workspace_number: usize, from, to| Population {
        workspace: workspace(workspace_number),
        scope: Scope::Workspace,
        verdicts: Verdicts::HUMAN,
        from: day(from),
        to: day(to),
        filters: vec![],
    };
    let of_link = |number: usize, from, to| Population {
        scope: Scope::Links(vec![link(number)]),
        ..of(world.workspace_of[number], from, to)
    };
    let with = |population: &Population, filters: &[(Dimension, &str)]| Population {
        filters: filters.iter().map(|(by, value)| Filter::is(*by, vec![(*value).to_owned()])).collect(),
        ..population.clone()
    };
    let (month, year) = (of(0, days - 30, days), of(0, 0, days));
    let poster = [(Dimension::UtmSource, "poster")];
    let middle = world.workspace_with(0.001);
    let (busy, small) = (world.busiest_link(0), world.link_with(1.5e-6));
    let last_minutes = Population { from: day(days).plus(-5 * 60_000), ..month.clone() };
    let days_of = |from: i64| (from.max(0)..=days).map(day).collect::<Vec<_>>();
    let breakdown = |by: Dimension, limit| Ask::Breakdown { by: by.into(), limit };
    let totals = || Asks::Reports(vec![Ask::Totals]);
    let overview = || Asks::Reports(overview(world, &month, days_of(days - 30)));
    let day_by_country = Ask::Series { edges: days_of(0), by: Some((Dimension::Country.into(), 5)) };
    [
        ("largest workspace, 30 days: scans and visitors", month.clone(), totals()),
        ("the same of one UTM value: visitors one by one", with(&month, &poster), totals()),
        ("largest workspace, a year: scans and visitors", year.clone(), totals()),
        ("the same of one UTM value: visitors one by one", with(&year, &poster), totals()),
        (
            "largest workspace, 30 days: first 10 links",
            month.clone(),
            Asks::Reports(vec![breakdown(Dimension::Link, 10)]),
        ),
        ("middling workspace, 30 days: scans and visitors", of(middle, days - 30, days), totals()),
        (
            "its busiest link, a year, by day",
            of_link(busy, 0, days),
            Asks::Reports(vec![Ask::Series { edges: days_of(0), by: None }]),
        ),
        (
            "small link, a year, by country",
            of_link(small, 0, days),
            Asks::Reports(vec![breakdown(Dimension::Country, 10)]),
        ),
        ("small link, 30 days: scans and visitors", of_link(small, days - 30, days), totals()),
        ("last 100 scans of a middling workspace", of(middle, 0, days), Asks::Page(100)),
        ("last five minutes of the largest workspace", last_minutes, totals()),
        ("largest workspace, a year, days by country", year, Asks::Reports(vec![day_by_country])),
        ("one scan by its id", month.clone(), Asks::One),
        ("overview of the largest workspace, 30 days", month.clone(), overview()),
        (
            "the same of a country and a kind of device",
            with(&month, &[(Dimension::Country, "US"), (Dimension::DeviceType, "mobile")]),
            overview(),
        ),
    ]
    .map(|(name, population, asks)| Question { name, population, asks })
    .into()
}

/// Everything the dashboard's overview shows, as `/v1/x/overview` asks it.
fn overview(world: &World, population: &Population, edges: Vec<Millis>) -> Vec<Ask> {
    let clock = Arc::new(Clock::new(population.from, population.to, &TimeZone::UTC));
    let limit = 8;
    let mut asks = vec![
        Ask::Totals,
        Ask::Series { edges, by: None },
        Ask::Breakdown { by: By::Clock(clock, ClockPart::WeekHour), limit: WEEK_HOURS },
        Ask::Places { limit: 500 },
    ];
    let labels = [labels(world, "tag", 12, true), labels(world, "folder", 30, false)];
    let catalog = labels.map(|labels| By::Labels(Arc::new(labels)));
    let panels = PANELS.map(By::Dimension);
    asks.extend(catalog.into_iter().chain(panels).map(|by| Ask::Breakdown { by, limit }));
    asks
}

/// Tags or folders of the links of the largest workspace; some have none.
fn labels(world: &World, word: &str, count: u32, several: bool) -> Labels {
    let labels = (0..count).map(|n| format!("{word} {n}")).collect();
    let own = (0..LINKS).filter(|&n| world.workspace_of[n] == 0);
    let of = |n: usize| -> (LinkId, Vec<u32>) {
        let n32 = n as u32;
        let places = match n % 5 {
            0 => vec![],
            1 if several => vec![n32 % count, (n32 % count + 1) % count],
            _ => vec![n32 % count],
        };
        (link(n), places)
    };
    let by_link: HashMap<_, _> = own.map(of).filter(|(_, places)| !places.is_empty()).collect();
    Labels { labels, by_link, several }
}
