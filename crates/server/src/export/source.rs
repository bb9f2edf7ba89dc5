//! What can be taken away.

use super::cell::Row;
use super::columns::Column;
use super::{ExportRequest, audit, links, report, scans, traces, visitors};
use crate::api::auth::Caller;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// Answered requests.
    Scans,
    /// What they did in their workflows.
    Traces,
    /// People who gave data.
    Visitors,
    /// Links.
    Links,
    /// The answer of an analytics query.
    Report,
    /// Who did what.
    Audit,
    /// Everything, and redirects that need no Quietzone; made in the background alone.
    Bundle,
}

impl Object {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Scans, Self::Traces, Self::Visitors, Self::Links, Self::Report, Self::Audit, Self::Bundle];

    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scans => "scans",
            Self::Traces => "traces",
            Self::Visitors => "visitors",
            Self::Links => "links",
            Self::Report => "report",
            Self::Audit => "audit",
            Self::Bundle => "bundle",
        }
    }

    /// By its word.
    pub fn asked(word: &str) -> ApiResult<Self> {
        Self::ALL.into_iter().find(|object| object.as_str() == word).ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|object| object.as_str()).collect();
            let message = format!("\"{word}\" cannot be exported; there are {}", all.join(", "));
            ApiError::field("/object", message)
        })
    }

    /// Refuses who may not read it, or not take it away.
    pub fn require(self, caller: &Caller) -> ApiResult<()> {
        caller.may_export()?;
        match self {
            Self::Scans | Self::Traces | Self::Report => caller.require("analytics:read"),
            Self::Visitors => caller.require("visitors:read"),
            Self::Links => caller.require("links:read"),
            Self::Audit => caller.require("members:read"),
            Self::Bundle => caller.require("workspace:write"),
        }
    }
}

/// Where the rows come from.
pub enum Source {
    /// See [`Object::Scans`].
    Scans(Box<scans::Scans>),
    /// See [`Object::Traces`].
    Traces(Box<traces::Traces>),
    /// See [`Object::Visitors`].
    Visitors(visitors::Visitors),
    /// See [`Object::Links`].
    Links(Box<links::Links>),
    /// See [`Object::Report`].
    Report(report::Report),
    /// See [`Object::Audit`].
    Audit(audit::Audit),
}

impl Source {
    /// Reads what is asked for, and looks at what there is of it.
    pub async fn open(app: &App, workspace: WorkspaceId, request: ExportRequest) -> ApiResult<Self> {
        let object = Object::asked(&request.object)?;
        let other = [
            (
                "/query",
                request.query.is_some()
                    && matches!(object, Object::Visitors | Object::Links | Object::Audit | Object::Bundle),
            ),
            ("/links", request.links.is_some() && object != Object::Links),
            ("/visitors", request.visitors.is_some() && object != Object::Visitors),
            ("/audit", request.audit.is_some() && object != Object::Audit),
        ];
        if let Some((field, _)) = other.into_iter().find(|(_, is_there)| *is_there) {
            return Err(ApiError::field(field, format!("chooses nothing of {}", object.as_str())));
        }
        let query = request.query.unwrap_or_default();
        Ok(match object {
            Object::Scans => Self::Scans(Box::new(scans::Scans::open(app, workspace, query).await?)),
            Object::Traces => Self::Traces(Box::new(traces::Traces::open(app, workspace, query).await?)),
            Object::Visitors => Self::Visitors(
                visitors::Visitors::open(app, workspace, request.visitors.unwrap_or_default()).await?,
            ),
            Object::Links => Self::Links(Box::new(
                links::Links::open(app, workspace, request.links.unwrap_or_default()).await?,
            )),
            Object::Report => Self::Report(report::Report::open(app, workspace, query).await?),
            Object::Audit => {
                Self::Audit(audit::Audit::open(app, workspace, request.audit.unwrap_or_default()).await?)
            }
            Object::Bundle => {
                return Err(ApiError::field(
                    "/object",
                    "a bundle has many files: make it with POST /v1/x/exports",
                ));
            }
        })
    }

    /// All columns there are.
    pub fn columns(&self) -> Vec<Column> {
        match self {
            Self::Scans(_) => columns_of(Object::Scans, &[]),
            Self::Traces(_) => columns_of(Object::Traces, &[]),
            Self::Visitors(visitors) => columns_of(Object::Visitors, visitors.keys()),
            Self::Links(_) => columns_of(Object::Links, &[]),
            Self::Report(report) => report.columns(),
            Self::Audit(_) => columns_of(Object::Audit, &[]),
        }
    }

    /// How far it is, and of how much.
    pub fn progress(&self) -> (u64, u64) {
        match self {
            Self::Scans(scans) => scans.progress(),
            Self::Traces(traces) => traces.progress(),
            Self::Visitors(visitors) => visitors.progress(),
            Self::Links(links) => links.progress(),
            Self::Report(report) => report.progress(),
            Self::Audit(audit) => audit.progress(),
        }
    }

    /// The next rows with the chosen columns; nothing at the end.
    pub async fn next(&mut self, app: &App, chosen: &[usize]) -> ApiResult<Option<Vec<Row>>> {
        match self {
            Self::Scans(scans) => scans.next(app, chosen).await,
            Self::Traces(traces) => traces.next(app, chosen).await,
            Self::Visitors(visitors) => visitors.next(app, chosen).await,
            Self::Links(links) => links.next(app, chosen).await,
            Self::Report(report) => Ok(report.next(chosen)),
            Self::Audit(audit) => audit.next(app, chosen).await,
        }
    }
}

/// The columns of an object; `keys` are those of the visitors' attributes.
pub fn columns_of(object: Object, keys: &[String]) -> Vec<Column> {
    match object {
        Object::Scans => scans::columns(),
        Object::Traces => traces::columns(),
        Object::Visitors => visitors::columns(keys),
        Object::Links => links::columns(),
        Object::Report => report::columns(),
        Object::Audit => audit::columns(),
        Object::Bundle => Vec::new(),
    }
}

/// A column of what the API shows, by its place there.
pub struct Shown(
    /// Name.
    pub &'static str,
    /// What its values are.
    pub super::cell::Kind,
    /// JSON pointer.
    pub &'static str,
    /// Whether it is there when nobody chooses.
    pub bool,
);

/// Such columns.
pub fn columns(shown: &[Shown]) -> Vec<Column> {
    let column =
        |Shown(name, kind, _, usual): &Shown| Column { name: (*name).into(), kind: *kind, usual: *usual };
    shown.iter().map(column).collect()
}

/// The chosen cells of one thing that the API shows.
pub fn row(value: &serde_json::Value, shown: &[Shown], chosen: &[usize]) -> Row {
    let cell = |&place: &usize| {
        let Shown(_, kind, pointer, _) = shown[place];
        super::cell::Cell::of_wire(value.pointer(pointer), kind)
    };
    chosen.iter().map(cell).collect()
}
