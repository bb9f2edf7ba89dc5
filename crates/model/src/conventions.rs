//! How a link sends its visitors on: the status of the redirect, and what of the visitor's own query and path goes along.

use crate::destination::Destination;

words! {
    /// Which query parameters a destination gets where the visitor brings some.
    QueryMode {
        /// The destination's own, and of the visitor's those whose names it has not.
        AppendMissing = "append-missing",
        /// The visitor's, and of the destination's own those whose names the visitor has not.
        RequestWins = "request-wins",
        /// As append-missing, and names are the same in upper and lower case: nothing can stand beside the link's own.
        LinkWins = "link-wins",
    }

    /// What becomes of a path behind the slug.
    PathMode {
        /// There is no such page: 404.
        NotFound = "not-found",
        /// It is looked past.
        Ignore = "ignore",
        /// It is appended to the destination's.
        Append = "append",
    }
}

/// HTTP status of a link's redirect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedirectStatus {
    /// 301: moved for good; may be remembered.
    MovedPermanently,
    /// 302: what codes need.
    #[default]
    Found,
    /// 307: as 302, and the method stays.
    TemporaryRedirect,
    /// 308: as 301, and the method stays.
    PermanentRedirect,
}

impl RedirectStatus {
    /// The status with this number, if links may use it.
    pub const fn from_code(code: i64) -> Option<Self> {
        match code {
            301 => Some(Self::MovedPermanently),
            302 => Some(Self::Found),
            307 => Some(Self::TemporaryRedirect),
            308 => Some(Self::PermanentRedirect),
            _ => None,
        }
    }

    /// Its number.
    pub const fn code(self) -> u16 {
        match self {
            Self::MovedPermanently => 301,
            Self::Found => 302,
            Self::TemporaryRedirect => 307,
            Self::PermanentRedirect => 308,
        }
    }

    /// Whether browsers and search engines may remember the answer and not ask again.
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::MovedPermanently | Self::PermanentRedirect)
    }
}

/// The conventions of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conventions {
    /// Status of its redirect.
    pub status: RedirectStatus,
    /// The visitor's query.
    pub query: QueryMode,
    /// A path behind the slug.
    pub path: PathMode,
}

impl Default for Conventions {
    fn default() -> Self {
        Self { status: RedirectStatus::Found, query: QueryMode::AppendMissing, path: PathMode::NotFound }
    }
}

/// Why a link's settings do not go together. The sentences are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConventionError {
    /// A remembered answer is not counted.
    #[error(
        "a permanent redirect (301, 308) may be remembered by browsers, which then get past a scan limit; use 302 or 307"
    )]
    PermanentWithLimit,
    /// A remembered answer tells the same id again.
    #[error(
        "a permanent redirect (301, 308) may be remembered, and would tell later visits the id of the first; use 302 or 307, or leave out conversionTracking and {{scan_id}}"
    )]
    PermanentWithScanId,
    /// There is nothing to append to.
    #[error("a path behind the slug can be appended to http and https destinations only")]
    PathNeedsWeb,
}

impl Conventions {
    /// Checks that these conventions go with a link's limit and with where it leads: its destinations, each with
    /// whether it is told the scan's id.
    pub fn check<'d>(
        &self,
        limit: Option<u64>,
        destinations: impl IntoIterator<Item = (&'d Destination, bool)>,
    ) -> Result<(), ConventionError> {
        if self.status.is_permanent() && limit.is_some() {
            return Err(ConventionError::PermanentWithLimit);
        }
        for (destination, is_told) in destinations {
            if self.status.is_permanent() && (is_told || destination.tells_scan_id()) {
                return Err(ConventionError::PermanentWithScanId);
            }
            if self.path == PathMode::Append && !destination.is_web() {
                return Err(ConventionError::PathNeedsWeb);
            }
        }
        Ok(())
    }

    /// What the owner should know, in a sentence.
    pub const fn warning(&self) -> Option<&'static str> {
        if !self.status.is_permanent() {
            return None;
        }
        Some(
            "A permanent redirect (301, 308) may be remembered by browsers and search engines: later scans may not be \
             counted, and a change of the destination, a pause or an end may not be seen. Do not print such a link.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_statuses_are_read_back_and_no_other() {
        for code in [301, 302, 307, 308] {
            assert_eq!(i64::from(RedirectStatus::from_code(code).unwrap().code()), code);
        }
        for code in [0, 200, 300, 303, 304, 404, -302] {
            assert_eq!(RedirectStatus::from_code(code), None);
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let web = Destination::stored("https://example.com/");
        let told = Destination::stored("https://example.com/?id={scan_id}");
        let app = Destination::stored("mailto:chef@example.com");
        let usual = Conventions::default();
        let permanent = Conventions { status: RedirectStatus::PermanentRedirect, ..usual };
        let appending = Conventions { path: PathMode::Append, ..usual };
        assert_eq!(usual.check(Some(10), [(&web, true), (&told, false), (&app, false)]), Ok(()));
        assert_eq!(permanent.check(None, [(&web, false)]), Ok(()));
        assert_eq!(permanent.check(Some(1), []), Err(ConventionError::PermanentWithLimit));
        assert_eq!(permanent.check(None, [(&web, true)]), Err(ConventionError::PermanentWithScanId));
        assert_eq!(permanent.check(None, [(&told, false)]), Err(ConventionError::PermanentWithScanId));
        assert_eq!(appending.check(None, [(&web, false)]), Ok(()));
        assert_eq!(appending.check(None, [(&app, false)]), Err(ConventionError::PathNeedsWeb));
        assert!(permanent.warning().is_some() && usual.warning().is_none());
    }
}
