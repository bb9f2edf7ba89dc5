//! SVG 1.1: a light square and one path of all dark areas.

use crate::frame::{self, QUIET_ZONE};
use crate::outline::{Outline, outlines};
use crate::{Code, Error};
use std::fmt::Write;

/// An image of `code`, `width_px` wide and high, quiet zone included. User units are modules, so it prints at
/// any size. `title` is what a screen reader says.
///
/// # Errors
/// [`Error::Width`] if `width_px` is not one of [`WIDTHS`](crate::WIDTHS).
pub fn render(code: &Code, width_px: u32, title: Option<&str>) -> Result<String, Error> {
    let width = frame::check(width_px)?;
    let side = frame::side(code);
    let title = title.map(|title| format!("<title>{}</title>", escaped(title))).unwrap_or_default();
    let path = path(&outlines(code.modules(), &|x, y| code.dark(x, y)));
    // `stroke="none"` is the default, but ImageMagick's own renderer draws black strokes until it is told.
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{width}" viewBox="0 0 {side} {side}"
 shape-rendering="crispEdges" stroke="none" role="img">{title}
<rect width="{side}" height="{side}" fill="#fff"/>
<path d="{path}" fill="#000"/>
</svg>
"##
    ))
}

/// Path data: each outline from its first corner by relative horizontal and vertical lines. The last side is
/// `z`.
fn path(outlines: &[Outline]) -> String {
    let mut data = String::new();
    for outline in outlines {
        let (mut x, mut y) = outline[0];
        write_data(&mut data, format_args!("M{} {}", x + QUIET_ZONE, y + QUIET_ZONE));
        for corner in &outline[1..] {
            if corner.1 == y {
                write_data(&mut data, format_args!("h{}", corner.0.cast_signed() - x.cast_signed()));
            } else {
                write_data(&mut data, format_args!("v{}", corner.1.cast_signed() - y.cast_signed()));
            }
            (x, y) = *corner;
        }
        data.push('z');
    }
    data
}

pub(crate) fn write_data(data: &mut String, text: std::fmt::Arguments<'_>) {
    data.write_fmt(text).expect("a String takes all that is written");
}

/// As XML character data: markup escaped, and what XML 1.0 §2.2 has no place for replaced by U+FFFD.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn code() -> Code {
        Code::new("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", Level::M).unwrap()
    }

    #[test]
    fn the_quiet_zone_is_part_of_the_file() {
        let svg = render(&code(), 300, None).unwrap();
        assert!(svg.starts_with(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300" viewBox="0 0 33 33""#
        ));
        assert!(svg.contains(r##"<rect width="33" height="33" fill="#fff"/>"##));
        assert!(svg.contains(r#"d="M4 4h7v7h-7z"#), "the first outline is the finder's: {svg}");
        assert!(!svg.contains("<title>"));
    }

    #[test]
    fn a_title_cannot_break_out() {
        let svg = render(&code(), 300, Some("Menü </title><script>\0&amp;")).unwrap();
        assert!(svg.contains("<title>Menü &lt;/title&gt;&lt;script&gt;\u{fffd}&amp;amp;</title>"), "{svg}");
    }

    #[test]
    fn widths_have_bounds() {
        assert!(render(&code(), 16, None).is_ok() && render(&code(), 8192, None).is_ok());
        for width in [0, 15, 8193, u32::MAX] {
            assert_eq!(render(&code(), width, None), Err(Error::Width { width }));
        }
        assert_eq!(
            Error::Width { width: 9000 }.to_string(),
            "an image of a code is 16 to 8192 pixels wide, not 9000"
        );
    }
}
