//! The exit bundle: everything of a workspace as files that need no Quietzone. [`code`] reads what each printed code
//! leads to, [`nginx`], [`caddy`], [`netlify`] and [`site`] write that down for programs that others keep, [`bundle`]
//! puts it together with the codes' images and all data, [`pack`] is the folder or archive it goes into.

pub mod bundle;
pub mod caddy;
pub mod code;
pub mod netlify;
pub mod nginx;
pub mod notes;
pub mod pack;
pub mod site;
