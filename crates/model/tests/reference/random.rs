//! Random workflows on the wire, and random scans.

use model::Millis;
use model::scan::{DeviceType, VisitType};
use model::workflow::attribute::{AttributeValue, Attributes};
use model::workflow::draft::AttributeType;
use model::workflow::payload::ActorValue;
use serde_json::{Value, json};

/// SplitMix64: a seed gives the same case for ever.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below((to - from + 1) as u64) as i64
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

const ZONES: &[&str] =
    &["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "America/Santiago"];
/// Instants at which clocks are changed in them.
const JUMPS: &[&str] = &[
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-11-01T06:00:00Z",
    "2026-04-04T15:00:00Z",
    "2026-10-03T15:30:00Z",
    "2026-04-05T03:00:00Z",
    "2026-09-06T04:00:00Z",
];
const COUNTRIES: &[&str] = &["DE", "FR", "US", "JP"];
const REGIONS: &[&str] = &["Bavaria", "Île-de-France", "Texas"];
const CITIES: &[&str] = &["München", "Paris", "Austin", "Ulm"];
const POINTS: &[(f64, f64)] =
    &[(48.1, 11.6), (48.9, 2.4), (30.3, -97.7), (48.4, 10.0), (-33.4, 179.9), (-33.4, -179.9)];
const LANGUAGES: &[&str] = &["de", "de-at", "fr", "fr-ch", "en", "pt-br"];
const KEYS: &[&str] = &["plan", "visits", "born", "member", "$email"];
const SLUGS: &[&str] = &["menu", "door-1", "door-2"];
const TAGS: &[&str] = &["poster", "Summer", "flyer"];
const WORDS: &[(&str, &str, &[&str])] = &[
    ("deviceTypeCondition", "DEVICE_TYPE", &["MOBILE", "DESKTOP", "TABLET", "UNKNOWN"]),
    (
        "devicePlatformCondition",
        "DEVICE_PLATFORM",
        &["IOS", "ANDROID", "WINDOWS", "MACOS", "LINUX", "CHROMEOS"],
    ),
    (
        "deviceBrowserCondition",
        "DEVICE_BROWSER",
        &["CHROME", "SAFARI", "FIREFOX", "EDGE", "OPERA", "SAMSUNG_BROWSER"],
    ),
    ("deviceBrandCondition", "DEVICE_BRAND", &["APPLE", "SAMSUNG", "GOOGLE", "HUAWEI", "XIAOMI", "ONEPLUS"]),
    ("deviceActorCondition", "DEVICE_ACTOR", &["HUMAN", "BOT", "AGENT", "UNKNOWN"]),
];
const OPERATORS: &[&str] = &[
    "STRING_EQUALS",
    "STRING_NOT_EQUALS",
    "STRING_CONTAINS",
    "STRING_NOT_CONTAINS",
    "STRING_STARTS_WITH",
    "STRING_ENDS_WITH",
    "STRING_IS_EMPTY",
    "STRING_IS_NOT_EMPTY",
    "NUMBER_EQUALS",
    "NUMBER_NOT_EQUALS",
    "NUMBER_GREATER_THAN",
    "NUMBER_LESS_THAN",
    "NUMBER_GREATER_OR_EQUAL",
    "NUMBER_LESS_OR_EQUAL",
    "DATE_EQUALS",
    "DATE_BEFORE",
    "DATE_AFTER",
    "DATE_BEFORE_OR_EQUAL",
    "DATE_AFTER_OR_EQUAL",
    "BOOLEAN_IS_TRUE",
    "BOOLEAN_IS_FALSE",
    "EXISTS",
    "NOT_EXISTS",
];

/// Steps as the wire has them, in a random order; branches lead to later steps, nowhere, or to a step that is gone.
pub fn workflow(random: &mut Random) -> Vec<Value> {
    let count = random.between(2, 16);
    let id = |number: i64| uuid::Uuid::from_u128(number as u128 + 1).to_string();
    let mut steps = Vec::new();
    for at in 0..count {
        let mut next = |random: &mut Random| match random.below(100) {
            0..95 if at + 1 < count => json!(id(random.between(at + 1, count - 1))),
            98.. => json!(id(99)),
            _ => Value::Null,
        };
        let payload = match at {
            0 => json!({ "linkVisit": {} }),
            last if last + 1 == count => {
                json!({ "clientRedirect": { "destination": "https://last.example/" } })
            }
            _ => payload(random, &mut next),
        };
        let branches = json!([{ "branchId": "next", "nextStepId": next(random) }]);
        steps.push(json!({ "id": id(at), "payload": payload, "branches": branches }));
    }
    if random.chance(30) {
        steps.reverse();
    }
    steps
}

fn zone(random: &mut Random) -> &'static str {
    if random.chance(50) {
        ""
    } else {
        random.one(&["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Nowhere/Land"])
    }
}

fn clock(random: &mut Random) -> String {
    match random.below(40) {
        0 => "25:00".to_owned(),
        1 => String::new(),
        2 => "24:00".to_owned(),
        // Near the hours that are skipped and repeated.
        3..20 => format!("{:02}:{:02}", random.between(0, 3), random.one(&[0, 15, 30, 45])),
        _ => format!("{:02}:{:02}", random.between(0, 23), random.between(0, 59)),
    }
}

fn date(random: &mut Random) -> String {
    match random.below(12) {
        0 => String::new(),
        1 => "2026-02-30".to_owned(),
        2..5 => format!("{}+02:00", moment(random).timestamp().strftime("%Y-%m-%dT%H:%M:%S")),
        _ => moment(random).timestamp().strftime("%Y-%m-%d").to_string(),
    }
}

fn payload(random: &mut Random, next: &mut dyn FnMut(&mut Random) -> Value) -> Value {
    let kind = random.below(26);
    let options = random.one(&[0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]);
    let mut list = |random: &mut Random, option: &mut dyn FnMut(&mut Random) -> Value| {
        let mut each = |random: &mut Random, number: i64| {
            let mut option = option(random);
            // Visit types and countries are their own ids.
            if kind != 5 && kind != 6 {
                option["id"] = json!(format!("o{number}"));
            }
            option["nextStepId"] = next(random);
            option
        };
        (0..options).map(|number| each(random, number)).collect::<Vec<Value>>()
    };
    let (key, mut body) = match kind {
        0 => return json!({ "messagePage": { "title": "Hello" } }),
        1 => return json!({ "openMedia": { "mediaId": "m" } }),
        2 => return json!({ "thankYouPage": { "title": "Thanks" } }),
        3 | 4 => {
            let destination = if random.chance(8) {
                String::new()
            } else {
                format!("https://e.example/{}", random.below(50))
            };
            return json!({ "clientRedirect": { "destination": destination, "conversionTracking": random.chance(50) } });
        }
        5 => (
            "visitTypeCondition",
            json!({ "options": list(random, &mut |random| json!({ "value": random.one(&["VISIT_TYPE_FIRST", "VISIT_TYPE_RETURNING", "VISIT_TYPE_UNSPECIFIED"]) })) }),
        ),
        6 => (
            "countryCondition",
            json!({ "countries": list(random, &mut |random| json!({ "countryCode": random.one(&["DE", "FR", "us", "Japan", ""]) })) }),
        ),
        7 => (
            "dayOfWeekCondition",
            json!({ "xTimezone": zone(random), "options": list(random, &mut |random| {
            let days: Vec<_> = (0..random.between(0, 4)).map(|_| random.one(&[-1, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6])).collect();
            json!({ "daysOfWeek": days })
        }) }),
        ),
        8 | 9 => (
            "timeOfDayCondition",
            json!({ "xTimezone": zone(random), "ranges": list(random, &mut |random| json!({ "startTime": clock(random), "endTime": clock(random) })) }),
        ),
        10 => (
            "dayOfMonthCondition",
            json!({ "xTimezone": zone(random), "options": list(random, &mut |random| json!({ "dayOfMonth": random.one(&[-1, 0, 1, 24, 25, 28, 29, 30, 31, 32]) })) }),
        ),
        11 => (
            "specificDateCondition",
            json!({ "xTimezone": zone(random), "options": list(random, &mut |random| {
            let (month, day) = random.one(&[(3, 29), (10, 25), (2, 29), (12, 24), (2, 30), (3, 8), (13, 1), (4, 5)]);
            let year = random.one(&[Value::Null, json!(2026), json!(2024)]);
            json!({ "month": month, "day": day, "year": year })
        }) }),
        ),
        12..16 => {
            let (key, prefix, values) = random.one(WORDS);
            let value = |random: &mut Random| {
                let value = if random.chance(4) { "UNSPECIFIED" } else { random.one(values) };
                json!({ "value": format!("{prefix}_CONDITION_VALUE_{value}") })
            };
            (key, json!({ "options": list(random, &mut { value }) }))
        }
        16 => (
            "visitorDataCondition",
            json!({ "options": list(random, &mut |random| {
            let (key, operator, value) = attribute(random);
            json!({ "attributeKey": key, "operator": operator, "comparisonValue": value })
        }) }),
        ),
        17 | 18 => (
            "xSplit",
            json!({
                "sticky": random.one(&["VISITOR", "SCAN"]),
                "options": list(random, &mut |random| json!({ "weight": random.one(&[0, 1, 2, 5, 1000]) })),
            }),
        ),
        _ => (
            "xRulesCondition",
            json!({ "options": list(random, &mut |random| {
            let tests: Vec<_> = (0..random.one(&[0, 1, 1, 1, 2, 2, 3])).map(|_| test(random)).collect();
            json!({ "match": random.one(&["ALL", "ANY"]), "tests": tests })
        }) }),
        ),
    };
    if key != "xSplit" {
        body["elseNextStepId"] = next(random);
    }
    json!({ key: body })
}

fn attribute(random: &mut Random) -> (&'static str, String, String) {
    let operator = random.one(OPERATORS);
    let value = match operator.split('_').next().unwrap() {
        "NUMBER" => random.one(&["3", "3.0", "10", "-2.5", "many"]).to_owned(),
        "DATE" => random
            .one(&["2026-03-29", "2026-03-29T12:00:00Z", "2026-03-29T14:00:00+02:00", "soon"])
            .to_owned(),
        _ => random.one(&["pro", "p", "", "Pro", "3"]).to_owned(),
    };
    let operator = match random.below(3) {
        0 => operator.to_lowercase(),
        1 => format!("VISITOR_ATTRIBUTE_FILTER_OPERATOR_{operator}"),
        _ => operator.to_owned(),
    };
    (random.one(KEYS), operator, value)
}

fn test(random: &mut Random) -> Value {
    let fact = random.one(&[
        "COUNTRY",
        "REGION",
        "CITY",
        "RADIUS",
        "LANGUAGE",
        "DEVICE_TYPE",
        "PLATFORM",
        "BROWSER",
        "BRAND",
        "ACTOR",
        "VISIT_TYPE",
        "NTH_SCAN",
        "WEEKDAY",
        "TIME_OF_DAY",
        "DAY_OF_MONTH",
        "DATE_RANGE",
        "REFERRER",
        "UTM_SOURCE",
        "UTM_CAMPAIGN",
        "PARAMETER",
        "NETWORK",
        "PLACEMENT",
        "TAG",
        "ATTRIBUTE",
    ]);
    let text = random.one(&["IS", "IS_NOT", "CONTAINS", "NOT_CONTAINS", "STARTS_WITH", "IN", "", "LIKE"]);
    let is = random.one(&["IS", "IS_NOT", "", "IN", "AT_LEAST"]);
    let mut test = json!({ "fact": fact, "operator": text });
    let values: &[&str] = match fact {
        "COUNTRY" => COUNTRIES,
        "REGION" => &["bavaria", "île", "Texas"],
        "CITY" => &["MÜNCHEN", "par", "Austin"],
        "LANGUAGE" => &["de", "DE-AT", "fr", "pt"],
        "DEVICE_TYPE" => &["mobile", "DEVICE_TYPE_CONDITION_VALUE_DESKTOP", "UNKNOWN"],
        "PLATFORM" => &["ios", "DEVICE_PLATFORM_CONDITION_VALUE_MACOS", "Ubuntu", "Tizen"],
        "BROWSER" => &["SAFARI", "Samsung Internet", "chrome mobile"],
        "BRAND" => &["apple", "Fairphone"],
        "ACTOR" => &["human", "BOT"],
        "VISIT_TYPE" => &["FIRST", "VISIT_TYPE_RETURNING"],
        "REFERRER" => &["example.com", "www.example.com", ""],
        "UTM_SOURCE" | "UTM_CAMPAIGN" | "PARAMETER" => &["flyer", "7", "", "été"],
        "NETWORK" => &["AS3320", "13335", "telekom"],
        "PLACEMENT" => SLUGS,
        "TAG" => &["poster", "SUMMER", "fly", ""],
        _ => &[],
    };
    if !values.is_empty() {
        match random.chance(50) {
            true => test["value"] = json!(random.one(values)),
            false => test["values"] = (0..random.between(0, 2)).map(|_| random.one(values)).collect(),
        }
    }
    match fact {
        "PARAMETER" => test["name"] = json!(random.one(&["table", "utm_source", ""])),
        "RADIUS" => {
            let (latitude, longitude) = random.one(POINTS);
            test["operator"] = json!(is);
            test["latitude"] = json!(latitude);
            test["longitude"] = json!(longitude);
            test["radiusKm"] = random.one(&[json!(10), json!(130.5), json!(800), json!(0), Value::Null]);
        }
        "NTH_SCAN" => {
            test["operator"] =
                json!(random.one(&["IS", "IS_NOT", "AT_LEAST", "AT_MOST", "BETWEEN", "IN", "CONTAINS"]));
            test["value"] = json!(random.between(0, 4));
            test["from"] = json!(random.between(1, 4));
            test["to"] = json!(random.between(1, 4));
        }
        "WEEKDAY" => {
            test["operator"] = json!(is);
            test["timezone"] = json!(zone(random));
            test["values"] = (0..random.between(0, 3)).map(|_| random.between(0, 7)).collect();
        }
        "DAY_OF_MONTH" => {
            test["operator"] = json!(is);
            test["timezone"] = json!(zone(random));
            match random.chance(50) {
                true => test["values"] = json!([random.one(&[-1, 1, 24, 29, 31, 0])]),
                false => {
                    test["from"] = json!(random.between(0, 31));
                    test["to"] = json!(random.between(1, 32));
                    test["values"] = json!([random.between(1, 28)]);
                }
            }
        }
        "TIME_OF_DAY" => {
            test["operator"] = json!(is);
            test["timezone"] = json!(zone(random));
            test["from"] = json!(clock(random));
            test["to"] = json!(clock(random));
        }
        "DATE_RANGE" => {
            test["operator"] = json!(is);
            test["timezone"] = json!(zone(random));
            test["from"] = json!(date(random));
            test["to"] = json!(date(random));
        }
        "ATTRIBUTE" => {
            let (key, operator, value) = attribute(random);
            test["key"] = json!(key);
            test["operator"] = json!(operator);
            test["value"] = json!(value);
        }
        _ => {}
    }
    test
}

/// What is known of a scan, plainly.
#[derive(Debug)]
pub struct Scan {
    pub at: Millis,
    pub zone: jiff::tz::TimeZone,
    pub country: &'static str,
    pub region: &'static str,
    pub city: &'static str,
    pub point: Option<(f64, f64)>,
    pub languages: Vec<&'static str>,
    pub languages_text: String,
    pub device_type: DeviceType,
    pub platform: &'static str,
    pub browser: &'static str,
    pub brand: &'static str,
    pub actor: ActorValue,
    pub visit_type: VisitType,
    pub nth: Option<u32>,
    pub referrer: &'static str,
    pub query: Vec<(&'static str, &'static str)>,
    pub query_text: String,
    pub asn: u32,
    pub organisation: &'static str,
    pub placement: &'static str,
    pub tags: Vec<String>,
    pub attributes: Option<Attributes>,
    pub visitor_seed: Option<u64>,
    pub scan_seed: u64,
}

fn moment(random: &mut Random) -> Millis {
    if random.chance(60) {
        let jump: jiff::Timestamp = random.one(JUMPS).parse().unwrap();
        // Quarters of an hour are where ranges begin and end.
        let minutes = match random.chance(60) {
            true => 15 * random.between(-16, 16),
            false => random.between(-26 * 60, 26 * 60),
        };
        return Millis::from(jump).plus(minutes * 60_000 + random.between(0, 59_999));
    }
    let day: jiff::Timestamp = random
        .one(&[
            "2024-02-29T12:00:00Z",
            "2026-12-24T12:00:00Z",
            "2026-01-31T12:00:00Z",
            "2026-06-15T12:00:00Z",
        ])
        .parse()
        .unwrap();
    Millis::from(day).plus(random.between(-3 * 24 * 60, 3 * 24 * 60) * 60_000)
}

fn known(random: &mut Random, of: &[&'static str]) -> &'static str {
    if random.chance(25) { "" } else { random.one(of) }
}

pub fn scan(random: &mut Random) -> Scan {
    let languages: Vec<_> = (0..random.below(4)).map(|_| random.one(LANGUAGES)).collect();
    let query: Vec<_> = (0..random.below(4))
        .map(|_| {
            (
                random.one(&["table", "utm_source", "utm_campaign"]),
                random.one(&["Flyer", "7", "", "été", "a b"]),
            )
        })
        .collect();
    let query_text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
    let attributes = match random.below(4) {
        0 => None,
        1 => Some(Attributes::new()),
        _ => Some(
            KEYS.iter()
                .map(|key| (random.chance(70), ((*key).to_owned(), value(random, key))))
                .filter_map(|(is_there, attribute)| is_there.then_some(attribute))
                .collect(),
        ),
    };
    Scan {
        at: moment(random),
        zone: jiff::tz::TimeZone::get(random.one(ZONES)).unwrap(),
        country: known(random, COUNTRIES),
        region: known(random, REGIONS),
        city: known(random, CITIES),
        point: random.chance(75).then(|| random.one(POINTS)),
        languages_text: languages.join(","),
        languages,
        device_type: random.one(DeviceType::ALL),
        platform: known(
            random,
            &["iOS", "iPadOS", "Android", "Windows", "Mac OS X", "Ubuntu", "Linux", "Chrome OS", "Tizen"],
        ),
        browser: known(
            random,
            &[
                "Mobile Safari",
                "Safari",
                "Chrome Mobile",
                "Chrome",
                "Firefox Mobile",
                "Edge",
                "Opera Mini",
                "Samsung Internet",
                "Instagram",
            ],
        ),
        brand: known(random, &["Apple", "Samsung", "Google", "Huawei", "XiaoMi", "OnePlus", "Fairphone"]),
        actor: random.one(ActorValue::ALL),
        visit_type: random.one(VisitType::ALL),
        nth: random.chance(75).then(|| random.between(1, 5) as u32),
        referrer: known(random, &["example.com", "www.example.com", "m.example.com"]),
        query,
        query_text,
        asn: random.one(&[0, 3320, 13335]),
        organisation: known(random, &["Deutsche Telekom AG", "Cloudflare"]),
        placement: random.one(SLUGS),
        tags: TAGS.iter().filter(|_| random.chance(40)).map(|tag| (*tag).to_owned()).collect(),
        attributes,
        visitor_seed: random.chance(60).then(|| random.number()),
        scan_seed: random.number(),
    }
}

fn value(random: &mut Random, key: &str) -> AttributeValue {
    let (kind, values): (_, &[&str]) = match key {
        "plan" => (AttributeType::Enum, &["pro", "Pro", "free", ""]),
        "visits" => (AttributeType::Number, &["3", "10", "-2.5", "none"]),
        "born" => {
            (AttributeType::Date, &["2026-03-29", "2026-03-28T23:30:00Z", "2026-03-29T12:00:00Z", "then"])
        }
        "member" => (AttributeType::Boolean, &["true", "false"]),
        _ => (AttributeType::String, &["p@e.com", "3"]),
    };
    let kind = if random.chance(15) { AttributeType::String } else { kind };
    AttributeValue::new(kind, random.one(values))
}
