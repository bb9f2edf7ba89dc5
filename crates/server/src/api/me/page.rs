//! The same as a page: no script, in the languages of visitors' pages.

use super::{OwnRequest, Source};
use crate::forget::Forgotten;
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
            forget: "Les scans d’aujourd’hui faits avec cette adresse et ce User-Agent peuvent être retrouvés, les plus \
                     anciens non. Ils peuvent être oubliés : il reste des comptes qui n’appartiennent à personne.",
            button: "Oublier mes scans d’aujourd’hui",
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
            forget: "Los escaneos de hoy con esta dirección y este User-Agent se pueden encontrar; los anteriores, no. \
                     Se pueden olvidar: quedan recuentos que no son de nadie.",
            button: "Olvidar mis escaneos de hoy",
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
         <th>{value}</th><th>{from}</th></tr></thead><tbody>{rows}</tbody></table><p>{}</p><p>{}</p>\
         <form method=\"post\"><button class=\"button second\">{}</button></form>",
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
    pages::plain(language, Plain { title: words.title, body, is_long: true, posts: true })
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
    let [in_spool, on_disk, others] = match language {
        PageLanguage::English => [
            "The spool, which scans pass on their way into the store, still holds copies. They go by themselves as soon as \
             everything in the same file was counted, usually within a minute.",
            "The old files were deleted. The disk's free blocks hold their bytes until it uses them again, and a backup \
             made today holds what it holds.",
            "Scans of earlier days, of another address or browser, and those that came with Sec-GPC or DNT hold nothing by \
             which they could be found.",
        ],
        PageLanguage::German => [
            "Der Zwischenspeicher, den Scans auf ihrem Weg durchlaufen, enthält noch Kopien. Sie verschwinden von selbst, \
             sobald alles in derselben Datei gezählt ist, meist binnen einer Minute.",
            "Die alten Dateien wurden gelöscht. Freie Blöcke des Datenträgers enthalten ihre Bytes, bis er sie neu verwendet, \
             und eine heute gemachte Sicherung enthält, was sie enthält.",
            "Scans früherer Tage, anderer Adressen oder Browser und solche mit Sec-GPC oder DNT enthalten nichts, woran man \
             sie finden könnte.",
        ],
        PageLanguage::French => [
            "Le tampon par lequel passent les scans en contient encore des copies. Elles disparaissent d’elles-mêmes dès que \
             tout le même fichier est compté, en général dans la minute.",
            "Les anciens fichiers ont été supprimés. Les blocs libres du disque gardent leurs octets jusqu’à ce qu’il les \
             réutilise, et une sauvegarde faite aujourd’hui garde ce qu’elle contient.",
            "Les scans des jours précédents, d’une autre adresse ou d’un autre navigateur, et ceux envoyés avec Sec-GPC ou \
             DNT ne contiennent rien qui permette de les retrouver.",
        ],
        PageLanguage::Spanish => [
            "El búfer por el que pasan los escaneos aún contiene copias. Desaparecen solas en cuanto se ha contado todo el \
             mismo archivo, normalmente en un minuto.",
            "Los archivos antiguos se han borrado. Los bloques libres del disco conservan sus bytes hasta que se vuelvan a \
             usar, y una copia de seguridad hecha hoy conserva lo que contiene.",
            "Los escaneos de días anteriores, de otra dirección u otro navegador, y los enviados con Sec-GPC o DNT no \
             contienen nada por lo que se puedan encontrar.",
        ],
    };
    let told = [(forgotten.in_spool, in_spool), (forgotten.scans > 0, on_disk), (true, others)];
    told.into_iter().filter(|(holds, _)| *holds).map(|(_, sentence)| sentence).collect()
}

/// The page after the button.
pub fn forgotten(forgotten: Forgotten, language: PageLanguage) -> Ready {
    let Forgotten { scans, links, .. } = forgotten;
    let [nothing, none, title] = match language {
        PageLanguage::English => [
            "Nothing to forget",
            "There are no scans of today with this address and User-Agent.",
            "Forgotten",
        ],
        PageLanguage::German => [
            "Nichts zu vergessen",
            "Es gibt keine Scans von heute mit dieser Adresse und diesem User-Agent.",
            "Vergessen",
        ],
        PageLanguage::French => [
            "Rien à oublier",
            "Il n’y a pas de scan d’aujourd’hui avec cette adresse et ce User-Agent.",
            "Oublié",
        ],
        PageLanguage::Spanish => {
            ["Nada que olvidar", "No hay escaneos de hoy con esta dirección y este User-Agent.", "Olvidado"]
        }
    };
    let done = match language {
        PageLanguage::English => {
            format!("Scans of today that now are nobody's: {scans}, of {links} links. They stay as counts.")
        }
        PageLanguage::German => format!(
            "Scans von heute, die nun niemandem mehr gehören: {scans}, von {links} Links. Es bleiben Zählungen."
        ),
        PageLanguage::French => format!(
            "Scans d’aujourd’hui qui n’appartiennent plus à personne : {scans}, de {links} liens. Ils restent comptés."
        ),
        PageLanguage::Spanish => format!(
            "Escaneos de hoy que ya no son de nadie: {scans}, de {links} enlaces. Se quedan como recuentos."
        ),
    };
    let (title, done) = if scans == 0 { (nothing, none.to_owned()) } else { (title, done) };
    let more: String =
        remains(forgotten, language).iter().map(|sentence| format!("<p>{sentence}</p>")).collect();
    let body = format!("<p>{done}</p>{more}");
    pages::plain(language, Plain { title, body, is_long: false, posts: false })
}
