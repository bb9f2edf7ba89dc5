//! Quietzone's server: everything that talks.

pub mod accept;
pub mod account;
pub mod agent;
pub mod api;
pub mod app;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consumers;
pub mod dashboard;
pub mod data_dir;
pub mod error;
pub mod feed;
pub mod geo;
pub mod hosts;
pub mod limits;
pub mod proxies;
pub mod redirect;
pub mod router;
pub mod secret;
pub mod serve;
pub mod status;
pub mod telemetry;
pub mod verdict;
