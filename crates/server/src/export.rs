//! Exports: rows of data as a file. What can be taken away is a [`source::Source`] of rows of typed [`cell`]s; [`write`]
//! turns them into bytes of a format; [`Making`] ties them together, some thousand rows at a time, so that memory does
//! not grow with the data. [`work`] makes those that were asked for as jobs.

mod audit;
pub mod cell;
pub mod columns;
mod links;
mod report;
mod scans;
pub mod source;
mod traces;
mod visitors;
mod walking;
pub mod work;
pub mod write;

use crate::api::audit::AuditFilter;
use crate::api::body;
use crate::api::links::list::ListFilter;
use crate::api::query::QueryRequest;
use crate::api::visitors::list::ListVisitorsRequest;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;
use serde::Deserialize;
use serde_json::Value;
use source::Source;
use utoipa::ToSchema;
use write::{Format, Writer};

/// What is to be taken away, and how it is written.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportRequest {
    /// `scans`, `traces` (what scans did in their workflows), `visitors`, `links`, `report` (the answer of an analytics
    /// query), `audit` (who did what) or `bundle` (a ZIP archive of everything, with redirects for other servers).
    pub object: String,
    /// `csv` (default), `ndjson` (one JSON object a line) or `parquet`; a bundle has none.
    pub format: Option<String>,
    /// Columns, in this order; `GET /v1/x/exports/columns` lists them. The usual ones when absent.
    pub columns: Option<Vec<String>>,
    /// Of CSV: begin with a byte order mark, so that Excel reads UTF-8.
    pub bom: Option<bool>,
    /// Which scans: range and filters as everywhere; of a report the whole question.
    pub query: Option<QueryRequest>,
    /// Which links, as in a list of links.
    pub links: Option<ListFilter>,
    /// Which visitors, as in a list of visitors; pages are not looked at.
    pub visitors: Option<ListVisitorsRequest>,
    /// Which entries of the log.
    pub audit: Option<AuditFilter>,
}

/// Reads a request as it is kept.
pub fn read(body: &Value) -> ApiResult<ExportRequest> {
    if let Some(query) = body.get("query").filter(|query| !query.is_null()) {
        body::read_question::<QueryRequest>(query.clone()).map_err(|error| error.below("/query"))?;
    }
    body::read(body.clone())
}

/// An export that is being made.
pub struct Making {
    app: App,
    source: Source,
    chosen: Vec<usize>,
    /// Nothing while it writes on another thread.
    writer: Option<Writer>,
    /// Rows written.
    pub rows: u64,
}

impl Making {
    /// Reads what is asked for, and looks at what there is of it.
    pub async fn begin(app: &App, workspace: WorkspaceId, request: ExportRequest) -> ApiResult<Self> {
        let format = Format::asked(request.format.as_deref())?;
        let (wanted, bom) = (request.columns.clone(), request.bom.unwrap_or(false));
        if bom && format != Format::Csv {
            return Err(ApiError::field("/bom", "only CSV begins with a byte order mark"));
        }
        let source = Source::open(app, workspace, request).await?;
        let columns = source.columns();
        let chosen = columns::choose(&columns, wanted.as_deref())?;
        let written = chosen.iter().map(|&place| columns[place].clone()).collect();
        let writer = Writer::new(format, written, bom).map_err(ApiError::internal)?;
        Ok(Self { app: app.clone(), source, chosen, writer: Some(writer), rows: 0 })
    }

    /// Rows there will be; of traces: scans whose they are.
    pub fn of(&self) -> u64 {
        self.source.progress().1
    }

    /// How far it is, in thousandths.
    pub fn progress(&self) -> u64 {
        let (done, of) = self.source.progress();
        done.saturating_mul(1000).checked_div(of).unwrap_or(0).min(1000)
    }

    /// The next bytes of the file; nothing at its end.
    pub async fn next(&mut self) -> ApiResult<Option<Vec<u8>>> {
        let Some(mut writer) = self.writer.take() else { return Ok(None) };
        match self.source.next(&self.app, &self.chosen).await? {
            Some(rows) => {
                self.rows += rows.len() as u64;
                let (bytes, writer) = off_the_api(move || {
                    writer.write(&rows)?;
                    Ok((writer.take(), writer))
                })
                .await?;
                self.writer = Some(writer);
                Ok(Some(bytes))
            }
            None => off_the_api(move || writer.finish()).await.map(Some),
        }
    }
}

/// Does what takes long on another thread than the API's.
pub async fn off_the_api<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> ApiResult<T> {
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?.map_err(ApiError::internal)
}
