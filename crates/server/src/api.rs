//! The public API in the Linkbreakers wire format (dossier 2, 9.2), and ours beside it under `/v1/x/`. One resource a
//! file.

pub mod account;
pub mod activity;
pub mod auth;
pub mod body;
pub mod cursor;
pub mod demo;
pub mod dimensions;
pub mod do_not_count;
pub mod docs;
pub mod events;
pub mod health;
pub mod installation;
pub mod invites;
pub mod links;
pub mod me;
pub mod media;
pub mod members;
pub mod metrics;
pub mod orphans;
pub mod overview;
pub mod population;
pub mod qrcode;
pub mod reports;
pub mod session;
pub mod setup;
pub mod steps;
pub mod stream;
pub mod system;
pub mod tokens;
pub mod unbuilt;
pub mod visitors;
pub mod wire;
pub mod workflow;
pub mod workspaces;
