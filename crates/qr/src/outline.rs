//! Outlines of the dark areas: what every vector format draws. Whole areas, not rows or squares, since
//! renderers show hairlines where two shapes meet.

/// A closed polygon, corner by corner, in modules from the top left of the code. Its sides are alternately
/// horizontal and vertical, the first one horizontal; the last corner is joined to the first by a vertical
/// one.
pub(crate) type Outline = Vec<(u32, u32)>;

#[derive(Clone, Copy)]
enum Heading {
    Right,
    Down,
    Left,
    Up,
}

impl Heading {
    fn right(self) -> Self {
        match self {
            Self::Right => Self::Down,
            Self::Down => Self::Left,
            Self::Left => Self::Up,
            Self::Up => Self::Right,
        }
    }

    fn left(self) -> Self {
        self.right().right().right()
    }

    fn ahead(self, (x, y): (u32, u32)) -> (u32, u32) {
        match self {
            Self::Right => (x + 1, y),
            Self::Down => (x, y + 1),
            Self::Left => (x - 1, y),
            Self::Up => (x, y - 1),
        }
    }

    /// The modules ahead of a corner, the one to the left of the way and the one to the right.
    fn modules(self, (x, y): (u32, u32)) -> [(u32, u32); 2] {
        let (above, left) = (y.wrapping_sub(1), x.wrapping_sub(1));
        match self {
            Self::Right => [(x, above), (x, y)],
            Self::Down => [(x, y), (left, y)],
            Self::Left => [(left, y), (left, above)],
            Self::Up => [(left, above), (x, above)],
        }
    }
}

/// The outlines of all dark areas and, turning the other way, of the light areas within: fill them by either
/// rule. Areas that touch at a corner only have outlines of their own.
///
/// `dark` says which modules of a square of `side` are dark; outside of it none is.
pub(crate) fn outlines(side: u32, dark: &impl Fn(u32, u32) -> bool) -> Vec<Outline> {
    // Each outline has a side that heads right, along the top of a dark module under a light one.
    let is_top = |x: u32, y: u32| dark(x, y) && !dark(x, y.wrapping_sub(1));
    let mut seen = vec![false; (side * side) as usize];
    let mut outlines = Vec::new();
    for y in 0..side {
        for x in 0..side {
            // A left end, so that the walk begins at a corner.
            let starts = is_top(x, y) && !seen[(y * side + x) as usize];
            if starts && !(x > 0 && is_top(x - 1, y)) {
                outlines.push(walk(side, dark, (x, y), &mut seen));
            }
        }
    }
    outlines
}

/// Walks from a corner, dark to the right hand, until it is there again.
fn walk(side: u32, dark: &impl Fn(u32, u32) -> bool, start: (u32, u32), seen: &mut [bool]) -> Outline {
    let mut corners = vec![start];
    let (mut at, mut heading) = (start, Heading::Right);
    loop {
        if let Heading::Right = heading {
            seen[(at.1 * side + at.0) as usize] = true;
        }
        at = heading.ahead(at);
        let [left, right] = heading.modules(at).map(|(x, y)| dark(x, y));
        let turned = match (left, right) {
            (_, false) => heading.right(),
            (true, true) => heading.left(),
            (false, true) => continue,
        };
        if at == start && matches!(turned, Heading::Right) {
            return corners;
        }
        corners.push(at);
        heading = turned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Level};

    fn of(code: &Code) -> Vec<Outline> {
        outlines(code.modules(), &|x, y| code.dark(x, y))
    }

    /// Whether the centre of a module is inside, by the even-odd rule: how many sides lie to the left of it?
    fn inside(outlines: &[Outline], x: u32, y: u32) -> bool {
        let crossings = outlines
            .iter()
            .flat_map(|outline| outline.iter().zip(outline.iter().cycle().skip(1)))
            .filter(|(a, b)| a.0 == b.0 && a.0 <= x && a.1.min(b.1) <= y && y < a.1.max(b.1))
            .count();
        crossings % 2 == 1
    }

    #[test]
    fn what_the_outlines_enclose_is_what_is_dark() {
        for (payload, level) in
            [("7", Level::L), ("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", Level::M), (&"quiet".repeat(60), Level::H)]
        {
            let code = Code::new(payload, level).unwrap();
            let outlines = of(&code);
            for y in 0..code.modules() {
                for x in 0..code.modules() {
                    assert_eq!(inside(&outlines, x, y), code.dark(x, y), "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn sides_are_horizontal_and_vertical_in_turn() {
        let code = Code::new("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", Level::M).unwrap();
        for outline in of(&code) {
            assert!(outline.len() >= 4 && outline.len().is_multiple_of(2));
            for (i, (a, b)) in outline.iter().zip(outline.iter().cycle().skip(1)).enumerate() {
                if i % 2 == 0 {
                    assert!(a.1 == b.1 && a.0 != b.0, "{a:?} {b:?}");
                } else {
                    assert!(a.0 == b.0 && a.1 != b.1, "{a:?} {b:?}");
                }
            }
        }
    }
}
