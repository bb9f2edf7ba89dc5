//! The location that a scan is sent to: placeholders filled in, the visitor's path and query joined with the
//! destination's own. Scheme and authority are copied before anything else and never touched.

use super::placeholder::Values;
use super::{Destination, is_ours};
use crate::conventions::QueryMode;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt::Write;

/// What of a scan goes into its location.
#[derive(Clone, Copy, Debug)]
pub struct Passed<'v> {
    /// Values of placeholders.
    pub values: Values<'v>,
    /// The visitor's query, raw.
    pub query: Option<&'v str>,
    /// How it goes along.
    pub mode: QueryMode,
    /// The visitor's path behind the slug, raw, where it is to be appended.
    pub path: &'v str,
    /// A pair that comes last: the click id.
    pub last: Option<&'v str>,
}

impl Destination {
    /// Where a scan is sent.
    pub fn location_for(&self, passed: &Passed<'_>) -> Cow<'_, str> {
        let query = passed.query.unwrap_or_default();
        if self.places().is_empty() && query.is_empty() && passed.path.is_empty() && passed.last.is_none() {
            return Cow::Borrowed(&self.location);
        }
        let mut location = String::with_capacity(self.location.len() + query.len() + passed.path.len() + 64);
        location.push_str(&self.location[..self.path_at()]);
        self.fill(self.path_at(), self.query_at(), &passed.values, &mut location);
        if self.is_web() {
            join(&mut location, passed.path);
        }
        let own_from = (self.query_at() + 1).min(self.fragment_at());
        let mut own = String::new();
        self.fill(own_from, self.fragment_at(), &passed.values, &mut own);
        let has_query = self.query_at() < self.fragment_at();
        merge(&mut location, has_query.then_some(&*own), query, passed.mode, passed.last);
        // What is at the fragment's own mark, if there is one, ended the part before it.
        if self.fragment_at() < self.location.len() {
            location.push('#');
            self.fill(self.fragment_at() + 1, self.location.len(), &passed.values, &mut location);
        }
        Cow::Owned(location)
    }

    /// Appends the part of the location between two offsets, its placeholders filled in.
    fn fill(&self, from: usize, to: usize, values: &Values<'_>, location: &mut String) {
        let mut at = from;
        for (offset, placeholder) in self.places() {
            let offset = *offset as usize;
            if (from..=to).contains(&offset) {
                location.push_str(&self.location[at..offset]);
                values.push(*placeholder, location);
                at = offset;
            }
        }
        location.push_str(&self.location[at..to]);
    }
}

/// Appends a visitor's path to a location that ends in the destination's. Escapes are taken off once; `.` and `..`, and
/// slashes that were escaped or lean the other way, mean what they mean, inside the visitor's path only; what is left
/// is encoded segment by segment.
fn join(location: &mut String, path: &str) {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
        match segment {
            b"" | b"." => {}
            b".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    if segments.is_empty() {
        return;
    }
    for segment in segments {
        if !location.ends_with('/') {
            location.push('/');
        }
        for byte in segment {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    location.push((*byte).into());
                }
                b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' => {
                    location.push((*byte).into());
                }
                _ => {
                    let _ = write!(location, "%{byte:02X}");
                }
            }
        }
    }
    if decoded.last() == Some(&b'/') {
        location.push('/');
    }
}

/// Appends the query: the destination's own (`None`: it has no `?`) and the visitor's, as `mode` says, and `last`.
fn merge(location: &mut String, own: Option<&str>, visitors: &str, mode: QueryMode, last: Option<&str>) {
    let brought = || pairs(visitors).filter(|pair| !is_ours(pair));
    let any_case = mode == QueryMode::LinkWins;
    let own_pairs = || pairs(own.unwrap_or_default());
    let before = location.len();
    match own {
        Some(_) if mode == QueryMode::RequestWins => {
            for pair in own_pairs().filter(|pair| !has_name(brought(), pair, any_case)) {
                location.push('&');
                location.push_str(pair);
            }
        }
        // A bare `?` stays, unless something follows it anyway.
        Some("") if last.is_some() || brought().next().is_some() => {}
        Some(own) => {
            location.push('&');
            location.push_str(own);
        }
        None => {}
    }
    for pair in brought() {
        if mode == QueryMode::RequestWins || !has_name(own_pairs(), pair, any_case) {
            location.push('&');
            push_encoded(location, pair);
        }
    }
    if let Some(last) = last {
        location.push('&');
        location.push_str(last);
    }
    if location.len() > before {
        location.replace_range(before..=before, "?");
    }
}

fn pairs(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|pair| !pair.is_empty())
}

/// Whether one of `others` has the name of `pair`.
fn has_name<'q>(mut others: impl Iterator<Item = &'q str>, pair: &str, any_case: bool) -> bool {
    others.any(|other| same_name(name_of(other), name_of(pair), any_case))
}

pub(super) fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Whether two names are the same to who reads them, however they are escaped.
fn same_name(one: &str, other: &str, any_case: bool) -> bool {
    let same = |one: &str, other: &str| {
        if any_case { one.to_lowercase() == other.to_lowercase() } else { one == other }
    };
    if same(one, other) {
        return true;
    }
    let is_escaped = |name: &str| name.contains(['%', '+']);
    let read = |name: &str| {
        let spaced = name.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    (is_escaped(one) || is_escaped(other)) && same(&read(one), &read(other))
}

/// Appends a piece of a query; bytes that may not stand in a header or a URL are percent-encoded, escapes are kept.
fn push_encoded(location: &mut String, pair: &str) {
    for byte in pair.bytes() {
        match byte {
            0x21..=0x7e
                if !matches!(byte, b'"' | b'<' | b'>' | b'#' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') =>
            {
                location.push(byte.into());
            }
            _ => {
                let _ = write!(location, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
