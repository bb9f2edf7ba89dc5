//! `quietzone workspace create`: while the server is stopped.

use super::SettingsArgs;
use crate::api::auth::hash_secret;
use crate::catalog::tokens::{self, NewToken};
use crate::catalog::{Catalog, workspaces};
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::{data_dir, secret};
use clap::Subcommand;
use model::WorkspaceId;
use uuid::Uuid;

#[derive(Subcommand)]
pub enum Args {
    /// Make a workspace and print its id and a secret token
    Create {
        /// Its name
        name: String,
        #[command(flatten)]
        settings: SettingsArgs,
        /// Print the token alone
        #[arg(long)]
        token: bool,
    },
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let Args::Create { name, settings, token: token_only } = args;
    if name.trim().is_empty() {
        return Err(ConfigError("a workspace needs a name".into()).into());
    }
    let config = settings.load_made()?;
    let _lock = data_dir::open(&config.data)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let catalog = Catalog::open(&config.data.join("catalog.db")).await?;
        let secret = secret::new_token(false);
        let (hash, now) = (hash_secret(&secret), Clock::Real.now());
        let workspace = catalog
            .write(async move |db| {
                let id = WorkspaceId(Uuid::now_v7());
                let workspace = workspaces::create(db, id, name.trim(), &config.timezone, now).await?;
                tokens::create(db, id, NewToken::first(hash), now).await?;
                Ok(workspace)
            })
            .await?;
        catalog.close().await;
        if token_only {
            println!("{secret}");
        } else {
            println!("{}\t{secret}", workspace.id);
        }
        Ok(())
    })
}
