//! The table of links in memory: host and folded slug to compiled link. No database on the redirect path.
//!
//! An edit is seen by the next scan: whoever changes a link in the catalog calls [`LinkTable::refresh`] before
//! answering its caller.

use crate::catalog::table::{self, CompiledLink};
use crate::catalog::{Catalog, Result};
use model::{DomainId, LinkId, WorkspaceId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

type Key = (DomainId, Box<str>);

/// The table. Look-ups take no lock.
#[derive(Default)]
pub struct LinkTable {
    links: papaya::HashMap<Key, Arc<CompiledLink>>,
    /// Refreshes go one after the other, or an older state of a link could be installed over a newer one.
    refreshing: tokio::sync::Mutex<()>,
}

impl LinkTable {
    /// Reads every link.
    pub async fn load(catalog: &Catalog) -> Result<Self> {
        let table = Self::default();
        let mut last: Option<Arc<CompiledLink>> = None;
        table::all(&mut *catalog.read().await?, |entry| {
            let link = last.take().filter(|last| last.id == entry.link.id);
            let link = link.unwrap_or_else(|| Arc::new(entry.link));
            last = Some(link.clone());
            table.links.pin().insert((entry.domain, entry.folded.into()), link);
        })
        .await?;
        Ok(table)
    }

    /// Installs what the catalog now says of a link.
    pub async fn refresh(&self, catalog: &Catalog, link: LinkId) -> Result<()> {
        let _turn = self.refreshing.lock().await;
        let entries = table::of_link(&mut *catalog.read().await?, link).await?;
        let links = self.links.pin();
        let keys: Vec<Key> = entries.iter().map(|entry| (entry.domain, Box::from(&*entry.folded))).collect();
        let Some(mut link) = entries.into_iter().next().map(|entry| entry.link) else { return Ok(()) };
        // What it has let through is known best here: the catalog is some scans behind.
        if let Some(before) = keys.iter().filter_map(|key| links.get(key)).find(|before| before.id == link.id)
        {
            link.uses = before.uses.clone();
        }
        let link = Arc::new(link);
        for key in keys {
            links.insert(key, link.clone());
        }
        Ok(())
    }

    /// Takes out every link of a workspace that the catalog no longer has.
    pub async fn forget_workspace(&self, workspace: WorkspaceId) {
        let _turn = self.refreshing.lock().await;
        self.links.pin().retain(|_, link| link.workspace != workspace);
    }

    /// The link that a path segment (still percent-encoded) leads to, and its folded slug. Slashes, and punctuation
    /// that text around a link adds to its end, are looked past.
    pub fn resolve(&self, domain: DomainId, segment: &str) -> Option<(Arc<CompiledLink>, Box<str>)> {
        let decoded = decode(segment)?;
        let folded = model::slug::fold(&decoded);
        let links = self.links.pin();
        let mut slug = folded.as_str();
        loop {
            let key = (domain, Box::from(slug));
            if let Some(link) = links.get(&key) {
                return Some((link.clone(), key.1));
            }
            slug = slug.strip_suffix(['.', ',', ')', '…', ';', ':', '!', '?', '"', '\'', '>', ']'])?;
        }
    }

    /// The link of a folded slug.
    pub fn get(&self, domain: DomainId, folded: &str) -> Option<Arc<CompiledLink>> {
        self.links.pin().get(&(domain, Box::from(folded))).cloned()
    }

    /// Adds what links have let through in earlier processes and the catalog has not counted.
    pub fn add_uses(&self, mut uses: HashMap<LinkId, u64>) {
        for link in self.links.pin().values() {
            // Once a link, however many slugs it has.
            if let Some(uses) = uses.remove(&link.id) {
                link.uses.add(uses);
            }
        }
    }

    /// How many slugs there are.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    percent_encoding::percent_decode_str(segment).decode_utf8().ok()
}
