//! Programs as WGSL: a pure function of the Program, without a GPU.
//!
//! In: a [`Program`]. Out: validated modules, each the header of constants, a hand-written template of `shaders/` and,
//! for a kernel, the generated arithmetic. Invariants: all entry points are in `shaders/`, bindings are found by name,
//! and naga has accepted every module with exactly the capabilities that the engine requests.

mod arena;
mod compose;
mod emit;
mod fourier;
mod graph;
mod header;
mod leap;
mod load;
mod memory;
mod placement;
mod reflect;
mod shape;

pub use arena::{MOST_PIECES, piece_of};
pub use compose::SOURCES;
pub use fourier::fourier_roots;
pub use graph::{member_words, part_words};
pub use header::{CLOCK_BYTES, Groups, WORKGROUP, group_count, reduce_groups, steps_served_after};
pub use leap::{Leap, Leaps, Room};
pub use placement::{ARENAS, Placement, arena_name};
pub use reflect::{Access, Binding, CAPABILITIES, Module};
pub use shape::{Lanes, Shape, kernel_groups};

use crate::program::{BufferId, Kernel, Pass, Program, Reduction, Role, Share, Slot, UniformId};

/// Generated WGSL that isn't valid: a bug of semafield, never of a seed.
#[derive(Debug, thiserror::Error)]
#[error("shader `{module}`: {message}")]
pub struct ShaderError {
    /// Which module.
    pub module: String,
    /// What the compiler said.
    pub message: String,
}

/// The module of a kernel in the nearest shape that it can have; entry point `pointwise`.
pub fn kernel_module(placement: &Placement<'_>, kernel: &Kernel, shape: Shape) -> Result<Module, ShaderError> {
    let shape = shape.of(placement, kernel);
    let refused = |message| ShaderError { module: kernel.name.clone(), message };
    let memory = memory::Memory { placement, planes: None };
    let functions = emit::update(memory, kernel, shape.lanes).map_err(refused)?;
    let header = header::pointwise(placement, kernel, shape);
    module(&kernel.name, &header, "compute/pointwise", &functions)
}

/// The module that fills a buffer with normal numbers; entry point `normal`.
pub fn normal_module(placement: &Placement<'_>, buffer: BufferId, first_stream: u32) -> Result<Module, ShaderError> {
    let name = format!("normal_{}", placement.program.buffer(buffer).name);
    module(&name, &header::normal(placement, buffer, first_stream), "compute/normal", "")
}

/// The modules of a reduction, in the order in which they run; entry points `gather` and `finish`.
pub fn reduce_modules(
    placement: &Placement<'_>,
    source: Slot,
    reduction: Reduction,
    mask: Option<Slot>,
    target: UniformId,
) -> Result<Vec<Module>, ShaderError> {
    header::reduce(placement, source, reduction, mask, target)
        .iter()
        .map(|(name, header)| module(name, header, "compute/reduce", ""))
        .collect()
}

/// The modules of a Fourier transform with their workgroups, in the order in which they run; entry point `fourier`.
pub fn fourier_modules(
    placement: &Placement<'_>,
    buffer: BufferId,
    scratch: BufferId,
    inverse: bool,
) -> Result<Vec<(Module, Groups)>, ShaderError> {
    fourier::headers(placement, buffer, scratch, inverse)
        .iter()
        .map(|(name, header, groups)| Ok((module(name, header, "compute/fourier", "")?, *groups)))
        .collect()
}

/// The module of a gather over a graph; entry point `gather`.
pub fn gather_module(
    placement: &Placement<'_>,
    from: BufferId,
    to: BufferId,
    share: Share,
) -> Result<Module, ShaderError> {
    let name = format!("gather_{}", to.0);
    module(&name, &header::gather(placement, from, to, share), "compute/gather", "")
}

/// The module that looks for infinities in an arena; entry point `finite`.
pub fn finite_module(placement: &Placement<'_>, arena: Role) -> Result<Module, ShaderError> {
    module("finite", &header::finite(placement, arena), "compute/finite", "")
}

/// The module that lists the phase defects of a complex field on a plane grid, perhaps with links and a mask; entry
/// points `count`, `scan` (one workgroup) and `write`.
pub fn defects_module(
    placement: &Placement<'_>,
    u: BufferId,
    theta: Option<BufferId>,
    mask: Option<BufferId>,
) -> Result<Module, ShaderError> {
    module("defects", &header::defects(placement, u, theta, mask), "compute/defects", "")
}

/// Every module that a Program needs, in the order of its kernels, then of its other passes; the leap is the one that is
/// tried first where a workgroup has the least.
pub fn modules(program: &Program) -> Result<Vec<Module>, ShaderError> {
    let placement = Placement::new(program);
    let mut modules = Vec::new();
    for kernel in &program.kernels {
        modules.push(kernel_module(&placement, kernel, Shape::DEFAULT)?);
    }
    let passes: Vec<&Pass> = program.prepare.iter().chain(&program.step).collect();
    for (position, pass) in passes.iter().enumerate() {
        match **pass {
            Pass::Run(_) | Pass::Swap(..) => {}
            Pass::Normal { buffer, first_stream, .. } => modules.push(normal_module(&placement, buffer, first_stream)?),
            Pass::Reduce { source, reduction, mask, target } => {
                modules.extend(reduce_modules(&placement, source, reduction, mask, target)?);
            }
            Pass::Gather { .. } if passes[..position].contains(pass) => {}
            Pass::Gather { from, to, share } => modules.push(gather_module(&placement, from, to, share)?),
            Pass::Fourier { .. } if passes[..position].contains(pass) => {}
            Pass::Fourier { buffer, scratch, inverse } => {
                let sweeps = fourier_modules(&placement, buffer, scratch, inverse)?;
                modules.extend(sweeps.into_iter().map(|(module, _)| module));
            }
        }
    }
    if let Some(leaps) = Leaps::of(&placement) {
        let first = leaps.candidates(Room::LEAST).into_iter().next();
        modules.extend(first.map(|leap| leaps.module(leap)).transpose()?);
    }
    modules.push(finite_module(&placement, Role::State)?);
    Ok(modules)
}

/// All modules of a Program as one text, for readers.
pub fn emit_wgsl(program: &Program) -> Result<String, ShaderError> {
    let titled = |module: Module| format!("// ======== {} ========\n\n{}\n", module.name, module.source);
    Ok(modules(program)?.into_iter().map(titled).collect())
}

fn module(name: &str, header: &str, root: &str, functions: &str) -> Result<Module, ShaderError> {
    reflect::validate(name, compose::compose(header, root, functions)?)
}
