//! Will it scan? Contrast by the standard's measure, and a decoder that reads the drawing.

use crate::design::{Design, Paint};
use crate::drawing::{hidden, raster};
use crate::frame;
use crate::{Code, Error};
use resvg::tiny_skia::PremultipliedColorU8;
use rxing::common::HybridBinarizer;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader};

/// What is painted over the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The modules.
    Dots,
    /// The outer rings of the finders.
    Rings,
    /// The middles of the finders.
    Eyes,
}

/// How a part stands out against the ground, at its worst place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Which part.
    pub part: Part,
    /// Contrast of the part's lightest against the ground's darkest colour (WCAG 2.2), 1 to 21; below 1 where the part
    /// is the lighter one.
    pub ratio: f32,
    /// How much more light the ground throws back, 0 to 1: the symbol contrast of ISO/IEC 15415 §7.8.2. Negative where
    /// the part is the lighter one.
    pub difference: f32,
}

/// The lowest ratio that is drawn at all.
pub const LOWEST_RATIO: f32 = 3.0;
/// Below this ratio bad light or a bad print may spoil it.
pub const GOOD_RATIO: f32 = 4.5;
/// The lowest difference that is drawn at all: below it ISO/IEC 15415 gives grade 0.
pub const LOWEST_DIFFERENCE: f32 = 0.2;
/// Below this difference ISO/IEC 15415 gives less than grade 2.
pub const GOOD_DIFFERENCE: f32 = 0.4;

/// What becomes of a contrast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Scanners see it.
    Good,
    /// Scanners see it in good light, and on a good print.
    Weak,
    /// Scanners do not see it for certain.
    Unreadable,
}

impl Contrast {
    /// What becomes of it.
    pub fn verdict(&self) -> Verdict {
        if self.ratio < LOWEST_RATIO || self.difference < LOWEST_DIFFERENCE {
            Verdict::Unreadable
        } else if self.ratio < GOOD_RATIO || self.difference < GOOD_DIFFERENCE {
            Verdict::Weak
        } else {
            Verdict::Good
        }
    }

    /// Whether the part is lighter than the ground: such codes many scanners take for nothing.
    pub fn is_inverted(&self) -> bool {
        self.difference < 0.0
    }
}

/// The contrast of each part, the modules first.
pub fn contrasts(design: &Design) -> [Contrast; 3] {
    let light = |paint: &Paint| paint.colors().into_iter().map(|color| color.luminance());
    let ground = light(&design.ground).fold(1.0, f32::min);
    [(Part::Dots, &design.dot_paint), (Part::Rings, &design.ring_paint), (Part::Eyes, &design.eye_paint)].map(
        |(part, paint)| {
            let lightest = light(paint).fold(0.0, f32::max);
            Contrast { part, ratio: (ground + 0.05) / (lightest + 0.05), difference: ground - lightest }
        },
    )
}

/// The share of a code that its logo hides, 0 to 1. What the level can mend is [`Level::mends`](crate::Level::mends).
pub fn hidden_share(code: &Code, design: &Design) -> f32 {
    design.logo.as_ref().map_or(0.0, |logo| hidden(code, logo).share(code))
}

/// Whether a decoder reads `payload` from the drawing of `code`, at eight, five or four pixels a module: rqrr, or rxing's
/// port of ZXing-C++, since rqrr sees no finder whose ring is round and ZXing's first reader loses one such code in 250.
///
/// # Errors
/// [`Error::Width`] or [`Error::TooWide`] if the code is too large to be drawn so.
pub fn is_read(code: &Code, payload: &str, design: &Design) -> Result<bool, Error> {
    for scale in [8, 5, 4] {
        if is_read_at(code, payload, design, scale)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Pixels of the narrowest picture of `code`, quiet zone included, from which a decoder reads `payload`; at two, three, four,
/// five or eight pixels a module. None: from none of them.
///
/// # Errors
/// [`Error::Width`] or [`Error::TooWide`] if the code is too large to be drawn so.
pub fn narrowest_read(code: &Code, payload: &str, design: &Design) -> Result<Option<u32>, Error> {
    for scale in [2, 3, 4, 5, 8] {
        if is_read_at(code, payload, design, scale)? {
            return Ok(Some(frame::side(code) * scale));
        }
    }
    Ok(None)
}

fn is_read_at(code: &Code, payload: &str, design: &Design, scale: u32) -> Result<bool, Error> {
    let pixmap = raster(code, design, frame::side(code) * scale)?;
    // Rec. 601, as cameras make grey of colours.
    let grey = |pixel: &PremultipliedColorU8| {
        let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()].map(u32::from);
        ((299 * red + 587 * green + 114 * blue) / 1000) as u8
    };
    let luma: Vec<u8> = pixmap.pixels().iter().map(grey).collect();
    let side = pixmap.width();
    Ok(by_rqrr(&luma, side).as_deref() == Some(payload) || by_rxing(luma, side).as_deref() == Some(payload))
}

fn by_rqrr(luma: &[u8], side: u32) -> Option<String> {
    let side = side as usize;
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| luma[y * side + x]);
    image.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

fn by_rxing(luma: Vec<u8>, side: u32) -> Option<String> {
    let source = Luma8LuminanceSource::new(luma, side, side).ok()?;
    let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let result = QrReader.decode_with_hints(&mut bitmap, &hints).ok()?;
    Some(result.getText().to_owned())
}
