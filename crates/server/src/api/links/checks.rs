//! What the fields of a link can be: each is taken, or refused with a sentence.

use crate::app::App;
use crate::catalog::links::{Link, Update};
use crate::catalog::steps::{self, StepRow};
use crate::catalog::workspaces;
use crate::error::{ApiError, ApiResult};
use jiff::tz::TimeZone;
use model::conventions::{ConventionError, Conventions, PathMode, QueryMode, RedirectStatus};
use model::dates::{self, Bound};
use model::destination::{Destination, Policy};
use model::workflow::{Graph, form};
use model::{Millis, WorkspaceId, life};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Characters in a name, at most.
pub const MAX_NAME: usize = 255;
/// Characters in a purpose, at most.
pub const MAX_PURPOSE: usize = 1000;
/// Characters in notes, at most.
pub const MAX_NOTES: usize = 5000;
/// Characters in the name of a placement, at most.
pub const MAX_PLACEMENT: usize = 100;
/// Addresses of a link, at most.
pub const MAX_SLUGS: usize = 250;
const MAX_LIMIT: u64 = 1_000_000_000;
/// Addresses that are written to of a link's leads.
const MAX_LEAD_EMAILS: usize = 10;
const MAX_TAGS: usize = 50;
const MAX_METADATA: usize = 50;

/// Refuses a change that sets a field and clears it by its `…Delete` twin at once.
pub fn refuse_both(field: &str, is_set: bool, clear: Option<bool>) -> ApiResult<()> {
    match is_set && clear == Some(true) {
        true => Err(ApiError::not_both(field, &format!("{field}Delete"))),
        false => Ok(()),
    }
}

/// A text of one line and at most so many characters, trimmed.
pub fn checked_text(field: &str, text: Option<String>, most: usize) -> ApiResult<String> {
    let text = checked_lines(field, text, most)?;
    if text.contains(['\n', '\t']) {
        return Err(ApiError::field(field, "must be one line, without tabs"));
    }
    Ok(text)
}

/// A text of at most so many characters, trimmed; without signs that nobody sees and that change how others are read.
pub fn checked_lines(field: &str, text: Option<String>, most: usize) -> ApiResult<String> {
    let text = text.unwrap_or_default().trim().replace("\r\n", "\n");
    if let Some(hidden) = text.chars().find(|c| model::text::is_hidden(*c) && !matches!(c, '\n' | '\t')) {
        let message = format!("holds the invisible character U+{:04X}; remove it", u32::from(hidden));
        return Err(ApiError::field(field, message));
    }
    match text.chars().count() {
        length if length > most => {
            Err(ApiError::field(field, format!("at most {most} characters; this has {length}")))
        }
        _ => Ok(text),
    }
}

/// Who is written to of leads: addresses as letters take them, each once.
pub fn checked_lead_emails(addresses: Vec<String>) -> ApiResult<Vec<String>> {
    let mut kept: Vec<String> = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let normal =
            form::email(address.trim(), "$email").filter(|normal| normal.parse::<lettre::Address>().is_ok());
        let normal = normal.ok_or_else(|| {
            ApiError::field(
                format!("/xLeadEmails/{index}"),
                format!("\"{address}\" is not an e-mail address"),
            )
        })?;
        if !kept.contains(&normal) {
            kept.push(normal);
        }
    }
    if kept.len() > MAX_LEAD_EMAILS {
        let message =
            format!("at most {MAX_LEAD_EMAILS} addresses are told of leads; these are {}", kept.len());
        return Err(ApiError::field("/xLeadEmails", message));
    }
    Ok(kept)
}

/// Names of tags.
pub fn checked_tags(names: Vec<String>) -> ApiResult<Vec<String>> {
    if names.len() > MAX_TAGS {
        return Err(ApiError::field(
            "/tags",
            format!("a link has at most {MAX_TAGS} tags; these are {}", names.len()),
        ));
    }
    let check = |(index, name): (usize, String)| match name.trim() {
        "" => Err(ApiError::field(format!("/tags/{index}"), "a tag cannot be empty")),
        name => checked_text(&format!("/tags/{index}"), Some(name.to_owned()), 100),
    };
    names.into_iter().enumerate().map(check).collect()
}

/// Strings of the owner's.
pub fn checked_metadata(metadata: BTreeMap<String, String>) -> ApiResult<BTreeMap<String, String>> {
    if metadata.len() > MAX_METADATA {
        let message = format!("at most {MAX_METADATA} keys; these are {}", metadata.len());
        return Err(ApiError::field("/metadata", message));
    }
    for (key, value) in &metadata {
        if key.is_empty() || key.len() > 255 || value.len() > 4096 {
            let message = "keys have 1 to 255 bytes, values at most 4096";
            return Err(ApiError::field(
                format!("/metadata/{}", key.replace('~', "~0").replace('/', "~1")),
                message,
            ));
        }
    }
    Ok(metadata)
}

/// An id that may be left out; an empty text is none.
pub fn optional_id(field: &str, text: Option<&str>) -> ApiResult<Option<Uuid>> {
    let read = |text: &str| {
        Uuid::parse_str(text).map_err(|_| ApiError::field(field, format!("\"{text}\" is not a UUID")))
    };
    text.filter(|text| !text.is_empty()).map(read).transpose()
}

/// People that a link lets through at most, as a limit.
pub fn checked_limit(limit: i64) -> ApiResult<u64> {
    match u64::try_from(limit) {
        Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
        _ => {
            let message = format!(
                "a scan limit is a number from 1 to {MAX_LIMIT}; to let nobody through, pause the link instead"
            );
            Err(ApiError::field("/xScanLimit", message))
        }
    }
}

/// A status that redirects may have.
pub fn checked_status(code: i64) -> ApiResult<RedirectStatus> {
    RedirectStatus::from_code(code).ok_or_else(|| {
        ApiError::field(
            "/xRedirectStatus",
            format!("{code} is none of 302, 307, 301 and 308; codes need 302"),
        )
    })
}

/// What becomes of the visitor's query.
pub fn checked_query_mode(word: Option<String>) -> ApiResult<Option<QueryMode>> {
    checked_word("/xQueryMode", word, QueryMode::from_word, QueryMode::ALL.iter().map(|mode| mode.as_str()))
}

/// What becomes of a path behind the slug.
pub fn checked_path_mode(word: Option<String>) -> ApiResult<Option<PathMode>> {
    checked_word("/xPathMode", word, PathMode::from_word, PathMode::ALL.iter().map(|mode| mode.as_str()))
}

fn checked_word<T>(
    field: &str,
    word: Option<String>,
    read: fn(&str) -> Option<T>,
    known: impl Iterator<Item = &'static str>,
) -> ApiResult<Option<T>> {
    let Some(word) = word else { return Ok(None) };
    read(&word).map(Some).ok_or_else(|| {
        let known: Vec<_> = known.collect();
        ApiError::field(field, format!("\"{word}\" is none of {}", known.join(", ")))
    })
}

/// 400 for settings that do not go together; `destination` is the field of the destination, where it is at fault.
pub fn conflict(why: ConventionError, destination: &str) -> ApiError {
    let field = match why {
        ConventionError::PermanentWithLimit | ConventionError::PermanentWithScanId => "/xRedirectStatus",
        ConventionError::PathNeedsWeb => destination,
    };
    ApiError::field(field, why)
}

/// Whether a link is still one that can be, once a change is made.
pub fn goes_together(link: &Link, update: &Update, rows: &[StepRow]) -> ApiResult<()> {
    let starts_at = update.starts_at.unwrap_or(link.starts_at);
    let expires_at = update.expires_at.unwrap_or(link.expires_at);
    let field = if update.starts_at.is_some() { "/xStartsAt" } else { "/expiresAt" };
    life::check(starts_at, expires_at).map_err(|why| ApiError::field(field, why))?;
    let conventions = Conventions {
        status: update.status.unwrap_or(link.conventions.status),
        query: update.query_mode.unwrap_or(link.conventions.query),
        path: update.path_mode.unwrap_or(link.conventions.path),
    };
    let limit = update.scan_limit.unwrap_or(link.scan_limit);
    let draft = Graph::new(steps::drafts(rows), None, None).compile(0);
    conventions.check(limit, draft.redirects()).map_err(|why| match why {
        ConventionError::PermanentWithLimit if update.status.is_none() => ApiError::field("/xScanLimit", why),
        why => conflict(why, "/xPathMode"),
    })
}

/// What the checks of a link's fields depend on.
pub struct Checks {
    /// Whose they are.
    pub workspace: WorkspaceId,
    app_schemes: Vec<String>,
    own_authorities: Vec<String>,
    zone: TimeZone,
}

impl Checks {
    /// Reads the workspace's settings.
    pub async fn read(app: &App, workspace: WorkspaceId) -> ApiResult<Self> {
        let workspace = workspaces::get(&mut *app.catalog.read().await?, workspace).await?;
        let workspace = workspace.ok_or_else(|| ApiError::internal("a caller's workspace is gone"))?;
        Ok(Self {
            workspace: workspace.id,
            app_schemes: workspace.app_schemes,
            own_authorities: app.hosts().authorities(),
            zone: TimeZone::get(&workspace.timezone).unwrap_or(TimeZone::UTC),
        })
    }

    /// What a destination may be.
    pub fn policy(&self) -> Policy<'_> {
        Policy { app_schemes: &self.app_schemes, own_authorities: &self.own_authorities }
    }

    /// The workspace's time zone.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A destination as its owner wrote it, or the sentence that refuses it.
    pub fn destination(&self, field: &str, text: &str) -> ApiResult<String> {
        let destination =
            Destination::parse(text, self.policy()).map_err(|why| ApiError::field(field, why))?;
        Ok(destination.as_str().to_owned())
    }

    /// A destination that may be left out; an empty text is none.
    pub fn optional(&self, field: &str, text: Option<String>) -> ApiResult<Option<String>> {
        text.filter(|text| !text.trim().is_empty()).map(|text| self.destination(field, &text)).transpose()
    }

    /// The start of a day, or an instant.
    pub fn date(&self, field: &str, text: &str) -> ApiResult<Millis> {
        dates::parse(text, &self.zone, Bound::Start).ok_or_else(|| {
            ApiError::field(
                field,
                format!("\"{text}\" is not a date such as 2026-11-22 or 2026-11-22T18:00:00Z"),
            )
        })
    }

    /// The end of a day, or an instant, that is to come.
    pub fn future(&self, field: &str, text: &str, now: Millis) -> ApiResult<Millis> {
        let at = dates::parse(text, &self.zone, Bound::End).ok_or_else(|| {
            let message = format!(
                "\"{text}\" is not a date such as 2026-12-31T18:00:00+01:00, 9999-12-31 at the latest"
            );
            ApiError::field(field, message)
        })?;
        if at <= now {
            return Err(ApiError::field(field, format!("\"{text}\" has passed; give a time to come")));
        }
        Ok(at)
    }
}
