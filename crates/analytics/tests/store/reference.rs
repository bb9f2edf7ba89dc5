//! The same questions answered the plain way, from a list of scans. Written from DESIGN §11.7, not from the executor.

use model::ids::LinkId;
use model::report::{
    Answer, Ask, Counts, Dimension, Filter, OwnedScan, Place, Population, ScanPage, Scope, Value, Verdicts,
};
use model::scan::{Scan, Verdict, VisitType};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

pub fn value(scan: &Scan<'_>, dimension: Dimension) -> Value {
    let label = match dimension {
        Dimension::Country => scan.country,
        Dimension::Region => scan.region,
        Dimension::City => scan.city,
        Dimension::DeviceType => scan.device_type.as_str(),
        Dimension::DeviceBrand => scan.device_brand,
        Dimension::DeviceModel => scan.device_model,
        Dimension::Browser => scan.browser,
        Dimension::Platform => scan.platform,
        Dimension::Language => scan.language,
        Dimension::Referrer => scan.referrer_host,
        Dimension::Network => scan.organisation,
        Dimension::VisitType => scan.visit_type.as_str(),
        Dimension::Verdict => scan.verdict.as_str(),
        Dimension::Reason => scan.reason,
        Dimension::Outcome => scan.outcome.as_str(),
        Dimension::Action => scan.action.as_str(),
        Dimension::Link => return Value { label: scan.link.to_string(), within: String::new() },
        Dimension::Slug => scan.slug,
        Dimension::UtmSource => scan.utm_source,
        Dimension::UtmMedium => scan.utm_medium,
        Dimension::UtmCampaign => scan.utm_campaign,
        Dimension::UtmTerm => scan.utm_term,
        Dimension::UtmContent => scan.utm_content,
    };
    let within = if matches!(dimension, Dimension::City | Dimension::Region) { scan.country } else { "" };
    Value { label: label.to_owned(), within: within.to_owned() }
}

pub fn belongs(scan: &Scan<'_>, population: &Population) -> bool {
    let in_scope = match &population.scope {
        Scope::Workspace => true,
        Scope::Links(links) => links.contains(&scan.link),
    };
    let passes = |filter: &Filter| filter.values.contains(&value(scan, filter.dimension).label);
    scan.workspace == population.workspace
        && in_scope
        && population.verdicts.contains(scan.verdict)
        && (population.from..population.to).contains(&scan.at)
        && population.filters.iter().all(passes)
}

/// Links and verdicts a population comes down to, however it was put.
fn reduced(population: &Population) -> (Option<BTreeSet<String>>, Vec<Verdict>) {
    let mut links = match &population.scope {
        Scope::Workspace => None,
        Scope::Links(links) => Some(links.iter().map(LinkId::to_string).collect::<BTreeSet<_>>()),
    };
    let mut verdicts: Vec<Verdict> =
        Verdict::ALL.iter().copied().filter(|verdict| population.verdicts.contains(*verdict)).collect();
    for filter in &population.filters {
        if filter.dimension == Dimension::Link {
            // What is no id names no link, and does not make one link two.
            let is_id = |value: &&String| value.parse::<LinkId>().is_ok();
            let named: BTreeSet<String> = filter.values.iter().filter(is_id).cloned().collect();
            links = Some(links.map_or(named.clone(), |links| links.intersection(&named).cloned().collect()));
        }
        if filter.dimension == Dimension::Verdict {
            verdicts.retain(|verdict| filter.values.iter().any(|value| value == verdict.as_str()));
        }
    }
    (links, verdicts)
}

fn of_visitor(dimension: Dimension) -> bool {
    use Dimension::*;
    matches!(
        dimension,
        Country | Region | City | DeviceType | DeviceBrand | DeviceModel | Browser | Platform | Network
    )
}

/// The bit that says who counts as a visitor, or nothing where visitors are told apart one by one.
fn bit(population: &Population, by: Option<Dimension>) -> Option<fn(&Scan<'_>) -> bool> {
    let (links, verdicts) = reduced(population);
    let neutral =
        |dimension| of_visitor(dimension) || matches!(dimension, Dimension::Link | Dimension::Verdict);
    if verdicts != [Verdict::Human] || !population.filters.iter().all(|filter| neutral(filter.dimension)) {
        return None;
    }
    if by == Some(Dimension::Link) || (links.is_some_and(|links| links.len() == 1) && by.is_none_or(neutral))
    {
        return Some(|scan| scan.first_on_link);
    }
    let workspace = reduced(population).0.is_none();
    (workspace && by.is_none_or(neutral)).then_some(|scan: &Scan<'_>| scan.first_in_workspace)
}

/// Counts by group and bucket; `bucket` gives nothing for scans outside.
fn count(
    scans: &[&OwnedScan],
    population: &Population,
    by: Option<Dimension>,
    bucket: impl Fn(&Scan<'_>) -> Option<usize>,
) -> BTreeMap<Value, BTreeMap<usize, Counts>> {
    let key = |scan: &Scan<'_>| {
        by.map_or(Value { label: String::new(), within: String::new() }, |by| value(scan, by))
    };
    count_by(scans, population, by, key, bucket)
}

/// Groups by any key; visitors are counted as in the dimension `by`.
fn count_by<K: Ord + Clone>(
    scans: &[&OwnedScan],
    population: &Population,
    by: Option<Dimension>,
    key: impl Fn(&Scan<'_>) -> K,
    bucket: impl Fn(&Scan<'_>) -> Option<usize>,
) -> BTreeMap<K, BTreeMap<usize, Counts>> {
    let bit = bit(population, by);
    let mut groups: BTreeMap<K, BTreeMap<usize, Counts>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut inside: Vec<(Scan<'_>, usize)> = scans
        .iter()
        .map(|scan| scan.get())
        .filter(|scan| belongs(scan, population))
        .filter_map(|scan| Some((scan, bucket(&scan)?)))
        .collect();
    inside.sort_by_key(|(scan, _)| (scan.at, scan.id));
    for (scan, bucket) in inside {
        let key = key(&scan);
        let counts = groups.entry(key.clone()).or_default().entry(bucket).or_default();
        counts.scans += 1;
        counts.first += u64::from(scan.visit_type == VisitType::First);
        counts.returning += u64::from(scan.visit_type == VisitType::Returning);
        let visitor = match bit {
            Some(bit) => bit(&scan),
            None => scan.visitor != 0 && seen.insert((key, scan.at.utc_day(), scan.visitor)),
        };
        counts.visitors += u64::from(visitor);
    }
    groups
}

fn sum<'a>(counts: impl IntoIterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::default();
    counts.into_iter().for_each(|counts| sum.add(*counts));
    sum
}

fn total(scans: &[&OwnedScan], population: &Population) -> Counts {
    sum(count(scans, population, None, |_| Some(0)).values().flat_map(BTreeMap::values))
}

pub fn answer(scans: &[&OwnedScan], population: &Population, ask: &Ask) -> Answer {
    let ranked = |groups: BTreeMap<Value, BTreeMap<usize, Counts>>, limit: usize| {
        let mut rows: Vec<_> = groups.into_iter().collect();
        rows.sort_by_key(|(value, counts)| (Reverse(sum(counts.values()).scans), value.clone()));
        rows.truncate(limit);
        rows
    };
    match ask {
        Ask::Totals => {
            let times = || {
                scans
                    .iter()
                    .map(|scan| scan.get())
                    .filter(|scan| belongs(scan, population))
                    .map(|scan| scan.at)
            };
            Answer::Totals {
                counts: total(scans, population),
                first_at: times().min(),
                last_at: times().max(),
            }
        }
        Ask::Breakdown { by, limit } => {
            let groups = count(scans, population, Some(*by), |_| Some(0));
            Answer::Breakdown {
                groups: groups.len() as u64,
                rows: ranked(groups, *limit)
                    .into_iter()
                    .map(|(value, counts)| (value, sum(counts.values())))
                    .collect(),
                total: total(scans, population),
            }
        }
        Ask::Places { limit } => {
            let place = |scan: &Scan<'_>| {
                (scan.latitude != 0 || scan.longitude != 0).then(|| Place {
                    city: scan.city.to_owned(),
                    country: scan.country.to_owned(),
                    latitude: scan.latitude,
                    longitude: scan.longitude,
                })
            };
            let groups = count_by(scans, population, Some(Dimension::City), place, |_| Some(0));
            let unknown = groups.get(&None).map(|counts| sum(counts.values())).unwrap_or_default();
            let mut rows: Vec<(Place, Counts)> = groups
                .into_iter()
                .filter_map(|(place, counts)| Some((place?, sum(counts.values()))))
                .collect();
            rows.sort_by_key(|(_, counts)| Reverse(counts.scans));
            rows.truncate(*limit);
            Answer::Places { rows, unknown, total: total(scans, population) }
        }
        Ask::Series { edges, by } => {
            let mut clipped = population.clone();
            clipped.from = clipped.from.max(edges[0]);
            clipped.to = clipped.to.min(edges[edges.len() - 1]);
            let bucket =
                |scan: &Scan<'_>| edges.windows(2).position(|edge| (edge[0]..edge[1]).contains(&scan.at));
            let groups = count(scans, &clipped, by.map(|(by, _)| by), bucket);
            let line = |counts: BTreeMap<usize, Counts>| {
                (0..edges.len() - 1).map(|bucket| counts.get(&bucket).copied().unwrap_or_default()).collect()
            };
            let lines = match by {
                None => vec![(
                    Value { label: String::new(), within: String::new() },
                    line(groups.into_values().next().unwrap_or_default()),
                )],
                Some((_, limit)) => {
                    ranked(groups, *limit).into_iter().map(|(value, counts)| (value, line(counts))).collect()
                }
            };
            Answer::Series { lines, total: total(scans, &clipped) }
        }
    }
}

pub fn page(scans: &[&OwnedScan], page: &ScanPage) -> Vec<OwnedScan> {
    let mut rows: Vec<&OwnedScan> = scans
        .iter()
        .copied()
        .filter(|scan| {
            let scan = scan.get();
            belongs(&scan, &page.population)
                && page.visitor.is_none_or(|visitor| scan.visitor == visitor)
                && page.before.is_none_or(|before| (scan.at, scan.id) < before)
        })
        .collect();
    rows.sort_by_key(|scan| Reverse((scan.get().at, scan.get().id)));
    rows.into_iter().take(page.limit).cloned().collect()
}

/// A population of everything in a workspace.
pub fn everything(workspace: model::WorkspaceId) -> Population {
    Population {
        workspace,
        scope: Scope::Workspace,
        verdicts: Verdicts::HUMAN,
        from: model::Millis(0),
        to: model::Millis(i64::MAX),
        filters: vec![],
    }
}
