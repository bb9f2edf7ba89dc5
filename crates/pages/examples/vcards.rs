//! Writes difficult contact cards as files, with what must be read back from them (`cards.json`):
//! `crates/pages/tests/vcard_decoder.py` reads them with a decoder that is not ours.
//!
//!     cargo run --release -p pages --example vcards -- DIR

use model::workflow::payload::Payload;
use pages::vcard::{Version, write};
use serde_json::{Value, json};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: vcards DIR")?;
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory)?;
    let mut written = Vec::new();
    for (at, fields) in cards().into_iter().enumerate() {
        let (Payload::Vcard(card), _) = Payload::from_wire(json!({ "vcard": fields }))? else {
            return Err("no card".into());
        };
        for (version, name) in [(Version::V3, "3.0"), (Version::V4, "4.0")] {
            let file = format!("{at}-{name}.vcf");
            std::fs::write(directory.join(&file), write(&card, version))?;
            written.push(json!({ "file": file, "version": name, "card": fields }));
        }
    }
    std::fs::write(directory.join("cards.json"), serde_json::to_string(&written)?)?;
    Ok(())
}

/// Separators, backslashes, line breaks, every width of UTF-8, lines that must be folded, and next to nothing.
fn cards() -> Vec<Value> {
    let long =
        "Gesellschaft für außergewöhnlich lange Namen, Abteilung 日本語とハングル 한국어 🌱 und mehr; "
            .repeat(3);
    vec![
        json!({ "firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.org", "phone": "+44 20 7946 0958" }),
        json!({
            "firstName": "Zoë; Anna", "lastName": "O’Neill, Jr.", "organization": "Blue\\Door & Söhne; Cork",
            "title": "Head, of \\n things", "email": "zoe+card@example.org", "phone": "+353 1 234 5678 ext. 9",
            "phoneSmsEnabled": true, "website": "https://example.org/a,b;c?d=e", "streetAddress": "1 Quay\nFloor 2, left",
            "city": "Cork; Centre", "state": "Munster", "postalCode": "T12 X70A", "country": "Éire",
            "socialLinks": [{ "platform": "github", "url": "https://github.com/zoe" }]
        }),
        json!({ "organization": long.trim(), "firstName": "🌱".repeat(40), "lastName": "ß".repeat(80), "city": "\\;,".repeat(30) }),
        json!({ "organization": "Bakery Sunrise" }),
    ]
}
