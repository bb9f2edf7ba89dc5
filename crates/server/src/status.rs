//! What is wrong at the moment: each background part keeps one sentence here while it is sick.

use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Sentences by part.
#[derive(Default, Debug)]
pub struct Sickness(Mutex<BTreeMap<&'static str, String>>);

impl Sickness {
    /// Notes what is wrong with a part; logged when it is news.
    pub fn note(&self, part: &'static str, reason: impl std::fmt::Display) {
        let reason = reason.to_string();
        let before = self.0.lock().insert(part, reason.clone());
        if before.as_ref() != Some(&reason) {
            tracing::error!(part, reason, "Degraded");
        }
    }

    /// The part is well again.
    pub fn clear(&self, part: &'static str) {
        if self.0.lock().remove(part).is_some() {
            tracing::info!(part, "Well again");
        }
    }

    /// All sentences.
    pub fn reasons(&self) -> Vec<String> {
        self.0.lock().iter().map(|(part, reason)| format!("{part}: {reason}")).collect()
    }
}
