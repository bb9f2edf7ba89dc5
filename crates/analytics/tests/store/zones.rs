//! Local days and hours add up, also where the clock is changed.

use crate::agreement::{options, position, sum};
use crate::world::SMALL;
use crate::{reference, world};
use analytics::{Batch, Local};
use jiff::tz::TimeZone;
use model::buckets;
use model::report::{Answer, Ask, By, Population};
use model::{Millis, ScanId};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn local_days_add_up_to_the_range_in_every_zone() {
    // A scan each half hour over a change of the clock, of two zones on one day and of others the week after.
    let dir = tempfile::tempdir().unwrap();
    let local = Local::open(dir.path(), options()).unwrap();
    let template = world::scans(7, 1, SMALL).remove(0);
    let changes = [
        ("Europe/Berlin", "2026-03-29", 23.0),
        ("Europe/Berlin", "2026-10-25", 25.0),
        ("America/New_York", "2026-03-08", 23.0),
        ("America/New_York", "2026-11-01", 25.0),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Asia/Kathmandu", "2026-03-29", 24.0),
        ("America/St_Johns", "2026-03-08", 23.0),
        ("America/St_Johns", "2026-11-01", 25.0),
    ];
    let mut days: BTreeSet<i64> = BTreeSet::new();
    for (zone, day, _) in changes {
        let tz = TimeZone::get(zone).unwrap();
        let date: jiff::civil::Date = day.parse().unwrap();
        let start = model::dates::start_of_day(date, &tz).unwrap();
        days.extend((-96..96).map(|half| (start.0 - start.0.rem_euclid(1_800_000)) + half * 1_800_000));
    }
    let mut batch = Batch::new();
    for (n, at) in days.iter().enumerate() {
        let bits = (*at as u128) << 80 | 7 << 76 | 2 << 62 | n as u128;
        let mut scan = template.get();
        scan.id = ScanId(uuid::Uuid::from_u128(bits));
        scan.at = Millis(*at);
        scan.verdict = model::scan::Verdict::Human;
        batch.scan(position(n), &scan);
    }
    local.append(batch);
    local.seal().unwrap();
    println!("zone                 day         hours  scans of the day, by its hours, by the clock");
    for (zone, day, hours) in changes {
        let tz = TimeZone::get(zone).unwrap();
        let date: jiff::civil::Date = day.parse().unwrap();
        let [from, to] =
            [date, date.tomorrow().unwrap()].map(|date| model::dates::start_of_day(date, &tz).unwrap());
        let population = Population { from, to, ..reference::everything(template.get().workspace) };
        let scans = (days.range(from.0..to.0).count()) as u64;
        let by_hours = |ask: &Ask| match local.report(&population, ask).unwrap() {
            Answer::Series { lines, .. } => sum(&lines[0].1).scans,
            Answer::Breakdown { rows, .. } => sum(rows.iter().map(|(_, counts)| counts)).scans,
            _ => 0,
        };
        let edges = buckets::edges(from, to, 60, &tz).unwrap();
        let of_hours = by_hours(&Ask::Series { edges, by: None });
        let clock = std::sync::Arc::new(model::clock::Clock::new(from, to, &tz));
        let by = By::Clock(clock, model::report::ClockPart::WeekHour);
        let of_clock = by_hours(&Ask::Breakdown { by: by.clone(), limit: 168 });
        println!("{zone:20} {day}  {hours:5}  {scans}, {of_hours}, {of_clock}");
        assert_eq!((scans as f64 / 2.0, of_hours, of_clock), (hours, scans, scans), "{zone} {day}");
        // Each hour of the clock has the scans that the calendar puts there.
        let Answer::Breakdown { rows, .. } =
            local.report(&population, &Ask::Breakdown { by, limit: 168 }).unwrap()
        else {
            panic!("no breakdown")
        };
        let mut expected: BTreeMap<String, u64> = BTreeMap::new();
        for at in days.range(from.0..to.0) {
            let at = Millis(*at).timestamp().to_zoned(tz.clone());
            let label = format!("{} {}", at.weekday().to_monday_one_offset(), at.hour());
            *expected.entry(label).or_default() += 1;
        }
        let found: BTreeMap<String, u64> =
            rows.into_iter().map(|(value, counts)| (value.label, counts.scans)).collect();
        assert_eq!(found, expected, "{zone} {day}");
    }
}
