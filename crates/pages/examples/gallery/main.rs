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

/// Images that the themes use.
const IMAGES: [(&str, &str); 3] = [
    (
        "cover.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 900" preserveAspectRatio="xMidYMid slice"><rect width="1200" height="900" fill="#f3c78b"/><circle cx="860" cy="300" r="130" fill="#fff3d6"/><path d="M0 560C240 420 420 640 680 500s380-60 520-20v420H0z" fill="#c9655a"/><path d="M0 690c260-120 430 60 700-40s360-40 500 10v240H0z" fill="#6f3c5d"/><path d="M0 800c300-90 520 40 780-20s300-30 420 0v120H0z" fill="#2d2142"/></svg>"##,
    ),
    (
        "badge.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#2d2142"/><path d="M16 44V20l16 14 16-14v24" fill="none" stroke="#f3c78b" stroke-width="5" stroke-linejoin="round"/></svg>"##,
    ),
    (
        "logo.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 24" width="120" height="24"><path d="M4 20V6l8 8 8-8v14" fill="none" stroke="#8a7f97" stroke-width="3"/><rect x="32" y="9" width="84" height="6" rx="3" fill="#8a7f97"/></svg>"##,
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: gallery DIR")?;
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory)?;
    for (name, image) in IMAGES {
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
