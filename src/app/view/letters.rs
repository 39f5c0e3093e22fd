//! The overlay in pictures off the window: egui without a window, on the same device.
//!
//! In: a scene. Out: a [`Sheet`] that draws its part over each tile. Invariant: fonts are laid out once for the whole
//! picture, so that tiles meet.

use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};

use super::{Scene, Tile, View, Viewport, overlay};

/// egui without a window.
pub(super) struct Letters {
    context: egui::Context,
    renderer: Renderer,
}

/// What egui draws over one picture.
pub(super) struct Sheet<'a> {
    renderer: &'a mut Renderer,
    shapes: Vec<egui::ClippedPrimitive>,
    /// The same, moved to the tile.
    moved: Vec<egui::ClippedPrimitive>,
    size: [u32; 2],
    scale: f32,
}

impl Letters {
    pub(super) fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        // No dithering: the same picture twice is the same file twice.
        let options = RendererOptions { dithering: false, ..Default::default() };
        Self { context: egui::Context::default(), renderer: Renderer::new(device, format, options) }
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
        let theme = super::Theme::of(scene.state.dark);
        let mut output = self.context.run_ui(input, |ui| {
            let painter = ui.ctx().layer_painter(egui::LayerId::background());
            let drawn = view.still_overlay(scene, &mut |text| overlay::text_width(&painter, text));
            overlay::paint(&painter, rect, &drawn, &theme);
        });
        #[expect(
            clippy::iter_over_hash_type,
            reason = "each texture is written on its own: their order changes nothing"
        )]
        for (id, deltas) in &output.textures_delta.set {
            deltas.iter().for_each(|delta| self.renderer.update_texture(device, queue, *id, delta));
        }
        output.textures_delta.free.iter().for_each(|id| self.renderer.free_texture(id));
        output.textures_delta.clear();
        let shapes = self.context.tessellate(output.shapes, viewport.scale);
        Sheet { renderer: &mut self.renderer, shapes, moved: vec![], size: [0, 0], scale: viewport.scale }
    }
}

impl Sheet<'_> {
    /// Uploads the part that lies on a tile; `canvas` is the size of the target.
    pub(super) fn turn_to(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        tile: Tile,
        canvas: [u32; 2],
    ) {
        let shift = -egui::Vec2::from(tile[0].map(super::as_f32)) / self.scale;
        self.size = canvas;
        self.moved = self.shapes.iter().map(|shape| moved(shape, shift)).collect();
        self.renderer.update_buffers(device, queue, encoder, &self.moved, &self.screen());
    }

    /// Draws that part.
    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'static>) {
        self.renderer.render(pass, &self.moved, &self.screen());
    }

    const fn screen(&self) -> ScreenDescriptor {
        ScreenDescriptor { size_in_pixels: self.size, pixels_per_point: self.scale }
    }
}

fn moved(shape: &egui::ClippedPrimitive, shift: egui::Vec2) -> egui::ClippedPrimitive {
    let mut shape = shape.clone();
    shape.clip_rect = shape.clip_rect.translate(shift);
    if let egui::epaint::Primitive::Mesh(mesh) = &mut shape.primitive {
        mesh.translate(shift);
    }
    shape
}
