//! The scan store: what the spool's records become, and the answers to every question about them (DESIGN §4.6, §5).
//!
//! [`Local`] keeps fresh rows in memory and seals them into sorted, open Parquet files (README.md of this crate
//! describes them). A question ([`model::report`]) is answered by a small executor of our own that knows the sort order
//! and counts over dictionary codes.

mod batch;
mod block;
mod check;
mod checkpoint;
mod claims;
mod column;
mod days;
mod drop;
mod error;
mod firsts;
mod forget;
mod funnel;
mod group;
mod hidden;
mod levels;
mod local;
mod lost;
mod manifest;
mod merge;
mod page;
mod pass;
mod population;
mod purge;
mod rejudge;
mod report;
mod row;
mod schema;
mod seal;
mod segment;
mod select;
mod shared;
mod sheet;
mod snapshot;
mod steps;
mod tally;
mod trace;
mod upkeep;
mod verify;
mod walk;
mod write;

pub use batch::Batch;
pub use checkpoint::{Listed, checkpoint, listed};
pub use days::Days;
pub use error::{Error, Result};
pub use forget::Forgotten;
pub use hidden::{Chosen, Floor, Hidden};
pub use local::{Local, Options, Step, VISITOR_SCANS};
pub use lost::{Damage, Lost};
pub use merge::{Merged, Merging};
pub use purge::{Blanked, Gone, Left, Purged};
pub use rejudge::{Move, Rejudged, Selection};
pub use report::Answered;
pub use seal::Sealed;
pub use upkeep::{Stats, TodayRow};
pub use verify::{Checked, Fault, Numbers, Verified, verify};
pub use walk::Walk;
