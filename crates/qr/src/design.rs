//! The look of a code: how its modules, its three finders and its ground are shaped and painted, and what stands in
//! its middle.

use std::fmt;
use std::sync::Arc;

/// The look of a code. The default one is black squares on white.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// Shape of the modules outside the finders.
    pub dots: Dots,
    /// Shape of the outer ring of a finder.
    pub rings: Rings,
    /// Shape of the middle of a finder.
    pub eyes: Eyes,
    /// Paint of the modules; a gradient runs over the whole code.
    pub dot_paint: Paint,
    /// Paint of the rings; a gradient runs over each of them.
    pub ring_paint: Paint,
    /// Paint of the eyes; a gradient runs over each of them.
    pub eye_paint: Paint,
    /// Paint of the ground, quiet zone included.
    pub ground: Paint,
    /// What stands in the middle.
    pub logo: Option<Logo>,
}

impl Default for Design {
    fn default() -> Self {
        let black = Paint::Solid(Rgb::BLACK);
        Self {
            dots: Dots::Square,
            rings: Rings::Square,
            eyes: Eyes::Square,
            dot_paint: black.clone(),
            ring_paint: black.clone(),
            eye_paint: black,
            ground: Paint::Solid(Rgb::WHITE),
            logo: None,
        }
    }
}

impl Design {
    /// Whether it is the default look.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// Shape of the modules outside the finders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dots {
    /// Whole squares.
    Square,
    /// Outer corners round, by half a module.
    Rounded,
    /// Outer corners round, by a module where there is room.
    ExtraRounded,
    /// A disc for each.
    Dots,
    /// Two opposite outer corners round, by half a module.
    Classy,
    /// Two opposite outer corners round, by a module where there is room.
    ClassyRounded,
}

/// Shape of the outer ring of a finder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rings {
    /// A square.
    Square,
    /// A square with round corners.
    ExtraRounded,
    /// A circle.
    Dot,
}

/// Shape of the middle of a finder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    /// A square.
    Square,
    /// A disc.
    Dot,
}

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

impl Rgb {
    /// Black.
    pub const BLACK: Self = Self([0; 3]);
    /// White.
    pub const WHITE: Self = Self([255; 3]);

    /// Relative luminance (WCAG 2.2): the share of light that a paper of this colour throws back, 0 to 1.
    pub fn luminance(self) -> f32 {
        let [red, green, blue] = self.0.map(|channel| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// A share of `other`, 0 to 1, in this colour, as gradients mix.
    fn mix(self, other: Self, share: f32) -> Self {
        let channel = |i: usize| {
            let (from, to) = (f32::from(self.0[i]), f32::from(other.0[i]));
            (from + (to - from) * share).round() as u8
        };
        Self([channel(0), channel(1), channel(2)])
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A colour at a place of a gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// 0 at its begin, 1 at its end.
    pub at: f32,
    /// The colour there.
    pub color: Rgb,
}

/// What an area is painted with. Gradients have at least one stop; their stops are in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// One colour.
    Solid(Rgb),
    /// Along a line.
    Linear {
        /// Where it heads, as CSS counts: 0 up, 90 to the right.
        degrees: f32,
        /// Its colours.
        stops: Vec<Stop>,
    },
    /// From the middle to the corners.
    Radial {
        /// Its colours.
        stops: Vec<Stop>,
    },
}

impl Paint {
    /// The colours that are to be seen in it: of a gradient those of its stops and some between.
    pub fn colors(&self) -> Vec<Rgb> {
        // Between two colours the luminance may sink below that of both, never rise above.
        const BETWEEN: u8 = 16;
        match self {
            Self::Solid(color) => vec![*color],
            Self::Linear { stops, .. } | Self::Radial { stops } => {
                let mut colors: Vec<Rgb> = stops.iter().map(|stop| stop.color).collect();
                for pair in stops.windows(2) {
                    let between = (1..BETWEEN).map(|i| f32::from(i) / f32::from(BETWEEN));
                    colors.extend(between.map(|share| pair[0].color.mix(pair[1].color, share)));
                }
                colors
            }
        }
    }
}

/// Formats of a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// SVG; the caller has taken out what a file could run or fetch.
    Svg,
}

impl LogoKind {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// A picture in the middle of a code.
#[derive(Clone, PartialEq)]
pub struct Logo {
    /// Its format.
    pub kind: LogoKind,
    /// The file.
    pub bytes: Arc<[u8]>,
    /// Width divided by height.
    pub aspect: f32,
    /// How much of what error correction can mend it may hide, 0 to 1.
    pub size: f32,
    /// Free room around it, in modules.
    pub margin: f32,
    /// Whether the modules behind it are left out.
    pub clear: bool,
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({:?}, {} bytes, size {})", self.kind, self.bytes.len(), self.size)
    }
}
