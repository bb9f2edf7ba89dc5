//! Today's visitors: the day's key, and who has scanned what already (DESIGN §11.4). Memory only; rebuilt at start from
//! the store and the spool.

use super::keys::KeyFolder;
use arc_swap::ArcSwap;
use model::time::UtcDay;
use model::visitor::DayKey;
use model::{LinkId, Millis, WorkspaceId};
use parking_lot::Mutex;
use siphasher::sip::SipHasher13;
use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::Arc;

const SHARDS: usize = 64;
/// More visitors than this behind one address on one day make it a shared network.
const SHARED_FROM: u16 = 5;

/// What a scan is, given the scans before it on its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// First scan of the visitor in the workspace today.
    pub first_in_workspace: bool,
    /// First scan of the visitor on the link today.
    pub first_on_link: bool,
    /// How many times the visitor has scanned the link today.
    pub nth: u16,
    /// Many visitors share the address today.
    pub shared_network: bool,
}

/// One UTC day.
pub struct Day {
    day: UtcDay,
    /// The day's secret.
    pub key: DayKey,
    /// Visitor on link -> scans today.
    links: Counts,
    /// Visitor in workspace -> 1.
    workspaces: Counts,
    /// Address in workspace -> visitors today.
    addresses: Counts,
}

type Shard = Mutex<HashMap<u64, u16, std::hash::BuildHasherDefault<AlreadyHashed>>>;

struct Counts {
    shards: [Shard; SHARDS],
}

impl Default for Counts {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Shard::default()) }
    }
}

/// The keys are hashes; hashing them again would only cost time.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl Counts {
    /// Adds one and tells the new count.
    fn add(&self, key: u64) -> u16 {
        let mut shard = self.shards[shard_of(key)].lock();
        let count = shard.entry(key).or_insert(0);
        *count = count.saturating_add(1);
        *count
    }

    fn remove(&self, key: u64) {
        self.shards[shard_of(key)].lock().remove(&key);
    }

    fn get(&self, key: u64) -> u16 {
        self.shards[shard_of(key)].lock().get(&key).copied().unwrap_or(0)
    }
}

/// Shard of a key. Neither its lowest bits, by which a map finds the bucket, nor its highest seven, by which it tells the
/// keys of a bucket apart, are the same for all keys of a shard.
const fn shard_of(key: u64) -> usize {
    (key >> 40) as usize % SHARDS
}

fn mix(id: &[u8; 16], number: u64) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(id);
    hasher.write_u64(number);
    hasher.finish()
}

impl Day {
    /// A day without scans.
    pub fn new(day: UtcDay, key: DayKey) -> Self {
        let (links, workspaces, addresses) = Default::default();
        Self { day, key, links, workspaces, addresses }
    }

    /// Which day it is.
    pub const fn day(&self) -> UtcDay {
        self.day
    }

    /// Notes a human scan and tells where it stands. `address` is [`DayKey::address`]'s number.
    pub fn note(&self, workspace: WorkspaceId, link: LinkId, visitor: u64, address: u64) -> Standing {
        let nth = self.links.add(mix(link.as_bytes(), visitor));
        let first_in_workspace = self.workspaces.add(mix(workspace.as_bytes(), visitor)) == 1;
        let address = mix(workspace.as_bytes(), address);
        let sharing =
            if first_in_workspace { self.addresses.add(address) } else { self.addresses.get(address) };
        Standing { first_in_workspace, first_on_link: nth == 1, nth, shared_network: sharing > SHARED_FROM }
    }

    /// Where a scan would stand that is not counted: a bot's is never anybody's first.
    pub fn peek(&self, link: LinkId, visitor: u64) -> u16 {
        self.links.get(mix(link.as_bytes(), visitor))
    }

    /// Forgets that a visitor was on a link, and in its workspace: the next scan is a first one again. How many visitors
    /// share an address stays as it is; it tells of nobody.
    pub fn forget(&self, workspace: WorkspaceId, link: LinkId, visitor: u64) {
        self.links.remove(mix(link.as_bytes(), visitor));
        self.workspaces.remove(mix(workspace.as_bytes(), visitor));
    }

    /// Takes over a human scan of an earlier process.
    pub fn restore(&self, workspace: WorkspaceId, link: LinkId, visitor: u64) {
        self.links.add(mix(link.as_bytes(), visitor));
        self.workspaces.add(mix(workspace.as_bytes(), visitor));
    }
}

/// The current day, and the one before or after it while clocks disagree.
pub struct Days {
    current: ArcSwap<Day>,
    others: Mutex<Vec<Arc<Day>>>,
    folder: KeyFolder,
    /// Held while the files are tended: one would remove what another is about to name.
    tending: Mutex<()>,
}

impl Days {
    /// Takes up `now`'s day with the key in its file, or with a new one.
    pub fn open(folder: KeyFolder, now: Millis) -> std::io::Result<Self> {
        // A disk that will not have it is no reason not to start: the next tending tries again, and says so.
        if let Err(error) = folder.destroy_old(now) {
            tracing::error!(%error, "Old day keys could not be destroyed yet");
        }
        let day = now.utc_day();
        let key = match folder.read(day)? {
            Some(key) => key,
            None => {
                let key = DayKey(rand::random());
                if let Err(error) = folder.write(day, &key) {
                    tracing::error!(%error, "Today's key is only in memory yet");
                }
                key
            }
        };
        Ok(Self {
            current: ArcSwap::from_pointee(Day::new(day, key)),
            others: Mutex::default(),
            folder,
            tending: Mutex::default(),
        })
    }

    /// The day of an instant. Only the first scan of a new day takes the slow way, and even that does no I/O: its key
    /// was made ahead by [`Days::tend`], or is made in memory and written down at the next tending.
    pub fn of(&self, now: Millis) -> arc_swap::Guard<Arc<Day>> {
        let current = self.current.load();
        if current.day == now.utc_day() {
            return current;
        }
        drop(current);
        let wanted = now.utc_day();
        let mut others = self.others.lock();
        if self.current.load().day != wanted {
            let next = match others.iter().position(|other| other.day == wanted) {
                Some(index) => others.swap_remove(index),
                None => Arc::new(Day::new(wanted, DayKey(rand::random()))),
            };
            let before = self.current.swap(next);
            others.push(before);
        }
        drop(others);
        self.current.load()
    }

    /// The current day for restoring scans into, if it is `day`.
    pub fn if_current(&self, day: UtcDay) -> Option<arc_swap::Guard<Arc<Day>>> {
        let current = self.current.load();
        (current.day == day).then_some(current)
    }

    /// Once a minute, off the redirect threads: makes tomorrow's key ahead, writes down what is only in memory,
    /// destroys what is due.
    pub fn tend(&self, now: Millis) -> std::io::Result<()> {
        let _one = self.tending.lock();
        let (yesterday, tomorrow) = (UtcDay(now.utc_day().0 - 1), now.utc_day().next());
        {
            let mut others = self.others.lock();
            let near = |day: &Arc<Day>| (yesterday..=tomorrow).contains(&day.day);
            others.retain(near);
            if self.current.load().day != tomorrow && !others.iter().any(|other| other.day == tomorrow) {
                let key = self.folder.read(tomorrow)?.unwrap_or_else(|| DayKey(rand::random()));
                others.push(Arc::new(Day::new(tomorrow, key)));
            }
        }
        let mut live: Vec<Arc<Day>> = self.others.lock().clone();
        live.push(self.current.load_full());
        for day in live.iter().filter(|day| day.day >= now.utc_day()) {
            if self.folder.read(day.day)?.as_ref() != Some(&day.key) {
                self.folder.write(day.day, &day.key)?;
            }
        }
        self.folder.destroy_old(now)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::DAY_MS;
    use uuid::Uuid;

    const NOW: Millis = Millis(20_000 * DAY_MS + 1000);

    fn days(data: &std::path::Path) -> Days {
        Days::open(KeyFolder::open(data).unwrap(), NOW).unwrap()
    }

    #[test]
    fn a_visitor_is_first_once() {
        let data = tempfile::tempdir().unwrap();
        let days = days(data.path());
        let day = days.of(NOW);
        let (w, l, m) =
            (WorkspaceId(Uuid::from_u128(1)), LinkId(Uuid::from_u128(2)), LinkId(Uuid::from_u128(3)));
        let first = day.note(w, l, 7, 1);
        assert!(first.first_in_workspace && first.first_on_link && first.nth == 1);
        let other_link = day.note(w, m, 7, 1);
        assert!(!other_link.first_in_workspace && other_link.first_on_link);
        let again = day.note(w, l, 7, 1);
        assert!(!again.first_in_workspace && !again.first_on_link && again.nth == 2);
        assert_eq!(day.peek(l, 7), 2);
        day.forget(w, l, 7);
        let anew = day.note(w, l, 7, 1);
        assert!(anew.first_in_workspace && anew.first_on_link && anew.nth == 1);
        assert_eq!(day.peek(m, 7), 1, "another link was not asked about");
    }

    #[test]
    fn many_visitors_make_a_network_shared() {
        let data = tempfile::tempdir().unwrap();
        let days = days(data.path());
        let day = days.of(NOW);
        let (w, l) = (WorkspaceId(Uuid::from_u128(1)), LinkId(Uuid::from_u128(2)));
        let shared: Vec<bool> = (1..=8).map(|visitor| day.note(w, l, visitor, 99).shared_network).collect();
        assert_eq!(shared, [false, false, false, false, false, true, true, true]);
    }

    #[test]
    fn exactly_one_of_many_at_once_is_first() {
        let data = tempfile::tempdir().unwrap();
        let days = days(data.path());
        let firsts = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let day = days.of(NOW);
                    for visitor in 0..1000 {
                        let w = WorkspaceId(Uuid::from_u128(1));
                        if day.note(w, LinkId(Uuid::from_u128(2)), visitor, 0).first_on_link {
                            firsts.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(firsts.into_inner(), 1000);
    }

    #[test]
    fn days_change_at_midnight_and_back_and_keys_survive_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let today = days(data.path());
        let (one, next) = (today.of(NOW).key, today.of(NOW.plus(DAY_MS)).key);
        assert_ne!(one, next);
        assert_eq!(today.of(NOW).key, one, "the clock went back");
        assert_eq!(days(data.path()).of(NOW).key, one, "restarted");
        today.tend(NOW.plus(DAY_MS)).unwrap();
        assert_eq!(
            Days::open(KeyFolder::open(data.path()).unwrap(), NOW.plus(DAY_MS))
                .unwrap()
                .of(NOW.plus(DAY_MS))
                .key,
            next
        );
        today.tend(NOW.plus(DAY_MS + 3 * 3_600_000)).unwrap();
        assert!(KeyFolder::open(data.path()).unwrap().read(NOW.utc_day()).unwrap().is_none());
    }
}
