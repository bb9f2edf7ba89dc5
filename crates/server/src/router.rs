//! Every route that is not a redirect, on one screen.

use crate::accept::PeerAddress;
use crate::api::audit::note::{self, Noting};
use crate::api::body::limits;
use crate::api::parameters::Parameters;
use crate::api::{
    account, activity, admission, annotations, attributes, audit, backups, consents, dashboards, demo,
    designs, directories, do_not_count, docs, domains, entry, erasures, events, exports, funnel, health,
    idempotency, installation, invites, jobs, link_settings, links, me, media, members, metrics, myself,
    orphans, overview, page_themes, parameters, qrcode, qrcode_templates, query, rejudge, reports, retention,
    saved_filters, session, setup, steps, stream, system, tags, tokens, unbuilt, visitors, webhooks,
    workflow, workspaces,
};
use crate::app::App;
use crate::dashboard;
use crate::error::ApiError;
use crate::run;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{Redirect, Response};
use axum::routing::{get, put};
use std::sync::Arc;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, PathItem, Ref, ResponseBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(entry::get_api_entry))
        .routes(routes!(links::create::create_link, links::list::list_links))
        .routes(routes!(links::many::create_links_bulk))
        .routes(routes!(links::many::create_links_batch))
        .routes(routes!(jobs::create_links_bulk_job))
        .routes(routes!(jobs::get_job))
        .routes(routes!(links::pages::create_contact_link))
        .routes(routes!(links::pages::create_thank_you_link))
        .routes(routes!(links::pages::create_open_media_link))
        .routes(routes!(links::slugs::get_shortlink_availability))
        .routes(routes!(links::slugs::get_shortlink_random))
        .routes(routes!(qrcode::resolve_qrcode_images))
        .routes(routes!(links::get_link, links::update::update_link, links::delete_link))
        .routes(routes!(links::restore_link))
        .routes(routes!(links::clone::clone_link))
        .routes(routes!(links::import::import_links))
        .routes(routes!(links::bulk::change_links))
        .routes(routes!(links::bulk::undo_links_change))
        .routes(routes!(links::history::list_link_history))
        .routes(routes!(links::history::restore_link_history))
        .routes(routes!(links::history::undo_link_history))
        .routes(routes!(links::addresses::list_link_slugs, links::addresses::add_link_slug))
        .routes(routes!(links::addresses::update_link_slug, links::addresses::release_link_slug))
        .routes(routes!(qrcode::get_qrcode_image))
        .routes(
            routes!(designs::get_qrcode_design, designs::update_qrcode_design, designs::delete_qrcode_design)
                .layer(limits::with_file()),
        )
        .routes(routes!(designs::fresh::create_qrcode_design).layer(limits::with_file()))
        .routes(routes!(designs::preview::preview_qrcode_design).layer(limits::with_file()))
        .routes(routes!(designs::apply::apply_qrcode_template))
        .routes(routes!(
            qrcode_templates::list_qrcode_templates,
            qrcode_templates::change::create_qrcode_template
        ))
        .routes(routes!(qrcode_templates::change::import_qrcode_template))
        .routes(routes!(qrcode_templates::resolve_qrcode_template_images))
        .routes(routes!(
            qrcode_templates::get_qrcode_template,
            qrcode_templates::change::update_qrcode_template,
            qrcode_templates::change::delete_qrcode_template
        ))
        .routes(routes!(qrcode_templates::change::publish_qrcode_template))
        .routes(routes!(qrcode_templates::gallery::list_public_qrcode_templates))
        .routes(routes!(qrcode_templates::gallery::get_public_qrcode_template))
        .routes(routes!(steps::list_workflow_steps, steps::create_workflow_step))
        .routes(routes!(steps::get_workflow_step, steps::update_workflow_step, steps::delete_workflow_step))
        .routes(routes!(steps::connections::connect_step, steps::connections::disconnect_step))
        .routes(routes!(steps::validate_workflow))
        .routes(routes!(steps::auto_layout_workflow))
        .routes(routes!(steps::resolve_collisions))
        .routes(routes!(workflow::get_workflow))
        .routes(routes!(workflow::put_workflow_draft, workflow::delete_workflow_draft))
        .routes(routes!(workflow::publish_workflow))
        .routes(routes!(workflow::versions::list_workflow_versions))
        .routes(routes!(workflow::versions::get_workflow_version))
        .routes(routes!(workflow::versions::diff_workflow))
        .routes(routes!(workflow::versions::roll_back_workflow))
        .routes(routes!(workflow::explain::explain_link))
        .routes(routes!(workflow::preview::preview_step))
        .routes(routes!(page_themes::of_link::get_link_page_theme, page_themes::of_link::put_link_page_theme))
        .routes(routes!(page_themes::list_page_themes))
        .routes(routes!(page_themes::templates::apply_page_theme_template))
        .routes(routes!(page_themes::templates::find_matching_page_theme_template))
        .routes(routes!(page_themes::get_page_theme, page_themes::update_page_theme))
        .routes(routes!(visitors::identify::identify))
        .routes(routes!(visitors::list::list_visitors))
        .routes(routes!(visitors::list::search_visitors))
        .routes(routes!(visitors::list_attribute_keys))
        .routes(routes!(visitors::get_visitor, visitors::update_visitor, visitors::delete_visitor))
        .routes(routes!(visitors::delete_visitor_attribute))
        .routes(routes!(visitors::timeline::get_visitor_timeline))
        .routes(routes!(visitors::merges::merge_visitors))
        .routes(routes!(visitors::merges::list_visitor_merges))
        .routes(routes!(visitors::merges::unmerge_visitor))
        .routes(routes!(media::create_media, media::list_media).layer(limits::with_file()))
        .routes(routes!(media::get_media, media::delete_media, media::uploads::complete_media_upload))
        .routes(routes!(media::uploads::create_media_upload))
        .routes(routes!(media::import::import_media))
        .routes(routes!(media::replace::create_media_replace_upload))
        .routes(routes!(media::replace::complete_media_replace))
        .routes(routes!(media::replace::replace_media_import))
        .routes(routes!(tags::list_tags, tags::delete_tag))
        .routes(routes!(tags::update_tag))
        .routes(routes!(directories::list_directories, directories::create_directory))
        .routes(routes!(
            directories::get_directory,
            directories::update_directory,
            directories::delete_directory
        ))
        .routes(routes!(link_settings::get_link_setting, link_settings::update_link_setting))
        .routes(routes!(link_settings::get_data_collection, link_settings::update_data_collection))
        .routes(routes!(domains::list_custom_domains, domains::create_custom_domain))
        .routes(routes!(
            domains::get_custom_domain,
            domains::update_custom_domain,
            domains::delete_custom_domain
        ))
        .routes(routes!(domains::records::check_custom_domain))
        .routes(routes!(domains::records::get_validation_instructions))
        .routes(routes!(domains::records::get_setup_guide))
        .routes(routes!(events::list_events))
        .routes(routes!(events::get_event))
        .routes(routes!(events::traces::list_event_traces))
        .routes(routes!(stream::stream_events))
        .routes(routes!(audit::list_audit))
        .routes(routes!(exports::list_exports, exports::create_export))
        .routes(routes!(exports::stream_export))
        .routes(routes!(exports::list_export_columns))
        .routes(routes!(exports::get_export, exports::delete_export))
        .routes(routes!(exports::file::get_export_file))
        .routes(routes!(metrics::get_events_metric))
        .routes(routes!(metrics::get_workspace_metric))
        .routes(routes!(metrics::get_workspace_insight))
        .routes(routes!(overview::get_overview))
        .routes(routes!(query::query_analytics))
        .routes(routes!(activity::get_links_activity))
        .routes(routes!(reports::get_events_time_series))
        .routes(routes!(reports::get_time_series))
        .routes(routes!(reports::get_breakdown))
        .routes(routes!(reports::get_geo))
        .routes(routes!(reports::get_devices))
        .routes(routes!(reports::get_hours))
        .routes(routes!(reports::get_top_links))
        .routes(routes!(reports::get_visitors))
        .routes(routes!(funnel::get_step_funnel))
        .routes(routes!(attributes::get_attribute_metric))
        .routes(routes!(attributes::get_attribute_distribution))
        .routes(routes!(attributes::get_attribute_values))
        .routes(routes!(dashboards::list_dashboards, dashboards::create_dashboard))
        .routes(routes!(dashboards::update_dashboard, dashboards::delete_dashboard))
        .routes(routes!(saved_filters::list_saved_filters, saved_filters::create_saved_filter))
        .routes(routes!(saved_filters::update_saved_filter, saved_filters::delete_saved_filter))
        .routes(routes!(annotations::list_annotations, annotations::create_annotation))
        .routes(routes!(annotations::delete_annotation))
        .routes(routes!(rejudge::list_rejudge_runs, rejudge::create_rejudge_run))
        .routes(routes!(rejudge::get_rejudge_run))
        .routes(routes!(erasures::list_erasures, erasures::create_erasure))
        .routes(routes!(erasures::get_erasure))
        .routes(routes!(retention::get_retention, retention::update_retention))
        .routes(routes!(consents::list_consents))
        .routes(routes!(visitors::export::export_visitor))
        .routes(routes!(tokens::list_api_scopes))
        .routes(routes!(tokens::list_workspace_tokens, tokens::create_workspace_token))
        .routes(routes!(
            tokens::get_workspace_token,
            tokens::update_workspace_token,
            tokens::delete_workspace_token
        ))
        .routes(routes!(webhooks::list_webhooks, webhooks::create_webhook))
        .routes(routes!(webhooks::get_webhook, webhooks::update_webhook, webhooks::delete_webhook))
        .routes(routes!(webhooks::rotate_webhook_secret))
        .routes(routes!(webhooks::deliveries::test_webhook))
        .routes(routes!(webhooks::deliveries::list_deliveries))
        .routes(routes!(webhooks::deliveries::get_delivery))
        .routes(routes!(webhooks::deliveries::redeliver))
        .routes(routes!(
            workspaces::get_workspace,
            workspaces::update_workspace,
            workspaces::delete_workspace
        ))
        .routes(routes!(workspaces::get_workspace_by_id))
        .routes(routes!(myself::list_my_workspaces))
        .routes(routes!(myself::switch_my_workspace))
        .routes(routes!(account::list_own_workspaces, workspaces::create_workspace))
        .routes(routes!(members::get_member, members::update_myself))
        .routes(routes!(members::list_members))
        .routes(routes!(members::invite_member))
        .routes(routes!(members::get_member_by_id, members::update_member, members::delete_member))
        .routes(routes!(members::revoke_member))
        .routes(routes!(members::allow_member))
        .routes(routes!(members::sign_out_member))
        .routes(routes!(members::create_password_reset))
        .routes(routes!(invites::list_invites, invites::create_invite))
        .routes(routes!(invites::delete_invite))
        .routes(routes!(invites::get_invitation, invites::join))
        .routes(routes!(account::get_account, account::update_account))
        .routes(routes!(account::change_password))
        .routes(routes!(account::sign_out_others))
        .routes(routes!(account::get_password_reset, account::use_password_reset))
        .routes(routes!(account::switch_workspace))
        .routes(routes!(session::create_session, session::get_session, session::delete_session))
        .routes(routes!(setup::get_setup, setup::create_setup))
        .routes(routes!(demo::leave_demo))
        .routes(routes!(installation::get_installation, installation::update_installation))
        .routes(routes!(system::get_system))
        .routes(routes!(backups::list_backups, backups::create_backup))
        .routes(routes!(orphans::list_orphans))
        .routes(routes!(me::get_own_request, me::forget_own_scans))
        .routes(routes!(do_not_count::get_do_not_count, do_not_count::set_do_not_count))
        .routes(routes!(links::destinations::list_destinations))
        .routes(routes!(health::get_liveness))
        .routes(routes!(health::get_readiness))
        .routes(routes!(health::get_metrics))
}

/// All routes over the app.
pub fn router(app: App) -> Router {
    let (router, document) = routes().split_for_parts();
    let parameters = Arc::new(Parameters::of(&document));
    let noting = Noting { app: app.clone(), operations: router.clone().with_state(app.clone()) };
    let is_worth_it = SizeAbove::new(WORTH_COMPRESSING).and(is_json);
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(is_worth_it);
    router
        .route("/openapi.json", get(docs::get_openapi))
        .route("/docs", get(docs::get_docs))
        .route("/", get(async || Redirect::temporary("/app/")))
        .route("/app", get(async || Redirect::temporary("/app/")))
        .route("/app/", get(dashboard::get_asset))
        .route("/app/{*path}", get(dashboard::get_asset))
        .route("/r/{token}", get(run::get_page).post(run::post_page))
        .route("/r/{token}/contact.vcf", get(run::get_contact))
        .route("/r/{token}/link/{number}", get(run::get_link))
        .route("/r/{token}/{rest}", get(run::get_nothing))
        .route("/x/media/{token}", get(crate::media::get_file))
        .route("/x/media-uploads/{token}", put(media::uploads::put_upload))
        .route("/x/qrcode/{token}", get(qrcode::signed::get_signed_image))
        .route("/x/do-not-count", get(do_not_count::get_page).post(do_not_count::post_page))
        .route("/robots.txt", get(async || "User-agent: *\nDisallow: /\n"))
        .route("/favicon.ico", get(dashboard::get_icon))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        // Innermost: what is noted is what was done, of what was asked rightly. Around it what is kept of the answer; before
        // that who calls, and how often.
        .layer(axum::middleware::from_fn_with_state(noting, note::note))
        .layer(axum::middleware::from_fn_with_state(parameters, parameters::refuse_mistaken))
        .layer(axum::middleware::from_fn_with_state(app.clone(), idempotency::answer_once))
        .layer(axum::middleware::from_fn_with_state(app.clone(), admission::admit))
        .layer(compression)
        .layer(axum::middleware::from_fn(visitors::cross_origin::open))
        .layer(axum::middleware::map_response(harden))
        // Outside of that: a redirect's headers are its own.
        .layer(axum::middleware::from_fn_with_state(app.clone(), answer_unloaded))
        .with_state(app)
}

/// What a POST to these paths is called: the router has no places that end within a segment.
const VERBS: [(&str, &str); 3] = [
    ("/v1/myself/workspaces/{workspaceId}", ":switch"),
    ("/v1/media/{id}", ":complete"),
    ("/v1/media/{id}/replace-uploads/{replacementId}", ":complete"),
];

/// The description of the API.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = routes().split_for_parts().1;
    let mut paths = std::mem::take(&mut document.paths.paths);
    for (path, verb) in VERBS {
        let Some(item) = paths.get_mut(path) else { continue };
        let mut called = PathItem::default();
        called.post = item.post.take();
        if *item == PathItem::default() {
            paths.remove(path);
        }
        paths.insert(format!("{path}{verb}"), called);
    }
    document.paths.paths = paths;
    describe_refusals(&mut document);
    document
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Quietzone", description = "Dynamic QR codes whose scans are counted."),
    security(("token" = [])),
    modifiers(&Security)
)]
struct Description;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document.components.get_or_insert_default().add_security_scheme("token", scheme);
    }
}

/// Every operation refuses in the same shape, be it named with it or not: who may not, asks too often, or asks wrongly.
fn describe_refusals(document: &mut utoipa::openapi::OpenApi) {
    let schema = Ref::from_schema_name("ErrorResponse");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let refused = ResponseBuilder::new()
        .description("Refused; the status says why, the body in words")
        .content("application/json", content)
        .build();
    for path in document.paths.paths.values_mut() {
        let operations = [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.entry("4XX".to_owned()).or_insert(refused.clone().into());
        }
    }
}

/// Scans that the redirect threads handed over because the link is not in memory.
async fn answer_unloaded(
    State(app): State<App>,
    Extension(PeerAddress(peer)): Extension<PeerAddress>,
    request: Request,
    next: Next,
) -> Response {
    let (head, body) = request.into_parts();
    match app.redirector.answer_unloaded(&app.catalog, &head, peer).await {
        Some(answer) => answer.into_response().map(Body::new),
        None => next.run(Request::from_parts(head, body)).await,
    }
}

/// What leads nowhere, but for what is asked rightly and not built.
async fn not_found(uri: Uri) -> ApiError {
    if unbuilt::is_of_the_contract(uri.path()) {
        return ApiError::not_built(format!("{} is not built yet; see /docs for what is", uri.path()));
    }
    ApiError::not_found("ROUTE_NOT_FOUND", uri.path())
}

async fn method_not_allowed(uri: Uri) -> ApiError {
    // A path that is not built may lie below one that is, which has other methods.
    if unbuilt::is_named(uri.path()) {
        return not_found(uri).await;
    }
    let message = "this path has other methods; see /docs";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// Answers with fewer bytes are sent as they are.
const WORTH_COMPRESSING: u16 = 1024;

/// What is compressed: assets of the dashboard are already, pictures too, and the live feed must not wait for more.
fn is_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// Headers that no answer goes without.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.entry(header::X_FRAME_OPTIONS).or_insert(HeaderValue::from_static("DENY"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}
