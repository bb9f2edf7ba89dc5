//! Grouping rows: each row gets a small number, and each number a key. Where a row has several values, it gets several
//! numbers.

mod key;

pub(crate) use key::Key;

use crate::block::{Block, Numbered};
use crate::column::{Column, Rows, WordColumn};
use crate::population;
use crate::schema::ScanColumn;
use crate::steps::Steps;
use foldhash::{HashMap, HashMapExt};
use model::LinkId;
use model::clock::Clock;
use model::report::by::{languages, number, parameter, parameters, privacy_signal, yes_or_no};
use model::report::{self, Dimension};
use std::borrow::Cow;
use std::hash::Hash;
use uuid::Uuid;

/// What rows are grouped by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By<'q> {
    /// What the question says.
    Asked(&'q report::By),
    /// The place on the map: city, country and coordinates.
    Place,
}

impl<'q> By<'q> {
    /// What has its visitors counted the same way: like a city, a place is a function of the address.
    pub const fn visited(self) -> &'q report::By {
        match self {
            Self::Asked(by) => by,
            Self::Place => &report::By::Dimension(Dimension::City),
        }
    }
}

/// Numbers for the groups of the rows at hand.
pub(crate) struct Grouping<'a> {
    /// One entry a row; empty when there is one group only. Where rows have several values, number of the row's set of
    /// them.
    pub codes: Cow<'a, [i32]>,
    keys: Keys<'a>,
    /// Where rows have several values: the numbers of each set.
    sets: Option<Vec<Vec<u32>>>,
}

enum Keys<'a> {
    One,
    Words(WordColumn<'a>),
    /// Words of a label column and of the column that tells equal labels apart, by number.
    Pairs(WordColumn<'a>, WordColumn<'a>, Vec<(i32, i32)>),
    Links(Cow<'a, [[u8; 16]]>),
    /// Number of the city, and what tells places apart: four bytes of coordinates, then the country.
    Places(WordColumn<'a>, Vec<(i32, Box<[u8]>)>),
    Texts(Vec<Cow<'a, str>>),
}

impl<'a> Grouping<'a> {
    /// Columns that grouping by `by` reads.
    pub fn columns(by: Option<By<'_>>) -> impl Iterator<Item = usize> {
        let place = by == Some(By::Place);
        let coordinates = place.then_some([ScanColumn::Latitude, ScanColumn::Longitude]);
        let by = by.map(By::visited);
        by.map(population::of)
            .into_iter()
            .chain(by.and_then(report::By::dimension).and_then(population::within))
            .chain(coordinates.into_iter().flatten())
            .map(|column| column as usize)
    }

    /// Groups the rows at hand.
    pub fn of(rows: &'a Rows<'_>, by: Option<&By<'a>>) -> Self {
        let by = match by {
            None => return Self::single(Cow::Borrowed(&[]), Keys::One),
            Some(By::Place) => return Self::places(rows),
            Some(By::Asked(by)) => *by,
        };
        let column = rows.column(population::of(by) as usize);
        match by {
            report::By::Clock(clock, part) => {
                let codes = on_the_clock(clock, column.times(), |shown| part.of(shown) as i32);
                Self::single(
                    Cow::Owned(codes),
                    Keys::Texts(part.labels().into_iter().map(Cow::Owned).collect()),
                )
            }
            report::By::Labels(labels) => {
                let (codes, links) = runs(rows, column.ids());
                let none = labels.labels.len() as u32;
                let set = |link: &[u8; 16]| match labels.by_link.get(&LinkId(Uuid::from_bytes(*link))) {
                    Some(places) if !places.is_empty() => places.clone(),
                    _ => vec![none],
                };
                let texts = labels.labels.iter().map(String::as_str).chain([""]);
                Self::several(codes, texts.map(Cow::Borrowed).collect(), links.iter().map(set).collect())
            }
            report::By::Dimension(Dimension::Link) => {
                let (codes, links) = runs(rows, column.ids());
                Self::single(codes, Keys::Links(links))
            }
            report::By::Dimension(Dimension::City | Dimension::Region) => {
                Self::pairs(column.words(), rows.column(ScanColumn::Country as usize).words())
            }
            report::By::Dimension(Dimension::Languages | Dimension::Parameter) | report::By::Parameter(_) => {
                let words = column.words();
                let values = words.texts().map(|word| values_of(by, word.as_bytes()));
                let mut numbers: HashMap<Cow<'a, str>, u32> = HashMap::new();
                let mut texts: Vec<Cow<'a, str>> = Vec::new();
                let mut number = |text: Cow<'a, str>| {
                    *numbers.entry(text).or_insert_with_key(|text| {
                        texts.push(text.clone());
                        texts.len() as u32 - 1
                    })
                };
                let sets = values.map(|set| set.into_iter().map(&mut number).collect()).collect();
                Self::several(Cow::Borrowed(words.codes), texts, sets)
            }
            report::By::Dimension(dimension) => match column {
                Column::Word(words) => Self::single(Cow::Borrowed(words.codes), Keys::Words(words)),
                Column::U32(values) => Self::texts(values.iter().copied(), number),
                Column::U16(values) if *dimension == Dimension::PrivacySignal => {
                    Self::texts(values.iter().copied(), |flags| privacy_signal(flags).into())
                }
                Column::U16(values) => Self::texts(values.iter().copied(), |value| number(value.into())),
                Column::Bool(values) => Self::texts(values.iter().copied(), |is| yes_or_no(is).into()),
                Column::Id(values) => Self::texts(values.iter().copied(), |id| match Uuid::from_bytes(id) {
                    id if id.is_nil() => "".into(),
                    id => id.to_string().into(),
                }),
                Column::I16(_) | Column::U64(_) | Column::Time(_) => {
                    unreachable!("no dimension is in a column of this kind")
                }
            },
        }
    }

    fn single(codes: Cow<'a, [i32]>, keys: Keys<'a>) -> Self {
        Self { codes, keys, sets: None }
    }

    /// Groups by the text of each value; equal texts are one group.
    fn texts<T: Copy + Eq + Hash>(
        values: impl Iterator<Item = T>,
        text: impl Fn(T) -> Cow<'static, str>,
    ) -> Self {
        let (codes, values) = numbered(values);
        let (places, texts) = numbered(values.into_iter().map(text));
        let codes = codes.into_iter().map(|code| places[code as usize]).collect();
        Self::single(Cow::Owned(codes), Keys::Texts(texts))
    }

    /// Groups rows that can have several values: `codes` number the sets of them.
    fn several(codes: Cow<'a, [i32]>, texts: Vec<Cow<'a, str>>, sets: Vec<Vec<u32>>) -> Self {
        if sets.iter().all(|set| set.len() == 1) {
            let codes = codes.iter().map(|&code| sets[code as usize][0] as i32).collect();
            return Self::single(Cow::Owned(codes), Keys::Texts(texts));
        }
        Self { codes, keys: Keys::Texts(texts), sets: Some(sets) }
    }

    fn places(rows: &'a Rows<'_>) -> Self {
        let words = |column: ScanColumn| rows.column(column as usize).words();
        let degrees = |column: ScanColumn| rows.column(column as usize).i16s();
        let (cities, countries) = (words(ScanColumn::City), words(ScanColumn::Country));
        let (latitudes, longitudes) = (degrees(ScanColumn::Latitude), degrees(ScanColumn::Longitude));
        type Place = (i32, i32, i16, i16);
        let mut numbers: HashMap<Place, i32> = HashMap::new();
        let mut keys: Vec<(i32, Box<[u8]>)> = Vec::new();
        let mut number = |place: Place| {
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
        };
        // Nearly every city lies in one place: the one it was last seen in.
        let mut last: Vec<((i32, i16, i16), i32)> = vec![((-1, 0, 0), 0); cities.len()];
        let codes = (0..latitudes.len())
            .map(|row| {
                let city = cities.codes[row];
                let within = (countries.codes[row], latitudes[row], longitudes[row]);
                let (seen, code) = &mut last[city as usize];
                if *seen != within {
                    (*seen, *code) = (within, number((city, within.0, within.1, within.2)));
                }
                *code
            })
            .collect();
        Self::single(Cow::Owned(codes), Keys::Places(cities, keys))
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
        Self::single(Cow::Owned(codes), Keys::Pairs(labels, within, pairs))
    }

    /// Number of numbers.
    pub fn len(&self) -> usize {
        match &self.keys {
            Keys::One => 1,
            Keys::Words(words) => words.len(),
            Keys::Pairs(_, _, pairs) => pairs.len(),
            Keys::Links(links) => links.len(),
            Keys::Places(_, places) => places.len(),
            Keys::Texts(texts) => texts.len(),
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
            Keys::Texts(texts) => Key { label: texts[code].as_bytes(), within: b"" },
        }
    }

    /// Labels of each code: several where rows have several values.
    pub fn sets(&self) -> Vec<Vec<Cow<'_, str>>> {
        let label = |code: usize| match &self.keys {
            Keys::Links(links) => Uuid::from_bytes(links[code]).to_string().into(),
            _ => String::from_utf8_lossy(self.key(code).label),
        };
        match &self.sets {
            Some(sets) => {
                sets.iter().map(|set| set.iter().map(|&code| label(code as usize)).collect()).collect()
            }
            None => (0..self.len()).map(|code| vec![label(code)]).collect(),
        }
    }

    /// Places of the kept rows, each as often as the row has values, and the numbers of these; nothing where each has
    /// one.
    pub fn expanded(&self, kept: &[u32]) -> Option<(Vec<u32>, Vec<u32>)> {
        let sets = self.sets.as_ref()?;
        let values = |(&row, place): (&u32, u32)| {
            sets[self.codes[row as usize] as usize].iter().map(move |&code| (place, code))
        };
        Some(kept.iter().zip(0..).flat_map(values).unzip())
    }

    /// Hands out the numbers of a row.
    pub fn each(&self, row: u32, mut number: impl FnMut(usize)) {
        let Some(&code) = self.codes.get(row as usize) else { return number(0) };
        match &self.sets {
            Some(sets) => sets[code as usize].iter().for_each(|&code| number(code as usize)),
            None => number(code as usize),
        }
    }
}

/// Numbers links. Rows that were read or copied lie in the order of their links, so that a change is a link not seen before.
fn runs<'a>(rows: &'a Rows<'_>, ids: &[[u8; 16]]) -> (Cow<'a, [i32]>, Cow<'a, [[u8; 16]]>) {
    if let Rows::Block(block) = rows {
        let (codes, links) = links(block);
        return (Cow::Borrowed(codes), Cow::Borrowed(links));
    }
    let mut links: Vec<[u8; 16]> = Vec::new();
    let codes = ids.iter().map(|id| {
        if links.last() != Some(id) {
            links.push(*id);
        }
        links.len() as i32 - 1
    });
    (codes.collect(), Cow::Owned(links))
}

/// The links of a hot block by number.
pub(crate) fn links(block: &Block) -> &Numbered {
    block.links(|| numbered(block.column(ScanColumn::Link as usize).ids().iter().copied()))
}

/// Numbers equal values alike, in the order in which they occur.
fn numbered<T: Clone + Eq + Hash>(values: impl Iterator<Item = T>) -> (Vec<i32>, Vec<T>) {
    let mut numbers: HashMap<T, i32> = HashMap::new();
    let mut keys: Vec<T> = Vec::new();
    let mut last: Option<i32> = None;
    let codes = values
        .map(|value| {
            if let Some(code) = last
                && keys[code as usize] == value
            {
                return code;
            }
            let code = *numbers.entry(value).or_insert_with_key(|value| {
                keys.push(value.clone());
                keys.len() as i32 - 1
            });
            last = Some(code);
            code
        })
        .collect();
    (codes, keys)
}

/// What the clock shows at each of these times.
fn on_the_clock(clock: &Clock, times: &[i64], part: impl Fn(u8) -> i32) -> Vec<i32> {
    let edges: Vec<i64> = clock.edges().into_iter().map(|edge| edge.0).collect();
    if edges.len() < 2 {
        return vec![part(clock.shown(0)); times.len()];
    }
    let shown: Vec<i32> = (0..edges.len() - 1).map(|stretch| part(clock.shown(stretch))).collect();
    let steps = Steps::new(&edges);
    times.iter().map(|&at| shown[steps.of(at)]).collect()
}

/// The values that a word of a column stands for: one, but for lists.
pub(crate) fn values_of<'w>(by: &report::By, word: &'w [u8]) -> Vec<Cow<'w, str>> {
    let text = std::str::from_utf8(word).unwrap_or_default();
    match by {
        report::By::Dimension(Dimension::Languages) => languages(text).map(Cow::Borrowed).collect(),
        report::By::Dimension(Dimension::Parameter) => parameters(text),
        report::By::Parameter(name) => vec![parameter(text, name)],
        _ => vec![text.into()],
    }
}
