//! Judging recorded scans again: what is stored of a scan that a verdict rests on, and what becomes of its verdict.
//! The rules themselves are the server's (`verdict.rs`); the rows are the scan store's.

use crate::ids::WorkspaceId;
use crate::scan::{Method, Verdict};

words! {
    /// Why a scan keeps its verdict though today's rules might give another.
    Stays {
        /// The user agent is gone: it is kept for 30 days, and for a shorter time where a visitor was forgotten.
        UserAgentGone = "user_agent_gone",
        /// Only the beginning of the user agent is kept, and what today's rules make of it may not hold for the whole.
        UserAgentCut = "user_agent_cut",
        /// Recorded before it was kept whether `Sec-Fetch-Dest` and `Accept` ask for a page.
        HeadersNotKept = "headers_not_kept",
        /// Judged by rules newer than this program's.
        NewerRules = "newer_rules",
    }
}

/// A verdict, why it was given, and the version of the rules that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Judged {
    /// Who asked.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Version of the rules.
    pub rules_version: u16,
}

/// What the store has of a scan for judging it.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// Workspace of the link.
    pub workspace: WorkspaceId,
    /// Method of the request.
    pub method: Method,
    /// [`header_flags`](crate::scan::header_flags).
    pub header_flags: u16,
    /// Autonomous system, 0 if not known.
    pub asn: u32,
    /// The user agent; empty where none was sent, and where it is no longer kept.
    pub user_agent: &'a str,
    /// The verdict that was given when the scan was answered: its reason tells of what else is not stored.
    pub first_verdict: Verdict,
    /// Its reason.
    pub first_reason: &'a str,
    /// Version of the rules that gave it.
    pub first_rules: u16,
}

/// What becomes of a scan's verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// This is its verdict from now on; the same as before, perhaps.
    Judged(Judged),
    /// It keeps the one it has.
    Stays(Stays),
}
