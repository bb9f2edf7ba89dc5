//! Many links at once, and links to something else than a destination.

use crate::app::{HOUR, TestApp};
use crate::client::{Answer, Link, eventually};
use serde_json::{Value, json};

fn links(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| json!({ "destination": format!("https://example.com/{n}"), "name": format!("{n}") }))
        .collect()
}

fn total(app: &TestApp) -> u64 {
    app.get("/v1/links?pageSize=1")["totalCount"].as_u64().unwrap()
}

fn of(json: &Value) -> Link {
    let text = |field: &str| json[field].as_str().unwrap().to_owned();
    Link { id: text("id"), slug: text("shortlink"), json: json.clone() }
}

#[test]
fn two_hundred_and_fifty_links_are_made_in_their_order_and_lead_at_once() {
    let app = TestApp::new();
    for (path, body) in
        [("/v1/links/bulk", json!({ "links": links(250) })), ("/v1/links/batch", json!(links(3)))]
    {
        let made = app.post(path, &body);
        let made = made["links"].as_array().unwrap();
        let names: Vec<&str> = made.iter().map(|link| link["name"].as_str().unwrap()).collect();
        let wanted: Vec<String> = (0..made.len()).map(|n| n.to_string()).collect();
        assert_eq!(names, wanted);
        let last = made.len() - 1;
        assert_eq!(app.scan(&of(&made[last])).location(), format!("https://example.com/{last}"));
    }
    assert_eq!(total(&app), 253);
    let versions = app.get(&format!(
        "/v1/x/links/{}/workflow/versions",
        app.get("/v1/links?pageSize=1")["links"][0]["id"].as_str().unwrap()
    ));
    assert_eq!(versions["versions"][0]["publishedBy"], "API token First token");
}

#[test]
fn one_bad_item_leaves_nothing_and_is_named() {
    let app = TestApp::new();
    app.link("https://example.com/").slug("Taken").create();
    let mut many = links(251);
    let id = "0197a3c0-0000-7000-8000-000000000001";
    let cases: Vec<(Value, u16, &str)> = vec![
        (
            json!([{ "destination": "https://a.example/" }, { "destination": "nowhere" }]),
            400,
            "/1/destination",
        ),
        (json!([{ "destination": "https://a.example/", "name": 7 }]), 400, "/0/name"),
        (json!([{ "destination": "https://a.example/", "shortlink": "tAKEN" }]), 409, "/0/shortlink"),
        (
            json!([{ "destination": "https://a.example/", "shortlink": "a" }, { "destination": "https://a.example/", "shortlink": "A" }]),
            409,
            "/1/shortlink",
        ),
        (
            json!([{ "destination": "https://a.example/", "id": id }, { "destination": "https://a.example/", "id": id }]),
            409,
            "/1/id",
        ),
        (json!([{ "destination": "https://a.example/", "directoryId": id }]), 400, "/0/directoryId"),
        (json!([{ "destination": "https://a.example/", "customDomainId": id }]), 400, "/0/customDomainId"),
        (json!([]), 400, ""),
        (json!(many.clone()), 400, ""),
    ];
    for (list, status, field) in cases {
        let refused = |answer: Answer, prefix: &str| {
            assert_eq!(answer.refusal(status).1, format!("{prefix}{field}"), "{answer:?}");
        };
        refused(app.api("POST", "/v1/links/batch").json(&list).send(), "");
        refused(app.api("POST", "/v1/links/bulk").json(&json!({ "links": list })).send(), "/links");
    }
    many.pop();
    many[7]["shortlink"] = json!("taken");
    let job = app.post_accepted(&json!({ "links": many }));
    let job = finished(&app, &job);
    assert_eq!(job["status"], "JOB_STATUS_FAILED");
    assert_eq!(job["error"]["codeType"], "SHORTLINK_TAKEN");
    assert!(job["error"]["message"].as_str().unwrap().starts_with("/links/7/shortlink: "), "{job}");
    assert_eq!(total(&app), 1, "nothing was made");
    assert_eq!(app.api("POST", "/v1/links/batch").json(&json!({ "links": [] })).send().refusal(400).1, "");
}

impl TestApp {
    fn post_accepted(&self, body: &Value) -> Value {
        let answer = self.api("POST", "/v1/links/bulk/jobs").json(body).send();
        let job = answer.expect(202);
        assert_eq!(answer.location(), job["statusUrl"].as_str().unwrap());
        job
    }
}

fn finished(app: &TestApp, job: &Value) -> Value {
    eventually("the job", || {
        let job = app.get(job["statusUrl"].as_str().unwrap());
        job.get("completedAt").is_some().then_some(job)
    })
}

#[test]
fn a_job_makes_its_links_and_can_be_read_for_a_day() {
    let app = TestApp::new();
    let job = app.post_accepted(&json!({ "links": links(30) }));
    assert_eq!((&job["itemCount"], &job["type"]), (&json!(30), &json!("JOB_TYPE_LINKS_BULK_CREATE")));
    let job = finished(&app, &job);
    assert_eq!(job["status"], "JOB_STATUS_SUCCEEDED");
    let ids = job["linksBulkCreate"]["linkIds"].as_array().unwrap();
    let link = app.get(&format!("/v1/links/{}", ids[29].as_str().unwrap()))["link"].take();
    assert_eq!(link["name"], "29");
    eventually("its answer", || {
        (app.visit(&format!("/{}", link["shortlink"].as_str().unwrap())).send().status == 302).then_some(())
    });
    let path = job["statusUrl"].as_str().unwrap().to_owned();
    app.advance(23 * HOUR);
    app.get(&path);
    app.advance(2 * HOUR);
    app.api("GET", &path).send().refusal(404);
    let wrong = json!({ "links": [{ "destination": "nowhere" }] });
    let refused = app.api("POST", "/v1/links/bulk/jobs").json(&wrong).send();
    assert_eq!(refused.refusal(400).1, "/links/0/destination", "what is wrong is told at once");
}

#[test]
fn a_job_that_a_killed_process_left_is_done_once_by_the_next() {
    let app = TestApp::new();
    let server = app.server();
    let catalog = server.app().catalog.clone();
    let now = server.app().clock.now();
    let id = server.api_runtime().block_on(async move {
        let workspace =
            server::catalog::workspaces::first(&mut catalog.read().await.unwrap()).await.unwrap().unwrap();
        let change = async move |db: &mut server::catalog::Connection| {
            use server::catalog::jobs;
            let payload = json!({ "by": "x", "links": links(5) });
            let job = jobs::create(
                db,
                workspace.id,
                "links_bulk_create",
                &payload,
                &json!({ "itemCount": 5 }),
                now,
            )
            .await?;
            // As a process leaves it that is killed in the midst of it.
            jobs::start(db, job.id).await?;
            Ok(job.id)
        };
        catalog.write(change).await.unwrap()
    });
    let app = app.restart();
    let job = finished(&app, &json!({ "statusUrl": format!("/v1/jobs/{id}") }));
    assert_eq!(job["status"], "JOB_STATUS_SUCCEEDED");
    let app = app.restart();
    assert_eq!(total(&app), 5);
}

#[test]
fn links_lead_to_cards_thanks_and_files() {
    let app = TestApp::new();
    let exit = |id: &Value| {
        app.get(&format!("/v1/links/{}/workflow-steps", id.as_str().unwrap()))["workflowSteps"][1].take()
    };
    let card = json!({ "vcardData": { "firstName": "Ada", "email": "ada@example.com" }, "name": "Card", "tags": ["t"] });
    let made = app.post("/v1/links/contact", &card)["link"].take();
    assert_eq!((&made["name"], &made["tags"][0]["name"]), (&json!("Card"), &json!("t")));
    let step = exit(&made["id"]);
    assert_eq!(
        (&step["eventAction"], &step["payload"]["vcard"]["firstName"]),
        (&json!("EVENT_ACTION_CONTACT_CARD"), &json!("Ada"))
    );
    let page = app.visit(&format!("/{}", made["shortlink"].as_str().unwrap())).send();
    assert_eq!(page.status, 303);
    assert!(
        app.visit(
            page.location().rsplit_once("/r/").map(|(_, token)| format!("/r/{token}")).unwrap().as_str()
        )
        .send()
        .text()
        .contains("Ada")
    );

    let made =
        app.post("/v1/links/thank-you", &json!({ "title": "Thanks", "description": "Bye" }))["link"].take();
    assert_eq!(
        exit(&made["id"])["payload"]["thankYouPage"],
        json!({ "title": "Thanks", "description": "Bye" })
    );

    let file =
        app.post("/v1/media", &json!({ "fileName": "menu.pdf", "fileData": "JVBERi0xLjcK" }))["media"].take();
    let made = app.post("/v1/links/open-media", &json!({ "mediaId": file["id"] }));
    assert_eq!(made["workflowSteps"][1]["payload"]["openMedia"]["mediaId"], file["id"]);

    for (path, body, field) in [
        ("contact", json!({ "name": "x" }), "/vcardData"),
        ("contact", json!({ "vcardData": { "firstName": 7 } }), "/vcardData/firstName"),
        ("contact", json!({ "vcardData": { "website": "nowhere" } }), "/vcardData/website"),
        (
            "contact",
            json!({ "vcardData": { "firstName": "A" }, "destination": "https://example.com/" }),
            "/destination",
        ),
        ("contact", json!({ "vcardData": { "firstName": "A" }, "tags": "t" }), "/tags"),
        ("thank-you", json!({ "description": "x" }), "/title"),
        ("thank-you", json!({ "title": 7 }), "/title"),
        ("open-media", json!({}), "/mediaId"),
        ("open-media", json!({ "mediaId": "0197a3c0-0000-7000-8000-000000000001" }), "/mediaId"),
    ] {
        let answer = app.api("POST", &format!("/v1/links/{path}")).json(&body).send();
        assert_eq!(answer.refusal(400).1, field, "{path} {body}");
    }
}

#[test]
fn a_slug_is_free_or_it_is_told_why_not() {
    let app = TestApp::new();
    app.link("https://example.com/").slug("Menu").create();
    let ask = |slug: &str| app.get(&format!("/v1/links/shortlink-availability?shortlink={slug}"));
    assert_eq!(ask("mENU"), json!({ "available": false }));
    assert_eq!(ask("menus"), json!({ "available": true }));
    let reserved = ask("v1");
    assert_eq!(reserved["available"], false);
    assert!(reserved["xReason"].as_str().unwrap().contains("reserved"));
    let drawn = app.get("/v1/links/shortlink-random")["shortlink"].as_str().unwrap().to_owned();
    assert_eq!(ask(&drawn)["available"], true);
    assert_eq!(app.api("GET", "/v1/links/shortlink-availability").send().refusal(400).1, "shortlink");
}

#[test]
fn the_address_of_a_codes_image_is_good_for_an_hour_and_for_that_link_only() {
    let app = TestApp::new();
    let link = app.link("https://example.com/").slug("menu").create();
    let other = app.other_workspace();
    let body = json!({ "linkIds": [link.id, "0197a3c0-0000-7000-8000-000000000001"] });
    let urls = app.post("/v1/links/qrcode-images:resolve", &body)["qrcodeSignedUrls"].take();
    assert_eq!(urls.as_object().unwrap().len(), 1);
    let theirs =
        app.request("POST", "/v1/links/qrcode-images:resolve").bearer(&other).json(&body).send().expect(200);
    assert_eq!(theirs, json!({ "qrcodeSignedUrls": {} }));
    let url = urls[&link.id].as_str().unwrap();
    let path = url.split_once(&app.address.to_string()).unwrap().1;
    let image = app.request("GET", path).send();
    assert_eq!((image.status, image.header("content-type")), (200, "image/png"));
    assert!(image.body.starts_with(b"\x89PNG"));
    let including = app.get(&format!("/v1/links/{}?include=qrcodeSignedUrl&include=qrcodeDesign", link.id));
    assert_eq!(including["link"]["qrcodeDesign"]["id"], including["link"]["qrcodeDesignId"]);
    assert!(including["link"]["qrcodeSignedUrl"].as_str().unwrap().contains("/x/qrcode/"));
    assert!(app.get(&format!("/v1/links/{}", link.id))["link"].get("qrcodeSignedUrl").is_none());
    let forged = format!("{}A", &path[..path.len() - 1]);
    assert!(app.request("GET", &forged).send().status == 404 || forged == path);
    app.advance(HOUR + 1000);
    assert_eq!(app.request("GET", path).send().status, 410);
    let wrong = app.api("POST", "/v1/links/qrcode-images:resolve").json(&json!({ "linkIds": ["x"] })).send();
    assert_eq!(wrong.refusal(400).1, "/linkIds/0");
}
