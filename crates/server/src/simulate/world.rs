//! What is simulated: workspaces with their links, made in the catalog like any others.

use super::countries::COUNTRIES;
use super::people::{Market, People};
use super::rhythm::Group;
use super::trades::{CITIES, Reach, TRADES, Trade};
use crate::catalog::links::{BASE_DOMAIN, Dress, NewLink, bulk};
use crate::catalog::steps;
use crate::catalog::table::{self, CompiledLink};
use crate::catalog::{Catalog, workspaces};
use model::conventions::Conventions;
use model::query::Query;
use model::{LinkId, Millis, Slug, WorkspaceId};
use rand::Rng;
use rand::distr::weighted::WeightedIndex;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// Links made in one transaction.
const AT_ONCE: usize = 500;

/// A link of the simulation.
pub struct SimulatedLink {
    /// As the redirect knows it.
    pub link: CompiledLink,
    /// Its slug, folded.
    pub slug: String,
    /// Its trade.
    pub trade: &'static Trade,
    /// Where its visitors come from.
    pub market: Arc<Market>,
    /// What its printed code asks for besides the slug.
    pub code: Query<'static>,
    /// The links of its business.
    pub siblings: Range<u32>,
}

/// Links of one trade that live side by side in a workspace.
pub struct Business {
    /// Where.
    pub workspace: WorkspaceId,
    /// Index of its trade.
    pub trade: usize,
    /// Index of the country it is at home in.
    pub country: usize,
    /// Number of its links.
    pub links: usize,
    /// Its part of all scans, as a weight.
    pub share: f64,
    /// What its links are named and tagged after, where a workspace has several businesses; empty where it is the one.
    pub name: &'static str,
}

/// All of it.
pub struct World {
    /// Links, those of a business side by side.
    pub links: Vec<SimulatedLink>,
    /// Links that live by one clock.
    pub groups: Vec<Group>,
    /// For each group: its links' numbers, with their weights.
    pub members: Vec<(Vec<u32>, WeightedIndex<f64>)>,
}

/// A link as drawn, before the catalog has it.
struct Draft {
    workspace: WorkspaceId,
    business: usize,
    link: NewLink,
    destination: String,
    trade: usize,
    country: usize,
    market: Arc<Market>,
    code: Query<'static>,
    weight: f64,
}

/// How uneven workspaces are: the weight of the n-th busiest is n to the minus this.
const WORKSPACE_SKEW: f64 = 0.8;
/// How uneven the links of a business are.
const LINK_SKEW: f64 = 1.0;

/// Makes `count` workspaces in the catalog, busiest first, each of one business; `links` are shared out evenly.
pub async fn make_workspaces(
    catalog: &Catalog,
    (count, links): (u32, u32),
    (since, now): (Millis, Millis),
    random: &mut impl Rng,
) -> anyhow::Result<Vec<Business>> {
    let (count, links) = (count as usize, links as usize);
    let homes: Vec<usize> = (0..COUNTRIES.len()).filter(|&index| COUNTRIES[index].home).collect();
    let mut businesses = Vec::with_capacity(count);
    for index in 0..count {
        let (trade, country) = (index % TRADES.len(), homes[random.random_range(0..homes.len())]);
        // A millisecond apart, so that the busiest is also the first.
        let workspace = WorkspaceId(v7(since.plus(index as i64), random));
        let name = workspace_name(&TRADES[trade], index / TRADES.len());
        let timezone = COUNTRIES[country].timezone;
        catalog
            .write(async move |db| workspaces::create(db, workspace, &name, timezone, now).await.map(drop))
            .await?;
        businesses.push(Business {
            workspace,
            trade,
            country,
            links: (index + 1) * links / count - index * links / count,
            share: (index as f64 + 1.0).powf(-WORKSPACE_SKEW),
            name: "",
        });
    }
    Ok(businesses)
}

impl World {
    /// Draws the links of businesses and makes them in the catalog. `progress` is told how many are made.
    pub async fn make(
        catalog: &Catalog,
        people: &People<'_>,
        businesses: &[Business],
        since: Millis,
        random: &mut impl Rng,
        mut progress: impl FnMut(usize),
    ) -> anyhow::Result<Self> {
        let drafts = drafts(people, businesses, since, random);
        for chunk in (0..drafts.len()).step_by(AT_ONCE) {
            let end = drafts.len().min(chunk + AT_ONCE);
            let batch: Vec<(WorkspaceId, NewLink, String, [u64; 8])> = drafts[chunk..end]
                .iter()
                .map(|draft| {
                    (draft.workspace, draft.link.clone(), draft.destination.clone(), random.random())
                })
                .collect();
            catalog.write(async move |db| create(db, batch, since).await).await?;
            progress(end);
        }
        Self::read(catalog, drafts).await
    }

    /// The links that an earlier [`World::make`] has made for businesses, known again by their names in `made`; those
    /// that were renamed or deleted since are left alone.
    pub async fn find(
        catalog: &Catalog,
        people: &People<'_>,
        businesses: &[Business],
        made: &HashMap<String, LinkId>,
        random: &mut impl Rng,
    ) -> anyhow::Result<Self> {
        let mut drafts = drafts(people, businesses, Millis(0), random);
        drafts.retain_mut(|draft| match made.get(&draft.link.name) {
            Some(&id) => {
                draft.link.id = id;
                true
            }
            None => false,
        });
        Self::read(catalog, drafts).await
    }

    /// Reads the links back as the redirect sees them, and sorts them by their clocks.
    async fn read(catalog: &Catalog, drafts: Vec<Draft>) -> anyhow::Result<Self> {
        let wanted: HashMap<LinkId, usize> =
            drafts.iter().enumerate().map(|(index, draft)| (draft.link.id, index)).collect();
        let mut entries: Vec<Option<table::Entry>> = drafts.iter().map(|_| None).collect();
        table::all(&mut *catalog.read().await?, |entry| {
            if let Some(&index) = wanted.get(&entry.link.id) {
                entries[index] = Some(entry);
            }
        })
        .await?;
        let mut clocks: BTreeMap<(usize, i8), (Vec<u32>, Vec<f64>)> = BTreeMap::new();
        let mut links: Vec<SimulatedLink> = Vec::with_capacity(drafts.len());
        let mut first = 0;
        for (index, (draft, entry)) in drafts.iter().zip(entries).enumerate() {
            if index > 0 && drafts[index - 1].business != draft.business {
                first = index;
            }
            let end = first + drafts[first..].partition_point(|other| other.business == draft.business);
            let entry = entry.ok_or_else(|| anyhow::anyhow!("link {} was not kept", draft.link.id))?;
            let clock = clocks.entry((draft.trade, COUNTRIES[draft.country].utc_offset)).or_default();
            clock.0.push(index as u32);
            clock.1.push(draft.weight);
            links.push(SimulatedLink {
                link: entry.link,
                slug: entry.folded,
                trade: &TRADES[draft.trade],
                market: draft.market.clone(),
                code: draft.code.clone(),
                siblings: first as u32..end as u32,
            });
        }
        let mut groups = Vec::new();
        let mut members = Vec::new();
        for ((trade, utc_offset), (numbers, weights)) in clocks {
            groups.push(Group { trade, utc_offset, weight: weights.iter().sum() });
            members.push((numbers, WeightedIndex::new(weights)?));
        }
        Ok(Self { links, groups, members })
    }
}

/// Draws the links of businesses.
fn drafts(people: &People<'_>, businesses: &[Business], since: Millis, random: &mut impl Rng) -> Vec<Draft> {
    let mut drafts = Vec::with_capacity(businesses.iter().map(|business| business.links).sum());
    for (index, business) in businesses.iter().enumerate() {
        let &Business { workspace, trade: trade_index, country, links, share, name: business_name } =
            business;
        let trade = &TRADES[trade_index];
        let skew: f64 = (1..=links).map(|rank| (rank as f64).powf(-LINK_SKEW)).sum();
        let mut markets: HashMap<Option<&str>, Arc<Market>> = HashMap::new();
        for number in 1..=links {
            let (mut link, city) = draft(trade, country, number, since, random);
            if !business_name.is_empty() {
                link.name = format!("{business_name}: {}", link.name);
                link.tags.insert(0, business_name.to_owned());
            }
            let (city, local) = match trade.reach {
                Reach::Cities => (city, 0.94),
                Reach::Country => (None, 0.93),
                Reach::World(percent) => (None, f64::from(percent) / 100.0),
            };
            let market = markets.entry(city);
            drafts.push(Draft {
                workspace,
                business: index,
                destination: format!("{}/{number}", trade.site),
                trade: trade_index,
                country,
                market: market.or_insert_with(|| Arc::new(people.market(country, local, city))).clone(),
                code: code(trade, number, random),
                weight: share * (number as f64).powf(-LINK_SKEW) / skew,
                link,
            });
        }
    }
    drafts
}

/// Makes links with their workflows; a slug that is taken is drawn anew.
async fn create(
    db: &mut crate::catalog::Connection,
    batch: Vec<(WorkspaceId, NewLink, String, [u64; 8])>,
    since: Millis,
) -> crate::catalog::Result<()> {
    let (mut wanted, spare): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|(workspace, link, destination, spare)| {
            ((workspace, link, steps::default_steps(steps::redirect_to(&destination, false)).to_vec()), spare)
        })
        .unzip();
    // Eight draws are enough by far: a second one is needed once in millions.
    for draw in 0..spare.first().map_or(0, |spare| spare.len()) {
        let mut taken = bulk::taken(db, &wanted).await?;
        let mut are_free = true;
        for ((_, link, _), spare) in wanted.iter_mut().zip(&spare) {
            if !taken.insert((link.domain, link.slug.folded().to_owned())) {
                link.slug = Slug::generated(spare[draw]);
                are_free = false;
            }
        }
        if are_free {
            break;
        }
    }
    bulk::create(db, &wanted, "", since).await
}

fn workspace_name(trade: &Trade, number: usize) -> String {
    let (first, kind) = (trade.names[number % trade.names.len()], trade.kinds[number % trade.kinds.len()]);
    let names = trade.names.len() * trade.kinds.len() / gcd(trade.names.len(), trade.kinds.len());
    match number / names {
        0 => format!("{first} {kind}"),
        again => format!("{first} {kind} {}", again + 1),
    }
}

/// Greatest common divisor: names and kinds that are counted through together repeat after their least common multiple.
fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The `number`-th link of a business, and the city it is in.
fn draft(
    trade: &Trade,
    country: usize,
    number: usize,
    since: Millis,
    random: &mut impl Rng,
) -> (NewLink, Option<&'static str>) {
    let cities = CITIES.iter().find(|(code, _)| *code == COUNTRIES[country].code).map(|(_, cities)| *cities);
    let series = number.checked_sub(trade.links.len() + 1);
    let (name, city) = match (series, cities) {
        (None, _) => (trade.links[number - 1].to_owned(), None),
        (Some(n), Some(cities)) if trade.reach == Reach::Cities => {
            let city = cities[n % cities.len()];
            (format!("{} {city} {}", trade.series, n / cities.len() + 1), Some(city))
        }
        (Some(n), _) => (format!("{} {}", trade.series, n + 1), None),
    };
    let tag = series.map(|n| trade.tags[n % trade.tags.len()].to_owned());
    let link = NewLink {
        directory: None,
        notes: String::new(),
        id: LinkId(v7(since, random)),
        name,
        purpose: String::new(),
        slug: Slug::generated(random.random()),
        domain: BASE_DOMAIN,
        metadata: BTreeMap::new(),
        tags: tag.into_iter().collect(),
        fallback_destination: None,
        expired_destination: None,
        expires_at: None,
        starts_at: None,
        paused: false,
        scan_limit: None,
        conventions: Conventions::default(),
        qrcode_enabled: true,
        dress: Dress::plain(),
    };
    (link, city)
}

/// What a printed code says besides its slug: where it hangs, for one in three the campaign too.
fn code(trade: &Trade, number: usize, random: &mut impl Rng) -> Query<'static> {
    let mut query = Query { is_code: true, ..Query::default() };
    if !trade.parameter.is_empty() {
        query.parameters = format!("{}={number}", trade.parameter);
    }
    if random.random_range(0..3) == 0 {
        query.utm[..3].clone_from_slice(&["qr".into(), trade.medium.into(), "autumn".into()]);
    }
    query
}

/// UUIDv7 (RFC 9562 §5.7) of an instant, with drawn randomness.
pub fn v7(at: Millis, random: &mut impl Rng) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(at.0.max(0) as u64, &random.random()).into_uuid()
}
