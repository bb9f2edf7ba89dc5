//! Styles that fetch nothing. Which functions and at-rules may stay is listed, so that one that browsers learn tomorrow is
//! out; what spells its words by escapes is out as well.

/// At-rules that only say when and how.
const AT_RULES: [&str; 5] = ["charset", "keyframes", "media", "supports", "-webkit-keyframes"];

/// Functions that only reckon, paint or move, and those of selectors.
#[rustfmt::skip]
const FUNCTIONS: [&str; 75] = [
    "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix",
    "calc", "min", "max", "clamp", "var", "linear-gradient", "radial-gradient", "conic-gradient",
    "repeating-linear-gradient", "repeating-radial-gradient", "repeating-conic-gradient",
    "translate", "translatex", "translatey", "translatez", "translate3d", "scale", "scalex", "scaley", "scalez", "scale3d",
    "rotate", "rotatex", "rotatey", "rotatez", "rotate3d", "skew", "skewx", "skewy", "matrix", "matrix3d", "perspective",
    "blur", "brightness", "contrast", "drop-shadow", "grayscale", "hue-rotate", "invert", "opacity", "saturate", "sepia",
    "circle", "ellipse", "inset", "polygon", "path", "rect", "cubic-bezier", "steps", "linear",
    "not", "is", "where", "has", "nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type", "lang", "dir",
    "and", "or", "selector",
];

/// Pictures of pixels; another SVG within would have to be cleaned again.
const PICTURES: [&str; 5] =
    ["data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif", "data:image/webp"];

/// Whether an address is a place in the same file, or a picture of pixels that it holds itself.
pub fn is_within(address: &str) -> bool {
    address.starts_with('#')
        || PICTURES.iter().any(|picture| {
            let begins =
                address.get(..picture.len()).is_some_and(|start| start.eq_ignore_ascii_case(picture));
            begins && matches!(address.as_bytes().get(picture.len()), Some(b';' | b','))
        })
}

/// Whether a style, or a value of one, makes nobody fetch anything. Every place is looked at, in comments and texts too, so
/// that it does not matter where a browser takes those to end.
pub fn is_quiet(css: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii();
    let is_at_rule = |at: usize| {
        let rest = &css[at + 1..];
        let word = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        AT_RULES.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let is_function = |at: usize| {
        let before = &css[..at];
        let name = &before[before.trim_end_matches(is_name).len()..];
        if name.eq_ignore_ascii_case("url") {
            let address = css[at + 1..].trim_start();
            return is_within(address.strip_prefix(['"', '\'']).unwrap_or(address));
        }
        name.is_empty() || FUNCTIONS.iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    !css.contains('\\')
        && css.match_indices('@').all(|(at, _)| is_at_rule(at))
        && css.match_indices('(').all(|(at, _)| is_function(at))
}

/// What of a style sheet, or of the declarations of one element, is quiet: rules and declarations that are not go whole.
pub fn quiet(css: &str) -> String {
    if is_quiet(css) {
        return css.to_owned();
    }
    let bare = without_comments(css);
    let mut kept = String::with_capacity(bare.len());
    for part in parts(&bare) {
        if is_quiet(part) {
            kept.push_str(part);
        } else if let Some((selector, body)) = part.split_once('{')
            && let Some(body) = body.strip_suffix('}')
            && is_quiet(selector)
            && !selector.contains('@')
        {
            kept.push_str(selector);
            kept.push('{');
            kept.extend(parts(body).into_iter().filter(|declaration| is_quiet(declaration)));
            kept.push('}');
        }
    }
    // Parts that are quiet each for themselves could make something together.
    if is_quiet(&kept) { kept } else { String::new() }
}

/// The style cut behind each `;` and `}` that stands within no text, bracket or block.
fn parts(css: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, c) in css.char_indices() {
        match quote {
            Some(open) if c == open || c == '\n' => quote = None,
            Some(_) => continue,
            None => match c {
                '"' | '\'' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
        if depth == 0 && matches!(c, ';' | '}') {
            parts.push(&css[start..=at]);
            start = at + 1;
        }
    }
    parts.push(&css[start..]);
    parts
}

fn without_comments(css: &str) -> String {
    let mut pieces = css.split("/*");
    let mut bare = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // Two words that a comment parts do not become one.
        bare.push(' ');
        bare.push_str(piece.split_once("*/").map_or("", |(_, rest)| rest));
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fetches_goes_and_the_rest_stays() {
        for (css, kept) in [
            (".a{fill:red}", ".a{fill:red}"),
            ("@media (min-width: 9px){.a{fill:rgb(1,2,3)}}", "@media (min-width: 9px){.a{fill:rgb(1,2,3)}}"),
            (".a{fill:url(#g);mask:url( '#m' )}", ".a{fill:url(#g);mask:url( '#m' )}"),
            ("@import 'http://x/y.css';.a{fill:red}", ".a{fill:red}"),
            ("@import url(http://x/y.css);.a{fill:red}", ".a{fill:red}"),
            ("@font-face{font-family:F;src:url(f.woff)}.a{fill:red}", ".a{fill:red}"),
            (".a{fill:red;background:url(http://x/);stroke:#fff}", ".a{fill:red;stroke:#fff}"),
            (".a{background:URL(/x)}.b{fill:red}", ".a{}.b{fill:red}"),
            ("/* @import */.a{fill:red}", " .a{fill:red}"),
            (".a{background:image-set('http://x/' 1x)}", ".a{}"),
            (".a{background:-webkit-image-set(url(#a) 1x)}", ".a{}"),
            (".a{background:\\75rl(http://x/)}", ".a{}"),
            ("@\\69mport 'http://x/';", ""),
            (".a{background:u/**/rl(http://x/)}", ".a{}"),
            ("@media print{.a{background:src('/x')}}.b{fill:red}", ".b{fill:red}"),
            (
                "fill:red;background:url(data:image/png;base64,AA==);x:url(a)",
                "fill:red;background:url(data:image/png;base64,AA==);",
            ),
            ("width:expression(alert(1))", ""),
            ("behavior:url(x.htc)", ""),
            ("--a:image('x');fill:red", "fill:red"),
            ("background:url(data:image/svg+xml,x)", ""),
            ("background:url(data:image/png", ""),
        ] {
            assert_eq!(quiet(css), kept, "{css}");
            assert!(is_quiet(&quiet(css)), "{css}");
        }
    }

    #[test]
    fn parts_that_are_quiet_alone_make_nothing_together() {
        // The text that is open to the end of its line hides no rule from the whole.
        for css in ["a{b:'\n;c:url(x)}", "}}a{b:url(x)", "a{b:\"}\";c:url(x)}", "'*/@import 'x';/*'"] {
            assert!(is_quiet(&quiet(css)), "{css}");
        }
    }
}
