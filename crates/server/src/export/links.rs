//! Links, oldest first. The names of the columns are those that an import of links reads.

use super::cell::{Kind, Row};
use super::columns::Column;
use super::source::{self, Shown};
use crate::api::directories::Tree;
use crate::api::links::checks::Checks;
use crate::api::links::list::ListFilter;
use crate::api::links::{self, wire_link};
use crate::app::App;
use crate::catalog::directories;
use crate::catalog::links::list::{self, ListQuery};
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;
use model::destination::authority;
use serde_json::{Value, json};
use url::Url;

/// Links read at a time.
const PAGE: i64 = 500;

const COLUMNS: &[Shown] = &[
    Shown("id", Kind::Text, "/id", true),
    Shown("name", Kind::Text, "/name", true),
    Shown("destination", Kind::Text, "/xDestination", true),
    Shown("shortlink", Kind::Text, "/shortlink", true),
    Shown("domain", Kind::Text, "/domain", true),
    Shown("shortUrl", Kind::Text, "/entrypoint", true),
    Shown("codeUrl", Kind::Text, "/xQrEntrypoint", true),
    Shown("state", Kind::Text, "/xState", true),
    Shown("scans", Kind::Integer, "/eventCount", true),
    Shown("lifetimeScans", Kind::Integer, "/xLifetimeScans", true),
    Shown("lastScanAt", Kind::Time, "/xLastScanAt", true),
    Shown("tags", Kind::Text, "/tags", true),
    Shown("folder", Kind::Text, "/folder", true),
    Shown("purpose", Kind::Text, "/purpose", true),
    Shown("notes", Kind::Text, "/xNotes", true),
    Shown("startsAt", Kind::Time, "/xStartsAt", true),
    Shown("expiresAt", Kind::Time, "/expiresAt", true),
    Shown("paused", Kind::Flag, "/xPaused", true),
    Shown("archivedAt", Kind::Time, "/xArchivedAt", true),
    Shown("scanLimit", Kind::Integer, "/xScanLimit", true),
    Shown("fallbackDestination", Kind::Text, "/fallbackDestination", true),
    Shown("expiredDestination", Kind::Text, "/expiredDestination", true),
    Shown("redirectStatus", Kind::Integer, "/xRedirectStatus", true),
    Shown("queryMode", Kind::Text, "/xQueryMode", false),
    Shown("pathMode", Kind::Text, "/xPathMode", false),
    Shown("workflowVersion", Kind::Integer, "/xWorkflowVersion", false),
    Shown("qrcodeDesignId", Kind::Text, "/qrcodeDesignId", false),
    Shown("leadEmails", Kind::Text, "/xLeadEmails", false),
    Shown("metadata", Kind::Text, "/metadata", true),
    Shown("createdAt", Kind::Time, "/createdAt", true),
    Shown("updatedAt", Kind::Time, "/updatedAt", true),
];

/// All columns.
pub fn columns() -> Vec<Column> {
    source::columns(COLUMNS)
}

/// A way through a list of links.
pub struct Links {
    workspace: WorkspaceId,
    page: ListQuery,
    folders: Tree,
    done: u64,
    total: u64,
}

impl Links {
    /// Reads which are wanted.
    pub async fn open(app: &App, workspace: WorkspaceId, filter: ListFilter) -> ApiResult<Self> {
        let checks = Checks::read(app, workspace).await?;
        let page = filter.read(app, workspace, &checks).await.map_err(|error| {
            // The filter stands at another place than in a change of many links.
            error.above("/filter").below("/links")
        })?;
        let page = ListQuery { limit: PAGE, ..page };
        let mut db = app.catalog.read().await?;
        let total = list::count(&mut db, workspace, &page).await?.max(0) as u64;
        let folders = Tree::of(&directories::all(&mut db, workspace).await?);
        Ok(Self { workspace, page, folders, done: 0, total })
    }

    /// Links done, and in all.
    pub const fn progress(&self) -> (u64, u64) {
        (self.done, self.total)
    }

    /// The next links.
    pub async fn next(&mut self, app: &App, chosen: &[usize]) -> ApiResult<Option<Vec<Row>>> {
        let found = list::list(&mut *app.catalog.read().await?, self.workspace, &self.page).await?;
        let Some((last, key)) = found.last() else { return Ok(None) };
        self.page.after = Some((key.clone(), last.id));
        self.done += found.len() as u64;
        let mut rows = Vec::with_capacity(found.len());
        for (link, _) in found {
            let folder = link.directory.map(|id| self.folders.path(id));
            let link = wire_link(app, link, &links::Shown::tags());
            let mut link = serde_json::to_value(link).map_err(ApiError::internal)?;
            let names: Vec<Value> =
                link["tags"].as_array().into_iter().flatten().map(|tag| tag["name"].clone()).collect();
            link["tags"] = json!(names);
            link["folder"] = json!(folder);
            // Of the base host it is empty, as where tables come in: that host may be another one there.
            let entrypoint = link["customDomainId"].as_str().and(link["entrypoint"].as_str());
            let domain = entrypoint.and_then(|url| Some(authority(&Url::parse(url).ok()?)));
            link["domain"] = json!(domain);
            rows.push(source::row(&link, COLUMNS, chosen));
        }
        Ok(Some(rows))
    }
}
