//! The map as a static site: a page a code that sends its visitor on, for hosts that serve files and nothing else.

use super::code::Code;

/// Paths below the host's folder, and the page that lies there.
pub fn pages(code: &Code) -> Vec<(String, String)> {
    let page = page(code);
    let mut paths = Vec::new();
    for spelling in code.spellings() {
        for path in [format!("{spelling}/index.html"), format!("Q/{spelling}/index.html")] {
            paths.push((path, page.clone()));
        }
    }
    paths
}

fn page(code: &Code) -> String {
    let Some(target) = &code.target else {
        return "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
                <title>This code has ended</title><p>This code has ended.</p>\n"
            .to_owned();
    };
    let location = escaped(&target.location());
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><meta http-equiv=\"refresh\" content=\"0; url={location}\">\
         <title>On to the page</title></head><body><p><a href=\"{location}\">On to the page</a></p></body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
