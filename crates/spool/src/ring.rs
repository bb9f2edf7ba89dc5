//! Records that wait in memory because they could not be written at once.

use crate::frame;
use crate::status::LossReason;
use std::collections::VecDeque;
use std::time::Instant;

/// A bounded queue of frames without numbers, in the order of their arrival, and the state of the hand-over.
pub(crate) struct Ring {
    frames: VecDeque<Box<[u8]>>,
    bytes: usize,
    limit: usize,
    /// Why the ring does not empty, should it fill up.
    pub cause: LossReason,
    /// After a stall the rescue thread goes on writing alone until then.
    pub calm_until: Option<Instant>,
    pub closing: bool,
    /// Closing found records that could not be written.
    pub abandoned: bool,
    /// Times that somebody asked for the ring to be written now, and how many of these have been answered.
    pub kicks: u64,
    pub answered: u64,
}

impl Ring {
    pub fn new(limit: usize) -> Self {
        Self {
            frames: VecDeque::new(),
            bytes: 0,
            limit,
            cause: LossReason::RingFull,
            calm_until: None,
            closing: false,
            abandoned: false,
            kicks: 0,
            answered: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.frames.len()
    }

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Adds frames at the end; false if there is no room for all of them.
    pub fn push(&mut self, frames: &[u8]) -> bool {
        if self.bytes + frames.len() > self.limit {
            return false;
        }
        self.bytes += frames.len();
        self.frames.extend(split(frames));
        true
    }

    /// Puts frames whose write failed at the front, over the bound if need be: parts of them may be in the file, so
    /// they must be the next to be written, under the same numbers. A reader that finds both then delivers one.
    pub fn push_front(&mut self, frames: &[u8]) {
        self.bytes += frames.len();
        let failed: Vec<_> = split(frames).collect();
        for frame in failed.into_iter().rev() {
            self.frames.push_front(frame);
        }
    }

    /// Copies frames from the front, up to `most` bytes but at least one; returns how many.
    pub fn peek(&self, into: &mut Vec<u8>, most: usize) -> usize {
        let mut count = 0;
        for frame in &self.frames {
            if count > 0 && into.len() + frame.len() > most {
                break;
            }
            into.extend_from_slice(frame);
            count += 1;
        }
        count
    }

    /// Removes `count` frames from the front.
    pub fn pop(&mut self, count: usize) {
        for frame in self.frames.drain(..count) {
            self.bytes -= frame.len();
        }
    }
}

fn split(mut frames: &[u8]) -> impl Iterator<Item = Box<[u8]>> + '_ {
    std::iter::from_fn(move || {
        let (frame, rest) =
            frames.split_at_checked(frame::Frame::read(frames.get(..frame::FRAME_HEADER)?).stride())?;
        frames = rest;
        Some(frame.into())
    })
}
