//! How the pages of a link look: a theme made safe and readable, ready for any page.

use crate::html::{Text, add};
use crate::style::Sheet;
use crate::theme::{
    BORDERS, FontRules, Ground, OPACITIES, PageTheme, Paint, Palette, TEXT, ThemeColor, single,
};
use crate::theme::{BadgeShape, BorderStyle, Color, Container, Corners, CoverMode};
use std::sync::Arc;

/// Contrast of text on a card over an image, in the worst place of the worst image: above what is asked for, since an
/// image is also restless.
const OVER_IMAGES: f32 = 10.0;

/// Addresses on this host from which a theme's images come; absent where there is no such image.
#[derive(Clone, Copy, Debug, Default)]
pub struct Images<'a> {
    /// Cover of the canvas.
    pub cover: Option<&'a str>,
    /// Badge above the title.
    pub badge: Option<&'a str>,
    /// Logo below everything.
    pub footer_logo: Option<&'a str>,
}

/// A theme made safe and readable. Its CSS is written from numbers and known words; no text of a theme is copied.
#[derive(Clone)]
pub struct Look {
    /// Rules for `:root`, one scheme or both.
    pub(crate) sheet: Arc<Sheet>,
    /// Colours of the window's frame: of the only scheme, or of light and dark.
    frame: Vec<Color>,
    standing: Standing,
    cover: Option<(CoverMode, String)>,
    badge: Option<Badge>,
    footer_logo: Option<String>,
}

/// Where the content stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// On a card where the window is wide, on the canvas where it is narrow.
    ByWidth,
    Card,
    Canvas,
}

#[derive(Clone, Debug, PartialEq)]
struct Badge {
    shape: BadgeShape,
    image: Option<String>,
}

impl Default for Look {
    /// The house's own.
    fn default() -> Self {
        Self::new(&PageTheme::default(), &Images::default())
    }
}

impl Look {
    /// The look of a theme. Where it does not name the colours below the text, the visitor's system chooses between
    /// light and dark.
    pub fn new(theme: &PageTheme, images: &Images<'_>) -> Self {
        Self::of(theme, images, &[false, true])
    }

    /// The same in one scheme, whatever the system says; a theme that names its canvas has one of its own.
    pub fn in_scheme(theme: &PageTheme, images: &Images<'_>, dark: bool) -> Self {
        Self::of(theme, images, &[dark])
    }

    fn of(theme: &PageTheme, images: &Images<'_>, schemes: &[bool]) -> Self {
        let cover = images.cover.map(|url| (theme.canvas_cover_mode.unwrap_or_default(), url.to_owned()));
        let is_covered = matches!(cover, Some((CoverMode::Full, _)));
        let (palettes, standing) = match Fixed::read(theme, is_covered, schemes[0]) {
            Some(Fixed { palette, standing }) => (vec![palette], standing),
            None => {
                let standing = match theme.container_enabled {
                    None => Standing::ByWidth,
                    Some(true) => Standing::Card,
                    Some(false) => Standing::Canvas,
                };
                let palettes = schemes.iter().map(|dark| {
                    let mut palette = Palette::house(*dark);
                    let ground = palette.ground();
                    palette.take(theme, &ground);
                    palette
                });
                (palettes.collect(), standing)
            }
        };
        let frame = palettes.iter().map(|palette: &Palette| palette.canvas.shown[0]).collect();
        let badge = theme.badge_enabled.unwrap_or(false).then(|| Badge {
            shape: theme.badge_shape.unwrap_or_default(),
            image: images.badge.map(str::to_owned),
        });
        let logo = images.footer_logo.filter(|_| theme.footer_logo_enabled.unwrap_or(true));
        let sheet = Arc::new(Sheet::of(css(&palettes, theme)));
        Self { sheet, frame, standing, cover, badge, footer_logo: logo.map(str::to_owned) }
    }

    /// `<meta>` elements that colour the window's frame like the canvas.
    pub(crate) fn frame_colors(&self) -> String {
        match self.frame.as_slice() {
            [light, dark] => format!(
                "<meta name=\"theme-color\" content=\"{light}\" media=\"(prefers-color-scheme:light)\">\
                 <meta name=\"theme-color\" content=\"{dark}\" media=\"(prefers-color-scheme:dark)\">"
            ),
            [only, ..] => format!("<meta name=\"theme-color\" content=\"{only}\">"),
            [] => String::new(),
        }
    }

    /// Class of `<body>`.
    pub(crate) const fn class(&self) -> &'static str {
        match self.standing {
            Standing::ByWidth => "by-width",
            Standing::Card => "card",
            Standing::Canvas => "plain",
        }
    }

    /// The cover image, before the content.
    pub(crate) fn cover(&self) -> String {
        let Some((mode, url)) = &self.cover else { return String::new() };
        let class = match mode {
            CoverMode::Full => "full",
            CoverMode::Top => "top",
            CoverMode::Bottom => "bottom",
        };
        format!("<img class=\"cover {class}\" src=\"{}\" alt=\"\">", Text(url))
    }

    /// What stands above the title: the badge, or the page's own sign.
    pub(crate) fn badge(&self, sign: Option<&str>) -> String {
        let shape = match self.badge.as_ref().map(|badge| badge.shape) {
            Some(BadgeShape::Square) => "square",
            Some(BadgeShape::Rounded) => "rounded",
            Some(BadgeShape::Circle) | None => "circle",
        };
        match (self.badge.as_ref().and_then(|badge| badge.image.as_ref()), sign) {
            (Some(url), _) => format!("<img class=\"badge {shape}\" src=\"{}\" alt=\"\">", Text(url)),
            (None, Some(sign)) => format!("<div class=\"badge sign {shape}\">{sign}</div>"),
            (None, None) => String::new(),
        }
    }

    /// The logo below everything.
    pub(crate) fn footer(&self) -> String {
        let logo = |url: &String| format!("<footer><img src=\"{}\" alt=\"\"></footer>", Text(url));
        self.footer_logo.as_ref().map(logo).unwrap_or_default()
    }
}

/// The look of a theme that itself says what is below the text.
struct Fixed {
    palette: Palette,
    standing: Standing,
}

impl Fixed {
    /// Nothing where the theme leaves light and dark to the visitor's system. Text stands on the canvas only where all
    /// of it lets itself be read; else it gets a card. A card's opacity is raised until its text can be read.
    fn read(theme: &PageTheme, is_covered: bool, dark: bool) -> Option<Self> {
        let container = theme.container_config.clone().unwrap_or_default();
        let wants_card = theme.container_enabled.unwrap_or(false);
        let canvas = theme.canvas_color.as_ref().and_then(|color| Paint::read(color, 1.0, &[Color::WHITE]));
        let card = container.background_color.as_ref().filter(|_| wants_card);
        let card = card.filter(|color| single(Some(color)).is_some());
        if canvas.is_none() && card.is_none() && !is_covered {
            return None;
        }
        let canvas = canvas.unwrap_or_else(|| {
            let dark = single(card).map_or(dark, |color| Ground(vec![color]).ink().luminance() > 0.5);
            Palette::house(dark).canvas
        });
        let on_canvas = Ground(canvas.shown.clone());
        let standing = if wants_card || is_covered || !on_canvas.is_readable() {
            Standing::Card
        } else {
            Standing::Canvas
        };
        let surface = match standing {
            Standing::Card => card_paint(card, &container, is_covered, &canvas),
            Standing::Canvas | Standing::ByWidth => canvas.clone(),
        };
        let ground = Ground(surface.shown.clone());
        let mut palette = Palette::on(canvas, surface, &ground);
        palette.take(theme, &ground);
        Some(Self { palette, standing })
    }
}

fn card_paint(color: Option<&ThemeColor>, container: &Container, is_covered: bool, canvas: &Paint) -> Paint {
    let below = if is_covered { vec![Color::BLACK, Color::WHITE] } else { canvas.shown.clone() };
    let is_dark = Ground(vec![canvas.middle()]).ink().luminance() > 0.5;
    let house = Palette::house(is_dark).surface;
    let below = &below;
    let own = ThemeColor { colors: vec![house.css.clone()], ..Default::default() };
    let color = color.unwrap_or(&own);
    let least = container.opacity.unwrap_or(100).clamp(OPACITIES.0, OPACITIES.1);
    (least..=100)
        .filter_map(|percent| Paint::read(color, percent as f32 / 100.0, below))
        .find(|paint| Ground(paint.shown.clone()).holds(if is_covered { OVER_IMAGES } else { TEXT }))
        // A gradient from black to white, or a colour that lets everything through.
        .unwrap_or_else(|| Paint::solid(single(Some(color)).unwrap_or(house.shown[0])))
}

fn css(palettes: &[Palette], theme: &PageTheme) -> String {
    let mut css = String::from(":root{color-scheme:");
    for palette in palettes {
        css.push_str(if palette.dark { " dark" } else { " light" });
    }
    css.push(';');
    fonts(&mut css, theme);
    card(&mut css, theme);
    add(&mut css, format_args!("{}}}", palettes[0]));
    if let [_, dark] = palettes {
        add(&mut css, format_args!("@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"));
    }
    css
}

fn fonts(css: &mut String, theme: &PageTheme) {
    let fonts = [
        ("title", &theme.title_font, (18, 48)),
        ("body", &theme.body_font, (14, 24)),
        ("element", &theme.element_font, (14, 24)),
    ];
    for (name, font, sizes) in fonts {
        let Some(font) = font else { continue };
        let rules = FontRules::read(Some(font), sizes);
        add(css, format_args!("--{name}-font:{};", rules.family));
        if let Some(size) = rules.size {
            add(css, format_args!("--{name}-size:{}rem;", size as f32 / 16.0));
        }
        if let Some(weight) = rules.weight {
            add(css, format_args!("--{name}-weight:{weight};"));
        }
        if rules.italic {
            add(css, format_args!("--{name}-style:italic;"));
        }
    }
}

fn card(css: &mut String, theme: &PageTheme) {
    let Some(container) = &theme.container_config else { return };
    if container.variant == Some(Corners::Square) {
        css.push_str("--card-radius:0;--radius:2px;");
    }
    let color = single(container.border_color.as_ref());
    if color.is_none() && container.border_size.is_none() {
        return;
    }
    let style = match container.border_style.unwrap_or_default() {
        BorderStyle::Solid => "solid",
        BorderStyle::Dashed => "dashed",
        BorderStyle::Dotted => "dotted",
        BorderStyle::Double => "double",
        BorderStyle::Groove => "groove",
        BorderStyle::Ridge => "ridge",
    };
    let width = container.border_size.unwrap_or(1).clamp(BORDERS.0, BORDERS.1);
    match color {
        Some(color) => add(css, format_args!("--card-line:{width}px {style} {color};")),
        None => add(css, format_args!("--card-line:{width}px {style} var(--line);")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::palette_faults;
    use crate::theme::{ColorKind, Font};
    use proptest::prelude::*;

    /// Colours of all spellings, some of them none.
    fn color() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => any::<[u8; 3]>().prop_map(|[r, g, b]| format!("#{r:02x}{g:02x}{b:02x}")),
            2 => (any::<[u8; 3]>(), 0u8..=100).prop_map(|([r, g, b], a)| format!("rgba({r},{g},{b},{a}%)")),
            1 => (0u16..720, 0u8..=100, 0u8..=100).prop_map(|(h, s, l)| format!("hsl({h} {s}% {l}%)")),
            1 => hostile(),
        ]
    }

    /// What somebody writes who wants to leave the place he was given.
    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            Just("red;}</style><script>alert(1)</script>".to_owned()),
            Just("#fff;background:url(//evil.example/x)".to_owned()),
            Just("x\",serif;}*{display:none".to_owned()),
            Just("expression(alert(1))/*".to_owned()),
            Just("\\75rl(x)".to_owned()),
        ]
    }

    fn theme_color() -> impl Strategy<Value = ThemeColor> {
        let kind = prop_oneof![Just(ColorKind::Solid), Just(ColorKind::Linear), Just(ColorKind::Radial)];
        let stops = proptest::collection::vec(hostile(), 0..3);
        let direction = proptest::option::of(prop_oneof![hostile(), Just("45deg".to_owned())]);
        (kind, proptest::collection::vec(color(), 0..4), direction, stops)
            .prop_map(|(kind, colors, direction, stops)| ThemeColor { kind, colors, direction, stops })
    }

    fn font() -> impl Strategy<Value = Font> {
        let color = proptest::option::of(theme_color());
        (proptest::option::of(hostile()), proptest::option::of(any::<i64>()), any::<bool>(), color).prop_map(
            |(family_stack, font_size, italic, color)| Font {
                family_stack,
                font_size,
                italic: Some(italic),
                color,
                ..Font::default()
            },
        )
    }

    fn theme() -> impl Strategy<Value = PageTheme> {
        let maybe = || proptest::option::of(theme_color());
        let container =
            (maybe(), maybe(), proptest::option::of(any::<i64>()), proptest::option::of(-50i64..200));
        (maybe(), maybe(), maybe(), font(), font(), font(), container, proptest::option::of(any::<bool>()))
            .prop_map(
                |(canvas, element, icon, title, body, text, (ground, border, size, opacity), enabled)| {
                    PageTheme {
                        canvas_color: canvas,
                        element_color: element,
                        badge_icon_color: icon,
                        title_font: Some(title),
                        body_font: Some(body),
                        element_font: Some(text),
                        container_enabled: enabled,
                        container_config: Some(Container {
                            background_color: ground,
                            border_color: border,
                            border_size: size,
                            opacity,
                            ..Container::default()
                        }),
                        ..PageTheme::default()
                    }
                },
            )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        /// Names of families are the only texts of a theme in its CSS, and they hold letters, digits, blanks, hyphens.
        #[test]
        fn no_text_of_a_theme_becomes_css(theme in theme()) {
            let css = Look::new(&theme, &Images::default()).sheet.css.clone();
            let outside: String = css.split('"').step_by(2).collect();
            let within: String = css.split('"').skip(1).step_by(2).collect();
            let known = |c: char| c.is_ascii_alphanumeric() || ":;{}#%(),.- @".contains(c);
            prop_assert!(css.matches('"').count().is_multiple_of(2));
            prop_assert!(outside.chars().all(known), "{}", outside);
            prop_assert!(within.chars().all(|c| c.is_alphanumeric() || " -_".contains(c)), "{}", within);
            for refused in ["url(", "expression", "script", "display", "import"] {
                prop_assert!(!outside.contains(refused), "{}", css);
            }
            // One scheme, or both: the rule of the second stands in a media query.
            let (opened, closed) = (css.matches('{').count(), css.matches('}').count());
            prop_assert!(matches!(opened, 1 | 3) && opened == closed);
        }

        /// Whatever the colours: WCAG 2.2 AA, on a canvas, on a card, over any image.
        #[test]
        fn every_theme_can_be_read(theme in theme(), is_covered: bool) {
            if let Some(Fixed { palette, .. }) = Fixed::read(&theme, is_covered, false) {
                let ground = Ground(palette.surface.shown.clone());
                prop_assert_eq!(palette_faults(&palette, &ground), Vec::<String>::new());
            } else {
                for dark in [false, true] {
                    let mut palette = Palette::house(dark);
                    let ground = palette.ground();
                    palette.take(&theme, &ground);
                    prop_assert_eq!(palette_faults(&palette, &ground), Vec::<String>::new());
                }
            }
        }
    }
}
