//! `openapi.json` at the root of the repository is what the code says.

use std::path::Path;

#[test]
fn the_committed_description_is_the_codes_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let document = serde_json::to_value(server::router::document()).expect("the document is JSON");
    let generated = serde_json::to_string_pretty(&document).expect("JSON can be written") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &generated).expect("openapi.json can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("openapi.json is there");
    assert!(
        committed == generated,
        "openapi.json is out of date; run `make openapi` and commit it with the change"
    );
}
