//! The coloured field on the device: its values, its table of colours, and how both are read.
//!
//! In: a frame and a look. Out: the bind groups of `values.wgsl`, for the picture and for the small map. Invariant: values
//! are uploaded only when they are other values, the table only when the palette changes.

use std::sync::Arc;

use super::camera::Projection;
use super::gpu::{self, UNIFORM};
use super::legend::color_range;
use super::shaders;
use super::theme::Theme;
use super::uniform::{Form, Plane};
use super::values::{History, Planar, form, layer, planar};
use crate::app::frame::Frame;
use crate::app::state::{ColorStyle, Look};
use crate::output::colormap::{Palette, domain_color};

/// Colours along a table.
const STEPS: u32 = 256;
/// Rows of the table of domain colours: from no modulus to the full one.
const SHARES: u32 = 64;

/// What a device should be asked for, if its adapter has it, so that its samplers can blend values.
pub const FILTER_VALUES: wgpu::Features = wgpu::Features::FLOAT32_FILTERABLE;

/// What was uploaded: the very numbers, and how they were read.
#[derive(Clone, Debug)]
struct Uploaded {
    values: Arc<Vec<f32>>,
    expression: String,
    form: Form,
    slice: f32,
}

/// How the values in the texture lie.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    cells: [usize; 2],
    components: usize,
    periodic: [bool; 2],
    offset: f32,
    holes: bool,
    form: Form,
}

/// What a pipeline is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trim {
    form: Form,
    contours: bool,
    holes: bool,
    /// A sampler blends the values.
    filtered: bool,
}

impl Trim {
    /// The shader's text.
    pub(super) const fn source(self) -> &'static str {
        if self.filtered { shaders::FILTERED_PLANE } else { shaders::PLANE }
    }

    /// The shader's constants.
    pub(super) fn constants(self) -> [(&'static str, f64); 3] {
        [
            ("made_for_form", f64::from(self.form as u32)),
            ("made_for_contours", f64::from(u8::from(self.contours))),
            ("made_for_holes", f64::from(u8::from(self.holes))),
        ]
    }
}

/// The coloured field.
pub(super) struct PlaneLayer {
    pub(super) layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    /// Whether the device's samplers can blend values.
    can_filter: bool,
    /// For the picture and for the small map.
    uniforms: [wgpu::Buffer; 2],
    trims: [Option<Trim>; 2],
    groups: Option<[wgpu::BindGroup; 2]>,
    values: Option<wgpu::Texture>,
    table: Option<(wgpu::Texture, Option<Palette>)>,
    uploaded: Option<Uploaded>,
    shape: Option<Shape>,
    history: History,
}

impl PlaneLayer {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        let sampler_kind = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let can_filter = device.features().contains(FILTER_VALUES);
        let kinds = [UNIFORM, gpu::texture(can_filter), gpu::texture(true), sampler_kind, sampler_kind];
        Self {
            layout: gpu::layout(device, "plane", &kinds),
            sampler: smooth_sampler(device, [true, false]),
            can_filter,
            trims: [None; 2],
            uniforms: [gpu::uniform_buffer::<Plane>(device), gpu::uniform_buffer::<Plane>(device)],
            groups: None,
            values: None,
            table: None,
            uploaded: None,
            shape: None,
            history: History::default(),
        }
    }

    /// The group for the picture (0) or for the small map (1); none without a field to show.
    pub(super) fn group(&self, which: usize) -> Option<&wgpu::BindGroup> {
        self.groups.as_ref().map(|groups| &groups[which])
    }

    /// What pipeline draws the picture (0) or the small map (1), as they were aimed last.
    pub(super) const fn trim(&self, which: usize) -> Option<Trim> {
        self.trims[which]
    }

    /// Cells of the texture.
    pub(super) fn cells(&self) -> [usize; 2] {
        self.shape.map_or([1, 1], |shape| shape.cells)
    }

    /// Brings values and colours up to date.
    pub(super) fn upload(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, frame: &Frame, look: &Look) {
        let Some(layer) = layer(frame, look) else {
            (self.groups, self.uploaded) = (None, None);
            return;
        };
        let form = form(look.style, layer.kind);
        let same = self.uploaded.as_ref().is_some_and(|uploaded| {
            Arc::ptr_eq(&uploaded.values, &layer.values)
                && uploaded.expression == layer.expression
                && uploaded.form == form
                && uploaded.slice.to_bits() == look.slice.to_bits()
        });
        if !same {
            let longest = device.limits().max_texture_dimension_2d as usize;
            let plane = planar(layer, &frame.grid, form, look.slice, longest);
            if frame.grid.axes() == 1 {
                let periodic = plane.periodic[0];
                self.history.push(&layer.expression, form, frame.step, &plane);
                let history = std::mem::take(&mut self.history);
                self.write_values(device, queue, &history.plane(periodic), form);
                self.history = history;
            } else {
                self.write_values(device, queue, &plane, form);
            }
            let (values, expression) = (Arc::clone(&layer.values), layer.expression.clone());
            self.uploaded = Some(Uploaded { values, expression, form, slice: look.slice });
        }
        self.write_table(device, queue, palette(look.style, form));
        if self.groups.is_none() {
            self.groups = self.bind(device);
        }
    }

    fn write_values(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, plane: &Planar<'_>, form: Form) {
        let [width, height] = plane.cells.map(|cells| u32::try_from(cells).unwrap_or(u32::MAX));
        let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        let format = if plane.components == 2 { wgpu::TextureFormat::Rg32Float } else { wgpu::TextureFormat::R32Float };
        if self.values.as_ref().is_none_or(|texture| texture.size() != size || texture.format() != format) {
            self.values = Some(gpu::new_texture(device, size, format));
            self.groups = None;
        }
        if let Some(texture) = &self.values {
            write_texture(queue, texture, bytemuck::cast_slice(&plane.values));
        }
        let Planar { cells, components, periodic, offset, holes, .. } = *plane;
        if self.shape.is_none_or(|shape| shape.periodic != periodic) {
            self.groups = None;
        }
        self.shape = Some(Shape { cells, components, periodic, offset, holes, form });
    }

    /// The colours of a palette, or of complex numbers.
    fn write_table(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, palette: Option<Palette>) {
        if self.table.as_ref().is_some_and(|(_, written)| *written == palette) {
            return;
        }
        let colors = palette.map_or_else(domain_table, |palette| palette.table().to_vec());
        let bytes: Vec<u8> = colors.into_iter().flat_map(|[r, g, b]| [r, g, b, u8::MAX]).collect();
        let height = if palette.is_some() { 1 } else { SHARES };
        let size = wgpu::Extent3d { width: STEPS, height, depth_or_array_layers: 1 };
        let texture = gpu::new_texture(device, size, wgpu::TextureFormat::Rgba8Unorm);
        write_texture(queue, &texture, &bytes);
        self.table = Some((texture, palette));
        self.groups = None;
    }

    fn bind(&self, device: &wgpu::Device) -> Option<[wgpu::BindGroup; 2]> {
        let values = self.values.as_ref()?.create_view(&Default::default());
        let table = self.table.as_ref()?.0.create_view(&Default::default());
        let smooth_values = smooth_sampler(device, self.shape?.periodic);
        let bound = |uniform: &wgpu::Buffer| {
            let resources = [
                uniform.as_entire_binding(),
                wgpu::BindingResource::TextureView(&values),
                wgpu::BindingResource::TextureView(&table),
                wgpu::BindingResource::Sampler(&self.sampler),
                wgpu::BindingResource::Sampler(&smooth_values),
            ];
            gpu::group(device, &self.layout, &resources)
        };
        Some([bound(&self.uniforms[0]), bound(&self.uniforms[1])])
    }

    /// Says how the picture (0) or the small map (1) reads the values: where its pixels lie in the domain.
    pub(super) fn aim(
        &mut self,
        queue: &wgpu::Queue,
        which: usize,
        frame: &Frame,
        look: &Look,
        projection: &Projection,
        view: Aim<'_>,
    ) {
        let (Some(shape), Some(layer)) = (self.shape, layer(frame, look)) else { return };
        let mut range = color_range(layer, look);
        if frame.grid.axes() == 1 && look.range.is_none() {
            let [low, high] = self.history.range();
            range = [range[0].min(low), range[1].max(high)];
        }
        let uniform = reading(&shape, range, look, projection, view);
        queue.write_buffer(&self.uniforms[which], 0, bytemuck::bytes_of(&uniform));
        let Shape { form, holes, .. } = shape;
        let contours = uniform.contours > 0.0;
        let filtered = self.can_filter && !contours && !holes && uniform.sharpness == 1.0;
        self.trims[which] = Some(Trim { form, contours, holes, filtered });
    }
}

/// What of a picture the reading of values depends on, besides the projection.
#[derive(Clone, Copy)]
pub(super) struct Aim<'a> {
    /// The pixel at which the projection's picture begins.
    pub(super) corner: [f64; 2],
    /// Pixels per point.
    pub(super) scale: f32,
    /// Whether contours are drawn if the look wants them.
    pub(super) contours: bool,
    pub(super) theme: &'a Theme,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "numbers of a picture")]
fn reading(shape: &Shape, [low, high]: [f32; 2], look: &Look, projection: &Projection, view: Aim<'_>) -> Plane {
    let cells = shape.cells.map(|cells| cells as f64);
    let per_unit = [cells[0] / projection.size[0], cells[1] / projection.size[1]];
    let corner = projection.position([-view.corner[0], -view.corner[1]]);
    let step = [per_unit[0] / projection.scale, -per_unit[1] / projection.scale];
    // Plaquettes lie half a cell beyond their cell: their values are read half a cell before.
    let first = [0, 1].map(|axis| (corner[axis] * per_unit[axis]) as f32 - shape.offset);
    let pixels_per_cell = (1.0 / step[0].abs()).min(1.0 / step[1].abs()) as f32;
    let (low, per_range) = match shape.form {
        Form::Scalar | Form::Modulus => (low, 1.0 / (high - low)),
        Form::Phase | Form::Domain => (0.0, 1.0 / high.max(f32::MIN_POSITIVE)),
    };
    let [r, g, b, a] = view.theme.background.map(|byte| f32::from(byte) / 255.0);
    Plane {
        first,
        step: step.map(|step| step as f32),
        cells: shape.cells.map(|cells| i32::try_from(cells).unwrap_or(i32::MAX)),
        periodic: shape.periodic.map(u32::from),
        low,
        per_range,
        form: shape.form as u32,
        contours: if look.contours && view.contours { look.contour_count.clamp(1, 200) as f32 } else { 0.0 },
        line: 0.55 * view.scale.max(1.0),
        sharpness: sharpness(pixels_per_cell / view.scale.max(1.0)),
        holes: u32::from(shape.holes),
        rows: SHARES as f32,
        background: [r, g, b, a],
    }
}

/// How much steeper than bilinear the weights between cells are: bilinear below 16 points per cell, cells with sharp
/// edges from 32 points on.
fn sharpness(points_per_cell: f32) -> f32 {
    let t = ((points_per_cell - 16.0) / 16.0).clamp(0.0, 1.0);
    1.0 + (points_per_cell.max(1.0) - 1.0) * t * t
}

/// The palette of a look; none for domain colours.
fn palette(style: ColorStyle, form: Form) -> Option<Palette> {
    match (form, style) {
        (Form::Domain, _) => None,
        (Form::Phase, _) => Some(Palette::Wheel),
        (_, ColorStyle::Scalar(palette)) if palette != Palette::Wheel => Some(palette),
        _ => Some(Palette::Tide),
    }
}

/// Domain colours by angle (along a row) and share of the full modulus (upwards).
fn domain_table() -> Vec<[u8; 3]> {
    let angles = (0..STEPS).map(|k| {
        let angle = std::f64::consts::TAU * f64::from(k) / f64::from(STEPS);
        crate::math::elementary::scalar64::sin_cos(angle)
    });
    let angles: Vec<(f64, f64)> = angles.collect();
    (0..SHARES)
        .map(|row| f64::from(row) / f64::from(SHARES - 1))
        .flat_map(|share| angles.iter().map(move |(sine, cosine)| domain_color(share * cosine, share * sine, 1.0)))
        .collect()
}

/// Linear between texels; along each axis it goes round or ends.
fn smooth_sampler(device: &wgpu::Device, periodic: [bool; 2]) -> wgpu::Sampler {
    let mode = |periodic| if periodic { wgpu::AddressMode::Repeat } else { wgpu::AddressMode::ClampToEdge };
    device.create_sampler(&wgpu::SamplerDescriptor {
        address_mode_u: mode(periodic[0]),
        address_mode_v: mode(periodic[1]),
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        ..Default::default()
    })
}

fn write_texture(queue: &wgpu::Queue, texture: &wgpu::Texture, bytes: &[u8]) {
    let size = texture.size();
    let row = texture.format().block_copy_size(None).unwrap_or(4) * size.width;
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
    queue.write_texture(texture.as_image_copy(), bytes, layout, size);
}
