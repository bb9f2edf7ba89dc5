//! Visitors with a row, newest first, each attribute in a column of its own.

use super::cell::{Cell, Kind, Row};
use super::columns::Column;
use super::source::{self, Shown};
use crate::api::visitors::list::{self, ListVisitorsRequest};
use crate::api::visitors::wire::wire_visitor;
use crate::app::App;
use crate::catalog::visitors::list as rows;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;
use uuid::Uuid;

/// Visitors read at a time.
const PAGE: usize = 200;

const COLUMNS: &[Shown] = &[
    Shown("id", Kind::Text, "/id", true),
    Shown("email", Kind::Text, "/email", true),
    Shown("phone", Kind::Text, "/phone", true),
    Shown("firstName", Kind::Text, "/firstName", true),
    Shown("lastName", Kind::Text, "/lastName", true),
    Shown("visitCount", Kind::Integer, "/visitCount", true),
    Shown("qrcodeCount", Kind::Integer, "/qrcodeCount", true),
    Shown("firstScanAt", Kind::Time, "/xFirstScanAt", true),
    Shown("lastScanAt", Kind::Time, "/xLastScanAt", true),
    Shown("createdAt", Kind::Time, "/createdAt", true),
    Shown("updatedAt", Kind::Time, "/updatedAt", true),
];

/// All columns: those of every visitor, then one a key of attributes.
pub fn columns(keys: &[String]) -> Vec<Column> {
    let attribute =
        |key: &String| Column { name: format!("attributes.{key}").into(), kind: Kind::Text, usual: true };
    source::columns(COLUMNS).into_iter().chain(keys.iter().map(attribute)).collect()
}

/// A way through a list of visitors.
pub struct Visitors {
    workspace: WorkspaceId,
    ids: std::vec::IntoIter<Uuid>,
    /// Keys of attributes there are.
    keys: Vec<String>,
    total: u64,
}

impl Visitors {
    /// Reads which are wanted.
    pub async fn open(app: &App, workspace: WorkspaceId, request: ListVisitorsRequest) -> ApiResult<Self> {
        let ids =
            list::all(app, workspace, request).await.map_err(|error| error.above("/").below("/visitors/"))?;
        let keys = rows::keys(&mut *app.catalog.read().await?, workspace, None).await?;
        let keys = keys.into_iter().map(|(key, _)| key).collect();
        Ok(Self { workspace, total: ids.len() as u64, ids: ids.into_iter(), keys })
    }

    /// Visitors done, and in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.total - self.ids.as_slice().len() as u64, self.total)
    }

    /// Keys of attributes, each a column.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The next visitors.
    pub async fn next(&mut self, app: &App, chosen: &[usize]) -> ApiResult<Option<Vec<Row>>> {
        let page: Vec<Uuid> = self.ids.by_ref().take(PAGE).collect();
        if page.is_empty() {
            return Ok(None);
        }
        let found = rows::of_ids(&mut *app.catalog.read().await?, self.workspace, &page).await?;
        let mut made = Vec::with_capacity(found.len());
        for visitor in &found {
            let shown =
                serde_json::to_value(wire_visitor(self.workspace, visitor)).map_err(ApiError::internal)?;
            let cell = |&place: &usize| match COLUMNS.get(place) {
                Some(Shown(_, kind, pointer, _)) => Cell::of_wire(shown.pointer(pointer), *kind),
                None => {
                    let key = &self.keys[place - COLUMNS.len()];
                    let attribute = visitor.attributes.iter().find(|attribute| attribute.key == *key);
                    attribute.map_or(Cell::Nothing, |attribute| Cell::text(attribute.value.as_str()))
                }
            };
            made.push(chosen.iter().map(cell).collect());
        }
        Ok(Some(made))
    }
}
