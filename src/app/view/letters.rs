//! The overlay in pictures off the window: egui without a window, on the same device.
//!
//! In: a scene. Out: a [`Sheet`] that draws its part over each tile. Invariant: fonts are laid out once for the whole
//! picture, so that tiles meet.

use super::ink::Ink;
use super::{Scene, Tile, View, Viewport, overlay};

/// egui without a window.
pub(super) struct Letters {
    context: egui::Context,
    ink: Ink,
}

/// What egui draws over one picture.
pub(super) struct Sheet<'a> {
    ink: &'a mut Ink,
    shapes: Vec<egui::ClippedPrimitive>,
    scale: f32,
}

impl Letters {
    pub(super) fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        Self { context: egui::Context::default(), ink: Ink::new(device, format) }
    }

    /// Lays out the overlay of what the view has prepared.
    pub(super) fn write<'a>(
        &'a mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        view: &mut View,
        scene: &Scene<'_>,
        viewport: Viewport,
    ) -> Sheet<'a> {
        let points = viewport.size.map(|side| super::as_f32(side) / viewport.scale);
        let rect = egui::Rect::from_min_size(egui::Pos2::ZERO, points.into());
        let mut input = egui::RawInput { screen_rect: Some(rect), ..Default::default() };
        input.max_texture_side = Some(device.limits().max_texture_dimension_2d as usize);
        input.viewports.entry(egui::ViewportId::ROOT).or_default().native_pixels_per_point = Some(viewport.scale);
        let theme = super::Theme::STAGE;
        let mut output = self.context.run_ui(input, |ui| {
            let painter = ui.ctx().layer_painter(egui::LayerId::background());
            let drawn = view.still_overlay(scene, &mut |text| overlay::text_width(&painter, text));
            overlay::paint(&painter, rect, &drawn, &theme);
        });
        let shapes = self.context.tessellate(output.shapes, viewport.scale);
        self.ink.write(device, queue, &shapes, &output.textures_delta);
        self.ink.free(&output.textures_delta);
        output.textures_delta.clear();
        Sheet { ink: &mut self.ink, shapes, scale: viewport.scale }
    }
}

impl Sheet<'_> {
    /// Chooses the part that lies on a tile.
    pub(super) fn turn_to(&mut self, queue: &wgpu::Queue, tile: Tile) {
        self.ink.aim(queue, tile, self.scale);
    }

    /// Draws that part.
    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        self.ink.draw(pass, &self.shapes);
    }
}
