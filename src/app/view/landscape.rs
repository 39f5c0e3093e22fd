//! A scalar as a landscape: a mesh lifted by the values, lit, seen by a camera that goes round it.
//!
//! In: the coloured field, the camera's orbit. Out: a picture of its own with a depth buffer, which the main pass then
//! copies, so that the main pass needs no depth. World: the domain lies in z = 0 round the origin, its longer side is 1.
//! Invariant: [`Orbit::pixel`] and the shader use one matrix, so marks lie on the surface.

use glam::{DMat4, DVec3, DVec4};

use super::camera::Projection;
use super::gpu::{self, Block, Recipe, Target, UNIFORM};
use super::legend::color_range;
use super::uniform::{Form, Landscape as Uniform};
use super::values::{Planar, form, layer, planar};
use crate::app::frame::Frame;
use crate::app::state::{Camera, Look};
use crate::math::elementary::scalar64;

/// Height of the upper end of the range, the domain's longer side being 1.
const HEIGHT: f64 = 0.22;
/// Most vertices along a side.
const MOST_VERTICES: usize = 320;
/// Vertical angle of view in radians.
const OPENING: f64 = 0.62;
/// Samples per pixel.
const SAMPLES: u32 = 4;
const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;

/// A landscape's camera and the heights under its marks.
#[derive(Clone, Debug)]
pub(super) struct Orbit {
    clip_from_world: DMat4,
    pixels: [f64; 2],
    /// The domain's size, and its size in the world.
    domain: [f64; 2],
    world: [f64; 2],
    cells: [usize; 2],
    heights: Vec<f32>,
}

impl Orbit {
    /// The camera of a look at a frame; `cells` and heights are those of the coloured field.
    pub(super) fn new(frame: &Frame, look: &Look, camera: &Camera, projection: &Projection) -> Self {
        let longer = projection.size[0].max(projection.size[1]);
        let world = projection.size.map(|side| side / longer);
        let (cells, heights) = heights(frame, look);
        let clip_from_world = matrix(camera, world, projection.pixels);
        Self { clip_from_world, pixels: projection.pixels, domain: projection.size, world, cells, heights }
    }

    /// The pixel of a position on the surface, if it lies before the eye.
    pub(super) fn pixel(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let share = [at[0] / self.domain[0], at[1] / self.domain[1]];
        let world = DVec4::new(
            (share[0] - 0.5) * self.world[0],
            (share[1] - 0.5) * self.world[1],
            HEIGHT * f64::from(self.height(share)),
            1.0,
        );
        let clip = self.clip_from_world * world;
        let pixel = [0.5 * (1.0 + clip.x / clip.w) * self.pixels[0], 0.5 * (1.0 - clip.y / clip.w) * self.pixels[1]];
        (clip.w > 1e-3).then_some(pixel)
    }

    /// Height as a share of the range, at the nearest cell.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "clamped")]
    fn height(&self, share: [f64; 2]) -> f32 {
        let cell = |axis: usize| {
            let count = self.cells[axis];
            ((share[axis].clamp(0.0, 1.0) * count as f64) as usize).min(count.saturating_sub(1))
        };
        self.heights.get(cell(1) * self.cells[0] + cell(0)).copied().unwrap_or(0.0)
    }
}

/// Heights of the coloured field as shares of its range.
fn heights(frame: &Frame, look: &Look) -> ([usize; 2], Vec<f32>) {
    let Some(layer) = layer(frame, look) else { return ([1, 1], vec![0.0]) };
    let form = form(look.style, layer.kind);
    let plane: Planar<'_> = planar(layer, &frame.grid, form, look.slice, usize::MAX);
    let [low, high] = color_range(layer, look);
    let low = if matches!(form, Form::Phase | Form::Domain) { 0.0 } else { low };
    let size = |cell: &[f32]| if cell.len() == 2 { (cell[0] * cell[0] + cell[1] * cell[1]).sqrt() } else { cell[0] };
    let share = |value: f32| if value.is_finite() { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
    (plane.cells, plane.values.chunks_exact(plane.components).map(|cell| share(size(cell))).collect())
}

/// From the world to clip space: the eye on a sphere round the point looked at.
fn matrix(camera: &Camera, world: [f64; 2], pixels: [f64; 2]) -> DMat4 {
    let [azimuth, elevation] = [camera.orbit[0], camera.orbit[1].clamp(0.08, 1.55)];
    let ((sin_a, cos_a), (sin_e, cos_e)) = (scalar64::sin_cos(azimuth), scalar64::sin_cos(elevation));
    let target = DVec3::new((camera.center[0] - 0.5) * world[0], (camera.center[1] - 0.5) * world[1], 0.3 * HEIGHT);
    let distance = 2.05 / camera.zoom.clamp(0.5, 64.0);
    let eye = target + distance * DVec3::new(sin_a * cos_e, -cos_a * cos_e, sin_e);
    let aspect = pixels[0] / pixels[1];
    // A tall picture would cut the sides off: there the opening is that of the width.
    let opening = if aspect < 1.2 { OPENING * (1.2 / aspect).min(2.4) } else { OPENING };
    let (near, far) = (0.02 * distance, distance + 4.0);
    let focal = 1.0 / scalar64::tan(0.5 * opening);
    // Right-handed, depth from 0 (near) to 1 (far).
    let projection = DMat4::from_cols(
        DVec4::new(focal / aspect, 0.0, 0.0, 0.0),
        DVec4::new(0.0, focal, 0.0, 0.0),
        DVec4::new(0.0, 0.0, far / (near - far), -1.0),
        DVec4::new(0.0, 0.0, near * far / (near - far), 0.0),
    );
    let backward = (eye - target) / distance;
    let right = DVec3::new(cos_a, sin_a, 0.0);
    let up = backward.cross(right);
    let view = DMat4::from_cols(
        DVec4::new(right.x, up.x, backward.x, 0.0),
        DVec4::new(right.y, up.y, backward.y, 0.0),
        DVec4::new(right.z, up.z, backward.z, 0.0),
        DVec4::new(-right.dot(eye), -up.dot(eye), -backward.dot(eye), 1.0),
    );
    projection * view
}

/// The landscape on the device.
pub(super) struct Landscape {
    pipeline: wgpu::RenderPipeline,
    block: Block,
    indices: Option<([u32; 2], wgpu::Buffer, u32)>,
    canvas: Option<Canvas>,
    copy_layout: wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
}

/// What of a landscape is drawn.
pub(super) struct Shot<'a> {
    pub(super) orbit: &'a Orbit,
    /// Cells of the coloured field's texture.
    pub(super) cells: [usize; 2],
    pub(super) tile: [[u32; 2]; 2],
    /// The screen's group and the coloured field's.
    pub(super) groups: [&'a wgpu::BindGroup; 2],
    pub(super) background: wgpu::Color,
}

/// What the landscape is drawn on.
struct Canvas {
    size: [u32; 2],
    samples: wgpu::TextureView,
    depth: wgpu::TextureView,
    resolved: wgpu::TextureView,
    group: wgpu::BindGroup,
}

impl Landscape {
    pub(super) fn new(
        device: &wgpu::Device,
        screen: &wgpu::BindGroupLayout,
        plane: &wgpu::BindGroupLayout,
        copy_layout: wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
    ) -> Self {
        // What is drawn here is copied: it is encoded once, by the copy's target.
        let (encodes, format) = (format.is_srgb(), format.remove_srgb_suffix());
        let own = gpu::layout(device, "landscape", &[UNIFORM]);
        let recipe = Recipe {
            name: "landscape",
            source: super::shaders::LANDSCAPE,
            vertex: "lift",
            layouts: &[screen, plane, &own],
            vertices: None,
            topology: wgpu::PrimitiveTopology::TriangleList,
            blended: false,
            constants: &[],
        };
        let target = Target { format, depth: Some(DEPTH), samples: SAMPLES, encodes };
        let pipeline = gpu::pipeline(device, target, &recipe);
        Self { pipeline, block: Block::new::<Uniform>(device, &own), indices: None, canvas: None, copy_layout, format }
    }

    /// The group of the copy's shader.
    pub(super) fn copy_group(&self) -> Option<&wgpu::BindGroup> {
        self.canvas.as_ref().map(|canvas| &canvas.group)
    }

    /// Draws a tile of the landscape on its own canvas.
    pub(super) fn draw(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        shot: &Shot<'_>,
    ) {
        let Shot { orbit, cells, tile, groups, background } = *shot;
        let vertices = cells.map(|cells| u32::try_from(cells.clamp(2, MOST_VERTICES)).unwrap_or(2));
        self.mesh(device, queue, vertices);
        self.stretch(device, tile[1]);
        self.block.write(queue, &uniform(orbit, vertices, tile));
        let (Some(canvas), Some((_, indices, count))) = (&self.canvas, &self.indices) else { return };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("landscape"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &canvas.samples,
                depth_slice: None,
                resolve_target: Some(&canvas.resolved),
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(background), store: wgpu::StoreOp::Discard },
            })],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &canvas.depth,
                depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(1.0), store: wgpu::StoreOp::Discard }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        for (number, group) in (0..).zip(groups) {
            pass.set_bind_group(number, group, &[]);
        }
        pass.set_bind_group(2, &self.block.group, &[]);
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(0..*count, 0, 0..1);
    }

    /// The triangles of a mesh of so many vertices: two for each square.
    fn mesh(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, vertices: [u32; 2]) {
        if self.indices.as_ref().is_some_and(|(own, ..)| *own == vertices) {
            return;
        }
        let [nx, ny] = vertices;
        let square = |x: u32, y: u32| {
            let low = y * nx + x;
            [low, low + 1, low + nx, low + nx, low + 1, low + nx + 1]
        };
        let indices: Vec<u32> = (0..ny - 1).flat_map(|y| (0..nx - 1).flat_map(move |x| square(x, y))).collect();
        let bytes: &[u8] = bytemuck::cast_slice(&indices);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("landscape"),
            size: bytes.len() as u64,
            usage: wgpu::BufferUsages::INDEX | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&buffer, 0, bytes);
        self.indices = Some((vertices, buffer, u32::try_from(indices.len()).unwrap_or(u32::MAX)));
    }

    fn stretch(&mut self, device: &wgpu::Device, size: [u32; 2]) {
        if self.canvas.as_ref().is_some_and(|canvas| canvas.size == size) {
            return;
        }
        let attachment = |format: wgpu::TextureFormat, sample_count: u32, usage: wgpu::TextureUsages| {
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("landscape"),
                size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | usage,
                view_formats: &[],
            });
            texture.create_view(&Default::default())
        };
        let nothing = wgpu::TextureUsages::empty();
        let resolved = attachment(self.format, 1, wgpu::TextureUsages::TEXTURE_BINDING);
        let group = gpu::group(device, &self.copy_layout, &[wgpu::BindingResource::TextureView(&resolved)]);
        let samples = attachment(self.format, SAMPLES, nothing);
        let depth = attachment(DEPTH, SAMPLES, nothing);
        self.canvas = Some(Canvas { size, samples, depth, resolved, group });
    }
}

/// The uniform block for a tile: the tile's part of clip space becomes all of it.
#[expect(clippy::cast_possible_truncation, reason = "numbers of a picture")]
fn uniform(orbit: &Orbit, vertices: [u32; 2], [origin, size]: [[u32; 2]; 2]) -> Uniform {
    let grow = [0, 1].map(|axis| orbit.pixels[axis] / f64::from(size[axis]));
    let shift = [0, 1].map(|axis| {
        let middle = f64::from(origin[axis]) + 0.5 * f64::from(size[axis]);
        2.0 * (0.5 * orbit.pixels[axis] - middle) / f64::from(size[axis])
    });
    let tile = DMat4::from_cols(
        DVec4::new(grow[0], 0.0, 0.0, 0.0),
        DVec4::new(0.0, grow[1], 0.0, 0.0),
        DVec4::new(0.0, 0.0, 1.0, 0.0),
        DVec4::new(shift[0], -shift[1], 0.0, 1.0),
    );
    let light = DVec3::new(-0.45, 0.35, 0.82);
    let light = light / light.length();
    Uniform {
        clip_from_world: (tile * orbit.clip_from_world).as_mat4().to_cols_array_2d(),
        light: [light.x as f32, light.y as f32, light.z as f32, 0.0],
        size: orbit.world.map(|side| side as f32),
        vertices,
        height: HEIGHT as f32,
        padding: [0.0; 3],
    }
}
