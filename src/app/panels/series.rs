//! The series over time, one small plot each under a common axis, with acts and events marked.
//!
//! Columns are thinned to the least and greatest value per pixel before they are drawn, so that a long life costs no
//! more than a short one and no peak is lost.

use egui::{Color32, Ui, Vec2b};
use egui_plot::{Line, Plot, PlotPoints, PlotUi, VLine};

use super::desk::Desk;
use super::figures::number;
use super::pieces::{hint, section, tones_of};
use super::timeline::act_color;
use crate::app::request::Request;
use crate::app::words::Word;

/// Bins of a thinned series.
const BINS: usize = 400;
/// Marks drawn over a plot.
const MARKS: usize = 300;

/// Colours of lines, on dark and on light grounds.
const LINES: [(Color32, Color32); 6] = [
    (Color32::from_rgb(96, 200, 182), Color32::from_rgb(12, 122, 108)),
    (Color32::from_rgb(240, 190, 100), Color32::from_rgb(158, 104, 0)),
    (Color32::from_rgb(120, 180, 240), Color32::from_rgb(24, 96, 170)),
    (Color32::from_rgb(240, 140, 150), Color32::from_rgb(180, 48, 64)),
    (Color32::from_rgb(178, 150, 245), Color32::from_rgb(110, 72, 190)),
    (Color32::from_rgb(160, 205, 110), Color32::from_rgb(76, 118, 16)),
];

pub(super) fn show(ui: &mut Ui, desk: &mut Desk<'_>) {
    section(ui, desk.word(Word::Series));
    let series = std::sync::Arc::clone(&desk.frame.series);
    if series.columns.is_empty() {
        hint(ui, desk.word(Word::NoSeries));
        return;
    }
    let marks = marks(ui, desk);
    for (place, (name, values)) in series.columns.iter().enumerate() {
        let mut shown = !desk.state.memory.hidden.contains(name);
        let color = line_color(ui, place);
        ui.horizontal(|ui| {
            if ui.checkbox(&mut shown, name).changed() {
                let hidden = &mut desk.state.memory.hidden;
                if shown {
                    hidden.remove(name)
                } else {
                    hidden.insert(name.clone())
                };
            }
            if let Some(&last) = values.last() {
                ui.label(egui::RichText::new(number(last)).monospace().color(color));
            }
        });
        if shown {
            plot(ui, name, thinned(&series.times, values, BINS), color, &marks);
        }
    }
    hint(ui, desk.word(Word::SeriesHelp));
    let path = desk.frame.subject.trace.with_file_name(format!("series-{}.csv", desk.frame.step));
    if ui.button(desk.word(Word::ExportSeries)).on_hover_text(path.to_string_lossy()).clicked() {
        desk.ask(Request::ExportSeries(path));
    }
}

pub(super) fn line_color(ui: &Ui, place: usize) -> Color32 {
    let (on_dark, on_light) = LINES[place % LINES.len()];
    if ui.visuals().dark_mode { on_dark } else { on_light }
}

/// Times of acts and events with their colours: events first, so that acts lie above them.
fn marks(ui: &Ui, desk: &Desk<'_>) -> Vec<(f64, Color32)> {
    let faint = tones_of(ui).faint.gamma_multiply(0.25);
    let dark = ui.visuals().dark_mode;
    #[expect(clippy::cast_precision_loss, reason = "steps of a life are far below 2^53")]
    let time = |step: u64| desk.frame.time + (step as f64 - desk.frame.step as f64) * desk.frame.dt;
    let end = time(desk.state.memory.end).max(f64::MIN_POSITIVE);
    let mut marks = vec![];
    #[expect(clippy::cast_precision_loss, reason = "a number of pixels")]
    let gap = end / MARKS as f64;
    let mut last = f64::NEG_INFINITY;
    for event in desk.frame.events.iter() {
        let at = time(event.step);
        if at - last >= gap {
            marks.push((at, faint));
            last = at;
        }
    }
    last = f64::NEG_INFINITY;
    for (step, act) in desk.frame.acts.iter() {
        let at = time(*step);
        if at - last >= gap {
            marks.push((at, act_color(act, dark).gamma_multiply(0.55)));
            last = at;
        }
    }
    marks
}

/// One plot of one line, its time axis linked with the others.
pub(super) fn plot(ui: &mut Ui, name: &str, points: Vec<[f64; 2]>, color: Color32, marks: &[(f64, Color32)]) {
    frame_of(ui, name).show(ui, |plot: &mut PlotUi<'_>| {
        for &(time, color) in marks {
            plot.vline(VLine::new("", time).color(color).width(1.0).allow_hover(false));
        }
        plot.line(Line::new(name.to_owned(), PlotPoints::new(points)).color(color).width(1.5));
    });
}

/// An empty plot as all of ours are.
pub(super) fn frame_of(ui: &Ui, name: &str) -> Plot<'static> {
    Plot::new(("series", name))
        .grid_color(tones_of(ui).line)
        .height(92.0)
        .link_axis(egui::Id::unique("series"), Vec2b::new(true, false))
        .allow_scroll(false)
        .allow_drag(Vec2b::new(true, false))
        .allow_zoom(Vec2b::new(true, false))
        .allow_axis_zoom_drag(false)
        .allow_boxed_zoom(false)
        .y_axis_min_width(42.0)
        .set_margin_fraction(egui::Vec2::new(0.02, 0.12))
        .y_axis_formatter(|mark, _| number(mark.value))
        .x_axis_formatter(|mark, _| number(mark.value))
        .label_formatter(|at| {
            let position = match at {
                egui_plot::HoverPosition::NearDataPoint { position, .. }
                | egui_plot::HoverPosition::Elsewhere { position } => position,
            };
            Some(format!("t = {}\n{}", number(position.x), number(position.y)))
        })
}

/// At most two points per bin: where the values are least and greatest, in the order of time.
fn thinned(times: &[f64], values: &[f64], bins: usize) -> Vec<[f64; 2]> {
    let count = times.len().min(values.len());
    let point = |k: usize| [times[k], values[k]];
    if count <= 2 * bins {
        return (0..count).map(point).collect();
    }
    let mut points = Vec::with_capacity(2 * bins);
    for bin in 0..bins {
        let range = bin * count / bins..(bin + 1) * count / bins;
        let by_value = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let (Some(least), Some(greatest)) = (range.clone().min_by(by_value), range.max_by(by_value)) else { continue };
        points.push(point(least.min(greatest)));
        points.push(point(least.max(greatest)));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_peaks() {
        let times: Vec<f64> = (0..10_000).map(f64::from).collect();
        let mut values = vec![0.0; times.len()];
        values[1234] = 5.0;
        values[8765] = -3.0;
        let points = thinned(&times, &values, 100);
        assert!(points.len() <= 200);
        assert!(points.contains(&[1234.0, 5.0]) && points.contains(&[8765.0, -3.0]));
        assert!(points.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        assert_eq!(thinned(&times[..3], &values, 100).len(), 3);
    }
}
