//! A disk in memory that knows what is synced and fails on request.

use parking_lot::{Condvar, Mutex};
use spool::{Disk, Place, SpoolFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::sync::Arc;

const PAGE: usize = 4096;

#[derive(Clone, Default)]
struct Inode {
    /// What a read sees.
    cached: Vec<u8>,
    /// What is on the disk.
    stored: Vec<u8>,
    dirty: BTreeSet<usize>,
}

/// What goes wrong, until it is set otherwise.
#[derive(Clone, Default)]
pub struct Faults {
    pub sync_fails: bool,
    /// A failed sync also drops the pages it could not write from the cache.
    pub cache_dropped: bool,
    pub truncate_fails: bool,
    pub create_fails: bool,
    /// Writes fail with this after having written so many bytes.
    pub write_fails: Option<(ErrorKind, usize)>,
    /// Every write takes at most so many bytes.
    pub short_writes: Option<usize>,
    /// Reads of bytes from here on fail.
    pub unreadable_from: Option<u64>,
    /// Where the directory is said to be; in a removed one nothing is created.
    pub place: Place,
    /// Writes wait until this is taken back.
    pub writes_hang: bool,
}

#[derive(Default)]
struct State {
    inodes: Vec<Arc<Mutex<Inode>>>,
    names: BTreeMap<String, usize>,
    stored_names: BTreeMap<String, usize>,
    /// Bytes that all files together may have.
    capacity: Option<usize>,
    faults: Faults,
    hanging: usize,
}

#[derive(Clone, Default)]
pub struct SimDisk {
    shared: Arc<(Mutex<State>, Condvar)>,
}

struct SimFile {
    disk: SimDisk,
    inode: Arc<Mutex<Inode>>,
}

impl SimDisk {
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.shared.0.lock().faults);
        self.shared.1.notify_all();
    }

    pub fn set_capacity(&self, capacity: Option<usize>) {
        self.shared.0.lock().capacity = capacity;
    }

    pub fn used(&self) -> usize {
        let state = self.shared.0.lock();
        state.names.values().map(|&i| state.inodes[i].lock().cached.len()).sum()
    }

    /// Waits until so many writes hang.
    pub fn wait_for_hanging(&self, writes: usize) {
        let (state, changed) = &*self.shared;
        let mut state = state.lock();
        while state.hanging < writes {
            changed.wait(&mut state);
        }
    }

    /// The names there are.
    pub fn names(&self) -> Vec<String> {
        self.shared.0.lock().names.keys().cloned().collect()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.shared.0.lock();
        state.inodes[state.names[name]].lock().cached.clone()
    }

    /// A disk with these files, all on it.
    pub fn with(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let disk = Self::default();
        {
            let mut state = disk.shared.0.lock();
            for (name, bytes) in files {
                let inode = Inode { cached: bytes.clone(), stored: bytes, dirty: BTreeSet::new() };
                state.inodes.push(Arc::new(Mutex::new(inode)));
                let index = state.inodes.len() - 1;
                state.names.insert(name.clone(), index);
                state.stored_names.insert(name, index);
            }
        }
        disk
    }

    /// What the next process finds after this one was killed: all that was written.
    pub fn after_kill(&self) -> Self {
        let state = self.shared.0.lock();
        let copy = State {
            inodes: state.inodes.iter().map(|inode| Arc::new(Mutex::new(inode.lock().clone()))).collect(),
            names: state.names.clone(),
            stored_names: state.stored_names.clone(),
            capacity: state.capacity,
            ..State::default()
        };
        Self { shared: Arc::new((Mutex::new(copy), Condvar::new())) }
    }

    /// What is there after the power failed. `chance(n)` draws a number below `n`: of the unsynced pages some are on
    /// the disk and some are not, a file ends anywhere between its synced and its last length, and entries that were
    /// not synced may be missing or still there.
    pub fn after_power_loss(&self, mut chance: impl FnMut(usize) -> usize) -> Self {
        let state = self.shared.0.lock();
        let mut files = BTreeMap::new();
        let names: BTreeSet<_> = state.names.iter().chain(state.stored_names.iter()).collect();
        for (name, &index) in names {
            let there = state.names.get(name) == Some(&index);
            let stored = state.stored_names.get(name) == Some(&index);
            if there != stored && chance(2) == 0 {
                continue;
            }
            let inode = state.inodes[index].lock();
            let mut bytes = inode.stored.clone();
            let longest = inode.cached.len().max(bytes.len());
            bytes.resize(longest, 0);
            for &page in &inode.dirty {
                let range = page * PAGE..((page + 1) * PAGE).min(inode.cached.len());
                if chance(3) > 0 && !range.is_empty() {
                    bytes[range.clone()].copy_from_slice(&inode.cached[range]);
                }
            }
            let shortest = inode.stored.len().min(longest);
            bytes.truncate(shortest + chance(longest - shortest + 1));
            files.insert(name.clone(), bytes);
        }
        let disk = Self::with(files);
        disk.set_capacity(state.capacity);
        disk
    }

    fn add(&self, name: &str, bytes: usize) -> io::Result<Arc<Mutex<Inode>>> {
        let mut state = self.shared.0.lock();
        if state.faults.place == Place::Removed {
            return Err(ErrorKind::NotFound.into());
        }
        if state.faults.create_fails {
            return Err(io::Error::other("injected: create"));
        }
        if state.names.contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let inode = Arc::new(Mutex::new(Inode { cached: vec![0; bytes], ..Inode::default() }));
        state.inodes.push(Arc::clone(&inode));
        let index = state.inodes.len() - 1;
        state.names.insert(name.into(), index);
        Ok(inode)
    }
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.names())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>> {
        Ok(Arc::new(SimFile { disk: self.clone(), inode: self.add(name, 0)? }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn SpoolFile>> {
        let state = self.shared.0.lock();
        let index = *state.names.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { disk: self.clone(), inode: Arc::clone(&state.inodes[index]) }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.shared.0.lock();
        let index = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.into(), index);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.shared.0.lock().names.remove(name).map(drop).ok_or(ErrorKind::NotFound.into())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.shared.0.lock();
        state.stored_names = state.names.clone();
        Ok(())
    }

    fn available(&self) -> io::Result<u64> {
        let capacity = self.shared.0.lock().capacity;
        Ok(capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(self.used()) as u64))
    }

    fn allocate(&self, name: &str, bytes: u64) -> io::Result<()> {
        self.add(name, bytes as usize).map(drop)
    }

    fn place(&self) -> Place {
        self.shared.0.lock().faults.place
    }

    fn renew(&self) -> io::Result<()> {
        let mut state = self.shared.0.lock();
        if state.faults.create_fails {
            return Err(io::Error::other("injected: renew"));
        }
        state.faults.place = Place::Kept;
        Ok(())
    }
}

impl SpoolFile for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let unreadable = self.disk.shared.0.lock().faults.unreadable_from;
        if unreadable.is_some_and(|from| offset + buffer.len() as u64 > from) {
            return Err(io::Error::other("injected: read"));
        }
        let inode = self.inode.lock();
        let bytes = inode.cached.get(offset as usize..).unwrap_or_default();
        let n = bytes.len().min(buffer.len());
        buffer[..n].copy_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let (room, error, short) = {
            let (state, changed) = &*self.disk.shared;
            let mut state = state.lock();
            state.hanging += 1;
            changed.notify_all();
            while state.faults.writes_hang {
                changed.wait(&mut state);
            }
            state.hanging -= 1;
            let used: usize = state.names.values().map(|&i| state.inodes[i].lock().cached.len()).sum();
            let end = self.inode.lock().cached.len();
            let room = state.capacity.map_or(usize::MAX, |capacity| {
                capacity.saturating_sub(used) + end.saturating_sub(offset as usize)
            });
            (room, state.faults.write_fails, state.faults.short_writes)
        };
        let (most, kind) = match error {
            Some((kind, most)) => (most.min(room), kind),
            None => (room, ErrorKind::StorageFull),
        };
        let n = bytes.len().min(most).min(short.unwrap_or(usize::MAX));
        if n == 0 {
            return Err(kind.into());
        }
        // The rest of a write that is to fail must fail as well, not get the same allowance again.
        if let Some((_, most)) = &mut self.disk.shared.0.lock().faults.write_fails {
            *most -= n.min(*most);
        }
        let mut inode = self.inode.lock();
        let (from, to) = (offset as usize, offset as usize + n);
        if inode.cached.len() < to {
            inode.cached.resize(to, 0);
        }
        inode.cached[from..to].copy_from_slice(&bytes[..n]);
        inode.dirty.extend(from / PAGE..=(to - 1) / PAGE);
        Ok(n)
    }

    fn sync(&self) -> io::Result<()> {
        let faults = self.disk.shared.0.lock().faults.clone();
        let mut inode = self.inode.lock();
        let inode = &mut *inode;
        let dirty = std::mem::take(&mut inode.dirty);
        if faults.sync_fails {
            // As Linux does: the pages count as clean from now on, and the disk never hears of them again.
            if faults.cache_dropped {
                for page in dirty {
                    let range = page * PAGE..((page + 1) * PAGE).min(inode.cached.len());
                    for at in range {
                        inode.cached[at] = inode.stored.get(at).copied().unwrap_or(0);
                    }
                }
            }
            return Err(io::Error::other("injected: sync"));
        }
        inode.stored.resize(inode.cached.len(), 0);
        for page in dirty {
            let range = page * PAGE..((page + 1) * PAGE).min(inode.cached.len());
            inode.stored[range.clone()].copy_from_slice(&inode.cached[range]);
        }
        Ok(())
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        if self.disk.shared.0.lock().faults.truncate_fails {
            return Err(io::Error::other("injected: truncate"));
        }
        let mut inode = self.inode.lock();
        inode.cached.truncate(len as usize);
        inode.stored.truncate(len as usize);
        inode.dirty.retain(|&page| page * PAGE < len as usize);
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.inode.lock().cached.len() as u64)
    }

    fn is_named(&self) -> io::Result<bool> {
        let state = self.disk.shared.0.lock();
        Ok(state.names.values().any(|&index| Arc::ptr_eq(&state.inodes[index], &self.inode)))
    }
}
