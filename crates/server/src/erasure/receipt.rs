//! What an erasure has found and taken, place by place.

use analytics::Gone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Steps that an erasure has.
pub const STEPS: u64 = 4;

/// A place that was searched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Found {
    /// `profiles`, `attributes`, `answers`, `consents`, `claims`, `attached_scans`, `browsers`, `deliveries`, `lead_notices`,
    /// `stored_answers`, `exports`, `scan_store`, `trace_store`, `user_agents`, `live_feed`, `spool`.
    pub place: String,
    /// What was found there.
    pub found: u64,
    /// What was taken.
    pub erased: u64,
    /// What a search afterwards finds.
    pub remaining: u64,
}

/// What came of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Receipt {
    /// The places that were searched.
    pub places: Vec<Found>,
    /// Rows of visitors.
    pub visitors: u64,
    /// Scans that were chosen.
    pub scans: u64,
    /// Links they are of.
    pub links: u64,
    /// Scans by which totals fall; human ones by which `eventCount` does.
    pub totals_fall_by: u64,
    /// Human scans among them.
    pub human_totals_fall_by: u64,
    /// Files of the scan store that were written anew or unlinked.
    pub files_rewritten: u64,
    /// Deliveries to webhooks, and letters about leads, that had gone out before: these cannot be called back.
    pub sent_away: u64,
    /// What was done last.
    pub step: String,
    /// Steps that are done, of `stepsOf`.
    pub steps_done: u64,
    /// Steps there are.
    pub steps_of: u64,
}

impl Receipt {
    /// As it is stored. One that an older program wrote lacks what it did not know.
    pub fn read(stored: &Value) -> Self {
        serde_json::from_value(stored.clone()).unwrap_or_default()
    }

    /// To be stored.
    pub fn write(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn of(&mut self, place: &str) -> &mut Found {
        let known = self.places.iter().position(|found| found.place == place);
        let index = known.unwrap_or_else(|| {
            self.places.push(Found { place: place.to_owned(), ..Found::default() });
            self.places.len() - 1
        });
        &mut self.places[index]
    }

    /// Notes a place. What an interrupted try had found there is added to.
    pub fn set(&mut self, place: &str, found: u64, erased: u64, remaining: u64) {
        let noted = self.of(place);
        noted.found = noted.found.max(found);
        noted.erased = noted.erased.max(erased);
        noted.remaining = remaining;
    }

    /// Notes a place of which everything is gone at once.
    pub fn place(&mut self, place: &str, found: u64) {
        self.set(place, found, found, 0);
    }

    /// Notes what a second search finds.
    pub fn remains(&mut self, place: &str, remaining: u64) {
        self.of(place).remaining = remaining;
    }

    /// Notes the scans.
    pub fn take(&mut self, gone: &Gone, falls: bool) {
        (self.scans, self.links) = (gone.scans, gone.links.len() as u64);
        if falls {
            self.totals_fall_by = gone.scans;
            self.human_totals_fall_by = gone.links.values().map(|(humans, _)| humans).sum();
        }
    }

    /// Notes how far it is.
    pub fn step(&mut self, step: &str, done: u64) {
        step.clone_into(&mut self.step);
        (self.steps_done, self.steps_of) = (done, STEPS);
    }
}
