//! Writes every page in every language and theme into a folder, to be looked at and to be checked by
//! `e2e/pages-gallery.js`:
//!
//!     cargo run --release -p pages --example gallery -- DIR
//!
//! `pages.json` there says which files are which, and with what headers each is sent.

mod samples;
mod themes;

use model::language::PageLanguage;
use serde_json::json;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: gallery DIR")?;
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory)?;
    for (name, image) in themes::IMAGES {
        std::fs::write(directory.join(name), image)?;
    }
    let mut written = Vec::new();
    for (theme, look) in themes::looks() {
        for language in PageLanguage::ALL {
            for (name, page) in samples::pages(*language, &look) {
                let file = format!("{name}-{}-{theme}.html", tag(*language));
                let headers: serde_json::Map<_, _> =
                    page.headers.iter().map(|(header, value)| ((*header).to_owned(), json!(value))).collect();
                written.push(json!({
                    "file": file, "page": name, "language": tag(*language), "theme": theme, "bytes": page.html.len(),
                    "headers": headers,
                }));
                std::fs::write(directory.join(&file), page.html)?;
            }
        }
    }
    std::fs::write(directory.join("pages.json"), serde_json::to_string_pretty(&written)?)?;
    println!("{} pages", written.len());
    Ok(())
}

const fn tag(language: PageLanguage) -> &'static str {
    match language {
        PageLanguage::English => "en",
        PageLanguage::French => "fr",
        PageLanguage::German => "de",
        PageLanguage::Spanish => "es",
    }
}
