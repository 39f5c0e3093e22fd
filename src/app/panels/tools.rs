//! The rail of tools, and the settings of the one in hand.

use egui::{FontId, Rect, RichText, Sense, Slider, TextEdit, Ui, Vec2, WidgetInfo};

use super::desk::Desk;
use super::icons::Icon;
use super::pieces::{icon_button, mistake, pick, plate, slender, tones_of};
use crate::app::state::{BrushStyle, Tool, Wish};
use crate::app::words::Word;
use crate::grid::Grid;

/// Width of the rail.
pub(super) const RAIL: f32 = 74.0;

/// The tools, one below the other.
pub(super) fn rail(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.spacing_mut().item_spacing.y = 2.0;
    #[expect(clippy::cast_precision_loss, reason = "ten tools")]
    let room = ui.available_height() / Tool::ALL.len() as f32 - 2.0;
    let size = Vec2::new(ui.available_width(), room.clamp(26.0, 48.0));
    for (tool, key) in Tool::ALL.into_iter().zip("1234567890".chars()) {
        let name = desk.word(tool_word(tool));
        let chosen = desk.state.tool == tool;
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, chosen, name));
        let color = plate(ui, &response, rect, chosen);
        let mut icon = rect;
        if size.y >= 40.0 {
            icon.set_bottom(rect.bottom() - 17.0);
            let below = egui::Pos2::new(rect.center().x, rect.bottom() - 3.0);
            ui.painter().text(below, egui::Align2::CENTER_BOTTOM, name, FontId::proportional(11.5), color);
        }
        Icon::Tool(tool).paint(ui.painter(), Rect::from_center_size(icon.center(), Vec2::splat(16.0)), color);
        let key_at = rect.right_top() + Vec2::new(-5.0, 3.0);
        let faint = tones_of(ui).faint;
        ui.painter().text(key_at, egui::Align2::RIGHT_TOP, key, FontId::proportional(10.0), faint);
        if response.clicked() {
            desk.state.tool = tool;
        }
        let help = desk.word(tool_help(tool));
        response.on_hover_ui(|ui| {
            ui.label(RichText::new(format!("{name} ({key})")).strong());
            ui.label(help);
        });
    }
}

/// What can be set about the tool in hand, in one line.
pub(super) fn settings(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.horizontal_wrapped(|ui| {
        ui.set_min_height(28.0);
        let tool = desk.state.tool;
        caption(ui, desk.word(tool_word(tool)), tones_of(ui).strong);
        if tool.has_brush() {
            if !matches!(tool, Tool::Cut) {
                field(ui, desk);
            }
            brush(ui, desk);
            if !matches!(tool, Tool::Pin | Tool::Cut) {
                strength(ui, desk);
            }
            if matches!(tool, Tool::Paint | Tool::Pin) {
                value(ui, desk);
            }
            if tool == Tool::Pin {
                duration(ui, desk);
            }
        } else {
            ui.add(egui::Label::new(RichText::new(desk.word(tool_help(tool))).color(tones_of(ui).faint)).wrap());
            if icon_button(ui, Icon::Fit, desk.word(Word::Fit), false).clicked() {
                desk.wish(Wish::Fit);
            }
        }
    });
    if matches!(desk.state.tool, Tool::Paint | Tool::Pin) && !desk.state.value.trim().is_empty() {
        let seed = &desk.frame.subject.seed;
        if let Some(found) = desk.state.memory.checks.expression(seed, &desk.state.value).first() {
            mistake(ui, &found.message, desk.state.language);
        }
    }
}

fn field(ui: &mut Ui, desk: &mut Desk<'_>) {
    let options: Vec<(String, String)> =
        desk.frame.subject.fields.iter().map(|(name, _)| (name.clone(), name.clone())).collect();
    let mut chosen = desk.field().to_owned();
    if pick(ui, desk.word(Word::Field), 70.0, &mut chosen, &options) {
        desk.state.field = chosen;
    }
}

fn brush(ui: &mut Ui, desk: &mut Desk<'_>) {
    let shapes = [
        (BrushStyle::Disc, Word::Disc),
        (BrushStyle::Gaussian, Word::Gaussian),
        (BrushStyle::Line, Word::Line),
        (BrushStyle::Lasso, Word::Lasso),
    ]
    .map(|(shape, word)| (shape, desk.word(word).to_owned()));
    pick(ui, desk.word(Word::Brush), 92.0, &mut desk.state.brush, &shapes);
    let [shortest, longest] = radii(&desk.frame.grid);
    let slider = Slider::new(&mut desk.state.radius, shortest..=longest).logarithmic(true).max_decimals(2);
    small(ui, Word::Radius.text(desk.state.language), slider);
}

fn strength(ui: &mut Ui, desk: &mut Desk<'_>) {
    let slider = Slider::new(&mut desk.state.strength, 0.01..=4.0).logarithmic(true).max_decimals(2);
    small(ui, Word::Strength.text(desk.state.language), slider);
}

fn value(ui: &mut Ui, desk: &mut Desk<'_>) {
    let name = desk.word(Word::Value);
    caption(ui, name, tones_of(ui).faint);
    let hint = if desk.state.tool == Tool::Pin { desk.word(Word::AsItIs) } else { "1" };
    let edit = TextEdit::singleline(&mut desk.state.value).desired_width(96.0).hint_text(hint);
    ui.add(edit.font(egui::TextStyle::Monospace)).accessible_name(name);
}

fn duration(ui: &mut Ui, desk: &mut Desk<'_>) {
    let name = desk.word(Word::PinSteps);
    caption(ui, name, tones_of(ui).faint);
    ui.add(egui::DragValue::new(&mut desk.state.pin_steps).range(1..=1_000_000_u64).speed(5)).accessible_name(name);
}

/// A word in the line of settings, as high as the controls beside it, so that it stands level with them in every row.
fn caption(ui: &mut Ui, text: &str, color: egui::Color32) {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let size = Vec2::new(galley.size().x, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    let corner = rect.center() - galley.size() / 2.0;
    ui.painter().galley(corner, galley, color);
}

/// A slider in the line of settings.
fn small(ui: &mut Ui, name: &str, slider: Slider<'_>) {
    caption(ui, name, tones_of(ui).faint);
    let style = ui.style().clone();
    slender(ui);
    ui.spacing_mut().slider_width = 84.0;
    ui.add(slider).accessible_name(name);
    ui.set_style(style);
}

/// The least and greatest radius that make sense: a cell, half the domain.
pub(in crate::app) fn radii(grid: &Grid) -> [f32; 2] {
    let axes = grid.axis_list();
    let size = axes.iter().map(|&axis| grid.size_along(axis)).fold(0.0, f64::max);
    let cell = axes.iter().map(|&axis| grid.spacing(axis)).fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_possible_truncation, reason = "lengths of a brush")]
    [cell as f32, (size / 2.0) as f32]
}

pub(super) const fn tool_word(tool: Tool) -> Word {
    match tool {
        Tool::Look => Word::ToolLook,
        Tool::Paint => Word::ToolPaint,
        Tool::Smooth => Word::ToolSmooth,
        Tool::Stir => Word::ToolStir,
        Tool::Push => Word::ToolPush,
        Tool::Pulse => Word::ToolPulse,
        Tool::Pin => Word::ToolPin,
        Tool::Cut => Word::ToolCut,
        Tool::Warm => Word::ToolWarm,
        Tool::Notes => Word::ToolNotes,
    }
}

const fn tool_help(tool: Tool) -> Word {
    match tool {
        Tool::Look => Word::HelpLook,
        Tool::Paint => Word::HelpPaint,
        Tool::Smooth => Word::HelpSmooth,
        Tool::Stir => Word::HelpStir,
        Tool::Push => Word::HelpPush,
        Tool::Pulse => Word::HelpPulse,
        Tool::Pin => Word::HelpPin,
        Tool::Cut => Word::HelpCut,
        Tool::Warm => Word::HelpWarm,
        Tool::Notes => Word::HelpNotes,
    }
}
