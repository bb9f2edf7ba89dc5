//! Simulated visitors: where they are, what they scan with, what they read.

use super::clients;
use super::countries::COUNTRIES;
use crate::agent::{Agent, Agents, Hints};
use crate::geo::{Geo, Place};
use model::language;
use model::scan::header_flags;
use rand::Rng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Addresses drawn from the geo files, to place people at.
const ADDRESSES: usize = 120_000;
/// Fewer addresses than these in a city, and its links are visited from the whole country.
const ENOUGH: usize = 3;

/// A visitor. Small, so that every link can remember some to come back.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Index into the addresses.
    home: u32,
    /// Tells apart those at one address of the pool.
    salt: u32,
    /// Index of the user agent in its kind.
    client: u16,
    /// Index of the country, for languages.
    country: u16,
    /// Which of the country's languages.
    language: u8,
    /// [`header_flags`] that this person's browser always sends.
    pub flags: u8,
}

/// Kinds of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person's browser.
    People,
    /// A program.
    Bot,
    /// A link preview.
    Preview,
    /// An assistant or a checker.
    Agent,
}

/// Where the visitors of a link come from.
#[derive(Debug)]
pub struct Market {
    /// Index of the country that most are from.
    country: usize,
    /// Share that is from there; the others are from anywhere.
    share: f64,
    /// Addresses of its city; empty: of the country.
    city: Vec<u32>,
}

/// A user agent, read once.
pub struct Client {
    /// As sent.
    pub user_agent: &'static str,
    /// As read.
    pub agent: Arc<Agent>,
}

struct Clients {
    shares: WeightedIndex<f32>,
    clients: Vec<Client>,
}

/// Everybody who could scan.
pub struct People<'g> {
    /// Address and its place; empty without geo files.
    homes: Vec<(IpAddr, Place<'g>)>,
    /// Homes of each country.
    of_country: Vec<Vec<u32>>,
    countries: WeightedIndex<u32>,
    /// Of each country, as a scan keeps them.
    languages: Vec<Vec<String>>,
    kinds: [Clients; 4],
}

impl<'g> People<'g> {
    /// Draws addresses from the geo files and reads the user agents.
    pub fn new(geo: &'g Geo, random: &mut impl Rng) -> Self {
        let by_code: HashMap<&str, usize> =
            COUNTRIES.iter().enumerate().map(|(index, country)| (country.code, index)).collect();
        let mut homes = Vec::new();
        let mut of_country = vec![Vec::new(); COUNTRIES.len()];
        for _ in 0..ADDRESSES {
            // Without geo files the first draw says so; with them hardly any fails.
            let Some(address) = geo.sample(random.random()) else { break };
            let place = geo.place(address);
            if let Some(&country) = by_code.get(place.country) {
                of_country[country].push(homes.len() as u32);
                homes.push((address, place));
            }
        }
        let agents = Agents::default();
        let read = |list: &'static [(f32, &'static str)]| Clients {
            shares: shares(list.iter().map(|(share, _)| *share)),
            clients: list
                .iter()
                .map(|&(_, user_agent)| Client {
                    user_agent,
                    agent: agents.get(user_agent, Hints::default()),
                })
                .collect(),
        };
        Self {
            homes,
            of_country,
            countries: WeightedIndex::new(COUNTRIES.iter().map(|country| country.online))
                .expect("countries have people"),
            languages: COUNTRIES
                .iter()
                .map(|country| country.languages.iter().map(|list| language::preferences(list)).collect())
                .collect(),
            kinds: [
                read(clients::PEOPLE),
                read(clients::BOTS),
                read(clients::PREVIEWS),
                read(clients::AGENTS),
            ],
        }
    }

    /// The visitors of a link at home in `country`, in `city` if there are enough of them.
    pub fn market(&self, country: usize, share: f64, city: Option<&str>) -> Market {
        let in_city = |home: &&u32| city.is_some_and(|city| self.homes[**home as usize].1.city == city);
        let city: Vec<u32> = self.of_country[country].iter().filter(in_city).copied().collect();
        Market { country, share, city: if city.len() < ENOUGH { Vec::new() } else { city } }
    }

    /// Somebody new.
    pub fn draw(&self, market: &Market, kind: Kind, random: &mut impl Rng) -> Person {
        let local = random.random_bool(market.share);
        let country = if local { market.country } else { self.countries.sample(random) };
        let pool = if local && !market.city.is_empty() { &market.city } else { &self.of_country[country] };
        let home = match pool.len() {
            0 if self.homes.is_empty() => 0,
            // A country too small for the addresses drawn: anywhere.
            0 => random.random_range(0..self.homes.len()) as u32,
            homes => pool[random.random_range(0..homes)],
        };
        // Most people keep their browser's first language; few countries have more than two.
        let languages = self.languages[country].len();
        let language = if random.random_bool(0.75) { 0 } else { random.random_range(0..languages) };
        let wishes = match random.random_range(0..200) {
            0..3 => header_flags::GPC,
            3..7 => header_flags::DNT,
            _ => 0,
        };
        Person {
            home,
            salt: random.random(),
            client: self.kinds[kind as usize].shares.sample(random) as u16,
            country: country as u16,
            language: language as u8,
            flags: if kind == Kind::People { wishes as u8 } else { 0 },
        }
    }

    /// What the person scans with.
    pub fn client(&self, person: Person, kind: Kind) -> &Client {
        &self.kinds[kind as usize].clients[usize::from(person.client)]
    }

    /// What the person reads.
    pub fn languages(&self, person: Person) -> &str {
        &self.languages[usize::from(person.country)][usize::from(person.language)]
    }

    /// Where the person is: an address of the same network as one of the pool, and the pool's place.
    pub fn place(&self, person: Person) -> (IpAddr, Place<'g>) {
        let Some((address, place)) = self.homes.get(person.home as usize) else {
            // Without geo files: somewhere in the documentation network of RFC 3849, which is nowhere.
            let bits = 0x2001_0db8_u128 << 96 | u128::from(person.salt) << 64 | 1;
            return (IpAddr::V6(bits.into()), Place::default());
        };
        let address = match address {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & !0xff | person.salt & 0xff).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() ^ u128::from(person.salt & 0xffff) << 64).into()),
        };
        (address, *place)
    }
}

/// Shares that are written down in this program.
pub fn shares(list: impl Iterator<Item = f32>) -> WeightedIndex<f32> {
    WeightedIndex::new(list).expect("the lists have shares above nought")
}
