//! What a published version's `graph` column holds: the steps as they were, and the two destinations of the link.

use super::draft::StepDraft;
use super::payload::{ClientRedirect, LinkVisit, NEXT, Payload};
use crate::ids::StepId;
use serde::{Deserialize, Serialize};

/// A version as it is stored. Steps are referred to by their place here, in paths and traces; the entry is the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// Layout of what is written; see [`Graph::read`] for the older one.
    format: u32,
    /// The steps.
    pub steps: Vec<StepDraft>,
    /// Where a scan goes that the steps lead nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Where a scan goes after the link's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired: Option<String>,
}

const FORMAT: u32 = 2;

impl Graph {
    /// A version of these steps.
    pub fn new(mut steps: Vec<StepDraft>, fallback: Option<String>, expired: Option<String>) -> Self {
        let entry = steps.iter().position(|step| matches!(step.payload, Payload::LinkVisit(_)));
        if let Some(entry) = entry {
            steps[..=entry].rotate_right(1);
        }
        Self { format: FORMAT, steps, fallback, expired }
    }

    /// Reads the column, in this layout or the one before it (entry and redirects with indexes). What cannot be read is
    /// a version without steps.
    pub fn read(text: &str) -> Self {
        let read = serde_json::from_str(text).ok();
        read.or_else(|| serde_json::from_str::<Older>(text).ok().map(Older::graph)).unwrap_or_default()
    }

    /// What the column holds.
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists: writing them to memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The destination of the redirect, while there is exactly one.
    pub fn only_destination(&self) -> Option<&str> {
        let mut redirects = self.steps.iter().filter_map(|step| match &step.payload {
            Payload::ClientRedirect(redirect) => Some(redirect.destination.as_str()),
            _ => None,
        });
        match (redirects.next(), redirects.next()) {
            (only, None) => only,
            _ => None,
        }
    }

    /// Every place that it may lead to by a redirect, the two destinations of the link last.
    pub fn destinations(&self) -> Vec<&str> {
        let redirects = self.steps.iter().filter_map(|step| match &step.payload {
            Payload::ClientRedirect(redirect) => Some(redirect.destination.as_str()),
            _ => None,
        });
        redirects.chain(self.fallback.as_deref()).chain(self.expired.as_deref()).collect()
    }

    /// Place of a step.
    pub fn index(&self, id: StepId) -> Option<u16> {
        self.steps.iter().position(|step| step.id == id).map(|index| index as u16)
    }

    /// The step at a place.
    pub fn step(&self, index: u16) -> Option<&StepDraft> {
        self.steps.get(usize::from(index))
    }
}

impl StepDraft {
    /// Number of a branch among the step's, as paths and traces count.
    pub fn branch_index(&self, id: &str) -> Option<u16> {
        self.payload.branches().iter().position(|branch| branch.id == id).map(|index| index as u16)
    }

    /// Id of the branch with that number.
    pub fn branch_id(&self, index: u16) -> Option<String> {
        self.payload.branches().get(usize::from(index)).map(|branch| branch.id.to_owned())
    }
}

/// The layout of versions published before there were workflows.
#[derive(Deserialize)]
struct Older {
    steps: Vec<OlderStep>,
    destinations: Vec<String>,
    fallback: Option<usize>,
    expired: Option<usize>,
}

#[derive(Deserialize)]
struct OlderStep {
    id: StepId,
    branches: Vec<Option<usize>>,
    destination: Option<usize>,
    #[serde(default)]
    conversion_tracking: bool,
}

impl Older {
    fn graph(self) -> Graph {
        let ids: Vec<StepId> = self.steps.iter().map(|step| step.id).collect();
        let destination = |index: Option<usize>| self.destinations.get(index?).cloned();
        let step = |step: &OlderStep| {
            let payload = match destination(step.destination) {
                Some(destination) => Payload::ClientRedirect(ClientRedirect {
                    destination,
                    conversion_tracking: step.conversion_tracking,
                }),
                None => Payload::LinkVisit(LinkVisit {}),
            };
            let mut draft = StepDraft::new(step.id, payload);
            let next = step.branches.first().copied().flatten().and_then(|next| ids.get(next));
            draft.branches.extend(next.map(|next| (NEXT.to_owned(), *next)));
            draft
        };
        Graph {
            format: FORMAT,
            steps: self.steps.iter().map(step).collect(),
            fallback: destination(self.fallback),
            expired: destination(self.expired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn versions_of_the_older_layout_stay_readable() {
        let (entry, exit) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let old = format!(
            r#"{{"steps":[
                {{"id":"{entry}","action":"LINK_VISIT","branches":[1],"conversion_tracking":false}},
                {{"id":"{exit}","action":"CLIENT_REDIRECT","branches":[],"destination":0,"conversion_tracking":true}}],
               "destinations":["https://a.com/","https://f.com/"],"fallback":1}}"#
        );
        let graph = Graph::read(&old);
        assert_eq!(graph.only_destination(), Some("https://a.com/"));
        assert_eq!((graph.fallback.as_deref(), graph.expired.as_deref()), (Some("https://f.com/"), None));
        assert_eq!(graph.steps[0].next(), Some(StepId(exit)));
        assert_eq!(Graph::read(&graph.to_json()), graph);
        let workflow = graph.compile(3);
        assert_eq!(workflow.destinations.len(), 2);
        assert_eq!((workflow.fallback, workflow.expired), (Some(1), None));
        assert_eq!(Graph::read("{"), Graph::default());
    }

    #[test]
    fn the_entry_is_the_first() {
        let entry = StepDraft::new(StepId(Uuid::from_u128(3)), Payload::LinkVisit(LinkVisit {}));
        let exit = |n| StepDraft::new(StepId(Uuid::from_u128(n)), Payload::ThankYouPage(Default::default()));
        let graph = Graph::new(vec![exit(1), exit(2), entry.clone(), exit(4)], None, None);
        let order: Vec<_> = graph.steps.iter().map(|step| step.id.0.as_u128()).collect();
        assert_eq!(order, [3, 1, 2, 4]);
        assert_eq!((entry.branch_index("next"), entry.branch_index("else")), (Some(0), None));
        assert_eq!((entry.branch_id(0).as_deref(), entry.branch_id(1)), (Some("next"), None));
    }
}
