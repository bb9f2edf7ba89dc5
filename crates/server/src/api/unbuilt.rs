//! Operations of the Linkbreakers API that are not built: 501 in the shape of every error, so that a client of that API
//! learns that it asked rightly. What is built has its route and never comes here.

/// Paths below `/v1/`; `*` stands for one segment.
const PATHS: &[&str] = &[
    "agent-identity/*",
    "agent-identity/*/*",
    "agent-presets",
    "agents",
    "agents/*",
    "agents/*/knowledge-documents",
    "agents/*/knowledge-documents/*",
    "allowances",
    "allowances/dismiss",
    "analytics/dashboards/*/widgets/*/summary",
    "assistant/*",
    "assistant/*/*",
    "assistant/*/*/*",
    "auth/email/verification/request",
    "events/*",
    "google-forms-integrations",
    "google-forms-integrations/*",
    "google-forms-integrations/oauth/complete",
    "integrations/*",
    "integrations/*/*",
    "integrations/*/*/*",
    "links/*/qrcode-images:render",
    "page-theme-templates",
    "page-theme-templates/*",
    "page-theme-templates/*/*",
    "pricing/plans",
    "public/page-theme-templates",
    "public/page-theme-templates/*",
    "public/workspaces/*",
    "retargeting-pixels",
    "retargeting-pixels/links/*",
    "review-rewards",
    "review-rewards/offer",
    "sandboxes",
    "sandboxes/*",
    "slack-integrations",
    "slack-integrations/*",
    "slack-integrations/oauth/complete",
    "workflow-steps/wallet-pass-support",
    "workspace/*",
];

/// Whether a path is one of the contract's, to the letter.
pub fn is_named(path: &str) -> bool {
    path.strip_prefix("/v1/").is_some_and(|asked| PATHS.contains(&asked))
}

/// Whether a path is one of the contract's.
pub fn is_of_the_contract(path: &str) -> bool {
    let Some(asked) = path.strip_prefix("/v1/") else { return false };
    let asked: Vec<&str> = asked.split('/').collect();
    PATHS.iter().any(|path| {
        let mut segments = path.split('/');
        let fits = |asked: &&str| {
            segments.next().is_some_and(|known| known == "*" && !asked.is_empty() || known == *asked)
        };
        asked.iter().all(fits) && segments.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::is_of_the_contract;

    #[test]
    fn paths_of_the_contract_are_known_and_no_others() {
        for path in ["/v1/page-theme-templates", "/v1/assistant/7", "/v1/sandboxes", "/v1/pricing/plans"] {
            assert!(is_of_the_contract(path), "{path}");
        }
        for path in [
            "/v1/directory",
            "/v1/directories/7/8",
            "/v1/",
            "/v1/directories/",
            "/directories",
            "/v1/x/directories",
            "/v2/directories",
        ] {
            assert!(!is_of_the_contract(path), "{path}");
        }
    }
}
