//! The scans of one visitor, by either of the ids that a visitor can have.

use crate::app::App;
use crate::catalog::visitors;
use crate::error::ApiResult;
use model::report::{Population, Whose};
use model::time::UtcDay;
use model::visitor::{self, Namespace};
use uuid::Uuid;

/// Day and number of a visitor whom nobody knows, if the id is computed of them. Number 0 is nobody's.
pub fn of_a_day(id: Uuid) -> Option<(UtcDay, u64)> {
    visitor::read_id(Namespace::Visitor, id).filter(|(_, number)| *number != 0)
}

/// How the scans of a visitor are found: for a computed id those of its day, to which `population` is narrowed, for somebody
/// who gave data those that are known to be theirs. Any other id has none.
pub async fn scans(app: &App, population: &mut Population, id: Uuid) -> ApiResult<Whose> {
    if let Some((day, number)) = of_a_day(id) {
        population.from = population.from.max(day.start());
        population.to = population.to.min(day.end());
        return Ok(Whose::Number(number));
    }
    let mut db = app.catalog.read().await?;
    let Some(known) = visitors::get(&mut db, population.workspace, id).await? else {
        return Ok(Whose::Scans(Vec::new()));
    };
    Ok(Whose::Scans(visitors::scans(&mut db, population.workspace, known.id, i64::MAX).await?))
}
