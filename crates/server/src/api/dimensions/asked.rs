//! What a question is grouped or filtered by, from the word it asks with to what the store is asked.

use crate::api::directories::Tree;
use crate::catalog::{Connection, directories, links, tags};
use crate::error::{ApiError, ApiResult};
use jiff::tz::TimeZone;
use model::clock::Clock;
use model::report::{By, ClockPart, Dimension, Labels};
use model::{LinkId, Millis, WorkspaceId};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Longest name of a parameter: longer ones are not kept of scans.
const MAX_PARAMETER: usize = 40;

/// A dimension as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Something of the scan row.
    Row(Dimension),
    /// `parameter:NAME`: a parameter's value.
    Parameter(String),
    /// The link's tags.
    Tag,
    /// The link's folder, by its path.
    Directory,
    /// `hour`, `weekday`, `weekday_hour`.
    Clock(ClockPart),
}

/// Words of what is not in the scan row.
const OTHERS: [(&str, Word); 5] = [
    ("tag", Word::Tag),
    ("directory", Word::Directory),
    ("hour", Word::Clock(ClockPart::Hour)),
    ("weekday", Word::Clock(ClockPart::Weekday)),
    ("weekday_hour", Word::Clock(ClockPart::WeekHour)),
];

/// A dimension of the scan row, in our spelling or as `GROUP_BY_DIMENSION_*`.
pub fn dimension(field: &str, asked: &str) -> ApiResult<Dimension> {
    Dimension::from_word(&plain(asked)).ok_or_else(|| unknown(field, asked, &[]))
}

/// Any dimension.
pub fn word(field: &str, asked: &str) -> ApiResult<Word> {
    if let Some(name) = asked.strip_prefix("parameter:") {
        return match name.chars().count() {
            1..=MAX_PARAMETER => Ok(Word::Parameter(name.to_owned())),
            _ => Err(ApiError::field(
                field,
                "name the parameter, as in parameter:table (40 characters at most)",
            )),
        };
    }
    let plain = plain(asked);
    let other = OTHERS.iter().find(|(word, _)| *word == plain).map(|(_, other)| other.clone());
    let other = other.or_else(|| Dimension::from_word(&plain).map(Word::Row));
    other.ok_or_else(|| {
        let others: Vec<&str> = OTHERS.iter().map(|(word, _)| *word).chain(["parameter:NAME"]).collect();
        unknown(field, asked, &others)
    })
}

fn plain(asked: &str) -> String {
    asked.strip_prefix("GROUP_BY_DIMENSION_").unwrap_or(asked).to_lowercase().replace([' ', '-'], "_")
}

fn unknown(field: &str, asked: &str, others: &[&str]) -> ApiError {
    let all = Dimension::ALL.iter().map(|dimension| dimension.as_str()).chain(others.iter().copied());
    let all: Vec<&str> = all.collect();
    ApiError::field(field, format!("\"{asked}\" is not a dimension; there are {}", all.join(", ")))
}

/// What dimensions are made of besides the scan row: read once for a question, and only what it asks for.
pub struct Sources<'s> {
    /// The catalog.
    pub db: &'s mut Connection,
    /// Workspace.
    pub workspace: WorkspaceId,
    /// Zone of the clock on the wall.
    pub zone: &'s TimeZone,
    /// What the clock covers.
    pub range: (Millis, Millis),
}

impl Sources<'_> {
    /// Links by the names that people read.
    pub async fn names_of_links(&mut self) -> ApiResult<By> {
        let names = links::names::of_all(self.db, self.workspace).await?;
        let names = names.into_iter().map(|(link, name)| (name, vec![link]));
        Ok(By::Labels(Arc::new(labels(names, false))))
    }
}

impl Word {
    /// What the store is asked.
    pub async fn resolve(&self, sources: &mut Sources<'_>) -> ApiResult<By> {
        Ok(match self {
            Self::Row(dimension) => By::Dimension(*dimension),
            Self::Parameter(name) => By::Parameter(name.clone()),
            Self::Tag => {
                let links_of = tags::links_of_each(sources.db, sources.workspace).await?;
                By::Labels(Arc::new(labels(links_of.into_iter(), true)))
            }
            Self::Directory => {
                let folders = directories::all(sources.db, sources.workspace).await?;
                let tree = Tree::of(&folders);
                let paths: HashMap<Uuid, String> =
                    folders.iter().map(|folder| (folder.id, tree.path(folder.id))).collect();
                let links_of = directories::links_of_each(sources.db, sources.workspace).await?;
                let path = |(folder, links)| Some((paths.get(&folder)?.clone(), links));
                By::Labels(Arc::new(labels(links_of.into_iter().filter_map(path), false)))
            }
            Self::Clock(part) => {
                let (from, to) = sources.range;
                By::Clock(Arc::new(Clock::new(from, to, sources.zone)), *part)
            }
        })
    }
}

/// Labels, each with the links that have it.
fn labels(links_of: impl Iterator<Item = (String, Vec<LinkId>)>, several: bool) -> Labels {
    let mut labels = Labels { several, ..Labels::default() };
    let mut places: HashMap<String, u32> = HashMap::new();
    for (label, links) in links_of {
        let next = labels.labels.len() as u32;
        let place = *places.entry(label.clone()).or_insert(next);
        if place == next {
            labels.labels.push(label);
        }
        links.into_iter().for_each(|link| labels.by_link.entry(link).or_default().push(place));
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_has_a_word() {
        assert_eq!(word("", "GROUP_BY_DIMENSION_COUNTRY").unwrap(), Word::Row(Dimension::Country));
        assert_eq!(word("", "device type").unwrap(), Word::Row(Dimension::DeviceType));
        assert_eq!(word("", "parameter:Table").unwrap(), Word::Parameter("Table".to_owned()));
        assert_eq!(word("", "weekday_hour").unwrap(), Word::Clock(ClockPart::WeekHour));
        for unknown in ["", "planet", "parameter:", &format!("parameter:{}", "x".repeat(41))] {
            assert!(word("/dimension", unknown).is_err(), "{unknown}");
        }
    }
}
