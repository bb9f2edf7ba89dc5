//! The pages a visitor meets when a code leads nowhere, as the redirect sends them: rendered by the crate `pages` in the
//! house's look.

use hyper::header::{HeaderName, HeaderValue};
use model::language::PageLanguage;
pub use pages::Closed as Page;
use pages::{Frame, Information, Look};
pub use pages::{Plain, escape};
use std::sync::LazyLock;

static LOOK: LazyLock<Look> = LazyLock::new(Look::default);

/// A page ready to be sent.
pub struct Ready {
    /// The document.
    pub html: String,
    /// Everything it is sent with, content type and policy included; the status is the caller's.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl From<pages::Page> for Ready {
    fn from(page: pages::Page) -> Self {
        let header = |(name, value): (&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))
        };
        Self { html: page.html, headers: page.headers.into_iter().filter_map(header).collect() }
    }
}

fn frame(language: PageLanguage) -> Frame<'static> {
    Frame { language, look: &LOOK, back: None, app_schemes: &[] }
}

/// A page without a way on.
pub fn closed(which: Page, language: PageLanguage) -> Ready {
    which.page(&frame(language)).into()
}

/// What a link is: its address and, where it is the same for everybody, where it leads. Opening it counts nothing.
pub fn information(language: PageLanguage, host: &str, slug: &str, target: Option<&str>) -> Ready {
    Information { host, slug, target }.page(&frame(language)).into()
}

/// A page of the server's own, with what stands below its title as HTML.
pub fn plain(language: PageLanguage, page: Plain<'_>) -> Ready {
    page.page(&frame(language)).into()
}
