//! `quietzone admin`: looks after accounts from the machine itself.

use super::SettingsArgs;
use crate::catalog::{Catalog, accounts};
use crate::clock::Clock;
use crate::{account, data_dir};
use anyhow::{bail, ensure};
use clap::Subcommand;
use std::io::Read;

#[derive(Subcommand)]
pub enum Args {
    /// Give an account a new password, read from standard input; ends its sessions
    ResetPassword {
        /// E-mail address of the account
        email: String,
        #[command(flatten)]
        settings: SettingsArgs,
    },
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let Args::ResetPassword { email, settings } = args;
    let config = settings.load_made()?;
    let _lock = data_dir::open(&config.data)?;
    let mut password = String::new();
    std::io::stdin().take(4096).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "give the new password on standard input");
    if let Err(why) = account::check_password(password) {
        bail!("{why}");
    }
    let hash = account::hash_password(password, rand::random());
    let email = account::normal_email(&email);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let catalog = Catalog::open(&config.data.join("catalog.db")).await?;
        let (who, now) = (email.clone(), Clock::Real.now());
        let found =
            catalog.write(async move |db| accounts::reset_password(db, &who, &hash, now).await).await?;
        catalog.close().await;
        ensure!(found, "there is no account {email}");
        eprintln!("{email} has a new password; its sessions have ended");
        Ok(())
    })
}
