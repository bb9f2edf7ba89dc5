//! The life of a link: when it is open, and what closes it. Closing keeps data and slug, always.

use crate::scan::{Outcome, Verdict};
use crate::time::Millis;

words! {
    /// Where a link is in its life.
    State {
        /// Scans go through.
        Open = "open",
        /// Its start is to come.
        NotStarted = "not_started",
        /// Paused by its owner.
        Paused = "paused",
        /// As many people were let through as its owner allows.
        Limited = "limited",
        /// Its end has passed.
        Ended = "ended",
        /// Put away by its owner.
        Archived = "archived",
        /// Deleted (undoable).
        Deleted = "deleted",
    }
}

/// When and whether a link is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Paused by its owner.
    pub paused: bool,
    /// Deleted (undoable), or ended for good.
    pub ended: bool,
    /// Put away: over for visitors, kept for its owner.
    pub archived: bool,
    /// Not before this instant.
    pub starts_at: Option<Millis>,
    /// Not from this instant on.
    pub expires_at: Option<Millis>,
}

impl Window {
    /// Where the link is in its life at `now`, its limit apart.
    pub fn state(&self, now: Millis) -> State {
        if self.ended {
            State::Deleted
        } else if self.archived {
            State::Archived
        } else if self.expires_at.is_some_and(|end| now >= end) {
            State::Ended
        } else if self.paused {
            State::Paused
        } else if self.starts_at.is_some_and(|start| now < start) {
            State::NotStarted
        } else {
            State::Open
        }
    }

    /// Why a scan at `now` does not reach the workflow, if it does not.
    pub fn closed(&self, now: Millis) -> Option<Outcome> {
        match self.state(now) {
            State::Open => None,
            State::NotStarted => Some(Outcome::NotStarted),
            State::Paused => Some(Outcome::Paused),
            State::Limited => Some(Outcome::Limited),
            State::Ended | State::Archived | State::Deleted => Some(Outcome::Ended),
        }
    }
}

/// Reason of a verdict: the browser asks not to be counted.
pub const ASKED_BY_BROWSER: &str = "browser:do-not-count";

/// Whether who is let through takes one of the places that a link's limit leaves: a person does. So does a browser that
/// asks not to be counted: anybody can have it ask, so that it must open no door that is shut to others.
pub fn takes_a_place(verdict: Verdict, reason: &str) -> bool {
    match verdict {
        Verdict::Human => true,
        Verdict::Internal => reason == ASKED_BY_BROWSER,
        Verdict::Bot | Verdict::Agent | Verdict::Preview | Verdict::Prefetch | Verdict::Monitor => false,
    }
}

/// Whether a scan uses up one of those that a link's limit allows.
pub fn uses_up(verdict: Verdict, reason: &str, outcome: Outcome) -> bool {
    takes_a_place(verdict, reason) && lets_through(outcome)
}

/// Whether an outcome is one that a link's limit can still turn into [`Outcome::Limited`].
pub const fn lets_through(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Redirect | Outcome::Page | Outcome::Fallback => true,
        Outcome::Ended | Outcome::Paused | Outcome::NotStarted | Outcome::Limited | Outcome::Error => false,
    }
}

/// Why two settings of a link's life do not go together. The sentences are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    /// It would never be open.
    #[error("the link would end before it starts; let it start earlier or end later")]
    EndsBeforeItStarts,
}

/// Checks that a link can be open at all.
pub fn check(starts_at: Option<Millis>, expires_at: Option<Millis>) -> Result<(), LifeError> {
    match (starts_at, expires_at) {
        (Some(start), Some(end)) if start >= end => Err(LifeError::EndsBeforeItStarts),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        starts_at: Some(Millis(10)),
        expires_at: Some(Millis(20)),
        paused: false,
        ended: false,
        archived: false,
    };

    #[test]
    fn a_window_closes_at_its_edges() {
        assert_eq!(WINDOW.closed(Millis(9)), Some(Outcome::NotStarted));
        assert_eq!(WINDOW.closed(Millis(10)), None);
        assert_eq!(WINDOW.closed(Millis(19)), None);
        assert_eq!(WINDOW.closed(Millis(20)), Some(Outcome::Ended));
    }

    #[test]
    fn what_lasts_longer_is_said_first() {
        let at = |window: Window| window.state(Millis(9));
        assert_eq!(at(Window { paused: true, ..WINDOW }), State::Paused);
        assert_eq!(at(Window { paused: true, expires_at: Some(Millis(9)), ..WINDOW }), State::Ended);
        assert_eq!(at(Window { paused: true, archived: true, ..WINDOW }), State::Archived);
        assert_eq!(at(Window { ended: true, archived: true, ..WINDOW }), State::Deleted);
        assert_eq!(Window { archived: true, ..WINDOW }.closed(Millis(15)), Some(Outcome::Ended));
    }

    #[test]
    fn only_a_person_who_is_let_through_uses_a_limit_up() {
        for verdict in Verdict::ALL {
            for outcome in Outcome::ALL {
                let through = matches!(outcome, Outcome::Redirect | Outcome::Page | Outcome::Fallback);
                assert_eq!(uses_up(*verdict, "browser", *outcome), *verdict == Verdict::Human && through);
                let asked = matches!(*verdict, Verdict::Human | Verdict::Internal);
                assert_eq!(uses_up(*verdict, ASKED_BY_BROWSER, *outcome), asked && through);
            }
        }
    }

    #[test]
    fn a_link_that_would_never_be_open_is_refused() {
        assert_eq!(check(Some(Millis(5)), Some(Millis(5))), Err(LifeError::EndsBeforeItStarts));
        assert_eq!(check(Some(Millis(4)), Some(Millis(5))), Ok(()));
        assert_eq!(check(Some(Millis(4)), None), Ok(()));
    }
}
