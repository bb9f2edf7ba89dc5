//! The map as a Netlify `_redirects` file, which other hosts of static sites read as well. It knows upper from lower
//! case, so the usual spellings stand there each.

use super::code::Code;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Write;

/// Stands for itself in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The file of one host.
pub fn render(codes: &[Code], host: &str) -> String {
    let mut out = String::from("# Where each printed code leads. Netlify passes a visitor's query on.\n");
    for code in codes.iter().filter(|code| code.host == host) {
        let Some(target) = &code.target else { continue };
        for spelling in code.spellings() {
            let slug = utf8_percent_encode(&spelling, PATH);
            for path in [format!("/{slug}"), format!("/Q/{slug}"), format!("/q/{slug}")] {
                let _ = writeln!(out, "{path} {} {}!", target.location(), code.status);
            }
        }
    }
    out
}
