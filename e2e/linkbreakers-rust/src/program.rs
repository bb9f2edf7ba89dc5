//! The real program on fresh data, and a phone that scans.

use anyhow::Context;
use linkbreakers::apis::configuration::Configuration;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const TOKEN: &str = "sk_live_of_the_linkbreakers_crate";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/18.5 Mobile/15E148 Safari/604.1";

/// A running server; it ends, and its data goes, with the value.
pub struct Program {
    child: Child,
    data: PathBuf,
    /// Where it answers.
    pub host: String,
    phone: reqwest::Client,
}

impl Program {
    pub fn start(binary: &str) -> anyhow::Result<Self> {
        let data = std::env::temp_dir().join(format!("linkbreakers-story-{}", std::process::id()));
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .env("QUIETZONE_API_TOKEN", TOKEN)
            .env("QUIETZONE_ADMIN_EMAIL", "owner@example.com")
            .env("QUIETZONE_ADMIN_PASSWORD", "correct horse battery staple")
            .env("QUIETZONE_WEBHOOKS_ALLOW_PRIVATE", "true")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {binary}"))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut line)?;
        let host = line.trim().strip_prefix("listening on ").context("it did not start")?.to_owned();
        let phone = reqwest::Client::builder().redirect(Policy::none()).user_agent(IPHONE).build()?;
        Ok(Self { child, data, host, phone })
    }

    /// What the crate is given: our address and a token.
    pub fn client(&self) -> Configuration {
        self.client_of(TOKEN)
    }

    pub fn client_of(&self, token: &str) -> Configuration {
        Configuration {
            base_path: self.host.clone(),
            bearer_access_token: Some(token.to_owned()),
            ..Configuration::new()
        }
    }

    /// Scans a code: the status, and where it leads.
    pub async fn scan(&self, url: &str) -> anyhow::Result<(u16, String)> {
        let answer = self.phone.get(url).send().await?;
        let location = answer.headers().get(LOCATION).map(|value| value.to_str()).transpose()?;
        Ok((answer.status().as_u16(), location.unwrap_or_default().to_owned()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
