//! The bytes of a file: its header, then frames. All integers are little-endian.

use crc32c::{crc32c, crc32c_append};
use std::ops::Range;

/// Bytes of a file's header.
pub(crate) const FILE_HEADER: usize = 64;
/// Bytes of a frame before its payload.
pub(crate) const FRAME_HEADER: usize = 28;
/// Frames start at multiples of this many bytes.
pub(crate) const ALIGN: usize = 8;
/// Bytes in a record's payload, at most. A longer `len` in a frame is damage.
pub const MAX_PAYLOAD: usize = 1 << 20;

const MAGIC: &[u8; 8] = b"QZSPOOL\n";
const FORMAT: u32 = 1;

/// What the first 64 bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub epoch: u32,
    /// Number of the file among all files there ever were in this directory.
    pub order: u64,
    pub created_ms: i64,
    /// Number of the first record; 0 = not known when the header was written.
    pub first_seq: u64,
}

impl FileHeader {
    pub fn encode(&self) -> [u8; FILE_HEADER] {
        let mut bytes = [0; FILE_HEADER];
        bytes[0..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.order.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.created_ms.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first_seq.to_le_bytes());
        let crc = crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// `None` for anything that is not a sound header of this format.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; FILE_HEADER] = bytes.get(..FILE_HEADER)?.try_into().ok()?;
        let sound =
            &bytes[0..8] == MAGIC && u32_at(bytes, 8) == FORMAT && u32_at(bytes, 60) == crc32c(&bytes[..60]);
        sound.then(|| Self {
            epoch: u32_at(bytes, 12),
            order: u64_at(bytes, 16),
            created_ms: u64_at(bytes, 24) as i64,
            first_seq: u64_at(bytes, 32),
        })
    }

    /// What every checksum in the file starts from. A frame of another file (a recycled disk block, a payload that
    /// contains a frame) is therefore never taken for one of this file.
    pub fn seed(&self) -> u32 {
        crc32c(&self.encode()[..32])
    }
}

/// What a frame says about itself, its checksum being right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub seq: u64,
    pub at_ms: i64,
    pub kind: u8,
    pub layout: u8,
    payload: u32,
}

/// What stands at a place in a file.
pub(crate) enum Check {
    Sound(Frame),
    /// The frame that may start here needs this many bytes.
    Short(usize),
    Damaged,
}

impl Frame {
    /// From the start of this frame to the start of the next.
    pub fn stride(&self) -> usize {
        stride(self.payload as usize)
    }

    /// Where the payload lies, from the start of the frame.
    pub fn payload(&self) -> Range<usize> {
        FRAME_HEADER..FRAME_HEADER + self.payload as usize
    }

    /// Reads the frame at the start of `bytes`, which must have passed [`check`].
    pub fn read(bytes: &[u8]) -> Self {
        Self {
            payload: u32_at(bytes, 0),
            seq: u64_at(bytes, 8),
            at_ms: u64_at(bytes, 16) as i64,
            kind: bytes[24],
            layout: bytes[25],
        }
    }
}

/// Bytes of a frame with its padding.
pub(crate) fn stride(payload: usize) -> usize {
    (FRAME_HEADER + payload).next_multiple_of(ALIGN)
}

/// Appends a frame without number and checksum; [`seal`] adds them. `payload` appends its bytes, and how many it did is
/// returned.
pub(crate) fn encode(
    frames: &mut Vec<u8>,
    kind: u8,
    layout: u8,
    at_ms: i64,
    payload: impl FnOnce(&mut Vec<u8>),
) -> usize {
    let begin = frames.len();
    let mut header = [0; FRAME_HEADER];
    header[16..24].copy_from_slice(&at_ms.to_le_bytes());
    (header[24], header[25]) = (kind, layout);
    frames.extend_from_slice(&header);
    payload(frames);
    let payload = frames.len() - begin - FRAME_HEADER;
    frames[begin..begin + 4].copy_from_slice(&(payload as u32).to_le_bytes());
    frames.resize(begin + stride(payload), 0);
    payload
}

/// Gives the frames of `frames` their numbers, from `first_seq` on, and the checksums of the file with this seed.
/// Returns how many frames there are.
pub(crate) fn seal(mut frames: &mut [u8], first_seq: u64, seed: u32) -> u64 {
    let mut count = 0;
    while frames.len() >= FRAME_HEADER {
        let payload = u32_at(frames, 0) as usize;
        frames[8..16].copy_from_slice(&(first_seq + count).to_le_bytes());
        let crc = crc32c_append(seed, &frames[8..FRAME_HEADER + payload]);
        frames[4..8].copy_from_slice(&crc.to_le_bytes());
        frames = &mut frames[stride(payload)..];
        count += 1;
    }
    count
}

/// Looks at the start of `bytes`.
pub(crate) fn check(bytes: &[u8], seed: u32) -> Check {
    if bytes.len() < FRAME_HEADER {
        return Check::Short(FRAME_HEADER);
    }
    let payload = u32_at(bytes, 0) as usize;
    if payload > MAX_PAYLOAD {
        return Check::Damaged;
    }
    let Some(summed) = bytes.get(8..FRAME_HEADER + payload) else {
        return Check::Short(FRAME_HEADER + payload);
    };
    if u32_at(bytes, 4) != crc32c_append(seed, summed) {
        return Check::Damaged;
    }
    Check::Sound(Frame::read(bytes))
}

/// The number of the frame that may start here, before anything is known of its checksum.
pub(crate) fn claimed_seq(bytes: &[u8]) -> Option<u64> {
    (bytes.len() >= FRAME_HEADER).then(|| u64_at(bytes, 8))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("the slice has four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("the slice has eight bytes"))
}
