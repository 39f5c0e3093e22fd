//! What happened, in a few sentences, from the series and the notes. Used when the caller has no summary of its own.

use super::html::{count, number, plural, shorten, significant};
use super::tables::{lower_first, ordered};
use super::{Panel, ReportInput};

/// Series that are told; the others have their plots.
const MOST_SERIES: usize = 4;

/// The text, not yet escaped.
pub(super) fn summary(input: &ReportInput) -> String {
    let manifest = &input.manifest;
    let mut sentences = Vec::new();
    let soil = match input.notes.len() {
        0 => String::new(),
        n => format!(" over a map of {}", plural(n, "note", "notes")),
    };
    sentences.push(format!(
        "A field on {} cells grew{soil} from t = 0 to t = {}, in {} steps.",
        count(manifest.cells),
        number(manifest.time),
        count(manifest.steps)
    ));
    let told = input.panels.iter().flat_map(|p| p.lines.iter().map(move |(name, v)| (p, name, v)));
    sentences.extend(told.take(MOST_SERIES).filter_map(|(panel, name, values)| trend(panel, name, values)));
    for (m, measure) in input.measures.iter().enumerate().take(2) {
        let order = ordered(&input.notes, m);
        let names: Vec<String> =
            order.iter().take(3).map(|&i| format!("“{}”", shorten(input.notes[i].name(), 48))).collect();
        if order.len() > 3 {
            sentences.push(format!("Highest in {}: {}.", lower_first(&measure.title), names.join(", ")));
        }
    }
    if !manifest.completed && manifest.steps > 0 {
        sentences.push("The run stopped before its end; what was measured until then is here.".to_owned());
    }
    sentences.join(" ")
}

/// In prose three digits are enough.
fn brief(value: f64) -> String {
    significant(value, 3)
}

/// One series in a sentence: from, to, and since when it is steady. A constant is not worth one.
fn trend(panel: &Panel, name: &str, values: &[f64]) -> Option<String> {
    let rows: Vec<(f64, f64)> =
        panel.times.iter().copied().zip(values.iter().copied()).filter(|(_, v)| v.is_finite()).collect();
    let (&(_, first), &(end, last)) = (rows.first()?, rows.last()?);
    let (low, high) = rows.iter().fold((first, first), |(l, h), &(_, v)| (l.min(v), h.max(v)));
    if high - low <= 1e-9 * high.abs().max(low.abs()) {
        return None;
    }
    let verb = if last - first > 0.1 * (high - low) {
        "rose"
    } else if first - last > 0.1 * (high - low) {
        "fell"
    } else {
        return Some(format!("{name} wandered between {} and {}.", brief(low), brief(high)));
    };
    let steady = |&(_, v): &(f64, f64)| (v - last).abs() <= 0.05 * (high - low);
    let since = rows.iter().rposition(|row| !steady(row)).map_or(rows[0].0, |k| rows[k + 1].0);
    let settled = if since < panel.times[0] + 0.75 * (end - panel.times[0]) {
        format!(" and has been steady since t ≈ {}", significant(since, 2))
    } else {
        " and was still changing at the end".to_owned()
    };
    Some(format!("{name} {verb} from {} to {}{settled}.", brief(first), brief(last)))
}
