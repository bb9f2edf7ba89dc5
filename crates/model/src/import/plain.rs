//! Any table: columns known by the names that people and programs give them.

use super::Column;
use super::cell::Reading;
use crate::slug::fold;

/// The column of a name, and how it is read.
pub fn column(name: &str) -> (Column, Reading) {
    let column = named(name);
    let reading = match column {
        Column::Created | Column::LastClick => Reading::Instant,
        Column::Clicks => Reading::Count,
        _ => Reading::Text,
    };
    (column, reading)
}

fn named(name: &str) -> Column {
    let name = name.trim();
    for prefix in ["metadata", "meta"] {
        let rest = name
            .get(prefix.len()..)
            .filter(|_| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)));
        let key = rest.and_then(|rest| rest.strip_prefix(['.', ':', '_', ' ', '[']));
        if let Some(key) = key.map(|key| key.trim_end_matches(']').trim()).filter(|key| !key.is_empty()) {
            return Column::Metadata(key.to_owned());
        }
    }
    let plain: String = fold(name).chars().filter(|c| c.is_alphanumeric()).collect();
    match plain.as_str() {
        "destination" | "destinationurl" | "url" | "longurl" | "longlink" | "target" | "targeturl"
        | "originalurl" | "original" | "redirect" | "redirecturl" | "website" | "ziel" | "zielurl"
        | "adresse" | "destino" => Column::Destination,
        "name" | "title" | "linkname" | "titel" | "bezeichnung" | "nom" | "nombre" => Column::Name,
        "slug" | "shortlink" | "shortcode" | "short" | "shorturl" | "backhalf" | "alias" | "keyword"
        | "path" | "code" | "customslug" | "kürzel" => Column::Slug,
        "domain" | "customdomain" | "host" | "shortdomain" => Column::Domain,
        "tags" | "tag" | "labels" | "label" | "categories" | "category" | "schlagworte" => Column::Tags,
        "folder" | "folders" | "directory" | "group" | "ordner" | "dossier" | "carpeta" => Column::Folder,
        "purpose" | "description" | "zweck" | "beschreibung" => Column::Purpose,
        "notes" | "note" | "comment" | "comments" | "xnotes" | "notizen" => Column::Notes,
        "expires" | "expiresat" | "expiry" | "expirydate" | "expirationdate" | "validuntil" | "ends"
        | "enddate" => Column::Expires,
        "created" | "createdat" | "createdon" | "creationdate" | "datecreated" | "erstellt" => {
            Column::Created
        }
        "clicks" | "totalclicks" | "visits" | "totalvisits" | "hits" | "scans" | "totalscans" | "klicks" => {
            Column::Clicks
        }
        "lastclick" | "lastclicked" | "lastvisit" | "lastscan" => Column::LastClick,
        _ => Column::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_the_names_that_people_give_them() {
        for (name, column) in [
            ("Destination URL", Column::Destination),
            ("long_url", Column::Destination),
            ("Ziel-URL", Column::Destination),
            ("Back-half", Column::Slug),
            ("short link", Column::Slug),
            ("TITLE", Column::Name),
            ("Custom Domain", Column::Domain),
            ("Labels", Column::Tags),
            ("Ordner", Column::Folder),
            ("Valid until", Column::Expires),
            ("Created at", Column::Created),
            ("Clicks", Column::Clicks),
            ("metadata.Table No", Column::Metadata("Table No".into())),
            ("meta:table", Column::Metadata("table".into())),
            ("Metadata[x]", Column::Metadata("x".into())),
            ("metadata", Column::Unknown),
            ("weather", Column::Unknown),
        ] {
            assert_eq!(named(name), column, "{name}");
        }
    }
}
