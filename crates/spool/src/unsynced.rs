//! What was written since the last good sync, kept in memory to be written again should the next one fail.

use std::collections::VecDeque;

const CHUNK: usize = 256 << 10;

#[derive(Default)]
struct Chunk {
    frames: Vec<u8>,
    records: u64,
}

/// Frames in the order of their numbers, without a gap, up to a bound; past it the oldest go first.
#[derive(Default)]
pub(crate) struct Unsynced {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    limit: usize,
    /// Records that went because of the bound.
    pub dropped: u64,
    spare: Vec<u8>,
}

impl Unsynced {
    pub fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    pub fn push(&mut self, frames: &[u8], records: u64) {
        match self.chunks.back_mut() {
            Some(chunk) if chunk.frames.len() + frames.len() <= CHUNK => {
                chunk.frames.extend_from_slice(frames);
                chunk.records += records;
            }
            _ => {
                let mut chunk = Chunk { frames: std::mem::take(&mut self.spare), records };
                chunk.frames.reserve(CHUNK.max(frames.len()));
                chunk.frames.extend_from_slice(frames);
                self.chunks.push_back(chunk);
            }
        }
        self.bytes += frames.len();
        self.shrink();
    }

    /// All that is held; nothing is held afterwards.
    pub fn take(&mut self) -> Self {
        let (limit, spare) = (self.limit, std::mem::take(&mut self.spare));
        std::mem::replace(self, Self { limit, spare, ..Self::default() })
    }

    /// Puts back what was taken before the frames held now were written.
    pub fn put_back(&mut self, mut earlier: Self) {
        earlier.chunks.append(&mut self.chunks);
        self.chunks = earlier.chunks;
        self.bytes += earlier.bytes;
        self.dropped += earlier.dropped;
        self.shrink();
    }

    /// Takes the memory of what is not needed any more, to be used again.
    pub fn reuse(&mut self, mut done: Self) {
        if let Some(chunk) = done.chunks.pop_front() {
            self.spare = chunk.frames;
            self.spare.clear();
        }
    }

    pub fn records(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.records).sum()
    }

    /// The frames, piece by piece, with the number of records in each piece.
    pub fn pieces(&mut self) -> impl Iterator<Item = (&mut [u8], u64)> {
        self.chunks.iter_mut().map(|chunk| (chunk.frames.as_mut_slice(), chunk.records))
    }

    fn shrink(&mut self) {
        while self.bytes > self.limit {
            let Some(oldest) = self.chunks.pop_front() else { break };
            self.bytes -= oldest.frames.len();
            self.dropped += oldest.records;
        }
    }
}
