//! Who is connected to one redirect thread: a bounded number, and nobody for long who says nothing.
//!
//! When all seats are taken, the one of a random few that has been idle longest is cleared: a flood of silent
//! connections then clears its own, and a phone that comes meanwhile is answered. So does a flood of requests whose bodies do
//! not come.

use rand::Rng;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Notify;

/// How often the clock of a thread's seats goes on, and the silent are looked for.
pub(super) const TICK: Duration = Duration::from_millis(250);
/// Seats that are compared when one must be cleared.
const SAMPLE: usize = 64;
/// Ticks after which somebody whose body has not come may be shown out for another: two seconds.
const SLOW: u32 = 8;
/// [`Seat::place`] of who has been shown out.
const NOWHERE: usize = usize::MAX;

/// What became of connections, of all threads, since the start.
#[derive(Default, Debug)]
pub struct ConnectionCounters {
    /// Open now.
    pub open: AtomicU64,
    /// Accepted.
    pub accepted: AtomicU64,
    /// Closed for others when there were too many.
    pub shed: AtomicU64,
    /// Closed at once, as there were too many and none was idle.
    pub refused: AtomicU64,
    /// Closed because they said nothing for too long.
    pub silent: AtomicU64,
    /// TLS handshakes that failed.
    pub handshakes: AtomicU64,
}

/// The seats of one thread.
pub(super) struct Seats {
    taken: RefCell<Vec<Arc<Seat>>>,
    most: usize,
    now: Cell<u32>,
    /// Ticks for the first request, and between two.
    patience: (u32, u32),
    counters: Arc<ConnectionCounters>,
}

/// One connection's.
pub(super) struct Seat {
    place: AtomicUsize,
    /// Requests under way on the API runtime.
    busy: AtomicU32,
    /// Of these, those whose body has not come whole.
    awaited: AtomicU32,
    /// Tick of the last request.
    since: AtomicU32,
    spoke: AtomicBool,
    /// Told to go.
    pub leave: Notify,
}

/// A seat that is taken; leaving it frees it.
pub(super) struct Taken {
    seats: Rc<Seats>,
    pub seat: Arc<Seat>,
}

/// A body that has not come whole.
pub(super) struct Awaited(Arc<Seat>);

/// A request that is under way: its connection is not idle.
pub(super) struct Busy(Arc<Seat>);

impl Seats {
    pub fn new(most: usize, head: Duration, idle: Duration, counters: Arc<ConnectionCounters>) -> Rc<Self> {
        let ticks = |time: Duration| (time.as_millis() / TICK.as_millis()).max(1) as u32;
        let patience = (ticks(head), ticks(idle));
        Rc::new(Self { taken: RefCell::default(), most: most.max(1), now: Cell::new(0), patience, counters })
    }

    /// A seat for one more; `None` when all are taken by the busy.
    pub fn take(self: &Rc<Self>) -> Option<Taken> {
        if self.taken.borrow().len() >= self.most && !self.clear_one() {
            self.counters.refused.fetch_add(1, Relaxed);
            return None;
        }
        let mut taken = self.taken.borrow_mut();
        let seat = Arc::new(Seat {
            place: AtomicUsize::new(taken.len()),
            busy: AtomicU32::new(0),
            awaited: AtomicU32::new(0),
            since: AtomicU32::new(self.now.get()),
            spoke: AtomicBool::new(false),
            leave: Notify::new(),
        });
        taken.push(seat.clone());
        self.counters.open.fetch_add(1, Relaxed);
        self.counters.accepted.fetch_add(1, Relaxed);
        Some(Taken { seats: self.clone(), seat })
    }

    /// Clears the seat that has been idle longest, of a sample; where all are busy, that of whoever has kept a body back longest.
    fn clear_one(&self) -> bool {
        let victim = {
            let taken = self.taken.borrow();
            let mut random = rand::rng();
            let sample: Vec<&Arc<Seat>> = (0..SAMPLE.min(taken.len()))
                .map(|n| &taken[if taken.len() <= SAMPLE { n } else { random.random_range(0..taken.len()) }])
                .collect();
            let idle = sample.iter().filter(|seat| seat.busy.load(Relaxed) == 0);
            // Who has never asked for anything goes before who has.
            let victim = idle.min_by_key(|seat| (seat.spoke.load(Relaxed), seat.since.load(Relaxed)));
            let slow = |seat: &&&Arc<Seat>| {
                seat.awaited.load(Relaxed) > 0
                    && self.now.get().saturating_sub(seat.since.load(Relaxed)) >= SLOW
            };
            let slowest = || sample.iter().filter(slow).min_by_key(|seat| seat.since.load(Relaxed));
            victim.or_else(slowest).map(|seat| Arc::clone(seat))
        };
        let Some(victim) = victim else { return false };
        self.counters.shed.fetch_add(1, Relaxed);
        self.show_out(&victim);
        true
    }

    fn show_out(&self, seat: &Seat) {
        seat.leave.notify_one();
        self.free(seat);
    }

    fn free(&self, seat: &Seat) {
        let place = seat.place.swap(NOWHERE, Relaxed);
        if place == NOWHERE {
            return;
        }
        let mut taken = self.taken.borrow_mut();
        taken.swap_remove(place);
        if let Some(moved) = taken.get(place) {
            moved.place.store(place, Relaxed);
        }
    }

    /// The clock goes on by one, and whose patience is over is shown out.
    pub fn tick(&self) {
        let now = self.now.get() + 1;
        self.now.set(now);
        let silent: Vec<Arc<Seat>> = {
            let taken = self.taken.borrow();
            let over = |seat: &&Arc<Seat>| {
                let patience = if seat.spoke.load(Relaxed) { self.patience.1 } else { self.patience.0 };
                seat.busy.load(Relaxed) == 0 && now.saturating_sub(seat.since.load(Relaxed)) > patience
            };
            taken.iter().filter(over).cloned().collect()
        };
        for seat in silent {
            self.counters.silent.fetch_add(1, Relaxed);
            self.show_out(&seat);
        }
    }
}

impl Taken {
    /// A request was read whole.
    pub fn spoke(&self) {
        self.seat.spoke.store(true, Relaxed);
        self.seat.since.store(self.seats.now.get(), Relaxed);
    }

    /// A request's body begins to come.
    pub fn awaited(&self) -> Awaited {
        self.seat.awaited.fetch_add(1, Relaxed);
        Awaited(self.seat.clone())
    }

    /// A request that is answered elsewhere begins.
    pub fn busy(&self) -> Busy {
        self.seat.busy.fetch_add(1, Relaxed);
        Busy(self.seat.clone())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.seats.free(&self.seat);
        self.seats.counters.open.fetch_sub(1, Relaxed);
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.awaited.fetch_sub(1, Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(most: usize) -> Rc<Seats> {
        Seats::new(most, TICK * 4, TICK * 20, Arc::default())
    }

    fn counts(seats: &Seats) -> [u64; 4] {
        let counters = &seats.counters;
        [&counters.open, &counters.shed, &counters.refused, &counters.silent].map(|count| count.load(Relaxed))
    }

    fn is_told_to_leave(taken: &Taken) -> bool {
        use futures_util::FutureExt;
        taken.seat.leave.notified().now_or_never().is_some()
    }

    #[test]
    fn when_all_seats_are_taken_the_longest_idle_goes_and_the_busy_stay() {
        let seats = seats(3);
        let (a, b, c) = (seats.take().unwrap(), seats.take().unwrap(), seats.take().unwrap());
        let working = a.busy();
        for taken in [&b, &c] {
            taken.spoke();
        }
        seats.tick();
        c.spoke();
        let d = seats.take().unwrap();
        assert!(is_told_to_leave(&b) && !is_told_to_leave(&a) && !is_told_to_leave(&c));
        assert_eq!(counts(&seats), [4, 1, 0, 0]);
        drop(b);
        let _ = (c.busy(), d.busy());
        let (_c, _d) = (c.busy(), d.busy());
        assert!(seats.take().is_none(), "all are busy");
        assert_eq!(counts(&seats), [3, 1, 1, 0]);
        drop(working);
        assert!(seats.take().is_some() && is_told_to_leave(&a));
    }

    #[test]
    fn who_says_nothing_is_shown_out_and_who_spoke_may_stay_longer() {
        let seats = seats(10);
        let (silent, spoke, busy) = (seats.take().unwrap(), seats.take().unwrap(), seats.take().unwrap());
        spoke.spoke();
        let _working = busy.busy();
        for _ in 0..5 {
            seats.tick();
        }
        assert!(is_told_to_leave(&silent) && !is_told_to_leave(&spoke));
        for _ in 0..16 {
            seats.tick();
        }
        assert!(is_told_to_leave(&spoke) && !is_told_to_leave(&busy));
        assert_eq!(counts(&seats), [3, 0, 0, 2]);
        drop((silent, spoke));
        assert_eq!(seats.taken.borrow().len(), 1);
        assert_eq!(seats.taken.borrow()[0].place.load(Relaxed), 0);
    }
}
