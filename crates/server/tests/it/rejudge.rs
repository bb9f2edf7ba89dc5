//! Judging recorded scans again: a simulated month that was judged by other rules, and runs that are interrupted.

mod command;
mod interrupted;

use crate::app::{DAY, TestApp, at};
use crate::client::{ANDROID, CURL, FIREFOX, IPHONE, Link, eventually};
use model::scan::{
    Action, AddressClass, DeviceType, Identity, Method, Outcome, Path, Scan, Verdict, VisitType, header_flags,
};
use model::time::UtcDay;
use model::{LinkId, Millis, ScanId, WorkspaceId};
use serde_json::{Value, json};
use server::agent::{Agents, Hints, Rules};
use server::redirect::batch;
use server::verdict::{Signals, judge};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

const REJUDGE: &str = "/v1/x/analytics/rejudge";
/// Looks like a person's browser to whoever does not know the public lists of robots.
const LIGHTHOUSE: &str = "Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) \
                          Chrome/109.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse";
const READER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 \
                      Safari/537.36 Google-Read-Aloud";
const AGENTS: [&str; 7] = [IPHONE, LIGHTHOUSE, ANDROID, READER, FIREFOX, CURL, IPHONE];
/// Days of the simulation, and scans of each.
const DAYS: i64 = 40;
const PER_DAY: usize = 72;
/// How long user agents are kept.
const FACTS: i64 = 29;

/// A scan as the rules of then judged it, and as today's do.
#[derive(Clone)]
struct Simulated {
    id: Uuid,
    at: i64,
    link: usize,
    visitor: u64,
    before: (Verdict, String),
    today: (Verdict, String),
}

/// A month of links that was recorded under rules that knew no public list of robots, and took a phone for one.
struct Month {
    app: TestApp,
    links: Vec<Link>,
    scans: Vec<Simulated>,
}

impl Month {
    fn new() -> Self {
        let app = TestApp::new();
        let links: Vec<Link> = (0..3).map(|_| app.link("https://example.com/").create()).collect();
        let mut month = Self { app, links, scans: Vec::new() };
        month.record();
        month.settle();
        month
    }

    fn record(&mut self) {
        let now = Millis(self.app.now()).utc_day().start().0;
        let workspace = self.app.get("/v1/workspace")["id"].as_str().unwrap().parse::<WorkspaceId>().unwrap();
        let of_then = Agents::new(Rules::with(&[]), 64);
        let today = Agents::default();
        let mut frames = spool::Frames::default();
        let (mut in_workspace, mut on_link) = (HashSet::new(), HashMap::new());
        for number in 0..DAYS as usize * PER_DAY {
            let at = now - DAYS * DAY + number as i64 * (DAY / PER_DAY as i64) + 1;
            let user_agent = AGENTS[number % AGENTS.len()];
            let judged = |agents: &Agents| {
                let judged = judge(&Signals {
                    internal: None,
                    method: Method::Get,
                    class: agents.get(user_agent, Hints::default()).class,
                    header_flags: header_flags::PURPOSE_KEPT,
                    asn: 0,
                });
                (judged.verdict, judged.reason.to_owned())
            };
            let mut before = judged(&of_then);
            if number % AGENTS.len() == 6 {
                before = (Verdict::Bot, "ua:list".to_owned());
            }
            let id = uuid::Builder::from_unix_timestamp_millis(at as u64, &[number as u8; 10]).into_uuid();
            let link = number % self.links.len();
            // Eight visitors a day, each with browsers of several kinds.
            let visitor = 1 + (number as u64 * 7) % 8 + (at / DAY) as u64 * 100;
            let scan = Simulated { id, at, link, visitor, before, today: judged(&today) };
            let mut row = row(&scan, workspace, &self.links[link], user_agent);
            if row.verdict == Verdict::Human {
                let nth = on_link.entry((at / DAY, link, visitor)).or_insert(0);
                *nth += 1;
                row.nth_today = *nth;
                row.first_on_link = *nth == 1;
                row.first_in_workspace = in_workspace.insert((at / DAY, visitor));
                row.visit_type = if *nth == 1 { VisitType::First } else { VisitType::Returning };
            }
            batch::push(&mut frames, &row);
            self.scans.push(scan);
        }
        let written = self.app.server().app().spool.append_frames(&mut frames);
        assert!(matches!(written, spool::Appended::Written(_)), "{written:?}");
    }

    /// All is counted; half of the days are merged, and the user agents of the oldest are gone.
    fn settle(&self) {
        let store = &self.app.server().app().store;
        self.counted("the month", &self.verdicts(|scan| scan.before.0));
        store.seal().unwrap();
        let day = Millis(self.app.now()).utc_day();
        for back in (1..=DAYS as i32).step_by(2) {
            store.merge_day(UtcDay(day.0 - back)).unwrap();
        }
        store.delete_facts_before(Millis(day.start().0 - FACTS * DAY)).unwrap();
    }

    /// The first instant whose user agents are kept.
    fn facts_from(&self) -> i64 {
        Millis(self.app.now()).utc_day().start().0 - FACTS * DAY
    }

    /// As it is after today's rules.
    fn now(&self, scan: &Simulated) -> (Verdict, String) {
        if scan.at < self.facts_from() { scan.before.clone() } else { scan.today.clone() }
    }

    fn verdicts(&self, verdict: impl Fn(&Simulated) -> Verdict) -> Vec<Verdict> {
        self.scans.iter().map(verdict).collect()
    }

    /// Waits until counters are these, and asks every other place that has numbers.
    fn counted(&self, what: &str, verdicts: &[Verdict]) {
        for (number, link) in self.links.iter().enumerate() {
            let own = self.scans.iter().zip(verdicts).filter(|(scan, _)| scan.link == number);
            let human: Vec<&Simulated> =
                own.filter(|(_, verdict)| **verdict == Verdict::Human).map(|(scan, _)| scan).collect();
            let count = human.len() as u64;
            let shown = eventually(&format!("{what}: {count} scans of {}", link.slug), || {
                let shown = self.app.get(&format!("/v1/links/{}", link.id))["link"].take();
                (shown["eventCount"] == count).then_some(shown)
            });
            let last = human.iter().map(|scan| scan.at).max().unwrap();
            assert_eq!(shown["xLastScanAt"], model::Millis(last).timestamp().to_string(), "{what}");
            let visitors: HashSet<(i64, u64)> =
                human.iter().map(|scan| (scan.at / DAY, scan.visitor)).collect();
            let metrics = self.app.get(&format!("/v1/metrics/events?linkId={}", link.id));
            assert_eq!(metrics["totalEvents"], count, "{what}");
            assert_eq!(metrics["xVisitors"], visitors.len(), "{what}");
        }
        let list = self.app.get("/v1/links?pageSize=100");
        let sum = |value: &Value| -> u64 {
            value.as_array().unwrap().iter().map(|link| link["eventCount"].as_u64().unwrap()).sum()
        };
        let humans = verdicts.iter().filter(|verdict| **verdict == Verdict::Human).count();
        assert_eq!(sum(&list["links"]), humans as u64, "{what}: the list's counters");
    }

    /// Reasons by day as the system page tells them, of the days it tells of.
    fn reasons(&self) -> BTreeMap<(String, String, String), u64> {
        let mut reasons = BTreeMap::new();
        for day in self.app.get("/v1/x/system")["verdictDays"].as_array().unwrap() {
            for reason in day["reasons"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let key = (text(&day["day"]), text(&reason["verdict"]), text(&reason["reason"]));
                reasons.insert(key, reason["scans"].as_u64().unwrap());
            }
        }
        reasons
    }

    fn reasons_of(
        &self,
        judged: impl Fn(&Simulated) -> (Verdict, String),
    ) -> BTreeMap<(String, String, String), u64> {
        let mut reasons = BTreeMap::new();
        let since = Millis(self.app.now()).utc_day().start().0 - 13 * DAY;
        for scan in self.scans.iter().filter(|scan| scan.at >= since) {
            let day = Millis(scan.at).timestamp().to_string()[..10].to_owned();
            let (verdict, reason) = judged(scan);
            *reasons.entry((day, verdict.as_str().to_owned(), reason)).or_default() += 1;
        }
        reasons
    }

    fn run(&self, body: Value) -> Value {
        let run = self.app.api("POST", REJUDGE).json(&body).send();
        assert_eq!(run.status, 202, "{run:?}");
        let location = run.header("location").to_owned();
        done(&self.app, &location)
    }
}

/// The run, once it has ended.
fn done(app: &TestApp, path: &str) -> Value {
    let run = eventually("the run", || {
        let run = app.get(path)["run"].take();
        (!run["completedAt"].is_null()).then_some(run)
    });
    assert_eq!(run["status"], "JOB_STATUS_SUCCEEDED", "{run}");
    assert_eq!(run["days"], run["daysDone"], "{run}");
    run
}

fn row<'s>(scan: &'s Simulated, workspace: WorkspaceId, link: &'s Link, user_agent: &'s str) -> Scan<'s> {
    let verdict = scan.before.0;
    Scan {
        id: ScanId(scan.id),
        at: Millis(scan.at),
        workspace,
        link: link.id.parse::<LinkId>().unwrap(),
        slug: &link.slug,
        domain: "127.0.0.1",
        workflow_version: 1,
        path: Path(&[]),
        outcome: Outcome::Redirect,
        status: 302,
        destination: 0,
        action: Action::Scan,
        method: Method::Get,
        verdict,
        reason: &scan.before.1,
        rules_version: 1,
        header_flags: header_flags::PURPOSE_KEPT,
        address_class: AddressClass::PublicV4,
        identity: Identity::Day,
        visitor: scan.visitor,
        first_in_workspace: false,
        first_on_link: false,
        nth_today: 0,
        visit_type: VisitType::Unspecified,
        country: "CH",
        region: "",
        city: "",
        latitude: 0,
        longitude: 0,
        timezone: "",
        asn: 0,
        organisation: "",
        device_type: DeviceType::Mobile,
        device_brand: "",
        device_model: "",
        platform: "",
        platform_version: "",
        browser: "",
        browser_version: "",
        language: "",
        languages: "",
        referrer_host: "",
        utm_source: "",
        utm_medium: "",
        utm_campaign: "",
        utm_term: "",
        utm_content: "",
        parameters: "",
        shared_network: false,
        campaign: Uuid::nil(),
        user_agent,
    }
}

#[test]
fn a_month_is_judged_by_todays_rules_and_every_number_follows() {
    let month = Month::new();
    let app = &month.app;
    assert_eq!(month.reasons(), month.reasons_of(|scan| scan.before.clone()));
    let events = app.events(&month.links[0], month.scans.len() / 3);

    let foretold = month.run(json!({ "dryRun": true }));
    assert_eq!((&foretold["dryRun"], &foretold["restore"]), (&json!(true), &json!(false)));
    assert_eq!(app.events(&month.links[0], events.len()), events, "a dry run changes nothing");
    let run = month.run(json!({}));
    assert_eq!(run["result"], foretold["result"], "what was foretold is what was done");

    let is_kept = |scan: &&Simulated| scan.at >= month.facts_from();
    let moved = month.scans.iter().filter(is_kept).filter(|scan| scan.before != scan.today).count();
    let gone = month.scans.iter().filter(|scan| !is_kept(scan)).count();
    let result = &run["result"];
    let told: u64 =
        result["moved"].as_array().unwrap().iter().map(|row| row["scans"].as_u64().unwrap()).sum();
    assert_eq!((told, &result["scans"]), (moved as u64, &json!(month.scans.len())));
    assert_eq!(result["stayed"][0]["cause"], "user_agent_gone");
    assert_eq!(result["stayed"][0]["scans"], gone);
    let ways: HashSet<(&str, &str)> = result["moved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["verdictBefore"].as_str().unwrap(), row["verdict"].as_str().unwrap()))
        .collect();
    assert!(ways.contains(&("human", "bot")) && ways.contains(&("bot", "human")), "{result}");

    let now = month.verdicts(|scan| month.now(scan).0);
    month.counted("after", &now);
    assert_eq!(month.reasons(), month.reasons_of(|scan| month.now(scan)), "reasons by day");
    let humans = |verdicts: &[Verdict]| verdicts.iter().filter(|one| **one == Verdict::Human).count();
    let before = month.verdicts(|scan| scan.before.0);
    assert_eq!(result["humansBefore"], humans(&before));
    assert_eq!(result["humansAfter"], humans(&now));
    println!(
        "a month by a changed rule: {} scans of {DAYS} days, moved {moved}, stayed {gone}, humans {} -> {}; \
         counters, lists, reasons and analytics equal",
        month.scans.len(),
        humans(&before),
        humans(&now)
    );
    for (number, link) in month.links.iter().enumerate() {
        let own = month.scans.iter().zip(&now).filter(|(scan, _)| scan.link == number);
        let count = own.filter(|(_, verdict)| **verdict == Verdict::Human).count() as u64;
        crate::numbers::agree(app, &json!({ "linkId": link.id }), count);
        let shown = app.get(&format!("/v1/links/{}", link.id))["link"].take();
        assert!(shown["xLifetimeScans"].as_u64() >= shown["eventCount"].as_u64(), "{shown}");
    }
    both_verdicts_are_kept(&month);

    // A second time there is nothing to do; then everything is as it was.
    assert_eq!(month.run(json!({}))["result"]["moved"], json!([]));
    let restored = month.run(json!({ "restore": true }));
    assert_eq!(restored["result"]["humansAfter"], humans(&before));
    month.counted("restored", &before);
    assert_eq!(month.reasons(), month.reasons_of(|scan| scan.before.clone()));
    for (now, before) in app.events(&month.links[0], events.len()).iter().zip(&events) {
        assert_eq!(now, before, "not a field of a scan differs");
    }
    let runs = app.get(REJUDGE)["runs"].take();
    assert_eq!(runs.as_array().unwrap().len(), 4, "{runs}");
    assert_eq!(runs[0]["id"], restored["id"], "the latest first");
}

fn both_verdicts_are_kept(month: &Month) {
    let link = month.scans.iter().filter(|scan| scan.link == 0);
    let known: BTreeMap<String, &Simulated> = link.map(|scan| (scan.id.to_string(), scan)).collect();
    for event in month.app.events(&month.links[0], known.len()) {
        let scan = known[event["id"].as_str().unwrap()];
        let (verdict, reason) = month.now(scan);
        assert_eq!((&event["xVerdict"], &event["xReason"]), (&json!(verdict.as_str()), &json!(reason)));
        let before = &event["xJudgedBefore"];
        if (verdict, reason) == scan.before {
            assert!(before.is_null(), "{event}");
        } else {
            let first =
                json!({ "verdict": scan.before.0.as_str(), "reason": scan.before.1, "rulesVersion": 1 });
            assert_eq!(*before, first, "{event}");
            assert_eq!(event["xRulesVersion"], server::verdict::RULES_VERSION);
        }
    }
}

#[test]
fn what_cannot_be_judged_again_is_refused_with_the_mend() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").create();
    app.scan_by(&link, CURL, "198.51.100.7");
    app.events(&link, 1);
    let refused = |body: Value| app.api("POST", REJUDGE).json(&body).send().refusal(400);
    let today = model::Millis(app.now()).timestamp().to_string();
    let (message, field) = refused(json!({ "startDate": today }));
    assert_eq!(field, "/startDate");
    assert!(message.contains("only UTC days that are over"), "{message}");
    assert_eq!(refused(json!({ "startDate": "yesterday" })).1, "/startDate");
    assert_eq!(refused(json!({ "startDate": "2026-02-02", "endDate": "2026-02-01" })).1, "/endDate");
    // Today's scans are not looked at.
    let accepted = app.api("POST", REJUDGE).json(&json!({ "startDate": "2026-01-01" })).send();
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let run = done(&app, accepted.header("location"));
    assert_eq!((&run["result"]["scans"], &run["days"]), (&json!(0), &json!(0)), "{run}");
    assert!(at(run["endDate"].as_str().unwrap()) < app.now());
    // Another workspace's run is none of ours.
    let theirs = app.other_workspace();
    let path = accepted.header("location").to_owned();
    assert_eq!(app.request("GET", &path).bearer(&theirs).send().status, 404);
    assert_eq!(app.request("GET", REJUDGE).bearer(&theirs).send().expect(200)["runs"], json!([]));
}
