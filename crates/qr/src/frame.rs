//! Where a code stands in an image: the quiet zone, and whole pixels for every module.

use crate::{Code, Error};
use std::ops::RangeInclusive;

/// The light margin on each side, in modules: ISO/IEC 18004:2015 §6.3.8. It is part of every image.
pub const QUIET_ZONE: u32 = 4;

/// The widths of an image, in pixels, quiet zone included. The upper one keeps a request from asking for
/// gigabytes: at 300 dpi it is a code of 69 cm, and an SVG has no such end.
pub const WIDTHS: RangeInclusive<u32> = 16..=8192;

/// Refuses a width that is not one of [`WIDTHS`].
pub(crate) fn check(width: u32) -> Result<u32, Error> {
    if WIDTHS.contains(&width) { Ok(width) } else { Err(Error::Width { width }) }
}

/// The side of a code with its quiet zone, in modules.
pub(crate) fn side(code: &Code) -> u32 {
    code.modules() + 2 * QUIET_ZONE
}

/// A square raster image, in pixels.
pub(crate) struct Frame {
    /// Width and height.
    pub width: u32,
    /// Width and height of a module.
    pub scale: u32,
    /// The light margin to the left and above; the one to the right and below may be one pixel wider.
    pub margin: u32,
}

impl Frame {
    /// The largest whole scale that fits. What remains widens the quiet zone.
    pub fn fit(code: &Code, width: u32) -> Result<Self, Error> {
        let smallest = side(code);
        let scale = check(width)? / smallest;
        if scale == 0 {
            return Err(Error::TooNarrow { width, smallest });
        }
        Ok(Self { width, scale, margin: (width - code.modules() * scale) / 2 })
    }
}
