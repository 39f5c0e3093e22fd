//! The first figure: the field with the notes on it, or the field alone.
//!
//! Labels keep their size in pixels on every screen, so there are two drawings of the points, for wide and for narrow
//! pages, and the style sheet shows one of them. Prominence = rank by the first measure, and by the number of links.

use std::fmt::Write as _;

use ::image::RgbaImage;

use super::figures::{Album, heading, image, key, sane};
use super::html::{coordinate, escape, paragraphs, plural};
use super::labels::{Rect, Spot, place};
use super::{NoteRow, ReportInput};

/// Above this, points are one path without titles of their own, so that the page stays light.
const MOST_POINTS: usize = 4000;
const MOST_LINKS: usize = 3000;

/// One drawing of the points.
struct Overlay {
    class: &'static str,
    width: f64,
    font: f64,
    radius: [f64; 2],
    labels: usize,
}

const WIDE: Overlay = Overlay { class: "wide", width: 720.0, font: 12.0, radius: [2.0, 5.2], labels: 34 };
const NARROW: Overlay = Overlay { class: "narrow", width: 360.0, font: 11.0, radius: [1.4, 2.6], labels: 12 };

/// The map; empty with neither pictures nor notes.
pub(super) fn section(input: &ReportInput, album: &Album<'_>) -> String {
    let first = album.pictures.first();
    let shown: Vec<usize> = (0..input.notes.len()).filter(|&i| on_map(&input.notes[i])).collect();
    if first.is_none() && shown.is_empty() {
        return String::new();
    }
    let aspect = sane(first.map_or(1.0, |(picture, _)| picture.aspect));
    let mut stage = match first {
        Some((picture, uri)) => image(picture, uri, "ground"),
        None => format!("<div class=\"blank\" style=\"aspect-ratio:{aspect:.4}\"></div>"),
    };
    if !shown.is_empty() {
        let prominence = prominence(input);
        for overlay in [WIDE, NARROW] {
            stage += &drawing(input, &shown, &prominence, first.map(|(picture, _)| &picture.image), aspect, &overlay);
        }
    }
    let name = if shown.is_empty() { "The field" } else { "The map" };
    let layout = if aspect > 1.6 { " broad" } else { "" };
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

fn on_map(note: &NoteRow) -> bool {
    (0.0..=1.0).contains(&note.x) && (0.0..=1.0).contains(&note.y)
}

/// A number in [0, 1] per note: two parts rank by the first measure, one part rank by links.
#[expect(clippy::cast_precision_loss, reason = "notes and links are counted in thousands")]
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

/// Links, points and labels for one width of the page.
fn drawing(
    input: &ReportInput,
    shown: &[usize],
    prominence: &[f64],
    ground: Option<&RgbaImage>,
    aspect: f64,
    overlay: &Overlay,
) -> String {
    let frame = [overlay.width, overlay.width / aspect];
    let [small, large] = overlay.radius;
    let crowd = if shown.len() > 1500 { 0.6 } else { 1.0 };
    let spot = |i: usize| Spot {
        x: input.notes[i].x * frame[0],
        y: (1.0 - input.notes[i].y) * frame[1],
        radius: crowd * (small + (large - small) * prominence[i] * prominence[i]),
    };
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by(|&a, &b| prominence[shown[b]].total_cmp(&prominence[shown[a]]));
    let spots: Vec<Spot> = shown.iter().map(|&i| spot(i)).collect();
    let titles: Vec<&str> = shown.iter().map(|&i| input.notes[i].name()).collect();

    let described = format!("A map of {}, drawn over the field.", plural(shown.len(), "note", "notes"));
    let mut svg = format!(
        "<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{described}\" font-size=\"{}\">\n",
        overlay.class,
        coordinate(frame[0]),
        coordinate(frame[1]),
        overlay.font
    );
    svg += &link_path(input, &spot);
    if overlay.class == WIDE.class && shown.len() <= MOST_POINTS {
        for &k in order.iter().rev() {
            let Spot { x, y, radius } = spots[k];
            let _ = writeln!(
                svg,
                "<circle class=\"p\" data-note=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"><title>{}</title></circle>",
                shown[k],
                coordinate(x),
                coordinate(y),
                coordinate(radius),
                escape(titles[k])
            );
        }
    } else {
        let dots: String = spots.iter().map(|s| format!("M{} {}h0", coordinate(s.x), coordinate(s.y))).collect();
        let _ = writeln!(svg, "<path class=\"rim\" d=\"{dots}\"/><path class=\"dots\" d=\"{dots}\"/>");
    }
    for label in place(&spots, &titles, &order, frame, overlay.font, overlay.labels) {
        let x = match label.anchor {
            "start" => label.rect.x,
            "end" => label.rect.x + label.rect.width,
            _ => label.rect.x + label.rect.width / 2.0,
        };
        let ink = if ground.is_some_and(|ground| pale(ground, &label.rect, frame)) { " ink" } else { "" };
        let _ = writeln!(
            svg,
            "<text class=\"label{ink}\" data-note=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>",
            shown[label.spot],
            coordinate(x),
            coordinate(label.rect.y + 0.72 * label.rect.height),
            label.anchor,
            escape(&label.text)
        );
    }
    svg + "</svg>\n"
}

/// Whether the picture under a rectangle is so light that dark letters are read better.
fn pale(ground: &RgbaImage, rect: &Rect, frame: [f64; 2]) -> bool {
    const SAMPLES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
    let (width, height) = (f64::from(ground.width()), f64::from(ground.height()));
    let mut light = 0.0;
    for across in SAMPLES {
        for down in SAMPLES {
            let x = pixel((rect.x + across * rect.width) / frame[0] * width, ground.width());
            let y = pixel((rect.y + down * rect.height) / frame[1] * height, ground.height());
            let [r, g, b, alpha] = ground.get_pixel(x, y).0.map(f64::from);
            light += (0.2126 * r + 0.7152 * g + 0.0722 * b) * alpha / 255.0;
        }
    }
    light / 25.0 > 150.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
fn pixel(position: f64, count: u32) -> u32 {
    (position.max(0.0) as u32).min(count - 1)
}

fn link_path(input: &ReportInput, spot: impl Fn(usize) -> Spot) -> String {
    let known = |&&[a, b]: &&[usize; 2]| [a, b].iter().all(|&end| input.notes.get(end).is_some_and(on_map));
    let lines: String = input
        .links
        .iter()
        .filter(known)
        .take(MOST_LINKS)
        .map(|&[a, b]| (spot(a), spot(b)))
        .map(|(a, b)| format!("M{} {}L{} {}", coordinate(a.x), coordinate(a.y), coordinate(b.x), coordinate(b.y)))
        .collect();
    if lines.is_empty() { lines } else { format!("<path class=\"links\" d=\"{lines}\"/>\n") }
}
