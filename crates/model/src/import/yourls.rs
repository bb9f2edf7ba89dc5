//! YOURLS: its table of URLs as CSV (`keyword`, `url`, `title`, `timestamp`, `ip`, `clicks`), or its API's list
//! (`action=stats&format=json`: `{"links": {"link_1": {"shorturl", "url", "title", "timestamp", "ip", "clicks"}}}`).
//! The address of whoever made a link is left out.

use super::cell::Reading::{Count, DomainOfAddress, Instant, SlugOfAddress, Text};
use super::{Column, Field};

/// Its fields.
pub const FIELDS: &[Field] = &[
    Field { names: &["url", "longurl"], column: Column::Destination, reading: Text },
    Field { names: &["title"], column: Column::Name, reading: Text },
    Field { names: &["keyword"], column: Column::Slug, reading: Text },
    Field { names: &["shorturl"], column: Column::Slug, reading: SlugOfAddress },
    Field { names: &["shorturl"], column: Column::Domain, reading: DomainOfAddress },
    Field { names: &["timestamp"], column: Column::Created, reading: Instant },
    Field { names: &["clicks"], column: Column::Clicks, reading: Count },
];

/// Whether these are its columns.
pub fn is_it(has: &dyn Fn(&str) -> bool) -> bool {
    has("url")
        && (has("keyword") && (has("timestamp") || has("clicks"))
            || has("shorturl") && has("timestamp") && has("clicks"))
}
