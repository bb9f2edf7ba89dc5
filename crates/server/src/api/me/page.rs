//! The same as a page: no script, in the languages of visitors' pages.

use super::{OwnRequest, Source};
use crate::redirect::pages::{self, Plain, Ready, escape};
use model::language::PageLanguage;
use serde_json::Value;

impl Source {
    /// Where a field comes from, in words.
    pub(super) fn words(self, language: PageLanguage) -> String {
        let (english, german, french, spanish) = match self {
            Self::Headers(names) => return names.to_owned(),
            Self::RequestLine => (
                "path and query of the request",
                "Pfad und Abfrage der Anfrage",
                "chemin et paramètres de la requête",
                "ruta y parámetros de la petición",
            ),
            Self::Clock => {
                ("the server's clock", "die Uhr des Servers", "l’horloge du serveur", "el reloj del servidor")
            }
            Self::Link => (
                "the link that is opened",
                "der Link, der geöffnet wird",
                "le lien qui est ouvert",
                "el enlace que se abre",
            ),
            Self::Server => {
                ("the server itself", "der Server selbst", "le serveur lui-même", "el propio servidor")
            }
            Self::AddressKind => (
                "the kind of the address",
                "die Art der Adresse",
                "la nature de l’adresse",
                "el tipo de dirección",
            ),
            Self::Place => (
                "the address, looked up in the server's file of places",
                "die Adresse, nachgeschlagen in der Ortsdatei des Servers",
                "l’adresse, recherchée dans le fichier de lieux du serveur",
                "la dirección, buscada en el archivo de lugares del servidor",
            ),
            Self::Network => (
                "the address, looked up in the server's file of networks",
                "die Adresse, nachgeschlagen in der Netzdatei des Servers",
                "l’adresse, recherchée dans le fichier de réseaux du serveur",
                "la dirección, buscada en el archivo de redes del servidor",
            ),
            Self::Hash => (
                "a hash of workspace, address and User-Agent under a key that is destroyed the next day",
                "ein Hash aus Arbeitsbereich, Adresse und User-Agent unter einem Schlüssel, der am nächsten Tag vernichtet wird",
                "une empreinte de l’espace de travail, de l’adresse et du User-Agent, sous une clé détruite le lendemain",
                "un hash del espacio de trabajo, la dirección y el User-Agent con una clave que se destruye al día siguiente",
            ),
            Self::Today => (
                "earlier scans with the same hash on the same day",
                "frühere Scans mit demselben Hash am selben Tag",
                "les scans précédents du même jour avec la même empreinte",
                "escaneos anteriores del mismo día con el mismo hash",
            ),
            Self::Rules => (
                "User-Agent, Accept, Sec-Purpose, Sec-Fetch-Dest, method and address, by the server's rules",
                "User-Agent, Accept, Sec-Purpose, Sec-Fetch-Dest, Methode und Adresse nach den Regeln des Servers",
                "User-Agent, Accept, Sec-Purpose, Sec-Fetch-Dest, méthode et adresse, selon les règles du serveur",
                "User-Agent, Accept, Sec-Purpose, Sec-Fetch-Dest, método y dirección, según las reglas del servidor",
            ),
        };
        match language {
            PageLanguage::English => english.to_owned(),
            PageLanguage::French => french.to_owned(),
            PageLanguage::German => german.to_owned(),
            PageLanguage::Spanish => spanish.to_owned(),
        }
    }
}

/// The page.
pub fn of(told: &OwnRequest, language: PageLanguage) -> Ready {
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
        },
        PageLanguage::French => Words {
            title: "Ce qu’un scan de votre part enregistrerait",
            intro: "Si cette requête avait ouvert un code, les champs ci-dessous seraient enregistrés, et rien d’autre. Cette \
                    page elle-même n’est pas comptée, et rien n’en est conservé.",
            verdict: "Considéré comme",
            address: "L’adresse que voit le serveur. Elle n’est pas enregistrée",
            from: "d’après",
            user_agent: "Le User-Agent est conservé à part du scan, pendant 30 jours.",
            head: ["Champ", "Valeur", "Origine"],
            nothing: "–",
        },
        PageLanguage::Spanish => Words {
            title: "Lo que guardaría un escaneo tuyo",
            intro: "Si esta petición hubiera abierto un código, se guardarían los campos de abajo y nada más. Esta página no \
                    se cuenta, y no se conserva nada de ella.",
            verdict: "Considerado como",
            address: "La dirección que ve el servidor. No se guarda",
            from: "según",
            user_agent: "El User-Agent se conserva aparte del escaneo, durante 30 días.",
            head: ["Campo", "Valor", "Origen"],
            nothing: "–",
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
        "<p>{}</p><p>{}: <b>{}</b> (<code>{}</code>)</p><p>{}: <b>{}</b> ({} {})</p><table><thead><tr><th>{field}</th>\
         <th>{value}</th><th>{from}</th></tr></thead><tbody>{rows}</tbody></table><p>{}</p>",
        words.intro,
        words.verdict,
        told.verdict,
        told.reason,
        words.address,
        escape(&told.address.seen),
        words.from,
        escape(&told.address.from),
        words.user_agent,
    );
    pages::plain(language, Plain { title: words.title, body, is_long: true, posts: false })
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
}
