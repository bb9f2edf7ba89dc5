//! `quietzone rejudge`, alone and beside a server.

use super::Month;
use crate::client::{TOKEN, eventually};
use crate::program::{Program, quietzone};
use model::scan::Verdict;
use serde_json::json;
use std::path::Path;

fn rejudge(data: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> (i32, String) {
    let mut command = quietzone(settings);
    command.args(["rejudge", "--data"]).arg(data).args(arguments);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn the_command_works_alone_and_has_a_server_that_runs_do_it() {
    let month = Month::new();
    let moved = month.run(json!({}))["result"]["moved"].clone();
    let moved: u64 = moved.as_array().unwrap().iter().map(|row| row["scans"].as_u64().unwrap()).sum();
    let Month { app, links, scans } = month;
    let workspace = app.get("/v1/workspace")["id"].as_str().unwrap().to_owned();
    let data = app.stopped();
    let days = ["--from", "2026-01-01", "--to", "2026-03-31"];
    let with = |more: &[&'static str]| [&days[..], more].concat();
    let grouped = server::simulate::progress::grouped;

    let (code, said) = rejudge(data.path(), &with(&["--restore", "--dry-run"]), &[]);
    assert_eq!(code, 0, "{said}");
    let looked = format!("{} scans looked at, {} would move", grouped(scans.len() as u64), grouped(moved));
    assert!(said.contains(&looked) && said.contains("Nothing was changed."), "{said}");
    assert!(said.contains("bot (ua:list)") && said.contains("-> human (browser)"), "{said}");
    assert!(!said.contains("reaches beyond"), "{said}");
    let endless = ["--from", "2026-01-01", "--to", "2999-01-01", "--dry-run", "--token", TOKEN];
    let (code, said) = rejudge(data.path(), &endless, &[]);
    let cut = "--to 2999-01-01 reaches beyond the last UTC day that is over: scans after 20";
    assert!(code == 0 && said.contains(cut) && said.contains("T23:59:59.999Z were not looked at"), "{said}");
    let mine = [&days[..], &["--restore", "--workspace", &workspace]].concat();
    let (code, said) = rejudge(data.path(), &mine, &[]);
    assert_eq!((code, said.contains(&format!("{} moved", grouped(moved)))), (0, true), "{said}");

    for (arguments, expected) in [
        (vec!["--from", "2026-03-02", "--to", "2026-03-01"], "lies before --from"),
        (vec!["--from", "soon", "--to", "2026-03-01"], "not a date"),
        (vec!["--from", "2999-01-01", "--to", "2999-01-02"], "only UTC days that are over"),
        (
            [&days[..], &["--workspace", "00000000-0000-0000-0000-000000000001"]].concat(),
            "there is no such workspace",
        ),
    ] {
        let (code, said) = rejudge(data.path(), &arguments, &[]);
        assert_eq!((code, said.contains(expected)), (2, true), "{said}");
    }

    let program = Program::start(data.path(), &[]);
    let (code, said) = rejudge(data.path(), &days, &[]);
    assert_eq!((code, said.contains("QUIETZONE_API_TOKEN")), (2, true), "{said}");
    // By the program's own clock the user agents are too old, and go with its first tending.
    eventually("scans that have to stay", || {
        let (code, said) = rejudge(data.path(), &with(&["--dry-run", "--token", TOKEN]), &[]);
        assert_eq!(code, 0, "{said}");
        (said.contains(" 0 would move") && said.contains("deleted after 30 days")).then_some(())
    });
    let (code, said) = rejudge(data.path(), &mine, &[("QUIETZONE_API_TOKEN", TOKEN)]);
    assert_eq!((code, said.contains(" 0 moved")), (0, true), "{said}");
    assert!(!said.contains("reaches beyond"), "{said}");
    let (code, said) = rejudge(data.path(), &endless, &[]);
    let run = program.get(super::REJUDGE)["runs"][0].take();
    let cut = format!("scans after {} were not looked at", run["endDate"].as_str().unwrap());
    assert!(code == 0 && said.contains(&cut), "{said}: {run}");
    let (code, said) = rejudge(
        data.path(),
        &with(&["--token", TOKEN, "--workspace", "00000000-0000-0000-0000-000000000001"]),
        &[],
    );
    assert_eq!((code, said.contains("another workspace")), (1, true), "{said}");
    let (code, said) = rejudge(data.path(), &with(&["--token", "sk_live_nobody_has_this_one"]), &[]);
    assert_eq!((code, said.contains("the server says")), (1, true), "{said}");

    let human = scans.iter().filter(|scan| scan.link == 0 && scan.before.0 == Verdict::Human).count();
    let shown = program.get(&format!("/v1/links/{}", links[0].id))["link"].take();
    assert_eq!(shown["eventCount"], human, "{shown}");
}
