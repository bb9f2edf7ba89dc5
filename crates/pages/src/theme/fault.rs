//! What of a theme is no look: numbers beyond what is shown, colours that are none, names that no font has.

use super::{Color, ColorKind, Font, PageTheme, ThemeColor, color, font, paint};

/// Widths of a card's border, px.
pub(crate) const BORDERS: (i64, i64) = (0, 12);
/// Opacity of a card, per cent.
pub(crate) const OPACITIES: (i64, i64) = (0, 100);
/// Sizes of a font that are taken, px; shown is what a telephone can show of them.
const SIZES: (i64, i64) = (8, 96);

/// A JSON pointer, and what is wrong there.
type Fault = (String, String);

impl PageTheme {
    /// The first of its fields that nothing can be shown with.
    pub fn fault(&self) -> Option<Fault> {
        let card = self.container_config.as_ref();
        let colors = [
            ("/canvasColor", self.canvas_color.as_ref()),
            ("/containerConfig/backgroundColor", card.and_then(|card| card.background_color.as_ref())),
            ("/containerConfig/borderColor", card.and_then(|card| card.border_color.as_ref())),
            ("/elementColor", self.element_color.as_ref()),
            ("/badgeIconColor", self.badge_icon_color.as_ref()),
        ];
        let numbers = [
            ("/containerConfig/borderSize", card.and_then(|card| card.border_size), BORDERS, "pixels"),
            ("/containerConfig/opacity", card.and_then(|card| card.opacity), OPACITIES, "per cent"),
        ];
        let fonts = [
            ("/titleFont", self.title_font.as_ref()),
            ("/bodyFont", self.body_font.as_ref()),
            ("/elementFont", self.element_font.as_ref()),
        ];
        let of_colors = || colors.iter().find_map(|(field, color)| of_color(field, (*color)?));
        let of_numbers = || {
            numbers.iter().find_map(|(field, number, range, unit)| beyond(field, (*number)?, *range, unit))
        };
        let of_fonts = || fonts.iter().find_map(|(field, font)| of_font(field, (*font)?));
        of_colors().or_else(of_numbers).or_else(of_fonts)
    }
}

fn beyond(field: &str, number: i64, (least, most): (i64, i64), unit: &str) -> Option<Fault> {
    let is_within = (least..=most).contains(&number);
    (!is_within).then(|| (field.to_owned(), format!("is {number}; send {least} to {most} {unit}")))
}

fn of_font(field: &str, font: &Font) -> Option<Fault> {
    let size = || beyond(&format!("{field}/fontSize"), font.font_size?, SIZES, "pixels");
    let stack = || {
        let text = font.family_stack.as_deref()?;
        let message = font::wrong_name(text)?;
        Some((format!("{field}/familyStack"), message))
    };
    let color = || of_color(&format!("{field}/color"), font.color.as_ref()?);
    size().or_else(stack).or_else(color)
}

fn of_color(field: &str, theme: &ThemeColor) -> Option<Fault> {
    let at = |part: &str| format!("{field}/{part}");
    let count = theme.colors.len();
    if count == 0 {
        return Some((at("colors"), "names no colour; send one, such as [\"#0b5c4c\"]".to_owned()));
    }
    if count > paint::MAX_COLORS {
        return Some((at("colors"), format!("names {count} colours; send {} at most", paint::MAX_COLORS)));
    }
    if let Some(place) = theme.colors.iter().position(|text| Color::parse(text).is_none()) {
        let text = &theme.colors[place];
        let message = format!("\"{text}\" is no colour; write #0b5c4c, rgb() or hsl()");
        return Some((at(&format!("colors/{place}")), message));
    }
    if theme.kind == ColorKind::Solid {
        return None;
    }
    if let Some(text) = theme.direction.as_deref()
        && !text.trim().is_empty()
        && paint::direction(text).is_none()
    {
        let message = format!("\"{text}\" is no direction; write 135deg, or to right");
        return Some((at("direction"), message));
    }
    if !theme.stops.is_empty() && theme.stops.len() != count {
        return Some((at("stops"), format!("{count} colours have {count} stops, or none")));
    }
    let is_stop = |text: &String| {
        let percent = text.trim().strip_suffix('%').and_then(color::number);
        percent.is_some_and(|percent| (0.0..=100.0).contains(&percent))
    };
    let place = theme.stops.iter().position(|text| !is_stop(text))?;
    let message = format!("\"{}\" is no place from 0% to 100%", theme.stops[place]);
    Some((at(&format!("stops/{place}")), message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn fault(theme: Value) -> Option<Fault> {
        serde_json::from_value::<PageTheme>(theme).unwrap().fault()
    }

    #[test]
    fn the_first_field_that_nothing_is_shown_with_is_named() {
        let solid = |colors: &[&str]| json!({ "type": "SOLID", "colors": colors });
        let linear = |direction: &str, stops: &[&str]| json!({ "canvasColor": { "type": "LINEAR", "colors": ["#fff", "#000"], "direction": direction, "stops": stops } });
        for (theme, field, words) in [
            (
                json!({ "bodyFont": { "color": solid(&["#123456", "teal-ish"]) } }),
                "/bodyFont/color/colors/1",
                "#0b5c4c",
            ),
            (json!({ "bodyFont": { "color": solid(&[]) } }), "/bodyFont/color/colors", "names no colour"),
            (json!({ "elementColor": solid(&["#fff"; 9]) }), "/elementColor/colors", "8 at most"),
            (json!({ "containerConfig": { "borderSize": -1 } }), "/containerConfig/borderSize", "0 to 12"),
            (json!({ "containerConfig": { "borderSize": 13 } }), "/containerConfig/borderSize", "0 to 12"),
            (json!({ "containerConfig": { "opacity": 101 } }), "/containerConfig/opacity", "0 to 100"),
            (json!({ "titleFont": { "fontSize": i64::MAX } }), "/titleFont/fontSize", "8 to 96"),
            (json!({ "elementFont": { "fontSize": 0 } }), "/elementFont/fontSize", "8 to 96"),
            (json!({ "bodyFont": { "familyStack": "Iowan, url(x)" } }), "/bodyFont/familyStack", "url(x)"),
            (
                json!({ "bodyFont": { "familyStack": "x;}body{display:none" } }),
                "/bodyFont/familyStack",
                "no name",
            ),
            (linear("NaNdeg", &[]), "/canvasColor/direction", "135deg"),
            (linear("to nowhere", &[]), "/canvasColor/direction", "135deg"),
            (linear("to right", &["0%"]), "/canvasColor/stops", "2 stops"),
            (linear("to right", &["0%", "NaN%"]), "/canvasColor/stops/1", "0% to 100%"),
            (linear("to right", &["-1%", "100%"]), "/canvasColor/stops/0", "0% to 100%"),
        ] {
            let (at, message) = fault(theme.clone()).expect("a fault");
            assert!(at == field && message.contains(words), "{theme}: {at} {message}");
        }
        for theme in [
            json!({}),
            json!({ "bodyFont": { "color": solid(&["#123456", "hsl(40, 45%, 92%)"]) } }),
            json!({ "containerConfig": { "borderSize": 0, "opacity": 100 } }),
            json!({ "titleFont": { "fontSize": 96, "familyStack": "Inter, 'Open Sans', -apple-system, serif" } }),
            json!({ "titleFont": { "familyStack": "" } }),
            linear("135deg", &["0%", "33.5%"]),
            linear("", &[]),
        ] {
            assert_eq!(fault(theme.clone()), None, "{theme}");
        }
    }
}
