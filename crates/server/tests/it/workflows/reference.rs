//! Random workflows through real redirects, against the naive reading that the engine is held against: what the visitor
//! gets, what the traces and the journey tell of it, and what a pretend scan with the same facts is told.

use super::naive::{self, Walked};
use super::random::{self, Random, Scan};
use super::{Phone, hidden, ids, publish};
use crate::app::{TestApp, at};
use crate::client::{ANDROID, FIREFOX, IPHONE, Link, eventually};
use crate::places::{AUSTIN, MUENCHEN, PARIS};
use model::Millis;
use model::scan::{DeviceType, VisitType};
use model::workflow::attribute::{AttributeValue, Attributes};
use model::workflow::draft::AttributeType;
use model::workflow::payload::ActorValue;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// How many workflows, where `WORKFLOWS` does not say.
const WORKFLOWS: u64 = 60;
const SCANS: u64 = 6;
const ZONE: &str = "Europe/Berlin";
const TAGS: &[&str] = &["poster", "Summer", "flyer"];
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                   Version/18.5 Safari/605.1.15";
const PIXEL: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
                     Chrome/130.0.0.0 Mobile Safari/537.36";
const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// A program that scans: its user agent, and what it tells.
struct Program(&'static str, DeviceType, &'static str, &'static str, &'static str);

const PROGRAMS: &[Program] = &[
    Program(IPHONE, DeviceType::Mobile, "iOS", "Mobile Safari", "Apple"),
    Program(ANDROID, DeviceType::Mobile, "Android", "Chrome Mobile", "Samsung"),
    Program(PIXEL, DeviceType::Mobile, "Android", "Chrome Mobile", "Google"),
    Program(FIREFOX, DeviceType::Desktop, "Windows", "Firefox", ""),
    Program(MAC, DeviceType::Desktop, "Mac OS X", "Safari", "Apple"),
];

/// Where it scans from.
struct Spot(&'static str, &'static str, &'static str, &'static str, Option<(f64, f64)>, u32, &'static str);

const SPOTS: &[Spot] = &[
    Spot(MUENCHEN, "DE", "Bavaria", "München", Some((48.1, 11.6)), 3320, "Deutsche Telekom AG"),
    Spot(PARIS, "FR", "Île-de-France", "Paris", Some((48.9, 2.4)), 13335, "Cloudflare"),
    Spot(AUSTIN, "US", "Texas", "Austin", Some((30.3, -97.7)), 0, ""),
    Spot("198.51.100.7", "", "", "", None, 0, ""),
];

/// A link with a random workflow, as the API tells it.
struct Workflow {
    link: Link,
    wire: Vec<Value>,
    fallback: Option<String>,
    tags: Vec<String>,
    /// The browser that comes again, and how often it has been here.
    cookie: String,
    times: u32,
    expected: Vec<(Walked, Scan)>,
}

/// A browser whose owner has told something of themselves: the cookie that proves it, and what was told.
struct Known {
    cookie: String,
    attributes: Attributes,
}

#[test]
fn random_workflows_redirect_as_the_naive_reading_of_them_does() {
    let count = std::env::var("WORKFLOWS").map_or(WORKFLOWS, |text| text.parse().unwrap());
    let app = TestApp::over(
        &Arc::new(TempDir::new().unwrap()),
        &[("QUIETZONE_TIMEZONE", ZONE)],
        at("2024-02-20T12:00:00Z"),
    );
    app.api("PUT", "/v1/workspace").json(&json!({ "xDataCollection": "advanced" })).send().expect(200);
    let picture =
        json!({ "fileName": "a.pdf", "fileData": "JVBERi0xLjQKJSVFT0YK", "visibility": "VISIBILITY_PUBLIC" });
    let media = app.post("/v1/media", &picture)["media"]["id"].as_str().unwrap().to_owned();
    let known =
        [("pro", "3", "2026-03-29", true), ("Pro", "10", "2026-03-28", false)].map(|told| tell(&app, told));
    let mut workflows: Vec<Workflow> =
        (0..count).map(|seed| make(&app, &mut Random::new(seed), &media)).collect();

    // The clock goes forward only, over all of them.
    let mut random = Random::new(u64::MAX);
    let mut moments: Vec<(Millis, usize)> =
        (0..count * SCANS).map(|number| (random::scan(&mut random).at, (number % count) as usize)).collect();
    moments.sort_unstable();
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for (moment, index) in moments {
        app.advance((moment.0 - app.now()).max(1));
        app.tend_keys();
        let workflow = &mut workflows[index];
        let expected = scan(&app, workflow, &mut random, &known);
        let end = if expected.end.contains("fallback") {
            "fallback"
        } else {
            expected.end.split([' ', ':']).next().unwrap()
        };
        *ends.entry(end.to_owned()).or_default() += 1;
    }
    let mut steps = 0;
    for workflow in &workflows {
        steps += traced(&app, workflow);
    }
    let cases = count * SCANS;
    println!(
        "{cases} scans of {count} workflows, {steps} steps traced, {cases} explained, ends {ends:?}: differences 0"
    );
    assert!(ends.len() >= 4, "the cases would say little if they all ended alike: {ends:?}");
}

/// Answers a form, so that the browser is known.
fn tell(app: &TestApp, (plan, visits, born, member): (&str, &str, &str, bool)) -> Known {
    let link = app.link("https://told.example/").create();
    let [form, exit] = ids();
    let field = |key: &str, kind: &str| {
        let options =
            if kind == "DROPDOWN" { json!([{ "label": "pro" }, { "label": "Pro" }]) } else { json!([]) };
        let (id, kind) = (key.trim_start_matches('$'), format!("FORM_FIELD_TYPE_{kind}"));
        json!({ "id": id, "key": key, "label": key, "type": kind, "options": options })
    };
    let fields = [
        field("$email", "EMAIL"),
        field("plan", "DROPDOWN"),
        field("visits", "NUMBER"),
        field("born", "DATE"),
        field("member", "CHECKBOX"),
    ];
    let form = json!({ "id": form, "payload": { "form": { "formTitle": "You", "formFields": fields } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    publish(app, &link, vec![form, super::redirect(&exit, "https://told.example/")]);
    let mut phone = Phone::new(app);
    let (path, page) = phone.open(&link);
    let trap = hidden(&page, "_t");
    app.advance(3_000);
    // Kept in small letters, as addresses are compared.
    let mail = format!("{plan}-{visits}@e.com").to_lowercase();
    let mut answers =
        vec![("email", mail.as_str()), ("plan", plan), ("visits", visits), ("born", born), ("_t", &trap)];
    answers.extend(member.then_some(("member", "true")));
    let done = phone.post(&path, &answers);
    assert_eq!(done.status, 303, "{done:?}");
    let (_, cookie) =
        phone.cookies.iter().find(|(name, _)| name == "qzv").expect("a browser that is known again");
    let list = app.get(&format!("/v1/visitors?email={mail}"))["json"]["visitors"].take();
    let mut attributes: Attributes = list[0]["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| {
            let text = |name: &str| attribute[name].as_str().unwrap();
            let value = AttributeValue::new(AttributeType::from_word(text("type")).unwrap(), text("value"));
            (text("key").to_owned(), value)
        })
        .collect();
    attributes.insert("$email".to_owned(), AttributeValue::text(mail));
    assert!(attributes.len() >= 4, "{attributes:?}");
    Known { cookie: format!("qzv={cookie}"), attributes }
}

/// Makes a link with a random workflow. What the API refuses of it, a redirect takes the place of.
fn make(app: &TestApp, random: &mut Random, media: &str) -> Workflow {
    let tags: Vec<String> = TAGS.iter().filter(|_| random.chance(40)).map(|tag| (*tag).to_owned()).collect();
    let fallback = random.chance(70).then(|| "https://fallback.example/".to_owned());
    let mut link = app.link("https://example.com/").with("tags", json!(tags));
    if let Some(fallback) = &fallback {
        link = link.with("fallbackDestination", json!(fallback));
    }
    let link = link.create();
    let (entry, _) = super::ends(app, &link);
    let mut steps = random::workflow(random);
    // Ids of steps are of one link only, and the entry has one already.
    let mut text = serde_json::to_string(&steps).unwrap();
    // A step that is gone cannot be named by the API.
    text = text.replace(&format!("\"{}\"", Uuid::from_u128(100)), "null");
    for number in 1..=20u128 {
        let id = if number == 1 { entry.clone() } else { Uuid::new_v4().to_string() };
        text = text.replace(&Uuid::from_u128(number).to_string(), &id);
    }
    text = text
        .replace("\"mediaId\":\"m\"", &format!("\"mediaId\":\"{media}\""))
        .replace("\"menu\"", &format!("\"{}\"", link.slug));
    steps = serde_json::from_str(&text).unwrap();
    for step in &mut steps {
        if let Some(Value::Array(options)) = step.pointer_mut("/payload/xSplit/options") {
            // Which way a split goes is tested elsewhere; here nobody could tell it beforehand.
            options.iter_mut().skip(1).for_each(|option| option["weight"] = json!(0));
        }
    }
    while let Err(faults) = try_to_publish(app, &link, &mut steps) {
        mend(&mut steps, faults);
    }
    let mut told = app.get(&format!("/v1/links/{}/workflow-steps?pageSize=100", link.id));
    let wire = told["workflowSteps"].as_array_mut().unwrap().drain(..).collect();
    Workflow { link, wire, fallback, tags, cookie: String::new(), times: 0, expected: Vec::new() }
}

/// Publishes the steps as the link's draft; what is refused names its places.
fn try_to_publish(app: &TestApp, link: &Link, steps: &mut Vec<Value>) -> Result<(), Vec<String>> {
    let path = format!("/v1/x/links/{}/workflow", link.id);
    let revision = app.get(&path)["draft"]["revision"].as_i64().unwrap_or(0);
    let body = json!({ "revision": revision, "steps": steps });
    let mut answer = app.api("PUT", &format!("{path}/draft")).json(&body).send();
    if answer.status == 200 {
        let mut kept = answer.expect(200);
        // What is wrong with them is told by the places they have there.
        *steps = kept["steps"].as_array_mut().unwrap().drain(..).collect();
        let body = json!({ "revision": kept["draft"]["revision"], "force": true });
        answer = app.api("POST", &format!("{path}/publish")).json(&body).send();
    }
    if answer.status == 200 {
        return Ok(());
    }
    let told = answer.expect(400);
    Err(told["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|detail| detail["field"].as_str().unwrap().to_owned())
        .collect())
}

/// Takes out the tests and options that cannot be published; a step that is wrong as a whole becomes a redirect.
fn mend(steps: &mut [Value], mut faults: Vec<String>) {
    let item = |field: &String| {
        let end = field.rfind(|c: char| c.is_ascii_digit()).unwrap() + 1;
        field[..end].to_owned()
    };
    faults = faults.iter().map(item).collect();
    // One at a time: a place is not where it was once something before it is gone.
    faults.truncate(1);
    for item in faults.iter().rev() {
        let (list, index) = item.rsplit_once('/').unwrap();
        let index: usize = index.parse().unwrap();
        match list.strip_prefix("/steps/").and_then(|rest| rest.split_once('/')) {
            Some((step, rest)) => {
                let step = &mut steps[step.parse::<usize>().unwrap()];
                let Some(Value::Array(items)) = step.pointer_mut(&format!("/{rest}")) else {
                    panic!("{item} of {step}")
                };
                items.remove(index);
            }
            // An entry that leads nowhere gets the step that all others come before.
            None if steps[index]["payload"].get("linkVisit").is_some() => {
                let last = steps
                    .iter()
                    .find(|step| step["payload"]["clientRedirect"]["destination"] == "https://last.example/");
                let branch = json!({ "branchId": "next", "nextStepId": last.unwrap()["id"] });
                assert_ne!(steps[index]["branches"][0], branch, "{item}");
                steps[index]["branches"] = json!([branch]);
            }
            None => {
                let mended = super::redirect(steps[index]["id"].as_str().unwrap(), "https://mended.example/");
                assert_ne!(steps[index], mended, "{item}");
                steps[index] = mended;
            }
        }
    }
}

/// Scans with a random program from a random place, and looks at what comes.
fn scan(app: &TestApp, workflow: &mut Workflow, random: &mut Random, known: &[Known]) -> Walked {
    let Program(agent, device_type, platform, browser, brand) =
        &PROGRAMS[random.below(PROGRAMS.len() as u64) as usize];
    let Spot(address, country, region, city, point, asn, organisation) =
        SPOTS[random.below(SPOTS.len() as u64) as usize];
    // 0 and 1: asks not to be told apart; 2: a program; 3 to 5: somebody who is known; then one that comes again.
    let who = random.below(12);
    let (polite, bot) = (who < 2, who == 2);
    let person = (3..6).contains(&who).then(|| &known[random.below(known.len() as u64) as usize]);
    let again = who >= 6 && random.chance(80);
    let random = random::scan(random);
    let (visit_type, nth) = match (polite || bot, again) {
        (true, _) => (VisitType::Unspecified, None),
        (_, true) if workflow.times > 0 => (VisitType::Returning, Some(workflow.times + 1)),
        _ => (VisitType::First, Some(1)),
    };
    let facts = Scan {
        at: Millis(app.now()),
        zone: jiff::tz::TimeZone::get(ZONE).unwrap(),
        country,
        region,
        city,
        point,
        device_type: if bot { DeviceType::Unknown } else { *device_type },
        platform: if bot { "" } else { platform },
        browser: if bot { "Googlebot" } else { browser },
        brand: if bot { "" } else { brand },
        actor: if bot { ActorValue::Bot } else { ActorValue::Human },
        visit_type,
        nth,
        asn,
        organisation,
        placement: workflow.link.slug.clone().leak(),
        tags: workflow.tags.clone(),
        attributes: Some(person.map(|person| person.attributes.clone()).unwrap_or_default()),
        ..random
    };
    let expected = naive::walk(&workflow.wire, workflow.fallback.as_deref(), &facts);

    let mark = if facts.query_text.is_empty() { "" } else { "?" };
    let mut request = app
        .request("GET", &format!("/{}{mark}{}", workflow.link.slug, facts.query_text))
        .agent(if bot { GOOGLEBOT } else { agent })
        .from(address)
        .header("accept", "text/html,application/xhtml+xml")
        .header("accept-language", &facts.languages_text);
    if !facts.referrer.is_empty() {
        request = request.header("referer", &format!("https://{}/page", facts.referrer));
    }
    if polite {
        request = request.header("sec-gpc", "1");
    }
    let cookie = if again { &workflow.cookie } else { "" };
    let cookies: Vec<&str> =
        [cookie, person.map_or("", |person| &person.cookie)].into_iter().filter(|c| !c.is_empty()).collect();
    if !cookies.is_empty() {
        request = request.header("cookie", &cookies.join("; "));
    }
    let answer = request.send();
    let context =
        || format!("{facts:?}\n{answer:?}\n{}", serde_json::to_string_pretty(&workflow.wire).unwrap());
    match expected.end.split_once(' ') {
        _ if expected.end == "error" => assert_eq!(answer.status, 404, "{}", context()),
        Some(("page" | "media", _)) => {
            assert!(
                matches!(answer.status, 302 | 303) && answer.location().starts_with("/r/"),
                "{}",
                context()
            );
            let page = app.request("GET", answer.location()).agent(agent).from(address).send();
            let is_page = expected.end.starts_with("page");
            assert!(
                matches!((page.status, is_page), (200, true) | (302 | 303, false)),
                "{page:?}{}",
                context()
            );
        }
        _ => {
            assert_eq!(answer.status, 302, "{}", context());
            // Parameters that are passed on come behind.
            let location = answer.location().split('?').next().unwrap();
            assert_eq!(location, expected.end, "{}", context());
        }
    }
    if again || (who >= 6 && workflow.times == 0) {
        let flag = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        workflow.cookie = flag;
        workflow.times += 1;
    }
    explained(app, workflow, &facts, &expected, &context());
    workflow
        .expected
        .push((Walked { way: expected.way.clone(), end: expected.end.clone(), ..expected }, facts));
    expected
}

/// A pretend scan with the same facts is told the same.
fn explained(app: &TestApp, workflow: &Workflow, facts: &Scan, expected: &Walked, context: &str) {
    let attributes: HashMap<&str, Value> = facts
        .attributes
        .iter()
        .flatten()
        .map(|(key, attribute)| (key.as_str(), json!({ "type": attribute.kind, "value": attribute.value })))
        .collect();
    let device = facts.device_type.as_str().to_uppercase();
    let visit = if facts.visit_type == VisitType::Unspecified { "" } else { facts.visit_type.as_str() };
    let pretend = json!({ "scan": {
        "at": facts.at.timestamp().to_string(), "country": facts.country, "region": facts.region, "city": facts.city,
        "latitude": facts.point.map(|point| point.0), "longitude": facts.point.map(|point| point.1),
        "language": facts.languages_text, "deviceType": device, "platform": facts.platform, "browser": facts.browser,
        "brand": facts.brand, "actor": if facts.actor == ActorValue::Bot { "BOT" } else { "HUMAN" },
        "visitType": visit, "nth": facts.nth, "referrer": facts.referrer, "query": facts.query_text,
        "asn": facts.asn, "organisation": facts.organisation, "placement": facts.placement, "attributes": attributes,
    } });
    let told = app.post(&format!("/v1/x/links/{}/explain", workflow.link.id), &pretend);
    let way: Vec<(String, String)> = told["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            let text = |name: &str| step[name].as_str().unwrap_or("").to_owned();
            (text("stepId"), text("branchId"))
        })
        .collect();
    assert_eq!(way, expected.way, "explained {pretend}\n{context}");
    let end = &told["end"];
    match expected.end.split_once(' ') {
        Some((_, step)) => assert_eq!(end["stepId"], step, "explained {told}\n{context}"),
        None if expected.end == "error" => assert_eq!(end["outcome"], "error", "explained {told}\n{context}"),
        None => assert_eq!(end["destination"], expected.end.as_str(), "explained {told}\n{context}"),
    }
}

/// The traces and the journey of every scan of a link tell the way it went; returns how many steps.
fn traced(app: &TestApp, workflow: &Workflow) -> usize {
    let count = workflow.expected.len();
    let path = format!("/v1/events?linkId={}&verdict=all&pageSize=100&include=journey", workflow.link.id);
    let events = eventually("the scans", || {
        let page = app.get(&path)["json"]["events"].take();
        (page.as_array().unwrap().len() == count).then_some(page)
    });
    let events = events.as_array().unwrap();
    let mut steps = 0;
    for (event, (expected, facts)) in events.iter().rev().zip(&workflow.expected) {
        let path = format!("/v1/events/{}/traces", event["id"].as_str().unwrap());
        let way = eventually("the traces", || {
            let traces = app.get(&path)["traces"].take();
            let way: Vec<(String, String)> = traces
                .as_array()
                .unwrap()
                .iter()
                .map(|trace| {
                    let text = |name: &str| trace[name].as_str().unwrap_or("").to_owned();
                    (text("xStepId"), text("xBranchId"))
                })
                .collect();
            (way.len() >= expected.way.len()).then_some(way)
        });
        assert_eq!(way[..expected.way.len()], expected.way[..], "{facts:?}\n{:?}", workflow.wire);
        let conditions =
            expected.way.iter().filter(|(_, branch)| !branch.is_empty() && branch != "next").count();
        let reached = (expected.way.len() - conditions) as u64;
        assert_eq!(event["journey"]["stepsReached"], reached, "{event}\n{facts:?}\n{:?}", workflow.wire);
        steps += expected.way.len();
    }
    steps
}
