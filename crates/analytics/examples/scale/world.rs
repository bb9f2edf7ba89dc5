//! Who owns what in the simulated year, and the scans that happen in it.

use model::Millis;
use model::ids::{LinkId, ScanId, WorkspaceId};
use model::scan::{
    Action, AddressClass, DeviceType, Identity, Method, Outcome, Path as Steps, Scan, Verdict, VisitType,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::HashSet;
use uuid::Uuid;

pub const WORKSPACES: usize = 500;
pub const LINKS: usize = 100_000;

/// Who owns what, and how often it is scanned.
pub struct World {
    /// Cumulated weights of the links; each has a workspace.
    pub weights: Vec<f64>,
    pub workspace_of: Vec<usize>,
    workspaces: Vec<WorkspaceId>,
    links: Vec<LinkId>,
    cities: Vec<(String, &'static str, String)>,
    models: Vec<String>,
    networks: Vec<String>,
    agents: Vec<String>,
}

pub fn workspace(n: usize) -> WorkspaceId {
    WorkspaceId(scrambled(1, n))
}

pub fn link(n: usize) -> LinkId {
    LinkId(scrambled(2, n))
}

fn scrambled(kind: u64, n: usize) -> Uuid {
    let mut random = StdRng::seed_from_u64(kind << 32 | n as u64);
    uuid::Builder::from_random_bytes(random.random()).into_uuid()
}

fn zipf(random: &mut impl Rng, n: usize) -> usize {
    // The inverse of the harmonic distribution's continuous sibling.
    let u: f64 = random.random();
    (((n as f64 + 1.0).powf(u) - 1.0) as usize).min(n - 1)
}

impl World {
    pub fn new() -> Self {
        let mut random = StdRng::seed_from_u64(7);
        let workspace_of: Vec<usize> = (0..LINKS).map(|_| zipf(&mut random, WORKSPACES)).collect();
        let mut sum = 0.0;
        let weights = (0..LINKS)
            .map(|n| {
                sum += 1.0 / ((n % 997) as f64 + 1.0);
                sum
            })
            .collect();
        let countries =
            ["US", "DE", "FR", "GB", "CH", "IN", "BR", "JP", "IT", "ES", "PL", "NL", "AT", "SE", "CA"];
        let cities = (0..30_000)
            .map(|n| (format!("City {n}"), countries[zipf(&mut random, 15)], format!("Region {}", n % 400)))
            .collect();
        Self {
            weights,
            workspace_of,
            workspaces: (0..WORKSPACES).map(workspace).collect(),
            links: (0..LINKS).map(link).collect(),
            cities,
            models: (0..800).map(|n| format!("SM-{n:04}B")).collect(),
            networks: (0..3000).map(|n| format!("Network operator {n} AG")).collect(),
            agents: (0..2000)
                .map(|n| format!("Mozilla/5.0 (Linux; Android {}; K{n}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36", n % 17, 100 + n % 43))
                .collect(),
        }
    }

    /// Share of all scans that each link has.
    fn share(&self, link: usize) -> f64 {
        let before = if link == 0 { 0.0 } else { self.weights[link - 1] };
        (self.weights[link] - before) / self.weights[LINKS - 1]
    }

    /// The workspace whose share of all scans is nearest to `share`.
    pub fn workspace_with(&self, share: f64) -> usize {
        let mut shares = [0.0; WORKSPACES];
        (0..LINKS).for_each(|link| shares[self.workspace_of[link]] += self.share(link));
        let far = |n: &usize| (shares[*n] - share).abs();
        (0..WORKSPACES).min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(0)
    }

    /// A link whose share of all scans is near `share`.
    pub fn link_with(&self, share: f64) -> usize {
        let far = |n: &usize| (self.share(*n) - share).abs();
        (0..LINKS).min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(0)
    }

    /// The link of a workspace that has most scans.
    pub fn busiest_link(&self, workspace: usize) -> usize {
        let own = (0..LINKS).filter(|&n| self.workspace_of[n] == workspace);
        own.max_by(|a, b| self.share(*a).total_cmp(&self.share(*b))).unwrap_or(0)
    }
}

/// What was drawn for one scan, so that drawing is not measured.
pub struct Draw<'a> {
    at: Millis,
    id: Uuid,
    link: usize,
    workspace: usize,
    slug: String,
    visitor: u64,
    bits: (bool, bool),
    human: bool,
    /// Number of the city.
    place: usize,
    client: usize,
    world: &'a World,
    language: usize,
    utm: usize,
}

impl<'a> Draw<'a> {
    pub fn new(
        world: &'a World,
        random: &mut StdRng,
        at: Millis,
        day: u64,
        (in_workspace, on_link): &mut (HashSet<u64>, HashSet<(u64, usize)>),
    ) -> Self {
        let weight = random.random::<f64>() * world.weights[LINKS - 1];
        let link = world.weights.partition_point(|w| *w < weight).min(LINKS - 1);
        let workspace = world.workspace_of[link];
        let person = random.random_range(0..400_000u64);
        let mut client = StdRng::seed_from_u64(person);
        let visitor = (person << 20 ^ (workspace as u64) << 45 ^ day).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let visitor = visitor ^ visitor >> 29;
        let human = !random.random_ratio(2, 25);
        let bits = if human {
            (in_workspace.insert(visitor), on_link.insert((visitor, link)))
        } else {
            (false, false)
        };
        let bytes: [u8; 10] = random.random();
        Self {
            at,
            id: uuid::Builder::from_unix_timestamp_millis(at.0 as u64, &bytes).into_uuid(),
            link,
            workspace,
            slug: format!("s{link:x}"),
            visitor,
            bits,
            human,
            place: zipf(&mut client, world.cities.len()),
            client: client.random_range(0..1_000_000),
            world,
            language: zipf(&mut client, 9),
            utm: random.random_range(0..10),
        }
    }

    pub fn scan(&self) -> Scan<'_> {
        let place = self.place;
        let (city, country, region) = &self.world.cities[place];
        let n = self.client;
        let model = &self.world.models[n % 800];
        let languages =
            ["de-de,de,en", "en-us,en", "fr-fr,fr", "de-ch,de", "it,en", "es,en", "pl", "nl,en", "ja"];
        Scan {
            id: ScanId(self.id),
            at: self.at,
            workspace: self.world.workspaces[self.workspace],
            link: self.world.links[self.link],
            slug: &self.slug,
            domain: "go.example.com",
            workflow_version: 1,
            path: Steps(&[0, 0, 1, 0]),
            outcome: Outcome::Redirect,
            status: 302,
            destination: (n % 2) as u16,
            action: if n.is_multiple_of(5) { Action::Click } else { Action::Scan },
            method: Method::Get,
            verdict: if self.human { Verdict::Human } else { Verdict::Bot },
            reason: if self.human { "browser" } else { "ua:crawler" },
            rules_version: 1,
            header_flags: 32,
            address_class: if n.is_multiple_of(4) { AddressClass::PublicV6 } else { AddressClass::PublicV4 },
            identity: Identity::Day,
            visitor: self.visitor,
            first_in_workspace: self.bits.0,
            first_on_link: self.bits.1,
            nth_today: if self.bits.1 { 1 } else { 2 },
            visit_type: match (self.human, self.bits.1) {
                (false, _) => VisitType::Unspecified,
                (_, true) => VisitType::First,
                _ => VisitType::Returning,
            },
            country,
            region,
            city,
            latitude: (place * 97 % 1800) as i16 - 900,
            longitude: (place * 61 % 3600) as i16 - 1800,
            timezone: "",
            asn: (n % 3000) as u32,
            organisation: &self.world.networks[n % 3000],
            device_type: if n.is_multiple_of(10) { DeviceType::Desktop } else { DeviceType::Mobile },
            device_brand: ["Apple", "Samsung", "Xiaomi", "Google"][n % 4],
            device_model: if n.is_multiple_of(2) { "iPhone" } else { model },
            platform: ["iOS", "Android", "Android", "Windows"][n % 4],
            platform_version: ["19.1", "16", "15", "11", "18.7", "19.0"][n % 6],
            browser: ["Mobile Safari", "Chrome", "Chrome", "Firefox", "Samsung Internet"][n % 5],
            browser_version: ["142.0.7444", "141.0.7390", "19.1", "18.7", "140.0.7339", "28.0"][n % 6],
            language: languages[self.language].split(',').next().unwrap_or_default(),
            languages: languages[self.language],
            referrer_host: if n.is_multiple_of(20) { "www.instagram.com" } else { "" },
            utm_source: ["", "poster", "flyer"][self.utm % 3],
            utm_medium: ["", "print", "print"][self.utm % 3],
            utm_campaign: ["", "summer", "winter"][self.utm % 3],
            utm_term: "",
            utm_content: "",
            parameters: if self.utm == 9 { "table=7" } else { "" },
            shared_network: n.is_multiple_of(3),
            campaign: Uuid::nil(),
            user_agent: &self.world.agents[n % 2000],
        }
    }
}
