//! Killed between an answer and its trace, a form has lost and doubled nothing whose thanks were read.

use super::{hidden, ids, publish, redirect};
use crate::client::{Client, IPHONE, Link, eventually};
use crate::load::setting;
use crate::program::Program;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tempfile::TempDir;

const EXIT: &str = "https://example.com/thanks";
const PEOPLE: usize = 4;

fn form(program: &Program) -> Link {
    let link = program.link(EXIT).create();
    let [form, exit] = ids();
    let step = json!({ "id": form, "payload": { "form": { "formTitle": "Hello", "formFields": [
        { "id": "mail", "key": "$email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true }] } },
        "branches": [{ "branchId": "next", "nextStepId": exit }] });
    publish(program, &link, vec![step, redirect(&exit, EXIT)]);
    link
}

/// Fills the form in until the connection breaks; the numbers whose thanks were read.
fn answer_until_killed(program: &Client, link: &Link, next: &AtomicU64, killed: &AtomicBool) -> Vec<u64> {
    let mut thanked = Vec::new();
    // A killed program refuses connections, and the client says so by panicking.
    let answer = |number: u64| {
        let ask = |method: &str, path: &str| {
            let address = format!("198.51.{}.{}", number / 200 % 200, number % 200);
            program.request(method, path).agent(IPHONE).from(&address)
        };
        let shown = ask("GET", &format!("/{}", link.slug)).send();
        let path = shown.location().to_owned();
        let page = ask("GET", &path).send().text();
        let body = format!("mail=person-{number}%40example.com&_t={}", hidden(&page, "_t"));
        let kind = "application/x-www-form-urlencoded";
        let done = ask("POST", &path).body(kind, body.into_bytes()).send();
        done.status == 303 && done.location() == EXIT
    };
    while !killed.load(Ordering::SeqCst) {
        let number = next.fetch_add(1, Ordering::SeqCst);
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| answer(number))) {
            Ok(true) => thanked.push(number),
            Ok(false) => {}
            Err(_) => break,
        }
    }
    thanked
}

#[test]
fn killed_between_an_answer_and_its_trace_a_form_has_lost_and_doubled_nothing() {
    let rounds = setting("ROUNDS", 4);
    let data = TempDir::new().unwrap();
    let settings = [("QUIETZONE_TRUSTED_PROXIES", "127.0.0.1/32")];
    let mut program = Program::start(data.path(), &settings);
    let link = form(&program);
    let next = AtomicU64::new(0);
    let mut thanked: Vec<u64> = Vec::new();
    for round in 0..rounds {
        let killed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let client: &Client = &program;
            let people: Vec<_> = (0..PEOPLE)
                .map(|_| {
                    let (client, link, next, killed) = (client.clone(), &link, &next, &killed);
                    scope.spawn(move || answer_until_killed(&client, link, next, killed))
                })
                .collect();
            let enough = next.load(Ordering::SeqCst) + 20 + round * 7 % 30;
            eventually("answers", || (next.load(Ordering::SeqCst) >= enough).then_some(()));
            killed.store(true, Ordering::SeqCst);
            program.kill();
            for person in people {
                thanked.extend(person.join().unwrap());
            }
        });
        program = Program::start(data.path(), &settings);
    }
    let mut found = BTreeSet::new();
    let mut doubled = 0;
    let mut token = String::new();
    loop {
        let page = program.get(&format!("/v1/visitors?pageSize=200&include=events&pageToken={token}"));
        for visitor in page["json"]["visitors"].as_array().unwrap() {
            let email = visitor["email"].as_str().unwrap();
            let number: u64 =
                email.strip_prefix("person-").unwrap().split('@').next().unwrap().parse().unwrap();
            doubled += usize::from(!found.insert(number) || visitor["visitCount"] != 1);
        }
        match page["json"]["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    let lost = thanked.iter().filter(|number| !found.contains(number)).count();
    // Every answer that is kept has its trace, once, whoever wrote it.
    let mut untraced = 0;
    for number in &found {
        let visitor = program.get(&format!("/v1/visitors?email=person-{number}@example.com&include=events"));
        let event = visitor["json"]["visitors"][0]["events"][0]["id"].as_str().unwrap().to_owned();
        let answered = || {
            let traces =
                program.get(&format!("/v1/events/{event}/traces"))["traces"].as_array().unwrap().clone();
            traces.iter().filter(|trace| trace["xKind"] == "answered").count()
        };
        untraced += usize::from(eventually("the trace", || (answered() > 0).then(answered)) != 1);
    }
    println!(
        "rounds {rounds}, thanks read {}, submissions {}, lost {lost}, doubled {doubled}, without one trace {untraced}",
        thanked.len(),
        found.len()
    );
    assert_eq!((lost, doubled, untraced), (0, 0, 0));
    assert!(thanked.len() as u64 >= 10 * rounds, "{}", thanked.len());
}
