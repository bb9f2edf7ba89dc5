//! Mode runs: a payload cut into stretches of one mode each, so that the whole takes the fewest bits.
//!
//! Digits take 3⅓ bits, the 45 alphanumeric characters 5½, other bytes 8, and every change of mode costs a
//! header (ISO/IEC 18004:2015 §7.4). The header's length depends on the version, hence one best cut per
//! version group. Text outside ASCII goes into byte runs as UTF-8. There is no kanji run: it would need Shift
//! JIS, which no URL is in.

use qrcodegen::QrSegment;

#[cfg(test)]
mod tests;

/// How the characters of a run are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Numeric,
    Alphanumeric,
    Byte,
}

/// The versions that share header lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionGroup {
    To9,
    To26,
    To40,
}

/// A stretch of the payload in one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    pub mode: Mode,
    pub text: &'a str,
}

impl Mode {
    const ALL: [Self; 3] = [Self::Numeric, Self::Alphanumeric, Self::Byte];

    fn can_write(self, byte: u8) -> bool {
        match self {
            Self::Numeric => byte.is_ascii_digit(),
            Self::Alphanumeric => {
                byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" $%*+-./:".contains(&byte)
            }
            Self::Byte => true,
        }
    }

    /// Bits of one character, times six: 3⅓ and 5½ become whole numbers.
    fn sixths(self) -> u32 {
        match self {
            Self::Numeric => 20,
            Self::Alphanumeric => 33,
            Self::Byte => 48,
        }
    }
}

impl VersionGroup {
    pub const ALL: [Self; 3] = [Self::To9, Self::To26, Self::To40];

    /// The smallest and the largest version of the group.
    pub fn versions(self) -> (u8, u8) {
        match self {
            Self::To9 => (1, 9),
            Self::To26 => (10, 26),
            Self::To40 => (27, 40),
        }
    }

    /// Bits before the characters of a run: four for the mode, the rest for their count (ISO/IEC 18004:2015
    /// Table 3).
    pub fn header(self, mode: Mode) -> u32 {
        let count = match (mode, self) {
            (Mode::Numeric, Self::To9) => 10,
            (Mode::Numeric, Self::To26) => 12,
            (Mode::Numeric, Self::To40) => 14,
            (Mode::Alphanumeric, Self::To9) => 9,
            (Mode::Alphanumeric, Self::To26) => 11,
            (Mode::Alphanumeric, Self::To40) => 13,
            (Mode::Byte, Self::To9) => 8,
            (Mode::Byte, Self::To26 | Self::To40) => 16,
        };
        4 + count
    }
}

impl Run<'_> {
    pub fn segment(&self) -> QrSegment {
        match self.mode {
            Mode::Numeric => QrSegment::make_numeric(self.text),
            Mode::Alphanumeric => QrSegment::make_alphanumeric(self.text),
            Mode::Byte => QrSegment::make_bytes(self.text.as_bytes()),
        }
    }
}

/// The cut of `payload` that takes the fewest bits in the versions of `group`.
///
/// Walks the bytes once. For each mode it knows the cheapest way to have written everything up to here with a
/// run of that mode open. One cost a mode is enough: of two ways into the same open run the cheaper stays the
/// cheaper, whatever follows, since rounding up to whole bits at the end of a run keeps their order.
pub(crate) fn optimal(payload: &str, group: VersionGroup) -> Vec<Run<'_>> {
    const NEVER: u32 = u32::MAX / 2;
    let opening = Mode::ALL.map(|mode| group.header(mode) * 6);
    let mut costs = opening;
    // written[i][m]: the mode of byte i on the cheapest way to a run of mode m that is open after it.
    let mut written = Vec::with_capacity(payload.len());

    for byte in payload.bytes() {
        let mut modes = Mode::ALL;
        for (cost, mode) in costs.iter_mut().zip(Mode::ALL) {
            *cost = if mode.can_write(byte) { *cost + mode.sixths() } else { NEVER };
        }
        let closed = costs.map(|cost| cost.next_multiple_of(6));
        for to in 0..Mode::ALL.len() {
            for (from, cost) in closed.iter().enumerate() {
                if cost + opening[to] < costs[to] {
                    costs[to] = cost + opening[to];
                    modes[to] = Mode::ALL[from];
                }
            }
        }
        written.push(modes);
    }

    let mut open = Mode::ALL.into_iter().min_by_key(|mode| costs[*mode as usize].div_ceil(6));
    let mut runs = Vec::new();
    let mut end = payload.len();
    for (at, modes) in written.iter().enumerate().rev() {
        let mode = open.map_or(Mode::Byte, |open| modes[open as usize]);
        if at == 0 || written[at - 1][mode as usize] != mode {
            // A change of mode always has ASCII on one side, so this never cuts a character in two.
            runs.push(Run { mode, text: &payload[at..end] });
            end = at;
        }
        open = Some(mode);
    }
    runs.reverse();
    runs
}
