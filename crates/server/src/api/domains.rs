//! Custom domains (dossier 1.11): hosts of workspaces under which links answer, once their owner has proved them in the
//! domain name system and they lead here.

pub mod records;

use super::auth::{Can, DomainsRead, DomainsWrite};
use super::body::{Body, Path, Query, one_of};
use super::cursor::Page;
use super::links::checks::Checks;
use super::revision::{IfMatch, Revised};
use super::wire::{Empty, time};
use crate::app::App;
use crate::base_url;
use crate::catalog::domains::{self, Domain};
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use model::DomainId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A domain.
#[derive(Serialize, ToSchema, Clone)]
#[serde(rename_all = "camelCase")]
pub struct CustomDomain {
    id: String,
    workspace_id: String,
    name: String,
    /// Where its root leads; not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_destination: Option<String>,
    /// `STATUS_INACTIVE` before the first check, `_VERIFICATION_PENDING` without the proof, `_DOMAIN_PENDING` while it
    /// leads elsewhere, `_ACTIVE`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_checked_at: Option<String>,
    /// What the last check found wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<Domain> for CustomDomain {
    fn from(domain: Domain) -> Self {
        let status = match (domain.is_active(), domain.last_checked_at, domain.owned) {
            (true, ..) => "STATUS_ACTIVE",
            (_, None, _) => "STATUS_INACTIVE",
            (_, _, true) => "STATUS_DOMAIN_PENDING",
            (_, _, false) => "STATUS_VERIFICATION_PENDING",
        };
        Self {
            id: domain.id.to_string(),
            workspace_id: domain.workspace.to_string(),
            name: domain.name,
            root_destination: domain.root_destination,
            status,
            activated_at: domain.activated_at.map(time),
            last_checked_at: domain.last_checked_at.map(time),
            last_error: domain.last_error,
            created_at: time(domain.created_at),
            updated_at: time(domain.updated_at),
        }
    }
}

/// What a list can be asked for; ours have the first four.
const STATUSES: [&str; 7] = [
    "STATUS_INACTIVE",
    "STATUS_VERIFICATION_PENDING",
    "STATUS_DOMAIN_PENDING",
    "STATUS_ACTIVE",
    "STATUS_CERTIFICATE_PENDING",
    "STATUS_RENEWAL_PENDING",
    "STATUS_EXPIRED",
];

/// A domain in its wrapper.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomDomainResponse {
    custom_domain: CustomDomain,
}

/// A page of domains.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListCustomDomainsResponse {
    custom_domains: Vec<CustomDomain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    total_count: usize,
}

/// A domain to be added.
#[derive(Deserialize, ToSchema)]
pub struct CreateCustomDomainRequest {
    /// Such as `go.example.com`, without a port.
    name: String,
}

/// What of a domain can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateCustomDomainRequest {
    /// Where its root leads; an empty text clears it.
    root_destination: Option<String>,
}

/// 404.
pub fn not_found(id: DomainId) -> ApiError {
    ApiError::not_found("DOMAIN_NOT_FOUND", format!("domain {id}"))
}

fn domain_id(text: &str) -> ApiResult<DomainId> {
    text.parse().map_err(|_| ApiError::field("id", format!("\"{text}\" is not a UUID")))
}

async fn domain_of(app: &App, caller: &super::auth::Caller, id: &str) -> ApiResult<Domain> {
    let id = domain_id(id)?;
    let found = domains::get(&mut *app.catalog.read().await?, caller.workspace, id).await?;
    found.ok_or_else(|| not_found(id))
}

fn answer(domain: Domain) -> Revised<CustomDomainResponse> {
    Revised(domain.updated_at, CustomDomainResponse { custom_domain: domain.into() })
}

/// The name of a host that can be looked up, in lower case and ASCII.
fn checked_name(app: &App, text: &str) -> ApiResult<String> {
    let wrong = |why: &str| ApiError::field("/name", why);
    let text = text.trim().trim_end_matches('.');
    let plain = "give the domain's name alone, such as go.example.com, without scheme, port and path";
    let name = match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) if !text.contains(['/', ':', '@', '*', '_']) => name,
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => {
            return Err(wrong(
                "this is an address; codes under it are the base URL's, see /v1/x/installation",
            ));
        }
        _ => return Err(wrong(plain)),
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() > 253 || !name.contains('.') || !name.split('.').all(label) {
        return Err(wrong(plain));
    }
    if name == app.hosts().base_host() {
        return Err(wrong(
            "this is the host of the installation itself; links without a domain answer under it",
        ));
    }
    Ok(name)
}

/// Domains of the workspace, oldest first.
#[utoipa::path(get, path = "/v1/custom-domains", tag = "Domains", operation_id = "list_custom_domains",
    params(("status" = Option<String>, Query, description = "STATUS_ACTIVE, …"), ("pageSize" = Option<u32>, Query),
        ("pageToken" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = ListCustomDomainsResponse), (status = 400, body = ErrorResponse)))]
pub async fn list_custom_domains(
    State(app): State<App>,
    caller: Can<DomainsRead>,
    query: Query,
) -> ApiResult<Json<ListCustomDomainsResponse>> {
    let status = match query.get("status") {
        None | Some("STATUS_UNSPECIFIED") => None,
        Some(word) => Some(one_of("status", word, &STATUSES.map(|status| (status, status)))?),
    };
    let page = Page::read(&app.cursors, &query, format!("domains {status:?}"))?;
    let all = domains::all(&mut *app.catalog.read().await?, caller.workspace).await?;
    let wire = all.into_iter().map(|domain| ((domain.created_at, domain.id.0), CustomDomain::from(domain)));
    let all: Vec<_> =
        wire.filter(|(_, domain)| status.is_none_or(|status| domain.status == status)).collect();
    let total_count = all.len();
    let (rows, next_page_token) = page.cut(&app.cursors, all, |(place, _)| *place);
    let custom_domains = rows.into_iter().map(|(_, domain)| domain).collect();
    Ok(Json(ListCustomDomainsResponse { custom_domains, next_page_token, total_count }))
}

/// Adds a domain. Links answer under it once a check has found its records.
#[utoipa::path(post, path = "/v1/custom-domains", tag = "Domains", operation_id = "create_custom_domain",
    request_body = CreateCustomDomainRequest,
    responses((status = 200, body = CustomDomainResponse), (status = 400, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn create_custom_domain(
    State(app): State<App>,
    caller: Can<DomainsWrite>,
    Body(body): Body<CreateCustomDomainRequest>,
) -> ApiResult<Revised<CustomDomainResponse>> {
    let name = checked_name(&app, &body.name)?;
    let proof = format!("quietzone-domain={}", crate::secret::random_text());
    let (workspace, now) = (caller.workspace, app.clock.now());
    let made = app
        .catalog
        .write(async move |db| {
            if domains::all(db, workspace).await?.iter().any(|domain| domain.name == name) {
                let message = format!("{name} is one of this workspace's domains already");
                return Ok(Err(ApiError::conflict("DOMAIN_EXISTS", message).about("/name")));
            }
            domains::create(db, workspace, &name, &proof, now).await.map(Ok)
        })
        .await?;
    Ok(answer(made?))
}

/// One domain.
#[utoipa::path(get, path = "/v1/custom-domains/{id}", tag = "Domains", operation_id = "get_custom_domain",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CustomDomainResponse, headers(("ETag" = String))), (status = 404, body = ErrorResponse)))]
pub async fn get_custom_domain(
    State(app): State<App>,
    caller: Can<DomainsRead>,
    Path(id): Path<String>,
) -> ApiResult<Revised<CustomDomainResponse>> {
    domain_of(&app, &caller, &id).await.map(answer)
}

/// Changes where a domain's root leads; at work from the next request on.
#[utoipa::path(patch, path = "/v1/custom-domains/{id}", tag = "Domains", operation_id = "update_custom_domain",
    params(("id" = uuid::Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag of what is changed")),
    request_body = UpdateCustomDomainRequest,
    responses((status = 200, body = CustomDomainResponse, headers(("ETag" = String))), (status = 400, body = ErrorResponse),
        (status = 404, body = ErrorResponse), (status = 412, body = ErrorResponse)))]
pub async fn update_custom_domain(
    State(app): State<App>,
    caller: Can<DomainsWrite>,
    Path(id): Path<String>,
    expected: IfMatch,
    Body(body): Body<UpdateCustomDomainRequest>,
) -> ApiResult<Revised<CustomDomainResponse>> {
    let domain = domain_of(&app, &caller, &id).await?;
    let Some(root) = body.root_destination else {
        expected.check(domain.updated_at)?;
        return Ok(answer(domain));
    };
    let checks = Checks::read(&app, caller.workspace).await?;
    let root = checks.optional("/rootDestination", Some(root))?;
    let (workspace, id, now) = (caller.workspace, domain.id, app.clock.now());
    let outcome = app
        .catalog
        .write(async move |db| {
            let Some(domain) = domains::get(db, workspace, id).await? else { return Ok(Err(not_found(id))) };
            if let Err(error) = expected.check(domain.updated_at) {
                return Ok(Err(error));
            }
            Ok(Ok(domains::set_root(db, workspace, id, root.as_deref(), now).await?))
        })
        .await?;
    let domain = outcome?.ok_or_else(|| not_found(id))?;
    base_url::refresh_domains(&app).await.map_err(ApiError::internal)?;
    Ok(answer(domain))
}

/// Lets a domain go, unless links answer under it.
#[utoipa::path(delete, path = "/v1/custom-domains/{id}", tag = "Domains", operation_id = "delete_custom_domain",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Empty), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn delete_custom_domain(
    State(app): State<App>,
    caller: Can<DomainsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Json<Empty>> {
    let (workspace, id, now) = (caller.workspace, domain_id(&id)?, app.clock.now());
    let outcome = app
        .catalog
        .write(async move |db| {
            let links = domains::links(db, workspace, id).await?;
            if links > 0 {
                let message = format!(
                    "{links} links answer under this domain, and printed codes hold it; delete them first"
                );
                return Ok(Err(ApiError::conflict("DOMAIN_IN_USE", message)));
            }
            match domains::delete(db, workspace, id, now).await? {
                true => Ok(Ok(())),
                false => Ok(Err(not_found(id))),
            }
        })
        .await?;
    outcome?;
    base_url::refresh_domains(&app).await.map_err(ApiError::internal)?;
    Ok(Json(Empty {}))
}
