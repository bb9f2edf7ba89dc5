//! The shape of the house (DESIGN §3), read from its `use` lines.

use std::path::{Path, PathBuf};

/// Source files of a crate's folder, by path below it, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let files = crate::privacy::files(&root)
        .into_iter()
        .filter(|path: &PathBuf| path.extension().is_some_and(|e| e == "rs"));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, std::fs::read_to_string(path).unwrap())
    };
    files.map(read).collect()
}

/// What a file says of other modules or crates, before its unit tests: its `use` lines and every path written out.
fn mentions(text: &str, path: &str) -> bool {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.into_iter().any(|line| {
        line.match_indices(path).any(|(at, _)| {
            let after = line[at + path.len()..].chars().next();
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    })
}

#[test]
fn libraries_know_the_model_and_not_each_other() {
    for library in ["spool", "qr", "analytics", "model"] {
        for (file, text) in sources(&format!("{library}/src")) {
            for other in ["spool", "qr", "analytics", "server"].iter().filter(|other| **other != library) {
                assert!(!mentions(&text, &format!("{other}::")), "{library}/src/{file} knows {other}");
            }
            assert!(library != "spool" || !mentions(&text, "model::"), "spool/src/{file} knows of scans");
        }
    }
}

#[test]
fn the_redirect_knows_no_api_no_job_and_of_the_catalog_its_tables_alone() {
    let allowed = [
        "crate::catalog::table",
        "crate::catalog::workspaces::DataCollection",
        "crate::catalog::{Catalog, Result}",
        "crate::catalog::Catalog;",
    ];
    for (file, text) in sources("server/src").into_iter().filter(|(file, _)| file.starts_with("redirect")) {
        for stranger in [
            "crate::api",
            "crate::jobs",
            "crate::consumers",
            "crate::app",
            "crate::router",
            "sqlx",
            "axum",
            "analytics",
        ] {
            assert!(!mentions(&text, stranger), "{file} knows {stranger}");
        }
        for line in text.lines().filter(|line| line.contains("crate::catalog")) {
            assert!(allowed.iter().any(|path| line.contains(path)), "{file}: {line}");
        }
    }
}

#[test]
fn sql_lives_in_the_catalog_and_axum_at_the_api() {
    for (file, text) in sources("server/src") {
        assert!(file.starts_with("catalog") || !mentions(&text, "sqlx::query"), "{file} speaks SQL");
        let talks = ["api", "router", "dashboard", "error", "accept", "app.rs", "run", "media.rs"]
            .iter()
            .any(|part| file.starts_with(part));
        assert!(talks || !mentions(&text, "axum"), "{file} knows axum");
    }
}

#[test]
fn files_have_one_subject_and_the_usual_names() {
    for folder in ["model", "qr", "spool", "analytics", "server"] {
        for (file, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= 600, "{folder}/{file} has {lines} lines");
            assert!(!file.ends_with("mod.rs"), "{folder}/{file}");
            assert!(file != "src/main.rs" || lines <= 70, "{folder}/{file} has {lines} lines");
            for name in ["utils", "common", "helpers", "util"] {
                assert!(
                    !file.ends_with(&format!("/{name}.rs")),
                    "{folder}/{file} says nothing of its subject"
                );
            }
        }
    }
}

#[test]
fn every_test_that_the_page_of_traps_names_exists() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/TRAPS.md");
    let page = std::fs::read_to_string(page).unwrap();
    let tests: String = ["model", "qr", "spool", "analytics", "server"]
        .iter()
        .flat_map(|folder| sources(folder))
        .map(|(_, text)| text)
        .collect();
    let names: Vec<&str> =
        page.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 3).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(tests.contains(&format!("fn {name}(")), "there is no test {name}");
    }
}
