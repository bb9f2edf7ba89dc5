//! `quietzone exit-bundle`: everything of a workspace as files that need no Quietzone.

use super::SettingsArgs;
use super::export::{chosen, end_progress, progress, start_alone};
use super::remote::{Asked, Remote};
use crate::exit::bundle;
use crate::exit::pack::Pack;
use anyhow::Context;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Args {
    /// A folder that is not there yet, or an archive that ends in .zip
    target: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    asked: Asked,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let config = args.settings.load()?;
    match Remote::find(&args.asked, &config)? {
        Some(remote) => fetch(&remote, &args.target)?,
        None => {
            let server = start_alone(config)?;
            let outcome = server.api_runtime().block_on(async {
                let workspace = chosen(server.app(), args.asked.workspace).await?;
                // Only now: an archive of before is overwritten by a bundle, not by a refusal.
                let pack = Pack::create(&args.target)?;
                let mut told = |thousandths: u64| {
                    progress(thousandths, "");
                    true
                };
                let written = bundle::write(server.app(), workspace, pack, &mut told).await;
                written.map_err(|error| anyhow::anyhow!("{}", error.message()))
            });
            end_progress();
            server.stop();
            if let Some((pack, _)) = outcome? {
                pack.end()?;
            }
        }
    }
    eprintln!("{}: begin with README.md", args.target.display());
    Ok(())
}

/// From the running server: an archive, which is unpacked where a folder is wanted.
fn fetch(remote: &Remote, target: &Path) -> anyhow::Result<()> {
    let body = json!({ "object": "bundle" });
    if target.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        remote.export(&body, target)?;
        return Ok(());
    }
    // Asked first whether it can be written there.
    drop(Pack::create(target)?);
    let archive = target.with_extension("zip.part");
    remote.export(&body, &archive)?;
    let mut zip = zip::ZipArchive::new(File::open(&archive)?)?;
    zip.extract(target).with_context(|| target.display().to_string())?;
    Ok(std::fs::remove_file(archive)?)
}
