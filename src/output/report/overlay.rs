//! Points, links and labels over the map, as SVG.
//!
//! Labels keep their size in pixels on every screen, so there are two drawings, for wide and for narrow pages, and the
//! style sheet shows one of them. Points shrink where notes are many, and step back where a label lies over them.

use std::fmt::Write as _;

use ::image::RgbaImage;

use super::ReportInput;
use super::html::{coordinate, escape, plural, shorten};
use super::map::on_map;
use crate::output::labels::{Label, Rect, Spot, Wanted, place, text_width};

/// Above this, points are one path without titles of their own, so that the page stays light.
const MOST_POINTS: usize = 4000;
const MOST_LINKS: usize = 3000;
/// Most characters of a label.
const LONGEST_LABEL: usize = 30;

/// One drawing of the points. Lengths in pixels.
pub(super) struct Overlay {
    class: &'static str,
    width: f64,
    font: f64,
    radius: [f64; 2],
    labels: usize,
    titles: bool,
}

/// For wide pages.
pub(super) const WIDE: Overlay =
    Overlay { class: "wide", width: 720.0, font: 12.0, radius: [2.0, 5.2], labels: 34, titles: true };
/// For wide pages, under a picture so broad that it has the page to itself.
pub(super) const BROAD: Overlay = Overlay { width: 1080.0, font: 13.0, ..WIDE };
/// For narrow pages.
pub(super) const NARROW: Overlay =
    Overlay { class: "narrow", width: 360.0, font: 11.0, radius: [1.4, 2.6], labels: 12, titles: false };

/// Links, points and labels of the notes `shown`, over a picture of that `aspect`.
pub(super) fn drawing(
    input: &ReportInput,
    shown: &[usize],
    prominence: &[f64],
    ground: Option<&RgbaImage>,
    aspect: f64,
    overlay: &Overlay,
) -> String {
    let frame = [overlay.width, overlay.width / aspect];
    let scale = crowding(frame, shown.len(), overlay.radius[1]);
    let [small, large] = overlay.radius.map(|radius| scale * radius);
    let spot = |i: usize| Spot {
        x: input.notes[i].x * frame[0],
        y: (1.0 - input.notes[i].y) * frame[1],
        radius: small + (large - small) * prominence[i] * prominence[i],
    };
    let spots: Vec<Spot> = shown.iter().map(|&i| spot(i)).collect();
    let titles: Vec<&str> = shown.iter().map(|&i| input.notes[i].name()).collect();
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by(|&a, &b| prominence[shown[b]].total_cmp(&prominence[shown[a]]));
    let wanted = order.iter().map(|&spot| {
        let text = shorten(titles[spot], LONGEST_LABEL);
        Wanted { spot, width: text_width(&text, overlay.font), text, before: None }
    });
    let labels = place(&spots, wanted, frame, &[], overlay.font, overlay.labels);

    let mut svg = format!(
        "<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"A map of {}, drawn over the field.\" \
         font-size=\"{}\">\n",
        overlay.class,
        coordinate(frame[0]),
        coordinate(frame[1]),
        plural(shown.len(), "note", "notes"),
        overlay.font
    );
    svg += &link_path(input, spot);
    if overlay.titles && shown.len() <= MOST_POINTS {
        for &k in order.iter().rev() {
            svg += &point(&spots[k], shown[k], titles[k], covered(&spots[k], &labels), scale);
        }
    } else {
        svg += &dots(&spots, &labels, small);
    }
    for label in &labels {
        let ink = ground.is_some_and(|ground| pale(ground, &label.rect, frame));
        svg += &text(label, shown[label.spot], ink);
    }
    svg + "</svg>\n"
}

/// Factor by which points shrink, so that they cover a small share of the map however many there are.
#[expect(clippy::cast_precision_loss, reason = "notes are counted in thousands")]
fn crowding([width, height]: [f64; 2], points: usize, radius: f64) -> f64 {
    let room = (width * height / points.max(1) as f64).sqrt();
    (room / (5.5 * radius)).clamp(0.3, 1.0)
}

fn covered(spot: &Spot, labels: &[Label]) -> bool {
    let core = Rect { x: spot.x - 1.0, y: spot.y - 1.0, width: 2.0, height: 2.0 };
    labels.iter().any(|label| label.rect.overlaps(&core))
}

/// A point with its title.
fn point(spot: &Spot, note: usize, title: &str, covered: bool, scale: f64) -> String {
    format!(
        "<circle class=\"p{}\" data-note=\"{note}\" cx=\"{}\" cy=\"{}\" r=\"{:.2}\" stroke-width=\"{:.2}\"><title>{}\
         </title></circle>\n",
        if covered { " under" } else { "" },
        coordinate(spot.x),
        coordinate(spot.y),
        spot.radius,
        1.1 * scale.max(0.5),
        escape(title)
    )
}

/// Points without titles: round ends of lines of no length, rims first.
fn dots(spots: &[Spot], labels: &[Label], radius: f64) -> String {
    let mut out = String::new();
    for under in [true, false] {
        let some = spots.iter().filter(|spot| covered(spot, labels) == under);
        let path: String = some.map(|s| format!("M{} {}h0", coordinate(s.x), coordinate(s.y))).collect();
        let class = if under { " under" } else { "" };
        for (layer, width) in [("rim", 2.0 * radius + 1.6), ("dots", 2.0 * radius)] {
            let _ = writeln!(out, "<path class=\"{layer}{class}\" stroke-width=\"{width:.2}\" d=\"{path}\"/>");
        }
    }
    out
}

fn text(label: &Label, note: usize, ink: bool) -> String {
    let x = match label.anchor {
        "start" => label.rect.x,
        "end" => label.rect.x + label.rect.width,
        _ => label.rect.x + label.rect.width / 2.0,
    };
    format!(
        "<text class=\"label{}\" data-note=\"{note}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n",
        if ink { " ink" } else { "" },
        coordinate(x),
        coordinate(label.rect.y + 0.72 * label.rect.height),
        label.anchor,
        escape(&label.text)
    )
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
