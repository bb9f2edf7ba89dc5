//! Who waits when processors are scarce: never a redirect (DESIGN §11.9). All other threads that do work are nicer, and
//! the redirect threads ask for short time slices, so that one that becomes ready runs next instead of waiting for another's
//! slice to end.

use rustix::process::{getpriority_process, setpriority_process};
use rustix::thread::gettid;

/// Of what somebody waits for, or what must keep up with the scans: API, consumers, sealing, the catalog's writer.
pub const PROMPT: i32 = 5;
/// Of what can wait: queries, the demo's visitors.
pub const PATIENT: i32 = 10;

/// The slice that redirect threads ask for, in nanoseconds: the shortest that Linux grants. A redirect takes a fifth of it.
const SLICE: u64 = 100_000;

/// Lowers the calling thread's share of the processor.
pub fn be_nice(by: i32) {
    // Refused only where niceness is forbidden altogether; then all threads are equal.
    let _ = setpriority_process(Some(gettid()), by);
}

/// Asks for short slices for the calling thread: it runs sooner, not longer. Linux grants them since 6.12
/// (`sched_setattr(2)`, EEVDF); an older one lets everything be as it was.
#[expect(unsafe_code, reason = "The system call has no safe wrapper.")]
pub fn be_prompt() {
    let nice = getpriority_process(Some(gettid())).unwrap_or_default();
    // SAFETY: All fields are integers, of which zero is a value.
    let mut asked: libc::sched_attr = unsafe { std::mem::zeroed() };
    asked.size = size_of::<libc::sched_attr>() as u32;
    asked.sched_policy = libc::SCHED_OTHER as u32;
    asked.sched_nice = nice;
    asked.sched_runtime = SLICE;
    // SAFETY: The kernel reads `size` bytes of `asked`, which outlives the call, and changes the calling thread's schedule
    // only.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const asked, 0) };
}
