//! What a change makes of a theme.

use super::{Container, Font, PageTheme};

impl PageTheme {
    /// With what a change sets; what is absent from it stays, also inside the card and the fonts. A colour is set whole.
    #[must_use]
    pub fn changed(self, change: Self) -> Self {
        let font = |old, new| both(old, new, Font::changed);
        Self {
            canvas_color: change.canvas_color.or(self.canvas_color),
            canvas_cover_id: change.canvas_cover_id.or(self.canvas_cover_id),
            canvas_cover_mode: change.canvas_cover_mode.or(self.canvas_cover_mode),
            container_enabled: change.container_enabled.or(self.container_enabled),
            container_config: both(self.container_config, change.container_config, Container::changed),
            element_color: change.element_color.or(self.element_color),
            title_font: font(self.title_font, change.title_font),
            body_font: font(self.body_font, change.body_font),
            element_font: font(self.element_font, change.element_font),
            badge_enabled: change.badge_enabled.or(self.badge_enabled),
            badge_id: change.badge_id.or(self.badge_id),
            badge_shape: change.badge_shape.or(self.badge_shape),
            badge_icon_color: change.badge_icon_color.or(self.badge_icon_color),
            footer_logo_enabled: change.footer_logo_enabled.or(self.footer_logo_enabled),
            footer_logo_id: change.footer_logo_id.or(self.footer_logo_id),
        }
    }
}

fn both<T>(old: Option<T>, new: Option<T>, changed: impl Fn(T, T) -> T) -> Option<T> {
    match (old, new) {
        (Some(old), Some(new)) => Some(changed(old, new)),
        (old, new) => new.or(old),
    }
}

impl Container {
    fn changed(self, change: Self) -> Self {
        Self {
            variant: change.variant.or(self.variant),
            background_color: change.background_color.or(self.background_color),
            border_color: change.border_color.or(self.border_color),
            border_size: change.border_size.or(self.border_size),
            border_style: change.border_style.or(self.border_style),
            opacity: change.opacity.or(self.opacity),
        }
    }
}

impl Font {
    fn changed(self, change: Self) -> Self {
        Self {
            // The stack wins over the family: a family that is chosen takes its place.
            family_stack: change.family_stack.or(self.family_stack.filter(|_| change.family.is_none())),
            family: change.family.or(self.family),
            font_size: change.font_size.or(self.font_size),
            bold: change.bold.or(self.bold),
            italic: change.italic.or(self.italic),
            color: change.color.or(self.color),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Family;

    fn font(stack: Option<&str>, family: Option<Family>, bold: Option<bool>) -> Option<Font> {
        Some(Font { family_stack: stack.map(str::to_owned), family, bold, ..Font::default() })
    }

    #[test]
    fn what_is_absent_from_a_change_stays() {
        let theme = PageTheme {
            title_font: font(Some("Iowan"), None, Some(true)),
            badge_enabled: Some(true),
            ..PageTheme::default()
        };
        assert_eq!(theme.clone().changed(PageTheme::default()), theme);
        assert_eq!(PageTheme::default().changed(theme.clone()), theme);
        let change = PageTheme {
            title_font: font(None, Some(Family::Georgia), None),
            badge_enabled: Some(false),
            ..PageTheme::default()
        };
        let changed = theme.changed(change);
        assert_eq!(changed.title_font, font(None, Some(Family::Georgia), Some(true)));
        assert_eq!(changed.badge_enabled, Some(false));
    }
}
