//! The pages a visitor meets when a code leads nowhere: small, branded, in the visitor's language.

use model::language::PageLanguage;

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// No link has this slug.
    Unknown,
    /// The link is over.
    Ended,
    /// As many people were let through as its owner allows.
    Limited,
    /// Paused by its owner.
    Paused,
    /// Not started yet.
    NotStarted,
    /// The workflow leads nowhere.
    Nowhere,
    /// Too many unknown slugs from one address.
    TooMany,
}

impl Page {
    const fn words(self, language: PageLanguage) -> (&'static str, &'static str) {
        use PageLanguage::{English, German};
        match (self, language) {
            (Self::Unknown, English) => (
                "Nothing here",
                "This code or link is not known. Check that it was typed or scanned completely.",
            ),
            (Self::Unknown, German) => (
                "Hier ist nichts",
                "Dieser Code oder Link ist nicht bekannt. Wurde er vollständig eingegeben oder gescannt?",
            ),
            (Self::Ended, English) => ("This code has ended", "Its owner has taken it out of service."),
            (Self::Ended, German) => {
                ("Dieser Code ist beendet", "Wer ihn veröffentlicht hat, hat ihn außer Betrieb genommen.")
            }
            (Self::Limited, English) => (
                "This code is used up",
                "It was good for a limited number of scans, and they have been made.",
            ),
            (Self::Limited, German) => (
                "Dieser Code ist aufgebraucht",
                "Er galt für eine begrenzte Zahl von Scans, und die sind erreicht.",
            ),
            (Self::Paused, English) => ("This code is paused", "Please try again later."),
            (Self::Paused, German) => ("Dieser Code pausiert", "Bitte später noch einmal versuchen."),
            (Self::NotStarted, English) => ("Not yet", "This code has not started. Please try again later."),
            (Self::NotStarted, German) => {
                ("Noch nicht", "Dieser Code ist noch nicht gestartet. Bitte später noch einmal versuchen.")
            }
            (Self::Nowhere, English) => {
                ("Nothing here yet", "This code has no destination at the moment. Please try again later.")
            }
            (Self::Nowhere, German) => (
                "Hier ist noch nichts",
                "Dieser Code hat zurzeit kein Ziel. Bitte später noch einmal versuchen.",
            ),
            (Self::TooMany, English) => (
                "One moment",
                "Too many unknown codes were asked for from here. Please try again in a minute.",
            ),
            (Self::TooMany, German) => (
                "Einen Moment",
                "Von hier wurden zu viele unbekannte Codes abgefragt. Bitte in einer Minute noch einmal versuchen.",
            ),
        }
    }

    /// The page as HTML: no script, no third party, nothing to load.
    pub fn html(self, language: PageLanguage) -> String {
        let (title, text) = self.words(language);
        document(language, title, &format!("<p>{text}</p>"))
    }
}

/// What a link is: its address and, where it is the same for everybody, where it leads. Opening it counts nothing.
pub fn information(language: PageLanguage, host: &str, slug: &str, target: Option<&str>) -> String {
    let (title, leads, depends, uncounted, go) = match language {
        PageLanguage::English => (
            "About this code",
            "leads to",
            "Where it leads is decided when it is opened.",
            "This page is not counted. Opening the code is.",
            "Open it",
        ),
        PageLanguage::German => (
            "Über diesen Code",
            "führt zu",
            "Wohin er führt, entscheidet sich beim Öffnen.",
            "Diese Seite wird nicht gezählt. Das Öffnen des Codes wird es.",
            "Öffnen",
        ),
    };
    let (host, text) = (escape(host), escape(slug));
    let path: String =
        percent_encoding::utf8_percent_encode(slug, percent_encoding::NON_ALPHANUMERIC).collect();
    let target = target.map_or_else(
        || format!("<p>{depends}</p>"),
        |target| format!("<p>{leads}</p><p><b>{}</b></p>", escape(target)),
    );
    let body = format!(
        "<p>{host}/{text}</p>{target}<p>{uncounted}</p><p><a href=\"/{path}\" rel=\"nofollow\">{go}</a></p>"
    );
    document(language, title, &body)
}

/// A text as it stands in HTML, between tags or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A page with a title and what stands below it, as HTML.
pub fn document(language: PageLanguage, title: &str, body: &str) -> String {
    let tag = match language {
        PageLanguage::English => "en",
        PageLanguage::German => "de",
    };
    format!(
        "<!doctype html><html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{MARK}<h1>{title}</h1>{body}</main></body></html>"
    )
}

/// Policy of these pages: nothing but their own inline style.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

/// A finder pattern inside its quiet zone.
const MARK: &str = "<svg width=\"56\" height=\"56\" viewBox=\"0 0 11 11\" aria-hidden=\"true\">\
    <path fill=\"currentColor\" fill-rule=\"evenodd\" d=\"M2 2h7v7h-7zM3 3v5h5v-5zM4 4h3v3h-3z\"/></svg>";

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-items:center;\
    font:17px/1.5 system-ui,sans-serif;color:light-dark(#1c2024,#eceef0);background:light-dark(#fbfcfd,#151718)}\
    main{max-width:26rem;padding:2rem;text-align:center}svg{opacity:.85}\
    h1{font-size:1.5rem;line-height:1.2;margin:1rem 0 .5rem;font-weight:650}p{margin:0 0 .6rem;overflow-wrap:anywhere;color:light-dark(#60646c,#b0b4ba)}\
    button{margin-top:1.5rem;padding:.7rem 1.2rem;border:1px solid;border-radius:.5rem;background:none;font:inherit;color:inherit}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_small_and_speaks_both_languages() {
        use Page::*;
        for page in [Unknown, Ended, Limited, Paused, NotStarted, Nowhere, TooMany] {
            let (english, german) = (page.html(PageLanguage::English), page.html(PageLanguage::German));
            assert_ne!(english, german);
            assert!(english.contains("lang=\"en\"") && german.contains("lang=\"de\""));
            assert!(english.len() < 15_000 && german.len() < 15_000);
        }
    }
}
