//! The same as a page: no script, in English and German.

use super::{OwnRequest, Source};
use crate::forget::Forgotten;
use crate::redirect::pages::{self, escape};
use axum::http::header::{self, HeaderName};
use model::language::PageLanguage;
use serde_json::Value;

/// Headers of the page.
pub const HEADERS: [(HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];

/// Without `sandbox`: its form says where it comes from, which a sandboxed page cannot.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = "<style>main{max-width:60rem;text-align:left}table{border-collapse:collapse;width:100%;font-size:.9rem;\
    margin:1rem 0}th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-top:1px solid \
    light-dark(#e4e6e9,#2b2f33);overflow-wrap:anywhere}th{font-weight:600}code{font-size:.85rem}</style>";

impl Source {
    /// Where a field comes from, in words.
    pub(super) fn words(self, language: PageLanguage) -> String {
        let (english, german) = match self {
            Self::Headers(names) => return names.to_owned(),
            Self::RequestLine => ("path and query of the request", "Pfad und Abfrage der Anfrage"),
            Self::Clock => ("the server's clock", "die Uhr des Servers"),
            Self::Link => ("the link that is opened", "der Link, der geöffnet wird"),
            Self::Server => ("the server itself", "der Server selbst"),
            Self::AddressKind => ("the kind of the address", "die Art der Adresse"),
            Self::Place => (
                "the address, looked up in the server's file of places",
                "die Adresse, nachgeschlagen in der Ortsdatei des Servers",
            ),
            Self::Network => (
                "the address, looked up in the server's file of networks",
                "die Adresse, nachgeschlagen in der Netzdatei des Servers",
            ),
            Self::Hash => (
                "a hash of workspace, address and User-Agent under a key that is destroyed the next day",
                "ein Hash aus Arbeitsbereich, Adresse und User-Agent unter einem Schlüssel, der am nächsten Tag vernichtet wird",
            ),
            Self::Today => (
                "earlier scans with the same hash on the same day",
                "frühere Scans mit demselben Hash am selben Tag",
            ),
            Self::Rules => (
                "User-Agent, Accept, Sec-Purpose, Sec-Fetch-Dest, method and address, by the server's rules",
                "User-Agent, Accept, Sec-Purpose, Sec-Fetch-Dest, Methode und Adresse nach den Regeln des Servers",
            ),
        };
        match language {
            PageLanguage::English => english.to_owned(),
            PageLanguage::German => german.to_owned(),
        }
    }
}

/// The page.
pub fn html(told: &OwnRequest, language: PageLanguage) -> String {
    let words = match language {
        PageLanguage::English => Words {
            title: "What a scan of yours would store",
            intro: "If this request had opened a code, the fields below would be stored, and nothing else. This page itself \
                    is not counted, and nothing of it is kept.",
            verdict: "Taken for",
            address: "The address that the server sees. It is not stored",
            from: "from",
            user_agent: "The user agent is kept apart from the scan, for 30 days.",
            head: ["Field", "Value", "From"],
            nothing: "–",
            forget: "Scans of today with this address and User-Agent can be found, and nothing older. They can be forgotten: \
                     they stay as counts that are nobody's.",
            button: "Forget my scans of today",
        },
        PageLanguage::German => Words {
            title: "Was ein Scan von hier speichern würde",
            intro: "Hätte diese Anfrage einen Code geöffnet, würden die Felder unten gespeichert, und sonst nichts. Diese \
                    Seite selbst wird nicht gezählt, und nichts von ihr wird aufgehoben.",
            verdict: "Gehalten für",
            address: "Die Adresse, die der Server sieht. Sie wird nicht gespeichert",
            from: "aus",
            user_agent: "Der User-Agent wird getrennt vom Scan aufgehoben, 30 Tage lang.",
            head: ["Feld", "Wert", "Woher"],
            nothing: "–",
            forget: "Scans von heute mit dieser Adresse und diesem User-Agent lassen sich finden, ältere nicht. Sie können \
                     vergessen werden: Es bleiben Zählungen, die niemandem gehören.",
            button: "Meine Scans von heute vergessen",
        },
    };
    let mut rows = String::new();
    for field in &told.fields {
        let value = match &field.value {
            Value::Null => words.nothing.to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) if items.is_empty() => words.nothing.to_owned(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        let (name, value, from) = (field.field, escape(&value), escape(&field.source.words(language)));
        rows.push_str(&format!("<tr><td><code>{name}</code></td><td>{value}</td><td>{from}</td></tr>"));
    }
    let [field, value, from] = words.head;
    let body = format!(
        "{STYLE}<p>{}</p><p>{}: <b>{}</b> (<code>{}</code>)</p><p>{}: <b>{}</b> ({} {})</p><table><thead><tr><th>{field}</th>\
         <th>{value}</th><th>{from}</th></tr></thead><tbody>{rows}</tbody></table><p>{}</p><p>{}</p>\
         <form method=\"post\"><button>{}</button></form>",
        words.intro,
        words.verdict,
        told.verdict,
        told.reason,
        words.address,
        escape(&told.address.seen),
        words.from,
        escape(&told.address.from),
        words.user_agent,
        words.forget,
        words.button,
    );
    pages::document(language, words.title, &body)
}

struct Words {
    title: &'static str,
    intro: &'static str,
    verdict: &'static str,
    address: &'static str,
    from: &'static str,
    user_agent: &'static str,
    head: [&'static str; 3],
    nothing: &'static str,
    forget: &'static str,
    button: &'static str,
}

/// Where copies remain, and until when.
pub fn remains(forgotten: Forgotten, language: PageLanguage) -> Vec<&'static str> {
    let english = language == PageLanguage::English;
    let mut sentences = Vec::new();
    if forgotten.in_spool {
        sentences.push(match english {
            true => "The spool, which scans pass on their way into the store, still holds copies. They go by themselves as \
                     soon as everything in the same file was counted, usually within a minute.",
            false => "Der Zwischenspeicher, den Scans auf ihrem Weg durchlaufen, enthält noch Kopien. Sie verschwinden von \
                      selbst, sobald alles in derselben Datei gezählt ist, meist binnen einer Minute.",
        });
    }
    if forgotten.scans > 0 {
        sentences.push(match english {
            true => "The old files were deleted. The disk's free blocks hold their bytes until it uses them again, and a \
                     backup made today holds what it holds.",
            false => "Die alten Dateien wurden gelöscht. Freie Blöcke des Datenträgers enthalten ihre Bytes, bis er sie neu \
                      verwendet, und eine heute gemachte Sicherung enthält, was sie enthält.",
        });
    }
    sentences.push(match english {
        true => "Scans of earlier days, of another address or browser, and those that came with Sec-GPC or DNT hold nothing \
                 by which they could be found.",
        false => "Scans früherer Tage, anderer Adressen oder Browser und solche mit Sec-GPC oder DNT enthalten nichts, woran \
                  man sie finden könnte.",
    });
    sentences
}

/// The page after the button.
pub fn forgotten(forgotten: Forgotten, language: PageLanguage) -> String {
    let Forgotten { scans, links, .. } = forgotten;
    let (title, done) = match (language, scans) {
        (PageLanguage::English, 0) => {
            ("Nothing to forget", "There are no scans of today with this address and User-Agent.".to_owned())
        }
        (PageLanguage::English, _) => (
            "Forgotten",
            format!("Scans of today that now are nobody's: {scans}, of {links} links. They stay as counts."),
        ),
        (PageLanguage::German, 0) => (
            "Nichts zu vergessen",
            "Es gibt keine Scans von heute mit dieser Adresse und diesem User-Agent.".to_owned(),
        ),
        (PageLanguage::German, _) => (
            "Vergessen",
            format!(
                "Scans von heute, die nun niemandem mehr gehören: {scans}, von {links} Links. Es bleiben Zählungen."
            ),
        ),
    };
    let more: String =
        remains(forgotten, language).iter().map(|sentence| format!("<p>{sentence}</p>")).collect();
    pages::document(language, title, &format!("<p>{done}</p>{more}"))
}
