//! An SVG as it is kept: without scripts, event handlers, and whatever it would fetch.

use std::io;

/// Lists of what may stay are the crate's: elements and attributes of SVG that only draw. Nothing where it is no SVG.
pub fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut filter = svg_hush::Filter::new();
    // Pictures within it may be pixels; another SVG within would have to be cleaned again.
    filter.set_data_url_filter(svg_hush::data_url_filter::allow_standard_images);
    let mut kept = Vec::with_capacity(bytes.len());
    filter.filter(io::Cursor::new(bytes), &mut kept).ok()?;
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::clean;

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
            assert!(clean(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
