//! What a client can see of the whole server: the real router, the real store and spool, and a clock the test moves.
//! Tests of crashes, exit codes and of what reaches the disk run the real program.

#![expect(clippy::unwrap_used, reason = "tests")]

mod app;
mod client;
#[path = "../../../spool/tests/spool/fuzzing.rs"]
mod fuzzing;
mod load;
#[path = "../lookups/mmdb.rs"]
mod mmdb;
mod places;
mod program;

mod abuse;
mod addresses;
mod architecture;
mod audit;
mod backup;
mod broken;
mod bulk;
mod certificates;
mod collection;
mod compared;
mod conventions;
mod crash;
mod damaged;
mod demo;
mod doctor;
mod domains;
mod erasure;
mod events;
mod exit;
mod exports;
mod feed;
mod fields;
mod folders;
mod forget;
mod fuzz;
mod history;
mod idempotency;
mod imports;
mod life;
mod links;
mod looks;
mod many;
mod me;
mod media;
mod notices;
mod numbers;
mod operation;
mod orphans;
mod overview;
mod parameters;
mod people;
mod privacy;
mod qrcode;
mod query;
mod redirect;
mod refusals;
mod rejudge;
mod restart;
mod retention;
mod scopes;
mod session;
mod settings;
mod simulate;
mod start;
mod store;
mod table;
mod themes;
mod tls;
mod tokens;
mod validation;
mod verdicts;
mod visitors;
mod walls;
mod webhooks;
mod workflows;
