//! Whether a leap leaves the bits of as many steps on a device: a driver may contract products and sums where WGSL leaves
//! that open, and nothing says that it does so alike in two modules.
//!
//! In: a schedule and a leap that was measured, the arenas still empty. Out: the leap, if it agrees with the schedule on
//! made-up values. Invariant: the arenas hold nothing when this is done.

use super::buffers::NUMBER;
use super::leaps::Leaper;
use super::names::Names;
use super::readback::{self, Range};
use super::schedule::{Action, Compiler, Recording, Schedule};
use super::tables::Clock;
use crate::engine::{EngineError, Origin};
use crate::math::rng::{Draw, uniform01};
use crate::program::BufferId;
use crate::shader::Leap;

/// Cells of every slot that get values; the others stay 0.
const CELLS: usize = 1 << 16;

/// A leap that the device compiles, and that leaves the carried buffers as as many steps do; otherwise none.
pub(super) fn agreeing(
    compiler: &Compiler<'_>,
    schedule: &Schedule,
    leap: Leap,
    parameters: &[f64],
) -> Result<Option<Leaper>, EngineError> {
    let Ok(leap) = Leaper::new(compiler, leap) else { return Ok(None) };
    let known = leap.pipeline.agrees();
    if known.get().is_none() {
        // Others that share the device come to the same verdict.
        let _ = known.set(agree(compiler, schedule, &leap, parameters)?);
    }
    Ok((known.get() == Some(&true)).then_some(leap))
}

/// Whether a leap and as many steps leave the same bits.
fn agree(compiler: &Compiler<'_>, schedule: &Schedule, leap: &Leaper, parameters: &[f64]) -> Result<bool, EngineError> {
    let program = compiler.placement.program;
    let clocks = Clock::steps(0, leap.steps);
    compiler.tables.upload_numbers(compiler.device, program, (parameters, Origin::default()), clocks);
    let draws = |action: &Action| matches!(action, Action::Draw { .. });
    let stepped = outcome(compiler, &mut |run| {
        (0..leap.steps).for_each(|step| schedule.record(&schedule.step, run, step, &draws));
    })?;
    let leapt = outcome(compiler, &mut |run| leap.record(run, 0))?;
    compiler.arenas.clear(compiler.device);
    Ok(stepped == leapt)
}

/// What passes leave of made-up values in the carried buffers.
fn outcome(compiler: &Compiler<'_>, put: &mut dyn FnMut(&mut Recording<'_, '_>)) -> Result<Vec<Vec<u8>>, EngineError> {
    compiler.arenas.clear(compiler.device);
    let program = compiler.placement.program;
    let mut names = compiler.names.clone();
    for id in (0..).map(BufferId).take(program.buffers.len()) {
        for (component, range) in (0..).zip(ranges(compiler, &names, id)) {
            let draw = Draw { rng_seed: 1, stream: id.0, step: component };
            #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the GPU")]
            let values: Vec<f32> =
                (0..range.length / NUMBER).map(|cell| (0.1 + 0.5 * uniform01(draw.bits(cell))) as f32).collect();
            compiler.device.queue.write_buffer(&range.source, range.offset, bytemuck::cast_slice(&values));
        }
    }
    let mut encoder = compiler.device.raw.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        put(&mut Recording { pass: &mut pass, tables: compiler.tables, names: &mut names });
    }
    let carried = program.carried().into_iter().flat_map(|id| ranges(compiler, &names, id));
    readback::read_after(compiler.device, encoder, &carried.collect::<Vec<_>>())
}

/// Where the first cells of every component of a buffer are, as its name has it.
fn ranges(compiler: &Compiler<'_>, names: &Names, id: BufferId) -> Vec<Range> {
    let buffer = compiler.placement.program.buffer(id);
    let cells = compiler.placement.program.extent_cells(buffer.extent);
    let (arena, base) = compiler.arenas.place(names.place(id));
    let of_component = |component: u32| {
        let start = base + u64::from(component) * cells as u64;
        compiler.arenas.ranges(arena, start * NUMBER, cells.min(CELLS) as u64 * NUMBER)
    };
    (0..buffer.components).flat_map(of_component).collect()
}
