//! What older programs wrote stays readable: segments without the columns that came later, whichever these are, and the
//! manifests of every format so far. What a file has not reads as the kind's empty value.

use crate::reference::{self, answer};
use crate::world;
use crate::world::{SMALL, START};
use analytics::{Batch, Local, Options};
use model::report::{Answer, Ask, By, Dimension, OwnedScan, Population, ScanPage, Verdicts};
use model::scan::{
    Action, AddressClass, DeviceType, Identity, Method, Outcome, Path as Steps, Scan, Verdict, VisitType,
};
use model::time::DAY_MS;
use model::trace::TraceKind;
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};
use uuid::Uuid;

type Blank = fn(&mut Scan<'_>);

/// The columns of a scan behind those of the sort key, in their order, and what is left of a scan without each.
const COLUMNS: &[(&str, Blank)] = &[
    ("epoch", |_| ()),
    ("seq", |_| ()),
    ("slug", |scan| scan.slug = ""),
    ("domain", |scan| scan.domain = ""),
    ("workflow_version", |scan| scan.workflow_version = 0),
    ("path", |scan| scan.path = Steps(&[])),
    ("outcome", |scan| scan.outcome = Outcome::Error),
    ("status", |scan| scan.status = 0),
    ("destination", |scan| scan.destination = 0),
    ("action", |scan| scan.action = Action::Click),
    ("method", |scan| scan.method = Method::Get),
    ("verdict", |scan| scan.verdict = Verdict::Bot),
    ("reason", |scan| scan.reason = ""),
    ("rules_version", |scan| scan.rules_version = 0),
    ("header_flags", |scan| scan.header_flags = 0),
    ("address_class", |scan| scan.address_class = AddressClass::Private),
    ("identity", |scan| scan.identity = Identity::None),
    ("visitor", |scan| scan.visitor = 0),
    ("first_in_workspace", |scan| scan.first_in_workspace = false),
    ("first_on_link", |scan| scan.first_on_link = false),
    ("nth_today", |scan| scan.nth_today = 0),
    ("visit_type", |scan| scan.visit_type = VisitType::Unspecified),
    ("country", |scan| scan.country = ""),
    ("region", |scan| scan.region = ""),
    ("city", |scan| scan.city = ""),
    ("latitude", |scan| scan.latitude = 0),
    ("longitude", |scan| scan.longitude = 0),
    ("timezone", |scan| scan.timezone = ""),
    ("asn", |scan| scan.asn = 0),
    ("organisation", |scan| scan.organisation = ""),
    ("device_type", |scan| scan.device_type = DeviceType::Unknown),
    ("device_brand", |scan| scan.device_brand = ""),
    ("device_model", |scan| scan.device_model = ""),
    ("platform", |scan| scan.platform = ""),
    ("platform_version", |scan| scan.platform_version = ""),
    ("browser", |scan| scan.browser = ""),
    ("browser_version", |scan| scan.browser_version = ""),
    ("language", |scan| scan.language = ""),
    ("languages", |scan| scan.languages = ""),
    ("referrer_host", |scan| scan.referrer_host = ""),
    ("utm_source", |scan| scan.utm_source = ""),
    ("utm_medium", |scan| scan.utm_medium = ""),
    ("utm_campaign", |scan| scan.utm_campaign = ""),
    ("utm_term", |scan| scan.utm_term = ""),
    ("utm_content", |scan| scan.utm_content = ""),
    ("parameters", |scan| scan.parameters = ""),
    ("shared_network", |scan| scan.shared_network = false),
    ("campaign", |scan| scan.campaign = Uuid::nil()),
];

/// Dimensions whose word a scan cannot have empty: a breakdown says "", the scan itself its most careful member.
const NEVER_EMPTY: [(&str, Dimension); 8] = [
    ("outcome", Dimension::Outcome),
    ("action", Dimension::Action),
    ("method", Dimension::Method),
    ("verdict", Dimension::Verdict),
    ("address_class", Dimension::AddressClass),
    ("identity", Dimension::Identity),
    ("visit_type", Dimension::VisitType),
    ("device_type", Dimension::DeviceType),
];

fn options() -> Options {
    Options { row_group: 64, block_rows: 96, merge_at: 3, ..Options::default() }
}

/// A store of 300 scans, each with a trace; one day is in two files, one is merged.
fn write(dir: &Path) -> Vec<OwnedScan> {
    let scans = world::scans(5, 300, SMALL);
    let store = Local::open(dir, options()).unwrap();
    for half in 0..2 {
        let mut batch = Batch::new();
        for (n, scan) in scans.iter().map(OwnedScan::get).enumerate().skip(half * 150).take(150) {
            batch.scan(world::position(2 * n), &scan);
            batch.trace(world::position(2 * n + 1), &world::trace(n as u64, &scan));
        }
        store.append(batch);
        store.seal().unwrap();
    }
    store.merge_day(START.utc_day()).unwrap();
    scans
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("segments")).unwrap();
    std::fs::copy(from.join("manifest.db"), to.join("manifest.db")).unwrap();
    for file in std::fs::read_dir(from.join("segments")).unwrap().map(|file| file.unwrap().path()) {
        std::fs::copy(&file, to.join("segments").join(file.file_name().unwrap())).unwrap();
    }
}

/// Writes the segments of a table anew with the columns that `keep` names, as a program would that knew no others.
fn without(dir: &Path, table: &str, keep: impl Fn(&str) -> bool) {
    let manifest = Connection::open(dir.join("manifest.db")).unwrap();
    let files = std::fs::read_dir(dir.join("segments")).unwrap().map(|file| file.unwrap().path());
    let of_table = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(table);
    for path in files.filter(of_table) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
        let names = reader.schema().fields().iter().map(|field| field.name().clone());
        let kept: Vec<usize> = names.enumerate().filter(|(_, name)| keep(name)).map(|(n, _)| n).collect();
        let mask = ProjectionMask::leaves(reader.parquet_schema(), kept);
        let batches: Vec<_> =
            reader.with_projection(mask).build().unwrap().map(|batch| batch.unwrap()).collect();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(64)).build();
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties)).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.close().unwrap();
        let bytes = std::fs::metadata(&path).unwrap().len() as i64;
        let name = path.file_stem().unwrap().to_str().unwrap().rsplit_once('-').unwrap().1.to_uppercase();
        let change = "update segments set bytes = ?1, checksum = null where hex(name) = ?2";
        assert_eq!(manifest.execute(change, (bytes, name)).unwrap(), 1);
    }
}

fn questions() -> Vec<Ask> {
    let edges: Vec<_> = (0..=SMALL.days).map(|day| START.plus(day * DAY_MS)).collect();
    let mut asks =
        vec![Ask::Totals, Ask::Places { limit: 100 }, Ask::Series { edges: edges.clone(), by: None }];
    asks.extend([Dimension::Country, Dimension::Link, Dimension::VisitType].into_iter().flat_map(|by| {
        let series = Ask::Series { edges: edges.clone(), by: Some((by.into(), 2)) };
        [Ask::Spans { by: by.into() }, series]
    }));
    asks.extend(world::bys().into_iter().map(|by| Ask::Breakdown { by, limit: 100 }));
    asks
}

fn sorted(answer: Answer) -> Answer {
    match answer {
        Answer::Spans(mut spans) => {
            spans.sort_by(|a, b| a.0.cmp(&b.0));
            Answer::Spans(spans)
        }
        Answer::Places { mut rows, unknown, total } => {
            rows.sort_by(|a, b| a.0.cmp(&b.0));
            Answer::Places { rows, unknown, total }
        }
        other => other,
    }
}

/// Every question about the store in `dir` is answered as if its scans were `expected`.
fn answers_all(dir: &Path, expected: &[OwnedScan], missing: &[&str]) {
    let store = Local::open(dir, options()).unwrap();
    let scans: Vec<&OwnedScan> = expected.iter().collect();
    let odd: Vec<Dimension> = NEVER_EMPTY
        .iter()
        .filter(|(name, _)| missing.contains(name))
        .map(|(_, dimension)| *dimension)
        .collect();
    let is_odd = |ask: &Ask| {
        let by = match ask {
            Ask::Breakdown { by, .. } | Ask::Spans { by } | Ask::Series { by: Some((by, _)), .. } => by,
            _ => return false,
        };
        by.dimension().is_some_and(|dimension| odd.contains(&dimension))
    };
    for place in 0..SMALL.workspaces {
        for verdicts in [Verdicts::ALL, Verdicts::HUMAN] {
            let population = Population { verdicts, ..reference::everything(world::workspace(place)) };
            for ask in questions() {
                let found = sorted(store.report(&population, &ask).unwrap());
                if !is_odd(&ask) {
                    assert_eq!(
                        found,
                        sorted(answer(&scans, &population, &ask)),
                        "{ask:?} without {missing:?}"
                    );
                } else if let Answer::Breakdown { rows, total, .. } = found {
                    let labels: Vec<&str> = rows.iter().map(|(value, _)| value.label.as_str()).collect();
                    assert_eq!(
                        labels,
                        if total.scans == 0 { vec![] } else { vec![""] },
                        "without {missing:?}"
                    );
                }
            }
            let page = ScanPage { population, visitor: None, before: None, limit: usize::MAX };
            assert_eq!(store.scans(&page).unwrap(), reference::page(&scans, &page), "without {missing:?}");
        }
    }
    let one = expected[expected.len() / 2].get();
    assert_eq!(store.scan(one.workspace, one.id).unwrap().map(|scan| scan.get().at), Some(one.at));
    assert_eq!(store.stats().lost, vec![]);
    // Merging brings them up to date, with all that they have.
    while store.merge_due(START.plus(60 * DAY_MS)).unwrap().is_some() {}
    assert_eq!((store.stats().segments, store.stats().rows), (1, expected.len() as u64));
    let listed = |place| {
        let population =
            Population { verdicts: Verdicts::ALL, ..reference::everything(world::workspace(place)) };
        store.scans(&ScanPage { population, visitor: None, before: None, limit: usize::MAX }).unwrap().len()
    };
    assert_eq!((0..SMALL.workspaces).map(listed).sum::<usize>(), expected.len());
}

#[test]
fn segments_without_any_one_column_answer_every_question() {
    let original = tempfile::tempdir().unwrap();
    let scans = write(original.path());
    for (column, blank) in COLUMNS {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        without(dir.path(), "scans", |name| name != *column);
        let expected: Vec<OwnedScan> = scans
            .iter()
            .map(|scan| {
                let mut scan = scan.get();
                blank(&mut scan);
                OwnedScan::from(&scan)
            })
            .collect();
        answers_all(dir.path(), &expected, &[column]);
    }
}

#[test]
fn segments_that_end_after_any_column_answer_every_question() {
    let original = tempfile::tempdir().unwrap();
    let scans = write(original.path());
    for length in 0..COLUMNS.len() {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        let missing: Vec<&str> = COLUMNS[length..].iter().map(|(name, _)| *name).collect();
        without(dir.path(), "scans", |name| !missing.contains(&name));
        let expected: Vec<OwnedScan> = scans
            .iter()
            .map(|scan| {
                let mut scan = scan.get();
                COLUMNS[length..].iter().for_each(|(_, blank)| blank(&mut scan));
                OwnedScan::from(&scan)
            })
            .collect();
        answers_all(dir.path(), &expected, &missing);
    }
}

#[test]
fn traces_without_any_one_column_are_found() {
    let original = tempfile::tempdir().unwrap();
    let scans = write(original.path());
    for column in ["at", "id", "epoch", "seq", "workflow_version", "step", "branch", "kind", "destination"] {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        without(dir.path(), "traces", |name| name != column);
        let store = Local::open(dir.path(), options()).unwrap();
        for (n, scan) in scans.iter().map(|scan| scan.get()).enumerate() {
            let mut expected = world::trace(n as u64, &scan);
            match column {
                "at" => expected.at = model::Millis(0),
                "id" => expected.id = model::ids::TraceId(Uuid::nil()),
                "workflow_version" => expected.workflow_version = 0,
                "step" => expected.step = 0,
                "branch" => expected.branch = 0,
                "kind" => expected.kind = TraceKind::Shown,
                "destination" => expected.destination = 0,
                _ => {}
            }
            assert_eq!(
                store.traces(scan.workspace, scan.id, scan.at).unwrap(),
                [expected],
                "without {column}"
            );
        }
    }
}

/// Stores that the programs of those formats wrote: 60 simulated scans of four days, on three links.
#[test]
fn stores_of_every_older_format_are_brought_up_to_date_and_say_what_they_said() {
    for format in [1, 2] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/store/past/format-{format}"));
        let dir = tempfile::tempdir().unwrap();
        copy(&from, dir.path());
        let version = |dir: &Path| -> i64 {
            let manifest = Connection::open(dir.join("manifest.db")).unwrap();
            manifest.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
        };
        assert_eq!(version(dir.path()), format);
        let store = Local::open(dir.path(), Options::default()).unwrap();
        assert_eq!(version(dir.path()), 3);
        let stats = store.stats();
        assert_eq!((stats.rows, stats.lost.len()), (60, 0), "format {format}");
        let verified = analytics::verify(dir.path(), |_| ()).unwrap();
        assert_eq!(verified.faults, vec![], "format {format}");
        assert_eq!(verified.without_checksum, if format == 1 { verified.segments } else { 0 });
        let (mut scans, mut of_link) = (0, 0);
        let workspace = model::WorkspaceId(
            std::fs::read_to_string(from.join("workspace")).unwrap().trim().parse().unwrap(),
        );
        let population = Population { verdicts: Verdicts::ALL, ..reference::everything(workspace) };
        let read = |store: &Local| {
            let by_link = Ask::Breakdown { by: By::Dimension(Dimension::Link), limit: 9 };
            store.reports(
                &population,
                &[Ask::Totals, by_link, Ask::Breakdown { by: Dimension::Country.into(), limit: 9 }],
            )
        };
        let before = read(&store).unwrap();
        for answer in &before {
            match answer {
                Answer::Totals { counts, .. } => scans = counts.scans,
                Answer::Breakdown { rows, .. } => {
                    of_link = rows.iter().map(|(_, counts)| counts.scans).sum::<u64>()
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((scans, of_link), (60, 60), "format {format}");
        let (first, last) = stats.range.unwrap();
        assert!(first < last);
        store.delete_facts_before(last.plus(40 * DAY_MS)).unwrap();
        while store.merge_due(last.plus(80 * DAY_MS)).unwrap().is_some() {}
        assert!(store.stats().segments < stats.segments, "format {format}");
        assert_eq!(read(&store).unwrap(), before, "format {format}");
        assert!(analytics::verify(dir.path(), |_| ()).unwrap().is_sound());
    }
}
