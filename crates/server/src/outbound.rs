//! Requests that this server makes at the wish of its users. It must not become their hand inside the operator's network:
//! a name is resolved once, every address of it is looked at, and the connection goes to the very address that was looked
//! at; each redirect begins anew.

pub mod client;
pub mod fetch;
pub mod guard;

pub use client::{Answer, Client};
pub use guard::Guard;
