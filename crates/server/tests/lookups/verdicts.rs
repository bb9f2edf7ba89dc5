//! How well the rules tell people from programs. The figures are printed (`-- --nocapture`), every miss with
//! them.

use crate::corpora;
use model::scan::{Method, Verdict, header_flags};
use server::agent::{Agents, Class, Hints, List, Rules};
use server::verdict::{Internal, REASONS, Signals, asks_prefetch, judge, purpose};

/// A plain GET by a client of this class.
fn get(class: Class) -> Signals {
    Signals { internal: None, method: Method::Get, class, header_flags: 0, asn: 0 }
}

fn verdict(rules: &Rules, user_agent: &str) -> Verdict {
    judge(&get(rules.class(user_agent))).verdict
}

/// Share of the user agents with the wanted verdict, in percent; prints it and the misses.
fn share<'a>(what: &str, all: impl IntoIterator<Item = &'a str>, wanted: impl Fn(&str) -> bool) -> f64 {
    let all: Vec<&str> = all.into_iter().collect();
    let misses: Vec<&str> = all.iter().copied().filter(|user_agent| !wanted(user_agent)).collect();
    let share = 100.0 * (all.len() - misses.len()) as f64 / all.len() as f64;
    println!("{what}: {} of {} = {share:.2} %", all.len() - misses.len(), all.len());
    let mut distinct = misses;
    distinct.sort_unstable();
    distinct.dedup();
    distinct.iter().for_each(|miss| println!("  missed: {miss}"));
    share
}

#[test]
fn crawlers_are_not_people() {
    let crawlers = corpora::crawlers();
    let all = || crawlers.iter().map(String::as_str);
    let rules = Rules::default();
    let known =
        share("crawler-user-agents judged not human", all(), |text| verdict(&rules, text) != Verdict::Human);
    let rules = Rules::without(List::CrawlerUserAgents);
    let unknown = share("the same without that list's own patterns", all(), |text| {
        verdict(&rules, text) != Verdict::Human
    });
    let rules = Rules::with(&[]);
    let bare =
        share("the same by our own rules alone", all(), |text| verdict(&rules, text) != Verdict::Human);
    assert!(known >= 99.0 && unknown >= 95.0 && bare >= 85.0);
}

#[test]
fn visitors_are_people() {
    let rules = Rules::default();
    let human = |text: &str| verdict(&rules, text) == Verdict::Human;
    let visits = corpora::visits();
    let seen =
        share("user-agents (2,000 drawn with seed 1) judged human", corpora::sample(&visits, 2000, 1), human);
    let mut distinct: Vec<&str> = visits.iter().map(String::as_str).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let each = share("user-agents, each distinct one, judged human", distinct, human);
    let top = corpora::top();
    let most = share("top-user-agents judged human", top.iter().map(String::as_str), human);
    assert!(seen >= 99.5 && each >= 99.0 && most >= 97.0);
}

#[test]
fn people_in_apps_are_people() {
    let rules = Rules::default();
    let all = corpora::in_app();
    let human = |text: &str| verdict(&rules, text) == Verdict::Human;
    assert_eq!(
        share("browsers in apps and on phones judged human", all.iter().map(|(_, text)| *text), human),
        100.0
    );
}

#[test]
fn previews_agents_and_monitors_are_told_apart() {
    let rules = Rules::default();
    let imessage = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) \
                    Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0";
    for (user_agent, expected) in [
        (imessage, Verdict::Preview),
        ("WhatsApp/2.23.20.0 A", Verdict::Preview),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", Verdict::Preview),
        ("TelegramBot (like TwitterBot)", Verdict::Preview),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Verdict::Preview),
        ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", Verdict::Preview),
        (
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
            Verdict::Preview,
        ),
        ("facebookexternalhit/1.1;line-poker/1.0", Verdict::Preview),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
            Verdict::Agent,
        ),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)",
            Verdict::Agent,
        ),
        ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", Verdict::Monitor),
        ("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", Verdict::Monitor),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Verdict::Bot),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
            Verdict::Bot,
        ),
        ("curl/8.5.0", Verdict::Bot),
        ("python-requests/2.32.3", Verdict::Bot),
        ("okhttp/4.12.0", Verdict::Bot),
        ("Go-http-client/2.0", Verdict::Bot),
        ("Mozilla/5.0", Verdict::Bot),
        ("Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)", Verdict::Bot),
        ("MyScanner/1 CFNetwork/1490.0.4 Darwin/23.2.0", Verdict::Bot),
        ("", Verdict::Bot),
        ("  ", Verdict::Bot),
    ] {
        assert_eq!(verdict(&rules, user_agent), expected, "{user_agent}");
    }
}

#[test]
fn the_first_rule_that_speaks_wins() {
    let person = get(Class::Browser);
    let told = |signals| judge(&signals).reason;
    assert_eq!(told(person), "browser");
    assert_eq!(told(Signals { class: Class::App, ..person }), "app");
    assert_eq!(told(Signals { header_flags: header_flags::GPC | header_flags::DNT, ..person }), "browser");
    assert_eq!(
        told(Signals { header_flags: purpose(Some("document"), Some("text/html,*/*;q=0.8")), ..person }),
        "browser"
    );
    assert_eq!(told(Signals { header_flags: purpose(None, Some("*/*")), ..person }), "browser");
    assert_eq!(
        told(Signals { header_flags: purpose(Some("image"), None), ..person }),
        "header:Sec-Fetch-Dest"
    );
    assert_eq!(
        told(Signals { header_flags: purpose(None, Some("image/avif,image/webp")), ..person }),
        "header:Accept"
    );
    assert_eq!(judge(&Signals { asn: 16509, ..person }), judge(&Signals { asn: 24940, ..person }));
    assert_eq!(judge(&Signals { asn: 16509, ..person }).verdict, Verdict::Human);
    assert_eq!(told(Signals { asn: 36183, ..person }), "browser");
    let ahead = Signals { header_flags: header_flags::PREFETCH, class: Class::Listed, ..person };
    assert_eq!(told(ahead), "header:Sec-Purpose");
    assert_eq!(told(Signals { method: Method::Head, ..ahead }), "method:HEAD");
    assert_eq!(
        told(Signals { internal: Some(Internal::Network), method: Method::Head, ..ahead }),
        "team:network"
    );
}

#[test]
fn mail_scanners_are_known_by_name_or_by_a_network_that_is_theirs_alone() {
    let person = get(Class::Browser);
    for asn in [7583, 15324, 22843, 30031, 42427, 401_943] {
        let judged = judge(&Signals { asn, ..person });
        assert_eq!((judged.verdict, judged.reason), (Verdict::Bot, "asn:mail-scanner"), "{asn}");
        let preview = judge(&Signals { asn, class: Class::Preview, ..person });
        assert_eq!(preview.reason, "ua:preview", "what a fetcher says of itself comes first");
    }
    let rules = Rules::default();
    let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
    for name in ["Barracuda Sentinel (EE)", "Mimecast", "proofpoint url defense"] {
        assert_eq!(rules.class(&format!("{chrome} {name}")), Class::MailScanner, "{name}");
    }
    assert_eq!(rules.class(chrome), Class::Browser);
    // Safe Links come from Microsoft's network, and so do people's desktops.
    let safe_links = judge(&Signals { asn: 8075, ..person });
    assert_eq!((safe_links.verdict, safe_links.reason), (Verdict::Human, "asn:data-centre"));
}

#[test]
fn people_behind_a_relay_are_people() {
    // iCloud Private Relay leaves through Akamai, Cloudflare and Fastly.
    for asn in [36183, 20940, 13335, 54113] {
        let judged = judge(&Signals { asn, ..get(Class::Browser) });
        assert_eq!((judged.verdict, judged.reason), (Verdict::Human, "browser"), "{asn}");
    }
}

#[test]
fn a_preview_is_one_from_wherever_it_is_fetched() {
    // iMessage fetches from the sender's phone: at home, in the office, anywhere.
    let preview = get(Class::Preview);
    for asn in [0, 3303, 16509, 22843] {
        assert_eq!(judge(&Signals { asn, ..preview }).verdict, Verdict::Preview);
    }
    let office = Signals { internal: Some(Internal::Network), ..preview };
    assert_eq!((judge(&office).verdict, judge(&office).reason), (Verdict::Preview, "ua:preview"));
    let own = Signals { internal: Some(Internal::Browser), ..preview };
    assert_eq!(judge(&own).reason, "browser:do-not-count", "a browser that says so is no fetcher");
}

#[test]
fn every_reason_is_listed_once_with_its_verdict() {
    let classes = [
        Class::Missing,
        Class::Browser,
        Class::App,
        Class::Preview,
        Class::Agent,
        Class::Monitor,
        Class::MailScanner,
        Class::SaysSo,
        Class::Listed,
        Class::NotABrowser,
    ];
    let person = get(Class::Browser);
    let others = [
        Signals { internal: Some(Internal::Network), ..person },
        Signals { internal: Some(Internal::Browser), ..person },
        Signals { method: Method::Head, ..person },
        Signals { header_flags: header_flags::PREFETCH, ..person },
        Signals { header_flags: purpose(Some("empty"), None), ..person },
        Signals { header_flags: purpose(None, Some("application/json")), ..person },
        Signals { asn: 16509, ..person },
        Signals { asn: 22843, ..person },
    ];
    let mut told: Vec<_> =
        classes.map(get).into_iter().chain(others).map(|signals| judge(&signals)).collect();
    for judgement in &told {
        let listed: Vec<_> = REASONS.iter().filter(|(reason, ..)| *reason == judgement.reason).collect();
        assert_eq!(listed.len(), 1, "{judgement:?}");
        assert_eq!(listed[0].1, judgement.verdict);
    }
    told.sort_unstable_by_key(|judgement| judgement.reason);
    told.dedup();
    assert_eq!(told.len(), REASONS.len());
    assert!(classes.iter().all(|class| class.is_human() == (judge(&get(*class)).verdict == Verdict::Human)));
}

#[test]
fn prefetch_headers_are_known_in_all_spellings() {
    for (name, value, expected) in [
        ("Sec-Purpose", "prefetch", true),
        ("sec-purpose", "prefetch;prerender", true),
        ("Purpose", "prefetch", true),
        ("X-Purpose", "preview", true),
        ("X-Moz", "prefetch", true),
        ("Sec-Purpose", "navigation", false),
        ("Accept", "prefetch", false),
    ] {
        assert_eq!(asks_prefetch(name, value), expected, "{name}: {value}");
    }
}

#[test]
fn a_user_agent_of_any_length_and_content_is_judged() {
    let agents = Agents::default();
    for text in
        ["a".repeat(100_000), "ü".repeat(5_000), "\u{0}\n(((((".repeat(900), "Mozilla/5.0 (".repeat(2_000)]
    {
        assert!(!agents.get(&text, Hints::default()).class.is_human());
    }
}
