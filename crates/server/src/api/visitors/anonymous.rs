//! Visitors of a day whom nobody knows: nothing is stored under their computed ids, and their scans tell what there is.

use super::wire::{Includes, Visitor, wire_anonymous};
use crate::api::population;
use crate::app::App;
use crate::error::ApiResult;
use analytics::VISITOR_SCANS;
use model::WorkspaceId;
use model::report::{Population, ScanPage, Scope, Verdicts, Whose};
use model::time::UtcDay;
use uuid::Uuid;

/// The visitor of this computed id, if there are scans of it.
pub async fn visitor(
    app: &App,
    workspace: WorkspaceId,
    id: Uuid,
    (day, number): (UtcDay, u64),
    includes: Includes,
) -> ApiResult<Option<Visitor>> {
    let population = Population {
        workspace,
        scope: Scope::Workspace,
        verdicts: Verdicts::ALL,
        from: day.start(),
        to: day.end(),
        filters: Vec::new(),
    };
    let page =
        ScanPage { population, visitor: Some(Whose::Number(number)), before: None, limit: VISITOR_SCANS };
    let store = app.store.clone();
    let scans = population::ask(app, move || store.scans(&page)).await?;
    wire_anonymous(app, workspace, id, &scans, includes).await
}
