//! An SVG as it is kept: without scripts, event handlers, and whatever it would fetch. Of its references only `#places` of
//! itself and pictures of pixels that it holds stay.

mod style;

use roxmltree::{Document, Node, ParsingOptions};
use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

/// Bytes of an SVG at most: reading one takes long, a megabyte as long as a second.
pub const MOST: usize = 2 << 20;

/// Why a file is not kept. The sentences are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no SVG.
    #[error("this SVG cannot be read; export it again from the program that drew it")]
    Unreadable,
    /// It has more bytes than [`MOST`], or parts within parts without end.
    #[error("this SVG is too large or too deep for a page (2 MB at most); simplify it, or export it as PNG")]
    TooComplex,
}

/// Lists of what may stay are the crate's: elements and attributes of SVG that only draw. What it would keep and a browser
/// would fetch is taken out before it, so that it leaves no halves, and looked for once more behind it.
pub fn clean(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    if bytes.len() > MOST {
        return Err(Fault::TooComplex);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Unreadable)?;
    let mut kept = drawing(quieted(text).as_bytes())?;
    // Once more: what is taken out could let other things meet.
    for _ in 0..2 {
        let edits = loud(&kept).map_err(|_| Fault::Unreadable)?;
        if edits.is_empty() {
            return Ok(kept.into_bytes());
        }
        kept = edited(&kept, edits);
    }
    Err(Fault::Unreadable)
}

/// What is drawn, as the crate writes it.
fn drawing(bytes: &[u8]) -> Result<String, Fault> {
    let mut filter = svg_hush::Filter::new();
    // Pictures within it may be pixels; another SVG within would have to be cleaned again.
    filter.set_data_url_filter(svg_hush::data_url_filter::allow_standard_images);
    // What is kept is written with a line for each part, indented by its depth: a few bytes can ask for megabytes.
    let mut kept = Bounded { bytes: Vec::with_capacity(bytes.len()), most: 4 * bytes.len() + (64 << 10) };
    match filter.filter(io::Cursor::new(bytes), &mut kept) {
        Ok(()) => String::from_utf8(kept.bytes).map_err(|_| Fault::Unreadable),
        Err(_) if kept.most == 0 => Err(Fault::TooComplex),
        Err(_) => Err(Fault::Unreadable),
    }
}

/// The file without what fetches, where that can be told before the crate has read it.
fn quieted(text: &str) -> Cow<'_, str> {
    // Entities bring in what stands elsewhere. So many attributes of one element are read for minutes.
    let is_usual =
        !text.contains("<!ENTITY") && text.split('<').all(|part| part.matches('=').count() <= 1000);
    match is_usual.then(|| loud(text)) {
        Some(Ok(edits)) if !edits.is_empty() => edited(text, edits).into(),
        _ => text.into(),
    }
}

/// Attributes that hold an address and nothing else.
const ADDRESSES: [&str; 4] = ["base", "color-profile", "href", "src"];
/// Attributes whose text is nobody's to read but people's and style sheets'.
const TEXTS: [&str; 6] = ["class", "glyph-name", "id", "lang", "title", "unicode"];

/// What makes a browser fetch, and what stands there instead: mostly nothing.
fn loud(text: &str) -> Result<Vec<(Range<usize>, String)>, roxmltree::Error> {
    let document =
        Document::parse_with_options(text, ParsingOptions { allow_dtd: true, ..Default::default() })?;
    let mut edits = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        if node.tag_name().name() == "style" {
            edits.extend(of_sheet(text, &node));
        }
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value().trim());
            let is_text = TEXTS.contains(&name) || name.starts_with("aria-") || name.starts_with("data-");
            // The crate leaves out what is not ASCII, and what is left may be a word.
            let plain: String = value.chars().filter(char::is_ascii).collect();
            let whole = attribute.range();
            if ADDRESSES.contains(&name) {
                if !style::is_within(&plain) {
                    edits.push((whole, String::new()));
                }
            } else if name == "style" && !style::is_quiet(&plain) {
                edits.push((attribute.range_value(), escaped(&style::quiet(&plain))));
            } else if !is_text && !style::is_quiet(&plain) {
                edits.push((whole, String::new()));
            }
        }
    }
    Ok(edits)
}

/// A style sheet that is not quiet; with elements within it goes whole, since programs disagree on what it then says.
fn of_sheet(text: &str, node: &Node<'_, '_>) -> Option<(Range<usize>, String)> {
    let whole = node.range();
    if node.children().any(|child| child.is_element()) {
        return Some((whole, String::new()));
    }
    let css: String = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
    if style::is_quiet(&css) {
        return None;
    }
    // Between its tags; an attribute may hold a `>`.
    let open = node.attributes().map(|attribute| attribute.range().end).max().unwrap_or(whole.start);
    let from = open + text.get(open..whole.end)?.find('>')? + 1;
    let to = whole.start + text.get(whole.clone())?.rfind("</")?;
    Some(if from <= to { (from..to, escaped(&style::quiet(&css))) } else { (whole, String::new()) })
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&apos;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

fn edited(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut kept, mut from) = (String::with_capacity(text.len()), 0);
    for (range, instead) in edits {
        // What lies within what went is gone already.
        if range.start >= from {
            kept.push_str(&text[from..range.start]);
            kept.push_str(&instead);
            from = range.end;
        }
    }
    kept.push_str(&text[from..]);
    kept
}

/// Takes so many bytes and no more; `most` is then 0.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            self.most = 0;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, MOST, clean};

    #[test]
    fn only_what_is_drawn_is_kept() {
        let svg = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" \
            xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 9 9\" onload=\"evil1()\">\
            <script>evil2()</script><style>rect { fill: red; background: url(https://evil3.example/) } \
            @import 'https://evil4.example/';</style>\
            <a xlink:href=\"javascript:evil5()\"><text y=\"9\">Menu</text></a>\
            <image href=\"https://evil6.example/\"/><image href=\"data:text/html,evil7\"/>\
            <image href=\"data:image/png;base64,iVBORw0KGgo=\"/><use href=\"https://evil8.example/#a\"/>\
            <foreignObject><iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"https://evil9.example/\"/></foreignObject>\
            <rect width=\"9\" height=\"9\" onclick=\"evil0()\"/><use href=\"#a\"/></svg>";
        let kept = String::from_utf8(clean(svg.as_bytes()).unwrap()).unwrap();
        assert!(!kept.contains("evil") && !kept.contains("script"), "{kept}");
        for drawn in ["<rect", "Menu", "fill: red", "data:image/png", "#a", "viewBox"] {
            assert!(kept.contains(drawn), "{drawn} in {kept}");
        }
        assert_eq!(clean(kept.as_bytes()).unwrap(), kept.as_bytes(), "what is clean stays as it is");
    }

    /// Whatever could be an address that is fetched bears this word.
    fn kept(inner: &str) -> String {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">{inner}<circle r=\"7\"/></svg>"
        );
        let kept = String::from_utf8(clean(svg.as_bytes()).unwrap()).unwrap();
        assert!(!kept.contains("evil"), "{inner}: {kept}");
        assert!(kept.contains("<circle"), "{inner}: {kept}");
        assert_eq!(clean(kept.as_bytes()).unwrap(), kept.as_bytes(), "what is clean stays as it is: {inner}");
        kept
    }

    #[test]
    fn nothing_is_left_that_a_browser_fetches() {
        for inner in [
            "<image href=\"/evil\"/>",
            "<image href=\"evil.png\"/>",
            "<image xlink:href=\"?evil\"/>",
            "<image href=\" //evil.example/x\"/>",
            "<image href=\"&#x2f;evil\"/>",
            "<use href=\"evil.svg#a\"/>",
            "<feImage href=\"evil.png\"/>",
            "<pattern href=\"../evil#p\"/>",
            "<linearGradient xlink:href=\"evil.svg#g\"/>",
            "<image href=\"data:image/svg+xml,evil\"/>",
            "<rect fill=\"url(/evil)\"/>",
            "<rect fill=\"url(https://evil.example/#g) red\"/>",
            "<rect filter=\"url('evil.svg#f')\"/>",
            "<rect cursor=\"image-set('evil' 1x)\"/>",
            "<rect style=\"background:image-set('http://evil.example/x' 1x)\"/>",
            "<rect style=\"background:i\u{e9}mage-set('http://evil.example/x' 1x)\"/>",
            "<rect style=\"background:ur\u{e9}l(http://evil.example/x)\"/>",
            "<rect style=\"background:\\75rl(evil)\"/>",
            "<rect style=\"background:u/**/rl(evil)\"/>",
            "<set attributeName=\"fill\" to=\"url(evil)\"/>",
            "<style>.a{background:image-set(\"http://evil.example/x\" 1x)}</style>",
            "<style>@import url(http://evil.example/x.css);</style>",
            "<style>@import 'evil.css';</style>",
            "<style>@im/**/port 'evil.css';</style>",
            "<style>@\\69mport 'evil.css';</style>",
            "<style><![CDATA[@import 'evil.css';]]></style>",
            "<style>@im<!-- -->port 'evil.css';</style>",
            "<style><g/>@import 'evil.css';</style>",
            "<style>u<g/>rl(evil)</style>",
            "<style>@font-face{font-family:F;src:url(evil.woff)}</style>",
            "<style>@namespace url(evil);</style>",
            "<style>.a{behavior:url(evil.htc)}</style>",
            "<style>.a{background:src('evil')}</style>",
            "<style title=\"a>b\">.a{background:url(evil)}</style>",
            "<x:style xmlns:x=\"http://www.w3.org/2000/svg\">@import 'evil.css';</x:style>",
        ] {
            kept(inner);
        }
        let doctype = "<!DOCTYPE svg [<!ENTITY e \"<style>@import 'evil.css';</style><image href='/evil'/>\">]>\
            <svg xmlns=\"http://www.w3.org/2000/svg\">&e;<circle r=\"7\"/></svg>";
        let kept = clean(doctype.as_bytes()).map(|kept| String::from_utf8(kept).unwrap());
        assert!(
            kept.as_ref().is_ok_and(|kept| !kept.contains("evil") && kept.contains("<circle")),
            "{kept:?}"
        );
    }

    #[test]
    fn what_is_drawn_stays_beside_what_is_fetched() {
        let kept = kept(
            "<style>@import url('http://evil.example/f.css'); .a { fill: #b80f1c; background: url(evil) } /* b */ \
             .b > .c { stroke: rgb(1, 2, 3); mask: url(#m) }</style>\
             <defs><linearGradient id=\"Logo (2)\"/></defs><use href=\"#Logo\"/>\
             <rect style=\"fill:url(#g);background:url('evil');opacity:.5\" transform=\"rotate(45 50 50)\" data-name=\"f(x)\"/>\
             <image href=\"data:image/png;base64,iVBORw0KGgo=\"/>",
        );
        for drawn in [
            "fill: #b80f1c",
            "rgb(1, 2, 3)",
            "url(#m)",
            "Logo (2)",
            "fill:url(#g);opacity:.5",
            "rotate(45 50 50)",
            "f(x)",
            "href=\"#Logo\"",
            "data:image/png",
        ] {
            assert!(kept.contains(drawn), "{drawn} in {kept}");
        }
    }

    #[test]
    fn what_is_no_svg_is_none() {
        for wrong in ["", "<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect></svg>", "plain"] {
            assert_eq!(clean(wrong.as_bytes()), Err(Fault::Unreadable), "{wrong}");
        }
    }

    #[test]
    fn a_small_file_does_not_become_a_large_one() {
        let nested = |depth: usize| {
            let (open, close) = ("<g>".repeat(depth), "</g>".repeat(depth));
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{open}<rect/>{close}</svg>")
        };
        assert!(clean(nested(100).as_bytes()).is_ok());
        for depth in [2_000, 50_000] {
            assert_eq!(clean(nested(depth).as_bytes()), Err(Fault::TooComplex), "{depth}");
        }
        let long = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><!--{}--></svg>", "x".repeat(MOST));
        assert_eq!(clean(long.as_bytes()), Err(Fault::TooComplex));
    }
}
