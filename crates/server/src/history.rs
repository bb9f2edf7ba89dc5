//! What is noted of a change of a link: the fields that differ, as they were and as they became, in the words of the
//! wire. Who changes a link reads its state before and hands it to [`note`] behind the change, in one transaction; that
//! is how a change is known whichever way it is made.

pub mod restore;

use crate::api::links::checks::MAX_SLUGS;
use crate::api::wire::time;
use crate::catalog::changes::{self, Actor, Change, LINK};
use crate::catalog::designs::{self, Held, Looks};
use crate::catalog::links::{self, BASE_DOMAIN, Link};
use crate::catalog::slugs::{self, LinkSlug};
use crate::catalog::{Connection, Result, themes};
use model::{LinkId, Millis, WorkspaceId};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What an owner can change of a link, by the names of the wire.
pub type State = Map<String, Value>;

/// What was done, and by whom.
pub struct Done<'a> {
    /// `updated`, `deleted`, …
    pub action: &'static str,
    /// By whom.
    pub actor: &'a Actor,
    /// The request that changed many links.
    pub batch: Option<Uuid>,
    /// The change that is taken back or gone back to.
    pub restored: Option<Uuid>,
}

impl<'a> Done<'a> {
    /// A change by itself.
    pub const fn alone(action: &'static str, actor: &'a Actor) -> Self {
        Self { action, actor, batch: None, restored: None }
    }
}

/// The state of a link, unless it is deleted.
pub async fn state(db: &mut Connection, workspace: WorkspaceId, id: LinkId) -> Result<State> {
    let Some(link) = links::get(db, workspace, id).await? else { return Ok(State::new()) };
    let slugs = slugs::of_link(db, workspace, id).await?;
    let looks = designs::looks(db, workspace, link.design.0).await?;
    // Without settings of its own it is the house's, row or none.
    let theme = themes::of_link(db, workspace, id).await?.filter(|settings| settings != "{}");
    Ok(of(&link, &slugs, &looks, theme.as_deref()))
}

fn of(link: &Link, slugs: &[LinkSlug], looks: &Looks, theme: Option<&str>) -> State {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let domain = |domain: model::DomainId| (domain != BASE_DOMAIN).then(|| domain.to_string());
    let mut placed: Vec<&LinkSlug> = slugs.iter().take(MAX_SLUGS).collect();
    placed.sort_by(|a, b| (a.created_at, &a.folded).cmp(&(b.created_at, &b.folded)));
    let placed: Vec<Value> = placed
        .iter()
        .map(|slug| {
            json!({ "shortlink": slug.spelled, "customDomainId": domain(slug.domain),
                "placement": slug.placement, "live": slug.is_live })
        })
        .collect();
    let tags: Vec<&str> = link.tags.iter().map(|tag| tag.name.as_str()).collect();
    let fields = [
        ("name", json!(link.name)),
        ("purpose", json!(link.purpose)),
        ("xNotes", json!(link.notes)),
        ("metadata", json!(link.metadata)),
        ("tags", json!(tags)),
        ("directoryId", json!(link.directory)),
        ("shortlink", json!(link.slug)),
        ("customDomainId", json!(domain(link.domain))),
        ("xSlugs", json!(placed)),
        ("xDestination", json!(link.destination)),
        ("xWorkflowVersion", json!(link.published_version)),
        ("fallbackDestination", json!(link.fallback_destination)),
        ("expiredDestination", json!(link.expired_destination)),
        ("xStartsAt", json!(link.starts_at.map(time))),
        ("expiresAt", json!(link.expires_at.map(time))),
        ("xPaused", json!(link.paused)),
        ("xArchived", json!(link.archived_at.is_some())),
        ("xScanLimit", json!(link.scan_limit)),
        ("xRedirectStatus", json!(link.conventions.status.code())),
        ("xQueryMode", json!(link.conventions.query.as_str())),
        ("xPathMode", json!(link.conventions.path.as_str())),
        ("qrcodeEnabled", json!(link.qrcode_enabled)),
        ("xLeadEmails", json!(link.lead_emails)),
        ("qrcodeTemplateId", json!(link.template)),
        ("qrcodeDesign", read(&looks.settings)),
        ("xCentralImage", looks.logo.as_ref().map(picture).unwrap_or_default()),
        ("pageTheme", theme.map(read).unwrap_or_default()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The picture in a code's middle, as a state names it.
fn picture(held: &Held) -> Value {
    json!({ "sha256": held.sha256, "mediaId": held.media })
}

/// Notes what has become of a link that was in a state. Nothing, where an update changed nothing.
pub async fn note(
    db: &mut Connection,
    workspace: WorkspaceId,
    id: LinkId,
    before: &State,
    done: Done<'_>,
    now: Millis,
) -> Result<Option<Uuid>> {
    let after = state(db, workspace, id).await?;
    let (mut was, mut became) = (State::new(), State::new());
    // Deleted or brought back: the link itself is as it was.
    if !before.is_empty() && !after.is_empty() {
        for (name, value) in after {
            let earlier = before.get(&name).cloned().unwrap_or_default();
            if earlier != value {
                was.insert(name.clone(), earlier);
                became.insert(name, value);
            }
        }
        if became.is_empty() {
            return Ok(None);
        }
    }
    let change = change(id, done, (was, became), now);
    let noted = change.id;
    changes::add(db, workspace, &[change]).await?;
    Ok(Some(noted))
}

/// A change of a link, to be noted.
pub fn change(id: LinkId, done: Done<'_>, (was, became): (State, State), now: Millis) -> Change {
    Change {
        id: Uuid::now_v7(),
        object: LINK.to_owned(),
        object_id: id.0,
        action: done.action.to_owned(),
        actor: done.actor.clone(),
        batch: done.batch,
        restored: done.restored,
        was,
        became,
        at: now,
    }
}
