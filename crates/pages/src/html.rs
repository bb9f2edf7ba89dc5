//! Text on its way into HTML.

use std::fmt::{self, Display, Write};

/// A text from outside, as it stands between tags or in a quoted attribute.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// ` name="value"`, or nothing where there is no value.
pub(crate) struct Attribute<'a>(pub &'static str, pub Option<&'a str>);

impl Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(value) => write!(f, " {}=\"{}\"", self.0, Text(value)),
            None => Ok(()),
        }
    }
}

/// A text as it stands in HTML, between tags or in a quoted attribute.
pub fn escape(text: &str) -> String {
    Text(text).to_string()
}

/// The text without blanks around it, if anything is left.
pub(crate) fn said(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Adds a formatted piece. Writing to a string does not fail.
pub(crate) fn add(to: &mut String, piece: fmt::Arguments<'_>) {
    let _ = to.write_fmt(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_html_is_escaped() {
        assert_eq!(escape(r#"a<b>&"c'é"#), "a&lt;b&gt;&amp;&quot;c&#39;é");
        assert_eq!(Attribute("id", Some("x\"y")).to_string(), " id=\"x&quot;y\"");
        assert_eq!(Attribute("id", None).to_string(), "");
        assert_eq!(said("  "), None);
    }
}
