//! Walks the frames of a file and finds the next sound one behind damage.

use crate::disk::{SpoolFile, read_around, read_full};
use crate::frame::{self, ALIGN, Check, FRAME_HEADER, Frame};

const WINDOW: usize = 1 << 20;

/// Frames that follow each other in a file, their numbers without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub first: u64,
    pub last: u64,
    /// Offset of the first frame.
    pub start: u64,
    /// Offset behind the last frame.
    pub end: u64,
}

/// A sliding view of a file. Pages that the disk cannot read count as zeroes, which no frame survives.
pub(crate) struct Scanner<'a> {
    file: &'a dyn SpoolFile,
    seed: u32,
    end: u64,
    window: Vec<u8>,
    window_at: u64,
    /// Bytes that could not be read.
    pub unreadable: u64,
}

impl<'a> Scanner<'a> {
    /// Looks at `file` up to offset `end`.
    pub fn new(file: &'a dyn SpoolFile, seed: u32, end: u64) -> Self {
        Self { file, seed, end, window: Vec::new(), window_at: 0, unreadable: 0 }
    }

    /// The sound frame at `at` with a number above `last`.
    pub fn frame_at(&mut self, at: u64, last: u64) -> Option<Frame> {
        let seed = self.seed;
        let mut want = FRAME_HEADER;
        loop {
            let bytes = self.bytes(at, want);
            if frame::claimed_seq(bytes)? <= last {
                return None;
            }
            match frame::check(bytes, seed) {
                Check::Sound(frame) => return Some(frame),
                Check::Short(needed) if needed > want => want = needed,
                Check::Short(_) | Check::Damaged => return None,
            }
        }
    }

    /// The first sound frame at `from` or behind it with a number above `last`, and its offset.
    pub fn find(&mut self, from: u64, last: u64) -> Option<(u64, Frame)> {
        let mut at = from.next_multiple_of(ALIGN as u64);
        while at + FRAME_HEADER as u64 <= self.end {
            if let Some(frame) = self.frame_at(at, last) {
                return Some((at, frame));
            }
            at += ALIGN as u64;
        }
        None
    }

    /// All runs from offset `from` on whose numbers are above `last`.
    pub fn runs(&mut self, from: u64, mut last: u64) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        let mut at = from;
        while let Some((start, frame)) = self.find(at, last) {
            at = start + frame.stride() as u64;
            last = frame.seq;
            match runs.last_mut() {
                Some(run) if run.end == start && run.last + 1 == frame.seq => {
                    (run.end, run.last) = (at, frame.seq);
                }
                _ => runs.push(Run { first: frame.seq, last: frame.seq, start, end: at }),
            }
        }
        runs
    }

    /// Up to `want` bytes at `at`: fewer only at the end.
    fn bytes(&mut self, at: u64, want: usize) -> &[u8] {
        let want = self.end.saturating_sub(at).min(want as u64) as usize;
        let held = self.window_at..self.window_at + self.window.len() as u64;
        if !(held.contains(&at) && at + want as u64 <= held.end) {
            self.load(at, want);
        }
        let from = (at - self.window_at) as usize;
        &self.window[from.min(self.window.len())..(from + want).min(self.window.len())]
    }

    fn load(&mut self, at: u64, want: usize) {
        let len = self.end.saturating_sub(at).min(want.max(WINDOW) as u64) as usize;
        self.window_at = at;
        self.window.resize(len, 0);
        let filled = read_full(self.file, &mut self.window, at).unwrap_or_else(|_| {
            let (filled, unreadable) = read_around(self.file, &mut self.window, at);
            self.unreadable += unreadable;
            filled
        });
        self.window.truncate(filled);
    }
}
