//! Errors of the API: `{code, codeType, message, details[]}` (DESIGN §6), and the one table of statuses.

mod syntax;

use crate::catalog::{self, Hindrance};
use axum::Json;
use axum::extract::rejection::{BytesRejection, JsonRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::ErrorKind;
use utoipa::ToSchema;

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// An error as the client sees it. What caused it goes to the log, never to the client.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    code_type: &'static str,
    message: String,
    fields: Vec<Detail>,
    retry_after: Option<u64>,
}

/// One field at fault.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Detail {
    /// JSON pointer (RFC 6901) to the field in the request's body, or the name of a query parameter.
    pub field: String,
    /// What is wrong with it and how to mend it.
    pub message: String,
    /// What a program may go on with, such as the id of what is there already.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<&'static str, String>,
}

/// A sentence that quotes a value of thousands of characters keeps its begin and its end.
fn shortened(sentence: String) -> String {
    const WHOLE: usize = 1000;
    const SIDE: usize = 160;
    let characters: Vec<char> = sentence.chars().collect();
    if characters.len() <= WHOLE {
        return sentence;
    }
    let (begin, end) = (&characters[..SIDE], &characters[characters.len() - SIDE..]);
    begin.iter().chain(&['…']).chain(end).collect()
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    /// HTTP status.
    pub code: u16,
    /// Word for programs, from the closed list in `docs/API.md`.
    pub code_type: String,
    /// Sentence for people.
    pub message: String,
    /// Fields at fault.
    pub details: Vec<Detail>,
}

impl ApiError {
    /// An error with a status, a word and a sentence.
    pub fn new(status: StatusCode, code_type: &'static str, message: impl Display) -> Self {
        let message = shortened(message.to_string());
        Self { status, code_type, message, fields: Vec::new(), retry_after: None }
    }

    /// 400: a field of the body, by JSON pointer, or a query parameter, by name.
    pub fn field(field: impl Display, message: impl Display) -> Self {
        let (field, message) = (field.to_string(), shortened(message.to_string()));
        Self {
            fields: vec![Detail { field, message: message.clone(), metadata: BTreeMap::new() }],
            ..Self::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", message)
        }
    }

    /// 400 without a field.
    pub fn bad_request(message: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    /// 404, also for what belongs to another workspace.
    pub fn not_found(code_type: &'static str, what: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, code_type, format!("{what} does not exist"))
    }

    /// 409.
    pub fn conflict(code_type: &'static str, message: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, code_type, message)
    }

    /// 400 with several fields at fault.
    pub fn fields(message: impl Display, fields: impl IntoIterator<Item = (String, String)>) -> Self {
        let detail = |(field, message): (String, String)| Detail {
            field,
            message: shortened(message),
            metadata: BTreeMap::new(),
        };
        Self {
            fields: fields.into_iter().map(detail).collect(),
            ..Self::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", message)
        }
    }

    /// 400: two fields of which one can be sent at a time.
    pub fn not_both(one: &str, other: &str) -> Self {
        let [name, twin] = [one, other].map(|field| field.trim_start_matches('/'));
        let detail =
            |field: &str, twin: &str| (field.to_owned(), format!("cannot be sent together with {twin}"));
        let details = [detail(one, twin), detail(other, name)];
        Self::fields(format!("{name} and {twin} cannot be sent together; leave one out"), details)
    }

    /// 404 of a link.
    pub fn link_not_found(id: impl Display) -> Self {
        Self::not_found("LINK_NOT_FOUND", format!("link {id}"))
    }

    /// 401.
    pub fn unauthorized(message: impl Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }

    /// 403: a scope or role is missing.
    pub fn forbidden(message: impl Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// 501: part of the contract that is not built yet.
    pub fn not_built(message: impl Display) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message)
    }

    /// 412: it is not in the state that the change needs.
    pub fn precondition(code_type: &'static str, message: impl Display) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, code_type, message)
    }

    /// 429.
    pub fn too_many(code_type: &'static str, message: impl Display, retry_after_s: u64) -> Self {
        Self {
            retry_after: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, code_type, message)
        }
    }

    /// 503: it will work again by itself.
    pub fn unavailable(code_type: &'static str, message: impl Display, retry_after_s: u64) -> Self {
        Self {
            retry_after: Some(retry_after_s),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code_type, message)
        }
    }

    /// 500: logged with its cause, answered without.
    pub fn internal(cause: impl Display) -> Self {
        tracing::error!(error = %cause, "A request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "something went wrong here; it has been logged",
        )
    }

    /// A file that could not be written: 503 where the disk is full, else 500.
    pub fn disk(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                tracing::warn!(%error, "The disk is full");
                hindered(Hindrance::Full)
            }
            _ => Self::internal(error),
        }
    }

    /// The same error with its fields below `prefix`: an item of a bulk request.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        for detail in &mut self.fields {
            detail.field.insert_str(0, prefix);
        }
        self
    }

    /// The same error of what stands behind `prefix` in its fields; a field that is elsewhere stays.
    #[must_use]
    pub fn above(mut self, prefix: &str) -> Self {
        for detail in &mut self.fields {
            if let Some(rest) = detail.field.strip_prefix(prefix) {
                detail.field = rest.to_owned();
            }
        }
        self
    }

    /// The same error of one thing of many: its sentence says which.
    #[must_use]
    pub fn of(mut self, what: impl Display) -> Self {
        self.message = shortened(format!("{what}: {}", self.message));
        for detail in &mut self.fields {
            detail.message = shortened(format!("{what}: {}", detail.message));
        }
        self
    }

    /// The same error about another field.
    #[must_use]
    pub fn renamed(mut self, field: &str) -> Self {
        for detail in &mut self.fields {
            field.clone_into(&mut detail.field);
        }
        self
    }

    /// The same error, after `seconds` worth another try.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The same error by another word.
    #[must_use]
    pub fn called(self, code_type: &'static str) -> Self {
        Self { code_type, ..self }
    }

    /// The same error with something for programs to go on with; its first field has it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        if let Some(detail) = self.fields.first_mut() {
            detail.metadata.insert(name, value.to_string());
        }
        self
    }

    /// The field this error is about becomes `field`, if it names none.
    #[must_use]
    pub fn about(mut self, field: &str) -> Self {
        if self.fields.is_empty() {
            let (field, message) = (field.to_owned(), self.message.clone());
            self.fields.push(Detail { field, message, metadata: BTreeMap::new() });
        }
        self
    }

    /// The first field at fault.
    pub fn detail(&self) -> Option<&Detail> {
        self.fields.first()
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The word for programs.
    pub const fn code_type(&self) -> &'static str {
        self.code_type
    }

    /// HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

impl Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorResponse {
            code: self.status.as_u16(),
            code_type: self.code_type.to_owned(),
            message: self.message,
            details: self.fields,
        };
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<catalog::Error> for ApiError {
    fn from(error: catalog::Error) -> Self {
        match error {
            catalog::Error::Taken(columns) => taken(&columns),
            catalog::Error::Stopping => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "STOPPING",
                "the server is stopping; try again in a moment",
            ),
            error => match error.hindrance() {
                None => Self::internal(error),
                Some(hindrance) => {
                    tracing::warn!(%error, "The catalog cannot be used");
                    hindered(hindrance)
                }
            },
        }
    }
}

/// The sentence of what keeps changes from being kept.
fn hindered(hindrance: Hindrance) -> ApiError {
    let (code_type, message, retry_after_s) = match hindrance {
        Hindrance::Locked => (
            "CATALOG_LOCKED",
            "the catalog is locked, so nothing can be changed at the moment; if it stays so, see which other program has \
             catalog.db open and end it",
            5,
        ),
        Hindrance::Full => (
            "DISK_FULL",
            "the disk is full, so nothing can be changed at the moment; codes lead on, and what is kept can be read. Free room \
             on the disk of the data directory and try again",
            30,
        ),
        Hindrance::Failing => (
            "DISK_FAILING",
            "the disk of the catalog answers with errors or takes nothing, so this cannot be done at the moment; codes lead on. \
             See the system's log (dmesg), and whether the disk is mounted for writing",
            30,
        ),
    };
    ApiError::unavailable(code_type, message, retry_after_s)
}

/// The sentence of a violated unique key.
fn taken(columns: &str) -> ApiError {
    let (code_type, field, message) = match columns {
        "slugs.domain_id, slugs.folded" => (
            "SHORTLINK_TAKEN",
            "/shortlink",
            "this slug leads somewhere already (upper and lower case are the same)",
        ),
        "links.id" => ("LINK_EXISTS", "/id", "a link with this id exists already"),
        "index 'directories_name'" => (
            "DIRECTORY_EXISTS",
            "/name",
            "there is a directory of this name here already (upper and lower case are the same)",
        ),
        "domains.host" => {
            ("DOMAIN_TAKEN", "/name", "this domain is active in a workspace of this installation already")
        }
        "accounts.email" => ("EMAIL_TAKEN", "/email", "there is an account with this e-mail address already"),
        "tokens.hash" => ("TOKEN_EXISTS", "/token", "this token exists already"),
        _ => ("CONFLICT", "", "this exists already"),
    };
    let error = ApiError::new(StatusCode::CONFLICT, code_type, message);
    if field.is_empty() { error } else { error.about(field) }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => Self::bad_request(explain(&error.body_text())),
            JsonRejection::JsonSyntaxError(error) => {
                Self::bad_request(syntax::told(&error.body_text())).about("")
            }
            JsonRejection::MissingJsonContentType(_) => Self::bad_request(
                "the body must be JSON, sent with the header Content-Type: application/json",
            ),
            JsonRejection::BytesRejection(error) => error.into(),
            other => Self::bad_request(other.body_text()),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if is_timeout(&rejection) {
            return Self::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", "the body did not come in time");
        }
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "the body is too large")
            }
            _ => Self::bad_request("the body could not be read"),
        }
    }
}

fn is_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| error.is::<crate::accept::BodyTimeout>())
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(format!("query: {}", explain(&rejection.body_text())))
    }
}

/// serde's sentence without the framework's preamble.
fn explain(text: &str) -> String {
    text.rsplit_once("target type: ").map_or(text, |(_, reason)| reason).to_owned()
}
