//! The matrix: which modules of a code are dark.

use crate::Error;
use crate::runs::{self, Mode, Run, VersionGroup};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};
use std::fmt;

/// Error correction: the share of a code that may be unreadable, about 7, 15, 25 and 30 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// About 7 %.
    L,
    /// About 15 %, the usual choice for a code without a logo.
    #[default]
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

impl Level {
    /// The share of a code that may be unreadable, 0 to 1.
    pub const fn mends(self) -> f32 {
        match self {
            Self::L => 0.07,
            Self::M => 0.15,
            Self::Q => 0.25,
            Self::H => 0.3,
        }
    }
}

/// A QR code: a square of dark and light modules (ISO/IEC 18004:2015, model 2).
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    matrix: QrCode,
    level: Level,
}

impl Code {
    /// The smallest code that holds `payload` at exactly this level. Of the eight masks the one with the
    /// lowest penalty is taken (ISO/IEC 18004:2015 §7.8.3).
    ///
    /// # Errors
    /// [`Error::Empty`], and [`Error::TooLong`] if it fits no version.
    pub fn new(payload: &str, level: Level) -> Result<Self, Error> {
        let too_long = Error::TooLong { bytes: payload.len(), level };
        if payload.is_empty() {
            return Err(Error::Empty);
        }
        // The cheapest characters are digits: past that no cut can help, and a long text costs no time.
        if payload.len() > Capacity::of(level).digits as usize {
            return Err(too_long);
        }
        for group in VersionGroup::ALL {
            let runs = runs::optimal(payload, group);
            let segments: Vec<QrSegment> =
                charset(payload).into_iter().chain(runs.iter().map(Run::segment)).collect();
            let (min, max) = group.versions();
            let (min, max) = (Version::new(min), Version::new(max));
            // No boost of the level: what is asked is what is printed.
            if let Ok(matrix) =
                QrCode::encode_segments_advanced(&segments, level.into(), min, max, None, false)
            {
                return Ok(Self { matrix, level });
            }
        }
        Err(too_long)
    }

    /// 1 to 40.
    pub fn version(&self) -> u8 {
        self.matrix.version().value()
    }

    /// The level that was asked.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The side in modules, without quiet zone: 17 + 4 x version.
    pub fn modules(&self) -> u32 {
        self.matrix.size().unsigned_abs()
    }

    /// Whether the module in column `x` and row `y`, both from 0 at the top left, is dark. Outside the code
    /// all is light.
    pub fn dark(&self, x: u32, y: u32) -> bool {
        match (i32::try_from(x), i32::try_from(y)) {
            (Ok(x), Ok(y)) => self.matrix.get_module(x, y),
            _ => false,
        }
    }
}

/// The mark that says "UTF-8" (ECI 26), before a text that is not ASCII. Without it bytes are Latin-1 by the
/// standard and whatever the reader guesses in practice: of 20 texts like `menü`, zbar took 11 for Shift JIS.
fn charset(payload: &str) -> Option<QrSegment> {
    (!payload.is_ascii()).then(|| QrSegment::make_eci(26))
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}-{})", self.version(), self.level)
    }
}

impl From<Level> for QrCodeEcc {
    fn from(level: Level) -> Self {
        match level {
            Level::L => Self::Low,
            Level::M => Self::Medium,
            Level::Q => Self::Quartile,
            Level::H => Self::High,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L => "L",
            Self::M => "M",
            Self::Q => "Q",
            Self::H => "H",
        })
    }
}

/// Bits of the mark for UTF-8: four for the mode, eight for the number.
const CHARSET_BITS: u32 = 12;

/// What always fits into version 40 when all characters are of one mode.
pub(crate) struct Capacity {
    bytes: u32,
    alphanumeric: u32,
    digits: u32,
}

impl Capacity {
    pub fn of(level: Level) -> Self {
        // Data bits of version 40: ISO/IEC 18004:2015 Table 7.
        let bits = match level {
            Level::L => 23_648,
            Level::M => 18_672,
            Level::Q => 13_328,
            Level::H => 10_208,
        };
        let room = |mode| bits - VersionGroup::To40.header(mode);
        Self {
            bytes: (room(Mode::Byte) - CHARSET_BITS) / 8,
            alphanumeric: room(Mode::Alphanumeric) * 2 / 11,
            digits: room(Mode::Numeric) * 3 / 10,
        }
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, alphanumeric, digits } = self;
        write!(f, "{bytes} bytes, {alphanumeric} capitals and digits, or {digits} digits alone")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_codes_are_full_to_the_last_character() {
        // ISO/IEC 18004:2015 Table 7, and its bytes less the mark for UTF-8.
        let table = [
            (Level::L, [2953, 4296, 7089, 1476]),
            (Level::M, [2331, 3391, 5596, 1165]),
            (Level::Q, [1663, 2420, 3993, 831]),
            (Level::H, [1273, 1852, 3057, 636]),
        ];
        for (level, counts) in table {
            for (character, count) in ["a", "A", "1", "é"].into_iter().zip(counts) {
                let full = character.repeat(count);
                assert_eq!(Code::new(&full, level).unwrap().version(), 40, "{level} {character}");
                let over = full + character;
                let error = Error::TooLong { bytes: over.len(), level };
                assert_eq!(Code::new(&over, level), Err(error), "{character}");
            }
        }
    }

    #[test]
    fn the_level_is_the_one_that_was_asked() {
        // Version 1 would hold this at H as well.
        for level in [Level::L, Level::M, Level::Q, Level::H] {
            let code = Code::new("QUIET", level).unwrap();
            assert_eq!((code.version(), code.level()), (1, level));
            assert_eq!(code.matrix.error_correction_level(), level.into());
        }
    }

    #[test]
    fn the_finders_are_where_they_belong_and_outside_is_light() {
        let code = Code::new("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", Level::M).unwrap();
        let last = code.modules() - 1;
        for (x, y) in [(0, 0), (last, 0), (0, last)] {
            assert!(code.dark(x, y), "{x} {y}");
        }
        for (x, y) in [(last + 1, 0), (0, last + 1), (u32::MAX, 0), (0, u32::MAX)] {
            assert!(!code.dark(x, y), "{x} {y}");
        }
    }

    #[test]
    fn errors_name_the_mend() {
        assert_eq!(
            Code::new(&"é".repeat(1200), Level::M).unwrap_err().to_string(),
            "this text of 2400 bytes does not fit into a QR code: at level M the largest holds 2330 bytes, \
             3391 capitals and digits, or 5596 digits alone; shorten it, or choose a lower level"
        );
        assert!(
            Code::new(&"x".repeat(50_000_000), Level::L).unwrap_err().to_string().ends_with("; shorten it")
        );
        assert_eq!(Code::new("", Level::M).unwrap_err(), Error::Empty);
    }
}
