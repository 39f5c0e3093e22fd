//! Plots over time as SVG. In: panels of lines. Out: one small drawing each, with ticks at round numbers.
//!
//! Values that are not finite leave gaps; a constant line has room above and below; long series keep the extremes of
//! each pixel's worth of rows. Drawn at 400 x 200 and shown near that size on every screen.

use std::fmt::Write as _;

use super::Panel;
use super::html::{coordinate, escape, number, paragraphs, significant};
use crate::output::labels::text_width;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 200.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;
const FONT: f64 = 12.0;
/// Columns that a line is drawn with; longer series are thinned.
const COLUMNS: usize = 360;

/// The section of plots; empty without panels.
pub(super) fn section(panels: &[Panel]) -> String {
    let drawn = self::panels(panels);
    if drawn.is_empty() {
        return drawn;
    }
    format!(
        "<section id=\"time\">\n<h2>Over time</h2>\n<p class=\"reading\">Each plot follows one measured quantity from \
         the first step to the last; the number on the right is the last value. Look for plateaus (the field has \
         settled), steps (something gave way) and slow drifts (it has not finished).</p>\n{drawn}</section>\n"
    )
}

/// Plots side by side; empty without any.
pub(super) fn panels(panels: &[Panel]) -> String {
    let drawn: Vec<String> = panels.iter().filter(|p| !p.times.is_empty() && !p.lines.is_empty()).map(panel).collect();
    if drawn.is_empty() { String::new() } else { format!("<div class=\"panels\">\n{}</div>\n", drawn.concat()) }
}

fn panel(panel: &Panel) -> String {
    let last = panel.lines.first().and_then(|(_, v)| v.last()).copied().unwrap_or(f64::NAN);
    let many = if panel.lines.len() > 1 { " class=\"many\"" } else { "" };
    let mut out = format!("<figure class=\"panel\">\n<figcaption{many}><h3>{}</h3>", escape(&panel.title));
    if panel.lines.len() == 1 {
        let _ = write!(out, "<span class=\"last\">{}</span>", number(last));
    } else {
        for (k, (name, values)) in panel.lines.iter().enumerate() {
            let last = number(values.last().copied().unwrap_or(f64::NAN));
            let _ = write!(out, "<span class=\"last l{}\"><i></i>{} {last}</span>", k % 4, escape(name));
        }
    }
    let _ = writeln!(out, "</figcaption>\n{}{}</figure>", drawing(panel), paragraphs(&panel.reading, "note"));
    out
}

/// The drawing of a panel.
fn drawing(panel: &Panel) -> String {
    let finite = || panel.lines.iter().flat_map(|(_, values)| values).copied().filter(|v| v.is_finite());
    let (low, high) = padded(finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v))));
    let (start, end) = padded((panel.times[0], panel.times[panel.times.len() - 1]));
    let y_ticks = ticks(low, high, 4);
    let y_texts: Vec<String> = y_ticks.iter().map(|&v| significant(v, 4)).collect();
    let left = y_texts.iter().map(|text| text_width(text, FONT)).fold(18.0, f64::max) + 10.0;
    let right = WIDTH - 12.0;
    let x = |time: f64| left + (time - start) / (end - start) * (right - left);
    let y = |value: f64| TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);

    let name = format!("{}: {}", panel.title, described(panel));
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n<g class=\"grid\">",
        escape(&name)
    );
    for (&tick, text) in y_ticks.iter().zip(&y_texts) {
        let level = coordinate(y(tick));
        let _ = write!(svg, "<path d=\"M{} {level}H{}\"/>", coordinate(left), coordinate(right));
        let at = (coordinate(left - 7.0), coordinate(y(tick) + 4.0));
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{text}</text>", at.0, at.1);
    }
    for tick in ticks(start, end, 5) {
        let at = coordinate(x(tick));
        let _ = write!(svg, "<path d=\"M{at} {}v4\"/>", coordinate(HEIGHT - BOTTOM));
        let text = significant(tick, 4);
        let _ = write!(svg, "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", HEIGHT - 7.0);
    }
    let _ = writeln!(svg, "<path class=\"axis\" d=\"M{} {}H{right}\"/></g>", coordinate(left), HEIGHT - BOTTOM);
    for (k, (_, values)) in panel.lines.iter().enumerate() {
        let _ = writeln!(svg, "<path class=\"line l{}\" d=\"{}\"/>", k % 4, path(&panel.times, values, x, y));
        if let Some((&time, &value)) = panel.times.iter().zip(values).rfind(|(_, value)| value.is_finite()) {
            let (cx, cy) = (coordinate(x(time)), coordinate(y(value)));
            let _ = writeln!(svg, "<circle class=\"end l{}\" cx=\"{cx}\" cy=\"{cy}\" r=\"3.5\"/>", k % 4);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// What a person who can't see the plot is told.
fn described(panel: &Panel) -> String {
    let line = |(name, values): &(String, Vec<f64>)| {
        let first = values.first().copied().unwrap_or(f64::NAN);
        let last = values.last().copied().unwrap_or(f64::NAN);
        format!("{name} goes from {} to {}", number(first), number(last))
    };
    panel.lines.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// The path of one line; a single point becomes a dot by its round cap.
fn path(times: &[f64], values: &[f64], x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut pen_down = false;
    for (time, value) in thinned(times, values) {
        if value.is_finite() {
            let _ =
                write!(path, "{}{} {}", if pen_down { 'L' } else { 'M' }, coordinate(x(time)), coordinate(y(value)));
            if !pen_down {
                path.push_str("h0");
            }
        }
        pen_down = value.is_finite();
    }
    path
}

/// At most two rows per column of the drawing: the smallest and the largest value in it, in order of time.
fn thinned(times: &[f64], values: &[f64]) -> Vec<(f64, f64)> {
    let rows: Vec<(f64, f64)> = times.iter().copied().zip(values.iter().copied()).collect();
    if rows.len() <= 2 * COLUMNS {
        return rows;
    }
    let mut kept = Vec::with_capacity(2 * COLUMNS + 1);
    for chunk in rows.chunks(rows.len().div_ceil(COLUMNS)) {
        let low = (0..chunk.len()).min_by(|&a, &b| chunk[a].1.total_cmp(&chunk[b].1)).unwrap_or(0);
        let high = (0..chunk.len()).max_by(|&a, &b| chunk[a].1.total_cmp(&chunk[b].1)).unwrap_or(0);
        kept.push(chunk[low.min(high)]);
        if low != high {
            kept.push(chunk[low.max(high)]);
        }
    }
    kept.extend(rows.last());
    kept
}

/// A range that is not empty: a constant gets room around it, no value at all gives 0 to 1.
fn padded((low, high): (f64, f64)) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite()) {
        (0.0, 1.0)
    } else if high - low > 1e-12 * low.abs().max(high.abs()) {
        (low, high)
    } else {
        let room = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
        (low - room, low + room)
    }
}

/// Round numbers in a range, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
pub(super) fn ticks(low: f64, high: f64, count: u32) -> Vec<f64> {
    let raw = (high - low) / f64::from(count);
    let power: f64 = format!("{raw:e}")
        .split_once('e')
        .and_then(|(_, exponent)| format!("1e{exponent}").parse().ok())
        .unwrap_or(1.0);
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= raw * 0.7).unwrap_or(10.0) * power;
    let first = (low / step - 1e-6).ceil();
    (0..2 * count)
        .map(|k| (first + f64::from(k)) * step)
        .take_while(|&tick| tick <= high + 1e-6 * step)
        .map(|tick| if tick.abs() < 1e-9 * step { 0.0 } else { tick })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 50.0, 5), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]);
        assert_eq!(ticks(-0.03, 0.05, 4), [-0.02, 0.0, 0.02, 0.04]);
        for (low, high) in [(1e-9, 3e-9), (0.0, 1e12), (99.9, 100.1)] {
            let found = ticks(low, high, 4);
            assert!((2..=8).contains(&found.len()), "{low} {high} {found:?}");
        }
    }

    #[test]
    fn constant_short_and_broken_series_have_a_plot() {
        for values in [vec![], vec![3.0], vec![0.0, 0.0], vec![f64::NAN, f64::NAN], vec![1.0, f64::NAN, 2.0]] {
            let times: Vec<f64> = (0..values.len().max(1)).map(|i| f64::from(u8::try_from(i).unwrap_or(0))).collect();
            let panel = Panel { title: "a".into(), times, lines: vec![("a".into(), values)], ..Panel::default() };
            let svg = drawing(&panel);
            assert!(svg.contains("<svg") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
