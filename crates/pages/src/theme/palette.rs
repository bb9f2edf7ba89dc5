//! The colours of a page. Every text keeps 4.5:1 on whatever it can stand on, every control 3:1 (WCAG 2.2 AA),
//! whichever colours the theme has.

use super::color::Color;
use super::paint::{self, Paint};
use super::{Font, PageTheme};
use std::fmt::{self, Display};

/// Contrast of text (WCAG 2.2, 1.4.3).
pub(crate) const TEXT: f32 = 4.5;
/// Contrast of controls and signs (WCAG 2.2, 1.4.11).
pub(crate) const CONTROL: f32 = 3.0;

const DARK_INK: Color = Color::hex(0x17_1b_1a);

/// What text stands on: every colour that it can have below it.
#[derive(Clone, Debug)]
pub(crate) struct Ground(pub Vec<Color>);

impl Ground {
    fn contrast(&self, color: Color) -> f32 {
        self.0.iter().map(|ground| color.contrast(*ground)).fold(f32::INFINITY, f32::min)
    }

    fn middle(&self) -> Color {
        self.0[self.0.len() / 2]
    }

    /// Dark ink or white, whichever is read better.
    pub(crate) fn ink(&self) -> Color {
        let better = |a: Color, b: Color| if self.contrast(a) >= self.contrast(b) { a } else { b };
        match better(DARK_INK, Color::WHITE) {
            // Middle greys need all the contrast there is.
            ink if self.contrast(ink) >= TEXT => ink,
            _ => better(Color::BLACK, Color::WHITE),
        }
    }

    /// Whether some ink can be read all over it.
    pub(crate) fn is_readable(&self) -> bool {
        self.holds(TEXT)
    }

    /// Whether some ink has this contrast all over it.
    pub(crate) fn holds(&self, contrast: f32) -> bool {
        self.contrast(self.ink()) >= contrast
    }

    /// The colour, moved towards the ink as far as it must be to reach `contrast`.
    fn reached(&self, color: Color, contrast: f32) -> Color {
        let ink = self.ink();
        (0..=20)
            .map(|step| color.mix(ink, step as f32 / 20.0))
            .find(|moved| self.contrast(*moved) >= contrast)
            .unwrap_or(ink)
    }

    fn and(&self, more: &[Color]) -> Self {
        Self(self.0.iter().chain(more).copied().collect())
    }
}

/// The colours of a page in one scheme.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Palette {
    pub dark: bool,
    pub canvas: Paint,
    pub surface: Paint,
    /// Inside of inputs and tiles.
    pub field: Color,
    pub on_field: Color,
    pub title: Color,
    pub text: Color,
    pub quiet: Color,
    /// Hairlines; decoration only.
    pub line: Color,
    /// Outline of a control.
    pub control: Color,
    pub element: Paint,
    pub on_element: Color,
    /// Outline of an element that does not stand out from the ground by itself.
    pub element_line: Option<Color>,
    /// The element's colour as text, ring or sign.
    pub accent: Color,
    pub wash: Color,
    /// Big buttons of equal weight.
    pub tile: Paint,
    pub on_tile: Color,
    pub badge: Color,
    pub alarm: Color,
}

impl Palette {
    /// The default look's colours, by hand.
    pub(crate) fn house(dark: bool) -> Self {
        let pick = |light: u32, night: u32| Color::hex(if dark { night } else { light });
        let field = pick(0xff_ff_ff, 0x1f_24_23);
        let ink = pick(0x17_1b_1a, 0xed_f0_ee);
        let accent = pick(0x0b_66_53, 0x62_cf_ae);
        Self {
            dark,
            canvas: Paint::solid(pick(0xf6_f5_f1, 0x10_13_12)),
            surface: Paint::solid(pick(0xff_ff_ff, 0x18_1c_1b)),
            field,
            on_field: ink,
            title: ink,
            text: ink,
            quiet: pick(0x5a_61_5f, 0xa3_ad_a9),
            line: pick(0xe3_e2_dc, 0x2c_33_30),
            control: pick(0x86_8d_8a, 0x6f_7a_76),
            element: Paint::solid(accent),
            on_element: pick(0xff_ff_ff, 0x07_21_1a),
            element_line: None,
            accent,
            wash: pick(0xe9_f2_ee, 0x17_2f_28),
            tile: Paint::solid(field),
            on_tile: ink,
            badge: accent,
            alarm: pick(0xab_2a_1f, 0xff_9c_91),
        }
    }

    /// Everything that text of this palette can stand on outside of inputs.
    pub(crate) fn ground(&self) -> Ground {
        Ground(self.canvas.shown.iter().chain(&self.surface.shown).copied().collect())
    }

    /// A palette for a canvas and a surface that a theme names; text stands on `ground`.
    pub(crate) fn on(canvas: Paint, surface: Paint, ground: &Ground) -> Self {
        let ink = ground.ink();
        let dark = ink.luminance() > 0.5;
        let middle = ground.middle();
        let field = if dark { middle.mix(Color::BLACK, 0.3) } else { Color::WHITE };
        let house = Self::house(dark);
        let mut palette = Self {
            canvas,
            surface,
            field,
            on_field: Ground(vec![field]).ink(),
            title: ink,
            text: ink,
            quiet: ground.reached(ink.mix(middle, 0.3), TEXT),
            line: Color { alpha: 0.16, ..ink },
            control: ground.and(&[field]).reached(ink.mix(middle, 0.55), CONTROL),
            tile: Paint::solid(field),
            alarm: ground.and(&[field]).reached(house.alarm, TEXT),
            ..house
        };
        palette.on_tile = palette.on_field;
        let element = palette.element.clone();
        palette.take_element(element, ground);
        palette
    }

    /// Paints the elements.
    fn take_element(&mut self, element: Paint, ground: &Ground) {
        let readable = Ground(element.shown.clone()).is_readable();
        self.element = if readable { element } else { Paint::solid(element.shown[0]) };
        let shown = Ground(self.element.shown.clone());
        self.on_element = shown.ink();
        self.accent = ground.and(&[self.field]).reached(self.element.middle(), TEXT);
        self.wash = self.field.mix(self.accent, 0.1);
        self.on_field = Ground(vec![self.field, self.wash]).ink();
        self.badge = self.accent;
        let stands_out = shown.0.iter().all(|color| ground.contrast(*color) >= CONTROL);
        self.element_line = (!stands_out).then_some(self.control);
    }

    /// What a theme says of elements and of the colours of its fonts.
    pub(crate) fn take(&mut self, theme: &PageTheme, ground: &Ground) {
        if let Some(element) = theme.element_color.as_ref().and_then(|c| Paint::read(c, 1.0, &ground.0)) {
            self.take_element(element, ground);
            self.tile = self.element.clone();
            self.on_tile = self.on_element;
        }
        let color = |font: &Option<Font>| paint::single(font.as_ref()?.color.as_ref());
        if let Some(color) = color(&theme.title_font) {
            self.title = ground.reached(color, TEXT);
        }
        if let Some(color) = color(&theme.body_font) {
            self.text = ground.reached(color, TEXT);
            self.quiet = ground.reached(self.text.mix(ground.middle(), 0.2), TEXT);
        }
        if let Some(color) = color(&theme.element_font) {
            self.on_element = Ground(self.element.shown.clone()).reached(color, TEXT);
            self.on_tile = Ground(self.tile.shown.clone()).reached(color, TEXT);
        }
        if let Some(color) = paint::single(theme.badge_icon_color.as_ref()) {
            self.badge = ground.reached(color, CONTROL);
        }
    }
}

/// As custom properties.
impl Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, on_field, title, text, quiet, line, control, on_element, accent, wash, .. } = self;
        let Self { canvas, surface, element, tile, on_tile, badge, alarm, .. } = self;
        write!(
            f,
            "--canvas:{};--surface:{};--field:{field};--on-field:{on_field};--title:{title};--text:{text};\
             --quiet:{quiet};--line:{line};--control:{control};--element:{};--on-element:{on_element};\
             --accent:{accent};--wash:{wash};--tile:{};--on-tile:{on_tile};--badge:{badge};--alarm:{alarm};",
            canvas.css, surface.css, element.css, tile.css
        )?;
        match self.element_line {
            Some(line) => write!(f, "--element-line:{line};"),
            None => f.write_str("--element-line:transparent;"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What falls short of WCAG 2.2 AA in a palette, with the contrast it has.
    pub(crate) fn faults(palette: &Palette, ground: &Ground) -> Vec<String> {
        let field = Ground(vec![palette.field, palette.wash]);
        let element = Ground(palette.element.shown.clone());
        let tile = Ground(palette.tile.shown.clone());
        [
            ("title", ground, palette.title, TEXT),
            ("text", ground, palette.text, TEXT),
            ("quiet", ground, palette.quiet, TEXT),
            ("accent", ground, palette.accent, TEXT),
            ("alarm", ground, palette.alarm, TEXT),
            ("control", ground, palette.control, CONTROL),
            ("badge", ground, palette.badge, CONTROL),
            ("on field", &field, palette.on_field, TEXT),
            ("on element", &element, palette.on_element, TEXT),
            ("on tile", &tile, palette.on_tile, TEXT),
        ]
        .into_iter()
        // Half a step of rounding to whole bytes.
        .filter(|(_, ground, color, least)| ground.contrast(*color) < least - 0.01)
        .map(|(name, ground, color, _)| format!("{name} {color}: {:.2}", ground.contrast(color)))
        .collect()
    }

    #[test]
    fn the_default_look_can_be_read() {
        for dark in [false, true] {
            let palette = Palette::house(dark);
            assert_eq!(faults(&palette, &palette.ground()), Vec::<String>::new(), "dark: {dark}");
            let field = Ground(vec![palette.field, palette.wash]);
            assert!(field.contrast(palette.accent) >= TEXT && field.contrast(palette.quiet) >= TEXT);
        }
    }
}
