//! Ids of links that SQLite has gathered into one text, as `group_concat(hex(id), '')`: fifty thousand rows one by one take
//! longer than counting their scans.

use model::LinkId;
use uuid::Uuid;

/// Digits of an id.
const DIGITS: usize = 32;

/// The ids.
pub fn ids(text: &str) -> Vec<LinkId> {
    let (ids, _) = text.as_bytes().as_chunks::<DIGITS>();
    ids.iter().filter_map(|digits| Uuid::try_parse_ascii(digits).ok()).map(LinkId).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lie_one_behind_the_other() {
        let both = [Uuid::from_u128(7), Uuid::from_u128(u128::MAX)];
        let text: String = both.iter().map(|id| id.simple().to_string().to_uppercase()).collect();
        assert_eq!(ids(&text), both.map(LinkId));
        assert_eq!(ids(""), []);
    }
}
