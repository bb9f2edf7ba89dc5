use super::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn id(n: u128) -> StepId {
    StepId(Uuid::from_u128(n))
}

fn draft(wire: Value) -> StepDraft {
    StepDraft::from_wire(wire).unwrap()
}

fn step(n: u128, payload: Value, next: Option<u128>) -> StepDraft {
    let branches: Vec<_> =
        next.iter().map(|next| json!({ "branchId": "next", "nextStepId": id(*next) })).collect();
    draft(json!({ "id": id(n), "payload": payload, "branches": branches }))
}

fn exit(n: u128) -> StepDraft {
    step(n, json!({ "clientRedirect": { "destination": "https://e.com/" } }), None)
}

fn found(steps: &[StepDraft]) -> Vec<Issue> {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let surroundings = Surroundings {
        policy: Policy::default(),
        zone: &zone,
        now: "2026-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into(),
        has_fallback: true,
        media: Some(&BTreeSet::new()),
    };
    validate(steps, surroundings)
}

fn codes(steps: &[StepDraft]) -> Vec<&'static str> {
    found(steps).into_iter().map(|issue| issue.code).collect()
}

/// Findings of one step between an entry and an exit, all its branches connected.
fn of(payload: Value) -> Vec<Issue> {
    let mut middle = step(2, payload, None);
    let branches: Vec<_> = middle.payload.branches().iter().map(|branch| branch.id.to_owned()).collect();
    middle.branches.extend(branches.into_iter().map(|branch| (branch, id(3))));
    let steps = if middle.branches.is_empty() {
        vec![step(1, json!({ "linkVisit": {} }), Some(2)), middle]
    } else {
        vec![step(1, json!({ "linkVisit": {} }), Some(2)), middle, exit(3)]
    };
    found(&steps)
}

/// Code and field of each finding.
fn fields(payload: Value) -> Vec<(&'static str, String)> {
    of(payload).into_iter().map(|issue| (issue.code, issue.field.unwrap_or_default())).collect()
}

fn said(code: &'static str, field: &str) -> Vec<(&'static str, String)> {
    vec![(code, field.to_owned())]
}

#[test]
fn a_sound_workflow_has_no_findings() {
    assert_eq!(found(&[step(1, json!({ "linkVisit": {} }), Some(2)), exit(2)]), []);
    let rule =
        json!({ "name": "Bavaria", "tests": [{ "fact": "REGION", "operator": "IS", "value": "Bavaria" }] });
    for payload in [
        json!({ "messagePage": { "title": "Hello" } }),
        json!({ "form": { "formFields": [{ "key": "$email", "label": "E-mail" }] } }),
        json!({ "xRulesCondition": { "options": [rule] } }),
        json!({ "xSplit": { "options": [{ "weight": 1 }, { "weight": 1 }] } }),
        json!({ "password": { "password": "secret" } }),
        json!({ "vcard": { "firstName": "Ada" } }),
    ] {
        assert_eq!(of(payload.clone()), [], "{payload}");
    }
}

#[test]
fn the_graph_has_one_entry_no_circle_and_no_loose_ends() {
    let entry = |n, next| step(n, json!({ "linkVisit": {} }), next);
    let message = |n, next| step(n, json!({ "messagePage": { "title": "Hello" } }), next);
    assert_eq!(codes(&[exit(2)]), ["NO_ENTRY", "UNREACHABLE"]);
    assert_eq!(codes(&[entry(1, Some(2)), entry(3, Some(2)), exit(2)]), ["SEVERAL_ENTRIES"]);
    assert_eq!(codes(&[entry(1, Some(2)), message(2, Some(3)), message(3, Some(2))]), ["LOOP"]);
    assert_eq!(codes(&[entry(1, None)]), ["UNCONNECTED"]);
    assert_eq!(codes(&[entry(1, Some(2)), message(2, None)]), ["DEAD_END"]);
    assert_eq!(codes(&[entry(1, Some(9))]), ["BROKEN_BRANCH"]);
    assert_eq!(codes(&[entry(1, Some(2)), exit(2), exit(3)]), ["UNREACHABLE"]);
    assert_eq!(codes(&[entry(1, Some(2)), exit(2), exit(2)]), ["DUPLICATE_STEP", "UNREACHABLE"]);
    let country = step(
        2,
        json!({ "countryCondition": { "countries": [{ "countryCode": "FR", "nextStepId": id(3) }] } }),
        None,
    );
    let issues = found(&[entry(1, Some(2)), country, exit(3)]);
    assert_eq!(
        (issues[0].code, issues[0].severity, issues[0].branch_id.as_deref()),
        ("ELSE_MISSING", Severity::Warning, Some("else"))
    );
    assert_eq!(
        serde_json::to_value(&issues[0]).unwrap()["message"],
        "\"otherwise\" leads nowhere: visitors get the link's fallback destination; connect it to a step"
    );
}

#[test]
fn pages_and_exits_are_whole() {
    assert_eq!(
        fields(json!({ "clientRedirect": {} })),
        said("DESTINATION_MISSING", "/payload/clientRedirect/destination")
    );
    assert_eq!(
        fields(json!({ "clientRedirect": { "destination": "menu" } })),
        said("DESTINATION_INVALID", "/payload/clientRedirect/destination")
    );
    assert_eq!(
        fields(json!({ "openMedia": { "mediaId": "x" } })),
        said("MEDIA_MISSING", "/payload/openMedia/mediaId")
    );
    assert_eq!(fields(json!({ "password": {} })), said("PASSWORD_EMPTY", "/payload/password/password"));
    assert_eq!(fields(json!({ "multiLink": {} })), said("NO_BUTTONS", "/payload/multiLink/buttons"));
    assert_eq!(fields(json!({ "thankYouPage": {} })), said("TEXT_MISSING", "/payload/thankYouPage/title"));
    let timer =
        json!({ "messagePage": { "title": "Soon", "navigationType": "MESSAGE_PAGE_NAVIGATION_TYPE_TIMER" } });
    assert_eq!(fields(timer), said("TIMER_INVALID", "/payload/messagePage/timerSeconds"));
    assert_eq!(
        fields(json!({ "socialLinks": { "links": [{ "url": "x" }] } })),
        said("DESTINATION_INVALID", "/payload/socialLinks/links/0/url")
    );
    assert_eq!(fields(json!({ "form": {} })), said("NO_FIELDS", "/payload/form/formFields"));
    let form = |second: Value| json!({ "form": { "formFields": [{ "key": "a", "label": "A" }, second] } });
    for (field, code, place) in [
        (json!({ "key": "a", "label": "B" }), "DUPLICATE_KEY", "key"),
        (json!({ "key": "a b", "label": "B" }), "KEY_INVALID", "key"),
        (
            json!({ "key": "b", "label": "B", "validationPattern": "(" }),
            "PATTERN_INVALID",
            "validationPattern",
        ),
        (json!({ "key": "b", "label": "B", "type": "FORM_FIELD_TYPE_RADIO" }), "NO_OPTIONS", "options"),
        (json!({ "key": "b", "xType": "CONSENT" }), "TEXT_MISSING", "xConsentText"),
        (json!({ "key": "b", "xType": "HIDDEN", "xFrom": "cookie" }), "SOURCE_INVALID", "xFrom"),
    ] {
        assert_eq!(fields(form(field)), said(code, &format!("/payload/form/formFields/1/{place}")));
    }
}

#[test]
fn conditions_can_be_read_and_each_option_can_be_taken() {
    assert_eq!(
        fields(json!({ "countryCondition": {} })),
        said("EMPTY_CONDITION", "/payload/countryCondition/countries")
    );
    let countries = json!({ "countryCondition": { "countries": [{ "countryCode": "France" }] } });
    assert_eq!(
        fields(countries),
        said("CONDITION_INVALID", "/payload/countryCondition/countries/0/countryCode")
    );
    let ranges = |ranges: Value| json!({ "timeOfDayCondition": { "ranges": ranges } });
    let wrong = ranges(json!([{ "startTime": "11:00", "endTime": "25:00" }]));
    assert_eq!(fields(wrong), said("CONDITION_INVALID", "/payload/timeOfDayCondition/ranges/0/endTime"));
    let zone =
        json!({ "dayOfWeekCondition": { "xTimezone": "Mars/Olympus", "options": [{ "daysOfWeek": [1] }] } });
    assert_eq!(fields(zone), said("CONDITION_INVALID", "/payload/dayOfWeekCondition/xTimezone"));
    let rule = json!({ "tests": [{ "fact": "CITY", "operator": "AT_LEAST", "value": "x" }] });
    assert_eq!(
        fields(json!({ "xRulesCondition": { "options": [rule] } })),
        said("CONDITION_INVALID", "/payload/xRulesCondition/options/0/tests/0/operator")
    );
    let data = json!({ "attributeKey": "n", "operator": "NUMBER_EQUALS", "comparisonValue": "many" });
    assert_eq!(
        fields(json!({ "visitorDataCondition": { "options": [data] } })),
        said("CONDITION_INVALID", "/payload/visitorDataCondition/options/0/comparisonValue")
    );
    assert_eq!(
        fields(json!({ "xSplit": { "options": [{ "weight": 0 }] } })),
        said("CONDITION_INVALID", "/payload/xSplit/options/0/weight")
    );

    let test = |fact: &str, value: &str| json!({ "fact": fact, "operator": "IS", "value": value });
    let (city, country) = (test("CITY", "Ulm"), test("COUNTRY", "DE"));
    for (payload, index) in [
        (
            json!({ "dayOfWeekCondition": { "options": [{ "daysOfWeek": [1, 2] }, { "daysOfWeek": [3] }, { "daysOfWeek": [2, 3] }] } }),
            2,
        ),
        (
            json!({ "specificDateCondition": { "options": [{ "day": 24, "month": 12 }, { "day": 24, "month": 12, "year": 2026 }] } }),
            1,
        ),
        (
            json!({ "deviceTypeCondition": { "options": [{ "value": "DEVICE_TYPE_CONDITION_VALUE_MOBILE" }, { "value": "DEVICE_TYPE_CONDITION_VALUE_MOBILE" }] } }),
            1,
        ),
        (
            json!({ "xRulesCondition": { "options": [{ "tests": [country] }, { "tests": [city, country] }] } }),
            1,
        ),
        (
            ranges(
                json!([{ "startTime": "08:00", "endTime": "18:00" }, { "startTime": "12:00", "endTime": "13:00" }]),
            ),
            1,
        ),
    ] {
        let issues = of(payload.clone());
        assert_eq!(issues.len(), 1, "{payload} {issues:?}");
        let place = format!("/{index}");
        assert!(
            issues[0].code == "DEAD_OPTION" && issues[0].field.as_ref().unwrap().ends_with(&place),
            "{issues:?}"
        );
    }
    let twice = json!({ "xSplit": { "options": [{ "id": "a", "weight": 1 }, { "id": "a", "weight": 1 }] } });
    assert_eq!(fields(twice), said("DUPLICATE_OPTION", "/payload/xSplit/options/1"));
}

#[test]
fn ranges_that_overlap_or_leave_a_gap_are_told() {
    let told = |ranges: &[(&str, &str)]| {
        let ranges: Vec<_> =
            ranges.iter().map(|(from, to)| json!({ "startTime": from, "endTime": to })).collect();
        let issues = of(json!({ "timeOfDayCondition": { "ranges": ranges } }));
        issues.into_iter().map(|issue| (issue.code, issue.message)).collect::<Vec<_>>()
    };
    assert_eq!(told(&[("11:00", "15:00"), ("17:30", "01:00")]), []);
    let overlap = told(&[("11:00", "15:00"), ("14:30", "22:00")]);
    assert_eq!(overlap.len(), 1);
    assert!(overlap[0].0 == "OVERLAP" && overlap[0].1.contains("from 14:30"), "{overlap:?}");
    let slip = told(&[("11:00", "14:59"), ("15:00", "22:00")]);
    assert_eq!(slip.len(), 1);
    assert!(slip[0].0 == "GAP" && slip[0].1.contains("14:59 to 15:00"), "{slip:?}");
    let night = told(&[("00:05", "12:00"), ("12:00", "23:55")]);
    assert!(night.len() == 1 && night[0].1.contains("from 23:55 to 00:05"), "{night:?}");
}

#[test]
fn an_edge_in_a_skipped_or_repeated_hour_names_the_day() {
    let told = |zone: &str, from: &str, to: &str| {
        let payload = json!({ "timeOfDayCondition": { "xTimezone": zone, "ranges": [{ "startTime": from, "endTime": to }] } });
        of(payload)
            .into_iter()
            .filter(|issue| issue.code == "DST_TRAP")
            .map(|issue| issue.message)
            .collect::<Vec<_>>()
    };
    let edge = told("", "02:30", "06:00");
    assert_eq!(edge.len(), 1, "{edge:?}");
    assert!(edge[0].starts_with(
        "on Sunday 2026-03-29 the clock in Europe/Berlin jumps from 02:00 to 03:00, so 02:30 does not exist"
    ));
    let never = told("America/New_York", "02:00", "03:00");
    assert!(
        never.len() == 1 && never[0].contains("2026-03-08") && never[0].contains("does not happen"),
        "{never:?}"
    );
    assert_eq!(told("Asia/Tokyo", "02:30", "06:00"), Vec::<String>::new());
    assert_eq!(told("", "03:00", "02:00"), Vec::<String>::new());
}

#[test]
fn captures_and_back_buttons() {
    let with = |extra: Value| {
        let mut wire = json!({ "id": id(2), "payload": { "thankYouPage": { "title": "Thanks" } } });
        for (key, value) in extra.as_object().unwrap() {
            wire[key] = value.clone();
        }
        let issues = found(&[step(1, json!({ "linkVisit": {} }), Some(2)), draft(wire)]);
        issues.into_iter().map(|issue| (issue.code, issue.field.unwrap())).collect::<Vec<_>>()
    };
    let writes = |write: Value| json!({ "attributeCapture": { "enabled": true, "writes": [write] } });
    assert_eq!(
        with(writes(json!({ "key": "$email", "value": "x" }))),
        said("CAPTURE_INVALID", "/attributeCapture/writes/0/key")
    );
    assert_eq!(
        with(writes(json!({ "key": "k", "value": "{{choice.id}}" }))),
        said("CAPTURE_INVALID", "/attributeCapture/writes/0/value")
    );
    assert_eq!(with(writes(json!({ "key": "k", "value": "{{link.name}}" }))), []);
    assert_eq!(
        with(json!({ "backButton": { "enabled": true } })),
        said("BACK_NEVER_SEEN", "/backButton/enabled")
    );
}
