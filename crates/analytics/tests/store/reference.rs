//! The same questions answered the plain way, from a list of scans. Written from DESIGN §11.7, not from the executor.

use model::Millis;
use model::ids::LinkId;
use model::report::{
    Answer, Ask, By, Counts, Dimension, Filter, OwnedScan, Place, Population, ScanPage, Scope, Test, Value,
    Verdicts, Whose,
};
use model::scan::{Scan, Verdict, VisitType};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The values of a scan: one, but for what it can have several of.
pub fn values(scan: &Scan<'_>, by: &By) -> Vec<Value> {
    let plain = |label: &str| Value { label: label.to_owned(), within: String::new() };
    let parameters = || url::form_urlencoded::parse(scan.parameters.as_bytes());
    let labels: BTreeSet<String> = match by {
        By::Dimension(Dimension::Languages) => scan.languages.split(',').map(str::to_owned).collect(),
        By::Dimension(Dimension::Parameter) => parameters().map(|(name, _)| name.into_owned()).collect(),
        By::Dimension(dimension) => return vec![value(scan, *dimension)],
        By::Parameter(name) => {
            parameters().filter(|(n, _)| n == name).map(|(_, value)| value.into_owned()).take(1).collect()
        }
        By::Labels(labels) => {
            let places = labels.by_link.get(&scan.link).into_iter().flatten();
            places.map(|place| labels.labels[*place as usize].clone()).collect()
        }
        By::Clock(clock, part) => [part.labels()[part.of(clock.at(scan.at))].clone()].into(),
    };
    if labels.is_empty() { vec![plain("")] } else { labels.iter().map(|label| plain(label)).collect() }
}

fn value(scan: &Scan<'_>, dimension: Dimension) -> Value {
    let plain = |label: String| Value { label, within: String::new() };
    let known = |number: u32| plain(if number == 0 { String::new() } else { number.to_string() });
    let label = match dimension {
        Dimension::Languages | Dimension::Parameter => unreachable!("a scan can have several"),
        Dimension::Asn => return known(scan.asn),
        Dimension::Status => return known(scan.status.into()),
        Dimension::WorkflowVersion => return known(scan.workflow_version),
        Dimension::Campaign if scan.campaign.is_nil() => "",
        Dimension::Campaign => return plain(scan.campaign.to_string()),
        Dimension::SharedNetwork => ["no", "yes"][usize::from(scan.shared_network)],
        Dimension::PrivacySignal => ["", "gpc", "dnt", "gpc"][usize::from(scan.header_flags & 3)],
        Dimension::Domain => scan.domain,
        Dimension::PlatformVersion => scan.platform_version,
        Dimension::BrowserVersion => scan.browser_version,
        Dimension::Timezone => scan.timezone,
        Dimension::Method => scan.method.as_str(),
        Dimension::AddressClass => scan.address_class.as_str(),
        Dimension::Identity => scan.identity.as_str(),
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
    let passes = |filter: &Filter| {
        let labels: Vec<String> = values(scan, &filter.by).into_iter().map(|value| value.label).collect();
        passes(filter, &labels)
    };
    scan.workspace == population.workspace
        && in_scope
        && population.verdicts.contains(scan.verdict)
        && (population.from..population.to).contains(&scan.at)
        && population.filters.iter().all(passes)
}

fn passes(filter: &Filter, labels: &[String]) -> bool {
    let any = |fits: fn(&str, &str) -> bool| {
        labels.iter().any(|label| filter.values.iter().any(|accepted| fits(label, accepted)))
    };
    match filter.test {
        Test::Is => any(|label, accepted| label == accepted),
        Test::IsNot => !any(|label, accepted| label == accepted),
        Test::Contains => any(contains),
        Test::ContainsNot => !any(contains),
    }
}

fn contains(label: &str, part: &str) -> bool {
    if part.is_empty() { label.is_empty() } else { label.to_lowercase().contains(&part.to_lowercase()) }
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
        if let Some(named) = named_links(filter) {
            links = Some(links.map_or(named.clone(), |links| links.intersection(&named).cloned().collect()));
        }
        if filter.by == By::Dimension(Dimension::Verdict) {
            verdicts.retain(|verdict| passes(filter, &[verdict.as_str().to_owned()]));
        }
    }
    (links, verdicts)
}

/// The links that a filter names one by one.
fn named_links(filter: &Filter) -> Option<BTreeSet<String>> {
    match &filter.by {
        By::Dimension(Dimension::Link) if filter.test == Test::Is => {
            // What is no id names no link, and does not make one link two.
            let is_id = |value: &&String| value.parse::<LinkId>().is_ok();
            Some(filter.values.iter().filter(is_id).cloned().collect())
        }
        By::Labels(labels) if !passes(filter, &[String::new()]) => {
            let all = labels.by_link.iter();
            let of = all.map(|(link, places)| {
                (link, places.iter().map(|place| labels.labels[*place as usize].clone()).collect::<Vec<_>>())
            });
            Some(of.filter(|(_, of)| passes(filter, of)).map(|(link, _)| link.to_string()).collect())
        }
        _ => None,
    }
}

fn of_visitor(dimension: Dimension) -> bool {
    use Dimension::*;
    matches!(
        dimension,
        Country
            | Region
            | City
            | DeviceType
            | DeviceBrand
            | DeviceModel
            | Browser
            | BrowserVersion
            | Platform
            | PlatformVersion
            | Network
            | Asn
            | Timezone
    )
}

/// The bit that says who counts as a visitor, or nothing where visitors are told apart one by one.
fn bit(population: &Population, by: Option<&By>) -> Option<fn(&Scan<'_>) -> bool> {
    let (links, verdicts) = reduced(population);
    let neutral = |by: &By| {
        by.dimension().is_some_and(|dimension| of_visitor(dimension) || dimension == Dimension::Verdict)
    };
    let fits = |filter: &Filter| neutral(&filter.by) || named_links(filter).is_some();
    if verdicts != [Verdict::Human] || !population.filters.iter().all(fits) {
        return None;
    }
    if by == Some(&By::Dimension(Dimension::Link))
        || (links.as_ref().is_some_and(|links| links.len() == 1) && by.is_none_or(neutral))
    {
        return Some(|scan| scan.first_on_link);
    }
    (links.is_none() && by.is_none_or(neutral)).then_some(|scan: &Scan<'_>| scan.first_in_workspace)
}

/// Counts by group and bucket; `bucket` gives nothing for scans outside.
fn count(
    scans: &[&OwnedScan],
    population: &Population,
    by: Option<&By>,
    bucket: impl Fn(&Scan<'_>) -> Option<usize>,
) -> BTreeMap<Value, BTreeMap<usize, Counts>> {
    let key = |scan: &Scan<'_>| {
        by.map_or(vec![Value { label: String::new(), within: String::new() }], |by| values(scan, by))
    };
    count_by(scans, population, by, key, bucket)
}

/// Groups by any key; visitors are counted as in the dimension `by`. Who came to a group before the population begins, on
/// the same UTC day, is no visitor of it afterwards.
fn count_by<K: Ord + Clone>(
    scans: &[&OwnedScan],
    population: &Population,
    by: Option<&By>,
    keys: impl Fn(&Scan<'_>) -> Vec<K>,
    bucket: impl Fn(&Scan<'_>) -> Option<usize>,
) -> BTreeMap<K, BTreeMap<usize, Counts>> {
    let bit = bit(population, by);
    let mut groups: BTreeMap<K, BTreeMap<usize, Counts>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let from_midnight = Population { from: population.from.utc_day().start(), ..population.clone() };
    let mut day_by_day: Vec<Scan<'_>> =
        scans.iter().map(|scan| scan.get()).filter(|scan| belongs(scan, &from_midnight)).collect();
    day_by_day.sort_by_key(|scan| (scan.at, scan.id));
    for scan in day_by_day {
        if scan.at < population.from {
            seen.extend(keys(&scan).into_iter().map(|key| (key, scan.at.utc_day(), scan.visitor)));
            continue;
        }
        let Some(bucket) = bucket(&scan) else { continue };
        for key in keys(&scan) {
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
        let other = rows.split_off(limit.min(rows.len()));
        (rows, other.into_iter().map(|(_, counts)| counts).collect::<Vec<_>>())
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
            let groups = count(scans, population, Some(by), |_| Some(0));
            let (number, (rows, other)) = (groups.len() as u64, ranked(groups, *limit));
            Answer::Breakdown {
                groups: number,
                rows: rows.into_iter().map(|(value, counts)| (value, sum(counts.values()))).collect(),
                other: sum(other.iter().flat_map(BTreeMap::values)),
                total: total(scans, population),
            }
        }
        Ask::Spans { by } => {
            let mut spans: BTreeMap<Value, (Millis, Millis)> = BTreeMap::new();
            for scan in scans.iter().map(|scan| scan.get()).filter(|scan| belongs(scan, population)) {
                for value in values(&scan, by) {
                    let (first, last) = spans.entry(value).or_insert((scan.at, scan.at));
                    (*first, *last) = (scan.at.min(*first), scan.at.max(*last));
                }
            }
            Answer::Spans(spans.into_iter().map(|(value, (first, last))| (value, first, last)).collect())
        }
        Ask::Places { limit } => {
            let place = |scan: &Scan<'_>| {
                vec![(scan.latitude != 0 || scan.longitude != 0).then(|| Place {
                    city: scan.city.to_owned(),
                    country: scan.country.to_owned(),
                    latitude: scan.latitude,
                    longitude: scan.longitude,
                })]
            };
            let groups = count_by(scans, population, Some(&Dimension::City.into()), place, |_| Some(0));
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
            let groups = count(scans, &clipped, by.as_ref().map(|(by, _)| by), bucket);
            let line = |counts: BTreeMap<usize, Counts>| -> Vec<Counts> {
                (0..edges.len() - 1).map(|bucket| counts.get(&bucket).copied().unwrap_or_default()).collect()
            };
            let mut other = vec![Counts::default(); edges.len() - 1];
            let lines = match by {
                None => vec![(
                    Value { label: String::new(), within: String::new() },
                    line(groups.into_values().next().unwrap_or_default()),
                )],
                Some((_, limit)) => {
                    let (rows, beyond) = ranked(groups, *limit);
                    for counts in beyond.into_iter().map(line) {
                        other.iter_mut().zip(counts).for_each(|(other, counts)| other.add(counts));
                    }
                    rows.into_iter().map(|(value, counts)| (value, line(counts))).collect()
                }
            };
            Answer::Series { lines, other, total: total(scans, &clipped) }
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
                && match &page.visitor {
                    None => true,
                    Some(Whose::Number(number)) => scan.visitor == *number,
                    Some(Whose::Scans(ids)) => ids.contains(&scan.id),
                }
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
