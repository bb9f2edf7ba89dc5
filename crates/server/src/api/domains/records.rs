//! What a domain needs in the domain name system, and what is there.

use super::{CustomDomainResponse, answer, domain_of, not_found};
use crate::api::auth::{Can, DomainsRead, DomainsWrite};
use crate::api::body::Path;
use crate::api::revision::Revised;
use crate::app::App;
use crate::base_url;
use crate::catalog::domains::{self, Domain, Found};
use crate::dns::DnsError;
use crate::error::{ApiError, ApiResult, ErrorResponse};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::net::IpAddr;
use utoipa::ToSchema;

/// What to write into the domain name system.
#[derive(Serialize, ToSchema)]
pub struct ValidationInstructionsResponse {
    validations: Vec<Validation>,
}

/// A record to be written.
#[derive(Serialize, ToSchema)]
pub struct Validation {
    name: String,
    value: String,
    /// `TYPE_TXT`, `TYPE_CNAME`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `PURPOSE_OWNERSHIP`, `PURPOSE_DOMAIN_VERIFICATION`.
    purpose: &'static str,
}

/// How to set a domain up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupGuideResponse {
    setup_guide: SetupGuide,
}

/// How to set a domain up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupGuide {
    custom_domain_id: String,
    domain: String,
    /// The part of the domain that its name servers answer for.
    zone: String,
    /// The rest; `@` for the zone itself.
    host: String,
    /// What the field for it is usually called.
    host_field_label: &'static str,
    nameservers: Vec<String>,
    /// `DNS_PROVIDER_UNKNOWN`: we do not guess.
    dns_provider: &'static str,
    records: Vec<DnsRecord>,
    /// `CUSTOM_DOMAIN_SETUP_HINT_APEX_DOMAIN`, `…_NAMESERVERS_NOT_FOUND`.
    hints: Vec<&'static str>,
}

/// A record to be written, and whether it was seen.
#[derive(Serialize, ToSchema)]
pub struct DnsRecord {
    /// `DNS_RECORD_TYPE_TXT`, `DNS_RECORD_TYPE_CNAME`; unspecified: an address.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `DNS_RECORD_PURPOSE_OWNERSHIP`, `DNS_RECORD_PURPOSE_ROUTING`.
    purpose: &'static str,
    name: String,
    /// The name inside the zone.
    host: String,
    value: String,
    required: bool,
    /// Whether it is there now.
    detected: bool,
}

/// The name at which the proof of a claim stands.
fn proof_name(domain: &Domain) -> String {
    format!("_quietzone.{}", domain.name)
}

/// What the domain name system has of a domain now.
struct Seen {
    proof: Result<bool, DnsError>,
    /// Addresses of the domain, and of this server as the base URL names it.
    addresses: Result<(Vec<IpAddr>, Vec<IpAddr>), DnsError>,
}

impl Seen {
    async fn look(app: &App, domain: &Domain) -> Self {
        let (name, hosts) = (proof_name(domain), app.hosts());
        let own = async {
            match hosts.base_host().trim_matches(['[', ']']).parse() {
                Ok(address) => Ok(vec![address]),
                Err(_) => app.dns.addresses(hosts.base_host()).await,
            }
        };
        let (texts, there, here) = tokio::join!(app.dns.texts(&name), app.dns.addresses(&domain.name), own);
        Self {
            proof: texts.map(|texts| texts.iter().any(|text| text.trim() == domain.proof)),
            addresses: there.and_then(|there| Ok((there, here?))),
        }
    }

    fn routed(&self) -> bool {
        self.addresses.as_ref().is_ok_and(|(there, here)| there.iter().any(|there| here.contains(there)))
    }

    fn found(&self, domain: &Domain, base: &str) -> Found {
        let error = match (&self.proof, &self.addresses) {
            (Err(error), _) | (_, Err(error)) => Some(error.to_string()),
            (Ok(false), _) => {
                let name = proof_name(domain);
                Some(format!("there is no TXT record {name} with the value {}", domain.proof))
            }
            (_, Ok((there, _))) if there.is_empty() => Some(format!(
                "{} has no address; let it be a CNAME of {base}, or give it the same",
                domain.name
            )),
            (_, Ok((there, here))) if !self.routed() => {
                let list = |addresses: &[IpAddr]| {
                    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
                };
                Some(format!(
                    "{} leads to {}, and this server is at {} ({})",
                    domain.name,
                    list(there),
                    base,
                    list(here)
                ))
            }
            _ => None,
        };
        Found { owned: self.proof == Ok(true), routed: self.routed(), error }
    }
}

/// Looks a domain's records up, and, when all are there, has links answer under it from the next request on.
#[utoipa::path(post, path = "/v1/custom-domains/{id}/check", tag = "Domains", operation_id = "check_custom_domain",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = CustomDomainResponse), (status = 404, body = ErrorResponse), (status = 409, body = ErrorResponse)))]
pub async fn check_custom_domain(
    State(app): State<App>,
    caller: Can<DomainsWrite>,
    Path(id): Path<String>,
) -> ApiResult<Revised<CustomDomainResponse>> {
    let domain = domain_of(&app, &caller, &id).await?;
    let found = Seen::look(&app, &domain).await.found(&domain, app.hosts().base_host());
    let (workspace, id, now) = (caller.workspace, domain.id, app.clock.now());
    let noted =
        app.catalog.write(async move |db| domains::note(db, workspace, id, &found, now).await).await?;
    let noted = noted.ok_or_else(|| not_found(id))?;
    if noted.is_active() {
        base_url::refresh_domains(&app).await.map_err(ApiError::internal)?;
    }
    Ok(answer(noted))
}

/// The records that a domain needs.
#[utoipa::path(get, path = "/v1/custom-domains/{id}/validation_instructions", tag = "Domains",
    operation_id = "get_validation_instructions", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ValidationInstructionsResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_validation_instructions(
    State(app): State<App>,
    caller: Can<DomainsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<ValidationInstructionsResponse>> {
    let domain = domain_of(&app, &caller, &id).await?;
    let mut validations = vec![Validation {
        name: proof_name(&domain),
        value: domain.proof,
        kind: "TYPE_TXT",
        purpose: "PURPOSE_OWNERSHIP",
    }];
    let hosts = app.hosts();
    // An address has no CNAME; the guide tells of it.
    if !is_address(hosts.base_host()) {
        validations.push(Validation {
            name: domain.name,
            value: hosts.base_host().to_owned(),
            kind: "TYPE_CNAME",
            purpose: "PURPOSE_DOMAIN_VERIFICATION",
        });
    }
    Ok(Json(ValidationInstructionsResponse { validations }))
}

fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// How to set a domain up at whoever answers for it, with what is there already.
#[utoipa::path(get, path = "/v1/custom-domains/{id}/setup-guide", tag = "Domains", operation_id = "get_setup_guide",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = SetupGuideResponse), (status = 404, body = ErrorResponse)))]
pub async fn get_setup_guide(
    State(app): State<App>,
    caller: Can<DomainsRead>,
    Path(id): Path<String>,
) -> ApiResult<Json<SetupGuideResponse>> {
    let domain = domain_of(&app, &caller, &id).await?;
    let (seen, (zone, nameservers)) = tokio::join!(Seen::look(&app, &domain), zone_of(&app, &domain.name));
    let inside = |name: &str| match name.strip_suffix(&zone).map(|rest| rest.trim_end_matches('.')) {
        Some("") => "@".to_owned(),
        Some(rest) => rest.to_owned(),
        None => name.to_owned(),
    };
    let (base, is_apex) = (app.hosts().base_host().to_owned(), zone == domain.name);
    let mut hints = Vec::new();
    if nameservers.is_empty() {
        hints.push("CUSTOM_DOMAIN_SETUP_HINT_NAMESERVERS_NOT_FOUND");
    }
    if is_apex {
        hints.push("CUSTOM_DOMAIN_SETUP_HINT_APEX_DOMAIN");
    }
    // The root of a zone can be no CNAME (RFC 1912 §2.4), and an address is none.
    let route =
        if is_apex || is_address(&base) { "DNS_RECORD_TYPE_UNSPECIFIED" } else { "DNS_RECORD_TYPE_CNAME" };
    let proof = proof_name(&domain);
    let records = vec![
        DnsRecord {
            kind: "DNS_RECORD_TYPE_TXT",
            purpose: "DNS_RECORD_PURPOSE_OWNERSHIP",
            host: inside(&proof),
            name: proof,
            value: domain.proof.clone(),
            required: true,
            detected: seen.proof == Ok(true),
        },
        DnsRecord {
            kind: route,
            purpose: "DNS_RECORD_PURPOSE_ROUTING",
            host: inside(&domain.name),
            name: domain.name.clone(),
            value: base,
            required: true,
            detected: seen.routed(),
        },
    ];
    let setup_guide = SetupGuide {
        custom_domain_id: domain.id.to_string(),
        host: inside(&domain.name),
        domain: domain.name,
        zone,
        host_field_label: "Name",
        nameservers,
        dns_provider: "DNS_PROVIDER_UNKNOWN",
        records,
        hints,
    };
    Ok(Json(SetupGuideResponse { setup_guide }))
}

/// The nearest part of a name that has name servers, and these.
async fn zone_of(app: &App, name: &str) -> (String, Vec<String>) {
    let mut zone = name;
    while zone.contains('.') {
        match app.dns.name_servers(zone).await {
            Ok(servers) if !servers.is_empty() => return (zone.to_owned(), servers),
            Ok(_) => {}
            Err(_) => break,
        }
        zone = zone.split_once('.').map_or("", |(_, rest)| rest);
    }
    (name.to_owned(), Vec::new())
}
