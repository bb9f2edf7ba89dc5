//! Owners are told of leads by e-mail: noted in the transaction of the answer, written and handed over by one task.

pub mod letter;
pub mod sender;

use tokio::sync::Notify;

/// What telling needs.
pub struct Notices {
    /// Hands letters over; nothing where no mail server is configured.
    pub mailer: Option<crate::smtp::Mailer>,
    /// Rung when there is a letter to be written.
    pub bell: Notify,
}
