//! The first figure: the field with the notes on it, or the field alone.
//!
//! Prominence of a note = rank by the first measure, and by the number of its links.

use std::fmt::Write as _;

use super::figures::{Album, heading, image, key, sane};
use super::html::paragraphs;
use super::overlay::{BROAD, NARROW, WIDE, drawing};
use super::{NoteRow, ReportInput};

/// The map; empty with neither pictures nor notes.
pub(super) fn section(input: &ReportInput, album: &Album<'_>) -> String {
    let first = album.pictures.first();
    let shown: Vec<usize> = (0..input.notes.len()).filter(|&i| on_map(&input.notes[i])).collect();
    if first.is_none() && shown.is_empty() {
        return String::new();
    }
    let aspect = sane(first.map_or(1.0, |(picture, _)| picture.aspect));
    let broad = aspect > 1.6;
    let mut stage = match first {
        Some((picture, uri)) => image(picture, uri, "ground"),
        None => format!("<div class=\"blank\" style=\"aspect-ratio:{aspect:.4}\"></div>"),
    };
    if !shown.is_empty() {
        let prominence = prominence(input);
        for overlay in [if broad { BROAD } else { WIDE }, NARROW] {
            stage += &drawing(input, &shown, &prominence, first.map(|(picture, _)| &picture.image), aspect, &overlay);
        }
    }
    let name = if shown.is_empty() { "The field" } else { "The map" };
    let layout = if broad { " broad" } else { "" };
    let mut side = String::new();
    if let Some((picture, _)) = first {
        let _ = write!(side, "<div id=\"ground-text\">{}{}", heading(picture), key(&picture.key));
        let _ = write!(side, "{}</div>", paragraphs(&picture.reading, "note"));
    }
    if !shown.is_empty() {
        side += "<p class=\"note\">Every point is a note; notes that are alike lie close together. Larger points \
                 matter more: they are more coherent, or more linked. Only the names that have room are written; \
                 rest on a point to read its name.</p>";
        if !input.links.is_empty() {
            side += "<p class=\"note\">Thin lines are the links between notes.</p>";
        }
    }
    format!(
        "<section id=\"map\">\n<h2>{name}</h2>\n<div class=\"hero{layout}\">\n<figure class=\"stage\">{stage}</figure>\n\
         <div class=\"side\">{side}</div>\n</div>\n</section>\n"
    )
}

/// Whether a note has a place in the picture.
pub(super) fn on_map(note: &NoteRow) -> bool {
    (0.0..=1.0).contains(&note.x) && (0.0..=1.0).contains(&note.y)
}

/// A number in [0, 1] per note: two parts rank by the first measure, one part rank by links.
fn prominence(input: &ReportInput) -> Vec<f64> {
    let mut degree = vec![0_u32; input.notes.len()];
    for &end in input.links.iter().flatten() {
        if let Some(degree) = degree.get_mut(end) {
            *degree += 1;
        }
    }
    let degree: Vec<f64> = degree.into_iter().map(f64::from).collect();
    let measured: Vec<f64> = input.notes.iter().map(|note| note.value(0)).collect();
    let (by_measure, by_links) = (ranks(&measured), ranks(&degree));
    by_measure.iter().zip(&by_links).map(|(a, b)| (2.0 * a + b) / 3.0).collect()
}

/// Share of values that are smaller; equal values share a rank, what is not a number comes last.
#[expect(clippy::cast_precision_loss, reason = "notes are counted in thousands")]
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().map(|&v| if v.is_nan() { f64::NEG_INFINITY } else { v }).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1).max(1) as f64;
    values.iter().map(|&v| sorted.partition_point(|&other| other < v) as f64 / last).collect()
}
