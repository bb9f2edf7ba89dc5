//! A clock that is set back: by an hour, and across midnight.

use super::{Fault, Faults, link, until};
use crate::client::eventually;
use crate::load::{Load, figure};
use std::ops::ControlFlow;
use tempfile::TempDir;

const DAY: i64 = 86_400;

/// Seconds from the machine's time to ten minutes after the next UTC midnight.
fn to_past_midnight() -> i32 {
    let now = jiff::Timestamp::from_second(
        std::process::Command::new("date")
            .arg("+%s")
            .output()
            .map(|out| String::from_utf8(out.stdout).unwrap().trim().parse::<i64>().unwrap())
            .unwrap(),
    );
    let now = now.unwrap().as_second();
    (DAY - now.rem_euclid(DAY) + 600) as i32
}

#[test]
fn a_clock_that_goes_back_an_hour_and_across_midnight() {
    let folder = TempDir::new().unwrap();
    let faults = Faults::new(folder.path());
    let settings = [("QUIETZONE_STORE_SEAL_AFTER_S", "2")];
    let data = folder.path().join("data");
    let past_midnight = to_past_midnight();
    faults.set(Fault::ClockSeconds, past_midnight);
    let program = faults.start(&data, &settings);
    let link = link(&program);
    let load = Load::new(&program, &link);
    let some = |load: &Load<'_>| {
        let enough = load.asked() + 300;
        load.run(|| if load.asked() >= enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    };
    some(&load);
    // From ten past midnight back to ten past eleven, on, back again, and on for good: what is asked at the end is asked
    // behind all of it.
    for back in [3600, 0, 3600, -3600] {
        faults.set(Fault::ClockSeconds, past_midnight - back);
        some(&load);
        let mut enough = until("hot scans to be sealed", || figure(&program, "store_rows") > 0);
        while enough().is_continue() {
            load.one();
        }
    }
    eventually("what was hot when the clock was set back to be sealed", || {
        (figure(&program, "store_segments") >= 2).then_some(())
    });
    let lost = load.settle("clock back an hour, across midnight");
    assert_eq!(lost, 0);
    // Both days are there, and their numbers are those of the list.
    let list = program.get(&format!("/v1/events?linkId={}&verdict=all&pageSize=1", link.id));
    assert_eq!(list["json"]["totalCount"].as_u64(), Some(load.answered()));
    let answered = load.answered();
    program.kill();
    let program = faults.start(&data, &settings);
    let stored = crate::load::stored(&program, &link, answered);
    assert_eq!(stored.len() as u64, answered);
    assert!(stored.values().all(|count| *count == 1));
}
