//! Themes as owners make them, and those that come with the program.

use pages::theme::PageTheme;
use pages::theme::house::HOUSE;
use pages::{Images, Look};
use serde_json::{Value, json};

/// Each with a name.
pub fn looks() -> Vec<(&'static str, Look)> {
    let images = Images { cover: Some("cover.svg"), badge: Some("badge.svg"), footer_logo: Some("logo.svg") };
    let none = Images::default();
    let themes: [(&str, Value, Images<'_>); 6] = [
        ("house", json!({}), none),
        ("coral", json!({ "elementColor": solid("#ff6f59") }), none),
        (
            "dusk",
            json!({
                "canvasColor": { "type": "THEME_COLOR_TYPE_LINEAR", "colors": ["#1d1b3a", "#4b2a63"], "direction": "160deg" },
                "elementColor": solid("#ffd166"),
                "titleFont": { "fontSize": 34, "bold": true },
            }),
            none,
        ),
        (
            "paper",
            json!({
                "canvasColor": solid("hsl(40, 45%, 92%)"),
                "containerEnabled": true,
                "containerConfig": {
                    "variant": "PAGE_THEME_CONTAINER_VARIANT_SQUARE", "backgroundColor": solid("#fffdf8"),
                    "borderColor": solid("#3b2f2f"), "borderSize": 3, "borderStyle": "PAGE_THEME_BORDER_STYLE_DOUBLE",
                },
                "elementColor": solid("#7b2d26"),
                "titleFont": { "family": "PAGE_THEME_FONT_FAMILY_GEORGIA", "fontSize": 32 },
                "bodyFont": { "family": "PAGE_THEME_FONT_FAMILY_GEORGIA", "color": solid("#3b2f2f") },
                "elementFont": { "family": "PAGE_THEME_FONT_FAMILY_GEORGIA", "italic": true },
            }),
            none,
        ),
        (
            "cover",
            json!({
                "canvasCoverMode": "PAGE_THEME_BACKGROUND_COVER_MODE_FULL",
                "containerEnabled": true,
                "containerConfig": { "backgroundColor": solid("#ffffff"), "opacity": 40 },
                "elementColor": solid("#6f3c5d"),
                "badgeEnabled": true, "badgeShape": "PAGE_THEME_BADGE_SHAPE_ROUNDED",
            }),
            images,
        ),
        (
            "fade",
            json!({
                "canvasColor": solid("#fbf4ea"),
                "canvasCoverMode": "PAGE_THEME_BACKGROUND_COVER_MODE_PROGRESSIVE_TOP",
                "elementColor": { "type": "THEME_COLOR_TYPE_LINEAR", "colors": ["#c9655a", "#6f3c5d"], "direction": "to right" },
                "badgeEnabled": true,
            }),
            images,
        ),
    ];
    let theirs = themes.into_iter().map(|(name, theme, images)| {
        let theme: PageTheme = serde_json::from_value(theme).expect("a theme");
        (name, Look::new(&theme, &images))
    });
    // The first of the house's is above.
    let ours = HOUSE.iter().skip(1).map(|house| (house.slug, Look::new(&(house.look)(), &Images::default())));
    theirs.chain(ours).collect()
}

fn solid(color: &str) -> Value {
    json!({ "type": "THEME_COLOR_TYPE_SOLID", "colors": [color] })
}
