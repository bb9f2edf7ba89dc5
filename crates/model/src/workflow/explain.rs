//! A pretend scan, walked by the very engine that real ones are: what each step said to it, in words.

use super::action::Kind;
use super::advance::{Decision, decide};
use super::compile::{Step, Workflow};
use super::condition::{Chooser, Test, TextFact, View, distance_km};
use super::draft::StepDraft;
use super::facts::{Clocks, Facts};
use super::graph::Graph;
use super::wording::{option_words, step_name};
use crate::ids::StepId;
use crate::life::Window;
use crate::scan::{Outcome, Path};
use serde::Serialize;

/// What a step did with the scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// The step.
    pub step_id: StepId,
    /// Its `eventAction`.
    pub event_action: &'static str,
    /// Its `xEventAction`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_event_action: Option<&'static str>,
    /// Branch taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch_id: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch_label: Option<String>,
    /// What happened, in a sentence.
    pub text: String,
    /// Of a condition: what each test asked, and what came out, up to the option taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
}

/// A pretend scan's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The steps it came through.
    pub steps: Vec<Explained>,
    /// Where it ended; the same as a real scan with these facts.
    pub decision: Decision,
    /// Step it ended at; `None` where it never came to the workflow.
    pub end_step: Option<StepId>,
    /// The destination it was sent to.
    pub destination: Option<String>,
    /// The end, in a sentence.
    pub text: String,
}

/// Walks a pretend scan through `workflow`, which is `graph` compiled.
pub fn explain(graph: &Graph, workflow: &Workflow, window: Window, facts: &Facts<'_>) -> Explanation {
    let mut path = Vec::new();
    let decision = decide(window, workflow, facts, &mut path);
    let mut view =
        View { facts, clocks: Clocks::new(facts, &workflow.plan.zones), attributes_missing: false };
    let steps =
        Path(&path).steps().filter_map(|(at, branch)| step(graph, workflow, at, branch, &mut view)).collect();
    let last = Path(&path).steps().last();
    let destination =
        workflow.destination(decision.destination).map(|destination| destination.as_str().to_owned());
    let text = end(graph, decision, last, destination.as_deref());
    let end_step = last.and_then(|(at, _)| graph.step(at)).map(|step| step.id);
    Explanation { steps, decision, end_step, destination, text }
}

fn step(graph: &Graph, workflow: &Workflow, at: u16, branch: u16, view: &mut View<'_>) -> Option<Explained> {
    let (draft, compiled) = (graph.step(at)?, workflow.step(at)?);
    let action = draft.action();
    let branches = draft.payload.branches();
    let taken = branches.get(usize::from(branch));
    let label = taken.map_or("", |branch| branch.label);
    let (text, tests) = match compiled {
        Step::LinkVisit(_) => ("the scan arrives".to_owned(), Vec::new()),
        Step::Redirect { .. } => (format!("{} is the way out", step_name(draft)), Vec::new()),
        Step::Media(_) => ("the file is opened".to_owned(), Vec::new()),
        Step::Page(..) => (format!("{} is shown", step_name(draft)), Vec::new()),
        Step::Condition(condition) => match &condition.chooser {
            Chooser::First(choices) => {
                let mut tests = Vec::new();
                for (index, choice) in choices.iter().enumerate().take(usize::from(branch) + 1) {
                    let words = option_words(&draft.payload, index);
                    for (test, words) in choice.tests().iter().zip(words) {
                        let verdict = if test.holds(view) { "yes" } else { "no" };
                        tests.push(format!("{words}: {verdict}, {}", observed(test, view)));
                    }
                }
                let text = match usize::from(branch) < choices.len() {
                    true => format!("\"{label}\" fits"),
                    false => "no option fits, so \"otherwise\" is taken".to_owned(),
                };
                (text, tests)
            }
            Chooser::Split { bounds, .. } => {
                let tests = (0..bounds.len()).flat_map(|index| option_words(&draft.payload, index)).collect();
                let text = match taken {
                    Some(_) => format!("\"{label}\" is drawn"),
                    None => "there is nothing to share out".to_owned(),
                };
                (text, tests)
            }
        },
    };
    Some(Explained {
        step_id: draft.id,
        event_action: action.event_action(),
        x_event_action: action.x_event_action(),
        branch_id: taken.map(|branch| branch.id.to_owned()),
        branch_label: taken.map(|branch| branch.label.to_owned()),
        text,
        tests,
    })
}

fn end(graph: &Graph, decision: Decision, last: Option<(u16, u16)>, destination: Option<&str>) -> String {
    let stopped = || {
        let step = last.and_then(|(at, _)| graph.step(at));
        let why = |step: &StepDraft| match step.action().kind() {
            Kind::Exit => format!("{} names no destination", step_name(step)),
            _ => format!("the branch behind {} leads nowhere", step_name(step)),
        };
        step.map_or("the workflow has no steps".to_owned(), why)
    };
    match (decision.outcome, destination) {
        (Outcome::Redirect, Some(to)) => format!("the visitor is sent to {to}"),
        (Outcome::Redirect, None) => "the visitor gets the file".to_owned(),
        (Outcome::Page, _) => {
            let page = decision.page.and_then(|page| graph.step(page));
            format!("the visitor sees {}", page.map_or("a page".to_owned(), step_name))
        }
        (Outcome::Fallback, to) => {
            format!(
                "{}, so the visitor is sent to the fallback destination {}",
                stopped(),
                to.unwrap_or_default()
            )
        }
        (Outcome::Error, _) => {
            format!("{}, and the link has no fallback destination: the visitor gets an error page", stopped())
        }
        (Outcome::Ended, Some(to)) => format!("the link is over, so the visitor is sent to {to}"),
        (Outcome::Ended, None) => "the link is over: the visitor sees the ended page".to_owned(),
        (Outcome::Paused, _) => "the link is paused: the visitor sees the paused page".to_owned(),
        (Outcome::NotStarted, _) => {
            "the link has not started: the visitor sees a page that says so".to_owned()
        }
        (Outcome::Limited, _) => {
            "the link's limit is reached: the visitor sees a page that says so".to_owned()
        }
    }
}

/// What the scan had there, in words.
fn observed(test: &Test, view: &mut View<'_>) -> String {
    const UNKNOWN: &str = "it is not known";
    let told =
        |text: &str| if text.is_empty() { "there is none".to_owned() } else { format!("it is {text}") };
    match test {
        Test::Never => "the test cannot be read".to_owned(),
        Test::Text(fact, _) => {
            let mut names = Vec::new();
            let known = fact.any(view.facts, &mut |text| {
                names.push(text.to_owned());
                false
            });
            match (known, fact) {
                (None, _) => UNKNOWN.to_owned(),
                (_, TextFact::Tag) => told(&names.join(", ")),
                (_, TextFact::Language(_)) => told(view.facts.languages),
                (_, TextFact::Referrer) => told(view.facts.referrer_host),
                (_, TextFact::Network) => {
                    let asn = view.facts.asn;
                    let number = if asn == 0 { String::new() } else { format!("AS{asn} ") };
                    told(format!("{number}{}", view.facts.organisation).trim())
                }
                // Of our word and the fact's own name, the name is the last.
                _ => told(names.last().map_or("", String::as_str)),
            }
        }
        Test::Time(test) => view.clocks.local(test.zone).strftime("it is %A %Y-%m-%d %H:%M").to_string(),
        Test::Nth(..) => view.facts.nth.map_or(UNKNOWN.to_owned(), |nth| format!("it is {nth}")),
        Test::Radius { latitude, longitude, .. } => view.facts.point.map_or(UNKNOWN.to_owned(), |point| {
            format!("it is {:.1} km away", distance_km(point, (*latitude, *longitude)))
        }),
        Test::Attribute(key, _) => match view.facts.attributes {
            None => "the visitor's data could not be read".to_owned(),
            Some(attributes) => {
                attributes.get(&**key).map_or("there is none".to_owned(), |value| told(&value.value))
            }
        },
    }
}
