//! What egui lays out, on a device: meshes of coloured triangles, most of them letters.
//!
//! In: tessellated shapes, changes of egui's textures. Out: draws of a pass, in the order of the shapes; a view among them
//! draws itself. Invariants: textures are brought up to date before a mesh is drawn with them, and freed after; nothing is
//! drawn outside a shape's clip rectangle.

use std::collections::BTreeMap;
use std::ops::Range;

use egui::epaint::{ClippedPrimitive, ImageData, ImageDelta, Primitive, Vertex};
use egui::{Rect, TextureFilter, TextureId, TextureOptions, TextureWrapMode, TexturesDelta};

use super::gpu::{self, Block, Elements, Recipe, Target, UNIFORM};
use super::show::Drawn;
use super::uniform::Screen;
use super::{Tile, as_f32, shaders};

const VERTEX: [wgpu::VertexAttribute; 3] = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4];

/// The painter of egui's shapes, on one device.
pub struct Ink {
    encodes: bool,
    pipeline: wgpu::RenderPipeline,
    screen: Block,
    layout: wgpu::BindGroupLayout,
    sheets: BTreeMap<TextureId, Sheet>,
    vertices: Elements<Vertex>,
    indices: Elements<u32>,
    /// The part of the picture that is drawn, and its pixels per point.
    tile: Tile,
    scale: f32,
}

/// A picture that meshes refer to.
struct Sheet {
    texture: wgpu::Texture,
    group: wgpu::BindGroup,
    options: TextureOptions,
}

impl Ink {
    /// A painter into targets of a format.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let encodes = format.is_srgb();
        let screen_layout = gpu::layout(device, "screen", &[UNIFORM]);
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let layout = gpu::layout(device, "sheet", &[gpu::texture(true), sampler]);
        let recipe = Recipe {
            name: "ink",
            source: shaders::INK,
            vertex: "place",
            layouts: &[&screen_layout, &layout],
            vertices: Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Vertex>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: &VERTEX,
            }),
            topology: wgpu::PrimitiveTopology::TriangleList,
            blended: true,
            constants: &[],
        };
        let target = Target { format, depth: None, samples: 1, encodes };
        Self {
            encodes,
            pipeline: gpu::pipeline(device, target, &recipe),
            screen: Block::new::<Screen>(device, &screen_layout),
            layout,
            sheets: BTreeMap::new(),
            vertices: Elements::none(wgpu::BufferUsages::VERTEX),
            indices: Elements::none(wgpu::BufferUsages::INDEX),
            tile: [[0; 2]; 2],
            scale: 1.0,
        }
    }

    /// Uploads shapes and the textures that they need.
    pub fn write(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        shapes: &[ClippedPrimitive],
        textures: &TexturesDelta,
    ) {
        #[expect(clippy::iter_over_hash_type, reason = "each texture is written on its own: order changes nothing")]
        for (&id, changes) in &textures.set {
            changes.iter().for_each(|change| self.change_sheet(device, queue, id, change));
        }
        let meshes = || shapes.iter().filter_map(mesh);
        self.vertices.write(device, queue, &meshes().flat_map(|mesh| &mesh.vertices).copied().collect::<Vec<_>>());
        self.indices.write(device, queue, &meshes().flat_map(|mesh| &mesh.indices).copied().collect::<Vec<_>>());
    }

    /// Forgets textures that no shape will need again.
    pub fn free(&mut self, textures: &TexturesDelta) {
        self.sheets.retain(|id, _| !textures.free.contains(id));
    }

    /// Chooses the part of the picture that is drawn, from the target's first pixel on.
    pub fn aim(&mut self, queue: &wgpu::Queue, tile: Tile, scale: f32) {
        (self.tile, self.scale) = (tile, scale);
        let [origin, size] = tile.map(|pixels| pixels.map(as_f32));
        self.screen.write(queue, &Screen { origin, size, encodes: u32::from(self.encodes), scale });
    }

    /// Draws what was written last.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, shapes: &[ClippedPrimitive]) {
        let (mut first_vertex, mut first_index) = (0, 0);
        let mut begun = false;
        for shape in shapes {
            let seen = self.scissor(shape.clip_rect);
            if let Some([x, y, width, height]) = seen {
                pass.set_scissor_rect(x, y, width, height);
            }
            match &shape.primitive {
                Primitive::Mesh(mesh) => {
                    let taken = Range { start: first_index, end: first_index + count(mesh.indices.len()) };
                    let drawn = seen.is_some() && !taken.is_empty();
                    if let Some(sheet) = self.sheets.get(&mesh.texture_id).filter(|_| drawn) {
                        if !std::mem::replace(&mut begun, true) {
                            self.begin(pass);
                        }
                        pass.set_bind_group(1, &sheet.group, &[]);
                        pass.draw_indexed(taken.clone(), first_vertex, 0..1);
                    }
                    first_index = taken.end;
                    first_vertex += i32::try_from(mesh.vertices.len()).unwrap_or(i32::MAX);
                }
                Primitive::Callback(callback) => {
                    if let Some(drawn) = callback.callback.downcast_ref::<Drawn>().filter(|_| seen.is_some()) {
                        drawn.draw(pass);
                        begun = false;
                    }
                }
            }
        }
        let [width, height] = self.tile[1];
        pass.set_scissor_rect(0, 0, width, height);
    }

    /// Gets ready for meshes.
    fn begin(&self, pass: &mut wgpu::RenderPass<'_>) {
        let [width, height] = self.tile[1].map(as_f32);
        pass.set_viewport(0.0, 0.0, width, height, 0.0, 1.0);
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.screen.group, &[]);
        if let Some((vertices, indices)) = self.vertices.buffer().zip(self.indices.buffer()) {
            pass.set_vertex_buffer(0, vertices.slice(..));
            pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        }
    }

    /// The pixels of the target that a clip rectangle leaves: corner and size; none if there are none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the target")]
    fn scissor(&self, clip: Rect) -> Option<[u32; 4]> {
        let [origin, size] = self.tile;
        let pixel = |points: f32, axis: usize| {
            let at = (points * self.scale).round() - as_f32(origin[axis]);
            at.clamp(0.0, as_f32(size[axis])) as u32
        };
        let [left, top] = [pixel(clip.min.x, 0), pixel(clip.min.y, 1)];
        let [right, bottom] = [pixel(clip.max.x, 0), pixel(clip.max.y, 1)];
        (right > left && bottom > top).then(|| [left, top, right - left, bottom - top])
    }

    /// A new picture, or a part of one that is there.
    fn change_sheet(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, id: TextureId, change: &ImageDelta) {
        let ImageData::Color(image) = &change.image;
        let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        let whole = change.pos.is_none();
        if whole || self.sheets.get(&id).is_none_or(|sheet| sheet.options != change.options) {
            let old = self.sheets.remove(&id).filter(|_| !whole);
            let texture = old.map_or_else(|| gpu::new_texture(device, size, FORMAT), |sheet| sheet.texture);
            self.sheets.insert(id, self.sheet(device, texture, change.options));
        }
        let Some(sheet) = self.sheets.get(&id) else { return };
        let [x, y] = change.pos.unwrap_or_default().map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        let mut place = sheet.texture.as_image_copy();
        place.origin = wgpu::Origin3d { x, y, z: 0 };
        let rows = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None };
        queue.write_texture(place, bytemuck::cast_slice(&image.pixels), rows, size);
    }

    fn sheet(&self, device: &wgpu::Device, texture: wgpu::Texture, options: TextureOptions) -> Sheet {
        let view = texture.create_view(&Default::default());
        let sampler = device.create_sampler(&sampling(options));
        let resources = [wgpu::BindingResource::TextureView(&view), wgpu::BindingResource::Sampler(&sampler)];
        Sheet { group: gpu::group(device, &self.layout, &resources), texture, options }
    }
}

/// Bytes as egui has them: premultiplied sRGB, blended as they are.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

fn sampling(options: TextureOptions) -> wgpu::SamplerDescriptor<'static> {
    let filter = |filter| match filter {
        TextureFilter::Nearest => wgpu::FilterMode::Nearest,
        TextureFilter::Linear => wgpu::FilterMode::Linear,
    };
    let mode = match options.wrap_mode {
        TextureWrapMode::ClampToEdge => wgpu::AddressMode::ClampToEdge,
        TextureWrapMode::Repeat => wgpu::AddressMode::Repeat,
        TextureWrapMode::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
    };
    wgpu::SamplerDescriptor {
        mag_filter: filter(options.magnification),
        min_filter: filter(options.minification),
        address_mode_u: mode,
        address_mode_v: mode,
        ..Default::default()
    }
}

const fn mesh(shape: &ClippedPrimitive) -> Option<&egui::Mesh> {
    match &shape.primitive {
        Primitive::Mesh(mesh) => Some(mesh),
        Primitive::Callback(_) => None,
    }
}

fn count(elements: usize) -> u32 {
    u32::try_from(elements).unwrap_or(u32::MAX)
}
