//! Pages that offer several ways: buttons whose choice is an answer, and links to profiles.

use crate::document::{Content, Frame, Layout, Needs, Page};
use crate::html::{Text, add, said};
use crate::message::paragraph;
use crate::signs;
use crate::style;
use crate::words::Words;
use model::workflow::payload::{self, DisplayStyle, SocialLink};

/// Name of the field that the id of the chosen button is posted in.
pub const BUTTON: &str = "button";

/// Buttons, each with a way of its own.
#[derive(Clone, Copy)]
pub struct MultiLink<'a> {
    /// What its owner wrote.
    pub payload: &'a payload::MultiLink,
    /// Where the choice is posted to.
    pub action: &'a str,
}

impl MultiLink<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = Words::of(frame.language);
        let mut body = paragraph(&self.payload.description);
        add(
            &mut body,
            format_args!("<form class=\"tiles\" method=\"post\" action=\"{}\">", Text(self.action)),
        );
        for button in self.payload.buttons_in_order() {
            add(
                &mut body,
                format_args!(
                    "<button class=\"tile\" name=\"{BUTTON}\" value=\"{}\"><span>{}</span>{}</button>",
                    Text(&button.id),
                    Text(said(&button.label).unwrap_or(words.go_on)),
                    signs::ONWARD
                ),
            );
        }
        body.push_str("</form>");
        frame.page(&Content {
            title: said(&self.payload.title).unwrap_or(words.choose),
            layout: Layout::Reading,
            needs: Needs::Post,
            styles: &[&style::TILES],
            sign: None,
            body,
            has_heading: true,
        })
    }
}

/// Links to profiles.
#[derive(Clone, Copy)]
pub struct SocialLinks<'a> {
    /// What its owner wrote.
    pub payload: &'a payload::SocialLinks,
    /// What stands before a link's number, from 0 in their order, in the address that notes the choice and leads on;
    /// `None` leads there directly.
    pub by_way_of: Option<&'a str>,
}

impl SocialLinks<'_> {
    /// The page.
    pub fn page(&self, frame: &Frame<'_>) -> Page {
        let words = Words::of(frame.language);
        let is_compact = self.payload.display_style == DisplayStyle::Compact;
        let mut body = paragraph(&self.payload.description);
        body.push_str(&list(&self.payload.links_in_order(), words, is_compact, self.by_way_of));
        frame.page(&Content {
            title: said(&self.payload.title).unwrap_or(words.links),
            layout: Layout::Reading,
            needs: Needs::Contact,
            styles: &[&style::TILES],
            sign: None,
            body,
            has_heading: true,
        })
    }
}

/// The links, as rows with their addresses, or as signs with names. Those of the web lead by way of `by_way_of` and their
/// number; a device's own (mail, telephone) it opens by itself.
pub(crate) fn list(
    links: &[&SocialLink],
    words: &Words,
    is_compact: bool,
    by_way_of: Option<&str>,
) -> String {
    let mut html = format!("<ul class=\"{}\">", if is_compact { "grid" } else { "tiles" });
    for (number, link) in links.iter().enumerate() {
        let Some(url) = followable(&link.url) else { continue };
        let known = signs::platform(link.platform());
        let (sign, name) = known.unwrap_or((signs::GLOBE, link.platform()));
        let name = said(name).unwrap_or(words.web);
        let (class, inner) = match is_compact {
            true => ("cell", format!("<span>{}</span>", Text(name))),
            false => (
                "tile",
                format!("<span>{}<small>{}</small></span>{}", Text(name), Text(shown(&url)), signs::ONWARD),
            ),
        };
        let way = by_way_of.filter(|_| is_of_the_web(&url));
        let href = way.map_or_else(|| url.clone(), |way| format!("{way}{number}"));
        add(
            &mut html,
            format_args!(
                "<li><a class=\"{class}\" href=\"{}\" rel=\"noopener\">{sign}{inner}</a></li>",
                Text(&href)
            ),
        );
    }
    html.push_str("</ul>");
    html
}

fn is_of_the_web(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://")
}

/// An address that may stand in a link: web, mail, telephone; `https://` is put before a bare host.
pub fn followable(url: &str) -> Option<String> {
    let url = said(url)?;
    if url.contains(|c: char| c.is_control() || c == ' ') {
        return None;
    }
    let lower = url.to_ascii_lowercase();
    if ["https://", "http://", "mailto:", "tel:", "sms:"].iter().any(|scheme| lower.starts_with(scheme)) {
        return Some(url.to_owned());
    }
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    let is_host = host.contains('.') && !host.contains([':', '@']) && !host.starts_with('.');
    is_host.then(|| format!("https://{url}"))
}

/// An address as people read it.
pub(crate) fn shown(url: &str) -> &str {
    let bare = ["https://", "http://", "mailto:", "tel:"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let bare = bare.unwrap_or(url);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_people_may_follow_become_links() {
        assert_eq!(followable("example.com/a").as_deref(), Some("https://example.com/a"));
        assert_eq!(followable(" HTTPS://x.org ").as_deref(), Some("HTTPS://x.org"));
        for none in
            ["javascript:alert(1)", "data:text/html,x", "java\tscript:x", "", "nothing", "//evil.example/x:"]
        {
            assert_eq!(followable(none), None, "{none}");
        }
        assert_eq!(shown("https://www.example.com/me/"), "example.com/me");
    }
}
