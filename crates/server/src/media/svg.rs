//! An SVG as it is kept: without scripts, event handlers, and whatever it would fetch.

use std::io::{self, Write};

/// Bytes of an SVG at most: reading one takes long, a megabyte as long as a second.
pub const MOST: usize = 2 << 20;

/// Why a file is not kept. The sentences are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no SVG.
    #[error("this SVG cannot be read; export it again from the program that drew it")]
    Unreadable,
    /// It has more bytes than [`MOST`], or parts within parts without end.
    #[error("this SVG is too large or too deep for a page (2 MB at most); simplify it, or export it as PNG")]
    TooComplex,
}

/// Lists of what may stay are the crate's: elements and attributes of SVG that only draw.
pub fn clean(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    if bytes.len() > MOST {
        return Err(Fault::TooComplex);
    }
    let mut filter = svg_hush::Filter::new();
    // Pictures within it may be pixels; another SVG within would have to be cleaned again.
    filter.set_data_url_filter(svg_hush::data_url_filter::allow_standard_images);
    // What is kept is written with a line for each part, indented by its depth: a few bytes can ask for megabytes.
    let mut kept = Bounded { bytes: Vec::with_capacity(bytes.len()), most: 4 * bytes.len() + (64 << 10) };
    match filter.filter(io::Cursor::new(bytes), &mut kept) {
        Ok(()) => Ok(kept.bytes),
        Err(_) if kept.most == 0 => Err(Fault::TooComplex),
        Err(_) => Err(Fault::Unreadable),
    }
}

/// Takes so many bytes and no more; `most` is then 0.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            self.most = 0;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, MOST, clean};

    #[test]
    fn only_what_is_drawn_is_kept() {
        let svg = "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" \
            xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 9 9\" onload=\"evil1()\">\
            <script>evil2()</script><style>rect { fill: red; background: url(https://evil3.example/) } \
            @import 'https://evil4.example/';</style>\
            <a xlink:href=\"javascript:evil5()\"><text y=\"9\">Menu</text></a>\
            <image href=\"https://evil6.example/\"/><image href=\"data:text/html,evil7\"/>\
            <image href=\"data:image/png;base64,iVBORw0KGgo=\"/><use href=\"https://evil8.example/#a\"/>\
            <foreignObject><iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"https://evil9.example/\"/></foreignObject>\
            <rect width=\"9\" height=\"9\" onclick=\"evil0()\"/><use href=\"#a\"/></svg>";
        let kept = String::from_utf8(clean(svg.as_bytes()).unwrap()).unwrap();
        assert!(!kept.contains("evil") && !kept.contains("script"), "{kept}");
        for drawn in ["<rect", "Menu", "fill: red", "data:image/png", "#a", "viewBox"] {
            assert!(kept.contains(drawn), "{drawn} in {kept}");
        }
        assert_eq!(clean(kept.as_bytes()).unwrap(), kept.as_bytes(), "what is clean stays as it is");
    }

    #[test]
    fn what_is_no_svg_is_none() {
        for wrong in ["", "<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect></svg>", "plain"] {
            assert_eq!(clean(wrong.as_bytes()), Err(Fault::Unreadable), "{wrong}");
        }
    }

    #[test]
    fn a_small_file_does_not_become_a_large_one() {
        let nested = |depth: usize| {
            let (open, close) = ("<g>".repeat(depth), "</g>".repeat(depth));
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{open}<rect/>{close}</svg>")
        };
        assert!(clean(nested(100).as_bytes()).is_ok());
        for depth in [2_000, 50_000] {
            assert_eq!(clean(nested(depth).as_bytes()), Err(Fault::TooComplex), "{depth}");
        }
        let long = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><!--{}--></svg>", "x".repeat(MOST));
        assert_eq!(clean(long.as_bytes()), Err(Fault::TooComplex));
    }
}
