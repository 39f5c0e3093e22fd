//! Tables of notes: highest and lowest by each measure, all of them, and their groups.

use std::fmt::Write as _;

use super::html::{aligned, escape, number, paragraphs, plural, shorten};
use super::{Measure, NoteRow, ReportInput};
use crate::output::colormap::Palette;
use crate::output::image::{Limits, Range};

/// Rows at either end.
const TEN: usize = 10;
/// Measures that get tables of their own.
const MOST_MEASURES: usize = 4;
/// Rows of the table of all notes.
const MOST_ROWS: usize = 2000;

/// The section of notes; empty without notes or measures.
pub(super) fn notes(input: &ReportInput) -> String {
    if input.notes.is_empty() || input.measures.is_empty() {
        return String::new();
    }
    let mut out = String::from("<section id=\"notes\">\n<h2>The notes</h2>\n");
    for (m, measure) in input.measures.iter().enumerate().take(MOST_MEASURES) {
        let order = ordered(&input.notes, m);
        if order.is_empty() {
            continue;
        }
        let values: Vec<f64> = order.iter().map(|&i| input.notes[i].value(m)).collect();
        let (most, least) = (values[0], values[values.len() - 1].min(0.0));
        let limits = Limits::of(&values, Palette::Tide, Range::Fixed(least, most));
        let _ = writeln!(out, "<h3>By {}</h3>", escape(&lower_first(&measure.title)));
        out += &paragraphs(&measure.reading, "reading");
        out += "<div class=\"ranks\">\n";
        out += &ranked(input, "Highest", measure, m, order.iter().take(TEN), &limits);
        if order.len() > TEN {
            out += &ranked(input, "Lowest", measure, m, order.iter().rev().take(TEN.min(order.len() - TEN)), &limits);
        }
        out += "</div>\n";
    }
    out + &all(input) + "</section>\n"
}

/// Positions of the notes that have a value, the highest first; equal ones in source order.
pub(super) fn ordered(notes: &[NoteRow], measure: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..notes.len()).filter(|&i| notes[i].value(measure).is_finite()).collect();
    order.sort_by(|&a, &b| notes[b].value(measure).total_cmp(&notes[a].value(measure)));
    order
}

/// Headings stand at the start of a line, measures in the middle: `By coherence`.
pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

fn ranked<'a>(
    input: &ReportInput,
    name: &str,
    measure: &Measure,
    m: usize,
    rows: impl Iterator<Item = &'a usize>,
    limits: &Limits,
) -> String {
    let mut out = format!(
        "<table class=\"rank\"><caption>{name}</caption><thead class=\"quiet\"><tr><th scope=\"col\">Note</th>\
         <th scope=\"col\">{}</th></tr></thead><tbody>\n",
        escape(&measure.title)
    );
    for &i in rows {
        let value = input.notes[i].value(m);
        let _ = writeln!(
            out,
            "<tr data-note=\"{i}\"><td dir=\"auto\" style=\"--share:{:.1}%\">{}</td><td>{}</td></tr>",
            100.0 * limits.share(value),
            escape(&shorten(input.notes[i].name(), 90)),
            aligned(value, limits.high.abs().max(limits.low.abs()))
        );
    }
    out + "</tbody></table>\n"
}

/// All notes in source order, behind a fold; sortable where scripts run.
fn all(input: &ReportInput) -> String {
    let measures = input.measures.iter().map(|m| format!("<th scope=\"col\">{}</th>", escape(&m.title)));
    let mut out = format!(
        "<details><summary>All {}</summary>\n<div class=\"scroll\"><table class=\"all\"><thead><tr>\
         <th scope=\"col\">Note</th>{}</tr></thead><tbody>\n",
        plural(input.notes.len(), "note", "notes"),
        measures.collect::<String>()
    );
    for (i, note) in input.notes.iter().enumerate().take(MOST_ROWS) {
        let text = note.text.as_ref().map_or_else(String::new, |text| {
            format!("<details><summary>text</summary><p class=\"text\">{}</p></details>", escape(text))
        });
        let _ = write!(out, "<tr data-note=\"{i}\"><td dir=\"auto\">{}{text}</td>", escape(&shorten(note.name(), 120)));
        for m in 0..input.measures.len() {
            let value = note.value(m);
            let _ = write!(out, "<td data-value=\"{value:e}\">{}</td>", number(value));
        }
        out += "</tr>\n";
    }
    out += "</tbody></table></div>\n";
    if input.notes.len() > MOST_ROWS {
        let rest = plural(input.notes.len() - MOST_ROWS, "more is", "more are");
        let _ = writeln!(out, "<p class=\"note\">{rest} in <code>documents.parquet</code>.</p>");
    }
    out + "</details>\n"
}

/// The table of groups; empty without groups.
pub(super) fn groups(input: &ReportInput) -> String {
    if input.groups.is_empty() {
        return String::new();
    }
    let measures = input.measures.iter().map(|m| format!("<th scope=\"col\">{}</th>", escape(&m.title)));
    let mut out = format!(
        "<section id=\"groups\">\n<h2>Groups</h2>\n<p class=\"reading\">Notes that hold together by what they \
         say and what they link to, named by their telling words. The numbers are means over a group; the notes named \
         are its most typical ones.</p>\n<div class=\"scroll\">\
         <table class=\"all groups\"><thead><tr><th scope=\"col\">Group</th><th scope=\"col\">Notes</th>{}\
         <th scope=\"col\">Such as</th></tr></thead><tbody>\n",
        measures.collect::<String>()
    );
    for group in &input.groups {
        let name = escape(&shorten(&group.name, 60));
        let _ = write!(out, "<tr><td dir=\"auto\">{name}</td><td data-value=\"{0}\">{0}</td>", group.notes);
        for m in 0..input.measures.len() {
            let value = group.values.get(m).copied().unwrap_or(f64::NAN);
            let _ = write!(out, "<td data-value=\"{value:e}\">{}</td>", number(value));
        }
        let examples: Vec<String> = group.examples.iter().map(|title| escape(&shorten(title, 40))).collect();
        let _ = writeln!(out, "<td class=\"names\" dir=\"auto\">{}</td></tr>", examples.join(" · "));
    }
    out + "</tbody></table></div>\n</section>\n"
}
