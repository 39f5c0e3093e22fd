//! The small map in the lower left corner: the whole domain, and the part of it that is seen.
//!
//! In: a scene. Out: where the map lies, and the frames that egui draws on it. There is none while all is seen.

use super::camera::{Projection, plane_size};
use super::{Scene, Tile, Viewport, as_f32};

/// Length of the longer side in points.
const SIDE: f64 = 132.0;

/// Where the small map lies in a picture, in its pixels; none while all of the domain is seen.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a small map")]
pub(super) fn place(scene: &Scene<'_>, viewport: Viewport) -> Option<Tile> {
    let wanted = scene.state.look.minimap && !scene.state.look.height && scene.camera.zoom > 1.15;
    let size = plane_size(&scene.frame.grid);
    let scale = f64::from(viewport.scale);
    let longer = size[0].max(size[1]);
    let sides = size.map(|side| (SIDE * scale * side / longer).round().max(8.0) as u32);
    let margin = (14.0 * scale).round() as u32;
    let fits = (0..2).all(|axis| 3 * sides[axis] + margin < viewport.size[axis]);
    (wanted && fits).then(|| [[margin, viewport.size[1] - margin - sides[1]], sides])
}

/// The small map and the part of it that is seen, in points.
#[expect(clippy::cast_possible_truncation, reason = "points")]
pub(super) fn frames([corner, size]: Tile, projection: &Projection, scale: f32) -> [egui::Rect; 2] {
    let [x, y] = corner.map(as_f32);
    let [width, height] = size.map(as_f32);
    let at = |pixel: [f64; 2]| {
        let position = projection.position(pixel);
        let share = [position[0] / projection.size[0], 1.0 - position[1] / projection.size[1]].map(|s| s as f32);
        egui::pos2(x + share[0] * width, y + share[1] * height) / scale
    };
    let map = egui::Rect::from_min_size(egui::pos2(x, y) / scale, egui::vec2(width, height) / scale);
    [map, egui::Rect::from_two_pos(at([0.0, 0.0]), at(projection.pixels))]
}
