//! The scans of one turn of a redirect thread's event loop: appended with one write, before any of their answers goes out.

use super::record;
use model::{Scan, scan};
use spool::{Frames, Spool};
use std::cell::{Cell, RefCell, RefMut};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use tokio::sync::Notify;

/// A thread's batch. Requests that are ready in the same turn add to it; [`Batch::keep_writing`], which the first of them
/// wakes, comes behind them in the thread's queue of tasks.
pub struct Batch {
    spool: Arc<Spool>,
    frames: RefCell<Frames>,
    filled: Notify,
    /// How many batches have been written.
    writes: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Batch {
    /// An empty one.
    pub fn new(spool: Arc<Spool>) -> Self {
        Self {
            spool,
            frames: RefCell::default(),
            filled: Notify::new(),
            writes: Cell::new(0),
            waiting: RefCell::default(),
        }
    }

    /// Adds a scan. Its answer may go out once [`Batch::written`] says so.
    pub fn add(&self, scan: &Scan<'_>) {
        push(&mut self.begun(), scan);
    }

    fn begun(&self) -> RefMut<'_, Frames> {
        let frames = self.frames.borrow_mut();
        if frames.is_empty() {
            self.filled.notify_one();
        }
        frames
    }

    /// Waits until everything that has been added is in the spool, or in memory because the spool keeps nobody waiting.
    pub fn written(&self) -> impl Future<Output = ()> {
        let awaited = self.writes.get() + u64::from(!self.frames.borrow().is_empty());
        poll_fn(move |context| {
            if self.writes.get() >= awaited {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
    }

    /// Writes at the end of each turn that has added something. Never ends.
    pub async fn keep_writing(&self) {
        loop {
            self.filled.notified().await;
            self.write();
        }
    }

    /// Writes what there is.
    pub fn write(&self) {
        let mut frames = self.frames.borrow_mut();
        if !frames.is_empty() {
            // Whatever becomes of it is in the spool's counters; the answers are sent all the same (promise 1).
            let _ = self.spool.append_frames(&mut frames);
        }
        self.writes.set(self.writes.get() + 1);
        for waiting in self.waiting.borrow_mut().drain(..) {
            waiting.wake();
        }
    }
}

/// Encodes a scan's record.
pub fn push(frames: &mut Frames, scan: &Scan<'_>) {
    frames.push(record::SCAN, scan::LAYOUT, scan.at.0, |bytes| scan.encode(bytes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use futures_util::task::noop_waker_ref;
    use std::pin::pin;
    use std::task::Context;

    #[test]
    fn scans_of_a_turn_are_in_the_log_before_anyone_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let (spool, _) = Spool::open(folder.path(), spool::Options::new(1, 0, &[])).unwrap();
        let batch = Batch::new(Arc::new(spool));
        let written = || batch.spool.status().written;
        assert!(batch.written().now_or_never().is_some(), "nothing was added");
        let add = || batch.begun().push(record::SCAN, scan::LAYOUT, 1, |bytes| bytes.push(7));
        add();
        let mut first = pin!(batch.written());
        add();
        let mut second = pin!(batch.written());
        let mut context = Context::from_waker(noop_waker_ref());
        assert!(
            first.as_mut().poll(&mut context).is_pending() && second.as_mut().poll(&mut context).is_pending()
        );
        assert_eq!(written(), 0);
        let mut writing = pin!(batch.keep_writing());
        assert!(writing.as_mut().poll(&mut context).is_pending());
        assert_eq!(written(), 2);
        assert!(first.poll(&mut context).is_ready() && second.poll(&mut context).is_ready());
        add();
        let third = batch.written();
        assert!(writing.poll(&mut context).is_pending());
        assert!(third.now_or_never().is_some());
        assert_eq!(written(), 3);
    }
}
