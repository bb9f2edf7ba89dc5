//! The mail server that letters are handed to.

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::Duration;

/// Longest that handing over a letter takes.
const LONGEST: Duration = Duration::from_secs(10);

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Plain first, then STARTTLS; a server without it gets nothing.
    StartTls,
    /// From the first byte.
    Tls,
    /// Not at all.
    None,
}

/// Settings of the mail server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// User and password, where it asks for them.
    pub login: Option<(String, String)>,
    /// Who letters are from.
    pub from: Mailbox,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It never will be: the server says so for good.
    ForGood(String),
    /// Later it may be.
    ForNow(String),
}

/// Hands letters over.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    /// Who letters are from.
    pub from: Mailbox,
}

impl Mailer {
    /// Over these settings; nothing is connected yet. The error is a sentence.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let tls = || TlsParameters::new(settings.host.clone()).map_err(|error| error.to_string());
        let tls = match settings.encryption {
            Encryption::StartTls => Tls::Required(tls()?),
            Encryption::Tls => Tls::Wrapper(tls()?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .tls(tls)
            .timeout(Some(LONGEST));
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from: settings.from.clone() })
    }

    /// Hands a letter over.
    pub async fn send(&self, letter: Message) -> Result<(), Refusal> {
        match tokio::time::timeout(2 * LONGEST, self.transport.send(letter)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Refusal::ForGood(error.to_string())),
            Ok(Err(error)) => Err(Refusal::ForNow(error.to_string())),
            Err(_) => Err(Refusal::ForNow("the mail server takes too long".into())),
        }
    }

    /// Connects, greets, encrypts and signs in. The error is a sentence.
    pub async fn try_out(&self) -> Result<(), String> {
        match tokio::time::timeout(LONGEST, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it does not answer as a mail server does".into()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("it does not answer within {} seconds", LONGEST.as_secs())),
        }
    }
}
