//! Who counts as a person, as a client sees it, and how the reasons add up.

use crate::app::{DAY, TestApp};
use crate::client::{CURL, IPHONE, eventually};
use crate::places::{DATA_CENTRE, MAIL_FILTER, PERTH, RELAY};
use serde_json::{Value, json};

const MENU: &str = "https://example.com/menu";
const IMESSAGE: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) \
                        Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0";

#[test]
fn the_user_agent_and_the_network_are_weighed_as_documented() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    app.api("PUT", "/v1/workspace").json(&json!({ "xTeamNetworks": [PERTH] })).send().expect(200);
    for (count, (agent, address, verdict, reason)) in [
        (IPHONE, MAIL_FILTER, "bot", "asn:mail-scanner"),
        (IMESSAGE, MAIL_FILTER, "preview", "ua:preview"),
        (IMESSAGE, "198.51.100.7", "preview", "ua:preview"),
        (IMESSAGE, PERTH, "preview", "ua:preview"),
        (IPHONE, PERTH, "internal", "team:network"),
        (IPHONE, RELAY, "human", "browser"),
        (IPHONE, DATA_CENTRE, "human", "asn:data-centre"),
        (&format!("{IPHONE} Mimecast"), "198.51.100.7", "bot", "ua:mail-scanner"),
        ("Datadog/Synthetics", "198.51.100.7", "monitor", "ua:monitor"),
        ("GoogleHC/1.0", "198.51.100.7", "monitor", "ua:monitor"),
        ("synthetic-monitoring-agent/v0.20.1 (linux amd64)", "198.51.100.7", "monitor", "ua:monitor"),
        (
            "solarwinds/1.0 ( www.solarwinds.com/solarwinds-observability)",
            "198.51.100.7",
            "monitor",
            "ua:monitor",
        ),
        (
            "Mozilla/5.0 (compatible; AlertSite; +https://www.alertsite.com/)",
            "198.51.100.7",
            "monitor",
            "ua:monitor",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        app.advance(1);
        app.scan_by(&link, agent, address);
        let event = app.events(&link, count + 1).remove(0);
        assert_eq!(
            (&event["xVerdict"], &event["xReason"]),
            (&json!(verdict), &json!(reason)),
            "{agent} {address}"
        );
    }
}

#[test]
fn reasons_are_counted_by_utc_day_for_each_workspace_apart() {
    let app = TestApp::new();
    let link = app.link(MENU).create();
    let theirs = app.other_workspace();
    for _ in 0..3 {
        app.scan(&link);
    }
    app.scan_by(&link, CURL, "198.51.100.9");
    app.advance(DAY);
    app.scan_by(&link, CURL, "198.51.100.9");
    let days = eventually("the reasons", || {
        let days = app.get("/v1/x/system")["verdictDays"].take();
        let scans = |day: &Value| -> i64 {
            day["reasons"].as_array().unwrap().iter().map(|reason| reason["scans"].as_i64().unwrap()).sum()
        };
        (days.as_array().unwrap().iter().map(scans).sum::<i64>() == 5).then_some(days)
    });
    let bot = |scans: u32| json!({ "verdict": "bot", "reason": "ua:list", "scans": scans });
    let person = json!({ "verdict": "human", "reason": "browser", "scans": 3 });
    let expected = json!([
        { "day": "2026-03-11", "reasons": [bot(1)] },
        { "day": "2026-03-10", "reasons": [person, bot(1)] },
    ]);
    assert_eq!(days, expected);
    let other = app.request("GET", "/v1/x/system").bearer(&theirs).send().expect(200);
    assert_eq!(other["verdictDays"], json!([]), "another workspace's are its own");
    let app = app.restart();
    assert_eq!(app.get("/v1/x/system")["verdictDays"], expected, "a restart counts nothing twice");
    app.advance(14 * DAY);
    assert_eq!(app.get("/v1/x/system")["verdictDays"], json!([]));
}
