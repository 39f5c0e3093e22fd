//! Pipelines and growing buffers: the few things of wgpu that every layer of the picture needs.
//!
//! In: texts of shaders, instances. Out: what a pass can draw. Invariant: group 0 is the screen, group 1 what a layer
//! reads, group 2 what only the landscape reads; all colours are premultiplied.

use bytemuck::Pod;
use wgpu::util::DeviceExt as _;

/// Where pipelines draw to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: wgpu::TextureFormat,
    pub(super) depth: Option<wgpu::TextureFormat>,
    pub(super) samples: u32,
    /// Whether colours are written as the light that a target encodes, in the end.
    pub(super) encodes: bool,
}

/// What distinguishes a pipeline.
pub(super) struct Recipe<'a> {
    pub(super) name: &'a str,
    pub(super) source: &'a str,
    pub(super) vertex: &'a str,
    pub(super) layouts: &'a [&'a wgpu::BindGroupLayout],
    /// The vertices, or the instances, if there are any.
    pub(super) vertices: Option<wgpu::VertexBufferLayout<'a>>,
    pub(super) topology: wgpu::PrimitiveTopology,
    pub(super) blended: bool,
    /// Values of the shader's `override` constants.
    pub(super) constants: &'a [(&'a str, f64)],
}

/// Compiles a pipeline; the fragment's entry point is always `paint`.
pub(super) fn pipeline(device: &wgpu::Device, target: Target, recipe: &Recipe<'_>) -> wgpu::RenderPipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(recipe.name),
        source: wgpu::ShaderSource::Wgsl(recipe.source.into()),
    });
    let mut constants = recipe.constants.to_vec();
    constants.push(("made_to_encode", f64::from(u8::from(target.encodes))));
    let layouts: Vec<_> = recipe.layouts.iter().map(|&layout| Some(layout)).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(recipe.name),
        bind_group_layouts: &layouts,
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(recipe.name),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some(recipe.vertex),
            compilation_options: Default::default(),
            buffers: if recipe.vertices.is_some() { std::slice::from_ref(&recipe.vertices) } else { &[] },
        },
        primitive: wgpu::PrimitiveState { topology: recipe.topology, ..Default::default() },
        depth_stencil: target.depth.map(|format| wgpu::DepthStencilState {
            format,
            depth_write_enabled: Some(true),
            depth_compare: Some(wgpu::CompareFunction::Less),
            stencil: Default::default(),
            bias: Default::default(),
        }),
        multisample: wgpu::MultisampleState { count: target.samples, ..Default::default() },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("paint"),
            compilation_options: wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() },
            targets: &[Some(wgpu::ColorTargetState {
                format: target.format,
                blend: recipe.blended.then_some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A layout entry that both stages see.
pub(super) const fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::VERTEX_FRAGMENT, ty, count: None }
}

/// A uniform block.
pub(super) const UNIFORM: wgpu::BindingType = wgpu::BindingType::Buffer {
    ty: wgpu::BufferBindingType::Uniform,
    has_dynamic_offset: false,
    min_binding_size: None,
};

/// A flat texture; `filterable` where a sampler may blend its texels.
pub(super) const fn texture(filterable: bool) -> wgpu::BindingType {
    wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    }
}

/// A layout of these bindings, numbered from 0.
pub(super) fn layout(device: &wgpu::Device, name: &str, bindings: &[wgpu::BindingType]) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = (0..).zip(bindings).map(|(number, &binding)| entry(number, binding)).collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(name), entries: &entries })
}

/// A group of resources, numbered from 0.
pub(super) fn group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    resources: &[wgpu::BindingResource<'_>],
) -> wgpu::BindGroup {
    let entries: Vec<_> = (0..)
        .zip(resources)
        .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource: resource.clone() })
        .collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}

/// A uniform block and the group that holds nothing but it.
pub(super) struct Block {
    pub(super) buffer: wgpu::Buffer,
    pub(super) group: wgpu::BindGroup,
}

impl Block {
    pub(super) fn new<T: Pod>(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> Self {
        let buffer = uniform_buffer::<T>(device);
        let group = group(device, layout, &[buffer.as_entire_binding()]);
        Self { buffer, group }
    }

    pub(super) fn write<T: Pod>(&self, queue: &wgpu::Queue, value: &T) {
        queue.write_buffer(&self.buffer, 0, bytemuck::bytes_of(value));
    }
}

/// An empty buffer for a uniform block.
pub(super) fn uniform_buffer<T: Pod>(device: &wgpu::Device) -> wgpu::Buffer {
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: None,
        contents: bytemuck::bytes_of(&T::zeroed()),
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
    })
}

/// Elements of one kind (instances, vertices, indices) in a buffer that grows.
pub(super) struct Elements<T> {
    usage: wgpu::BufferUsages,
    buffer: Option<wgpu::Buffer>,
    count: u32,
    of: std::marker::PhantomData<fn(T)>,
}

impl<T: Pod> Elements<T> {
    pub(super) const fn none(usage: wgpu::BufferUsages) -> Self {
        Self { usage, buffer: None, count: 0, of: std::marker::PhantomData }
    }

    /// The buffer; none before the first element.
    pub(super) const fn buffer(&self) -> Option<&wgpu::Buffer> {
        self.buffer.as_ref()
    }

    /// Replaces all. As many as fit into a buffer of the device are kept: millions.
    pub(super) fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, elements: &[T]) {
        let fit = usize::try_from(device.limits().max_buffer_size).unwrap_or(usize::MAX) / size_of::<T>();
        let bytes: &[u8] = bytemuck::cast_slice(&elements[..elements.len().min(fit)]);
        self.count = u32::try_from(bytes.len() / size_of::<T>()).unwrap_or(u32::MAX);
        if bytes.is_empty() {
            return;
        }
        let needed = bytes.len() as u64;
        if self.buffer.as_ref().is_none_or(|buffer| buffer.size() < needed) {
            self.buffer = Some(device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: needed.next_power_of_two().min(device.limits().max_buffer_size),
                usage: self.usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }));
        }
        if let Some(buffer) = &self.buffer {
            queue.write_buffer(buffer, 0, bytes);
        }
    }

    /// Draws a strip of four corners for each instance.
    pub(super) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, pipeline: &wgpu::RenderPipeline) {
        if let Some(buffer) = self.buffer.as_ref().filter(|_| self.count > 0) {
            pass.set_pipeline(pipeline);
            pass.set_vertex_buffer(0, buffer.slice(..));
            pass.draw(0..4, 0..self.count);
        }
    }
}

/// An empty texture that can be written and read.
pub(super) fn new_texture(device: &wgpu::Device, size: wgpu::Extent3d, format: wgpu::TextureFormat) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}
