//! The run token: the signed name of a visitor's way through the pages of a workflow (DESIGN §11.6). It stands in the
//! path, `/r/{token}`, and holds all that a page needs to know of the scan that began the way; nothing is looked up
//! that could be gone.

use model::scan::VisitType;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// How long a way can be gone on with.
pub const LIFETIME_MS: i64 = 24 * 3_600_000;
/// Bytes of the scan's own query that a run remembers, for hidden fields and for the destination.
pub const MOST_QUERY: usize = 768;

/// Where a visitor is on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Scan that began the way.
    pub scan: ScanId,
    /// When it was.
    pub at: Millis,
    /// Workspace of the link.
    pub workspace: WorkspaceId,
    /// The link.
    pub link: LinkId,
    /// Version of the workflow that the way follows to its end.
    pub version: u32,
    /// The step whose page is shown, by index in the version.
    pub step: u16,
    /// The pages before it, oldest first.
    pub behind: Vec<u16>,
    /// Slug that was scanned, folded.
    pub slug: String,
    /// The scan's query string, cut at [`MOST_QUERY`] on a parameter's end.
    pub query: String,
    /// First or repeat, as the scan was judged.
    pub visit_type: VisitType,
    /// Which scan of this browser it was, where that is known; else 0.
    pub nth: u16,
    /// The scan counts as a person's.
    pub human: bool,
    /// Who this run has proved its visitor to be: a row of the visitors.
    pub visitor: Option<uuid::Uuid>,
}

impl Run {
    /// Whether the way can no longer be gone on with.
    pub fn is_over(&self, now: Millis) -> bool {
        now.0 - self.at.0 > LIFETIME_MS
    }
}

/// A query string, cut behind a whole parameter where it is too long to be remembered.
pub fn remembered(query: &str) -> &str {
    if query.len() <= MOST_QUERY {
        return query;
    }
    let cut = query.as_bytes()[..=MOST_QUERY].iter().rposition(|&byte| byte == b'&');
    cut.and_then(|cut| query.get(..cut)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::Signer;
    use uuid::Uuid;

    fn run() -> Run {
        Run {
            scan: ScanId(Uuid::from_u128(1)),
            at: Millis(1_000),
            workspace: WorkspaceId(Uuid::from_u128(2)),
            link: LinkId(Uuid::from_u128(3)),
            version: 4,
            step: 2,
            behind: vec![1],
            slug: "menu".into(),
            query: "table=7".into(),
            visit_type: VisitType::First,
            nth: 1,
            human: true,
            visitor: None,
        }
    }

    #[test]
    fn a_token_fits_into_an_address_and_ends_with_the_day() {
        let signer = Signer::new([7; 16]);
        let token = signer.seal(&run());
        assert_eq!(signer.open::<Run>(&token), Some(run()));
        assert!(token.len() < 200, "{} characters", token.len());
        assert!(!run().is_over(Millis(1_000 + LIFETIME_MS)));
        assert!(run().is_over(Millis(1_001 + LIFETIME_MS)));
    }

    #[test]
    fn a_long_query_is_cut_between_parameters() {
        assert_eq!(remembered("a=1&b=2"), "a=1&b=2");
        let long = format!("a=1&b={}", "x".repeat(MOST_QUERY));
        assert_eq!(remembered(&long), "a=1");
        assert_eq!(remembered(&"x".repeat(MOST_QUERY + 1)), "");
        let exact = format!("a={}&b=1", "x".repeat(MOST_QUERY - 2));
        assert_eq!(remembered(&exact).len(), MOST_QUERY);
    }
}
