//! `Accept-Language` (RFC 9110 §12.5.4): which languages a visitor reads, most wanted first.

/// Languages kept, at most.
const MAX: usize = 8;

/// The tags of the header in order of preference, lower case, separated by commas; without weights, `*`, refused
/// languages (`q=0`) and what is no language tag.
pub fn preferences(header: &str) -> String {
    let mut tags: Vec<(u16, &str)> = header
        .split(',')
        .take(4 * MAX)
        .filter_map(|item| {
            let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
            let tag = tag.trim();
            let fine =
                (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let weight = weight(parameters);
            (fine && weight > 0).then_some((weight, tag))
        })
        .collect();
    // A stable sort keeps the order of equal weights.
    tags.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let mut list = String::new();
    for (_, tag) in tags.into_iter().take(MAX) {
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&tag.to_ascii_lowercase());
    }
    list
}

/// First of a list made by [`preferences`].
pub fn first(list: &str) -> &str {
    list.split(',').next().unwrap_or_default()
}

/// Thousandths; 1000 where nothing is said.
fn weight(parameters: &str) -> u16 {
    let Some(value) = parameters.split(';').find_map(|p| p.trim().strip_prefix("q=")) else { return 1000 };
    value.trim().parse::<f32>().map_or(0, |weight| (weight.clamp(0.0, 1.0) * 1000.0) as u16)
}

/// Languages that visitors' pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageLanguage {
    /// English, also for everybody whose language is not here.
    English,
    /// French.
    French,
    /// German.
    German,
    /// Spanish.
    Spanish,
}

impl PageLanguage {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::English, Self::French, Self::German, Self::Spanish];

    /// The language of a tag (BCP 47), region and script aside; nothing where pages are not written in it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next() {
            Some("en") => Some(Self::English),
            Some("fr") => Some(Self::French),
            Some("de") => Some(Self::German),
            Some("es") => Some(Self::Spanish),
            _ => None,
        }
    }
}

/// The first of the visitor's languages that pages are written in.
pub fn page_language(list: &str) -> PageLanguage {
    list.split(',').find_map(PageLanguage::from_tag).unwrap_or(PageLanguage::English)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_come_in_order_of_preference() {
        assert_eq!(preferences("de-CH, de;q=0.9, en;q=0.8, fr;q=0.95, *;q=0.1"), "de-ch,fr,de,en");
        assert_eq!(preferences("en;q=0, de"), "de");
        assert_eq!(preferences("<script>, , x"), "");
        assert_eq!(preferences(""), "");
        assert_eq!(first("de-ch,fr"), "de-ch");
        assert_eq!(preferences(&"en,".repeat(500)).split(',').count(), MAX);
    }

    #[test]
    fn a_page_speaks_the_first_language_it_can() {
        assert_eq!(page_language("it,de-at,en"), PageLanguage::German);
        assert_eq!(page_language("fr-ca,en,de"), PageLanguage::French);
        assert_eq!(page_language("nl,es-mx"), PageLanguage::Spanish);
        assert_eq!(page_language("en-gb,es"), PageLanguage::English);
        assert_eq!(page_language(""), PageLanguage::English);
    }
}
