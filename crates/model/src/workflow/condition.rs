//! Conditions, compiled: each option is a test or several, the first that fits is taken.
//!
//! What is not known holds no test, its contrary included: a scan from nowhere is neither from France nor from
//! elsewhere, and goes on by `else`. What a request just has not (a parameter, a referrer, a tag) is empty text.

mod reading;
mod text;
mod time;

pub(super) use reading::{Compiler, Flaw};
pub use text::{TextFact, TextTest};
pub use time::TimeTest;
pub(super) use time::{minutes, zone};

use super::attribute::Comparison;
use super::facts::{Clocks, Facts};
use super::payload::Sticky;
use crate::ids::StepId;
use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// How a condition chooses among its branches.
#[derive(Clone, Debug, PartialEq)]
pub enum Chooser {
    /// The first option that fits, else the branch behind the last.
    First(Box<[Choice]>),
    /// By weight: upper bounds of each option's share, the last being the sum.
    Split {
        /// What it holds on to.
        sticky: Sticky,
        /// Running sums of the weights.
        bounds: Box<[u32]>,
    },
}

/// An option of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// Fits when its test holds.
    One(Test),
    /// Fits when all of its tests hold, and it has any.
    All(Box<[Test]>),
    /// Fits when one of its tests holds.
    Any(Box<[Test]>),
}

/// A test of one fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It cannot be read, and never holds; [validation](super::validate) says why.
    Never,
    /// Of a text.
    Text(TextFact, TextTest),
    /// Of the wall clock or the calendar.
    Time(TimeTest),
    /// How many times the visitor has come: within one of the ranges, ends included, or (`true`) in none.
    Nth(Box<[(u32, u32)]>, bool),
    /// Distance of the place from a point, or (`true`) farther.
    Radius {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Kilometres.
        km: f64,
        /// Whether farther is meant.
        farther: bool,
    },
    /// An attribute of the visitor.
    Attribute(Box<str>, Comparison),
}

/// A walk's view: facts, clocks, and whether something was asked for that could not be had.
pub(super) struct View<'a> {
    pub facts: &'a Facts<'a>,
    pub clocks: Clocks<'a>,
    pub attributes_missing: bool,
}

impl Chooser {
    /// Index of the branch taken; `None` where a split has nothing to share out.
    pub(super) fn choose(&self, step: StepId, view: &mut View<'_>) -> Option<usize> {
        match self {
            Self::First(choices) => {
                let fits = choices.iter().position(|choice| choice.fits(view));
                Some(fits.unwrap_or(choices.len()))
            }
            Self::Split { sticky, bounds } => {
                let total = *bounds.last()?;
                let share = share(step, *sticky, view.facts, total);
                bounds.iter().position(|bound| share < *bound)
            }
        }
    }
}

/// Where in `0..total` a visitor, or a scan, falls in the split of a step: SipHash-2-4 under a fixed key, so that the
/// same seed falls differently in each split and evenly in all.
fn share(step: StepId, sticky: Sticky, facts: &Facts<'_>, total: u32) -> u32 {
    let seed = match sticky {
        Sticky::Visitor => facts.visitor_seed.unwrap_or(facts.scan_seed),
        Sticky::Scan => facts.scan_seed,
    };
    let mut hasher = SipHasher24::new_with_keys(0, 0);
    hasher.write(step.as_bytes());
    hasher.write(&seed.to_le_bytes());
    ((u128::from(hasher.finish()) * u128::from(total)) >> 64) as u32
}

impl Choice {
    pub(super) fn fits(&self, view: &mut View<'_>) -> bool {
        match self {
            Self::One(test) => test.holds(view),
            Self::All(tests) => !tests.is_empty() && tests.iter().all(|test| test.holds(view)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(view)),
        }
    }

    /// Its tests.
    pub fn tests(&self) -> &[Test] {
        match self {
            Self::One(test) => std::slice::from_ref(test),
            Self::All(tests) | Self::Any(tests) => tests,
        }
    }
}

impl Test {
    pub(super) fn holds(&self, view: &mut View<'_>) -> bool {
        match self {
            Self::Never => false,
            Self::Text(fact, test) => test.holds(fact, view.facts),
            Self::Time(test) => test.holds(view.facts.now, &mut view.clocks),
            Self::Nth(ranges, others) => view
                .facts
                .nth
                .is_some_and(|nth| ranges.iter().any(|(from, to)| (*from..=*to).contains(&nth)) != *others),
            Self::Radius { latitude, longitude, km, farther } => view
                .facts
                .point
                .is_some_and(|point| (distance_km(point, (*latitude, *longitude)) <= *km) != *farther),
            Self::Attribute(key, comparison) => match view.facts.attributes {
                Some(attributes) => comparison.holds(attributes.get(&**key)),
                None => {
                    view.attributes_missing = true;
                    false
                }
            },
        }
    }
}

/// Distance of two points on a sphere of the earth's mean radius (haversine), in kilometres.
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    const EARTH_KM: f64 = 6371.0;
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.1 - a.1).to_radians() / 2.0).sin();
    let chord = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * EARTH_KM * chord.sqrt().min(1.0).asin()
}
