//! The query string of a scan: markers of ours, UTM values, and the parameters kept on the event (DESIGN §9).

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Parameters kept of a scan, at most.
pub const MAX_PARAMETERS: usize = 10;
/// Characters in a kept parameter's name, at most; a longer one is not kept.
const MAX_NAME: usize = 40;
/// Characters kept of a value.
const MAX_VALUE: usize = 64;

/// Click ids of advertising networks: they identify a person across sites, so they are passed on but not kept.
const CLICK_IDS: &[&str] = &[
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "igshid",
    "igsh",
    "yclid",
    "ysclid",
    "mc_eid",
    "mc_cid",
    "_hsenc",
    "_hsmi",
    "epik",
    "rdt_cid",
    "sccid",
    "scclid",
    "irclickid",
    "obclid",
    "tblci",
    "vero_id",
    "wickedid",
    "srsltid",
    "_gl",
    "mkt_tok",
    "s_kwcid",
];

/// What a query string says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// `?qr`, `?qr=1` or `?source=qr`: a code's marker (peers 5.3).
    pub is_code: bool,
    /// `utm_source`, `_medium`, `_campaign`, `_term`, `_content`, decoded and cut.
    pub utm: [Cow<'a, str>; 5],
    /// The others, form-urlencoded.
    pub parameters: String,
    /// How many were not kept: click ids, what looks like a person's e-mail address or telephone number, over the limits.
    pub dropped: u32,
}

const UTM: [&str; 5] = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

impl<'a> Query<'a> {
    /// Reads a raw query string (without the `?`).
    pub fn read(raw: &'a str) -> Self {
        let mut query = Self::default();
        let mut kept = 0;
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if crate::destination::is_ours(pair) {
                query.is_code |= name != "lbid" && (name == "source" || matches!(value, "" | "1"));
                continue;
            }
            let (name, value) = (decode(name), decode(value));
            if name.chars().count() > MAX_NAME
                || CLICK_IDS.contains(&&*name.to_ascii_lowercase())
                || is_personal(&value)
            {
                query.dropped += 1;
                continue;
            }
            let value = cut(value, MAX_VALUE);
            if let Some(index) = UTM.iter().position(|utm| name.eq_ignore_ascii_case(utm)) {
                if query.utm[index].is_empty() {
                    query.utm[index] = value;
                }
            } else if kept == MAX_PARAMETERS {
                query.dropped += 1;
            } else {
                kept += 1;
                if !query.parameters.is_empty() {
                    query.parameters.push('&');
                }
                query.parameters.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
                query.parameters.push('=');
                query.parameters.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
            }
        }
        query
    }
}

/// Name and value pairs of [`Query::parameters`].
pub fn parameters(encoded: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    url::form_urlencoded::parse(encoded.as_bytes())
}

fn decode(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b != b'%' && b != b'+') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
}

fn cut(text: Cow<'_, str>, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        None => text,
        Some((end, _)) => Cow::Owned(text[..end].to_owned()),
    }
}

/// Whether a value looks like an e-mail address or a telephone number. Ten digits or more with nothing but the usual
/// separators count as one; shorter numbers (tables, sizes, dates) do not.
pub fn is_personal(value: &str) -> bool {
    let value = value.trim();
    let mail = value.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.split('.').filter(|part| !part.is_empty()).count() > 1
    });
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let phone_like = !value.is_empty()
        && value
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ' | b'(' | b')' | b'.' | b'/'));
    let international = value.starts_with('+') || value.starts_with("00");
    mail || phone_like && (digits >= 10 || international && digits >= 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utm_and_parameters_are_kept() {
        let query =
            Query::read("utm_source=poster&UTM_Medium=print+ad&table=7&flag&utm_source=again&x=%C3%BC");
        assert_eq!(query.utm[0], "poster");
        assert_eq!(query.utm[1], "print ad");
        assert_eq!(query.parameters, "table=7&flag=&x=%C3%BC");
        assert_eq!(query.dropped, 0);
        assert_eq!(parameters(&query.parameters).last().unwrap().1, "ü");
    }

    #[test]
    fn what_points_at_a_person_is_dropped_and_counted() {
        let query = Query::read(
            "gclid=abc&fbclid=x&who=chef%40example.com&tel=%2B41+79+123+45+67&n=0791234567&table=12",
        );
        assert_eq!(query.parameters, "table=12");
        assert_eq!(query.dropped, 5);
        assert_eq!(Query::read("date=2026-11-22&v=1.2.3&when=08:30&at=@chef").dropped, 0);
    }

    #[test]
    fn the_limits_hold() {
        let raw: Vec<String> = (0..12).map(|i| format!("p{i}={}", "v".repeat(100))).collect();
        let query = Query::read_owned(&raw.join("&"));
        assert_eq!((query.0, query.1), (MAX_PARAMETERS, 2));
        assert_eq!(Query::read(&format!("{}=1", "n".repeat(41))).dropped, 1);
    }

    #[test]
    fn markers_of_a_code_are_known_and_not_kept() {
        for raw in ["qr", "qr=1", "source=qr", "a=1&qr"] {
            assert!(Query::read(raw).is_code, "{raw}");
        }
        for raw in ["qr=0", "source=mail", "lbid=qr", ""] {
            assert!(!Query::read(raw).is_code, "{raw}");
        }
        assert_eq!(Query::read("qr=1&source=qr&lbid=x").parameters, "");
    }

    impl Query<'_> {
        fn read_owned(raw: &str) -> (usize, u32) {
            let query = Query::read(raw);
            (parameters(&query.parameters).filter(|(_, value)| value.len() == 64).count(), query.dropped)
        }
    }
}
