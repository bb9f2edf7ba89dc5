//! Where an address is and whose network it is, from files on this disk. No address leaves the machine.
//!
//! Files are mapped, so they cost no memory of our own. Whoever replaces one must write a new file and rename
//! it over the old: cutting a mapped file short kills the process (SIGBUS). `setup/geo.sh` does it so.

pub mod asn;
mod known;
mod map;
mod record;
pub mod sources;

pub use known::KnownPlace;

use asn::AsnFile;
use known::KnownPlaces;
use map::Mapped;
use maxminddb::Reader;
use record::{Kind, Record, is_sound, is_whole};
use sources::GeoFile;
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

/// What is known of an address. Empty texts and zeros: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// First-level subdivision, in the file's words.
    pub region: &'a str,
    /// City, in the file's words, without a quarter.
    pub city: &'a str,
    /// Latitude of the place, tenths of a degree; 0 with `longitude` 0: not known.
    pub latitude: i16,
    /// Longitude of the place, tenths of a degree.
    pub longitude: i16,
    /// IANA time zone, where the file knows it.
    pub timezone: &'a str,
    /// Autonomous system number.
    pub asn: u32,
    /// Organisation of the autonomous system.
    pub organisation: &'a str,
}

/// A file that could not be used, in a sentence that names the mend. Everything else works without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {sentence}", path.display())]
pub struct Problem {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub sentence: String,
}

/// The opened files. Shared by all threads.
#[derive(Default)]
pub struct Geo {
    /// Files in MaxMind's format, with what they tell.
    databases: Vec<(Reader<Mapped>, Kind)>,
    /// Our own files of networks.
    networks: Vec<AsnFile<Mapped>>,
    attributions: Vec<String>,
    files: Vec<GeoFile>,
    known: KnownPlaces,
    /// A look-up came upon damage.
    damaged: AtomicBool,
}

impl Geo {
    /// Opens files, or all files of folders. What a file holds is told by its content: MaxMind's format with
    /// either DB-IP's flat or MaxMind's nested records, or our own file of networks. Never fails: a file that
    /// cannot be used is a [`Problem`].
    pub fn open(city_paths: &[PathBuf], asn_paths: &[PathBuf]) -> (Self, Vec<Problem>) {
        let mut geo = Self::default();
        let mut problems = Vec::new();
        let mut seen: Vec<PathBuf> = Vec::new();
        for path in city_paths.iter().chain(asn_paths) {
            let files = match files_of(path) {
                Ok(files) => files,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            for file in files {
                let same = file.canonicalize().unwrap_or_else(|_| file.clone());
                if seen.contains(&same) {
                    continue;
                }
                seen.push(same);
                if let Err(problem) = geo.add(&file) {
                    problems.push(problem);
                }
            }
        }
        // An IPv4 address is looked for in the IPv4 file first.
        geo.databases.sort_by_key(|(database, _)| database.metadata().ip_version);
        (geo, problems)
    }

    fn add(&mut self, path: &Path) -> Result<(), Problem> {
        let problem = |sentence: String| Problem { path: path.to_owned(), sentence };
        let seconds = |time: SystemTime| Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs() as i64);
        let metadata = path.metadata().ok();
        let mut opened = GeoFile {
            path: path.to_owned(),
            places: false,
            networks: true,
            built_at: metadata.as_ref().and_then(|metadata| seconds(metadata.modified().ok()?)),
            bytes: metadata.map_or(0, |metadata| metadata.len()),
        };
        let mapped = Mapped::open(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
        if mapped.as_ref().starts_with(asn::MAGIC) {
            let file = AsnFile::open(mapped).map_err(|error| problem(error.to_string()))?;
            self.networks.push(file);
        } else {
            let broken = |error| format!("is no MaxMind DB, or a damaged one ({error}); fetch it again");
            let database = Reader::from_source(mapped).map_err(|error| problem(broken(error)))?;
            is_sound(&database).map_err(|error| problem(broken(error)))?;
            let kind = Kind::of(&database);
            if kind == Kind::default() {
                let what = &database.metadata().database_type;
                return Err(problem(format!(
                    "holds neither cities nor networks that we know how to read ({what})"
                )));
            }
            (opened.places, opened.networks) = (kind.places, kind.networks);
            opened.built_at = i64::try_from(database.metadata().build_epoch).ok();
            self.databases.push((database, kind));
        }
        self.files.push(opened);
        let beside = path.with_file_name("ATTRIBUTION");
        for line in std::fs::read_to_string(beside).unwrap_or_default().lines().map(str::trim) {
            if !line.is_empty() && !self.attributions.iter().any(|known| known == line) {
                self.attributions.push(line.to_owned());
            }
        }
        Ok(())
    }

    /// Reads every record of every file: what opening them is too dear for.
    pub fn check(&self) -> Result<(), String> {
        let damage = self.databases.iter().find_map(|(database, _)| is_whole(database).err());
        damage.map_or(Ok(()), |error| Err(format!("is damaged ({error}); fetch it again")))
    }

    /// What is to be said once a look-up has come upon damage that opening the files did not meet.
    pub fn damage(&self) -> Option<&'static str> {
        self.damaged.load(Relaxed).then_some(
            "a record cannot be read, so a file is damaged and some scans have no place; fetch the files again and install \
             them with `quietzone geo install FILE`, which reads all of a file",
        )
    }

    /// Whether any file of cities or networks is open.
    pub fn is_empty(&self) -> bool {
        self.databases.is_empty() && self.networks.is_empty()
    }

    /// The open files.
    pub fn files(&self) -> &[GeoFile] {
        &self.files
    }

    /// Whether a file of places is open.
    pub fn tells_places(&self) -> bool {
        self.databases.iter().any(|(_, kind)| kind.places)
    }

    /// Whether a file of networks is open.
    pub fn tells_networks(&self) -> bool {
        !self.networks.is_empty() || self.databases.iter().any(|(_, kind)| kind.networks)
    }

    /// Takes over from `spare` what tells places, or networks, or both.
    fn complete_with(&mut self, spare: Self, places: bool, networks: bool) {
        for (database, kind) in spare.databases {
            let kind = Kind { places: kind.places && places, networks: kind.networks && networks };
            if kind != Kind::default() {
                self.databases.push((database, kind));
            }
        }
        if networks {
            self.networks.extend(spare.networks);
        }
        let used = |file: &GeoFile| file.places && places || file.networks && networks;
        self.files.extend(spare.files.into_iter().filter(used));
        for attribution in spare.attributions {
            if !self.attributions.contains(&attribution) {
                self.attributions.push(attribution);
            }
        }
        self.databases.sort_by_key(|(database, _)| database.metadata().ip_version);
    }

    /// Sentences that the licences of the open files ask to show, from the files `ATTRIBUTION` beside them.
    pub fn attributions(&self) -> &[String] {
        &self.attributions
    }

    /// [`Geo::place`], remembered by the address's number of the day ([`model::visitor::DayKey::address`]) and forgotten
    /// with the files.
    pub fn known(&self, address: IpAddr, number: u64) -> Arc<KnownPlace> {
        self.known.get(number, || self.place(address))
    }

    /// What is known of an address; nothing for addresses that are not public.
    pub fn place(&self, address: IpAddr) -> Place<'_> {
        let address = address.to_canonical();
        let mut place = Place::default();
        if !is_public(address) {
            return place;
        }
        for (database, kind) in &self.databases {
            // Asking an IPv4 file for an IPv6 address is an error with a text, which would be allocated.
            let holds = address.is_ipv4() || database.metadata().ip_version == 6;
            if holds && ((kind.places && place.country.is_empty()) || (kind.networks && place.asn == 0)) {
                match Record::find(database, address) {
                    Ok(record) => record.fill(&mut place),
                    Err(_) => self.damaged.store(true, Relaxed),
                }
            }
        }
        if let Some(network) = self.networks.iter().find_map(|networks| networks.find(address)) {
            (place.asn, place.organisation) = (network.asn, network.organisation);
        }
        place
    }

    /// A public address that has a country, for simulated scans; the same for the same `random`.
    ///
    /// Four of five are IPv4, drawn evenly over the address space (so a country counts by the addresses it
    /// holds, not by its people). The others are IPv6 from an announced network, each network as likely as
    /// any other, for which a file of networks must be open. `None` if 64 draws found none, as without files.
    pub fn sample(&self, random: u64) -> Option<IpAddr> {
        let v6 = mix(random).is_multiple_of(5);
        let draw = |try_: u64| {
            let low = mix(random ^ mix(try_));
            let Some(network) = v6.then(|| self.networks.iter().find_map(|file| file.nth_v6(low))).flatten()
            else {
                return IpAddr::V4(Ipv4Addr::from_bits(low as u32));
            };
            let size = network.end().saturating_sub(*network.start()).saturating_add(1);
            let offset = (u128::from(mix(low)) << 64 | u128::from(mix(low ^ 1))) % size;
            IpAddr::V6(Ipv6Addr::from_bits(network.start() + offset))
        };
        (1..=64).map(draw).find(|address| !self.place(*address).country.is_empty())
    }
}

/// Finaliser of SplitMix64: spreads a counter over all bits.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The folder that `setup/geo.sh` fills: `$QUIETZONE_CACHE/geo/current`, else below
/// `$XDG_CACHE_HOME/quietzone` or `$HOME/.cache/quietzone`. `variable` reads the environment.
pub fn cache_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("QUIETZONE_CACHE")
        .or_else(|| Some(set("XDG_CACHE_HOME")?.join("quietzone")))
        .or_else(|| Some(set("HOME")?.join(".cache/quietzone")))?;
    Some(cache.join("geo/current"))
}

/// A file itself, or the geo files of a folder in the order of their names.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let problem = |sentence| Problem { path: path.to_owned(), sentence };
    if !path.exists() {
        return Err(problem("is not there; `make setup` fetches the free files of DB-IP".to_owned()));
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir().map_err(|error| problem(format!("cannot be listed: {error}")))?;
    let geo =
        |file: &PathBuf| file.extension().is_some_and(|suffix| suffix == "mmdb" || suffix == asn::SUFFIX);
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(geo).collect();
    files.sort();
    if files.is_empty() {
        return Err(problem(format!("holds no file that ends in .mmdb or .{}", asn::SUFFIX)));
    }
    Ok(files)
}

/// Addresses that are reachable from anywhere; others are nowhere.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || a == 0 || a >= 224 || shared)
        }
        // 2000::/3 is all that is given out (IANA), fc00::/7, fe80::/10, ::1 and multicast lie outside.
        IpAddr::V6(v6) => v6.segments()[0] >> 13 == 1,
    }
}
