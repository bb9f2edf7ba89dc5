//! Why there is no code or no image. The sentences are shown to people.

use crate::Level;
use crate::frame::WIDTHS;
use crate::matrix::Capacity;

/// Why a payload has no code, or a code no image of the asked width.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The payload has no characters. Such a code can be printed, but scanner apps report nothing when they
    /// see it.
    #[error("a QR code needs something to say; the text is empty")]
    Empty,

    /// The payload fits no version at this level.
    #[error(
        "this text of {bytes} bytes does not fit into a QR code: at level {level} the largest holds {}; {}",
        Capacity::of(*level),
        if *level == Level::L { "shorten it" } else { "shorten it, or choose a lower level" }
    )]
    TooLong {
        /// Length of the payload in bytes of UTF-8.
        bytes: usize,
        /// The error correction level that was asked.
        level: Level,
    },

    /// The width, in pixels, is not one of [`WIDTHS`].
    #[error("an image of a code is {} to {} pixels wide, not {width}", WIDTHS.start(), WIDTHS.end())]
    Width {
        /// The asked width in pixels.
        width: u32,
    },

    /// A raster image of this width has less than one pixel a module.
    #[error(
        "{width} pixels are too few for this code: it needs at least {smallest}, one for each module and \
         its quiet zone"
    )]
    TooNarrow {
        /// The asked width in pixels.
        width: u32,
        /// The smallest width in pixels that would do.
        smallest: u32,
    },

    /// A raster image of a design is not drawn this wide.
    #[error("a designed code is drawn up to {widest} pixels wide, not {width}; take the SVG for more")]
    TooWide {
        /// The asked width in pixels.
        width: u32,
        /// The largest width in pixels that is drawn.
        widest: u32,
    },
}
