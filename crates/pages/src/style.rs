//! The rules of the pages, in sheets: a page carries those it needs, and its policy names each by its hash.

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// Rules as they stand in a page, without comments and blanks.
pub(crate) struct Sheet {
    pub css: String,
    /// SHA-256, in base64.
    pub hash: String,
}

/// A sheet that is made ready when a page first needs it.
pub(crate) type Ready = LazyLock<Sheet>;

macro_rules! sheets {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: Ready = LazyLock::new(|| Sheet::of(squeezed(include_str!($file))));
    )*};
}

sheets! {
    /// What every page needs.
    BASE = "style/base.css";
    /// Fields.
    FORM = "style/form.css";
    /// Rows and cells that lead somewhere.
    TILES = "style/tiles.css";
    /// Head of a contact card.
    PERSON = "style/person.css";
    /// Particulars and tables.
    FACTS = "style/facts.css";
    /// Line of a timer.
    TIMER = "style/timer.css";
}

impl Sheet {
    pub(crate) fn of(css: String) -> Self {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(css.as_bytes()));
        Self { css, hash }
    }
}

/// CSS without comments and without blanks that mean nothing.
fn squeezed(css: &str) -> String {
    let mut bare = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, behind)| behind);
    }
    bare.push_str(rest);
    let joins = |c: char| "{};,>".contains(c);
    let mut squeezed = String::with_capacity(bare.len());
    for word in bare.split_whitespace() {
        let apart =
            !squeezed.is_empty() && !squeezed.ends_with(|c| joins(c) || c == ':') && !word.starts_with(joins);
        if apart {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    squeezed.replace(";}", "}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_go_where_they_mean_nothing() {
        let css = "/* note */ a > b,\n  .c :not(.d) {\n  margin: 0 calc(1px + 2px);\n}\n";
        assert_eq!(squeezed(css), "a>b,.c :not(.d){margin:0 calc(1px + 2px)}");
    }
}
