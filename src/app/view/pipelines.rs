//! The pipelines of the view, made for one format of targets.
//!
//! In: a device and a format. Out: what draws lines, glyphs and copies, and the plane as it is trimmed. Invariant: a
//! pipeline is made once.

use std::collections::BTreeMap;

use super::glyph::{Glyph, Line};
use super::gpu::{self, Recipe, Target, UNIFORM};
use super::plane::Trim;
use super::shaders;

/// What shaders are given, group by group.
pub(super) struct Layouts {
    pub(super) screen: wgpu::BindGroupLayout,
    pub(super) copy: wgpu::BindGroupLayout,
}

impl Layouts {
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self {
            screen: gpu::layout(device, "screen", &[UNIFORM]),
            copy: gpu::layout(device, "copy", &[gpu::texture(false)]),
        }
    }
}

/// How each kind of mark is drawn.
pub(super) struct Pipelines {
    /// Made when they are first needed.
    pub(super) plane: BTreeMap<Trim, wgpu::RenderPipeline>,
    pub(super) lines: wgpu::RenderPipeline,
    pub(super) glyphs: wgpu::RenderPipeline,
    pub(super) copy: wgpu::RenderPipeline,
}

impl Pipelines {
    /// All but those of the plane.
    pub(super) fn new(device: &wgpu::Device, format: wgpu::TextureFormat, layouts: &Layouts) -> Self {
        let target = Target { format, depth: None, samples: 1, encodes: format.is_srgb() };
        let marks = |name, source, instances| {
            let layouts = [&layouts.screen];
            let topology = wgpu::PrimitiveTopology::TriangleStrip;
            let recipe = Recipe {
                name,
                source,
                vertex: "place",
                layouts: &layouts,
                vertices: Some(instances),
                topology,
                blended: true,
                constants: &[],
            };
            gpu::pipeline(device, target, &recipe)
        };
        Self {
            plane: BTreeMap::new(),
            copy: opaque(device, format, "copy", shaders::COPY, [&layouts.screen, &layouts.copy], &[]),
            lines: marks("lines", shaders::LINES, Line::layout()),
            glyphs: marks("glyphs", shaders::GLYPHS, Glyph::layout()),
        }
    }

    /// Makes the pipeline of the plane that is trimmed so, if there is none yet.
    pub(super) fn trimmed(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        trim: Trim,
        layouts: [&wgpu::BindGroupLayout; 2],
    ) {
        let constants = trim.constants();
        let new = || opaque(device, format, "plane", trim.source(), layouts, &constants);
        self.plane.entry(trim).or_insert_with(new);
    }
}

/// A pipeline that covers the whole tile.
fn opaque(
    device: &wgpu::Device,
    format: wgpu::TextureFormat,
    name: &str,
    source: &str,
    layouts: [&wgpu::BindGroupLayout; 2],
    constants: &[(&str, f64)],
) -> wgpu::RenderPipeline {
    let target = Target { format, depth: None, samples: 1, encodes: format.is_srgb() };
    let topology = wgpu::PrimitiveTopology::TriangleList;
    let (vertices, blended) = (None, false);
    let recipe = Recipe { name, source, vertex: "cover", layouts: &layouts, vertices, topology, blended, constants };
    gpu::pipeline(device, target, &recipe)
}
