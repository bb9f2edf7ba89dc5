//! What a code leads to when nobody decides any more: the answer to a visitor of whom nothing is known, and what of the
//! link's own behaviour a fixed map cannot hold.

use crate::catalog::table::{CompiledLink, Entry};
use crate::catalog::{Connection, Result, links, slugs, table};
use crate::hosts::Hosts;
use crate::redirect::status;
use model::conventions::{Conventions, PathMode, QueryMode};
use model::destination::{Passed, Values};
use model::life::State;
use model::scan::Outcome;
use model::workflow::{Decision, Facts, decide, fall_back};
use model::{DomainId, LinkId, Millis, ScanId, WorkspaceId};
use url::Url;
use uuid::Uuid;

/// A slug on its host.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its link.
    pub link: LinkId,
    /// What people call that.
    pub name: String,
    /// Domain of the slug.
    pub domain: DomainId,
    /// Host, without a port.
    pub host: String,
    /// The slug, as spelled.
    pub spelled: String,
    /// The slug, folded.
    pub folded: String,
    /// Status of the answer.
    pub status: u16,
    /// Where it leads, if it does.
    pub target: Option<Target>,
    /// What becomes of a path behind the slug.
    pub path: PathMode,
    /// What the map does not do.
    pub losses: Vec<Loss>,
}

/// A location in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Up to the query.
    pub before: String,
    /// The destination's own query; nothing where it has no `?`.
    pub query: Option<String>,
    /// With its mark; empty where there is none.
    pub fragment: String,
    /// Which of the visitor's parameters go along.
    pub mode: QueryMode,
}

impl Target {
    fn of(location: &str, mode: QueryMode) -> Self {
        let (rest, fragment) = match location.find('#') {
            Some(at) => location.split_at(at),
            None => (location, ""),
        };
        let (before, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query.to_owned())),
            None => (rest, None),
        };
        Self { before: before.to_owned(), query, fragment: fragment.to_owned(), mode }
    }

    /// Where a visitor without a query is sent.
    pub fn location(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}{}", self.before, self.fragment)
    }
}

/// Something that a fixed map cannot hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A workflow that decides by the visitor.
    Workflow,
    /// A page that comes first: a password, a form, a message, a file.
    Page,
    /// A number of people.
    Limit,
    /// An end that is to come.
    Ends,
    /// A start that is to come.
    Starts,
    /// A pause.
    Paused,
    /// Parameters of the visitor that replace the destination's own.
    RequestWins,
    /// The scan's id.
    ScanId,
    /// What is filled in of the visitor.
    OfVisitor,
}

impl Loss {
    /// What the link does that the map does not.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Workflow => {
                "its workflow decides by the visitor; the map has the answer to one of whom nothing is known"
            }
            Self::Page => {
                "it shows a page first; the map goes to the link's fallback destination, or nowhere"
            }
            Self::Limit => "it lets a number of people through; the map counts nobody",
            Self::Ends => "it ends on a day; the map does not",
            Self::Starts => {
                "it has not begun; the map answers as long as it is not made anew that there is nothing"
            }
            Self::Paused => "it is paused; the map answers that it is gone",
            Self::RequestWins => "parameters of the visitor replace its own; in the map its own win",
            Self::ScanId => "it tells its destination the scan's id; there is none any more",
            Self::OfVisitor => "it fills in the visitor's country or language; they stay empty",
        }
    }
}

/// All codes of a workspace, by host and slug.
pub async fn all(
    db: &mut Connection,
    workspace: WorkspaceId,
    hosts: &Hosts,
    now: Millis,
) -> Result<Vec<Code>> {
    let mut codes = Vec::new();
    for link in table::of_workspace(db, workspace).await? {
        let name = links::of_events(db, workspace, &[link]).await?.pop().map(|link| link.name);
        let spelled = slugs::of_link(db, workspace, link).await?;
        for entry in table::of_link(db, link).await? {
            let spelled =
                spelled.iter().find(|slug| (slug.domain, &slug.folded) == (entry.domain, &entry.folded));
            let spelled = spelled.map_or_else(|| entry.folded.clone(), |slug| slug.spelled.clone());
            let entrypoint = hosts.entrypoint(entry.domain, &spelled);
            let host = Url::parse(&entrypoint).ok().and_then(|url| url.host_str().map(str::to_owned));
            codes.push(code(
                &entry,
                spelled,
                name.clone().unwrap_or_default(),
                host.unwrap_or_default(),
                now,
            ));
        }
    }
    codes.sort_by(|a, b| (&a.host, &a.folded).cmp(&(&b.host, &b.folded)));
    Ok(codes)
}

fn code(entry: &Entry, spelled: String, name: String, host: String, now: Millis) -> Code {
    let link = &entry.link;
    let (workflow, terms) = (&link.workflow, link.terms());
    let facts = Facts { placement: &entry.folded, ..Facts::at(now) };
    let decision = if entry.is_stopped {
        Decision::without_destination(Outcome::Ended)
    } else {
        match decide(terms.window, workflow, &facts, &mut Vec::new()) {
            // Pages and files are not ours to show any more.
            decision if decision.page.is_some() || decision.media.is_some() => fall_back(workflow),
            decision => decision,
        }
    };
    let destination = workflow.destination(decision.destination);
    let target = destination.map(|destination| {
        let values = Values {
            slug: &entry.folded,
            placement: &entry.folded,
            scan_id: ScanId(Uuid::nil()),
            country: "",
            lang: "",
        };
        let mode = terms.conventions.query;
        let passed = Passed { values, query: None, mode, path: "", last: None };
        Target::of(&destination.location_for(&passed), mode)
    });
    Code {
        link: link.id,
        name,
        domain: entry.domain,
        host,
        spelled,
        folded: entry.folded.clone(),
        status: status(decision.outcome, target.is_some(), terms.conventions.status).as_u16(),
        target,
        path: terms.conventions.path,
        losses: if entry.is_stopped { Vec::new() } else { losses(link, terms.conventions, &facts, now) },
    }
}

fn losses(link: &CompiledLink, conventions: Conventions, facts: &Facts<'_>, now: Millis) -> Vec<Loss> {
    let (workflow, terms) = (&link.workflow, link.terms());
    let state = terms.window.state(now);
    if matches!(state, State::Ended | State::Archived | State::Deleted) {
        return Vec::new();
    }
    let walked = decide(Default::default(), workflow, facts, &mut Vec::new());
    let is_page = walked.page.is_some() || walked.media.is_some();
    let destinations = || workflow.redirects();
    let text = || destinations().map(|(destination, _)| destination.as_str());
    let told = [
        (Loss::Workflow, !is_page && workflow.only_destination().is_none()),
        (Loss::Page, is_page),
        (Loss::Limit, terms.limit.is_some()),
        (Loss::Ends, terms.window.expires_at.is_some()),
        (Loss::Starts, state == State::NotStarted),
        (Loss::Paused, state == State::Paused),
        (
            Loss::RequestWins,
            conventions.query == QueryMode::RequestWins && text().any(|text| text.contains('?')),
        ),
        (Loss::ScanId, destinations().any(|(destination, told)| told || destination.tells_scan_id())),
        (Loss::OfVisitor, text().any(|text| text.contains("{country}") || text.contains("{lang}"))),
    ];
    told.into_iter().filter(|(_, is_so)| *is_so).map(|(loss, _)| loss).collect()
}

impl Code {
    /// Spellings of the slug under which programs that know of no folding find it: as folded, as spelled, in capitals,
    /// composed and decomposed.
    pub fn spellings(&self) -> Vec<String> {
        use unicode_normalization::UnicodeNormalization;
        let mut all = Vec::new();
        for text in [self.folded.clone(), self.spelled.clone(), self.folded.to_uppercase()] {
            for text in [text.nfc().collect::<String>(), text.nfd().collect()] {
                if !all.contains(&text) {
                    all.push(text);
                }
            }
        }
        all
    }
}
