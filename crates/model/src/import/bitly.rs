//! Bitly: the list of links as its pages export it (CSV) or its API v4 hands it out (`GET /v4/groups/{guid}/bitlinks`,
//! JSON: `{"links": [{"id", "link", "custom_bitlinks", "long_url", "title", "created_at", "tags", "archived"}]}`).

use super::cell::Reading::{Count, DomainOfAddress, Flag, Instant, SlugOfAddress, Text};
use super::{Column, Field};

/// Its fields. Of a link with a back-half of its own, that one is printed.
pub const FIELDS: &[Field] = &[
    Field {
        names: &["longurl", "destination", "destinationurl"],
        column: Column::Destination,
        reading: Text,
    },
    Field { names: &["title"], column: Column::Name, reading: Text },
    Field {
        names: &["custombitlinks", "customlink", "customlinks"],
        column: Column::Slug,
        reading: SlugOfAddress,
    },
    Field {
        names: &["custombitlinks", "customlink", "customlinks"],
        column: Column::Domain,
        reading: DomainOfAddress,
    },
    Field {
        names: &["link", "bitlink", "shortlink", "shorturl", "id"],
        column: Column::Slug,
        reading: SlugOfAddress,
    },
    Field {
        names: &["link", "bitlink", "shortlink", "shorturl", "id"],
        column: Column::Domain,
        reading: DomainOfAddress,
    },
    Field { names: &["tags"], column: Column::Tags, reading: Text },
    Field {
        names: &["createdat", "created", "datecreated", "createddate", "creationdate"],
        column: Column::Created,
        reading: Instant,
    },
    Field {
        names: &["clicks", "totalclicks", "engagements", "totalengagements", "userclicks"],
        column: Column::Clicks,
        reading: Count,
    },
    Field {
        names: &["expirationat", "expiresat", "expirationdate"],
        column: Column::Expires,
        reading: Instant,
    },
    Field {
        names: &["deeplinks"],
        column: Column::Lost(
            "deep links to apps were not taken over; a link leads to one address, or chooses by a workflow",
        ),
        reading: Flag,
    },
];

/// Whether these are its columns.
pub fn is_it(has: &dyn Fn(&str) -> bool) -> bool {
    has("longurl")
        && ["link", "bitlink", "id", "custombitlinks"].iter().any(|name| has(name))
        && !has("shortcode")
}
