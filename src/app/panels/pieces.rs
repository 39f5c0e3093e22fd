//! The pieces that panels are built of: headings, named rows, buttons with icons, previews of palettes.
//!
//! Invariant: whatever can be acted on has an accessible name, the same as the words beside it.

use egui::{
    Align, Button, Color32, ComboBox, Layout, Mesh, Pos2, Rect, Response, RichText, Sense, Slider, TextEdit, Ui, Vec2,
    WidgetInfo,
};

use super::icons::Icon;
use crate::app::theme::{Tones, tones};
use crate::app::words::{Language, said};
use crate::output::colormap::{Palette, Rgb};

/// Width of the names in rows, as a share of the panel.
const NAMES: f32 = 0.36;

/// The colours of the theme that is in use.
pub(super) fn tones_of(ui: &Ui) -> Tones {
    tones(ui.visuals().dark_mode)
}

/// A heading with room above it.
pub(super) fn section(ui: &mut Ui, title: &str) {
    ui.add_space(10.0);
    ui.label(RichText::new(title).strong().color(tones_of(ui).strong));
    ui.add_space(1.0);
}

/// A quiet sentence.
pub(super) fn hint(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).small().color(tones_of(ui).faint);
    ui.add(egui::Label::new(text).wrap());
}

/// What the library says about a mistake, in the language of the interface.
pub(super) fn mistake(ui: &mut Ui, message: &str, language: Language) {
    complaint(ui, &said(message, language));
}

/// A sentence on what is wrong.
pub(super) fn complaint(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).small().color(tones_of(ui).wrong);
    ui.add(egui::Label::new(text).wrap().selectable(true));
}

/// A name on the left and a control on the right, which gets that name.
pub(super) fn row(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> Response) -> Response {
    beside(ui, name, |ui| control(ui).accessible_name(name))
}

/// A name on the left and anything on the right.
pub(super) fn beside<R>(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let names = (ui.available_width() * NAMES).min(150.0);
    ui.horizontal(|ui| {
        let height = ui.spacing().interact_size.y;
        ui.allocate_ui_with_layout(Vec2::new(names, height), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(names);
            ui.add(egui::Label::new(RichText::new(name).color(tones_of(ui).faint)).truncate());
        });
        add(ui)
    })
    .inner
}

/// A name and a number that cannot be changed.
pub(super) fn fact(ui: &mut Ui, name: &str, value: &str) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        beside(ui, name, |ui| ui.add(egui::Label::new(value).wrap().selectable(true)));
    });
}

/// A slider that fills the row, with its number.
pub(super) fn slider<'a>(ui: &mut Ui, name: &str, slider: Slider<'a>) -> Response {
    row(ui, name, |ui| wide(ui, slider))
}

/// Makes sliders slender, with the accent up to the handle. Changes the style of `ui`.
pub(super) fn slender(ui: &mut Ui) {
    let accent = tones_of(ui).accent;
    ui.visuals_mut().selection.bg_fill = accent.gamma_multiply(0.8);
    ui.spacing_mut().interact_size.y = 20.0;
    ui.spacing_mut().button_padding.y = 1.0;
}

/// A slider as wide as there is room, with its number.
pub(super) fn wide(ui: &mut Ui, slider: Slider<'_>) -> Response {
    slender(ui);
    let number = 62.0;
    // A little less than there is, for the outline of the number.
    let room = ui.available_width() - number - ui.spacing().item_spacing.x - 4.0;
    ui.spacing_mut().slider_width = room.max(40.0);
    ui.spacing_mut().interact_size.x = number;
    ui.add(slider)
}

/// A row with a line of text.
pub(super) fn text(ui: &mut Ui, name: &str, text: &mut String) -> Response {
    row(ui, name, |ui| ui.add(TextEdit::singleline(text).desired_width(f32::INFINITY).font(egui::TextStyle::Monospace)))
}

/// A row with a list to choose from; `true` if another value was chosen.
pub(super) fn choice<T: PartialEq + Clone>(ui: &mut Ui, name: &str, value: &mut T, options: &[(T, String)]) -> bool {
    beside(ui, name, |ui| pick(ui, name, ui.available_width(), value, options))
}

/// A list to choose from; `true` if another value was chosen.
pub(super) fn pick<T: PartialEq + Clone>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    value: &mut T,
    options: &[(T, String)],
) -> bool {
    let shown = options.iter().find(|(option, _)| option == value).map_or("", |(_, text)| text.as_str());
    let before = value.clone();
    ComboBox::from_id_salt(name)
        .width(width)
        .height(420.0)
        .selected_text(shown)
        .truncate()
        .show_ui(ui, |ui| {
            for (option, text) in options {
                ui.selectable_value(value, option.clone(), text);
            }
        })
        .response
        .accessible_name(name);
    *value != before
}

/// Buttons side by side of which one is pressed; `true` if another was chosen.
pub(super) fn segments<T: PartialEq + Copy>(ui: &mut Ui, value: &mut T, options: &[(T, &str)], columns: usize) -> bool {
    let before = *value;
    let gap = 4.0;
    let columns = columns.max(1);
    #[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
    let width = (ui.available_width() - gap * (columns as f32 - 1.0)) / columns as f32;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(gap);
        ui.spacing_mut().button_padding.x = 2.0;
        for options in options.chunks(columns) {
            ui.horizontal(|ui| {
                for &(option, text) in options {
                    let button = Button::selectable(*value == option, RichText::new(text).size(12.5)).truncate();
                    let button = button.frame_when_inactive(true).min_size(Vec2::new(width, 0.0));
                    let size = Vec2::new(width, ui.spacing().interact_size.y);
                    if ui.add_sized(size, button).clicked() {
                        *value = option;
                    }
                }
            });
        }
    });
    *value != before
}

/// A square button with an icon; its name is what a pointer that rests on it reads.
pub(super) fn icon_button(ui: &mut Ui, icon: Icon, name: &str, chosen: bool) -> Response {
    icon_button_sized(ui, icon, name, chosen, Vec2::splat(28.0))
}

/// A button with an icon, of a given size.
pub(super) fn icon_button_sized(ui: &mut Ui, icon: Icon, name: &str, chosen: bool, size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, enabled, chosen, name));
    let color = plate(ui, &response, rect, chosen);
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(15.0)), color);
    response.on_hover_text(name)
}

/// The ground of a painted button, and the colour for what is on it.
pub(super) fn plate(ui: &Ui, response: &Response, rect: Rect, chosen: bool) -> Color32 {
    let tones = tones_of(ui);
    let lit = response.hovered() || response.has_focus();
    let ground = if chosen { Some(tones.accent_ground) } else { lit.then_some(tones.button) };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, 6.0, ground);
    }
    if response.has_focus() {
        let outline = egui::Stroke::new(1.0, tones.accent);
        ui.painter().rect_stroke(rect, 6.0, outline, egui::StrokeKind::Inside);
    }
    if !ui.is_enabled() {
        tones.faint.gamma_multiply(0.5)
    } else if chosen || lit {
        tones.strong
    } else {
        tones.ink
    }
}

/// A button that stands out: the one thing to do here.
pub(super) fn main_button(ui: &mut Ui, enabled: bool, text: &str) -> Response {
    let tones = tones_of(ui);
    ui.add_enabled(enabled, Button::new(RichText::new(text).color(tones.strong)).fill(tones.accent_ground))
}

/// A table of colours as a bar.
pub(super) fn ramp(painter: &egui::Painter, rect: Rect, table: &[Rgb]) {
    let mut mesh = Mesh::default();
    for (&[r, g, b], k) in table.iter().zip(0_u16..) {
        let last = u16::try_from(table.len().max(2) - 1).unwrap_or(u16::MAX);
        let x = egui::lerp(rect.x_range(), f32::from(k) / f32::from(last));
        let color = Color32::from_rgb(r, g, b);
        mesh.colored_vertex(Pos2::new(x, rect.top()), color);
        mesh.colored_vertex(Pos2::new(x, rect.bottom()), color);
        if k > 0 {
            let corner = 2 * u32::from(k);
            mesh.add_triangle(corner - 2, corner - 1, corner);
            mesh.add_triangle(corner - 1, corner, corner + 1);
        }
    }
    painter.add(mesh);
}

/// A palette as a button: its name above its colours.
pub(super) fn palette_button(ui: &mut Ui, palette: Palette, name: &str, chosen: bool, size: Vec2) -> Response {
    swatch(ui, palette.table(), name, chosen, size)
}

/// Colours as a button with a name.
pub(super) fn swatch(ui: &mut Ui, table: &[Rgb], name: &str, chosen: bool, size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, chosen, name));
    let color = plate(ui, &response, rect, chosen);
    let inside = rect.shrink2(Vec2::new(7.0, 6.0));
    let bar = Rect::from_min_max(Pos2::new(inside.left(), inside.bottom() - 9.0), inside.max);
    ramp(ui.painter(), bar, table);
    let font = egui::FontId::proportional(12.0);
    ui.painter().text(inside.left_top(), egui::Align2::LEFT_TOP, name, font, color);
    response
}
