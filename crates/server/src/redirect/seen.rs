//! First or repeat, by what the browser itself remembers (DESIGN §11.4). Only links that ask are remembered.

use super::request;
use super::visit::Visitor;
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use model::LinkId;
use model::scan::{Identity, VisitType};
use model::seen::{COOKIE, DAYS, Seen};

/// What the browser remembered, with this scan.
pub struct Noted {
    seen: Seen,
    /// Which scan of the link it is, as far as the browser counts.
    pub nth: u16,
}

/// Reads the flag and notes this scan in it; the visitor becomes first or returning by it. Nothing where nobody is told
/// apart, or no person asks.
pub fn note(headers: &HeaderMap, link: LinkId, visitor: &mut Visitor) -> Option<Noted> {
    if visitor.identity == Identity::None || visitor.visit_type == VisitType::Unspecified {
        return None;
    }
    let mut seen = request::cookie(headers, COOKIE).map(Seen::read).unwrap_or_default();
    let nth = u16::from(seen.note(link));
    visitor.visit_type = if nth == 1 { VisitType::First } else { VisitType::Returning };
    Some(Noted { seen, nth })
}

impl Noted {
    /// The cookie that remembers it: host only, and no identifier.
    pub fn cookie(&self, is_https: bool) -> Option<HeaderValue> {
        let secure = if is_https { "; Secure" } else { "" };
        let (value, age) = (self.seen.value(), DAYS * 86_400);
        HeaderValue::from_str(&format!(
            "{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
        ))
        .ok()
    }
}
