//! Kutt: its API's list (`GET /api/v2/links`, JSON: `{"data": [{"address", "target", "domain", "description", "visit_count",
//! "created_at", "expire_in", "password", "banned", "link"}]}`), or the table `links` of its database as CSV.

use super::cell::Reading::{Count, DomainOfAddress, Flag, Instant, SlugOfAddress, Text};
use super::{Column, Field};

/// Its fields.
pub const FIELDS: &[Field] = &[
    Field { names: &["target"], column: Column::Destination, reading: Text },
    Field { names: &["description"], column: Column::Name, reading: Text },
    Field { names: &["address"], column: Column::Slug, reading: Text },
    Field { names: &["link"], column: Column::Slug, reading: SlugOfAddress },
    Field { names: &["domain", "domain.address"], column: Column::Domain, reading: Text },
    Field { names: &["link"], column: Column::Domain, reading: DomainOfAddress },
    Field { names: &["createdat"], column: Column::Created, reading: Instant },
    Field { names: &["expirein"], column: Column::Expires, reading: Instant },
    Field { names: &["visitcount"], column: Column::Clicks, reading: Count },
    Field {
        names: &["password"],
        column: Column::Lost("its password was not taken over; set one as a step of its workflow"),
        reading: Flag,
    },
    Field {
        names: &["banned"],
        column: Column::Lost("it was banned there, and led nowhere; here it leads to its destination again"),
        reading: Flag,
    },
];

/// Whether these are its columns.
pub fn is_it(has: &dyn Fn(&str) -> bool) -> bool {
    has("address") && has("target") && (has("visitcount") || has("createdat") || has("link"))
}
