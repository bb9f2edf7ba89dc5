//! What all segments of a store share: parsed footers, within a bound of memory, and the files that could not be removed.

use crate::segment::Footer;
use parking_lot::Mutex;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of a footer that is smaller than its parts: the name, the list of places, the entry in the cache.
const LEAST: u64 = 1024;

/// See the module.
pub(crate) struct Shared {
    footers: Cache<Uuid, Arc<Footer>, Bytes>,
    leftover: Mutex<Vec<PathBuf>>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Uuid, Arc<Footer>> for Bytes {
    fn weight(&self, _: &Uuid, footer: &Arc<Footer>) -> u64 {
        footer.bytes + LEAST
    }
}

impl Shared {
    /// Keeps footers of at most so many bytes together; those in use besides.
    pub fn new(footer_bytes: u64) -> Self {
        // One shard: a footer may then be as large as the bound, and one look-up a piece is no contention.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(256)
            .weight_capacity(footer_bytes)
            .build()
            .expect("both capacities are given");
        let footers =
            Cache::with_options(options, Bytes, DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self { footers, leftover: Mutex::new(vec![]) }
    }

    /// The footer of a segment: the one that is kept, or else what `read` gives.
    pub fn footer<E>(&self, name: Uuid, read: impl FnOnce() -> Result<Footer, E>) -> Result<Arc<Footer>, E> {
        self.footers.get_or_insert_with(&name, || read().map(Arc::new))
    }

    /// Lets a footer go whose segment is gone.
    pub fn forget(&self, name: &Uuid) {
        self.footers.remove(name);
    }

    /// Bytes of the footers that are kept.
    pub fn footer_bytes(&self) -> u64 {
        self.footers.weight()
    }

    /// Removes a file that belongs to nothing any more. What cannot be removed now is tried again by [`Self::clear`].
    pub fn remove(&self, path: &Path) {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "A file of the store could not be removed yet");
                let mut leftover = self.leftover.lock();
                if !leftover.iter().any(|other| other == path) {
                    leftover.push(path.to_owned());
                }
            }
            _ => {}
        }
    }

    /// Tries again what could not be removed. Returns how many files are still there.
    pub fn clear(&self) -> usize {
        let again = std::mem::take(&mut *self.leftover.lock());
        again.iter().for_each(|path| self.remove(path));
        self.leftover.lock().len()
    }
}
