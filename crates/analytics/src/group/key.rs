//! What tells groups apart across pieces, and how answers spell it.

use model::report::{By, Dimension, Place, Value};
use std::hash::{Hash, Hasher};
use uuid::Uuid;

/// Label and `within`. The label of a link is its sixteen bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    pub label: &'a [u8],
    pub within: &'a [u8],
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.label);
        if !self.within.is_empty() {
            state.write(self.within);
        }
    }
}

impl Key<'_> {
    /// The key as answers spell it.
    pub fn value(&self, by: Option<&By>) -> Value {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let label = match (by.and_then(By::dimension), Uuid::from_slice(self.label)) {
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
