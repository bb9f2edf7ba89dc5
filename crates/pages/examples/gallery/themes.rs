//! Themes as owners make them.

use pages::theme::PageTheme;
use pages::{Images, Look};
use serde_json::{Value, json};

/// Images that the themes use.
pub const IMAGES: [(&str, &str); 3] = [
    (
        "cover.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 900" preserveAspectRatio="xMidYMid slice"><rect width="1200" height="900" fill="#f3c78b"/><circle cx="860" cy="300" r="130" fill="#fff3d6"/><path d="M0 560C240 420 420 640 680 500s380-60 520-20v420H0z" fill="#c9655a"/><path d="M0 690c260-120 430 60 700-40s360-40 500 10v240H0z" fill="#6f3c5d"/><path d="M0 800c300-90 520 40 780-20s300-30 420 0v120H0z" fill="#2d2142"/></svg>"##,
    ),
    (
        "badge.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#2d2142"/><path d="M16 44V20l16 14 16-14v24" fill="none" stroke="#f3c78b" stroke-width="5" stroke-linejoin="round"/></svg>"##,
    ),
    (
        "logo.svg",
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 24" width="120" height="24"><path d="M4 20V6l8 8 8-8v14" fill="none" stroke="#8a7f97" stroke-width="3"/><rect x="32" y="9" width="84" height="6" rx="3" fill="#8a7f97"/></svg>"##,
    ),
];

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
    themes
        .into_iter()
        .map(|(name, theme, images)| {
            let theme: PageTheme = serde_json::from_value(theme).expect("a theme");
            (name, Look::new(&theme, &images))
        })
        .collect()
}

fn solid(color: &str) -> Value {
    json!({ "type": "THEME_COLOR_TYPE_SOLID", "colors": [color] })
}
