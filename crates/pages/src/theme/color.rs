//! Colours as CSS spells them, read into numbers and written back from numbers: nothing of the text survives.

use std::fmt::{self, Display};

/// An sRGB colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Color {
    /// Red, green and blue, 0 to 255.
    pub rgb: [u8; 3],
    /// Opacity, 0 to 1.
    pub alpha: f32,
}

impl Color {
    /// Black.
    pub const BLACK: Self = Self::hex(0x00_00_00);
    /// White.
    pub const WHITE: Self = Self::hex(0xff_ff_ff);

    /// An opaque colour from 0xRRGGBB.
    pub const fn hex(rgb: u32) -> Self {
        Self { rgb: [(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8], alpha: 1.0 }
    }

    /// Reads `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()`, `hsl()`, `hsla()`, `black`, `white` and
    /// `transparent`, with commas or blanks; anything else is no colour.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(digits) = text.strip_prefix('#') {
            return from_hex(digits);
        }
        match text.as_str() {
            "black" => return Some(Self::BLACK),
            "white" => return Some(Self::WHITE),
            "transparent" => return Some(Self { alpha: 0.0, ..Self::BLACK }),
            _ => {}
        }
        let (function, arguments) = text.strip_suffix(')')?.split_once('(')?;
        let parts: Vec<&str> =
            arguments.split([',', ' ', '/']).map(str::trim).filter(|part| !part.is_empty()).collect();
        if !(3..=4).contains(&parts.len()) {
            return None;
        }
        let alpha = parts.get(3).map_or(Some(1.0), |part| fraction(part))?;
        let rgb = match function {
            "rgb" | "rgba" => [channel(parts[0])?, channel(parts[1])?, channel(parts[2])?],
            "hsl" | "hsla" => from_hsl(degrees(parts[0])?, percentage(parts[1])?, percentage(parts[2])?),
            _ => return None,
        };
        Some(Self { rgb, alpha })
    }

    /// Relative luminance of an opaque colour (WCAG 2.2), 0 to 1.
    pub fn luminance(self) -> f32 {
        let linear = self.rgb.map(|channel| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// Contrast of two opaque colours (WCAG 2.2), 1 to 21.
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// A share of `other`, 0 to 1, in this colour; opaque.
    pub fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let blend = |at: usize| {
            let (from, to) = (f32::from(self.rgb[at]), f32::from(other.rgb[at]));
            (from + (to - from) * share).round() as u8
        };
        Self { rgb: [blend(0), blend(1), blend(2)], alpha: 1.0 }
    }

    /// What is seen when this colour lies over an opaque one.
    pub fn over(self, below: Self) -> Self {
        below.mix(Self { alpha: 1.0, ..self }, self.alpha)
    }
}

impl Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        write!(f, "#{r:02x}{g:02x}{b:02x}")?;
        let alpha = (self.alpha * 255.0).round() as u8;
        if alpha < 255 { write!(f, "{alpha:02x}") } else { Ok(()) }
    }
}

fn from_hex(digits: &str) -> Option<Color> {
    let nibbles: Vec<u8> = digits.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = match nibbles.len() {
        3 | 4 => nibbles.iter().map(|n| n * 17).collect(),
        6 | 8 => nibbles.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect(),
        _ => return None,
    };
    let alpha = bytes.get(3).map_or(1.0, |a| f32::from(*a) / 255.0);
    Some(Color { rgb: [bytes[0], bytes[1], bytes[2]], alpha })
}

/// A finite decimal number: `f32::from_str` also reads `inf`, `nan` and exponents, which CSS does not mean here.
pub(super) fn number(text: &str) -> Option<f32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain =
        !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().ok() } else { None }
}

fn channel(text: &str) -> Option<u8> {
    let value = match text.strip_suffix('%') {
        Some(percent) => number(percent)? * 2.55,
        None => number(text)?,
    };
    Some(value.clamp(0.0, 255.0).round() as u8)
}

/// `50%` or `0.5`, as 0 to 1.
fn fraction(text: &str) -> Option<f32> {
    let value = match text.strip_suffix('%') {
        Some(percent) => number(percent)? / 100.0,
        None => number(text)?,
    };
    Some(value.clamp(0.0, 1.0))
}

/// `50%` or `50`, as 0 to 1.
fn percentage(text: &str) -> Option<f32> {
    Some((number(text.strip_suffix('%').unwrap_or(text))? / 100.0).clamp(0.0, 1.0))
}

fn degrees(text: &str) -> Option<f32> {
    Some(number(text.strip_suffix("deg").unwrap_or(text))?.rem_euclid(360.0))
}

fn from_hsl(hue: f32, saturation: f32, lightness: f32) -> [u8; 3] {
    let reach = saturation * lightness.min(1.0 - lightness);
    let channel = |n: f32| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        let value = lightness - reach * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    [channel(0.0), channel(8.0), channel(4.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_css_reads_them() {
        let read = |text: &str| Color::parse(text).map(|color| color.to_string());
        assert_eq!(read("#0b6653").as_deref(), Some("#0b6653"));
        assert_eq!(read(" #FA0 ").as_deref(), Some("#ffaa00"));
        assert_eq!(read("#ffaa0080").as_deref(), Some("#ffaa0080"));
        assert_eq!(read("rgb(11, 102, 83)").as_deref(), Some("#0b6653"));
        assert_eq!(read("rgb(100% 0% 0% / 50%)").as_deref(), Some("#ff000080"));
        assert_eq!(read("hsl(210, 100%, 50%)").as_deref(), Some("#0080ff"));
        assert_eq!(read("hsla(-150deg 100% 50% / 1)").as_deref(), Some("#0080ff"));
        for none in
            ["", "#12", "#ggg", "red;", "rgb(1,2)", "rgb(nan,1,2)", "url(x)", "rgb(1e9,1,1)", "var(--x)"]
        {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Color::BLACK.contrast(Color::WHITE) - 21.0).abs() < 0.01);
        // The textbook grey that just passes on white.
        let grey = Color::hex(0x76_76_76).contrast(Color::WHITE);
        assert!((4.54..4.55).contains(&grey), "{grey}");
        let half = Color { alpha: 0.5, ..Color::BLACK };
        assert_eq!(half.over(Color::WHITE), Color::hex(0x80_80_80));
    }
}
