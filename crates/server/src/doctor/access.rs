//! Who may read and write what is kept, and how many files may be open.

use super::Check;
use crate::config::Config;
use crate::data_dir;
use crate::serve::OTHER_FILES;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub fn checks(config: &Config) -> Vec<Check> {
    vec![
        format(&config.data),
        writable(&config.data),
        private(&config.data),
        keys(&config.data),
        files(config),
    ]
}

/// The path itself, or the nearest folder above it that exists.
pub fn nearest(path: &Path) -> &Path {
    let exists = |path: &&Path| path.exists();
    let found = path.ancestors().find(exists);
    // A relative path ends in the folder we are in.
    found.filter(|found| !found.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn format(data: &Path) -> Check {
    const NAME: &str = "data.format";
    match data_dir::newer_format(data) {
        None => Check::ok(NAME, "This program can use the data directory's format."),
        Some(format) => Check::fail(
            NAME,
            format!("{} has the format {format}, which this program does not know.", data.display()),
            "Use the newer quietzone that wrote it, or restore a backup from before.",
        ),
    }
}

/// Folders and files below the data directory that the server writes to.
fn written(data: &Path) -> Vec<PathBuf> {
    let below = ["", "spool", "store", "store/segments", "keys", "lock", "catalog.db", "store/manifest.db"];
    below.iter().map(|name| data.join(name)).filter(|path| path.exists()).collect()
}

fn writable(data: &Path) -> Check {
    const NAME: &str = "access.write";
    let mend = "Let the user that runs quietzone own the directory and all in it (chown -R).";
    if !data.exists() {
        let above = nearest(data);
        if !above.is_dir() {
            let message = format!("{} cannot be made: {} is no directory.", data.display(), above.display());
            return Check::fail(NAME, message, "Choose another --data.");
        }
        return match rustix::fs::access(above, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK) {
            Ok(()) => Check::ok(NAME, format!("{} can be made.", data.display())),
            Err(error) => {
                let message = format!("{} cannot be made in {}: {error}.", data.display(), above.display());
                Check::fail(NAME, message, mend)
            }
        };
    }
    if !data.is_dir() {
        let message = format!("{} is no directory.", data.display());
        return Check::fail(NAME, message, "Choose another --data.");
    }
    for path in written(data) {
        let wanted = rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK;
        if let Err(error) = rustix::fs::access(&path, wanted) {
            return Check::fail(NAME, format!("{} cannot be written: {error}.", path.display()), mend);
        }
    }
    Check::ok(NAME, "The data directory and what is in it can be written.")
}

/// What is kept is nobody else's business.
fn private(data: &Path) -> Check {
    const NAME: &str = "access.private";
    let mode = |path: &Path| fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777);
    let open = written(data).into_iter().find_map(|path| {
        let mode = mode(&path)?;
        (mode & 0o077 != 0).then(|| format!("{} ({mode:03o})", path.display()))
    });
    match open {
        None => Check::ok(NAME, "Other users of this machine cannot read the data directory."),
        Some(open) => {
            let mend = format!("chmod -R go= {}", data.display());
            Check::warn(NAME, format!("Other users of this machine may read {open}."), mend)
        }
    }
}

/// The day's keys turn an address into a visitor; `secret.key` seals what must not be read.
fn keys(data: &Path) -> Check {
    const NAME: &str = "access.keys";
    let secret = data.join("secret.key");
    let days = fs::read_dir(data.join("keys")).into_iter().flatten().flatten().map(|entry| entry.path());
    let all: Vec<PathBuf> = days.chain([secret.clone()]).filter(|path| path.exists()).collect();
    for path in &all {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                let message = format!("{} cannot be looked at: {error}.", path.display());
                return Check::fail(NAME, message, "Let the user that runs quietzone own it (chown).");
            }
        };
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let message =
                format!("Other users of this machine may read the key {} ({mode:03o}).", path.display());
            return Check::fail(NAME, message, format!("chmod 600 {}", path.display()));
        }
        let length = if *path == secret { 32 } else { 16 };
        if metadata.size() != length && path.extension().is_some_and(|suffix| suffix == "key") {
            let message =
                format!("The key {} has {} bytes instead of {length}.", path.display(), metadata.size());
            let mend = match *path == secret {
                true => "Restore it from a backup: without it nothing that it seals can be read.",
                false => "Remove it: a new one is made, and today's visitors count anew.",
            };
            return Check::fail(NAME, message, mend);
        }
    }
    match all.len() {
        0 => Check::ok(NAME, "There are no keys yet; the first start makes them."),
        keys => Check::ok(NAME, format!("{keys} keys, and only their owner may read them.")),
    }
}

fn files(config: &Config) -> Check {
    const NAME: &str = "access.files";
    let wanted = config.connections.connections as u64 + OTHER_FILES;
    // The server raises the limit in force to this one.
    let Some(most) = getrlimit(Resource::Nofile).maximum else {
        return Check::ok(NAME, "As many files may be open as there are.");
    };
    if most >= wanted {
        return Check::ok(NAME, format!("{most} files may be open; {wanted} are needed at most."));
    }
    let connections = most.saturating_sub(OTHER_FILES).max(16);
    let message = format!(
        "Only {most} files may be open, so {connections} connections at most instead of the {} of connections.max.",
        config.connections.connections
    );
    let mend = format!(
        "Raise the hard limit (ulimit -Hn, systemd: LimitNOFILE) to {wanted}, or lower connections.max."
    );
    if connections < 100 { Check::fail(NAME, message, mend) } else { Check::warn(NAME, message, mend) }
}
