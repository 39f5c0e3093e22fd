//! How the interface looks: a dark and a light theme with one accent, one scale of type and spacing.
//!
//! In: dark or light. Out: egui's style, and the few colours that are painted by hand. Invariant: text keeps a contrast
//! of at least 4.5 to 1 with what is behind it (the test at the end measures it).

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2, Visuals};

/// Colours painted by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tones {
    /// Behind the field.
    pub ground: Color32,
    /// Panels.
    pub panel: Color32,
    /// Bars above and below, a shade away from the panels.
    pub bar: Color32,
    /// Fields for text, the timeline's groove.
    pub well: Color32,
    /// Buttons at rest.
    pub button: Color32,
    /// Hairlines.
    pub line: Color32,
    /// Text.
    pub ink: Color32,
    /// Quiet text.
    pub faint: Color32,
    /// Titles and what is under the pointer.
    pub strong: Color32,
    /// The one accent: what is chosen, what runs.
    pub accent: Color32,
    /// The accent as a ground for text.
    pub accent_ground: Color32,
    /// What is wrong.
    pub wrong: Color32,
    /// What deserves care.
    pub care: Color32,
}

const DARK: Tones = Tones {
    ground: Color32::from_rgb(13, 15, 19),
    panel: Color32::from_rgb(24, 27, 33),
    bar: Color32::from_rgb(20, 22, 27),
    well: Color32::from_rgb(15, 17, 21),
    button: Color32::from_rgb(40, 45, 54),
    line: Color32::from_rgb(46, 51, 61),
    ink: Color32::from_rgb(205, 211, 220),
    faint: Color32::from_rgb(142, 151, 164),
    strong: Color32::from_rgb(242, 245, 249),
    accent: Color32::from_rgb(96, 200, 182),
    accent_ground: Color32::from_rgb(27, 77, 73),
    wrong: Color32::from_rgb(255, 138, 122),
    care: Color32::from_rgb(240, 190, 100),
};

const LIGHT: Tones = Tones {
    ground: Color32::from_rgb(226, 229, 233),
    panel: Color32::from_rgb(247, 248, 250),
    bar: Color32::from_rgb(238, 240, 243),
    well: Color32::from_rgb(255, 255, 255),
    button: Color32::from_rgb(225, 229, 234),
    line: Color32::from_rgb(209, 214, 221),
    ink: Color32::from_rgb(44, 51, 61),
    faint: Color32::from_rgb(96, 105, 118),
    strong: Color32::from_rgb(15, 20, 27),
    accent: Color32::from_rgb(12, 122, 108),
    accent_ground: Color32::from_rgb(199, 234, 227),
    wrong: Color32::from_rgb(178, 44, 32),
    care: Color32::from_rgb(140, 90, 0),
};

/// The colours of a theme.
pub const fn tones(dark: bool) -> Tones {
    if dark { DARK } else { LIGHT }
}

/// Gives a context the theme; cheap enough to be called whenever it changes.
pub fn apply(ctx: &egui::Context, dark: bool) {
    let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
    ctx.set_theme(theme);
    ctx.style_mut_of(theme, |style| {
        style.visuals = visuals(dark);
        style.text_styles = [
            (TextStyle::Heading, FontId::new(16.0, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(13.5, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(13.5, FontFamily::Proportional)),
            (TextStyle::Small, FontId::new(11.5, FontFamily::Proportional)),
            (TextStyle::Monospace, FontId::new(12.5, FontFamily::Monospace)),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::new(8.0, 6.0);
        spacing.button_padding = Vec2::new(9.0, 4.0);
        spacing.interact_size = Vec2::new(36.0, 24.0);
        spacing.slider_rail_height = 4.0;
        spacing.icon_width = 15.0;
        spacing.icon_width_inner = 8.0;
        spacing.window_margin = Margin::same(14);
        spacing.menu_margin = Margin::same(6);
        spacing.tooltip_width = 320.0;
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.35;
        style.animation_time = 0.1;
        style.explanation_tooltips = false;
    });
}

fn visuals(dark: bool) -> Visuals {
    let tones = tones(dark);
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = tones.panel;
    visuals.window_fill = tones.panel;
    visuals.window_stroke = Stroke::new(1.0, tones.line);
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.extreme_bg_color = tones.well;
    visuals.faint_bg_color = tones.bar;
    visuals.code_bg_color = tones.well;
    visuals.weak_text_color = Some(tones.faint);
    visuals.hyperlink_color = tones.accent;
    visuals.warn_fg_color = tones.care;
    visuals.error_fg_color = tones.wrong;
    visuals.selection.bg_fill = tones.accent_ground;
    visuals.selection.stroke = Stroke::new(1.0, tones.strong);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    let shade = Color32::from_black_alpha(if dark { 110 } else { 40 });
    visuals.window_shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: shade };
    visuals.popup_shadow = Shadow { offset: [0, 4], blur: 12, spread: 0, color: shade };
    let raised = tones.button.lerp_to_gamma(tones.strong, 0.08);
    let widgets = &mut visuals.widgets;
    let states = [
        (&mut widgets.noninteractive, tones.panel, Stroke::new(1.0, tones.line), tones.ink),
        (&mut widgets.inactive, tones.button, Stroke::NONE, tones.ink),
        (&mut widgets.hovered, raised, Stroke::new(1.0, tones.line), tones.strong),
        (&mut widgets.active, raised, Stroke::new(1.0, tones.accent), tones.strong),
        (&mut widgets.open, raised, Stroke::new(1.0, tones.accent), tones.strong),
    ];
    for (state, fill, outline, text) in states {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = outline;
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = CornerRadius::same(6);
        state.expansion = 0.0;
    }
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast of two opaque colours after WCAG 2.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let color = egui::Rgba::from(color);
            0.2126 * color.r() + 0.7152 * color.g() + 0.0722 * color.b() + 0.05
        };
        let (a, b) = (luminance(a), luminance(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_can_be_read() {
        for dark in [true, false] {
            let tones = tones(dark);
            for ground in [tones.panel, tones.bar, tones.well] {
                for text in [tones.ink, tones.faint, tones.strong, tones.accent, tones.wrong, tones.care] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}: {}", contrast(text, ground));
                }
            }
            assert!(contrast(tones.strong, tones.accent_ground) >= 4.5);
            assert!(contrast(tones.ink, tones.button) >= 4.5);
        }
    }
}
