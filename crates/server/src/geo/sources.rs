//! Which geo files are used: those the settings name; else `DIR/geo`, and the cache that `make` filled for what it lacks.

use super::{Geo, Problem, asn, files_of};
use crate::config::Config;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeoFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it tells places.
    pub places: bool,
    /// Whether it tells networks.
    pub networks: bool,
    /// Seconds since 1970 UTC at which its maker built it; for our own file of networks, at which it was made here.
    pub built_at: Option<i64>,
    /// Size.
    pub bytes: u64,
}

impl Geo {
    /// Opens what a configuration finds.
    pub fn load(config: &Config) -> (Self, Vec<Problem>) {
        let (mut geo, mut problems) = Self::open(&config.geo_city, &config.geo_asn);
        for folder in defaults(config) {
            let places = config.geo_city.is_empty() && !geo.tells_places();
            let networks = config.geo_asn.is_empty() && !geo.tells_networks();
            if (places || networks) && files_of(&folder).is_ok() {
                let (spare, more) = Self::open(std::slice::from_ref(&folder), &[]);
                problems.extend(more);
                geo.complete_with(spare, places, networks);
            }
        }
        (geo, problems)
    }
}

/// Files and folders that [`Geo::load`] may open.
fn defaults(config: &Config) -> Vec<PathBuf> {
    let cache = super::cache_folder(|name| std::env::var_os(name));
    std::iter::once(folder(&config.data)).chain(cache).collect()
}

/// Where `quietzone geo install` puts files.
pub fn folder(data: &Path) -> PathBuf {
    data.join("geo")
}

/// What tells whether files came, went or were replaced: names, sizes and times of all that could be opened.
pub fn fingerprint(config: &Config) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let mut files: Vec<PathBuf> = config.geo_city.iter().chain(&config.geo_asn).cloned().collect();
    files.extend(defaults(config));
    let files = files.iter().flat_map(|path| files_of(path).unwrap_or_default());
    files
        .filter_map(|file| {
            let metadata = fs::metadata(&file).ok()?;
            Some((file, metadata.len(), metadata.modified().ok()))
        })
        .collect()
}

/// Puts a file into `DIR/geo` once it was found good, and answers what it is. A running server takes it up within 20 s.
///
/// # Errors
/// A file that holds nothing we can read, or that cannot be copied.
pub fn install(file: &Path, data: &Path) -> anyhow::Result<GeoFile> {
    let (geo, problems) = Geo::open(std::slice::from_ref(&file.to_owned()), &[]);
    if let Some(problem) = problems.into_iter().next() {
        return Err(problem.into());
    }
    geo.check().map_err(|sentence| Problem { path: file.to_owned(), sentence })?;
    let found = geo.files().first().cloned();
    let found = found.ok_or_else(|| anyhow::anyhow!("{}: is a folder; name its files", file.display()))?;
    let suffix = if found.networks && file.extension().is_some_and(|suffix| suffix == asn::SUFFIX) {
        asn::SUFFIX
    } else {
        "mmdb"
    };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let target = folder(data).join(format!("{stem}.{suffix}"));
    fs::create_dir_all(folder(data))?;
    // By rename: a mapped file that is cut short kills the process that has mapped it.
    let temporary = target.with_extension("new");
    fs::copy(file, &temporary)?;
    fs::File::open(&temporary)?.sync_all()?;
    fs::rename(&temporary, &target)?;
    if let Some(attribution) =
        file.parent().map(|folder| folder.join("ATTRIBUTION")).filter(|path| path.is_file())
    {
        fs::copy(attribution, folder(data).join("ATTRIBUTION"))?;
    }
    Ok(GeoFile { path: target, ..found })
}
