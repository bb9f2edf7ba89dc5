//! What is known of addresses that have been asked for, so that the files, which the processor's caches do not hold, are
//! not asked again. In memory only, and bounded.

use super::Place;
use foldhash::fast::RandomState;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use std::sync::Arc;

/// Addresses remembered: some 25 MB when full.
const REMEMBERED: usize = 131_072;

/// Places by the number of an address: a keyed hash ([`model::visitor::DayKey::address`]), so that no address is kept, and
/// nothing kept is found again once the key has changed.
pub(super) struct KnownPlaces(Cache<u64, Arc<KnownPlace>, UnitWeighter, RandomState>);

impl Default for KnownPlaces {
    fn default() -> Self {
        let (hasher, lifecycle) = (RandomState::default(), DefaultLifecycle::default());
        Self(Cache::with(REMEMBERED, REMEMBERED as u64, UnitWeighter, hasher, lifecycle))
    }
}

impl KnownPlaces {
    /// The place of an address's number; `find` finds it where it is not known yet.
    pub fn get<'a>(&self, number: u64, find: impl FnOnce() -> Place<'a>) -> Arc<KnownPlace> {
        self.0.get(&number).unwrap_or_else(|| {
            let known = Arc::new(KnownPlace::from(find()));
            self.0.insert(number, known.clone());
            known
        })
    }
}

/// A [`Place`] that stands by itself.
#[derive(Debug)]
pub struct KnownPlace {
    /// Country, region, city, time zone and organisation, one behind the other.
    texts: Box<str>,
    /// Where the first four of them end.
    ends: [u16; 4],
    latitude: i16,
    longitude: i16,
    asn: u32,
}

impl From<Place<'_>> for KnownPlace {
    fn from(place: Place<'_>) -> Self {
        let mut texts = String::new();
        let ends = [place.country, place.region, place.city, place.timezone].map(|text| {
            texts.push_str(cut(text));
            texts.len() as u16
        });
        texts.push_str(cut(place.organisation));
        let Place { latitude, longitude, asn, .. } = place;
        Self { texts: texts.into(), ends, latitude, longitude, asn }
    }
}

/// A name that is longer than any is cut, so that offsets stay small.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(1024)]
}

impl KnownPlace {
    /// The place.
    pub fn place(&self) -> Place<'_> {
        let [country, region, city, timezone] = self.ends.map(usize::from);
        Place {
            country: &self.texts[..country],
            region: &self.texts[country..region],
            city: &self.texts[region..city],
            latitude: self.latitude,
            longitude: self.longitude,
            timezone: &self.texts[city..timezone],
            asn: self.asn,
            organisation: &self.texts[timezone..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_once_and_remembered_whole() {
        let place = Place {
            country: "CH",
            region: "Zürich",
            city: "Küsnacht",
            latitude: 473,
            longitude: -86,
            timezone: "Europe/Zurich",
            asn: 3303,
            organisation: "Swisscom",
        };
        let known = KnownPlaces::default();
        assert_eq!(known.get(7, || place).place(), place);
        assert_eq!(known.get(7, || panic!("it is known")).place(), place);
        assert_eq!(known.get(8, Place::default).place(), Place::default());
    }
}
