//! A compute pipeline with the resources that its module names.
//!
//! In: a validated module. Out: something to dispatch. Invariants: what is bound is what naga found in the text; a
//! resource's name decides which buffer it is; a device compiles a text once, whoever asks for it, for whatever differs
//! from run to run (sizes apart) is data in buffers.

use std::sync::{Arc, OnceLock, PoisonError};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingResource, BindingType, BufferBinding, BufferBindingType, BufferSize, ComputePass, ComputePipeline,
    ComputePipelineDescriptor, PipelineCompilationOptions, PipelineLayoutDescriptor, ShaderModuleDescriptor,
    ShaderSource, ShaderStages,
};

use super::device::Device;
use super::tables::{Table, Tables};
use crate::engine::EngineError;
use crate::shader::{Access, Binding, Groups, Module};

/// The entry of each table that a dispatch sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entries {
    /// Number of the assignment of names.
    pub(super) names: usize,
    /// Position of the step in its submission.
    pub(super) step: usize,
}

/// One entry point, compiled for a device: it knows what is to be bound, and binds nothing.
#[derive(Debug)]
pub(super) struct Compiled {
    raw: ComputePipeline,
    layout: BindGroupLayout,
    /// Of a leap: whether it agrees with its steps, once that was tried.
    agrees: OnceLock<bool>,
}

/// One entry point with its buffers, ready to run.
#[derive(Debug)]
pub(super) struct Pipeline {
    compiled: Arc<Compiled>,
    group: BindGroup,
    groups: Groups,
    sees_bases: bool,
    sees_numbers: bool,
}

impl Pipeline {
    /// An entry point, compiled unless the device has it already. `storage` finds the storage buffer behind a name.
    pub(super) fn new<'b>(
        device: &Device,
        tables: &'b Tables,
        module: &Module,
        entry_point: &str,
        groups: Groups,
        storage: &dyn Fn(&str) -> &'b wgpu::Buffer,
    ) -> Result<Self, EngineError> {
        dump(module)?;
        let compiled = compiled(device, module, entry_point)?;
        let group = device
            .guarded(|| bind(&device.raw, tables, module, &compiled.layout, storage))
            .map_err(|error| compile_error(module, &error))?;
        let sees = |name: &str| module.bindings.iter().any(|binding| binding.name == name);
        let sees_numbers = sees("numbers") || sees("clocks");
        Ok(Self { compiled, group, groups, sees_bases: sees("bases"), sees_numbers })
    }

    /// Whether what was compiled agrees with something else, once that is known.
    pub(super) fn agrees(&self) -> &OnceLock<bool> {
        &self.compiled.agrees
    }

    /// Puts a dispatch into a pass.
    pub(super) fn dispatch(&self, pass: &mut ComputePass<'_>, tables: &Tables, entries: Entries) {
        let mut offsets = Vec::with_capacity(2);
        if self.sees_bases {
            offsets.push(tables.bases.offset(entries.names));
        }
        if self.sees_numbers {
            offsets.push(tables.numbers.offset(entries.step));
        }
        pass.set_pipeline(&self.compiled.raw);
        pass.set_bind_group(0, &self.group, &offsets);
        pass.dispatch_workgroups(self.groups[0], self.groups[1], 1);
    }
}

/// An entry point of a text, from what the device has compiled.
fn compiled(device: &Device, module: &Module, entry_point: &str) -> Result<Arc<Compiled>, EngineError> {
    let key = (module.source.clone(), entry_point.to_owned());
    let mut known = device.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = known.get(&key) {
        return Ok(Arc::clone(compiled));
    }
    let compiled =
        device.guarded(|| compile(&device.raw, module, entry_point)).map_err(|error| compile_error(module, &error))?;
    Ok(Arc::clone(known.entry(key).or_insert(Arc::new(compiled))))
}

fn compile(device: &wgpu::Device, module: &Module, entry_point: &str) -> Compiled {
    let label = Some(module.name.as_str());
    let shader = device.create_shader_module(ShaderModuleDescriptor {
        label,
        source: ShaderSource::Wgsl(module.source.as_str().into()),
    });
    let entries: Vec<_> = module.bindings.iter().map(layout_entry).collect();
    let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor { label, entries: &entries });
    let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&layout)],
        ..Default::default()
    });
    let raw = device.create_compute_pipeline(&ComputePipelineDescriptor {
        label,
        layout: Some(&pipeline_layout),
        module: &shader,
        entry_point: Some(entry_point),
        // What a workgroup holds is written before anybody reads it.
        compilation_options: PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    });
    Compiled { raw, layout, agrees: OnceLock::new() }
}

fn bind<'b>(
    device: &wgpu::Device,
    tables: &'b Tables,
    module: &Module,
    layout: &BindGroupLayout,
    storage: &dyn Fn(&str) -> &'b wgpu::Buffer,
) -> BindGroup {
    let resources: Vec<_> = module
        .bindings
        .iter()
        .map(|binding| BindGroupEntry { binding: binding.number, resource: resource(tables, binding, storage) })
        .collect();
    device.create_bind_group(&BindGroupDescriptor { label: Some(&module.name), layout, entries: &resources })
}

fn layout_entry(binding: &Binding) -> BindGroupLayoutEntry {
    let ty = match binding.access {
        Access::Uniform(_) => BufferBindingType::Uniform,
        Access::Read => BufferBindingType::Storage { read_only: true },
        Access::ReadWrite => BufferBindingType::Storage { read_only: false },
    };
    BindGroupLayoutEntry {
        binding: binding.number,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: is_table(&binding.name), min_binding_size: None },
        count: None,
    }
}

fn is_table(name: &str) -> bool {
    matches!(name, "bases" | "numbers" | "clocks")
}

fn resource<'b>(
    tables: &'b Tables,
    binding: &Binding,
    storage: &dyn Fn(&str) -> &'b wgpu::Buffer,
) -> BindingResource<'b> {
    // One entry; of clocks as many as there are steps in a leap.
    let size = if let Access::Uniform(bytes) = binding.access { BufferSize::new(bytes.into()) } else { None };
    let entry = |table: &'b Table| BindingResource::Buffer(BufferBinding { buffer: &table.buffer, offset: 0, size });
    match binding.name.as_str() {
        "bases" => entry(&tables.bases),
        "numbers" | "clocks" => entry(&tables.numbers),
        "held" => tables.held.as_entire_binding(),
        "partial" => tables.partial.as_entire_binding(),
        "verdict" => tables.verdict.as_entire_binding(),
        "range" => tables.range.as_entire_binding(),
        "roots" => tables.roots.as_entire_binding(),
        "parts" => tables.parts.as_entire_binding(),
        "members" => tables.members.as_entire_binding(),
        name => storage(name).as_entire_binding(),
    }
}

/// Writes the text that the driver sees to the folder named by `SEMAFIELD_DUMP_WGSL`, if there is one.
fn dump(module: &Module) -> Result<(), EngineError> {
    let Some(folder) = std::env::var_os("SEMAFIELD_DUMP_WGSL") else { return Ok(()) };
    let stem = module.name.replace(|c: char| !c.is_alphanumeric(), "_");
    let path = std::path::Path::new(&folder).join(format!("{stem}.wgsl"));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, &module.source))
        .map_err(|error| compile_error(module, &format!("SEMAFIELD_DUMP_WGSL: {}: {error}", path.display())))
}

fn compile_error(module: &Module, message: &dyn std::fmt::Display) -> EngineError {
    EngineError::Compile { kernel: module.name.clone(), message: message.to_string() }
}
