//! Every page of the gallery, held to what all of them promise.

#[path = "../examples/gallery/samples.rs"]
mod samples;
#[path = "../examples/gallery/themes.rs"]
mod themes;

use base64::Engine as _;
use model::language::PageLanguage;
use pages::Page;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Bytes of a page, uncompressed, at most.
const MOST: usize = 15_000;

fn every_page() -> Vec<(String, PageLanguage, Page)> {
    let looks = themes::looks();
    let of = |(theme, look): &(&str, pages::Look), language: PageLanguage| {
        let named = |(name, page): (String, Page)| (format!("{name} {theme}"), language, page);
        samples::pages(language, look).into_iter().map(named).collect::<Vec<_>>()
    };
    let languages = |look| PageLanguage::ALL.iter().flat_map(move |language| of(look, *language));
    looks.iter().flat_map(languages).collect()
}

#[test]
fn every_page_is_small() {
    let mut largest: BTreeMap<String, usize> = BTreeMap::new();
    for (name, _, page) in every_page() {
        let name = name.split(' ').next().unwrap_or_default().to_owned();
        let most = largest.entry(name).or_default();
        *most = (*most).max(page.html.len());
    }
    for (name, bytes) in &largest {
        println!("{bytes:>6} {name}");
    }
    let large: Vec<_> = largest.iter().filter(|(_, bytes)| **bytes >= MOST).collect();
    assert!(large.is_empty(), "{large:?}");
}

#[test]
fn a_policy_lets_in_the_pages_own_styles_and_nothing_else() {
    for (name, _, page) in every_page() {
        let header =
            |wanted: &str| page.headers.iter().find(|(header, _)| *header == wanted).map(|(_, value)| value);
        let policy = header("content-security-policy").unwrap();
        let styles: Vec<String> = between(&page.html, "<style>", "</style>")
            .into_iter()
            .map(|css| {
                format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(css)))
            })
            .collect();
        assert!(policy.contains(&format!("style-src {};", styles.join(" "))), "{name}: {policy}");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{name}: {policy}");
        for refused in ["<script", "javascript:", " style=", " onclick", " src=\"http", "@import", "url("] {
            assert!(!page.html.contains(refused), "{name}: {refused}");
        }
        assert_eq!(header("referrer-policy").map(String::as_str), Some("no-referrer"), "{name}");
    }
}

#[test]
fn every_page_speaks_its_language_and_has_one_heading() {
    for (name, language, page) in every_page() {
        let tag = match language {
            PageLanguage::English => "en",
            PageLanguage::French => "fr",
            PageLanguage::German => "de",
            PageLanguage::Spanish => "es",
        };
        assert!(page.html.starts_with(&format!("<!doctype html><html lang=\"{tag}\">")), "{name}");
        assert_eq!(page.html.matches("<h1>").count(), 1, "{name}");
    }
    let closed = |language| samples::pages(language, &pages::Look::default());
    let english = closed(PageLanguage::English);
    for language in [PageLanguage::French, PageLanguage::German, PageLanguage::Spanish] {
        for ((name, one), (_, other)) in english.iter().zip(closed(language)) {
            let body = |page: &Page| page.html.split_once("<body").map(|(_, body)| body.to_owned());
            // A page whose every word is its owner's is the same in all languages.
            let is_owners = ["message", "thank-you", "multi-link-none"].contains(&name.as_str());
            let unchanged = body(one) == body(&other);
            assert!(
                !unchanged || is_owners || ["social", "social-compact", "plain"].contains(&name.as_str()),
                "{name}"
            );
        }
    }
}

#[test]
fn what_was_typed_stays_and_each_fault_stands_beside_its_field() {
    let pages = samples::pages(PageLanguage::English, &pages::Look::default());
    let (_, page) = pages.iter().find(|(name, _)| name == "form-faults").unwrap();
    let html = &page.html;
    assert!(html.contains("value=\"ada@example\"") && html.contains("value=\"two\""));
    assert!(html.contains(">\n\nMore benches, &lt;b&gt;please&lt;/b&gt; &amp; longer evenings.</textarea>"));
    for (id, _) in [("f3", "d"), ("f5", "u"), ("f7", "p"), ("f8", "z"), ("f9", "e"), ("f11", "c")] {
        assert!(
            html.contains(&format!("<a href=\"#{id}\">")) && html.contains(&format!("id=\"{id}\"")),
            "{id}"
        );
        assert!(html.contains(&format!("aria-describedby=\"{id}-fault")), "{id}");
        assert!(html.contains(&format!("id=\"{id}-fault\"")), "{id}");
    }
    assert!(html.contains("role=\"alert\"") && html.contains("6 answers need another look"));
    let (_, short) = pages.iter().find(|(name, _)| name == "form").unwrap();
    assert!(short.html.contains("formnovalidate") && !short.html.contains("query:source"));
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}
