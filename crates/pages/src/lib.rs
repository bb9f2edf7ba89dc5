//! What a visitor meets between a scan and its end, as HTML: a form, a password, a message, links, a contact card, thanks,
//! and the pages where a code leads nowhere.
//!
//! Pure: a view model goes in, a [`Page`] comes out, the document with its headers. There is no script in it, nothing to
//! fetch but the owner's own images, and less than 15 kB of it. [`Look`] makes a page theme safe and readable;
//! [`Frame`] is what the pages of a link have in common.
//!
//! An answer is posted as `application/x-www-form-urlencoded`, from an opaque origin (`Origin: null`): whose answer it is
//! must stand in the address that it is posted to.

mod closed;
mod contact;
mod document;
pub mod form;
mod html;
mod links;
mod look;
mod message;
mod password;
mod preview;
mod signs;
mod style;
pub mod theme;
pub mod vcard;
mod words;

pub use closed::{Closed, Information, Plain};
pub use contact::{Contact, Maps};
pub use document::{Back, Frame, Page};
pub use form::{Form, Problem};
pub use html::escape;
pub use links::{BUTTON, MultiLink, SocialLinks, followable};
pub use look::{Images, Look};
pub use message::{Message, ThankYou};
pub use password::{PASSWORD, Password, Refusal};
pub use preview::preview;
