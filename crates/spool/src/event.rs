//! Wakes readers that wait for records, at no cost to the writer while none waits.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::time::Instant;

#[derive(Default)]
pub(crate) struct Event {
    awaited: AtomicBool,
    lock: Mutex<()>,
    happened: Condvar,
}

impl Event {
    /// To be called after what readers wait for has become visible. A system call only if somebody waits.
    pub fn notify(&self) {
        // Orders the caller's publication before the look at `awaited`; `wait` has the mirror image of it, so one of
        // the two sees the other.
        fence(Ordering::SeqCst);
        if self.awaited.load(Ordering::Relaxed) && self.awaited.swap(false, Ordering::AcqRel) {
            drop(self.lock.lock());
            self.happened.notify_all();
        }
    }

    /// Waits until `notify` or the deadline, not at all if `ready` by now.
    pub fn wait(&self, deadline: Instant, ready: impl FnOnce() -> bool) {
        let mut guard = self.lock.lock();
        self.awaited.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if !ready() {
            self.happened.wait_until(&mut guard, deadline);
        }
    }
}
