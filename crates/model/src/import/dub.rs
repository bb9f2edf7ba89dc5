//! Dub: its export of links (CSV, its columns by label or by id) or its API's list (`GET /links`, JSON: an array of links).

use super::cell::Reading::{Count, DomainOfAddress, Flag, Instant, SlugOfAddress, Text};
use super::{Column, Field};

const LINK: &[&str] = &["shortlink", "link"];
const ELSEWHERE: &str =
    "other destinations by device or country were not taken over; build them as a workflow";

/// Its fields.
pub const FIELDS: &[Field] = &[
    Field { names: &["url", "destinationurl", "destination"], column: Column::Destination, reading: Text },
    Field { names: &["title"], column: Column::Name, reading: Text },
    Field { names: LINK, column: Column::Slug, reading: SlugOfAddress },
    Field { names: LINK, column: Column::Domain, reading: DomainOfAddress },
    Field { names: &["key"], column: Column::Slug, reading: Text },
    Field { names: &["domain"], column: Column::Domain, reading: Text },
    Field { names: &["tags", "tags.name", "tagnames"], column: Column::Tags, reading: Text },
    Field { names: &["description"], column: Column::Purpose, reading: Text },
    Field { names: &["comments"], column: Column::Notes, reading: Text },
    Field { names: &["createdat"], column: Column::Created, reading: Instant },
    Field { names: &["expiresat"], column: Column::Expires, reading: Instant },
    Field { names: &["clicks"], column: Column::Clicks, reading: Count },
    Field { names: &["lastclicked", "lastclickedat"], column: Column::LastClick, reading: Instant },
    Field {
        names: &["password", "passwordprotected"],
        column: Column::Lost("its password was not taken over; set one as a step of its workflow"),
        reading: Flag,
    },
    Field { names: &["ios", "android", "geo"], column: Column::Lost(ELSEWHERE), reading: Flag },
];

/// Whether these are its columns.
pub fn is_it(has: &dyn Fn(&str) -> bool) -> bool {
    let leads = has("url") || has("destinationurl");
    let is_named = LINK.iter().any(|name| has(name)) || has("key") && has("domain");
    leads && is_named && ["clicks", "createdat", "archived", "trackconversion"].iter().any(|name| has(name))
}
