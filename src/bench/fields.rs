//! Stepping fields: seeds of the cases, made-up values, and the copy that their bandwidth is compared with.
//!
//! In: a case and a size. Out: an engine and its steps. Invariant: the Program is what the seed's text becomes
//! anywhere else; it does not depend on values, so made-up ones cost the same as grown ones.

use super::stopwatch::measure as time;
use super::{Case, Options, Traffic, Workload};
use crate::discretize::step_program;
use crate::engine::{self, Backend, Batch, Engine};
use crate::error::Error;
use crate::field::{Kind, Values};
use crate::grid::{Grid, Topology};
use crate::math::arithmetic::Precision;
use crate::math::rng::{Draw, uniform01};
use crate::model::Model;
use crate::program::{Buffer, BufferId, Extent, Ghost, KernelBuilder, KernelId, Pass, Program, Role, Slot};
use crate::seed::set;

const TWIN: &str = include_str!("../../assets/seeds/twin.toml");
const CGLE: &str = include_str!("seeds/cgle.toml");
const GRAY_SCOTT: &str = include_str!("seeds/gray-scott.toml");
const HEAT3D: &str = include_str!("seeds/heat3d.toml");
/// Cells of the copy along each axis: half a gigabyte, more than caches hold.
const COPY_SIDE: usize = 8192;
/// The same on a GPU in software, which is bound by what it computes: what one binding of it holds.
const SOFTWARE_COPY_SIDE: usize = 4096;
/// As many values are made up; they repeat.
const MADE_UP: usize = 1 << 16;

/// The steps of a case.
pub(super) fn workload(case: Case, size: usize, options: &Options) -> Result<Workload, Error> {
    let program = program(case, size)?;
    let (items, bytes_per_cell_step) = (program.grid.cells(), program.bytes_per_cell_step());
    let mut engine = start(program, options)?;
    let (steps_per_pass, bytes_moved) = (engine.steps_per_pass(), engine.bytes_moved());
    let traffic = Some(Traffic { bytes_per_cell_step, steps_per_pass, bytes_moved });
    let mut step = 0;
    let run = move |count| {
        engine.advance(step, count)?;
        step += count;
        wait(engine.as_mut())
    };
    Ok(Workload { items, traffic, run: Box::new(run) })
}

/// Bytes read and written per second by a kernel that copies, and where it runs.
pub(super) fn copy(options: &Options) -> Result<(f64, engine::Place), Error> {
    let in_software = options.backend == Some(Backend::Gpu) && engine::automatic(Precision::F32) == Backend::Cpu;
    let side = if in_software { SOFTWARE_COPY_SIDE } else { COPY_SIDE };
    let mut engine = start(copy_program(side), options)?;
    let on_device = engine.place().backend == Backend::Gpu;
    let mut step = 0;
    let (times, _) = time(None, 1, |count| {
        // On the CPU one by one, for several at once could stay in a cache; a device would wait for each.
        let (calls, steps) = if on_device { (1, count) } else { (count, 1) };
        for _ in 0..calls {
            engine.advance(step, steps)?;
            step += steps;
        }
        wait(engine.as_mut())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 bytes")]
    let bytes = (engine.program().grid.cells() * engine.program().bytes_per_cell_step()) as f64;
    Ok((bytes / times.median(), engine.place()))
}

/// Waits for what a device was asked to do. The CPU is done when it returns.
fn wait(engine: &mut dyn Engine) -> Result<(), Error> {
    if engine.place().backend == Backend::Gpu {
        engine.is_finite(BufferId(0))?;
    }
    Ok(())
}

/// An engine whose fields and maps have values between 0.1 and 0.6.
fn start(program: Program, options: &Options) -> Result<Box<dyn Engine>, Error> {
    let mut engine =
        engine::start(program, options.backend, options.adapter.as_deref(), options.threads, &Batch::default())?;
    let buffers: Vec<(BufferId, usize)> = (0..)
        .map(BufferId)
        .zip(&engine.program().buffers)
        .filter(|(_, buffer)| matches!(buffer.role, Role::State | Role::Map))
        .map(|(id, buffer)| (id, engine.program().extent_cells(buffer.extent) * buffer.components as usize))
        .collect();
    for (id, count) in buffers {
        let draw = Draw { rng_seed: 1, stream: id.0, step: 0 };
        #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run")]
        let drawn = (0..MADE_UP.min(count) as u64).map(|cell| (0.1 + 0.5 * uniform01(draw.bits(cell))) as f32);
        let drawn: Vec<f32> = drawn.collect();
        let values = drawn.iter().copied().cycle().take(count).collect();
        engine.write(id, &Values::F32(values))?;
    }
    Ok(engine)
}

fn program(case: Case, size: usize) -> Result<Program, Error> {
    let (text, axes) = match case {
        Case::Cgle => (CGLE, 2),
        Case::GrayScott => (GRAY_SCOTT, 2),
        Case::Heat3d => (HEAT3D, 3),
        _ => (TWIN, 2),
    };
    let list = |number: String| format!("[{}]", vec![number; axes].join(", "));
    let sized = set(text, "domain.shape", &list(size.to_string()))
        .and_then(|text| set(&text, "domain.size", &list(format!("{size}.0"))));
    let model = sized.ok().and_then(|text| Model::from_text(&text).model);
    let model = model.ok_or_else(|| Error::Input(format!("`{}` has no size {size}: give another", case.name())))?;
    let dt = model.time.dt.expect("the seeds of cases have a dt of their own");
    Ok(step_program(&model, dt, Precision::F32))
}

/// `v = u`, over and over.
fn copy_program(side: usize) -> Program {
    let slot = |id| Slot { buffer: BufferId(id), component: 0 };
    let buffer = |name: &str, role| Buffer {
        name: name.into(),
        role,
        kind: Kind::Real,
        components: 1,
        extent: Extent::Cells,
        ghosts: [[Ghost::Mirror; 2]; 3],
    };
    let mut kernel = KernelBuilder::new(Precision::F32, Extent::Cells);
    let value = kernel.load(slot(0), [0; 3]);
    kernel.store(slot(1), value);
    Program {
        grid: Grid::new(&[side; 2], &[1.0; 2], &[Topology::Periodic; 2]),
        precision: Precision::F32,
        dt: 1.0,
        rng_seed: 0,
        buffers: vec![buffer("u", Role::State), buffer("v", Role::Work)],
        uniforms: vec![],
        kernels: vec![kernel.finish("copy")],
        prepare: vec![],
        step: vec![Pass::Run(KernelId(0))],
    }
}
