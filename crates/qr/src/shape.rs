//! Path data of shapes, in modules from the top left of a viewBox.

use crate::design::{Dots, Eyes, Rings};
use crate::outline::{Outline, outlines};
use crate::svg::write_data;

/// How far the outer corners of dark areas are rounded, in modules: top left, top right, bottom right, bottom left.
fn radii(dots: Dots) -> [f32; 4] {
    match dots {
        Dots::Square | Dots::Dots => [0.0; 4],
        Dots::Rounded => [0.5; 4],
        Dots::ExtraRounded => [1.0; 4],
        Dots::Classy => [0.5, 0.0, 0.5, 0.0],
        Dots::ClassyRounded => [1.0, 0.0, 1.0, 0.0],
    }
}

/// The dark modules of a square of `side`, whose top left module stands at `origin`.
pub(crate) fn dots(style: Dots, side: u32, origin: f32, dark: &impl Fn(u32, u32) -> bool) -> String {
    let mut data = String::new();
    if style == Dots::Dots {
        for y in 0..side {
            for x in (0..side).filter(|x| dark(*x, y)) {
                disc(&mut data, origin + x as f32 + 0.5, origin + y as f32 + 0.5, 0.5);
            }
        }
    } else {
        let radii = radii(style);
        for outline in outlines(side, dark) {
            rounded(&mut data, &outline, radii, origin);
        }
    }
    data
}

/// The ring of a finder whose top left corner is at (`x`, `y`); to be filled by the even-odd rule.
pub(crate) fn ring(style: Rings, x: f32, y: f32) -> String {
    let mut data = String::new();
    match style {
        Rings::Square => {
            square(&mut data, x, y, 7.0, 0.0);
            square(&mut data, x + 1.0, y + 1.0, 5.0, 0.0);
        }
        Rings::ExtraRounded => {
            square(&mut data, x, y, 7.0, 1.75);
            square(&mut data, x + 1.0, y + 1.0, 5.0, 0.75);
        }
        Rings::Dot => {
            disc(&mut data, x + 3.5, y + 3.5, 3.5);
            disc(&mut data, x + 3.5, y + 3.5, 2.5);
        }
    }
    data
}

/// The middle of that finder.
pub(crate) fn eye(style: Eyes, x: f32, y: f32) -> String {
    let mut data = String::new();
    match style {
        Eyes::Square => square(&mut data, x + 2.0, y + 2.0, 3.0, 0.0),
        Eyes::Dot => disc(&mut data, x + 3.5, y + 3.5, 1.5),
    }
    data
}

fn disc(data: &mut String, x: f32, y: f32, radius: f32) {
    let (left, across) = (x - radius, 2.0 * radius);
    write_data(
        data,
        format_args!("M{left} {y}a{radius} {radius} 0 1 1 {across} 0a{radius} {radius} 0 1 1-{across} 0z"),
    );
}

fn square(data: &mut String, x: f32, y: f32, side: f32, radius: f32) {
    let straight = side - 2.0 * radius;
    if radius == 0.0 {
        return write_data(data, format_args!("M{x} {y}h{side}v{side}h-{side}z"));
    }
    let r = radius;
    write_data(
        data,
        format_args!(
            "M{} {y}h{straight}a{r} {r} 0 0 1 {r} {r}v{straight}a{r} {r} 0 0 1-{r} {r}h-{straight}a{r} {r} 0 0 1-{r}-{r}v-{straight}a{r} {r} 0 0 1 {r}-{r}z",
            x + r
        ),
    );
}

/// A direction along an axis.
fn heading(from: (u32, u32), to: (u32, u32)) -> (f32, f32) {
    let sign = |a: u32, b: u32| (i64::from(b) - i64::from(a)).signum() as f32;
    (sign(from.0, to.0), sign(from.1, to.1))
}

fn length(from: (u32, u32), to: (u32, u32)) -> f32 {
    (from.0.abs_diff(to.0) + from.1.abs_diff(to.1)) as f32
}

/// An outline with its outer corners rounded. The dark lies to the right hand, so a turn to the right is one of them.
fn rounded(data: &mut String, outline: &Outline, radii: [f32; 4], origin: f32) {
    let count = outline.len();
    let corner = |i: usize| outline[i % count];
    let wanted: Vec<f32> = (0..count)
        .map(|i| {
            let before = heading(corner(i + count - 1), corner(i));
            let after = heading(corner(i), corner(i + 1));
            let turns_right = before.0 * after.1 - before.1 * after.0 > 0.0;
            let which = match before {
                (_, y) if y < 0.0 => 0,
                (x, _) if x > 0.0 => 1,
                (_, y) if y > 0.0 => 2,
                _ => 3,
            };
            if turns_right { radii[which] } else { 0.0 }
        })
        .collect();
    // Two round corners of one side have half of it each.
    let room = |i: usize, other: usize| {
        let side = length(corner(i), corner(other));
        if wanted[other % count] > 0.0 { side / 2.0 } else { side }
    };
    for (i, wanted) in wanted.iter().enumerate() {
        let (x, y) = (origin + corner(i).0 as f32, origin + corner(i).1 as f32);
        let radius = wanted.min(room(i, i + count - 1)).min(room(i, i + 1));
        let (before, after) = (heading(corner(i + count - 1), corner(i)), heading(corner(i), corner(i + 1)));
        let letter = if i == 0 { 'M' } else { 'L' };
        write_data(data, format_args!("{letter}{} {}", x - before.0 * radius, y - before.1 * radius));
        if radius > 0.0 {
            write_data(
                data,
                format_args!("A{radius} {radius} 0 0 1 {} {}", x + after.0 * radius, y + after.1 * radius),
            );
        }
    }
    data.push('z');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_module_becomes_a_disc_and_a_pair_a_pill() {
        let one = dots(Dots::Rounded, 1, 4.0, &|x, y| (x, y) == (0, 0));
        assert_eq!(
            one,
            "M4 4.5A0.5 0.5 0 0 1 4.5 4L4.5 4A0.5 0.5 0 0 1 5 4.5L5 4.5A0.5 0.5 0 0 1 4.5 5L4.5 5A0.5 0.5 0 0 1 4 4.5z"
        );
        let two = dots(Dots::Classy, 2, 0.0, &|x, y| y == 0 && x < 2);
        assert_eq!(two, "M0 0.5A0.5 0.5 0 0 1 0.5 0L2 0L2 0.5A0.5 0.5 0 0 1 1.5 1L0 1z");
    }

    #[test]
    fn inner_corners_stay() {
        // An L of three: its inner corner is at (1, 1).
        let data = dots(Dots::ExtraRounded, 2, 0.0, &|x, y| x < 2 && y < 2 && (x, y) != (1, 1));
        assert!(data.starts_with("M0 1A1 1 0 0 1 1 0") && data.contains("L1 1"), "{data}");
    }
}
