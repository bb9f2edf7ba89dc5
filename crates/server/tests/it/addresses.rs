//! Addresses of a link: its slugs, their placements, and what becomes of them.

use crate::app::TestApp;
use crate::client::{Client, Link};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

fn slugs(link: &Link) -> String {
    format!("/v1/x/links/{}/slugs", link.id)
}

fn list(app: &TestApp, link: &Link) -> Vec<Value> {
    app.get(&slugs(link))["slugs"].as_array().unwrap().clone()
}

fn add(app: &TestApp, link: &Link, slug: &str, placement: &str) -> Value {
    app.post(&slugs(link), &json!({ "shortlink": slug, "placement": placement }))["slug"].take()
}

fn path(link: &Link, slug: &Value) -> String {
    format!("{}/{}", slugs(link), slug["id"].as_str().unwrap())
}

fn leads(client: &Client, slug: &str) -> (u16, String) {
    let answer = client.visit(&format!("/{slug}")).send();
    (answer.status, answer.location().to_owned())
}

#[test]
fn a_link_moves_to_another_address_and_the_old_one_keeps_leading_to_it() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("Before").create();
    assert_eq!(leads(&app, "before").0, 302);
    let moved = app.patch(&format!("/v1/links/{}", link.id), &json!({ "shortlink": "After" }))["link"].take();
    assert_eq!((&moved["shortlink"], &moved["id"]), (&json!("After"), &json!(link.id)));
    assert_eq!(moved["xQrEntrypoint"], format!("HTTP://{}/Q/AFTER", app.address));
    let warning = moved["xWarnings"][0].as_str().unwrap();
    assert!(warning.contains("/Before") && warning.contains("keeps leading here"), "{warning}");
    for slug in ["before", "AFTER", "Q/BEFORE", "Q/AFTER"] {
        assert_eq!(leads(&app, slug), (302, "https://example.com/".to_owned()), "{slug}");
    }
    let addresses = list(&app, &link);
    let shown: Vec<_> =
        addresses.iter().map(|slug| (slug["shortlink"].clone(), slug["main"].clone())).collect();
    assert_eq!(shown, [(json!("After"), json!(true)), (json!("Before"), json!(false))]);
    let page = app.get("/v1/links?pageSize=10");
    assert_eq!((&page["totalCount"], &page["links"][0]["shortlink"]), (&json!(1), &json!("After")));
    // Back again, spelled otherwise: its own address is not taken.
    let moved =
        app.patch(&format!("/v1/links/{}", link.id), &json!({ "shortlink": "BEFORE" }))["link"].take();
    assert_eq!(moved["shortlink"], "BEFORE");
    assert_eq!(list(&app, &link).len(), 2);
    // The same slug moves nowhere and warns of nothing.
    let same = app.patch(&format!("/v1/links/{}", link.id), &json!({ "shortlink": "before" }))["link"].take();
    assert_eq!((&same["shortlink"], same.get("xWarnings")), (&json!("before"), None));
}

#[test]
fn what_an_address_cannot_be_is_refused_and_changes_nothing() {
    let app = TestApp::new();
    let taken = app.link("https://example.com/1").slug("taken").create();
    let link = app.link("https://example.com/2").slug("mine").create();
    let own = format!("/v1/links/{}", link.id);
    let patch = |body: Value| app.api("PATCH", &own).json(&body).send();
    let (message, field) = patch(json!({ "shortlink": "TAKEN", "name": "half done" })).refusal(409);
    assert_eq!(field, "/shortlink");
    assert!(message.contains("upper and lower case") && message.contains(&taken.id), "{message}");
    assert_eq!(app.get(&own)["link"]["name"], "", "nothing is half done");
    for (slug, word) in [("v1", "reserved"), ("a/b", "cannot contain"), ("", "cannot be empty")] {
        let (message, field) = patch(json!({ "shortlink": slug })).refusal(400);
        assert!(field == "/shortlink" && message.contains(word), "{message}");
    }
    let missing = "0197a3c0-0000-7000-8000-000000000001";
    assert_eq!(patch(json!({ "customDomainId": missing })).refusal(400).1, "/customDomainId");
    let post = |body: Value| app.api("POST", &slugs(&link)).json(&body).send();
    assert_eq!(post(json!({ "shortlink": "taken" })).refusal(409).1, "/shortlink");
    assert_eq!(post(json!({ "shortlink": "Metrics" })).refusal(400).1, "/shortlink");
    assert_eq!(post(json!({ "placement": "p".repeat(101) })).refusal(400).1, "/placement");
    assert_eq!(post(json!({ "customDomainId": missing })).refusal(400).1, "/customDomainId");
    let main = list(&app, &link).remove(0);
    let change =
        |body: Value, status: u16| app.api("PATCH", &path(&link, &main)).json(&body).send().refusal(status).1;
    assert_eq!(change(json!({ "live": false }), 409), "/live");
    assert_eq!(change(json!({ "main": false }), 400), "/main");
    assert_eq!(change(json!({ "shortlink": "other" }), 400), "/shortlink");
    app.api("DELETE", &path(&link, &main)).send().refusal(409);
    app.api("PATCH", &format!("{}/{missing}", slugs(&link))).json(&json!({})).send().refusal(404);
    // An address of another link of the same workspace is none of this one's.
    let other = list(&app, &taken).remove(0);
    app.api("DELETE", &path(&link, &other)).send().refusal(404);
    assert_eq!((list(&app, &link).len(), list(&app, &taken).len()), (1, 1));
}

#[test]
fn scans_by_placement_can_be_told_apart() {
    let app = TestApp::new();
    let link = app.link("https://example.com/{placement}").slug("menu").create();
    let poster = add(&app, &link, "station", "Poster at the station");
    assert_eq!(poster["placement"], "Poster at the station");
    let drawn = app.post(&slugs(&link), &json!({ "placement": "Table 7" }))["slug"].take();
    assert_eq!(drawn["shortlink"].as_str().unwrap().len(), 7);
    for _ in 0..3 {
        assert_eq!(leads(&app, "Q/STATION").1, "https://example.com/station");
    }
    leads(&app, "menu");
    let events = app.events(&link, 4);
    let placed = |place: &str| events.iter().filter(|event| event["xPlacement"] == place).count();
    assert_eq!(placed("Poster at the station"), 3, "an event names where the code is printed");
    assert_eq!(events.iter().filter(|event| event.get("xPlacement").is_none()).count(), 1);
    let body = json!({ "dimension": "slug", "linkId": link.id });
    let answer = app.post("/v1/analytics/breakdown", &body);
    let rows: BTreeMap<String, u64> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["label"].as_str().unwrap().to_owned(), row["eventCount"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, BTreeMap::from([("menu".to_owned(), 1), ("station".to_owned(), 3)]));
    let renamed = app.patch(&path(&link, &poster), &json!({ "placement": " Main hall " }));
    assert_eq!(renamed["slug"]["placement"], "Main hall");
    let image = |query: &str| app.api("GET", &format!("/v1/links/{}/qrcode.svg{query}", link.id)).send();
    let (main, placed) = (image(""), image(&format!("?slugId={}", poster["id"].as_str().unwrap())));
    assert_eq!((main.status, placed.status), (200, 200));
    assert_ne!(main.body, placed.body, "each code holds its own address");
    image("?slugId=0197a3c0-0000-7000-8000-000000000001").refusal(404);
}

#[test]
fn an_address_is_stopped_leads_on_and_is_released() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("kept").create();
    let old = add(&app, &link, "old", "");
    assert_eq!(leads(&app, "old").0, 302);
    app.patch(&path(&link, &old), &json!({ "live": false }));
    assert_eq!((leads(&app, "old").0, leads(&app, "kept").0), (410, 302));
    app.link("https://example.com/").slug("old").send().refusal(409);
    app.patch(&path(&link, &old), &json!({ "live": true }));
    assert_eq!(leads(&app, "old").0, 302);
    // To be shown with an address is to have it lead.
    app.patch(&path(&link, &old), &json!({ "live": false }));
    app.patch(&path(&link, &old), &json!({ "main": true }));
    assert_eq!((leads(&app, "old").0, leads(&app, "kept").0), (302, 302));
    let kept = list(&app, &link).into_iter().find(|slug| slug["shortlink"] == "kept").unwrap();
    app.api("DELETE", &path(&link, &kept)).send().expect(200);
    assert_eq!(leads(&app, "kept").0, 404);
    app.api("DELETE", &path(&link, &kept)).send().refusal(404);
    let theirs = app.other_workspace();
    let new = app.link("https://example.com/new").slug("kept").of(&theirs).create();
    assert_eq!(leads(&app, "kept").1, "https://example.com/new");
    app.request("GET", &slugs(&link)).bearer(&theirs).send().refusal(404);
    app.api("GET", &slugs(&new)).send().refusal(404);
    let app = app.restart();
    assert_eq!((leads(&app, "old").0, leads(&app, "kept").1), (302, "https://example.com/new".to_owned()));
}

#[test]
fn a_deleted_links_slug_is_nobodys_until_its_owner_releases_it() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("gone").create();
    app.api("DELETE", &format!("/v1/links/{}", link.id)).send().expect(200);
    let (message, _) = app.link("https://example.com/").slug("gone").send().refusal(409);
    assert!(message.contains("deleted link") && message.contains("DELETE /v1/x/links/"), "{message}");
    assert_eq!(leads(&app, "gone").0, 410);
    let slug = list(&app, &link).remove(0);
    app.api("DELETE", &path(&link, &slug)).send().expect(200);
    assert_eq!(leads(&app, "gone").0, 404);
    app.link("https://example.com/new").slug("gone").create();
    assert_eq!(leads(&app, "gone").1, "https://example.com/new");
    let back = app.api("POST", &format!("/v1/x/links/{}/restore", link.id)).send().expect(200);
    let slug = back["link"]["shortlink"].as_str().unwrap().to_owned();
    assert_ne!(slug, "gone");
    assert_eq!(leads(&app, &slug).1, "https://example.com/");
}

#[test]
fn a_limit_counts_the_scans_of_all_addresses() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("first").with("xScanLimit", json!(4)).create();
    let second = add(&app, &link, "second", "");
    for slug in ["first", "second"] {
        assert_eq!(leads(&app, slug).0, 302);
    }
    app.patch(&path(&link, &second), &json!({ "live": false }));
    assert_eq!(leads(&app, "second").0, 410);
    app.patch(&path(&link, &second), &json!({ "live": true, "main": true }));
    let third = add(&app, &link, "third", "");
    for slug in ["third", "second"] {
        assert_eq!(leads(&app, slug).0, 302);
    }
    app.api("DELETE", &path(&link, &third)).send().expect(200);
    for slug in ["first", "second"] {
        assert_eq!(leads(&app, slug).0, 410, "{slug}");
    }
}

/// What an owner does to the addresses of two links.
#[derive(Clone, Debug)]
enum Step {
    Move(usize, usize),
    Add(usize, usize),
    Stop(usize, usize),
    Go(usize, usize),
    Release(usize, usize),
    Delete(usize),
    Restore(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (link, slug) = (0..2_usize, 0..5_usize);
    let pair = (link.clone(), slug);
    let step = prop_oneof![
        3 => pair.clone().prop_map(|(link, slug)| Step::Move(link, slug)),
        2 => pair.clone().prop_map(|(link, slug)| Step::Add(link, slug)),
        2 => pair.clone().prop_map(|(link, slug)| Step::Stop(link, slug)),
        2 => pair.clone().prop_map(|(link, slug)| Step::Go(link, slug)),
        3 => pair.prop_map(|(link, slug)| Step::Release(link, slug)),
        1 => link.clone().prop_map(Step::Delete),
        1 => link.prop_map(Step::Restore),
    ];
    proptest::collection::vec(step, 1..25)
}

/// The world as it should be: slug -> (link, live), main slug and deletion of each link.
struct Expected {
    slugs: BTreeMap<String, (usize, bool)>,
    main: [String; 2],
    deleted: [bool; 2],
}

impl Expected {
    fn owns(&self, link: usize, slug: &str) -> bool {
        self.slugs.get(slug).is_some_and(|(owner, _)| *owner == link)
    }

    /// Status that the step is answered with, having done it if it can be done.
    fn does(&mut self, step: &Step, name: &dyn Fn(usize) -> String) -> u16 {
        match *step {
            Step::Delete(link) if self.deleted[link] => 404,
            Step::Restore(link) if !self.deleted[link] => 404,
            Step::Delete(link) => {
                self.deleted[link] = true;
                200
            }
            Step::Restore(link) => {
                self.deleted[link] = false;
                200
            }
            Step::Move(link, _) | Step::Add(link, _) if self.deleted[link] => 404,
            Step::Move(link, slug) | Step::Add(link, slug) => {
                let slug = name(slug);
                let is_move = matches!(step, Step::Move(..));
                if self.slugs.contains_key(&slug) && !(is_move && self.owns(link, &slug)) {
                    return 409;
                }
                self.slugs.entry(slug.clone()).or_insert((link, true));
                if is_move {
                    self.slugs.insert(slug.clone(), (link, true));
                    self.main[link] = slug;
                }
                200
            }
            Step::Stop(link, slug) | Step::Go(link, slug) => {
                let (slug, live) = (name(slug), matches!(step, Step::Go(..)));
                if self.deleted[link] || !self.owns(link, &slug) {
                    return 404;
                }
                if !live && self.main[link] == slug {
                    return 409;
                }
                self.slugs.insert(slug, (link, live));
                200
            }
            Step::Release(link, slug) => {
                let slug = name(slug);
                match self.owns(link, &slug) {
                    false => 404,
                    true if self.main[link] == slug && !self.deleted[link] => 409,
                    true => {
                        self.slugs.remove(&slug);
                        if self.main[link] == slug {
                            self.main[link] = String::new();
                        }
                        200
                    }
                }
            }
        }
    }

    fn leads(&self, slug: &str) -> (u16, String) {
        match self.slugs.get(slug) {
            None => (404, String::new()),
            Some((link, live)) if self.deleted[*link] || !live => (410, String::new()),
            Some((link, _)) => (302, format!("https://example.com/{link}")),
        }
    }
}

/// Whatever is done to addresses in whatever order, the very next scan of each of them sees it.
#[test]
fn every_move_is_seen_by_the_next_scan() {
    let app = TestApp::with(&[("QUIETZONE_UNKNOWN_SLUG_LIMIT", "0")]);
    let round = std::cell::Cell::new(0);
    let config =
        ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..Default::default() };
    proptest!(config, |(steps in steps())| {
        round.set(round.get() + 1);
        let round = round.get();
        let name = move |slug: usize| format!("r{round}s{slug}");
        let made = [0, 1].map(|link| {
            app.link(&format!("https://example.com/{link}")).slug(&format!("r{round}l{link}")).create()
        });
        let mut expected = Expected {
            slugs: (0..2).map(|link| (format!("r{round}l{link}"), (link, true))).collect(),
            main: [0, 1].map(|link| format!("r{round}l{link}")),
            deleted: [false; 2],
        };
        for step in &steps {
            let status = expected.does(step, &name);
            let own = |link: usize| format!("/v1/links/{}", made[link].id);
            let of = |link: usize, slug: usize| {
                let answer = app.api("GET", &slugs(&made[link])).send().expect(200);
                let all = answer["slugs"].as_array().unwrap().clone();
                let id = all.iter().find(|row| row["shortlink"] == name(slug)).map(|row| row["id"].clone());
                let id = id.unwrap_or_else(|| json!("0197a3c0-0000-7000-8000-000000000001"));
                format!("{}/{}", slugs(&made[link]), id.as_str().unwrap())
            };
            let answer = match *step {
                Step::Move(link, slug) => app.api("PATCH", &own(link)).json(&json!({ "shortlink": name(slug) })),
                Step::Add(link, slug) => app.api("POST", &slugs(&made[link])).json(&json!({ "shortlink": name(slug) })),
                Step::Stop(link, slug) => app.api("PATCH", &of(link, slug)).json(&json!({ "live": false })),
                Step::Go(link, slug) => app.api("PATCH", &of(link, slug)).json(&json!({ "live": true })),
                Step::Release(link, slug) => app.api("DELETE", &of(link, slug)),
                Step::Delete(link) => app.api("DELETE", &own(link)),
                Step::Restore(link) => app.api("POST", &format!("/v1/x/links/{}/restore", made[link].id)),
            }
            .send();
            prop_assert_eq!(answer.status, status, "{:?} of {:?}: {:?}", step, steps, answer);
            for slug in (0..5).map(name).chain([0, 1].map(|link| format!("r{round}l{link}"))) {
                prop_assert_eq!(leads(&app, &slug), expected.leads(&slug), "{} after {:?} of {:?}", slug, step, steps);
            }
        }
    });
}

/// While scans rain on it, an address is moved between two links: a scan that begins after the move was answered sees
/// it, and none ever meets an error.
#[test]
fn under_load_a_move_is_seen_by_the_next_scan() {
    let app = TestApp::with(&[("QUIETZONE_UNKNOWN_SLUG_LIMIT", "0")]);
    let links = [0, 1].map(|link| app.link(&format!("https://example.com/{link}")).create());
    let done = AtomicBool::new(false);
    let client = (*app).clone();
    std::thread::scope(|scope| {
        let scanning: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = BTreeMap::new();
                    while !done.load(Ordering::Relaxed) {
                        *seen.entry(leads(&client, "wanders").0).or_insert(0_u32) += 1;
                    }
                    seen
                })
            })
            .collect();
        for round in 0..40 {
            let (link, target) = (&links[round % 2], format!("https://example.com/{}", round % 2));
            let slug = add(&app, link, "wanders", "");
            assert_eq!(leads(&app, "wanders"), (302, target));
            app.patch(&path(link, &slug), &json!({ "live": false }));
            assert_eq!(leads(&app, "wanders").0, 410);
            app.api("DELETE", &path(link, &slug)).send().expect(200);
            assert_eq!(leads(&app, "wanders").0, 404);
        }
        done.store(true, Ordering::Relaxed);
        for thread in scanning {
            let seen = thread.join().unwrap();
            assert!(seen.keys().all(|status| [302, 404, 410].contains(status)), "{seen:?}");
        }
    });
}

/// With less memory than links need, a slug that was released is nowhere and one that was added is found.
#[test]
fn addresses_move_when_not_all_links_fit_into_memory() {
    let app =
        TestApp::with(&[("QUIETZONE_LINKS_MEMORY_LIMIT", "65536"), ("QUIETZONE_UNKNOWN_SLUG_LIMIT", "0")]);
    let many: Vec<Value> = (0..250).map(|_| json!({ "destination": "https://example.com/x" })).collect();
    for _ in 0..2 {
        app.post("/v1/links/bulk", &json!({ "links": many }));
    }
    let link = app.link("https://example.com/").slug("crowded").create();
    let old = add(&app, &link, "crowded-too", "");
    for _ in 0..2 {
        app.post("/v1/links/bulk", &json!({ "links": many }));
    }
    assert!(!app.server().app().table.is_complete(), "not all links are in memory");
    assert_eq!(leads(&app, "crowded-too").0, 302);
    app.api("DELETE", &path(&link, &old)).send().expect(200);
    assert_eq!((leads(&app, "crowded-too").0, leads(&app, "crowded").0), (404, 302));
    let next = add(&app, &link, "crowded-too", "");
    assert_eq!(leads(&app, "crowded-too").0, 302);
    app.patch(&path(&link, &next), &json!({ "live": false }));
    assert_eq!(leads(&app, "crowded-too").0, 410);
}
