//! Who asked: a person or not, with the reason. Nothing is dropped by a verdict; readers choose what to
//! count.

pub mod again;

use crate::agent::Class;
use model::life::ASKED_BY_BROWSER;
use model::scan::{Method, Verdict, header_flags};
use std::convert::Infallible;

/// Version of these rules, kept with every scan. Raise it when a change would judge some request otherwise.
pub const RULES_VERSION: u16 = 4;

/// What is looked at. All of it can be had again from a recorded scan, while its user agent is kept.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    /// Why it is the team's own request, if it is.
    pub internal: Option<Internal>,
    /// Method of the request.
    pub method: Method,
    /// Class of the user agent.
    pub class: Class,
    /// [`header_flags`]; only `PREFETCH` and those of [`purpose`] matter, Sec-GPC and DNT are no verdict.
    pub header_flags: u16,
    /// Autonomous system of the client, 0 if not known. A verdict only where nobody but mail scanners is: people use
    /// relays and company networks.
    pub asn: u32,
}

/// Why a request is the team's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Internal {
    /// Its address is in one of the workspace's networks.
    Network,
    /// Its browser carries the cookie that asks not to be counted.
    Browser,
}

/// The verdict, and one of [`REASONS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Who asked.
    pub verdict: Verdict,
    /// Why.
    pub reason: &'static str,
}

/// Every reason with its verdict and what it says to a person.
pub const REASONS: &[(&str, Verdict, &str)] = &[
    ("team:network", Verdict::Internal, "The address is in a network that the workspace calls its own."),
    (ASKED_BY_BROWSER, Verdict::Internal, "This browser was told not to be counted."),
    ("method:HEAD", Verdict::Preview, "A HEAD request: something looked at the link without opening it."),
    (
        "header:Sec-Purpose",
        Verdict::Prefetch,
        "A browser fetched ahead of the person's decision (Sec-Purpose or an older header).",
    ),
    ("ua:missing", Verdict::Bot, "No user agent was sent; every browser sends one."),
    ("ua:preview", Verdict::Preview, "The user agent of a messenger's or social network's preview fetcher."),
    ("ua:agent", Verdict::Agent, "The user agent of an assistant that fetches for a person."),
    ("ua:monitor", Verdict::Monitor, "The user agent of an uptime or link checker."),
    ("ua:mail-scanner", Verdict::Bot, "The user agent of a filter that opens the links of mails."),
    (
        "ua:says-so",
        Verdict::Bot,
        "The user agent calls itself a robot, names a contact page, or is an automated browser.",
    ),
    ("ua:list", Verdict::Bot, "The user agent is in a public list of robots."),
    (
        "ua:not-a-browser",
        Verdict::Bot,
        "The user agent is not a browser's: a script, a library, an app without a page view.",
    ),
    (
        "header:Sec-Fetch-Dest",
        Verdict::Preview,
        "A page or script loaded the link as an image or in the background; nobody opened it.",
    ),
    (
        "header:Accept",
        Verdict::Preview,
        "The client asked for something other than a page, such as an image.",
    ),
    (
        "asn:mail-scanner",
        Verdict::Bot,
        "From the network of a mail filter's maker, who opens the links of mails before people do.",
    ),
    (
        "asn:data-centre",
        Verdict::Human,
        "A browser's user agent from a data centre's network: a relay, a VPN, or a well-made robot.",
    ),
    ("app", Verdict::Human, "The browser of a known app, or one that phones come with."),
    ("browser", Verdict::Human, "A browser's user agent and nothing against it."),
];

/// Networks of the large hosting companies, sorted. Relays that carry many people (iCloud Private Relay's)
/// are not here.
const DATA_CENTRES: &[u32] = &[
    8075, 9009, 12876, 14061, 14618, 16276, 16509, 20473, 24940, 31898, 36351, 37963, 45102, 51167, 60781,
    63949, 132203, 396982,
];

/// Networks of companies that filter other people's mail and little else, sorted: Proofpoint, Mimecast, Barracuda, Cisco
/// IronPort, MessageLabs, Hornetsecurity, Retarus, AppRiver, Zix. Makers of gateways through which people browse
/// (Zscaler, Netskope, Forcepoint) are not here, nor Microsoft, whose Safe Links share a network with everything else.
const MAIL_SCANNERS: &[u32] = &[
    7583, 13380, 13916, 15324, 16417, 22843, 26211, 30031, 30215, 30238, 33538, 37235, 39588, 40427, 42427,
    48328, 52129, 53780, 59519, 60492, 136792, 208638, 397726, 401943,
];

/// A header by which a browser says that it fetches ahead: `Sec-Purpose`, or one of its older spellings.
/// `name` in any case. The reader of headers sets [`header_flags::PREFETCH`] by it.
pub fn asks_prefetch(name: &str, value: &str) -> bool {
    let named = |known: &str| name.eq_ignore_ascii_case(known);
    let says = |word: &str| value.split([';', ',']).any(|part| part.trim().eq_ignore_ascii_case(word));
    ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"].iter().any(|known| named(known))
        && ["prefetch", "prerender", "preview"].iter().any(|word| says(word))
}

/// What the answer is for, by `Sec-Fetch-Dest` and `Accept`, as [`header_flags`].
pub fn purpose(fetch_dest: Option<&str>, accept: Option<&str>) -> u16 {
    let not_shown = fetch_dest.is_some_and(|dest| !is_navigation(dest));
    let no_page_asked = accept.is_some_and(|accept| !takes_a_page(accept));
    header_flags::PURPOSE_KEPT
        | if not_shown { header_flags::NOT_SHOWN } else { 0 }
        | if no_page_asked { header_flags::NO_PAGE_ASKED } else { 0 }
}

/// Judges one request. The first rule that speaks wins.
pub fn judge(signals: &Signals) -> Judgement {
    let Ok(judgement) = weigh(signals, |_| Ok::<(), Infallible>(()));
    judgement
}

/// What a recorded scan may no longer tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Class of the user agent.
    Class,
    /// What [`purpose`] tells.
    Purpose,
}

/// The rules. Before one looks at something that a recorded scan may no longer tell, `is_known` is asked.
fn weigh<E>(signals: &Signals, is_known: impl Fn(Fact) -> Result<(), E>) -> Result<Judgement, E> {
    let because = |verdict, reason| Ok(Judgement { verdict, reason });
    if signals.internal == Some(Internal::Network) {
        is_known(Fact::Class)?;
    }
    match signals.internal {
        // A messenger fetches its preview from the sender's own network (iMessage from the phone itself): what a
        // fetcher says of itself wins over the address.
        Some(Internal::Network) if signals.class == Class::Preview => {}
        Some(Internal::Network) => return because(Verdict::Internal, "team:network"),
        Some(Internal::Browser) => return because(Verdict::Internal, ASKED_BY_BROWSER),
        None => {}
    }
    if signals.method == Method::Head {
        return because(Verdict::Preview, "method:HEAD");
    }
    if signals.header_flags & header_flags::PREFETCH != 0 {
        return because(Verdict::Prefetch, "header:Sec-Purpose");
    }
    is_known(Fact::Class)?;
    let person = match signals.class {
        Class::Missing => return because(Verdict::Bot, "ua:missing"),
        Class::Preview => return because(Verdict::Preview, "ua:preview"),
        Class::Agent => return because(Verdict::Agent, "ua:agent"),
        Class::Monitor => return because(Verdict::Monitor, "ua:monitor"),
        Class::MailScanner => return because(Verdict::Bot, "ua:mail-scanner"),
        Class::SaysSo => return because(Verdict::Bot, "ua:says-so"),
        Class::Listed => return because(Verdict::Bot, "ua:list"),
        Class::NotABrowser => return because(Verdict::Bot, "ua:not-a-browser"),
        Class::App => "app",
        Class::Browser => "browser",
    };
    is_known(Fact::Purpose)?;
    if signals.header_flags & header_flags::NOT_SHOWN != 0 {
        return because(Verdict::Preview, "header:Sec-Fetch-Dest");
    }
    if signals.header_flags & header_flags::NO_PAGE_ASKED != 0 {
        return because(Verdict::Preview, "header:Accept");
    }
    if MAIL_SCANNERS.binary_search(&signals.asn).is_ok() {
        return because(Verdict::Bot, "asn:mail-scanner");
    }
    let hosted = DATA_CENTRES.binary_search(&signals.asn).is_ok();
    because(Verdict::Human, if hosted { "asn:data-centre" } else { person })
}

/// `Sec-Fetch-Dest` of something that a person sees as a page (Fetch Metadata, W3C). An unknown word is let
/// pass.
fn is_navigation(dest: &str) -> bool {
    const BACKGROUND: &[&str] = &[
        "audio",
        "audioworklet",
        "empty",
        "font",
        "image",
        "manifest",
        "paintworklet",
        "report",
        "script",
        "serviceworker",
        "sharedworker",
        "style",
        "track",
        "video",
        "worker",
        "xslt",
        "json",
    ];
    dest == "document" || !BACKGROUND.contains(&dest.trim())
}

fn takes_a_page(accept: &str) -> bool {
    accept.trim().is_empty()
        || ["text/html", "application/xhtml+xml", "*/*", "text/*"].iter().any(|kind| accept.contains(kind))
}

#[cfg(test)]
mod tests {
    #[test]
    fn networks_are_in_order_so_that_they_are_found() {
        assert!(super::DATA_CENTRES.is_sorted() && super::MAIL_SCANNERS.is_sorted());
        assert!(super::MAIL_SCANNERS.iter().all(|asn| super::DATA_CENTRES.binary_search(asn).is_err()));
    }
}
