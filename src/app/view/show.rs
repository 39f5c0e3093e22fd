//! The view inside egui: one call per frame.
//!
//! In: a painter, a rectangle in points, a scene. Out: the picture and its letters among the painter's shapes. The field is
//! prepared at once, on an encoder of its own, and drawn later, in egui's pass.

use std::sync::{Arc, Mutex, PoisonError};

use super::theme::Theme;
use super::{RenderDevice, Scene, View, Viewport, overlay};

/// A view that the window and its painter share.
pub type SharedView = Arc<Mutex<View>>;

/// Draws a scene in a rectangle, `dt` seconds after the last time.
pub fn show(
    view: &SharedView,
    RenderDevice { device, queue, .. }: &RenderDevice,
    painter: &egui::Painter,
    rect: egui::Rect,
    scene: &Scene<'_>,
    dt: f32,
) {
    let viewport = viewport(rect, painter.pixels_per_point());
    if viewport.size.contains(&0) {
        return;
    }
    let overlay = {
        let mut view = view.lock().unwrap_or_else(PoisonError::into_inner);
        let mut encoder = device.create_command_encoder(&Default::default());
        view.prepare(device, queue, &mut encoder, scene, viewport);
        queue.submit([encoder.finish()]);
        view.overlay(scene, dt, &mut |text| overlay::text_width(painter, text))
    };
    let drawn = Arc::new(Drawn(Arc::clone(view)));
    painter.add(egui::PaintCallback { rect, callback: drawn });
    overlay::paint(painter, rect, &overlay, &Theme::STAGE);
}

/// The pixels that a rectangle in points covers.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a window, clamped at 0")]
pub fn viewport(rect: egui::Rect, scale: f32) -> Viewport {
    let pixel = |points: f32| (points * scale).round().max(0.0) as u32;
    let origin = [pixel(rect.left()), pixel(rect.top())];
    let size = [pixel(rect.right()).saturating_sub(origin[0]), pixel(rect.bottom()).saturating_sub(origin[1])];
    Viewport { origin, size, scale }
}

/// What was prepared, as a shape of egui.
pub(super) struct Drawn(SharedView);

impl Drawn {
    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).draw(pass);
    }
}
