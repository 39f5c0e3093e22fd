//! Letters, colour bar and frames over the picture, drawn by egui: in the window and in recorded pictures alike.
//!
//! In: labels, a legend, where the small map lies. Out: shapes of a painter. All lengths in points.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, pos2, vec2};

use super::labels::{FONT, NoteLabel};
use super::legend::Legend;
use super::theme::{Rgba, Theme};
use crate::output::colormap::Rgb;
use crate::output::labels;

/// What is drawn over a picture.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Names of notes.
    pub labels: Vec<NoteLabel>,
    /// What the colours mean.
    pub legend: Option<Legend>,
    /// The small map, and the part of it that is seen, from the view's corner.
    pub minimap: Option<[Rect; 2]>,
}

impl Overlay {
    /// What of a view of so many points the colour bar and the small map take.
    pub fn taken(&self, size: [f32; 2]) -> Vec<labels::Rect> {
        let view = Rect::from_min_size(Pos2::ZERO, size.into());
        let card = self.legend.as_ref().and_then(|legend| card(view, legend));
        let rects = card.into_iter().chain(self.minimap.map(|[map, _]| map));
        rects.map(|rect| rect.expand(4.0)).map(of_egui).collect()
    }
}

fn of_egui(rect: Rect) -> labels::Rect {
    let [x, y, width, height] = [rect.left(), rect.top(), rect.width(), rect.height()].map(f64::from);
    labels::Rect { x, y, width, height }
}

const BAR: Vec2 = vec2(196.0, 9.0);
const PAD: f32 = 10.0;
const MARGIN: f32 = 14.0;
const RING: f32 = 30.0;

/// The font of labels.
pub(super) fn font() -> FontId {
    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    FontId::proportional(FONT as f32)
}

/// Width of a label's text in points.
pub fn text_width(painter: &Painter, text: &str) -> f32 {
    painter.layout_no_wrap(text.to_owned(), font(), Color32::WHITE).size().x
}

/// Draws an overlay over the view that fills `rect`.
pub fn paint(painter: &Painter, rect: Rect, overlay: &Overlay, theme: &Theme) {
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    for label in &overlay.labels {
        paint_label(&painter, rect.min, label, theme);
    }
    if let Some([map, seen]) = overlay.minimap {
        let [map, seen] = [map, seen.intersect(map)].map(|part| part.translate(rect.min.to_vec2()));
        painter.rect_stroke(map.expand(0.5), 2.0, Stroke::new(1.0, color(theme.rule)), StrokeKind::Outside);
        painter.rect_stroke(seen, 1.0, Stroke::new(2.6, color(theme.halo)), StrokeKind::Middle);
        painter.rect_stroke(seen, 1.0, Stroke::new(1.3, color(theme.accent)), StrokeKind::Middle);
    }
    if let Some(legend) = &overlay.legend
        && let Some(card) = card(rect, legend)
    {
        paint_legend(&painter, card, legend, theme);
    }
}

/// What the colours mean, on a card.
fn paint_legend(painter: &Painter, card: Rect, legend: &Legend, theme: &Theme) {
    painter.rect(card, 6.0, color(theme.card), Stroke::new(1.0, color(theme.rule)), StrokeKind::Inside);
    match legend {
        Legend::Bar { title, colors, ticks } => {
            let inner = card.shrink2(vec2(PAD + 6.0, PAD));
            caption(painter, inner.left_top(), inner.width(), title, theme);
            let bar = Rect::from_min_size(inner.left_top() + vec2(0.0, 20.0), vec2(inner.width(), BAR.y));
            painter.add(gradient(bar, colors));
            for tick in ticks {
                let at = pos2(bar.left() + tick.share * bar.width(), bar.bottom());
                painter
                    .line_segment([at, at + vec2(0.0, 3.5)], Stroke::new(1.0, color(Theme::faded(theme.words, 0.5))));
                painter.text(
                    at + vec2(0.0, 5.0),
                    Align2::CENTER_TOP,
                    &tick.text,
                    small(),
                    color(Theme::faded(theme.words, 0.8)),
                );
            }
        }
        Legend::Ring { title, colors, full } => {
            let inner = card.shrink(PAD);
            caption(painter, inner.left_top(), inner.width(), title, theme);
            let center = pos2(inner.center().x, inner.bottom() - RING);
            painter.add(disc(center, colors, full.is_some()));
            let words = color(Theme::faded(theme.words, 0.8));
            painter.text(center + vec2(RING + 5.0, 0.0), Align2::LEFT_CENTER, "0", small(), words);
            painter.text(center - vec2(RING + 5.0, 0.0), Align2::RIGHT_CENTER, "π", small(), words);
            if let Some(full) = full {
                painter.text(inner.right_bottom(), Align2::RIGHT_BOTTOM, full, small(), words);
            }
        }
    }
}

/// A name with a rim, so that it is read on any colour.
#[expect(clippy::cast_possible_truncation, reason = "points")]
fn paint_label(painter: &Painter, corner: Pos2, label: &NoteLabel, theme: &Theme) {
    let ink = color(theme.ink).gamma_multiply(label.opacity);
    let halo = color(Theme::faded(theme.halo, 0.55)).gamma_multiply(label.opacity);
    let galley = painter.layout_no_wrap(label.text.clone(), font(), Color32::PLACEHOLDER);
    let at =
        corner + vec2(label.rect.x as f32, (label.rect.y + 0.5 * label.rect.height) as f32 - 0.5 * galley.size().y);
    for offset in [[0.8, 0.8], [-0.8, 0.8], [0.8, -0.8], [-0.8, -0.8]] {
        painter.galley(at + Vec2::from(offset), std::sync::Arc::clone(&galley), halo);
    }
    painter.galley(at, galley, ink);
}

/// The card of a legend, in the lower right corner of a view; none in a view so small that it would hide the field.
fn card(view: Rect, legend: &Legend) -> Option<Rect> {
    let size = match legend {
        Legend::Bar { .. } => vec2(BAR.x + 2.0 * PAD + 12.0, BAR.y + 2.0 * PAD + 34.0),
        Legend::Ring { .. } => vec2(2.0 * RING + 2.0 * PAD + 56.0, 2.0 * RING + 2.0 * PAD + 20.0),
    };
    let fits = view.width() > 2.5 * size.x && view.height() > 3.0 * size.y;
    fits.then(|| Rect::from_min_size(view.right_bottom() - size - Vec2::splat(MARGIN), size))
}

fn caption(painter: &Painter, at: Pos2, width: f32, text: &str, theme: &Theme) {
    let mut text = text.to_owned();
    while painter.layout_no_wrap(text.clone(), small(), Color32::WHITE).size().x > width && text.chars().count() > 2 {
        text.pop();
        if text.ends_with('…') {
            text.pop();
        }
        text.push('…');
    }
    painter.text(at, Align2::LEFT_TOP, text, small(), color(theme.words));
}

fn small() -> FontId {
    FontId::proportional(11.5)
}

/// Colours from left to right.
#[expect(clippy::cast_precision_loss, reason = "256 colours")]
fn gradient(bar: Rect, colors: &[Rgb]) -> egui::Mesh {
    let mut mesh = egui::Mesh::default();
    let last = colors.len().saturating_sub(1).max(1) as f32;
    for (step, &[r, g, b]) in (0_u32..).zip(colors) {
        let x = bar.left() + bar.width() * step as f32 / last;
        for y in [bar.top(), bar.bottom()] {
            mesh.colored_vertex(pos2(x, y), Color32::from_rgb(r, g, b));
        }
        if step > 0 {
            let low = 2 * (step - 1);
            mesh.add_triangle(low, low + 1, low + 2);
            mesh.add_triangle(low + 2, low + 1, low + 3);
        }
    }
    mesh
}

/// Phases round a centre, counter-clockwise from the right: a ring, or a disc that is dark in the middle.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few spokes")]
fn disc(center: Pos2, colors: &[Rgb], full: bool) -> egui::Mesh {
    const SHARES: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
    let shares: &[f64] = if full { &SHARES } else { &[0.6, 1.0] };
    let rows = u32::try_from(shares.len()).unwrap_or(u32::MAX);
    const SPOKES: usize = 64;
    let color_at = |spoke: usize| colors[spoke * colors.len() / SPOKES % colors.len()];
    let mut mesh = egui::Mesh::default();
    for step in 0..=SPOKES {
        let angle = std::f64::consts::TAU * step as f64 / SPOKES as f64;
        let (sine, cosine) = crate::math::elementary::scalar64::sin_cos(angle);
        for &share in shares {
            let [r, g, b] = if full { Legend::disc_color(share, [cosine, sine]) } else { color_at(step) };
            let reach = share as f32 * RING;
            mesh.colored_vertex(
                center + vec2(cosine as f32 * reach, -(sine as f32) * reach),
                Color32::from_rgb(r, g, b),
            );
        }
    }
    for spoke in 0..SPOKES as u32 {
        for row in 0..rows - 1 {
            let low = spoke * rows + row;
            mesh.add_triangle(low, low + 1, low + rows);
            mesh.add_triangle(low + rows, low + 1, low + rows + 1);
        }
    }
    mesh
}

/// A colour of the theme for egui.
pub fn color([r, g, b, a]: Rgba) -> Color32 {
    Color32::from_rgba_unmultiplied(r, g, b, a)
}
