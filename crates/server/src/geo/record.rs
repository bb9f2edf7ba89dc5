//! Records of MaxMind's file format, recognised by their keys: DB-IP's flat ones as npm `@ip-location-db`
//! packs them (`country_code`, `state1`, `city`, `latitude`, ...), MaxMind's nested ones (`country.iso_code`,
//! `subdivisions[0].names.en`, `location.time_zone`, ...), and networks (`autonomous_system_number`).

use super::Place;
use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Every key that we know, of all kinds of records; what a record lacks stays empty.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Record<'a> {
    country_code: &'a str,
    country: Country<'a>,
    state1: &'a str,
    subdivisions: First<'a>,
    city: Name<'a>,
    latitude: Degrees,
    longitude: Degrees,
    location: Location<'a>,
    timezone: &'a str,
    autonomous_system_number: u32,
    autonomous_system_organization: &'a str,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Country<'a> {
    iso_code: &'a str,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Location<'a> {
    latitude: Degrees,
    longitude: Degrees,
    time_zone: &'a str,
}

/// `"Basel"`, `{names: {en: "Basel", ..}}` or `{en: "Basel", ..}`.
#[derive(Default)]
struct Name<'a>(&'a str);

/// The name of the first of a list.
#[derive(Default)]
struct First<'a>(&'a str);

/// Tenths of a degree, from a number or its text.
#[derive(Default)]
struct Degrees(i16);

impl<'a> Record<'a> {
    /// The record of an address; an empty one where there is none, or it is of a kind that we do not know. An error where
    /// the file is damaged.
    pub fn find<S: AsRef<[u8]>>(database: &'a Reader<S>, address: IpAddr) -> Result<Self, MaxMindDbError> {
        let found = database.lookup(address)?;
        match found.decode() {
            Ok(record) => Ok(record.unwrap_or_default()),
            Err(_) => found.decode::<IgnoredAny>().map(|_| Self::default()),
        }
    }

    /// Fills in what `place` does not have yet.
    pub fn fill(&self, place: &mut Place<'a>) {
        let either = |one: &'a str, other: &'a str| if one.is_empty() { other } else { one };
        let country = either(self.country_code, self.country.iso_code);
        if place.country.is_empty() && !country.is_empty() {
            place.country = country;
            place.region = either(self.state1, self.subdivisions.0);
            place.city = without_quarter(self.city.0);
            place.timezone = either(self.timezone, self.location.time_zone);
            let nested = self.latitude.0 == 0 && self.longitude.0 == 0;
            (place.latitude, place.longitude) = if nested {
                (self.location.latitude.0, self.location.longitude.0)
            } else {
                (self.latitude.0, self.longitude.0)
            };
        }
        if place.asn == 0 && self.autonomous_system_number != 0 {
            place.asn = self.autonomous_system_number;
            place.organisation = self.autonomous_system_organization;
        }
    }
}

/// A city without its quarter, which DB-IP writes behind it for some of its networks: `Vienna (Leopoldstadt)`. Whoever
/// compares cities, or asks for one, means the city; and where somebody lives is told no closer.
fn without_quarter(city: &str) -> &str {
    // The one whose river tells it from another city that everybody calls by the name alone.
    const WHOLE: &str = "Frankfurt (Oder)";
    if city.starts_with(WHOLE) {
        return &city[..WHOLE.len()];
    }
    city.split_once(" (").map_or(city, |(city, _)| city)
}

/// Records that are looked at when a file is opened.
const LOOKED_AT: usize = 1000;

/// Whether what opening a file may cost is sound: its first records, and those of as many addresses spread over all. Damage
/// elsewhere is met when it is looked up, or found by [`is_whole`].
pub(super) fn is_sound<S: AsRef<[u8]>>(database: &Reader<S>) -> Result<(), MaxMindDbError> {
    can_be_read(database, LOOKED_AT)?;
    for number in 0..LOOKED_AT {
        let step = u128::from(u32::MAX) / LOOKED_AT as u128;
        Record::find(database, IpAddr::V4(Ipv4Addr::from_bits((step * number as u128) as u32)))?;
        if database.metadata().ip_version == 6 {
            // 2000::/3 is all that is given out.
            let offset = (1 << 125) / LOOKED_AT as u128 * number as u128;
            Record::find(database, IpAddr::V6(Ipv6Addr::from_bits((1 << 125) + offset)))?;
        }
    }
    Ok(())
}

/// Whether every record can be read. Some seconds for the cities of all the world. A letter that became another one is found
/// by nobody: the format has no checksum.
pub(super) fn is_whole<S: AsRef<[u8]>>(database: &Reader<S>) -> Result<(), MaxMindDbError> {
    // More networks than these has no tree of so many nodes; one that leads back into itself has no end.
    can_be_read(database, (database.metadata().node_count as usize).saturating_mul(3))
}

fn can_be_read<S: AsRef<[u8]>>(database: &Reader<S>, most: usize) -> Result<(), MaxMindDbError> {
    for network in database.networks(WithinOptions::default())?.take(most) {
        network?.decode::<IgnoredAny>()?;
    }
    Ok(())
}

/// What the records of a file tell, by its first ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub places: bool,
    pub networks: bool,
}

impl Kind {
    pub fn of<S: AsRef<[u8]>>(database: &Reader<S>) -> Self {
        let mut place = Place::default();
        if let Ok(networks) = database.networks(WithinOptions::default()) {
            for network in networks.take(LOOKED_AT).flatten() {
                let record: Option<Record<'_>> = network.decode().ok().flatten();
                record.unwrap_or_default().fill(&mut place);
            }
        }
        Self { places: !place.country.is_empty(), networks: place.asn != 0 }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor).map(Name)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = &'de str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or names by language")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<&'de str, E> {
        Ok(name)
    }

    /// English if there is an English name, else the first.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<&'de str, A::Error> {
        let mut name = "";
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "names" => name = map.next_value::<Name<'_>>()?.0,
                "en" => name = map.next_value()?,
                language if name.is_empty() && matches!(language.len(), 2 | 5) => name = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(name)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor;
        impl<'de> Visitor<'de> for FirstVisitor {
            type Value = &'de str;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of subdivisions")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<&'de str, A::Error> {
                let first: Option<Name<'_>> = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first.unwrap_or_default().0)
            }
        }
        deserializer.deserialize_any(FirstVisitor).map(First)
    }
}

impl<'de> Deserialize<'de> for Degrees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DegreesVisitor;
        impl<'de> Visitor<'de> for DegreesVisitor {
            type Value = f64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("degrees")
            }
            fn visit_f64<E>(self, degrees: f64) -> Result<f64, E> {
                Ok(degrees)
            }
            fn visit_f32<E>(self, degrees: f32) -> Result<f64, E> {
                Ok(degrees.into())
            }
            fn visit_str<E>(self, degrees: &str) -> Result<f64, E> {
                Ok(degrees.parse().unwrap_or_default())
            }
        }
        // A cast of a float saturates, and makes nought of what is no number.
        deserializer.deserialize_any(DegreesVisitor).map(|degrees| Self((degrees * 10.0).round() as i16))
    }
}

#[cfg(test)]
mod tests {
    use super::without_quarter;

    #[test]
    fn a_city_is_told_without_its_quarter() {
        for (told, city) in [
            ("Vienna (Leopoldstadt)", "Vienna"),
            ("Zurich (Zurich (Kreis 1) / Hochschulen)", "Zurich"),
            ("Frankfurt am Main (Innenstadt I)", "Frankfurt am Main"),
            ("Frankfurt (Oder)", "Frankfurt (Oder)"),
            ("Frankfurt (Oder) (Lebuser Vorstadt)", "Frankfurt (Oder)"),
            ("St. John's", "St. John's"),
            ("", ""),
        ] {
            assert_eq!(without_quarter(told), city);
        }
    }
}
