//! Shlink: its web client's export (CSV: `createdAt`, `title`, `shortUrl`, `domain`, `shortCode`, `longUrl`, `tags` with `|`
//! between them, `visits`), what its own importer takes (`Long URL`, `Short code`, …), or its REST API's list
//! (`GET /rest/v3/short-urls`, JSON: `{"shortUrls": {"data": […]}}`).

use super::cell::Reading::{Count, DomainOfAddress, Flag, Instant, SlugOfAddress, Text};
use super::{Column, Field};

/// Its fields.
pub const FIELDS: &[Field] = &[
    Field { names: &["longurl"], column: Column::Destination, reading: Text },
    Field { names: &["title"], column: Column::Name, reading: Text },
    Field { names: &["shortcode"], column: Column::Slug, reading: Text },
    Field { names: &["shorturl"], column: Column::Slug, reading: SlugOfAddress },
    Field { names: &["domain"], column: Column::Domain, reading: Text },
    Field { names: &["shorturl"], column: Column::Domain, reading: DomainOfAddress },
    Field { names: &["tags"], column: Column::Tags, reading: Text },
    Field { names: &["createdat", "datecreated"], column: Column::Created, reading: Instant },
    Field { names: &["validsince", "meta.validsince"], column: Column::Starts, reading: Instant },
    Field { names: &["validuntil", "meta.validuntil"], column: Column::Expires, reading: Instant },
    Field {
        names: &["visits", "visitscount", "visitssummary.total"],
        column: Column::Clicks,
        reading: Count,
    },
    Field {
        names: &["maxvisits", "meta.maxvisits"],
        column: Column::Lost(
            "its limit of visits was not taken over: visits of before count here for nothing; set one",
        ),
        reading: Flag,
    },
];

/// Whether these are its columns.
pub fn is_it(has: &dyn Fn(&str) -> bool) -> bool {
    has("shortcode") && has("longurl")
}
