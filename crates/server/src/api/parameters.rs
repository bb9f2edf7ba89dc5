//! Parameters of a query that are not there. Clients of the contract may send some that are not built, so most are passed
//! over (`docs/API.md`). Refused is what can only be a mistake, and would make the answer one to another question: names that
//! begin with `x`, which are ours alone; another spelling of a parameter that there is; and fields of the body.

use super::body::{collect_fields, unknown_parameter};
use crate::error::{ApiError, ApiResult};
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// May stand in the query of a question as well as in its body (DESIGN §9).
const VERDICT: &str = "verdict";

/// What each operation takes, by its path and method, as it is described.
pub struct Parameters(HashMap<String, HashMap<Method, Taken>>);

/// What an operation takes.
struct Taken {
    /// Parameters of its query.
    query: Vec<String>,
    /// Fields of its body.
    body: Vec<String>,
}

impl Parameters {
    /// Those of the API's description.
    pub fn of(document: &OpenApi) -> Self {
        let schemas = document.components.as_ref().map(|components| &components.schemas);
        let named = |name: &str| schemas.and_then(|schemas| schemas.get(name));
        let paths = document.paths.paths.iter().filter(|(path, _)| path.starts_with("/v1/"));
        let taken = paths.map(|(path, item)| {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let operations = operations.into_iter().filter_map(|(method, operation)| {
                operation.as_ref().map(|operation| (method, Taken::by(operation, &named)))
            });
            (path.clone(), operations.collect())
        });
        Self(taken.collect())
    }

    /// What a request's operation takes.
    fn taken(&self, request: &Request) -> Option<&Taken> {
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        self.0.get(request.extensions().get::<MatchedPath>()?.as_str())?.get(method)
    }
}

impl Taken {
    fn by<'s>(operation: &'s Operation, named: &impl Fn(&str) -> Option<&'s RefOr<Schema>>) -> Self {
        let query = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
                Some(parameter.name.clone())
            }
            _ => None,
        });
        let mut body = Vec::new();
        if let Some(RefOr::T(request)) = &operation.request_body {
            for content in request.content.values() {
                if let RefOr::T(content) = content
                    && let Some(schema) = &content.schema
                {
                    collect_fields(schema, named, &mut body);
                }
            }
        }
        Self { query: query.collect(), body }
    }

    /// Refuses a name that can only be a mistake.
    fn look_at(&self, name: &str) -> ApiResult<()> {
        let is_there = |known: &[String], name: &str| known.iter().any(|known| known == name);
        if is_there(&self.query, name) || name == VERDICT && is_there(&self.body, VERDICT) {
            return Ok(());
        }
        let asked = folded(name);
        // Of two that are alike but for our letter, the one that has it as this does.
        let alike = |known: &[String]| {
            let all = known.iter().filter(|known| folded(known) == asked);
            all.max_by_key(|known| known.starts_with('x') == name.starts_with('x')).cloned()
        };
        let is_misspelt = alike(&self.query).is_some();
        match alike(&self.body) {
            Some(field) if !is_misspelt => {
                let message = format!("is not a parameter here; send it in the body, as \"{field}\"");
                Err(ApiError::field(name, message))
            }
            _ if is_misspelt || name.starts_with('x') => {
                let known: Vec<&str> = self.query.iter().map(String::as_str).collect();
                Err(unknown_parameter(name, &known))
            }
            _ => Ok(()),
        }
    }
}

/// A name without what is easily got wrong in it: `link_id` and `linkId`, `verdicts` and `verdict`, `filter` and `xFilter`.
fn folded(name: &str) -> String {
    let letters: String = name.chars().filter(|sign| sign.is_alphanumeric()).collect();
    let letters = letters.to_lowercase();
    let letters = letters.strip_prefix('x').unwrap_or(&letters);
    letters.strip_suffix('s').unwrap_or(letters).to_owned()
}

/// Refuses a request with a parameter that can only be a mistake.
pub async fn refuse_mistaken(
    State(parameters): State<Arc<Parameters>>,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    if let Some(query) = request.uri().query()
        && let Some(taken) = parameters.taken(&request)
    {
        url::form_urlencoded::parse(query.as_bytes()).try_for_each(|(name, _)| taken.look_at(&name))?;
    }
    Ok(next.run(request).await)
}
