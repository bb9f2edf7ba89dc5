//! Places on the canvas: cosmetics, in the editor's units.

use model::StepId;
use model::workflow::StepDraft;

/// From one row of steps to the next.
pub const ROW: f64 = 160.0;
/// From one step of a row to the next.
const COLUMN: f64 = 280.0;

/// Each step a row below the last of those that lead to it, each row centred; what nothing leads to comes last.
pub fn in_rows(steps: &mut Vec<StepDraft>) {
    let mut depth = vec![usize::MAX; steps.len()];
    if let Some(entry) = depth.first_mut() {
        *entry = 0;
    }
    // A workflow has no circles; the bound keeps a damaged one from holding up the request.
    for _ in 0..steps.len() {
        let before = depth.clone();
        for (index, step) in steps.iter().enumerate().filter(|(index, _)| before[*index] != usize::MAX) {
            for next in step.branches.values() {
                if let Some(next) = steps.iter().position(|other| other.id == *next) {
                    let below = before[index] + 1;
                    if depth[next] == usize::MAX || depth[next] < below {
                        depth[next] = below;
                    }
                }
            }
        }
        if depth == before {
            break;
        }
    }
    let last = depth.iter().filter(|depth| **depth != usize::MAX).max().copied().unwrap_or(0);
    for depth in depth.iter_mut().filter(|depth| **depth == usize::MAX) {
        *depth = last + 1;
    }
    for row in 0..=last + 1 {
        let members: Vec<usize> = (0..steps.len()).filter(|index| depth[*index] == row).collect();
        let middle = (members.len().saturating_sub(1)) as f64 / 2.0;
        for (place, index) in members.into_iter().enumerate() {
            steps[index].canvas.x = (place as f64 - middle) * COLUMN;
            steps[index].canvas.y = row as f64 * ROW;
        }
    }
}

/// Moves what lies under step `id` to the right, and what that comes to lie on likewise.
pub fn around(steps: &mut Vec<StepDraft>, id: StepId) {
    let mut settled = vec![id];
    while settled.len() < steps.len() {
        let places: Vec<_> =
            steps.iter().filter(|step| settled.contains(&step.id)).map(|step| step.canvas).collect();
        let mut others: Vec<&mut StepDraft> =
            steps.iter_mut().filter(|step| !settled.contains(&step.id)).collect();
        others.sort_by(|a, b| a.canvas.x.total_cmp(&b.canvas.x));
        let Some(step) = others.into_iter().next() else { return };
        let lies_on = |x: f64, y: f64| {
            places.iter().find(|p| (p.x - x).abs() < COLUMN * 0.8 && (p.y - y).abs() < ROW * 0.6)
        };
        while let Some(below) = lies_on(step.canvas.x, step.canvas.y) {
            step.canvas.x = below.x + COLUMN;
        }
        settled.push(step.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::workflow::Payload;
    use uuid::Uuid;

    fn steps(edges: &[(u128, &[u128])]) -> Vec<StepDraft> {
        let id = |n| StepId(Uuid::from_u128(n));
        let step = |(n, to): &(u128, &[u128])| {
            let mut step = StepDraft::new(id(*n), Payload::LinkVisit(Default::default()));
            step.branches = to.iter().map(|to| (to.to_string(), id(*to))).collect();
            step
        };
        edges.iter().map(step).collect()
    }

    #[test]
    fn each_step_stands_below_what_leads_to_it_and_none_on_another() {
        let mut all = steps(&[(1, &[2, 3]), (2, &[4]), (3, &[2]), (4, &[]), (5, &[])]);
        in_rows(&mut all);
        let rows: Vec<f64> = all.iter().map(|step| step.canvas.y / ROW).collect();
        assert_eq!(rows, [0.0, 2.0, 1.0, 3.0, 4.0]);
        let mut pile = steps(&[(1, &[]), (2, &[]), (3, &[])]);
        around(&mut pile, StepId(Uuid::from_u128(2)));
        let mut xs: Vec<f64> = pile.iter().map(|step| step.canvas.x).collect();
        assert_eq!(pile[1].canvas.x, 0.0, "the step itself stays");
        xs.sort_by(f64::total_cmp);
        assert!(xs.windows(2).all(|pair| pair[1] - pair[0] >= COLUMN));
    }
}
