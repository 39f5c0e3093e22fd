//! Notes as discs: which are drawn, how large, in which colour; their links; and which one lies under the pointer.
//!
//! In: what the notes feel, the look, where positions lie in the picture. Out: [`Glyph`]s and [`Line`]s. Level of detail:
//! where discs would lie on one another, only the most linked of each small square of the domain is drawn; squares are
//! anchored in the domain and their side takes steps of sqrt 2, so nothing flickers while one pans.

use std::sync::Arc;

use super::camera::Projection;
use super::eye::{Eye, Sight};
use super::glyph::{Glyph, Line};
use super::theme::{CATEGORIES, Rgba, Theme};
use crate::app::frame::Frame;
use crate::output::colormap::Palette;
use crate::soil::Note;

/// The column that counts links, both ways.
pub const LINKS: &str = "links";
/// The column of each note's first tag: categories.
pub const TAG: &str = "tag";

/// Below this many notes all are drawn.
const FEW: usize = 3000;

/// The names that `note_color` and `note_size` understand, in order.
pub fn columns(frame: &Frame) -> Vec<String> {
    let felt = frame.felt.columns.iter().map(|(name, _)| name.clone());
    felt.chain([LINKS, TAG].map(String::from)).collect()
}

/// What is found once for a body of notes.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    notes: Arc<Vec<Note>>,
    /// Links of each note, both ways.
    pub(super) degree: Vec<f32>,
    /// Share of notes with fewer links.
    pub(super) rank: Vec<f32>,
    /// Notes, the most linked first.
    order: Vec<u32>,
    /// Number of each note's first tag in the order of appearance.
    tag: Vec<Option<usize>>,
    /// Each pair once.
    pairs: Vec<[usize; 2]>,
}

impl Body {
    /// Follows the frame to other notes.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "notes are counted in 32 bits")]
    pub(super) fn follow(&mut self, notes: &Arc<Vec<Note>>) {
        if Arc::ptr_eq(&self.notes, notes) {
            return;
        }
        let mut degree = vec![0.0; notes.len()];
        let mut pairs = Vec::new();
        for (from, note) in notes.iter().enumerate() {
            for &to in note.links.iter().filter(|&&to| to < notes.len()) {
                degree[from] += 1.0;
                degree[to] += 1.0;
                if from < to || notes[to].links.binary_search(&from).is_err() {
                    pairs.push([from, to]);
                }
            }
        }
        let mut order: Vec<u32> = (0..notes.len() as u32).collect();
        order.sort_by(|&a, &b| f32::total_cmp(&degree[b as usize], &degree[a as usize]));
        let sorted: Vec<f32> = order.iter().rev().map(|&note| degree[note as usize]).collect();
        let rank = degree.iter().map(|own| sorted.partition_point(|other| other < own) as f32 / sorted.len() as f32);
        let rank = rank.collect();
        let mut names: Vec<&str> = Vec::new();
        let tag = notes.iter().map(|note| {
            let tag = note.tags.first()?.as_str();
            names.iter().position(|&name| name == tag).or_else(|| {
                names.push(tag);
                Some(names.len() - 1)
            })
        });
        let tag = tag.collect();
        *self = Self { notes: Arc::clone(notes), degree, rank, order, tag, pairs };
    }
}

/// A column by its name: numbers of the frame, or links.
pub(super) fn column<'f>(frame: &'f Frame, body: &'f Body, name: &str) -> Option<&'f [f32]> {
    if name == LINKS {
        return Some(&body.degree);
    }
    frame.felt.columns.iter().find(|(own, _)| own == name).map(|(_, values)| values.as_slice())
}

/// Where notes lie and how large they are, in a picture.
pub(super) struct Shown {
    /// Radius of a note whose size says nothing, in pixels.
    pub(super) radius: f32,
    /// Notes that are drawn, the most important first, with their pixel and radius.
    pub(super) notes: Vec<(usize, [f32; 2], f32)>,
}

/// Which notes are drawn, where, and how large.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels")]
pub(super) fn shown(sight: &Sight<'_>) -> Shown {
    let Sight { frame, state, body, eye, scale, .. } = *sight;
    let positions: &[[f32; 2]] = if state.look.notes { &frame.felt.positions } else { &[] };
    let flat = eye.projection();
    let room = (flat.size[0] * flat.size[1] * flat.scale * flat.scale / positions.len().max(1) as f64).sqrt();
    let radius = (0.105 * room as f32).clamp(1.3 * scale, 5.0 * scale);
    let sizes = column(frame, body, &state.look.note_size).map(|values| (values, range(values)));
    let size = |note: usize| {
        let share = sizes.and_then(|(values, range)| Some(share(*values.get(note)?, range)));
        radius * share.map_or(1.0, |share| 0.45 + 1.35 * share.sqrt())
    };
    let mut taken = Squares::new(flat, f64::from(2.4 * radius).max(4.5 * f64::from(scale)));
    let all = positions.len() <= FEW;
    let mut notes = Vec::new();
    for &note in &body.order {
        let note = note as usize;
        let Some(&at) = positions.get(note) else { continue };
        let Some(pixel) = eye.pixel(at) else { continue };
        let size = size(note);
        if eye.sees(pixel, size + 2.0 * scale) && (all || taken.take(at)) {
            notes.push((note, pixel, size));
        }
    }
    Shown { radius, notes }
}

/// Squares of the domain that hold at most one note each.
struct Squares {
    side: f64,
    first: [f64; 2],
    count: [usize; 2],
    taken: Vec<bool>,
}

impl Squares {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "squares of a few pixels on a screen")]
    fn new(projection: &Projection, pixels: f64) -> Self {
        let mut side = projection.size[0];
        while side * projection.scale > pixels * std::f64::consts::SQRT_2 {
            side *= std::f64::consts::FRAC_1_SQRT_2;
        }
        let margin = 16.0;
        let low = projection.position([-margin, projection.pixels[1] + margin]);
        let high = projection.position([projection.pixels[0] + margin, -margin]);
        let [low, high] = [low, high].map(|at| [0, 1].map(|axis| at[axis].clamp(0.0, projection.size[axis])));
        let first = low.map(|low| (low / side).floor());
        let count = [0, 1].map(|axis| ((high[axis] / side).floor() - first[axis]) as usize + 1);
        Self { side, first, count, taken: vec![false; count[0] * count[1]] }
    }

    /// Takes the square of a position, if it is free.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tested")]
    fn take(&mut self, at: [f32; 2]) -> bool {
        let square = [0, 1].map(|axis| (f64::from(at[axis]) / self.side).floor() - self.first[axis]);
        let inside = (0..2).all(|axis| square[axis] >= 0.0 && (square[axis] as usize) < self.count[axis]);
        if !inside {
            return true;
        }
        let place = &mut self.taken[square[1] as usize * self.count[0] + square[0] as usize];
        !std::mem::replace(place, true)
    }
}

/// The discs of the notes, the most important on top; pinned notes have a square-cut pin of the accent's colour.
pub(super) fn discs(sight: &Sight<'_>, shown: &Shown, glyphs: &mut Vec<Glyph>) {
    let Sight { frame, theme, scale, .. } = *sight;
    let color = colors(sight);
    let rim = if shown.radius > 2.0 * scale { 1.0 * scale } else { 0.5 * scale };
    for &(note, pixel, radius) in shown.notes.iter().rev() {
        glyphs.push(Glyph::disc(pixel, radius, color(note), rim, theme.halo));
        if frame.felt.pinned.get(note) == Some(&true) {
            glyphs.push(Glyph::ring(pixel, radius + 1.6 * scale, 1.4 * scale, theme.ink));
            glyphs.push(Glyph::disc(pixel, 0.38 * radius, theme.halo, 0.0, theme.halo));
        }
    }
}

/// The colour of each note in the column of the look; ink where there is none.
fn colors<'f>(sight: &Sight<'f>) -> impl Fn(usize) -> Rgba + use<'f> {
    let Sight { frame, state, body, theme, .. } = *sight;
    let name = state.look.note_color.as_str();
    let ink = theme.ink;
    let values = column(frame, body, name);
    let range = values.map_or([0.0, 1.0], range);
    let palette = if range[0] < 0.0 { Palette::Balance } else { Palette::Ember };
    let reach = range[0].abs().max(range[1].abs());
    move |note| {
        if name == TAG {
            let tag = body.tag.get(note).copied().flatten();
            return tag.map_or(ink, |tag| opaque(CATEGORIES[tag % CATEGORIES.len()]));
        }
        match values.and_then(|values| values.get(note)).filter(|value| value.is_finite()) {
            None => ink,
            Some(&phase) if name == "phase" => opaque(Palette::Wheel.color(f64::from(phase) / std::f64::consts::TAU)),
            Some(&value) if range[0] < 0.0 => opaque(palette.color(f64::from(0.5 + 0.5 * value / reach))),
            // The darkest colours of the palette are those of the field: notes begin above them.
            Some(&value) => opaque(palette.color(0.25 + 0.75 * f64::from(share(value, range)))),
        }
    }
}

/// Rings round the note that is pointed at, the one that is inspected, and those that are selected.
pub(super) fn rings(sight: &Sight<'_>, radius: f32, glyphs: &mut Vec<Glyph>) {
    let Sight { frame, state, hover, eye, theme, scale, .. } = *sight;
    let mut ring = |note: usize, gap: f32, width: f32, color: Rgba| {
        let Some(pixel) = frame.felt.positions.get(note).and_then(|&at| eye.pixel(at)) else { return };
        if eye.sees(pixel, radius + 12.0 * scale) {
            let inner = radius + gap * scale;
            glyphs.push(Glyph::ring(pixel, inner - 0.8 * scale, (width + 1.6) * scale, theme.halo));
            glyphs.push(Glyph::ring(pixel, inner, width * scale, color));
        }
    };
    for &note in &state.selected {
        ring(note, 2.4, 1.6, theme.accent);
    }
    if let Some(note) = state.inspected {
        ring(note, 5.2, 2.0, theme.accent);
    }
    if let Some(note) = hover {
        ring(note, 3.0, 1.6, theme.ink);
    }
}

/// The links of notes of which at least one end is seen, those of the inspected and the pointed-at note brighter.
#[expect(clippy::cast_precision_loss, reason = "links are counted in millions")]
pub(super) fn links(sight: &Sight<'_>, lines: &mut Vec<Line>) {
    let Sight { frame, state, hover, body, eye, theme, scale } = *sight;
    let chosen = |note: usize| Some(note) == hover || Some(note) == state.inspected;
    let pixel = |note: usize| frame.felt.positions.get(note).and_then(|&at| eye.pixel(at));
    // Many links are a veil: each of them is fainter.
    let faint = Theme::faded(theme.link, (1500.0 / body.pairs.len().max(1) as f32).sqrt().clamp(0.15, 1.0));
    for &[a, b] in &body.pairs {
        let bright = chosen(a) || chosen(b);
        if !state.look.links && !bright {
            continue;
        }
        let (Some(from), Some(to)) = (pixel(a), pixel(b)) else { continue };
        if eye.sees(from, 2.0) || eye.sees(to, 2.0) {
            let color = if bright { Theme::faded(theme.accent, 0.8) } else { faint };
            let width = if bright { 1.4 } else { 0.8 } * scale;
            lines.push(Line { from, to, from_color: color, to_color: color, width });
        }
    }
}

/// The note nearest to a pixel, within `reach` pixels; among equally near ones the first.
#[expect(clippy::cast_possible_truncation, reason = "pixels")]
pub(super) fn nearest(positions: &[[f32; 2]], eye: &Eye, pixel: [f64; 2], reach: f64) -> Option<usize> {
    let pointer = pixel.map(|x| x as f32);
    let mut best = (None, (reach * reach) as f32);
    for (note, &at) in positions.iter().enumerate() {
        let Some(place) = eye.pixel(at) else { continue };
        let away =
            (place[0] - pointer[0]) * (place[0] - pointer[0]) + (place[1] - pointer[1]) * (place[1] - pointer[1]);
        if away < best.1 {
            best = (Some(note), away);
        }
    }
    best.0
}

/// Least and greatest finite value.
fn range(values: &[f32]) -> [f32; 2] {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    finite.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
}

/// Where a value lies in a range, in [0, 1]; the middle of an empty one.
fn share(value: f32, [low, high]: [f32; 2]) -> f32 {
    let share = (value - low) / (high - low);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
}

const fn opaque([r, g, b]: [u8; 3]) -> Rgba {
    [r, g, b, u8::MAX]
}
