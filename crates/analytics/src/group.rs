//! Grouping rows by a dimension: each row gets a small number, and each number a key.

use crate::column::{Rows, WordColumn};
use crate::population;
use crate::schema::ScanColumn;
use foldhash::{HashMap, HashMapExt};
use model::report::{Dimension, Place, Value};
use std::borrow::Cow;
use uuid::Uuid;

/// What rows are grouped by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The value in a dimension.
    Dimension(Dimension),
    /// The place on the map: city, country and coordinates.
    Place,
}

impl By {
    /// The dimension whose visitors are counted the same way: like a city, a place is a function of the address.
    pub const fn visited(self) -> Dimension {
        match self {
            Self::Dimension(dimension) => dimension,
            Self::Place => Dimension::City,
        }
    }
}

/// Numbers for the groups of the rows at hand.
pub(crate) struct Grouping<'a> {
    /// One entry a row; empty when there is one group only.
    pub codes: Cow<'a, [i32]>,
    keys: Keys<'a>,
}

enum Keys<'a> {
    One,
    Words(WordColumn<'a>),
    /// Words of a label column and of the column that tells equal labels apart, by number.
    Pairs(WordColumn<'a>, WordColumn<'a>, Vec<(i32, i32)>),
    Links(Vec<[u8; 16]>),
    /// Number of the city, and what [`coordinates`] reads: four bytes, then the country.
    Places(WordColumn<'a>, Vec<(i32, Box<[u8]>)>),
}

/// What tells groups apart across pieces: label and `within`. The label of a link is its sixteen bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    pub label: &'a [u8],
    pub within: &'a [u8],
}

impl<'a> Grouping<'a> {
    /// Columns that grouping by `by` reads.
    pub fn columns(by: Option<By>) -> impl Iterator<Item = usize> {
        let dimension = by.map(By::visited);
        let coordinates = (by == Some(By::Place)).then_some([ScanColumn::Latitude, ScanColumn::Longitude]);
        dimension
            .map(population::column)
            .into_iter()
            .chain(dimension.and_then(population::within))
            .chain(coordinates.into_iter().flatten())
            .map(|column| column as usize)
    }

    /// Groups the rows at hand.
    pub fn of(rows: &'a Rows<'_>, by: Option<By>) -> Self {
        let by = match by {
            None => return Self { codes: Cow::Borrowed(&[]), keys: Keys::One },
            Some(By::Place) => return Self::places(rows),
            Some(By::Dimension(by)) => by,
        };
        if by == Dimension::Link {
            return Self::links(rows.column(ScanColumn::Link as usize).ids());
        }
        let labels = rows.column(population::column(by) as usize).words();
        match population::within(by) {
            None => Self { codes: Cow::Borrowed(labels.codes), keys: Keys::Words(labels) },
            Some(within) => Self::pairs(labels, rows.column(within as usize).words()),
        }
    }

    fn links(links: &[[u8; 16]]) -> Self {
        let mut numbers: HashMap<[u8; 16], i32> = HashMap::new();
        let mut keys = Vec::new();
        let mut last = None;
        let codes = links
            .iter()
            .map(|link| {
                if let Some((same, code)) = last
                    && same == link
                {
                    return code;
                }
                let code = *numbers.entry(*link).or_insert_with(|| {
                    keys.push(*link);
                    keys.len() as i32 - 1
                });
                last = Some((link, code));
                code
            })
            .collect();
        Self { codes: Cow::Owned(codes), keys: Keys::Links(keys) }
    }

    fn places(rows: &'a Rows<'_>) -> Self {
        let words = |column: ScanColumn| rows.column(column as usize).words();
        let degrees = |column: ScanColumn| rows.column(column as usize).i16s();
        let (cities, countries) = (words(ScanColumn::City), words(ScanColumn::Country));
        let (latitudes, longitudes) = (degrees(ScanColumn::Latitude), degrees(ScanColumn::Longitude));
        let mut numbers: HashMap<(i32, i32, i16, i16), i32> = HashMap::new();
        let mut keys: Vec<(i32, Box<[u8]>)> = Vec::new();
        let codes = (0..latitudes.len())
            .map(|row| {
                let place = (cities.codes[row], countries.codes[row], latitudes[row], longitudes[row]);
                *numbers.entry(place).or_insert_with(|| {
                    keys.push(match place {
                        // Not known; the Gulf of Guinea has no visitors.
                        (_, _, 0, 0) => (-1, Box::default()),
                        (city, country, latitude, longitude) => {
                            let coordinates = [latitude.to_be_bytes(), longitude.to_be_bytes()];
                            (city, [coordinates.as_flattened(), countries.word(country)].concat().into())
                        }
                    });
                    keys.len() as i32 - 1
                })
            })
            .collect();
        Self { codes: Cow::Owned(codes), keys: Keys::Places(cities, keys) }
    }

    /// Nearly every city lies in one country, so a pair's number is its label's; further pairs of the same label get
    /// numbers behind.
    fn pairs(labels: WordColumn<'a>, within: WordColumn<'a>) -> Self {
        let mut pairs: Vec<(i32, i32)> = (0..labels.len() as i32).map(|label| (label, -1)).collect();
        let mut further: HashMap<(i32, i32), i32> = HashMap::new();
        let codes = labels
            .codes
            .iter()
            .zip(within.codes)
            .map(|(&label, &place)| {
                let first = &mut pairs[label as usize].1;
                if *first == place || *first < 0 {
                    *first = place;
                    return label;
                }
                *further.entry((label, place)).or_insert_with(|| {
                    pairs.push((label, place));
                    pairs.len() as i32 - 1
                })
            })
            .collect();
        Self { codes: Cow::Owned(codes), keys: Keys::Pairs(labels, within, pairs) }
    }

    /// Number of numbers.
    pub fn len(&self) -> usize {
        match &self.keys {
            Keys::One => 1,
            Keys::Words(words) => words.len(),
            Keys::Pairs(_, _, pairs) => pairs.len(),
            Keys::Links(links) => links.len(),
            Keys::Places(_, places) => places.len(),
        }
    }

    /// Key of a number that at least one row has.
    pub fn key(&self, code: usize) -> Key<'_> {
        match &self.keys {
            Keys::One => Key { label: b"", within: b"" },
            Keys::Words(words) => Key { label: words.word(code as i32), within: b"" },
            Keys::Pairs(labels, within, pairs) => {
                let (label, place) = pairs[code];
                Key { label: labels.word(label), within: if place < 0 { b"" } else { within.word(place) } }
            }
            Keys::Links(links) => Key { label: &links[code], within: b"" },
            Keys::Places(cities, places) => {
                let (city, within) = &places[code];
                Key { label: if *city < 0 { b"" } else { cities.word(*city) }, within }
            }
        }
    }
}

impl std::hash::Hash for Key<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write(self.label);
        if !self.within.is_empty() {
            state.write(self.within);
        }
    }
}

impl Key<'_> {
    /// The key as answers spell it.
    pub fn value(&self, by: Option<Dimension>) -> Value {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let label = match (by, Uuid::from_slice(self.label)) {
            (Some(Dimension::Link), Ok(link)) => link.to_string(),
            _ => text(self.label),
        };
        Value { label, within: text(self.within) }
    }

    /// The key of a place; nothing for scans without coordinates.
    pub fn place(&self) -> Option<Place> {
        let ([latitude, longitude], country) = coordinates(self.within)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(Place { city: text(self.label), country: text(country), latitude, longitude })
    }
}

/// Latitude and longitude of a place's key, and its country.
fn coordinates(within: &[u8]) -> Option<([i16; 2], &[u8])> {
    let (bytes, country) = within.split_first_chunk::<4>()?;
    let [a, b, c, d] = *bytes;
    Some(([i16::from_be_bytes([a, b]), i16::from_be_bytes([c, d])], country))
}
