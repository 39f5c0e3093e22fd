//! Charts of a sweep as SVG: means with error bars over one axis, a map of squares over two.
//!
//! In: places on the axes with their names, means, standard errors. Out: one figure each, 400 x 240, with a text for
//! those who can't see it. An axis of numbers has its places at their values, one of words at equal distances. What is
//! not finite is left out.

use std::fmt::Write as _;

use super::super::html::{coordinate, escape, paragraphs, significant};
use super::super::{Key, figures};
use super::with_error;
use crate::output::colormap::{Palette, Rgb};
use crate::output::image::{Limits, Range};
use crate::output::labels::text_width;
use crate::output::report::plot::ticks;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 240.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 40.0;
const FONT: f64 = 12.0;

/// Means over one axis.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    /// What was measured.
    pub title: String,
    /// What it is; may be empty.
    pub reading: String,
    /// The key that was varied.
    pub axis: String,
    /// Its values, as written.
    pub names: Vec<String>,
    /// Its values, where they are numbers.
    pub places: Option<Vec<f64>>,
    /// The mean at each value; NaN where there is none.
    pub means: Vec<f64>,
    /// Standard errors; NaN where there is none.
    pub errors: Vec<f64>,
}

/// Means over two axes.
#[derive(Clone, Debug, Default)]
pub struct Heat {
    /// What was measured.
    pub title: String,
    /// The keys that were varied: upwards, rightwards.
    pub axes: [String; 2],
    /// Their values, as written.
    pub names: [Vec<String>; 2],
    /// What it is; may be empty.
    pub reading: String,
    /// Means, row by row from the bottom; NaN where there is none.
    pub means: Vec<f64>,
    /// Standard errors.
    pub errors: Vec<f64>,
}

/// A range with some room on either side.
fn roomy(values: impl Iterator<Item = f64>, share: f64) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if !low.is_finite() {
        return (0.0, 1.0);
    }
    let room = share * (high - low);
    let room = if room > 1e-12 * low.abs().max(high.abs()) { room } else { 0.1 * low.abs().max(1e-3) };
    (low - room, high + room)
}

/// Left edge of a drawing whose labels on the left need room.
fn left_of<'a>(texts: impl Iterator<Item = &'a String>) -> f64 {
    texts.map(|text| text_width(text, FONT)).fold(18.0, f64::max).min(0.4 * WIDTH) + 12.0
}

#[expect(clippy::cast_precision_loss, reason = "positions of a few values")]
fn float(count: usize) -> f64 {
    count as f64
}

/// A plot of means with error bars.
pub(super) fn bars(chart: &Bars) -> String {
    let places = chart.places.clone().unwrap_or_else(|| (0..chart.names.len()).map(float).collect());
    let error = |k: usize| if chart.errors[k].is_finite() { chart.errors[k] } else { 0.0 };
    let ends = (0..places.len()).flat_map(|k| [chart.means[k] - error(k), chart.means[k] + error(k)]);
    let ((low, high), (start, end)) = (roomy(ends, 0.06), roomy(places.iter().copied(), 0.05));
    let levels = ticks(low, high, 4);
    let texts: Vec<String> = levels.iter().map(|&level| significant(level, 4)).collect();
    let (left, right) = (left_of(texts.iter()), WIDTH - 12.0);
    let x = |place: f64| left + (place - start) / (end - start) * (right - left);
    let y = |value: f64| TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM);

    let told: Vec<String> = (0..places.len())
        .map(|k| format!("{} = {}: {}", chart.axis, chart.names[k], with_error(chart.means[k], chart.errors[k])))
        .collect();
    let mut svg = opened(&format!("{}. {}", chart.title, told.join("; ")));
    for (&level, text) in levels.iter().zip(&texts) {
        let at = coordinate(y(level));
        let _ = write!(svg, "<path d=\"M{} {at}H{right}\"/>", coordinate(left));
        let label = (coordinate(left - 7.0), coordinate(y(level) + 4.0));
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{text}</text>", label.0, label.1);
    }
    let named = chart.places.is_none();
    let marks: Vec<(f64, String)> = if named {
        places.iter().copied().zip(chart.names.iter().map(|name| escape(name))).collect()
    } else {
        ticks(start, end, 5).into_iter().map(|tick| (tick, significant(tick, 4))).collect()
    };
    for (place, text) in marks {
        let at = coordinate(x(place));
        let _ = write!(svg, "<path d=\"M{at} {}v4\"/>", coordinate(HEIGHT - BOTTOM));
        let _ = write!(svg, "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", HEIGHT - BOTTOM + 17.0);
    }
    svg += &axis_name(&chart.axis, f64::midpoint(left, right));
    let _ = writeln!(svg, "<path class=\"axis\" d=\"M{} {}H{right}\"/></g>", coordinate(left), HEIGHT - BOTTOM);
    let shown: Vec<usize> = (0..places.len()).filter(|&k| chart.means[k].is_finite()).collect();
    let mut order = shown.clone();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    let line: Vec<String> =
        order.iter().map(|&k| format!("{} {}", coordinate(x(places[k])), coordinate(y(chart.means[k])))).collect();
    if line.len() > 1 {
        let _ = writeln!(svg, "<path class=\"mean\" d=\"M{}\"/>", line.join("L"));
    }
    svg += "<g class=\"bar\">";
    for k in shown {
        let (at, mean) = (coordinate(x(places[k])), chart.means[k]);
        let (upper, lower) = (coordinate(y(mean + error(k))), coordinate(y(mean - error(k))));
        let _ = write!(
            svg,
            "<g><title>{}</title><line x1=\"{at}\" x2=\"{at}\" y1=\"{upper}\" y2=\"{lower}\"/>\
             <circle cx=\"{at}\" cy=\"{}\" r=\"3.5\"/></g>",
            escape(&told[k]),
            coordinate(y(mean))
        );
    }
    svg += "</g>\n</svg>\n";
    figure(&chart.title, &svg, &paragraphs(&chart.reading, "note"))
}

/// A map of means, the first axis upwards.
pub(super) fn heat(chart: &Heat) -> String {
    let palette = if chart.means.iter().any(|&mean| mean < 0.0) && chart.means.iter().any(|&mean| mean > 0.0) {
        Palette::Balance
    } else {
        Palette::Tide
    };
    let limits = Limits::of(&chart.means, palette, Range::Auto);
    let (left, right) = (left_of(chart.names[0].iter()) + 12.0, WIDTH - 12.0);
    let (rows, columns) = (chart.names[0].len(), chart.names[1].len());
    let wide = (right - left) / float(columns.max(1));
    let high = (HEIGHT - TOP - BOTTOM) / float(rows.max(1));
    let told = |k: usize| {
        format!(
            "{} = {}, {} = {}: {}",
            chart.axes[0],
            chart.names[0][k / columns],
            chart.axes[1],
            chart.names[1][k % columns],
            with_error(chart.means[k], chart.errors[k])
        )
    };
    let all: Vec<String> = (0..chart.means.len()).map(told).collect();
    let mut svg = opened(&format!("{}. {}", chart.title, all.join("; ")));
    for (row, name) in chart.names[0].iter().enumerate().step_by(rows.div_ceil(12).max(1)) {
        let at = coordinate(TOP + (float(rows - row) - 0.5) * high + 4.0);
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{at}\" text-anchor=\"end\">{}</text>",
            coordinate(left - 7.0),
            escape(name)
        );
    }
    for (column, name) in chart.names[1].iter().enumerate().step_by(columns.div_ceil(8).max(1)) {
        let at = coordinate(left + (float(column) + 0.5) * wide);
        let below = HEIGHT - BOTTOM + 17.0;
        let _ = write!(svg, "<text x=\"{at}\" y=\"{below}\" text-anchor=\"middle\">{}</text>", escape(name));
    }
    svg += &axis_name(&chart.axes[1], f64::midpoint(left, right));
    let middle = coordinate(f64::midpoint(TOP, HEIGHT - BOTTOM));
    let name = escape(&chart.axes[0]);
    let _ = writeln!(
        svg,
        "<text transform=\"rotate(-90)\" x=\"-{middle}\" y=\"12\" text-anchor=\"middle\">{name}</text></g>"
    );
    for (k, told) in all.iter().enumerate() {
        let (row, column) = (k / columns, k % columns);
        let place = format!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            coordinate(left + float(column) * wide),
            coordinate(TOP + float(rows - 1 - row) * high),
            coordinate(wide),
            coordinate(high)
        );
        let paint = if chart.means[k].is_finite() {
            format!("class=\"square\" fill=\"{}\"", color(palette.color(limits.share(chart.means[k]))))
        } else {
            "class=\"none\"".to_owned()
        };
        let _ = write!(svg, "<rect {place} {paint}><title>{}</title></rect>", escape(told));
    }
    svg += "\n</svg>\n";
    let below = figures::key(&Key::Scale(palette, limits)) + &paragraphs(&chart.reading, "note");
    figure(&chart.title, &svg, &below)
}

fn color([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn opened(told: &str) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n<g class=\"grid\">", escape(told))
}

fn axis_name(name: &str, middle: f64) -> String {
    let (at, below) = (coordinate(middle), HEIGHT - 5.0);
    format!("<text x=\"{at}\" y=\"{below}\" text-anchor=\"middle\">{}</text>", escape(name))
}

fn figure(title: &str, svg: &str, below: &str) -> String {
    format!("<figure class=\"panel\">\n<figcaption><h3>{}</h3></figcaption>\n{svg}{below}</figure>\n", escape(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_stand_any_numbers() {
        for means in [vec![f64::NAN, f64::NAN], vec![1.0, f64::NAN], vec![2.0, 2.0], vec![-1e9, 1e-9]] {
            let errors = vec![f64::NAN, 0.1];
            let names = vec!["0".to_owned(), "<b>".to_owned()];
            for places in [None, Some(vec![0.0, 1.0])] {
                let chart = Bars {
                    names: names.clone(),
                    places,
                    means: means.clone(),
                    errors: errors.clone(),
                    ..Bars::default()
                };
                let drawn = bars(&chart);
                assert!(!drawn.contains("NaN") && !drawn.contains("inf") && !drawn.contains("<b>"), "{drawn}");
            }
            let axes = ["a".to_owned(), "b".to_owned()];
            let names = [vec!["0".to_owned()], names];
            let drawn = heat(&Heat { title: "t".into(), axes, names, means, errors, ..Heat::default() });
            assert!(!drawn.contains("NaN") && !drawn.contains("inf") && drawn.contains("<svg"), "{drawn}");
        }
    }
}
