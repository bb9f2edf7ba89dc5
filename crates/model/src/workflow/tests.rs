//! Walks through small workflows, in the words of the product.

use super::attribute::{AttributeValue, Attributes};
use super::*;
use crate::ids::StepId;
use crate::life::Window;
use crate::scan::{DeviceType, NO_DESTINATION, Outcome, Path, VisitType};
use crate::time::Millis;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

fn id(n: u128) -> StepId {
    StepId(Uuid::from_u128(n))
}

/// A step: its number, payload, and where `next` leads.
fn step(n: u128, payload: Value, next: Option<u128>) -> Value {
    let branches: Vec<_> =
        next.iter().map(|next| json!({ "branchId": "next", "nextStepId": id(*next) })).collect();
    json!({ "id": id(n), "payload": payload, "branches": branches })
}

fn redirect(n: u128, to: &str) -> Value {
    step(n, json!({ "clientRedirect": { "destination": format!("https://{to}/") } }), None)
}

fn entry(next: Option<u128>) -> Value {
    step(1, json!({ "linkVisit": {} }), next)
}

fn compile(steps: &[Value]) -> Workflow {
    let steps = steps.iter().map(|step| StepDraft::from_wire(step.clone()).unwrap()).collect();
    Graph::new(steps, Some("https://fallback/".into()), None).compile(1)
}

/// Name of the place a scan ends at.
fn end(workflow: &Workflow, facts: &Facts<'_>) -> String {
    let decision = advance(workflow, Some(0), facts, &mut Vec::new());
    match (decision.page, decision.media, workflow.destination(decision.destination)) {
        (Some(page), ..) => format!("page {page}"),
        (_, Some(media), _) => format!("media {media}"),
        (_, _, Some(to)) => to.as_str().trim_start_matches("https://").trim_end_matches('/').to_owned(),
        _ => format!("{:?}", decision.outcome),
    }
}

/// An entry and a condition whose first option leads to `yes`, whose second to `also`, and else to `no`.
fn fork(key: &str, list: &str, extra: Value, options: &[Value]) -> Workflow {
    let mut body = extra;
    let ways = [id(3), id(4)];
    body[list] = options
        .iter()
        .zip(ways)
        .map(|(option, way)| {
            let mut option = option.clone();
            option["nextStepId"] = json!(way);
            option
        })
        .collect();
    body["elseNextStepId"] = json!(id(5));
    compile(&[
        entry(Some(2)),
        step(2, json!({ key: body }), None),
        redirect(3, "yes"),
        redirect(4, "also"),
        redirect(5, "no"),
    ])
}

/// A fork on one rule of ours.
fn rule(mode: &str, tests: Value) -> Workflow {
    fork("xRulesCondition", "options", json!({}), &[json!({ "match": mode, "tests": tests })])
}

fn at(text: &str) -> Millis {
    text.parse::<jiff::Timestamp>().unwrap().into()
}

#[test]
fn a_plain_link_goes_from_its_entry_to_its_redirect() {
    let workflow = compile(&[entry(Some(2)), redirect(2, "e.com")]);
    let mut path = Vec::new();
    let decision = advance(&workflow, Some(0), &Facts::at(Millis(0)), &mut path);
    assert_eq!((decision.outcome, decision.destination), (Outcome::Redirect, 0));
    assert_eq!(Path(&path).steps().collect::<Vec<_>>(), [(0, 0), (1, Path::NO_BRANCH)]);
    assert_eq!(workflow.needs(), Needs::NONE);
    assert_eq!(workflow.only_destination().unwrap().as_str(), "https://e.com/");
    assert_eq!(workflow.redirects().count(), 1);
    assert!(size_of::<Step>() <= 40 && size_of::<Workflow>() <= 72, "a million plain links lie in memory");
}

#[test]
fn a_way_that_leads_nowhere_falls_back() {
    let empty = step(2, json!({ "clientRedirect": {} }), None);
    let split = step(2, json!({ "xSplit": { "options": [] } }), None);
    for steps in [
        vec![],
        vec![entry(None)],
        vec![entry(Some(1))],
        vec![entry(Some(9))],
        vec![entry(Some(2)), empty],
        vec![entry(Some(2)), split],
    ] {
        let workflow = compile(&steps);
        assert_eq!(end(&workflow, &Facts::at(Millis(0))), "fallback");
        assert_eq!(workflow.only_destination(), None);
        let without = Workflow { fallback: None, ..workflow };
        assert_eq!(end(&without, &Facts::at(Millis(0))), "Error");
    }
}

#[test]
fn the_end_of_a_link_has_its_own_destination() {
    let steps = [entry(None)].map(|step| StepDraft::from_wire(step).unwrap()).to_vec();
    let with = Graph::new(steps.clone(), Some("https://f/".into()), Some("https://x/".into())).compile(1);
    let without = Graph::new(steps, None, None).compile(1);
    let over = Window { expires_at: Some(Millis(5)), ..Window::default() };
    let of = |window, workflow: &Workflow| {
        let decision = decide(window, workflow, &Facts::at(Millis(9)), &mut Vec::new());
        (decision.outcome, decision.destination)
    };
    assert_eq!(of(Window::default(), &with), (Outcome::Fallback, 0));
    assert_eq!(of(Window::default(), &without), (Outcome::Error, NO_DESTINATION));
    assert_eq!(of(over, &with), (Outcome::Ended, 1));
    assert_eq!(of(over, &without), (Outcome::Ended, NO_DESTINATION));
    assert_eq!(of(Window { ended: true, ..over }, &with), (Outcome::Ended, NO_DESTINATION), "deleted");
    assert_eq!(of(Window { archived: true, ..Window::default() }, &with), (Outcome::Ended, 1));
    assert_eq!(of(Window { paused: true, ..Window::default() }, &with), (Outcome::Paused, NO_DESTINATION));
}

#[test]
fn a_walk_stops_at_a_page_and_goes_on_behind_it() {
    let buttons = json!([{ "id": "a", "nextStepId": id(3) }, { "id": "b", "nextStepId": id(4) }]);
    let workflow = compile(&[
        entry(Some(2)),
        step(2, json!({ "multiLink": { "buttons": buttons } }), None),
        redirect(3, "a"),
        step(4, json!({ "openMedia": { "mediaId": "m" } }), None),
    ]);
    let facts = Facts::at(Millis(0));
    assert_eq!(end(&workflow, &facts), "page 1");
    let decision = advance(&workflow, workflow.next(1, 0), &facts, &mut Vec::new());
    assert_eq!(decision.destination, 0);
    let decision = advance(&workflow, workflow.next(1, 1), &facts, &mut Vec::new());
    assert_eq!((decision.outcome, decision.media), (Outcome::Redirect, Some(3)));
    assert_eq!(fall_back(&workflow).outcome, Outcome::Fallback);
    assert_eq!(advance(&workflow, workflow.next(1, 2), &facts, &mut Vec::new()).outcome, Outcome::Fallback);
}

#[test]
fn lunch_and_dinner_across_the_change_of_the_clock() {
    let ranges = [
        json!({ "startTime": "11:00", "endTime": "15:00" }),
        json!({ "startTime": "17:30", "endTime": "01:00" }),
    ];
    let workflow = fork("timeOfDayCondition", "ranges", json!({}), &ranges);
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let zoned = |workflow: &Workflow, time: &str| {
        end(workflow, &Facts { zone: Some(&berlin), ..Facts::at(at(time)) })
    };
    // The last day of winter time and the first of summer time.
    assert_eq!(zoned(&workflow, "2026-03-28T10:00:00Z"), "yes", "11:00");
    assert_eq!(zoned(&workflow, "2026-03-29T09:00:00Z"), "yes", "11:00");
    assert_eq!(zoned(&workflow, "2026-03-29T08:59:59Z"), "no", "10:59");
    assert_eq!(zoned(&workflow, "2026-03-29T13:00:00Z"), "no", "15:00");
    assert_eq!(zoned(&workflow, "2026-03-29T22:59:00Z"), "also", "00:59, across midnight");
    assert_eq!(zoned(&workflow, "2026-03-29T23:00:00Z"), "no", "01:00");
    // A zone of the step's own wins over the workspace's.
    let tokyo = fork("timeOfDayCondition", "ranges", json!({ "xTimezone": "Asia/Tokyo" }), &ranges);
    assert_eq!(zoned(&tokyo, "2026-03-29T02:00:00Z"), "yes");
    assert!(tokyo.needs().contains(Needs::ZONE));
    // The hour that is skipped is never; the one that is repeated is twice.
    let night = fork(
        "timeOfDayCondition",
        "ranges",
        json!({}),
        &[json!({ "startTime": "02:00", "endTime": "03:00" })],
    );
    for minute in 0..180 {
        let time = at("2026-03-29T00:00:00Z").plus(minute * 60_000);
        assert_eq!(end(&night, &Facts { zone: Some(&berlin), ..Facts::at(time) }), "no");
    }
    for (time, way) in
        [("2026-10-25T00:30:00Z", "yes"), ("2026-10-25T01:30:00Z", "yes"), ("2026-10-25T02:00:00Z", "no")]
    {
        assert_eq!(zoned(&night, time), way);
    }
}

#[test]
fn days_of_week_month_and_year() {
    let of = |workflow: &Workflow, time: &str| end(workflow, &Facts::at(at(time)));
    let weekend = fork("dayOfWeekCondition", "options", json!({}), &[json!({ "daysOfWeek": [0, 6] })]);
    assert_eq!(of(&weekend, "2026-03-29T23:59:59Z"), "yes", "a Sunday");
    assert_eq!(of(&weekend, "2026-03-30T00:00:00Z"), "no");
    let month = fork(
        "dayOfMonthCondition",
        "options",
        json!({}),
        &[json!({ "dayOfMonth": -1 }), json!({ "dayOfMonth": 28 })],
    );
    assert_eq!(of(&month, "2026-02-28T12:00:00Z"), "yes", "the last wins: it is listed first");
    assert_eq!(of(&month, "2024-02-28T12:00:00Z"), "also");
    assert_eq!(of(&month, "2024-02-29T12:00:00Z"), "yes");
    let dates = [json!({ "day": 24, "month": 12 }), json!({ "day": 1, "month": 5, "year": 2026 })];
    let dates = fork("specificDateCondition", "options", json!({}), &dates);
    assert_eq!(of(&dates, "2031-12-24T00:00:00Z"), "yes");
    assert_eq!(of(&dates, "2026-05-01T00:00:00Z"), "also");
    assert_eq!(of(&dates, "2027-05-01T00:00:00Z"), "no");
    let range = rule("ALL", json!([{ "fact": "DATE_RANGE", "from": "2026-05-01", "to": "2026-05-02" }]));
    assert_eq!(of(&range, "2026-05-02T23:59:59Z"), "yes", "the last day is included");
    assert_eq!(of(&range, "2026-05-03T00:00:00Z"), "no");
    let until = rule("ALL", json!([{ "fact": "DATE_RANGE", "to": "2026-05-01T10:00:00+02:00" }]));
    assert_eq!(of(&until, "2026-05-01T07:59:59Z"), "yes");
    assert_eq!(of(&until, "2026-05-01T08:00:00Z"), "no");
}

#[test]
fn places_and_what_is_not_known() {
    let facts = Facts {
        country: "DE",
        city: "München",
        region: "Bavaria",
        point: Some((48.14, 11.58)),
        ..Facts::at(Millis(0))
    };
    let nowhere = Facts::at(Millis(0));
    let country = fork(
        "countryCondition",
        "countries",
        json!({}),
        &[json!({ "countryCode": "FR" }), json!({ "countryCode": "de" })],
    );
    assert_eq!((end(&country, &facts), end(&country, &nowhere)), ("also".into(), "no".into()));
    assert!(country.needs().contains(Needs::PLACE));
    let test = |test: Value| rule("ALL", json!([test]));
    let not_french = test(json!({ "fact": "COUNTRY", "operator": "IS_NOT", "value": "FR" }));
    assert_eq!((end(&not_french, &facts), end(&not_french, &nowhere)), ("yes".into(), "no".into()));
    let city = test(json!({ "fact": "CITY", "operator": "IN", "values": ["Berlin", "MÜNCHEN"] }));
    assert_eq!((end(&city, &facts), end(&city, &nowhere)), ("yes".into(), "no".into()));
    let region = test(json!({ "fact": "REGION", "operator": "STARTS_WITH", "value": "bav" }));
    assert_eq!(end(&region, &facts), "yes");
    let around = |km: f64, operator: &str| {
        test(
            json!({ "fact": "RADIUS", "operator": operator, "latitude": 48.37, "longitude": 10.9, "radiusKm": km }),
        )
    };
    assert_eq!(end(&around(60.0, "IS"), &facts), "yes", "Augsburg is 57 km away");
    assert_eq!(end(&around(50.0, "IS"), &facts), "no");
    assert_eq!(
        (end(&around(50.0, "IS_NOT"), &facts), end(&around(50.0, "IS_NOT"), &nowhere)),
        ("yes".into(), "no".into())
    );
}

#[test]
fn devices_are_known_by_the_contracts_words_and_by_their_names() {
    let facts = Facts {
        device_type: DeviceType::Tablet,
        platform: "iOS",
        browser: "Mobile Safari",
        brand: "XiaoMi",
        actor: payload::ActorValue::Agent,
        ..Facts::at(Millis(0))
    };
    for (key, prefix, value) in [
        ("deviceTypeCondition", "DEVICE_TYPE", "TABLET"),
        ("devicePlatformCondition", "DEVICE_PLATFORM", "IOS"),
        ("deviceBrowserCondition", "DEVICE_BROWSER", "SAFARI"),
        ("deviceBrandCondition", "DEVICE_BRAND", "XIAOMI"),
        ("deviceActorCondition", "DEVICE_ACTOR", "AGENT"),
    ] {
        let option = json!({ "value": format!("{prefix}_CONDITION_VALUE_{value}") });
        let workflow = fork(key, "options", json!({}), &[option]);
        assert_eq!(end(&workflow, &facts), "yes", "{key}");
        let nobody = end(&workflow, &Facts::at(Millis(0)));
        assert_eq!(nobody, "no", "{key}");
    }
    let unknown = json!({ "value": "DEVICE_TYPE_CONDITION_VALUE_UNKNOWN" });
    assert_eq!(
        end(&fork("deviceTypeCondition", "options", json!({}), &[unknown]), &Facts::at(Millis(0))),
        "yes"
    );
    for (fact, value) in [
        ("PLATFORM", "DEVICE_PLATFORM_CONDITION_VALUE_IOS"),
        ("BROWSER", "mobile safari"),
        ("BRAND", "XIAOMI"),
    ] {
        let workflow = rule("ALL", json!([{ "fact": fact, "operator": "IS", "value": value }]));
        assert_eq!(end(&workflow, &facts), "yes", "{fact}");
    }
}

#[test]
fn first_or_repeat_and_the_nth_scan() {
    let options = [json!({ "value": "VISIT_TYPE_FIRST" }), json!({ "value": "VISIT_TYPE_RETURNING" })];
    let workflow = fork("visitTypeCondition", "options", json!({}), &options);
    assert_eq!(workflow.needs(), Needs::VISIT_TYPE);
    let of = |visit_type| end(&workflow, &Facts { visit_type, ..Facts::at(Millis(0)) });
    assert_eq!(of(VisitType::First), "yes");
    assert_eq!(of(VisitType::Returning), "also");
    assert_eq!(of(VisitType::Unspecified), "no", "GPC, or level NONE");
    let nth = |test: Value, nth| end(&rule("ALL", json!([test])), &Facts { nth, ..Facts::at(Millis(0)) });
    let between = json!({ "fact": "NTH_SCAN", "operator": "BETWEEN", "from": 2, "to": 3 });
    assert_eq!(
        [nth(between.clone(), Some(1)), nth(between.clone(), Some(3)), nth(between, None)],
        ["no", "yes", "no"]
    );
    let not_first = json!({ "fact": "NTH_SCAN", "operator": "IS_NOT", "value": 1 });
    assert_eq!([nth(not_first.clone(), Some(2)), nth(not_first, None)], ["yes", "no"]);
}

#[test]
fn what_the_request_carries() {
    let tags = ["Poster".to_owned(), "summer".to_owned()];
    let facts = Facts {
        languages: "fr-ch,de,en",
        referrer_host: "www.example.com",
        query: "utm_source=Flyer&table=7&empty=",
        asn: 13335,
        organisation: "Cloudflare, Inc.",
        placement: "door-3",
        tags: &tags,
        ..Facts::at(Millis(0))
    };
    for (test, with, without) in [
        (json!({ "fact": "LANGUAGE", "operator": "IS", "value": "FR" }), "yes", "no"),
        (json!({ "fact": "LANGUAGE", "operator": "IS", "value": "de" }), "no", "no"),
        (json!({ "fact": "LANGUAGE", "operator": "CONTAINS", "value": "de" }), "yes", "no"),
        (json!({ "fact": "LANGUAGE", "operator": "IS_NOT", "value": "de" }), "yes", "no"),
        (json!({ "fact": "REFERRER", "operator": "IS", "value": "example.com" }), "yes", "no"),
        (json!({ "fact": "REFERRER", "operator": "IS_NOT", "value": "example.com" }), "no", "yes"),
        (json!({ "fact": "UTM_SOURCE", "operator": "IS", "value": "flyer" }), "yes", "no"),
        (json!({ "fact": "PARAMETER", "name": "table", "operator": "IN", "values": [6, 7] }), "yes", "no"),
        (
            json!({ "fact": "PARAMETER", "name": "table", "operator": "NOT_CONTAINS", "value": "8" }),
            "yes",
            "yes",
        ),
        (json!({ "fact": "NETWORK", "operator": "IS", "value": "AS13335" }), "yes", "no"),
        (json!({ "fact": "NETWORK", "operator": "CONTAINS", "value": "cloudflare" }), "yes", "no"),
        (json!({ "fact": "NETWORK", "operator": "IS_NOT", "value": "1" }), "yes", "no"),
        (json!({ "fact": "PLACEMENT", "operator": "STARTS_WITH", "value": "DOOR" }), "yes", "no"),
        (json!({ "fact": "TAG", "operator": "IS", "value": "poster" }), "yes", "no"),
        (json!({ "fact": "TAG", "operator": "IS_NOT", "value": "poster" }), "no", "yes"),
    ] {
        let workflow = rule("ALL", json!([test]));
        assert_eq!(
            (&*end(&workflow, &facts), &*end(&workflow, &Facts::at(Millis(0)))),
            (with, without),
            "{test}"
        );
    }
}

#[test]
fn rules_join_tests_by_and_and_by_or() {
    let tests = json!([
        { "fact": "COUNTRY", "operator": "IS", "value": "DE" },
        { "fact": "DEVICE_TYPE", "operator": "IS", "value": "MOBILE" },
    ]);
    let both = Facts { country: "DE", device_type: DeviceType::Mobile, ..Facts::at(Millis(0)) };
    let one = Facts { country: "DE", ..Facts::at(Millis(0)) };
    let (all, any) = (rule("ALL", tests.clone()), rule("ANY", tests));
    assert_eq!([end(&all, &both), end(&all, &one), end(&any, &one)], ["yes", "no", "yes"]);
    assert_eq!(end(&any, &Facts::at(Millis(0))), "no");
    for mode in ["ALL", "ANY"] {
        assert_eq!(end(&rule(mode, json!([])), &both), "no", "a rule without tests fits nobody");
    }
}

#[test]
fn attributes_that_could_not_be_read_go_by_else() {
    let option = json!({ "attributeKey": "plan", "operator": "string_not_equals", "comparisonValue": "pro" });
    let workflow = fork("visitorDataCondition", "options", json!({}), &[option]);
    assert_eq!(workflow.needs(), Needs::ATTRIBUTES);
    let with = |attributes| {
        advance(&workflow, Some(0), &Facts { attributes, ..Facts::at(Millis(0)) }, &mut Vec::new())
    };
    let pro = Attributes::from([("plan".to_owned(), AttributeValue::text("pro"))]);
    let nobody = Attributes::new();
    let end = |decision: Decision| (decision.destination, decision.attributes_missing);
    assert_eq!(end(with(Some(&pro))), (2, false));
    assert_eq!(end(with(Some(&nobody))), (0, false), "absent reads as empty");
    assert_eq!(end(with(None)), (2, true));
}

#[test]
fn a_split_holds_on_to_its_visitors_and_shares_out_by_weight() {
    let options = [json!({ "id": "a", "weight": 1 }), json!({ "id": "b", "weight": 3 })];
    let workflow = fork("xSplit", "options", json!({ "sticky": "VISITOR" }), &options);
    let of = |workflow: &Workflow, visitor_seed, scan_seed| {
        end(workflow, &Facts { visitor_seed, scan_seed, ..Facts::at(Millis(0)) })
    };
    let b = (0..4000).filter(|seed| of(&workflow, Some(*seed), 0) == "also").count();
    assert!((2900..3100).contains(&b), "{b} of 4000 for three quarters");
    assert!((0..50).all(|scan| of(&workflow, Some(7), scan) == of(&workflow, Some(7), 0)));
    let scans = fork("xSplit", "options", json!({ "sticky": "SCAN" }), &options);
    assert!((0..50).any(|scan| of(&scans, Some(7), scan) != of(&scans, Some(7), 0)));
    assert!((workflow.needs(), scans.needs()) == (Needs::VISITOR_SEED, Needs::NONE));
}

#[test]
fn a_journey_counts_what_visitors_see() {
    let workflow = compile(&[
        entry(Some(2)),
        step(2, json!({ "messagePage": { "title": "Hello" } }), Some(3)),
        step(
            3,
            json!({ "countryCondition": { "countries": [{ "countryCode": "FR", "nextStepId": id(4) }], "elseNextStepId": id(5) } }),
            None,
        ),
        step(4, json!({ "messagePage": { "title": "Bonjour" } }), Some(5)),
        redirect(5, "e.com"),
    ]);
    let of = |walked: &[(u16, u16)]| {
        let journey = journey(&workflow, walked.iter().copied());
        (journey.steps_reached, journey.steps_total, journey.completed)
    };
    let stands = Path::NO_BRANCH;
    assert_eq!(of(&[(0, 0), (1, stands)]), (2, 3, false), "by else, the shortest way");
    assert_eq!(of(&[(0, 0), (1, stands), (1, 0), (2, 0), (3, stands)]), (3, 4, false));
    assert_eq!(of(&[(0, 0), (1, stands), (1, 0), (2, 1), (4, stands)]), (3, 3, true));
    assert_eq!(of(&[]), (0, 0, false));
}

#[test]
fn a_pretend_scan_is_told_its_way() {
    let steps = [
        entry(Some(2)),
        step(
            2,
            json!({ "countryCondition": { "countries": [{ "countryCode": "FR", "nextStepId": id(4) }], "elseNextStepId": id(3) } }),
            None,
        ),
        step(
            3,
            json!({ "xRulesCondition": { "options": [{ "id": "r", "name": "Near", "tests": [
            { "fact": "CITY", "operator": "IN", "values": ["Ulm", "Augsburg"] },
            { "fact": "RADIUS", "latitude": 48.4, "longitude": 10.0, "radiusKm": 30 },
        ], "nextStepId": id(4) }] } }),
            None,
        ),
        redirect(4, "e.com"),
    ];
    let steps = steps.map(|step| StepDraft::from_wire(step).unwrap()).to_vec();
    let graph = Graph::new(steps, None, None);
    let workflow = graph.compile(1);
    let facts = Facts { country: "DE", city: "Ulm", point: Some((48.4, 10.1)), ..Facts::at(Millis(0)) };
    let told = explain(&graph, &workflow, Window::default(), &facts);
    let texts: Vec<_> = told.steps.iter().map(|step| step.text.as_str()).collect();
    let expected = [
        "the scan arrives",
        "no option fits, so \"otherwise\" is taken",
        "\"Near\" fits",
        "the redirect \"https://e.com/\" is the way out",
    ];
    assert_eq!(texts, expected);
    assert_eq!(told.steps[1].tests, ["the country is FR: no, it is DE"]);
    assert_eq!(told.steps[2].tests[0], "the city is Ulm or Augsburg: yes, it is Ulm");
    assert_eq!(told.steps[2].tests[1], "the place is within 30 km of 48.4, 10: yes, it is 7.4 km away");
    assert_eq!((&*told.text, told.end_step), ("the visitor is sent to https://e.com/", Some(id(4))));
    let nowhere = explain(&graph, &workflow, Window::default(), &Facts::at(Millis(0)));
    assert_eq!(nowhere.steps[1].tests, ["the country is FR: no, it is not known"]);
    assert!(
        nowhere
            .text
            .starts_with("the branch behind the fork by rules leads nowhere, and the link has no fallback")
    );
    let paused = Window { paused: true, ..Window::default() };
    assert!(explain(&graph, &workflow, paused, &facts).steps.is_empty());
}

#[test]
fn versions_differ_in_words() {
    let draft = |step: Value| StepDraft::from_wire(step).unwrap();
    let country = |codes: &[(&str, u128)]| {
        let countries: Vec<_> = codes
            .iter()
            .map(|(code, next)| json!({ "countryCode": code, "nextStepId": id(*next) }))
            .collect();
        draft(step(
            2,
            json!({ "countryCondition": { "countries": countries, "elseNextStepId": id(3) } }),
            None,
        ))
    };
    let hashed = |hash: &str| {
        let mut step = draft(step(6, json!({ "password": { "title": "Staff" } }), None));
        if let Payload::Password(password) = &mut step.payload {
            password.hash = hash.to_owned();
        }
        step
    };
    let before = vec![
        draft(entry(Some(2))),
        country(&[("FR", 3)]),
        draft(redirect(3, "a.com")),
        draft(redirect(4, "old.com")),
        hashed("one"),
    ];
    let mut moved = draft(redirect(3, "b.com"));
    moved.canvas.x = 70.0;
    let after = vec![
        draft(entry(Some(2))),
        country(&[("FR", 5), ("BE", 5)]),
        moved,
        draft(redirect(5, "new.com")),
        hashed("two"),
    ];
    let changes =
        diff(&Graph::new(before.clone(), None, None), &Graph::new(after, Some("https://f/".into()), None));
    let texts: Vec<_> = changes.iter().map(|change| change.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "the fork by country: countries, \"BE\" is new",
            "the redirect \"https://a.com/\": destination is now \"https://b.com/\"; it was \"https://a.com/\"",
            "the redirect \"https://new.com/\" is new",
            "the password page \"Staff\": the password is another",
            "the redirect \"https://old.com/\" is gone",
            "\"FR\" of the fork by country leads to the redirect \"https://new.com/\"; before, to the redirect \"https://a.com/\"",
            "\"BE\" of the fork by country leads to the redirect \"https://new.com/\"",
            "the fallback destination is now https://f/",
        ]
    );
    let same = Graph::new(before, None, None);
    assert_eq!(diff(&same, &same), []);

    // A capture that writes nothing is none, however that is spelled.
    let with = |capture: Option<Value>| {
        let mut step = draft(redirect(3, "a.com"));
        step.attribute_capture = capture.map(|capture| serde_json::from_value(capture).unwrap());
        Graph::new(vec![draft(entry(Some(3))), step], None, None)
    };
    let none = with(None);
    for empty in
        [json!({}), json!({ "enabled": false, "writes": [] }), json!({ "enabled": true, "writes": [] })]
    {
        let empty = with(Some(empty));
        assert_eq!((diff(&none, &empty), diff(&empty, &none)), (vec![], vec![]));
    }
    let once = json!({ "key": "plan", "value": "gold", "mode": "ATTRIBUTE_WRITE_MODE_SET_ONCE" });
    let plan =
        with(Some(json!({ "enabled": true, "writes": [{ "key": "source", "value": "poster" }, once] })));
    let texts: Vec<_> = diff(&none, &plan).into_iter().map(|change| change.text).collect();
    assert_eq!(
        texts,
        [
            "the redirect \"https://a.com/\": capture, \"plan\" is now \"gold (where there is none yet)\"",
            "the redirect \"https://a.com/\": capture, \"source\" is now \"poster\"",
        ]
    );
}
