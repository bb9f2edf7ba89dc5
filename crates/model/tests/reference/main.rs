//! The engine against a naive interpreter that reads the wire's JSON directly: random workflows, random scans, days of
//! the change of the clock among them. Explanations are held against the same walks.

#[cfg(test)]
mod naive;
#[cfg(test)]
mod random;

use model::life::Window;
use model::scan::Path;
use model::workflow::{Facts, Graph, StepDraft, advance, explain};
use random::Random;
use serde_json::{Value, json};

const WORKFLOWS: u64 = 3000;
const SCANS: u64 = 8;

#[test]
fn random_workflows_decide_as_the_naive_reading_of_them_does() {
    let (mut cases, mut steps_walked, mut ends) = (0u64, 0usize, std::collections::BTreeMap::new());
    for seed in 0..WORKFLOWS {
        let mut random = Random::new(seed);
        let wire = random::workflow(&mut random);
        let drafts: Vec<_> = wire.iter().map(|step| StepDraft::from_wire(step.clone()).unwrap()).collect();
        // What the wire tells of the steps is read, not what was made: writing them out is part of what is tested.
        let wire: Vec<Value> = drafts.iter().map(to_wire).collect();
        let fallback = random.chance(70).then(|| "https://fallback.example/".to_owned());
        let graph = Graph::read(&Graph::new(drafts, fallback.clone(), None).to_json());
        let workflow = graph.compile(1);
        for number in 0..SCANS {
            let scan = random::scan(&mut random);
            let expected = naive::walk(&wire, fallback.as_deref(), &scan);
            let mut path = Vec::new();
            let facts = facts(&scan);
            let decision = advance(&workflow, Some(0), &facts, &mut path);
            let way: Vec<(String, String)> = Path(&path)
                .steps()
                .map(|(step, branch)| {
                    let step = graph.step(step).unwrap();
                    let branch = if branch == Path::NO_BRANCH { None } else { step.branch_id(branch) };
                    (step.id.to_string(), branch.unwrap_or_default())
                })
                .collect();
            let end = match (decision.page, decision.media, workflow.destination(decision.destination)) {
                (Some(page), ..) => format!("page {}", graph.step(page).unwrap().id),
                (_, Some(media), _) => format!("media {}", graph.step(media).unwrap().id),
                (.., Some(to)) => to.as_str().to_owned(),
                _ => decision.outcome.as_str().to_owned(),
            };
            let context = || {
                format!(
                    "seed {seed}, scan {number}: {scan:?}\n{}",
                    serde_json::to_string_pretty(&wire).unwrap()
                )
            };
            assert_eq!(way, expected.way, "the way of {}", context());
            assert_eq!(end, expected.end, "the end of {}", context());
            assert_eq!(decision.attributes_missing, expected.attributes_missing, "{}", context());

            let told = explain(&graph, &workflow, Window::default(), &facts);
            assert_eq!(told.decision, decision, "{}", context());
            let told: Vec<(String, String)> = told
                .steps
                .into_iter()
                .map(|step| (step.step_id.to_string(), step.branch_id.unwrap_or_default()))
                .collect();
            assert_eq!(told, way, "{}", context());
            cases += 1;
            steps_walked += way.len();
            let kind = end.split([' ', ':']).next().unwrap_or_default().to_owned();
            *ends
                .entry(if end.contains("fallback") { "fallback".to_owned() } else { kind })
                .or_insert(0u32) += 1;
        }
    }
    println!(
        "{cases} scans of {WORKFLOWS} workflows, {steps_walked} steps walked, ends {ends:?}: differences 0"
    );
    // The cases would say little if they all ended alike.
    assert!(ends.len() >= 5 && ends.values().all(|count| *count > 50), "{ends:?}");
}

/// The step as the API would answer it.
fn to_wire(step: &StepDraft) -> Value {
    json!({ "id": step.id, "payload": step.wire_payload(), "branches": step.wire_branches() })
}

/// The scan as the engine is given it.
fn facts(scan: &random::Scan) -> Facts<'_> {
    Facts {
        zone: Some(&scan.zone),
        country: scan.country,
        region: scan.region,
        city: scan.city,
        point: scan.point,
        languages: &scan.languages_text,
        device_type: scan.device_type,
        platform: scan.platform,
        browser: scan.browser,
        brand: scan.brand,
        actor: scan.actor,
        visit_type: scan.visit_type,
        nth: scan.nth,
        referrer_host: scan.referrer,
        query: &scan.query_text,
        asn: scan.asn,
        organisation: scan.organisation,
        placement: scan.placement,
        tags: &scan.tags,
        attributes: scan.attributes.as_ref(),
        visitor_seed: scan.visitor_seed,
        scan_seed: scan.scan_seed,
        ..Facts::at(scan.at)
    }
}
