//! Measures the store at size: `cargo run --release -p analytics --example scale -- DIR ROWS [DAYS]`.
//!
//! Writes DAYS (365) of scans of 500 workspaces (Zipf 1) and 100,000 links into DIR (which must not exist, or holds what a
//! run before wrote: then only the questions are measured), and reports rates, bytes by column, latencies and memory.

use analytics::{Batch, Local, Options};
use model::ids::{LinkId, ScanId, WorkspaceId};
use model::report::{Answer, Ask, Dimension, Filter, Population, ScanPage, Scope, Verdicts};
use model::scan::{
    Action, AddressClass, DeviceType, Identity, Method, Outcome, Path as Steps, Scan, Verdict, VisitType,
};
use model::time::DAY_MS;
use model::{Millis, Position};
use parquet::file::reader::{FileReader, SerializedFileReader};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::time::Instant;
use uuid::Uuid;

const START: Millis = Millis(1_767_225_600_000);
const WORKSPACES: usize = 500;
const LINKS: usize = 100_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(dir), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("usage: scale DIR ROWS [DAYS]".into());
    };
    let (dir, rows): (_, usize) = (Path::new(&dir), rows.parse()?);
    let days: i64 = arguments.next().map_or(Ok(365), |days| days.parse())?;
    let world = World::new();
    if !dir.exists() {
        write(dir, rows, days, &world)?;
        columns(dir)?;
    }
    questions(dir, days, &world)
}

/// Who owns what, and how often it is scanned.
struct World {
    /// Cumulated weights of the links; each has a workspace.
    weights: Vec<f64>,
    workspace_of: Vec<usize>,
    workspaces: Vec<WorkspaceId>,
    links: Vec<LinkId>,
    cities: Vec<(String, &'static str, String)>,
    models: Vec<String>,
    networks: Vec<String>,
    agents: Vec<String>,
}

fn workspace(n: usize) -> WorkspaceId {
    WorkspaceId(scrambled(1, n))
}

fn link(n: usize) -> LinkId {
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
    fn new() -> Self {
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
}

fn write(dir: &Path, rows: usize, days: i64, world: &World) -> Result<()> {
    let store = Local::open(dir, Options::default())?;
    let mut random = StdRng::seed_from_u64(1);
    let per_day = rows.div_ceil(days as usize);
    let (mut appending, mut sealing, mut merging) = (0.0, 0.0, 0.0);
    // Rates are by CPU time: the machine may have other work.
    let mut seq = 0;
    for day in 0..days {
        let mut times: Vec<i64> =
            (0..per_day).map(|_| START.0 + day * DAY_MS + random.random_range(0..DAY_MS)).collect();
        times.sort_unstable();
        let mut seen = (HashSet::new(), HashSet::new());
        for times in times.chunks(20_000) {
            let drawn: Vec<Draw<'_>> = times
                .iter()
                .map(|at| Draw::new(world, &mut random, Millis(*at), day as u64, &mut seen))
                .collect();
            let busy = cpu();
            let mut batch = Batch::new();
            for draw in &drawn {
                seq += 1;
                batch.scan(Position { epoch: 1, seq }, &draw.scan());
            }
            store.append(batch);
            appending += cpu() - busy;
        }
        let busy = cpu();
        store.seal()?;
        sealing += cpu() - busy;
        // As of a day later, when it is merged whole: measured on some days, for its rate.
        if day % 6 == 0 {
            let busy = cpu();
            store.merge_day(START.plus(day * DAY_MS).utc_day())?;
            merging += cpu() - busy;
        }
    }
    let rows = per_day as f64 * days as f64;
    let stats = store.stats();
    println!("rows                  {}", stats.rows);
    println!("append                {:.2} M scans a second of CPU", rows / appending / 1e6);
    println!("seal                  {:.2} M scans a second of CPU", rows / sealing / 1e6);
    println!("append and seal       {:.2} M scans a second of CPU", rows / (appending + sealing) / 1e6);
    println!(
        "merge of a day        {:.2} M scans a second of CPU",
        (days + 5).div_euclid(6) as f64 * per_day as f64 / merging / 1e6
    );
    println!(
        "bytes a scan          {:.1} and {:.1} of facts",
        stats.bytes as f64 / rows,
        stats.facts_bytes as f64 / rows
    );
    Ok(())
}

/// What was drawn for one scan, so that drawing is not measured.
struct Draw<'a> {
    at: Millis,
    id: Uuid,
    link: usize,
    workspace: usize,
    slug: String,
    visitor: u64,
    bits: (bool, bool),
    human: bool,
    city: &'a (String, &'static str, String),
    client: usize,
    world: &'a World,
    language: usize,
    utm: usize,
}

impl<'a> Draw<'a> {
    fn new(
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
            city: &world.cities[zipf(&mut client, world.cities.len())],
            client: client.random_range(0..1_000_000),
            world,
            language: zipf(&mut client, 9),
            utm: random.random_range(0..10),
        }
    }

    fn scan(&self) -> Scan<'_> {
        let (city, country, region) = self.city;
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
            latitude: (city.len() * 97 % 1800) as i16 - 900,
            longitude: (n % 37) as i16,
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

/// Bytes a scan by column, over all segments.
fn columns(dir: &Path) -> Result<()> {
    let mut bytes: BTreeMap<String, i64> = BTreeMap::new();
    let (mut rows, mut indexes) = (0, 0);
    for file in std::fs::read_dir(dir.join("segments"))? {
        let path = file?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("scans-")) {
            continue;
        }
        let length = std::fs::metadata(&path)?.len() as i64;
        let reader = SerializedFileReader::new(File::open(&path)?)?;
        let mut data = 0;
        for group in reader.metadata().row_groups() {
            rows += group.num_rows();
            for column in group.columns() {
                let size = column.compressed_size();
                *bytes.entry(column.column_path().string()).or_default() += size;
                data += size;
                let bloom = i64::from(column.bloom_filter_length().unwrap_or(0));
                *bytes.entry("(bloom filter)".to_owned()).or_default() += bloom;
                data += bloom;
            }
        }
        indexes += length - data;
    }
    bytes.insert("(footer and page index)".to_owned(), indexes);
    let mut bytes: Vec<_> = bytes.into_iter().collect();
    bytes.sort_by_key(|(_, bytes)| -bytes);
    for (name, bytes) in bytes {
        println!("  {:6.3}  {name}", bytes as f64 / rows as f64);
    }
    Ok(())
}

fn questions(dir: &Path, days: i64, world: &World) -> Result<()> {
    let began = Instant::now();
    let store = Local::open(dir, Options::default())?;
    println!("open                  {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    println!("RssAnon, opened       {}", memory());
    let day = |n: i64| START.plus(n * DAY_MS);
    let population = |scope, from, to, filters| Population {
        workspace: workspace(0),
        scope,
        verdicts: Verdicts::HUMAN,
        from: day(from),
        to: day(to),
        filters,
    };
    let month = population(Scope::Workspace, days - 30, days, vec![]);
    let filter = |dimension: Dimension, value: &str| Filter::is(dimension, vec![value.to_owned()]);
    let filtered = Population {
        filters: vec![filter(Dimension::Country, "US"), filter(Dimension::DeviceType, "mobile")],
        ..month.clone()
    };
    let distinct = Population { filters: vec![filter(Dimension::UtmSource, "poster")], ..month.clone() };
    let month_days: Vec<Millis> = (days - 30..=days).map(day).collect();
    let overview: Vec<Ask> = [Ask::Totals, Ask::Series { edges: month_days, by: None }]
        .into_iter()
        .chain(
            [Dimension::Country, Dimension::City, Dimension::DeviceType, Dimension::Browser, Dimension::Link]
                .map(|by| Ask::Breakdown { by: by.into(), limit: 10 }),
        )
        .collect();
    for (name, population) in
        [("overview, 30 days", &month), ("  filtered by 2", &filtered), ("  by utm (distinct)", &distinct)]
    {
        measure(name, 7, || store.reports(population, &overview).map(drop))?;
    }
    let year = population(Scope::Workspace, 0, days, vec![]);
    let of_workspace = (0..LINKS).find(|&n| n.is_multiple_of(997) && world.workspace_of[n] == 0).unwrap_or(0);
    let one = Population { scope: Scope::Links(vec![link(of_workspace)]), ..year.clone() };
    let year_days: Vec<Millis> = (0..=days).map(day).collect();
    measure("workspace, all, totals", 3, || store.report(&year, &Ask::Totals).map(drop))?;
    measure("workspace, all, cities", 3, || {
        store.report(&year, &Ask::Breakdown { by: Dimension::City.into(), limit: 10 }).map(drop)
    })?;
    measure("one link, all days", 7, || {
        store.report(&one, &Ask::Series { edges: year_days.clone(), by: None }).map(drop)
    })?;
    for (name, population) in
        [("workspace's year", &year), ("month", &month), ("filtered month", &filtered), ("link's year", &one)]
    {
        if let Answer::Totals { counts, .. } = store.report(population, &Ask::Totals)? {
            println!("    {name}: {} scans", counts.scans);
        }
    }
    let page = ScanPage { population: year.clone(), visitor: None, before: None, limit: 50 };
    measure("page of 50 scans", 7, || store.scans(&page).map(drop))?;
    let scans = store.scans(&page)?;
    measure("one scan by id", 20, || store.scan(workspace(0), scans[25].get().id).map(drop))?;
    println!("RssAnon, asked        {}", memory());
    Ok(())
}

fn measure(name: &str, times: usize, ask: impl Fn() -> analytics::Result<()>) -> Result<()> {
    let run = || -> Result<(f64, f64)> {
        let (began, busy) = (Instant::now(), cpu());
        ask()?;
        Ok((began.elapsed().as_secs_f64() * 1e3, (cpu() - busy) * 1e3))
    };
    let (first, _) = run()?;
    let mut took = (0..times).map(|_| run()).collect::<Result<Vec<_>>>()?;
    took.sort_by(|a, b| a.0.total_cmp(&b.0));
    let busy = took.iter().map(|(_, busy)| busy).sum::<f64>() / times as f64;
    println!(
        "{name:24} {:8.1} ms median, {busy:.1} ms of CPU; {first:.1} ms the first time",
        took[times / 2].0
    );
    Ok(())
}

/// Seconds of CPU this process has used, in all threads.
fn cpu() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return 0.0 };
    let used = |path: &Path| -> Option<f64> {
        std::fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    threads.filter_map(|thread| used(&thread.ok()?.path())).sum::<f64>() / 1e9
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.map_or_else(|| "not told on this system".to_owned(), |line| line.trim().to_owned())
}
