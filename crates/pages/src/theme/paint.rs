//! A colour or gradient of a theme as CSS, and the colours that it shows.

use super::color::{self, Color};
use super::{ColorKind, ThemeColor};

/// Colours of a gradient, at most.
pub(super) const MAX_COLORS: usize = 8;
/// Colours looked at between two of a gradient: between red and green it is darker than at either.
const BETWEEN: usize = 8;

/// What an area is filled with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Paint {
    /// As a value of `background`.
    pub css: String,
    /// Colours that stand somewhere in it, opaque; one at least.
    pub shown: Vec<Color>,
}

impl Paint {
    pub(crate) fn solid(color: Color) -> Self {
        let opaque = Color { alpha: 1.0, ..color };
        Self { css: opaque.to_string(), shown: vec![opaque] }
    }

    /// The paint of a theme's colour over each of the colours below it; nothing where the theme names no colour.
    /// `opacity` is 0 to 1 and lies over the colours' own.
    pub(crate) fn read(theme: &ThemeColor, opacity: f32, below: &[Color]) -> Option<Self> {
        let faded = |color: Color| Color { alpha: color.alpha * opacity, ..color };
        let colors: Vec<Color> =
            theme.colors.iter().filter_map(|text| Color::parse(text)).take(MAX_COLORS).map(faded).collect();
        let first = *colors.first()?;
        let (css, colors) = match theme.kind {
            _ if colors.len() == 1 => (first.to_string(), colors),
            ColorKind::Solid => (first.to_string(), vec![first]),
            ColorKind::Linear => {
                let direction =
                    theme.direction.as_deref().and_then(direction).unwrap_or_else(|| "180deg".into());
                (format!("linear-gradient({direction},{})", stops(&colors, &theme.stops)), between(&colors))
            }
            ColorKind::Radial => {
                (format!("radial-gradient(circle,{})", stops(&colors, &theme.stops)), between(&colors))
            }
        };
        let shown = colors.iter().flat_map(|color| below.iter().map(|below| color.over(*below))).collect();
        Some(Self { css, shown })
    }

    /// One colour that stands for all of it.
    pub(crate) fn middle(&self) -> Color {
        self.shown[self.shown.len() / 2]
    }
}

/// The colour of a theme where only one can stand: a text, a border.
pub(crate) fn single(theme: Option<&ThemeColor>) -> Option<Color> {
    let color = theme?.colors.iter().find_map(|text| Color::parse(text))?;
    Some(Color { alpha: 1.0, ..color })
}

/// A direction as CSS has it, written anew.
pub(super) fn direction(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if let Some(degrees) = text.strip_suffix("deg").and_then(color::number) {
        return Some(format!("{}deg", degrees.rem_euclid(360.0)));
    }
    const SIDES: [&str; 8] = [
        "to top",
        "to right",
        "to bottom",
        "to left",
        "to top right",
        "to top left",
        "to bottom right",
        "to bottom left",
    ];
    SIDES.iter().find(|side| **side == text).map(|side| (*side).to_owned())
}

/// Each colour, with its place where all of them have one.
fn stops(colors: &[Color], places: &[String]) -> String {
    let places: Vec<f32> = places
        .iter()
        .filter_map(|place| color::number(place.trim().strip_suffix('%')?))
        .map(|percent| percent.clamp(0.0, 100.0))
        .collect();
    let placed = places.len() == colors.len();
    let stop = |(at, color): (usize, &Color)| match placed {
        true => format!("{color} {}%", places[at]),
        false => color.to_string(),
    };
    colors.iter().enumerate().map(stop).collect::<Vec<_>>().join(",")
}

fn between(colors: &[Color]) -> Vec<Color> {
    let alpha = |from: Color, to: Color, share: f32| from.alpha + (to.alpha - from.alpha) * share;
    let mut shown = vec![colors[0]];
    for pair in colors.windows(2) {
        shown.extend((1..=BETWEEN).map(|step| {
            let share = step as f32 / BETWEEN as f32;
            Color { alpha: alpha(pair[0], pair[1], share), ..pair[0].mix(pair[1], share) }
        }));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: ColorKind, colors: &[&str], direction: &str, stops: &[&str]) -> Option<Paint> {
        let theme = ThemeColor {
            kind,
            colors: colors.iter().map(|c| (*c).to_owned()).collect(),
            direction: Some(direction.to_owned()),
            stops: stops.iter().map(|s| (*s).to_owned()).collect(),
        };
        Paint::read(&theme, 1.0, &[Color::WHITE])
    }

    #[test]
    fn gradients_are_written_anew() {
        let css = |kind, direction, stops: &[&str]| {
            read(kind, &["#000", "nonsense", "rgb(255,255,255)"], direction, stops).unwrap().css
        };
        assert_eq!(css(ColorKind::Solid, "", &[]), "#000000");
        assert_eq!(
            css(ColorKind::Linear, "135deg", &["0%", "50%"]),
            "linear-gradient(135deg,#000000 0%,#ffffff 50%)"
        );
        assert_eq!(css(ColorKind::Linear, "to RIGHT", &["0%"]), "linear-gradient(to right,#000000,#ffffff)");
        assert_eq!(css(ColorKind::Linear, "0deg);}*{", &[]), "linear-gradient(180deg,#000000,#ffffff)");
        assert_eq!(css(ColorKind::Radial, "", &[]), "radial-gradient(circle,#000000,#ffffff)");
        assert_eq!(read(ColorKind::Linear, &["url(x)"], "", &[]), None);
    }

    #[test]
    fn what_lies_between_the_colours_is_looked_at() {
        let paint = read(ColorKind::Linear, &["#f00", "#0a0"], "", &[]).unwrap();
        let darkest = paint.shown.iter().map(|c| c.luminance()).fold(1.0, f32::min);
        assert!(darkest < Color::hex(0xff_00_00).luminance() && paint.shown.len() == 1 + BETWEEN);
    }
}
