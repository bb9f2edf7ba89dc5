//! Runs that are interrupted: between any two steps of a day, and by a kill.

use super::{Month, REJUDGE, Simulated, done};
use crate::app::TestApp;
use crate::client::eventually;
use crate::program::Program;
use model::scan::Verdict;
use serde_json::json;
use sqlx::AssertSqlSafe;
use sqlx::Row;
use std::time::Duration;

/// Runs a statement on the catalog.
fn sql(app: &TestApp, text: &str) {
    let (server, text) = (app.server(), text.to_owned());
    let catalog = server.app().catalog.clone();
    let change = async move |db: &mut server::catalog::Connection| {
        Ok(sqlx::raw_sql(AssertSqlSafe(text)).execute(db).await.map(drop)?)
    };
    server.api_runtime().block_on(catalog.write(change)).unwrap();
}

/// Run, first and last day, changes and result of what is announced.
fn announced(app: &TestApp) -> Option<(Vec<u8>, [i64; 2], String, String)> {
    let catalog = app.server().app().catalog.clone();
    app.server().api_runtime().block_on(async move {
        let mut db = catalog.read().await.unwrap();
        let row = sqlx::query("select * from rejudge_exchanges").fetch_optional(&mut *db).await.unwrap()?;
        Some((
            row.get("run_id"),
            ["first_day", "last_day"].map(|day| row.get(day)),
            row.get("changes"),
            row.get("result"),
        ))
    })
}

fn restart(month: Month) -> Month {
    let Month { app, links, scans } = month;
    Month { app: app.restart(), links, scans }
}

#[test]
fn counters_follow_once_wherever_days_are_interrupted() {
    let mut month = Month::new();
    // The catalog takes no announcement: nothing at all happens.
    sql(
        &month.app,
        "create trigger stuck before insert on rejudge_exchanges begin select raise(abort, 'no announcement'); end",
    );
    let accepted = month.app.api("POST", REJUDGE).json(&json!({})).send();
    let path = accepted.header("location").to_owned();
    let sick = |app: &TestApp| {
        eventually("the run to be held up", || {
            let reasons = app.get("/v1/x/system")["reasons"].to_string();
            reasons.contains("judging again").then_some(())
        });
    };
    sick(&month.app);
    let before = month.verdicts(|scan| scan.before.0);
    month.counted("nothing was announced", &before);
    month.app.api("POST", REJUDGE).json(&json!({})).send().refusal(409);

    // It is announced and the rows are exchanged; then the process ends before the counters follow.
    sql(
        &month.app,
        "drop trigger stuck;
         create trigger stuck before delete on rejudge_exchanges begin select raise(abort, 'no counters'); end",
    );
    let found = eventually("an announcement", || announced(&month.app));
    sick(&month.app);
    month = restart(month);
    sick(&month.app);
    assert_eq!(announced(&month.app).as_ref(), Some(&found), "it is still to be done");
    sql(&month.app, "drop trigger stuck");
    let run = done(&month.app, &path);
    let now: Vec<_> = month.verdicts(|scan: &Simulated| month.now(scan).0);
    month.counted("after the restart", &now);
    assert_eq!(month.reasons(), month.reasons_of(|scan| month.now(scan)));
    assert_eq!(run["result"]["scans"], month.scans.len());

    // Announced, and the process ended before the rows were exchanged: the scans have their first verdicts here.
    month.run(json!({ "restore": true }));
    let (_, [first, last], changes, result) = found;
    let second = month.app.api("POST", REJUDGE).json(&json!({ "dryRun": true })).send();
    let second = done(&month.app, second.header("location"));
    let id = second["id"].as_str().unwrap().replace('-', "");
    let quoted = |text: &str| text.replace('\'', "''");
    sql(
        &month.app,
        &format!(
            "insert into rejudge_exchanges (run_id, first_day, last_day, changes, result)
                 values (x'{id}', {first}, {last}, '{}', '{}');
             update rejudge_runs set status = 'running', dry_run = 0, next_day = null, days_done = 0, result = '{{}}',
                 completed_at = null where id = x'{id}'",
            quoted(&changes),
            quoted(&result)
        ),
    );
    month = restart(month);
    let run = done(&month.app, second["statusUrl"].as_str().unwrap());
    assert_eq!(run["result"]["scans"], month.scans.len());
    month.counted("as if it had never been announced", &now);
    assert_eq!(month.reasons(), month.reasons_of(|scan| month.now(scan)));
    assert_eq!(announced(&month.app), None);
}

#[test]
fn killed_again_and_again_it_ends_where_it_would_have_ended() {
    let month = Month::new();
    month.run(json!({}));
    let before = month.verdicts(|scan| scan.before.0);
    let Month { app, links, scans } = month;
    let data = app.stopped();
    // Judging needs user agents, which are too old for the program's own clock; giving verdicts back needs none.
    let mut program = Program::start(data.path(), &[]);
    let accepted = program.api("POST", REJUDGE).json(&json!({ "restore": true })).send();
    let path = accepted.header("location").to_owned();
    let mut kills = 0;
    for round in 0..6u64 {
        std::thread::sleep(Duration::from_millis(30 + 45 * round));
        program.kill();
        kills += 1;
        program = Program::start(data.path(), &[]);
    }
    let run = eventually("the run", || {
        let run = program.get(&path)["run"].take();
        (!run["completedAt"].is_null()).then_some(run)
    });
    assert_eq!((&run["status"], &run["days"]), (&json!("JOB_STATUS_SUCCEEDED"), &run["daysDone"]), "{run}");
    assert_eq!(run["result"]["scans"], scans.len(), "every day was counted once: {run}");
    println!("{kills} kills, {} days", run["days"]);
    for (number, link) in links.iter().enumerate() {
        let own = scans.iter().zip(&before).filter(|(scan, _)| scan.link == number);
        let count = own.filter(|(_, verdict)| **verdict == Verdict::Human).count() as u64;
        let shown = program.get(&format!("/v1/links/{}", link.id))["link"].take();
        assert_eq!(shown["eventCount"], count, "{shown}");
        let metrics = program.get(&format!("/v1/metrics/events?linkId={}", link.id));
        assert_eq!(metrics["totalEvents"], count, "{metrics}");
    }
}
