//! A running server, asked by a command through its API.

use super::export::{Output, end_progress, progress};
use crate::catalog::{Catalog, installation};
use crate::config::{Config, ConfigError};
use crate::data_dir;
use crate::doctor::running::from_here;
use anyhow::{Context, bail};
use model::WorkspaceId;
use model::destination::authority;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How often it is asked how far something is.
const ASKED: Duration = Duration::from_millis(250);
/// Times that a cut connection is gone on with.
const TRIES: usize = 20;

/// Who is asked: a server that runs, or the data directory where none does.
#[derive(clap::Args)]
pub struct Asked {
    /// Base URL of the server to ask; the one that has the data directory, if not given
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Secret token for a running server; $QUIETZONE_API_TOKEN, if not given
    #[arg(long)]
    token: Option<String>,
    /// Workspace, while no server runs; the first one, if not given
    #[arg(long, value_name = "ID")]
    pub workspace: Option<WorkspaceId>,
}

/// The host that the server of a data directory answers for: its base URL's, as the catalog has it on record; else the
/// address. Where a base URL is set, the address listened on is no host of it.
pub fn host(config: &Config, address: SocketAddr) -> String {
    let path = config.data.join("catalog.db");
    let look = async { installation::base_urls(&mut Catalog::look(&path, true).await?).await };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let urls = runtime.ok().and_then(|runtime| runtime.block_on(look).ok()).unwrap_or_default();
    let base = urls.first().and_then(|latest| Url::parse(&latest.url).ok());
    base.map_or_else(|| address.to_string(), |base| authority(&base))
}

/// A running server.
pub struct Remote {
    agent: ureq::Agent,
    base: String,
    /// The host it is asked for, where that is not the base's.
    host: Option<String>,
    token: String,
}

impl Remote {
    /// The server that is named, or the one that has the data directory; nothing where none runs on the installation there.
    pub fn find(asked: &Asked, config: &Config) -> anyhow::Result<Option<Self>> {
        let (base, host) = match &asked.server {
            Some(url) => (url.trim_end_matches('/').to_owned(), None),
            None if !data_dir::is_held(&config.data) => {
                data_dir::check_made(&config.data)?;
                return Ok(None);
            }
            None => {
                let holder = data_dir::holder(&config.data).context(
                    "a server has the data directory and does not say where it answers; name it with --server",
                )?;
                if holder.encrypted {
                    let message = "the running server speaks https: name it by its base URL with --server";
                    return Err(ConfigError(message.to_owned()).into());
                }
                let address = from_here(holder.address);
                (format!("http://{address}"), Some(host(config, address)))
            }
        };
        let token = asked.token.clone().or_else(|| config.api_token.clone());
        let token = token.ok_or_else(|| {
            let message = "a running server is asked with a secret token: --token, or QUIETZONE_API_TOKEN";
            ConfigError(message.to_owned())
        })?;
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Ok(Some(Self { agent, base, host, token }))
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token));
        match &self.host {
            Some(host) => request.header("host", host),
            None => request,
        }
    }

    /// Asks, and reads the JSON of the answer; a refusal is the error.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let request = self.request(method, path);
        let response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body.to_string())?;
                self.agent.run(request)
            }
            None => self.agent.run(request.body(())?),
        };
        let mut response = response.with_context(|| self.base.clone())?;
        let text = response.body_mut().read_to_string()?;
        let answer: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} does not answer as Quietzone does", self.base))?;
        if !response.status().is_success() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (field, message) = (text(&answer["details"][0]["field"]), text(&answer["message"]));
            let field = if field.is_empty() { field } else { format!("{field}: ") };
            return Err(ConfigError(format!("{field}{message}")).into());
        }
        Ok(answer)
    }

    /// Has an export made, waits for it, and fetches the file; how many rows it has.
    pub fn export(&self, body: &Value, output: &Path) -> anyhow::Result<u64> {
        let mut export = self.ask("POST", "/v1/x/exports", Some(body))?["export"].take();
        let path = format!("/v1/x/exports/{}", export["id"].as_str().unwrap_or_default());
        let rows = |export: &Value| export["rowCount"].as_u64().unwrap_or_default();
        while export["status"] != "EXPORT_STATUS_SUCCEEDED" {
            if let Some(error) = export["error"].as_str() {
                bail!("{error}");
            }
            let thousandths = (export["progress"].as_f64().unwrap_or_default() * 1000.0) as u64;
            progress(thousandths, &format!("{} rows", rows(&export)));
            std::thread::sleep(ASKED);
            export = self.ask("GET", &path, None)?["export"].take();
        }
        progress(1000, &format!("{} rows", rows(&export)));
        end_progress();
        self.fetch(&export, output)?;
        self.ask("DELETE", &path, None)?;
        Ok(rows(&export))
    }

    /// Fetches a file, in parts where the connection is cut, and compares it with its digest.
    fn fetch(&self, export: &Value, output: &Path) -> anyhow::Result<()> {
        let sha256 = export["sha256"].as_str().unwrap_or_default();
        let size = export["size"].as_u64().unwrap_or_default();
        let (mut out, mut digest, mut have) = (Output::create(output)?, Sha256::new(), 0);
        let mut buffer = vec![0; 256 << 10];
        for _ in 0..TRIES {
            let mut request = self.request("GET", export["fileUrl"].as_str().unwrap_or_default());
            // Of an empty file there is no part, not even from its beginning.
            if have > 0 {
                request = request
                    .header("range", format!("bytes={have}-"))
                    .header("if-range", format!("\"{sha256}\""));
            }
            let Ok(response) = self.agent.run(request.body(())?) else { continue };
            if !response.status().is_success() || have > 0 && response.status().as_u16() != 206 {
                bail!("the file could not be fetched: {}", response.status());
            }
            let mut body = response.into_body().into_reader();
            while let Ok(read @ 1..) = body.read(&mut buffer) {
                out.write(&buffer[..read])?;
                digest.update(&buffer[..read]);
                have += read as u64;
            }
            if have >= size {
                let found: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                if found != sha256 {
                    bail!("the file came with other bytes than it was made of; fetch it again");
                }
                return Ok(out.end()?);
            }
        }
        bail!("the connection was cut {TRIES} times; the export is kept on the server for seven days")
    }
}
