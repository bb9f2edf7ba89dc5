//! A small world of workspaces, links and visitors, and scans that happen in it.

use jiff::tz::TimeZone;
use model::clock::Clock;
use model::ids::{LinkId, ScanId, TraceId, WorkspaceId};
use model::report::{By, ClockPart, Dimension, Labels, OwnedScan};
use model::scan::{
    Action, AddressClass, DeviceType, Identity, Method, Outcome, Path, Scan, Verdict, VisitType,
};
use model::time::DAY_MS;
use model::trace::{Trace, TraceKind};
use model::{Millis, Position};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// First instant of the world: 2026-03-01T00:00:00Z.
pub const START: Millis = Millis(1_772_323_200_000);

/// How large the world is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub workspaces: u64,
    pub links: u64,
    pub visitors: u64,
    pub days: i64,
}

pub const SMALL: Size = Size { workspaces: 3, links: 4, visitors: 12, days: 3 };

/// Steps of every workflow.
pub const STEPS: u16 = 4;

pub fn workspace(n: u64) -> WorkspaceId {
    WorkspaceId(Uuid::from_u64_pair(7 + n, n))
}

pub fn link(workspace: u64, n: u64) -> LinkId {
    LinkId(Uuid::from_u64_pair(n * 31 % 17, workspace << 32 | n))
}

/// What can be asked by: every dimension, a parameter, tags and folders of the first links, and the clock of a zone whose
/// hours begin at half past.
pub fn bys() -> Vec<By> {
    let labels = |several: bool| {
        let mut by_link = HashMap::new();
        for place in 0..4 {
            by_link.insert(link(place, 0), vec![0]);
            by_link.insert(link(place, 1), if several { vec![1, 0] } else { vec![1] });
        }
        By::Labels(Arc::new(Labels {
            labels: vec!["summer".to_owned(), "Été".to_owned()], by_link, several
        }))
    };
    let zone = TimeZone::get("America/St_Johns").expect("the zone is in the database");
    let clock = Arc::new(Clock::new(START.plus(-DAY_MS), START.plus(9 * DAY_MS), &zone));
    let parts = [ClockPart::Hour, ClockPart::Weekday, ClockPart::WeekHour];
    let on_the_clock = parts.map(|part| By::Clock(clock.clone(), part));
    let mut all: Vec<By> = Dimension::ALL.iter().map(|dimension| By::Dimension(*dimension)).collect();
    all.push(By::Parameter("table".to_owned()));
    all.extend([labels(true), labels(false)]);
    all.extend(on_the_clock);
    all
}

fn pick<'a>(random: &mut impl Rng, words: &[&'a str]) -> &'a str {
    words[random.random_range(0..words.len())]
}

/// The first of few, mostly.
fn skewed(random: &mut impl Rng, n: u64) -> u64 {
    let fraction: f64 = random.random();
    ((fraction * fraction * n as f64) as u64).min(n - 1)
}

/// `count` scans in the order in which they happened, with the bits and numbers that an exact live set gives them.
pub fn scans(seed: u64, count: usize, size: Size) -> Vec<OwnedScan> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut times: Vec<i64> =
        (0..count).map(|_| START.0 + random.random_range(0..size.days * DAY_MS)).collect();
    times.sort_unstable();
    // Some scans of one and the same instant.
    for n in 1..times.len() {
        if random.random_ratio(1, 10) {
            times[n] = times[n - 1];
        }
    }
    let id =
        |at: i64, random: [u8; 10]| uuid::Builder::from_unix_timestamp_millis(at as u64, &random).into_uuid();
    let mut ids: Vec<(i64, Uuid)> = times.iter().map(|at| (*at, id(*at, random.random()))).collect();
    ids.sort_unstable();
    let mut live = Live::default();
    ids.into_iter().map(|(at, id)| scan(&mut random, size, Millis(at), ScanId(id), &mut live)).collect()
}

/// Today's sets of first scans, as the redirect keeps them.
#[derive(Default)]
struct Live {
    in_workspace: HashSet<(i32, WorkspaceId, u64)>,
    on_link: HashMap<(i32, LinkId, u64), u16>,
}

fn scan(random: &mut StdRng, size: Size, at: Millis, id: ScanId, live: &mut Live) -> OwnedScan {
    let place = skewed(random, size.workspaces);
    let link_number = skewed(random, size.links);
    let verdict = if random.random_ratio(3, 4) {
        Verdict::Human
    } else {
        Verdict::ALL[random.random_range(0..Verdict::ALL.len())]
    };
    let identity = match random.random_range(0..8) {
        0 => Identity::None,
        1 => Identity::Cookie,
        _ => Identity::Day,
    };
    let who = random.random_range(0..size.visitors) + if identity == Identity::Cookie { 1000 } else { 0 };
    let day = at.utc_day().0;
    let seed = if identity == Identity::Cookie { who } else { who ^ (day as u64) << 20 };
    // The visitor's number in this workspace, and the client that stands behind it.
    let visitor = if identity == Identity::None {
        0
    } else {
        (seed ^ place << 50).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
    };
    let mut client = StdRng::seed_from_u64(seed);
    let client = &mut client;
    let (country, region, city) = [
        ("US", "Illinois", "Springfield"),
        ("US", "Massachusetts", "Springfield"),
        ("FR", "Île-de-France", "Paris"),
        ("US", "Texas", "Paris"),
        ("DE", "", ""),
        ("", "", ""),
    ][client.random_range(0..6)];
    let device_type = DeviceType::ALL[client.random_range(0..DeviceType::ALL.len())];
    let device_brand = pick(client, &["Apple", "Samsung", ""]);
    let device_model = pick(client, &["iPhone", "SM-G991B", ""]);
    let platform = pick(client, &["iOS", "Android", ""]);
    let browser = pick(client, &["Chrome", "Safari", "Firefox", ""]);
    let organisation = pick(client, &["Swisscom", "Deutsche Telekom", ""]);
    let (platform_version, browser_version) = (pick(client, &["19.1", "17", ""]), pick(client, &["142", ""]));
    let timezone = pick(client, &["Europe/Paris", ""]);
    let user_agent = pick(client, &["Mozilla/5.0 (iPhone)", "Mozilla/5.0 (Linux; Android 16)", "curl/8"]);

    let workspace = workspace(place);
    let link = link(place, link_number);
    let (mut first_in_workspace, mut first_on_link, mut nth_today) = (false, false, 0);
    let mut visit_type = VisitType::Unspecified;
    if visitor != 0 && verdict == Verdict::Human {
        first_in_workspace = live.in_workspace.insert((day, workspace, visitor));
        let count = live.on_link.entry((day, link, visitor)).or_insert(0);
        *count += 1;
        nth_today = *count;
        first_on_link = nth_today == 1;
        visit_type = if first_on_link { VisitType::First } else { VisitType::Returning };
    }
    let mut path = Vec::new();
    for step in 0..random.random_range(0..STEPS) {
        Path::push(&mut path, step, random.random_range(0..3));
    }
    let slug = format!("s{place}-{link_number}{}", if random.random_ratio(1, 3) { "-b" } else { "" });
    let parameters = match random.random_range(0..4) {
        0 => String::new(),
        1 => format!("table={}&room=%C3%BC", random.random_range(0..4)),
        _ => format!("table={}", random.random_range(0..40)),
    };
    OwnedScan::from(&Scan {
        id,
        at,
        workspace,
        link,
        slug: &slug,
        domain: pick(random, &["go.example.com", "qr.example.org:8443"]),
        workflow_version: random.random_range(0..4),
        path: Path(&path),
        outcome: Outcome::ALL[random.random_range(0..Outcome::ALL.len())],
        status: [302, 303, 410][random.random_range(0..3)],
        destination: [0, 1, model::scan::NO_DESTINATION][random.random_range(0..3)],
        action: Action::ALL[random.random_range(0..2)],
        method: Method::ALL[random.random_range(0..2)],
        verdict,
        reason: pick(random, &["browser", "ua:crawler", "ua:library"]),
        rules_version: 1,
        header_flags: random.random_range(0..128),
        address_class: AddressClass::ALL[random.random_range(0..4)],
        identity,
        visitor,
        first_in_workspace,
        first_on_link,
        nth_today,
        visit_type,
        country,
        region,
        city,
        latitude: client.random_range(-1..=1) * 317,
        longitude: client.random_range(-1..=1) * 1204,
        timezone,
        asn: client.random_range(0..5),
        organisation,
        device_type,
        device_brand,
        device_model,
        platform,
        platform_version,
        browser,
        browser_version,
        language: pick(random, &["de-ch", "fr", "en", ""]),
        languages: pick(random, &["de-ch,de,en", "fr,en", "en", ""]),
        referrer_host: pick(random, &["", "", "www.instagram.com", "t.co"]),
        utm_source: pick(random, &["", "poster", "flyer"]),
        utm_medium: pick(random, &["", "print"]),
        utm_campaign: pick(random, &["", "summer", "winter"]),
        utm_term: pick(random, &["", "t"]),
        utm_content: pick(random, &["", "c", "ç"]),
        parameters: &parameters,
        shared_network: random.random(),
        campaign: if random.random_ratio(1, 3) { Uuid::from_u128(99) } else { Uuid::nil() },
        user_agent,
    })
}

/// A trace of `scan`, some time after it.
pub fn trace(number: u64, scan: &Scan<'_>) -> Trace {
    Trace {
        id: TraceId(Uuid::from_u64_pair(scan.at.0 as u64, number)),
        scan: scan.id,
        scan_at: scan.at,
        at: scan.at.plus(1000 + number as i64),
        workspace: scan.workspace,
        link: scan.link,
        workflow_version: scan.workflow_version,
        step: (number % 5) as u16,
        branch: (number % 3) as u16,
        kind: TraceKind::ALL[(number % 6) as usize],
        destination: model::scan::NO_DESTINATION,
    }
}

/// Position of the nth record.
pub fn position(n: usize) -> Position {
    Position { epoch: 0xfeed_0001, seq: n as u64 + 1 }
}
