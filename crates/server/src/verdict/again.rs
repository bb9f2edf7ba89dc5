//! Today's rules over what is stored of a scan: the very rules of the redirect, and an answer where they cannot tell.

use super::{Fact, Internal, RULES_VERSION, Signals, judge, weigh};
use crate::agent::{Agents, Class, Hints, KEPT};
use model::judged::{Again, Judged, Recorded, Stays};
use model::scan::{Verdict, header_flags};

/// Judges a recorded scan.
///
/// What is not stored is read from the first verdict's reason as far as it tells: who was the team's own then still is
/// (its networks of today cannot be asked about an address that was never kept), and no rule that came before the one
/// that spoke had anything to say.
pub fn judge_again(scan: &Recorded<'_>, agents: &Agents) -> Again {
    if scan.first_rules > RULES_VERSION {
        return Again::Stays(Stays::NewerRules);
    }
    let class = match scan.user_agent {
        "" => Class::Missing,
        user_agent => agents.get(user_agent, Hints::default()).class,
    };
    let purpose = purpose(scan);
    let signals = Signals {
        internal: match scan.first_reason {
            "team:network" => Some(Internal::Network),
            "browser:do-not-count" => Some(Internal::Browser),
            _ => None,
        },
        method: scan.method,
        class,
        header_flags: scan.header_flags | purpose.unwrap_or_default(),
        asn: scan.asn,
    };
    let judgement = judge(&signals);
    let same = (judgement.verdict, judgement.reason) == (scan.first_verdict, scan.first_reason);
    let is_known = |fact| match fact {
        Fact::Class if scan.user_agent.is_empty() && scan.first_reason != "ua:missing" => {
            Err(Stays::UserAgentGone)
        }
        // The longest character has four bytes.
        Fact::Class if scan.user_agent.len() > KEPT - 4 && !same => Err(Stays::UserAgentCut),
        Fact::Purpose if purpose.is_none() => Err(Stays::HeadersNotKept),
        Fact::Class | Fact::Purpose => Ok(()),
    };
    match weigh(&signals, is_known) {
        Ok(judgement) => Again::Judged(Judged {
            verdict: judgement.verdict,
            reason: judgement.reason.to_owned(),
            rules_version: RULES_VERSION,
        }),
        Err(why) => Again::Stays(why),
    }
}

/// The flags of [`super::purpose`], of an older program's scans by the reason of their verdict.
fn purpose(scan: &Recorded<'_>) -> Option<u16> {
    if scan.header_flags & header_flags::PURPOSE_KEPT != 0 {
        return Some(0);
    }
    match scan.first_reason {
        "header:Sec-Fetch-Dest" => Some(header_flags::NOT_SHOWN),
        "header:Accept" => Some(header_flags::NO_PAGE_ASKED),
        _ if scan.first_verdict == Verdict::Human || scan.first_reason.starts_with("asn:") => Some(0),
        _ if scan.header_flags & header_flags::FETCH_USER != 0 => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::WorkspaceId;
    use model::scan::Method;
    use uuid::Uuid;

    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                         Version/18.5 Mobile/15E148 Safari/604.1";

    fn scan<'a>(user_agent: &'a str, (first_verdict, first_reason): (Verdict, &'a str)) -> Recorded<'a> {
        Recorded {
            workspace: WorkspaceId(Uuid::nil()),
            method: Method::Get,
            header_flags: header_flags::PURPOSE_KEPT,
            asn: 0,
            user_agent,
            first_verdict,
            first_reason,
            first_rules: 1,
        }
    }

    fn told(scan: &Recorded<'_>) -> String {
        match judge_again(scan, &Agents::default()) {
            Again::Judged(judged) => judged.reason,
            Again::Stays(why) => why.as_str().to_owned(),
        }
    }

    #[test]
    fn a_scan_is_judged_by_what_is_stored_of_it_or_stays() {
        let (person, robot) = ((Verdict::Human, "browser"), (Verdict::Bot, "ua:list"));
        let team = (Verdict::Internal, "team:network");
        let long = format!("{PHONE} {}", "x".repeat(256 - PHONE.len() - 1));
        let bare = |recorded| Recorded { header_flags: 0, ..recorded };
        for (recorded, expected) in [
            (scan("curl/8.5.0", person), "ua:list"),
            (scan(PHONE, robot), "browser"),
            (scan(PHONE, team), "team:network"),
            (scan("WhatsApp/2.24", team), "ua:preview"),
            (scan(PHONE, (Verdict::Internal, "browser:do-not-count")), "browser:do-not-count"),
            (scan("", person), "user_agent_gone"),
            (scan("", team), "user_agent_gone"),
            (scan("", (Verdict::Bot, "ua:missing")), "ua:missing"),
            (Recorded { method: Method::Head, ..scan("", person) }, "method:HEAD"),
            (Recorded { asn: 7583, ..scan(PHONE, person) }, "asn:mail-scanner"),
            (Recorded { first_rules: RULES_VERSION + 1, ..scan(PHONE, robot) }, "newer_rules"),
            (scan(&long, person), "browser"),
            (scan(&long, robot), "user_agent_cut"),
            (
                Recorded {
                    header_flags: header_flags::PURPOSE_KEPT | header_flags::NO_PAGE_ASKED,
                    ..scan(PHONE, robot)
                },
                "header:Accept",
            ),
            (bare(scan(PHONE, robot)), "headers_not_kept"),
            (bare(scan("curl/8.5.0", (Verdict::Bot, "ua:not-a-browser"))), "ua:list"),
            (bare(scan(PHONE, person)), "browser"),
            (bare(scan(PHONE, (Verdict::Preview, "header:Accept"))), "header:Accept"),
            (bare(scan(PHONE, (Verdict::Preview, "header:Sec-Fetch-Dest"))), "header:Sec-Fetch-Dest"),
            (bare(scan(PHONE, (Verdict::Bot, "asn:mail-scanner"))), "browser"),
        ] {
            assert_eq!(told(&recorded), expected, "{recorded:?}");
        }
    }
}
