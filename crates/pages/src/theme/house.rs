//! Looks of pages that come with the program, of our own making. Every page of the gallery is held to its promises in
//! each of them.

use super::{BorderStyle, ColorKind, Container, Corners, Family, Font, PageTheme, ThemeColor};

/// A look that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct House {
    /// Its name in addresses.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is like, in a sentence.
    pub description: &'static str,
    /// Words that it is found by.
    pub tags: &'static str,
    /// How it looks.
    pub look: fn() -> PageTheme,
}

fn solid(color: &str) -> Option<ThemeColor> {
    Some(ThemeColor { colors: vec![color.to_owned()], ..ThemeColor::default() })
}

fn linear(degrees: u16, from: &str, to: &str) -> Option<ThemeColor> {
    Some(ThemeColor {
        kind: ColorKind::Linear,
        colors: vec![from.to_owned(), to.to_owned()],
        direction: Some(format!("{degrees}deg")),
        ..ThemeColor::default()
    })
}

fn card(color: &str, variant: Corners) -> Container {
    Container { variant: Some(variant), background_color: solid(color), ..Container::default() }
}

fn font(family: Family, bold: bool) -> Option<Font> {
    Some(Font { family: Some(family), bold: Some(bold), ..Font::default() })
}

/// All of them; a place in this list is part of an id and stays.
pub const HOUSE: [House; 6] = [
    House {
        slug: "plain",
        name: "Plain",
        description: "The house's own: light or dark, as the visitor's system has it.",
        tags: "plain, light, dark",
        look: PageTheme::default,
    },
    House {
        slug: "linen",
        name: "Linen",
        description: "A white card on warm linen, with bottle-green buttons.",
        tags: "light, warm, green, shop",
        look: || PageTheme {
            canvas_color: solid("#f3ede2"),
            container_enabled: Some(true),
            container_config: Some(card("#fffdf9", Corners::Rounded)),
            element_color: solid("#14523f"),
            title_font: font(Family::System, true),
            ..PageTheme::default()
        },
    },
    House {
        slug: "midnight",
        name: "Midnight",
        description: "Deep blue into violet, with amber buttons.",
        tags: "dark, gradient, event, music",
        look: || PageTheme {
            canvas_color: linear(165, "#0e1330", "#2a1747"),
            container_enabled: Some(false),
            element_color: solid("#f5b94a"),
            title_font: font(Family::System, true),
            ..PageTheme::default()
        },
    },
    House {
        slug: "gazette",
        name: "Gazette",
        description: "Serif type in a double frame, as on a printed page.",
        tags: "light, serif, restaurant, museum",
        look: || PageTheme {
            canvas_color: solid("#ebe6da"),
            container_enabled: Some(true),
            container_config: Some(Container {
                border_color: solid("#2c2620"),
                border_size: Some(4),
                border_style: Some(BorderStyle::Double),
                ..card("#fbf8f0", Corners::Square)
            }),
            element_color: solid("#7a1f24"),
            title_font: font(Family::Georgia, true),
            body_font: font(Family::Georgia, false),
            element_font: font(Family::Georgia, false),
            ..PageTheme::default()
        },
    },
    House {
        slug: "shore",
        name: "Shore",
        description: "A white card over sea and sand.",
        tags: "light, gradient, blue, travel",
        look: || PageTheme {
            canvas_color: linear(180, "#bfe0e6", "#f4e3c3"),
            container_enabled: Some(true),
            container_config: Some(card("#ffffff", Corners::Rounded)),
            element_color: solid("#0c5a72"),
            ..PageTheme::default()
        },
    },
    House {
        slug: "workshop",
        name: "Workshop",
        description: "Charcoal with square corners, a steel edge and signal orange.",
        tags: "dark, square, industry, manual",
        look: || PageTheme {
            canvas_color: solid("#1b1d20"),
            container_enabled: Some(true),
            container_config: Some(Container {
                border_color: solid("#565b62"),
                border_size: Some(1),
                border_style: Some(BorderStyle::Solid),
                ..card("#25282c", Corners::Square)
            }),
            element_color: solid("#ff8a3d"),
            title_font: font(Family::Arial, true),
            ..PageTheme::default()
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_look_of_the_house_is_one_of_its_kind() {
        for (place, house) in HOUSE.iter().enumerate() {
            assert_eq!((house.look)().fault(), None, "{}", house.name);
            for other in &HOUSE[..place] {
                assert!(house.slug != other.slug && (house.look)() != (other.look)(), "{}", house.name);
            }
        }
    }
}
