//! Where instants lie among ascending edges: each row is asked, so it is no search.

/// Cells of the grid at most.
const CELLS: i64 = 1 << 14;

/// Ascending edges with a grid laid over them.
pub(crate) struct Steps<'e> {
    edges: &'e [i64],
    /// Milliseconds of a cell.
    cell: i64,
    /// For each cell the step that its start lies in.
    steps: Vec<u32>,
}

impl<'e> Steps<'e> {
    /// Steps between edges, of which there are two at least.
    pub fn new(edges: &'e [i64]) -> Self {
        let (first, last) = (edges[0], edges[edges.len() - 1]);
        let cells = (edges.len() as i64 * 4).min(CELLS);
        let cell = (last.saturating_sub(first) / cells).max(1);
        let mut steps = vec![0];
        let mut now = 0;
        while steps.len() < CELLS as usize + cells as usize {
            let start = first.saturating_add(cell.saturating_mul(steps.len() as i64));
            if start >= last {
                break;
            }
            while edges[now + 1] <= start {
                now += 1;
            }
            steps.push(now as u32);
        }
        Self { edges, cell, steps }
    }

    /// The step of an instant; of one outside, the nearest.
    pub fn of(&self, at: i64) -> usize {
        let cell = at.saturating_sub(self.edges[0]).max(0) / self.cell;
        let mut step = self.steps[(cell as usize).min(self.steps.len() - 1)] as usize;
        while step + 2 < self.edges.len() && self.edges[step + 1] <= at {
            step += 1;
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_step_is_the_one_a_search_finds(
            mut edges in prop::collection::btree_set(-5000i64..5000, 2..40),
            far in prop::option::of(100_000i64..1 << 50),
            instants in prop::collection::vec(-6000i64..6000, 1..60),
        ) {
            edges.extend(far);
            let edges: Vec<i64> = edges.into_iter().collect();
            let steps = Steps::new(&edges);
            for at in instants.into_iter().chain(far).chain([i64::MIN, i64::MAX]) {
                let found = edges.partition_point(|edge| *edge <= at).saturating_sub(1).min(edges.len() - 2);
                prop_assert_eq!(steps.of(at), found);
            }
        }
    }
}
