//! What each operation that changes something is called in the log. A test holds this against `openapi.json`: an operation
//! stands here, or in [`ASKS`] with the reason why it does not.

use axum::http::Method;
use std::collections::BTreeSet;

/// What is done to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// The kind of thing, in the words of the API.
    pub object: &'static str,
    /// What becomes of it.
    pub action: &'static str,
}

/// Operations, as the router has their paths, with thing and deed.
pub const ACTS: &[(&str, &str, &str)] = &[
    ("POST /v1/analytics/dashboards", "dashboard", "created"),
    ("PUT /v1/analytics/dashboards/{id}", "dashboard", "updated"),
    ("DELETE /v1/analytics/dashboards/{id}", "dashboard", "deleted"),
    ("POST /v1/custom-domains", "domain", "created"),
    ("PATCH /v1/custom-domains/{id}", "domain", "updated"),
    ("DELETE /v1/custom-domains/{id}", "domain", "deleted"),
    ("POST /v1/custom-domains/{id}/check", "domain", "checked"),
    ("POST /v1/directories", "directory", "created"),
    ("PATCH /v1/directories/{id}", "directory", "updated"),
    ("DELETE /v1/directories/{id}", "directory", "deleted"),
    ("POST /v1/links", "link", "created"),
    ("POST /v1/links/batch", "link", "created"),
    ("POST /v1/links/bulk", "link", "created"),
    ("POST /v1/links/bulk/jobs", "job", "created"),
    ("POST /v1/links/contact", "link", "created"),
    ("POST /v1/links/open-media", "link", "created"),
    ("POST /v1/links/thank-you", "link", "created"),
    ("PATCH /v1/links/{id}", "link", "updated"),
    ("DELETE /v1/links/{id}", "link", "deleted"),
    ("POST /v1/x/links/bulk", "link", "updated"),
    ("POST /v1/x/links/bulk/{batchId}/undo", "link", "undone"),
    ("POST /v1/x/links/import", "link", "imported"),
    ("POST /v1/x/links/{id}/clone", "link", "created"),
    ("POST /v1/x/links/{id}/history/{entryId}/restore", "link", "restored"),
    ("POST /v1/x/links/{id}/history/{entryId}/undo", "link", "undone"),
    ("POST /v1/x/links/{id}/restore", "link", "restored"),
    ("POST /v1/x/links/{id}/slugs", "link", "updated"),
    ("PATCH /v1/x/links/{id}/slugs/{slugId}", "link", "updated"),
    ("DELETE /v1/x/links/{id}/slugs/{slugId}", "link", "updated"),
    ("PUT /v1/x/links/{linkId}/page-theme", "link", "updated"),
    ("POST /v1/links/{linkId}/workflow-steps", "workflow", "step_created"),
    ("PATCH /v1/links/{linkId}/workflow-steps/{id}", "workflow", "step_updated"),
    ("DELETE /v1/links/{linkId}/workflow-steps/{id}", "workflow", "step_deleted"),
    (
        "PUT /v1/links/{linkId}/workflow-steps/{stepId}/branches/{branchId}/connection",
        "workflow",
        "connected",
    ),
    (
        "DELETE /v1/links/{linkId}/workflow-steps/{stepId}/branches/{branchId}/connection",
        "workflow",
        "disconnected",
    ),
    ("POST /v1/links/{linkId}/workflow-steps/auto-layout", "workflow", "laid_out"),
    ("POST /v1/links/{linkId}/workflow-steps/{stepId}/resolve-collisions", "workflow", "laid_out"),
    ("PUT /v1/x/links/{linkId}/workflow/draft", "workflow", "draft_saved"),
    ("DELETE /v1/x/links/{linkId}/workflow/draft", "workflow", "draft_discarded"),
    ("POST /v1/x/links/{linkId}/workflow/publish", "workflow", "published"),
    ("POST /v1/x/links/{linkId}/workflow/versions/{version}/rollback", "workflow", "rolled_back"),
    ("POST /v1/media", "media", "created"),
    ("POST /v1/media:import", "media", "imported"),
    ("POST /v1/media/uploads", "media", "upload_begun"),
    ("POST /v1/media/{id}:complete", "media", "created"),
    ("POST /v1/media/{id}/replace-uploads", "media", "upload_begun"),
    ("POST /v1/media/{id}/replace-uploads/{replacementId}:complete", "media", "replaced"),
    ("POST /v1/media/{id}/replace:import", "media", "replaced"),
    ("DELETE /v1/media/{id}", "media", "deleted"),
    ("PUT /v1/member", "member", "updated"),
    ("POST /v1/members/invite", "invite", "created"),
    ("PUT /v1/members/{id}", "member", "updated"),
    ("DELETE /v1/members/{id}", "member", "deleted"),
    ("POST /v1/members/{id}/allow", "member", "allowed"),
    ("POST /v1/members/{id}/revoke", "member", "revoked"),
    ("POST /v1/members/{id}/signout", "member", "signed_out"),
    ("POST /v1/x/members/{id}/password-reset", "member", "password_reset_created"),
    ("POST /v1/x/invites", "invite", "created"),
    ("DELETE /v1/x/invites/{id}", "invite", "deleted"),
    ("POST /v1/x/join", "member", "joined"),
    ("POST /v1/myself/workspaces/{workspaceId}:switch", "session", "switched"),
    ("POST /v1/x/session/workspace", "session", "switched"),
    ("POST /v1/x/session", "session", "created"),
    ("DELETE /v1/x/session", "session", "ended"),
    ("POST /v1/x/setup", "installation", "set_up"),
    ("PUT /v1/x/installation", "installation", "updated"),
    ("PATCH /v1/x/account", "account", "updated"),
    ("POST /v1/x/account/password", "account", "password_changed"),
    ("POST /v1/x/account/sign-out-others", "account", "signed_out_elsewhere"),
    ("PATCH /v1/page-themes/{id}", "page_theme", "updated"),
    ("POST /v1/page-themes/apply-template", "page_theme", "updated"),
    ("POST /v1/public/qrcode-designs", "design", "created"),
    ("POST /v1/qrcode-designs/apply-template", "design", "updated"),
    ("PATCH /v1/qrcode-designs/{id}", "design", "updated"),
    ("DELETE /v1/qrcode-designs/{id}", "design", "deleted"),
    ("POST /v1/qrcode-templates", "template", "created"),
    ("POST /v1/qrcode-templates/import", "template", "imported"),
    ("PATCH /v1/qrcode-templates/{id}", "template", "updated"),
    ("DELETE /v1/qrcode-templates/{id}", "template", "deleted"),
    ("POST /v1/qrcode-templates/{id}/publish", "template", "published"),
    ("PUT /v1/settings/data-collection", "data_collection", "updated"),
    ("PUT /v1/settings/link-setting/{id}", "link_setting", "updated"),
    ("DELETE /v1/tags", "tag", "deleted"),
    ("PATCH /v1/x/tags/{id}", "tag", "updated"),
    ("POST /v1/visitor/identify", "visitor", "identified"),
    ("PATCH /v1/visitors/{id}", "visitor", "updated"),
    ("DELETE /v1/visitors/{id}", "visitor", "deleted"),
    ("DELETE /v1/visitors/{id}/attributes/{attributeKey}", "visitor", "attribute_deleted"),
    ("POST /v1/x/visitors/{id}/merge", "visitor", "merged"),
    ("POST /v1/x/visitors/{id}/unmerge", "visitor", "unmerged"),
    ("POST /v1/webhooks", "webhook", "created"),
    ("PATCH /v1/webhooks/{id}", "webhook", "updated"),
    ("DELETE /v1/webhooks/{id}", "webhook", "deleted"),
    ("POST /v1/x/webhooks/{id}/rotate-secret", "webhook", "secret_rotated"),
    ("POST /v1/x/webhooks/{id}/test", "webhook", "tested"),
    ("POST /v1/x/webhooks/{id}/deliveries/{deliveryId}/redeliver", "webhook", "redelivered"),
    ("PUT /v1/workspace", "workspace", "updated"),
    ("POST /v1/x/workspaces", "workspace", "created"),
    ("POST /v1/workspace-tokens", "token", "created"),
    ("PATCH /v1/workspace-tokens/{id}", "token", "updated"),
    ("DELETE /v1/workspace-tokens/{id}", "token", "deleted"),
    ("POST /v1/x/saved-filters", "saved_filter", "created"),
    ("PATCH /v1/x/saved-filters/{id}", "saved_filter", "updated"),
    ("DELETE /v1/x/saved-filters/{id}", "saved_filter", "deleted"),
    ("POST /v1/x/annotations", "annotation", "created"),
    ("DELETE /v1/x/annotations/{id}", "annotation", "deleted"),
    ("POST /v1/x/analytics/rejudge", "rejudge_run", "created"),
    ("POST /v1/x/exports", "export", "created"),
    ("POST /v1/x/exports/stream", "export", "streamed"),
    ("DELETE /v1/x/exports/{id}", "export", "deleted"),
    ("POST /v1/x/erasures", "erasure", "created"),
    ("PUT /v1/x/retention", "retention", "updated"),
    ("POST /v1/x/backups", "backup", "created"),
];

/// Operations with a method that changes things which are not noted, and why.
pub const ASKS: &[(&str, &str)] = &[
    ("POST /.well-known/quietzone/me", "done by a visitor to his own scans: nobody who could be named"),
    ("POST /v1/analytics/attributes/distribution", "a question"),
    ("POST /v1/analytics/attributes/metric", "a question"),
    ("POST /v1/analytics/attributes/values", "a question"),
    ("POST /v1/analytics/breakdown", "a question"),
    ("POST /v1/analytics/devices", "a question"),
    ("POST /v1/analytics/funnel", "a question"),
    ("POST /v1/analytics/geo", "a question"),
    ("POST /v1/analytics/hours", "a question"),
    ("POST /v1/analytics/timeseries", "a question"),
    ("POST /v1/analytics/top-links", "a question"),
    ("POST /v1/analytics/visitors", "a question"),
    ("POST /v1/links/qrcode-images:resolve", "a question"),
    ("POST /v1/qrcode-templates/images:resolve", "a question"),
    ("POST /v1/timeseries/events", "a question"),
    ("POST /v1/visitors/search", "a question"),
    ("POST /v1/x/analytics/query", "a question"),
    ("POST /v1/x/links/activity", "a question"),
    ("POST /v1/x/links/{linkId}/explain", "a question"),
    ("POST /v1/x/links/{linkId}/workflow/preview", "a question"),
    ("POST /v1/x/overview", "a question"),
    ("POST /v1/x/qrcode-designs/{id}/preview", "a question"),
    ("PUT /v1/x/do-not-count", "a cookie of this browser alone"),
    (
        "POST /v1/x/password-reset",
        "of an account, which may be in many workspaces; who made the reset is noted",
    ),
    ("DELETE /v1/workspace", "the workspace's log goes with it"),
    ("POST /v1/x/demo/leave", "the demo's log goes with it"),
];

/// Kinds of things in the log, by name.
pub fn objects() -> BTreeSet<&'static str> {
    ACTS.iter().map(|(_, object, _)| *object).collect()
}

/// What a request does; nothing where it changes nothing. `path` is the router's, `called` the request's own: a verb
/// behind a colon is in the latter alone.
pub fn of(method: &Method, path: &str, called: &str) -> Option<Act> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let verb = match called.rsplit('/').next().and_then(|last| last.rsplit_once(':')) {
        Some((_, verb)) if path.ends_with('}') => format!(":{verb}"),
        _ => String::new(),
    };
    let asked = format!("{method} {path}{verb}");
    let &(_, object, action) = ACTS.iter().find(|(operation, ..)| *operation == asked)?;
    Some(Act { object, action })
}
