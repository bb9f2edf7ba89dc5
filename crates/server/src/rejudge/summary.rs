//! What has come of a run: how many scans moved from which reason to which, and how many had to stay.

use analytics::Rejudged;
use model::judged::Stays;
use model::scan::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The numbers of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    /// Scans looked at.
    pub scans: u64,
    /// Human ones among them, before.
    pub humans_before: u64,
    /// Human ones among them, now (or, of a dry run, as it would be).
    pub humans_after: u64,
    /// Scans with another verdict or reason, the most first.
    pub moved: Vec<Moved>,
    /// Scans that keep theirs although today's rules might give another, the most first.
    pub stayed: Vec<Stayed>,
}

/// Scans that came from one reason to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// Verdict they had.
    pub verdict_before: String,
    /// Its reason.
    pub reason_before: String,
    /// Verdict they have now.
    pub verdict: String,
    /// Its reason.
    pub reason: String,
    /// How many.
    pub scans: u64,
}

/// Scans that had to stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stayed {
    /// `user_agent_gone`, `user_agent_cut`, `headers_not_kept`, `newer_rules`.
    pub cause: String,
    /// The cause in words.
    pub cause_text: String,
    /// How many.
    pub scans: u64,
}

/// What a cause says to a person.
pub fn words(cause: &str) -> &'static str {
    match Stays::from_word(cause) {
        Some(Stays::UserAgentGone) => "The user agent is no longer kept: it is deleted after 30 days.",
        Some(Stays::UserAgentCut) => {
            "Only the first 256 bytes of the user agent are kept, which is not enough to move the scan."
        }
        Some(Stays::HeadersNotKept) => {
            "Recorded by a version that did not keep whether the request's headers asked for a page."
        }
        Some(Stays::NewerRules) => "Judged by rules that are newer than this program's.",
        None => "",
    }
}

/// Verdict and reason before, and now.
type Key = (String, String, String, String);

impl Summary {
    /// As a run keeps it.
    pub fn read(stored: &Value) -> Self {
        let mut summary: Self = serde_json::from_value(stored.clone()).unwrap_or_default();
        summary.stayed.iter_mut().for_each(|stayed| stayed.cause_text = words(&stayed.cause).to_owned());
        summary
    }

    /// For the run to keep.
    pub fn write(&self) -> Value {
        serde_json::json!(self)
    }

    /// With the numbers of some days.
    #[must_use]
    pub fn with(mut self, days: &Rejudged) -> Self {
        self.scans += days.scans;
        self.humans_before += days.humans;
        self.humans_after += days.humans;
        let key = |moved: &Moved| -> Key {
            let Moved { verdict_before, reason_before, verdict, reason, .. } = moved.clone();
            (verdict_before, reason_before, verdict, reason)
        };
        let mut moved: BTreeMap<Key, u64> =
            self.moved.iter().map(|moved| (key(moved), moved.scans)).collect();
        for (one, scans) in &days.moved {
            let word = |verdict: Verdict| verdict.as_str().to_owned();
            let ((before, reason_before), (now, reason)) = (&one.from, &one.to);
            let key = (word(*before), reason_before.clone(), word(*now), reason.clone());
            *moved.entry(key).or_default() += scans;
            if *before == Verdict::Human {
                self.humans_after -= scans;
            }
            if *now == Verdict::Human {
                self.humans_after += scans;
            }
        }
        let mut stayed: BTreeMap<String, u64> =
            self.stayed.iter().map(|stayed| (stayed.cause.clone(), stayed.scans)).collect();
        for (why, scans) in &days.stayed {
            *stayed.entry(why.as_str().to_owned()).or_default() += scans;
        }
        let made = |((verdict_before, reason_before, verdict, reason), scans)| Moved {
            verdict_before,
            reason_before,
            verdict,
            reason,
            scans,
        };
        self.moved = moved.into_iter().map(made).collect();
        self.moved.sort_by_key(|moved| Reverse(moved.scans));
        let made =
            |(cause, scans): (String, u64)| Stayed { cause_text: words(&cause).to_owned(), cause, scans };
        self.stayed = stayed.into_iter().map(made).collect();
        self.stayed.sort_by_key(|stayed| Reverse(stayed.scans));
        self
    }
}
