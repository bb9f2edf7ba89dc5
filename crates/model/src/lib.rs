//! Words and pure decisions of Quietzone. Nothing here reads a clock, draws a random number or does I/O:
//! `now` and seeds are parameters.

#[macro_use]
mod words;

pub mod buckets;
pub mod clock;
pub mod compared;
pub mod conventions;
pub mod dates;
pub mod delivery;
pub mod destination;
pub mod funnel;
pub mod ids;
pub mod import;
pub mod judged;
pub mod language;
pub mod life;
pub mod position;
pub mod query;
pub mod rate;
pub mod report;
pub mod scan;
pub mod schedule;
pub mod seen;
pub mod slug;
pub mod strict;
pub mod text;
pub mod time;
pub mod trace;
pub mod visitor;
pub mod workflow;

pub use destination::Destination;
pub use ids::{DesignId, DomainId, JobId, LinkId, MemberId, ScanId, StepId, TokenId, TraceId, WorkspaceId};
pub use position::Position;
pub use scan::Scan;
pub use slug::Slug;
pub use time::Millis;
pub use trace::Trace;
