//! Fonts of a theme as CSS: families that systems have, never one that must be fetched.

use super::{Family, Font};

/// Names in a stack, at most.
const MAX_FAMILIES: usize = 8;
const SYSTEM: &str =
    "ui-sans-serif,system-ui,\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\",Arial,sans-serif";
const GENERIC: [&str; 9] = [
    "serif",
    "sans-serif",
    "monospace",
    "cursive",
    "fantasy",
    "system-ui",
    "ui-sans-serif",
    "ui-serif",
    "ui-monospace",
];

/// What a theme says of one of the three fonts, as values of CSS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FontRules {
    pub family: String,
    /// px.
    pub size: Option<i64>,
    pub weight: Option<u16>,
    pub italic: bool,
}

impl FontRules {
    /// `sizes`: smallest and largest, px.
    pub(crate) fn read(font: Option<&Font>, sizes: (i64, i64)) -> Self {
        let stack = font.and_then(|font| stack(font.family_stack.as_deref()?));
        let family = font.and_then(|font| font.family).unwrap_or_default();
        Self {
            family: stack.unwrap_or_else(|| of(family).to_owned()),
            size: font.and_then(|font| font.font_size).map(|size| size.clamp(sizes.0, sizes.1)),
            weight: font.and_then(|font| font.bold).map(|bold| if bold { 700 } else { 400 }),
            italic: font.and_then(|font| font.italic).unwrap_or(false),
        }
    }
}

const fn of(family: Family) -> &'static str {
    match family {
        Family::System => SYSTEM,
        Family::Arial => "Arial,\"Liberation Sans\",sans-serif",
        Family::Helvetica => "\"Helvetica Neue\",Helvetica,Arial,sans-serif",
        Family::Verdana => "Verdana,\"DejaVu Sans\",sans-serif",
        Family::Georgia => "Georgia,\"Noto Serif\",\"DejaVu Serif\",serif",
        Family::Times => "\"Times New Roman\",Times,\"Liberation Serif\",serif",
        Family::Courier => "\"Courier New\",\"Liberation Mono\",monospace",
    }
}

/// A name of a stack, if it is one: letters, digits, blanks and hyphens.
fn name(part: &str) -> Option<&str> {
    let name = part.trim().trim_matches(['"', '\'']).trim();
    let fine = !name.is_empty()
        && name.len() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    fine.then_some(name)
}

/// The names of a stack, each quoted anew; what is no name is left out.
fn stack(text: &str) -> Option<String> {
    let quoted = |name: &str| if GENERIC.contains(&name) { name.to_owned() } else { format!("\"{name}\"") };
    let names: Vec<String> = text.split(',').filter_map(name).take(MAX_FAMILIES).map(quoted).collect();
    (!names.is_empty()).then(|| names.join(","))
}

/// What of a stack is no name; an empty one has none that could be wrong.
pub(super) fn wrong_name(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(',').collect();
    if text.trim().is_empty() {
        return None;
    }
    if parts.len() > MAX_FAMILIES {
        return Some(format!("names {} fonts; send {MAX_FAMILIES} at most", parts.len()));
    }
    let wrong = parts.into_iter().find(|part| name(part).is_none())?;
    Some(format!(
        "\"{}\" is no name of a font; names have letters, digits, blanks and hyphens: Georgia, 'Open Sans', serif",
        wrong.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_quoted_anew() {
        assert_eq!(stack("Inter, 'Open Sans', serif").as_deref(), Some("\"Inter\",\"Open Sans\",serif"));
        assert_eq!(stack("x;}body{display:none, Georgia").as_deref(), Some("\"Georgia\""));
        assert_eq!(stack("</style>,url(//x)"), None);
    }

    #[test]
    fn sizes_stay_within_a_telephone() {
        let font = Font { font_size: Some(400), bold: Some(true), ..Font::default() };
        let rules = FontRules::read(Some(&font), (18, 48));
        assert_eq!((rules.size, rules.weight, rules.family.as_str()), (Some(48), Some(700), SYSTEM));
    }
}
