//! The page theme as the API speaks it (every field may be absent), and what is made of it: paints, fonts, a palette.
//!
//! Whatever stands in a theme, only numbers and known words of it reach CSS: see [`crate::Look`].

mod change;
mod color;
mod fault;
mod font;
pub mod house;
mod paint;
mod palette;

pub use color::Color;
pub(crate) use fault::{BORDERS, OPACITIES};
pub(crate) use font::FontRules;
pub(crate) use paint::{Paint, single};
#[cfg(test)]
pub(crate) use palette::tests::faults as palette_faults;
pub(crate) use palette::{Ground, Palette, TEXT};

use serde::{Deserialize, Serialize};

/// How the pages of a link look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PageTheme {
    /// Behind everything. Absent: the default look's, light or dark as the visitor's system has it.
    pub canvas_color: Option<ThemeColor>,
    /// Image over the canvas.
    pub canvas_cover_id: Option<String>,
    /// How that image lies.
    pub canvas_cover_mode: Option<CoverMode>,
    /// Whether the content stands on a card.
    pub container_enabled: Option<bool>,
    /// That card.
    pub container_config: Option<Container>,
    /// Buttons, and what is chosen.
    pub element_color: Option<ThemeColor>,
    /// Titles.
    pub title_font: Option<Font>,
    /// Text.
    pub body_font: Option<Font>,
    /// Text on buttons.
    pub element_font: Option<Font>,
    /// Whether a badge stands above the title.
    pub badge_enabled: Option<bool>,
    /// Image of the badge; without one it is an icon that fits the page.
    pub badge_id: Option<String>,
    /// Outline of the badge.
    pub badge_shape: Option<BadgeShape>,
    /// Colour of that icon.
    pub badge_icon_color: Option<ThemeColor>,
    /// Whether a logo stands below everything.
    pub footer_logo_enabled: Option<bool>,
    /// Image of the logo.
    pub footer_logo_id: Option<String>,
}

/// One colour, or a gradient of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ThemeColor {
    /// Which of them.
    #[serde(rename = "type")]
    pub kind: ColorKind,
    /// In order: hex, rgb() or hsl().
    pub colors: Vec<String>,
    /// Direction of a linear gradient: `135deg`, `to right`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Where each colour stands: `0%`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<String>,
}

/// Kind of a [`ThemeColor`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColorKind {
    /// The first colour.
    #[default]
    #[serde(rename = "THEME_COLOR_TYPE_SOLID", alias = "SOLID", alias = "THEME_COLOR_TYPE_UNSPECIFIED")]
    Solid,
    /// Along a line.
    #[serde(rename = "THEME_COLOR_TYPE_LINEAR", alias = "LINEAR")]
    Linear,
    /// From the middle outwards.
    #[serde(rename = "THEME_COLOR_TYPE_RADIAL", alias = "RADIAL")]
    Radial,
}

/// How the cover image lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoverMode {
    /// Over the whole canvas; the content then stands on a card.
    #[default]
    #[serde(
        rename = "PAGE_THEME_BACKGROUND_COVER_MODE_FULL",
        alias = "FULL",
        alias = "PAGE_THEME_BACKGROUND_COVER_MODE_UNSPECIFIED"
    )]
    Full,
    /// At the top, fading into the canvas.
    #[serde(rename = "PAGE_THEME_BACKGROUND_COVER_MODE_PROGRESSIVE_TOP", alias = "PROGRESSIVE_TOP")]
    Top,
    /// At the bottom, fading into the canvas.
    #[serde(rename = "PAGE_THEME_BACKGROUND_COVER_MODE_PROGRESSIVE_BOTTOM", alias = "PROGRESSIVE_BOTTOM")]
    Bottom,
}

/// The card that content stands on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Round or square corners.
    pub variant: Option<Corners>,
    /// Its paint.
    pub background_color: Option<ThemeColor>,
    /// Colour of its border.
    pub border_color: Option<ThemeColor>,
    /// Width of its border, px; 12 at most.
    pub border_size: Option<i64>,
    /// Style of its border.
    pub border_style: Option<BorderStyle>,
    /// 0 to 100; raised as far as text needs to be readable.
    pub opacity: Option<i64>,
}

/// Corners of the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Corners {
    /// Round.
    #[default]
    #[serde(
        rename = "PAGE_THEME_CONTAINER_VARIANT_ROUNDED",
        alias = "ROUNDED",
        alias = "PAGE_THEME_CONTAINER_VARIANT_UNSPECIFIED"
    )]
    Rounded,
    /// Square.
    #[serde(rename = "PAGE_THEME_CONTAINER_VARIANT_SQUARE", alias = "SQUARE")]
    Square,
}

/// Style of a border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BorderStyle {
    /// One line.
    #[default]
    #[serde(
        rename = "PAGE_THEME_BORDER_STYLE_SOLID",
        alias = "SOLID",
        alias = "PAGE_THEME_BORDER_STYLE_UNSPECIFIED"
    )]
    Solid,
    /// Dashes.
    #[serde(rename = "PAGE_THEME_BORDER_STYLE_DASHED", alias = "DASHED")]
    Dashed,
    /// Dots.
    #[serde(rename = "PAGE_THEME_BORDER_STYLE_DOTTED", alias = "DOTTED")]
    Dotted,
    /// Two lines.
    #[serde(rename = "PAGE_THEME_BORDER_STYLE_DOUBLE", alias = "DOUBLE")]
    Double,
    /// Carved.
    #[serde(rename = "PAGE_THEME_BORDER_STYLE_GROOVE", alias = "GROOVE")]
    Groove,
    /// Raised.
    #[serde(rename = "PAGE_THEME_BORDER_STYLE_RIDGE", alias = "RIDGE")]
    Ridge,
}

/// Outline of the badge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BadgeShape {
    /// A circle.
    #[default]
    #[serde(
        rename = "PAGE_THEME_BADGE_SHAPE_CIRCLE",
        alias = "CIRCLE",
        alias = "PAGE_THEME_BADGE_SHAPE_UNSPECIFIED"
    )]
    Circle,
    /// A square.
    #[serde(rename = "PAGE_THEME_BADGE_SHAPE_SQUARE", alias = "SQUARE")]
    Square,
    /// A square with round corners.
    #[serde(rename = "PAGE_THEME_BADGE_SHAPE_ROUNDED", alias = "ROUNDED")]
    Rounded,
}

/// A font.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Font {
    /// One of the eight families.
    pub family: Option<Family>,
    /// Names of families as CSS lists them; wins over `family`.
    pub family_stack: Option<String>,
    /// px, 8 to 96; shown as far as a telephone can.
    pub font_size: Option<i64>,
    /// Whether it is bold.
    pub bold: Option<bool>,
    /// Whether it is italic.
    pub italic: Option<bool>,
    /// Its colour, moved as far as it must be to be readable.
    pub color: Option<ThemeColor>,
}

/// Families that every system has, or something like them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// What the visitor's system speaks in.
    #[default]
    #[serde(
        rename = "PAGE_THEME_FONT_FAMILY_DEFAULT",
        alias = "DEFAULT",
        alias = "PAGE_THEME_FONT_FAMILY_UNSPECIFIED"
    )]
    System,
    /// Arial.
    #[serde(rename = "PAGE_THEME_FONT_FAMILY_ARIAL", alias = "ARIAL")]
    Arial,
    /// Helvetica.
    #[serde(rename = "PAGE_THEME_FONT_FAMILY_HELVETICA", alias = "HELVETICA")]
    Helvetica,
    /// Verdana.
    #[serde(rename = "PAGE_THEME_FONT_FAMILY_VERDANA", alias = "VERDANA")]
    Verdana,
    /// Georgia.
    #[serde(rename = "PAGE_THEME_FONT_FAMILY_GEORGIA", alias = "GEORGIA")]
    Georgia,
    /// Times New Roman.
    #[serde(rename = "PAGE_THEME_FONT_FAMILY_TIMES_NEW_ROMAN", alias = "TIMES_NEW_ROMAN")]
    Times,
    /// Courier New.
    #[serde(rename = "PAGE_THEME_FONT_FAMILY_COURIER_NEW", alias = "COURIER_NEW")]
    Courier,
}
