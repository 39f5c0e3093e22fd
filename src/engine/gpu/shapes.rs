//! Which shape the kernels of a Program have on a device: the one that a short measurement found best.
//!
//! In: a Program that is about to be compiled, its arenas still empty. Out: a shape. It is measured once per adapter,
//! driver and class of Programs (axes, size, traffic) and kept in the cache folder; programs with few cells take the
//! default, for a step of theirs is over before it matters. Invariant: a shape decides how fast a step is and nothing
//! else, so neither the clock nor a lost or foreign file can change a result.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::pipeline::{Entries, Pipeline};
use super::schedule::Compiler;
use crate::engine::EngineError;
use crate::kept::{self, cache_folder};
use crate::program::{Extent, Kernel, Pass, Program};
use crate::shader::{Lanes, Shape};

/// Cells from which on a shape is measured.
const WORTH_CELLS: usize = 1 << 18;
/// Shapes that are not reached within this time are not tried.
const PATIENCE: Duration = Duration::from_millis(500);
/// A round lasts about so long.
const ROUND: Duration = Duration::from_millis(10);
/// Rounds of which the fastest counts.
const ROUNDS: usize = 3;
/// Times a kernel runs in a round, at most.
const MOST_REPETITIONS: u32 = 64;
/// A shape must take less than this share of the best so far: the clock is not exact.
const CLEARLY: f64 = 0.97;

/// The shape of a Program's kernels.
pub(super) fn of(compiler: &Compiler<'_>) -> Shape {
    let program = compiler.placement.program;
    let Some(kernel) = heaviest(program).filter(|_| program.grid.cells() >= WORTH_CELLS) else {
        return Shape::DEFAULT;
    };
    let candidates = Shape::candidates(compiler.placement, kernel);
    let class = class(program, kernel, candidates[0].lanes);
    let mut known = compiler.device.shapes.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shape) = known.get(&class) {
        return *shape;
    }
    let slot = cache_folder().map(|folder| kept::Slot::new(&folder, key(compiler, &class), "shape"));
    let read = slot.as_ref().and_then(kept::Slot::load).and_then(|text| parse(&text));
    let shape = read.filter(|shape| candidates.contains(shape)).unwrap_or_else(|| {
        let shape = measure(compiler, kernel, &candidates);
        slot.iter().for_each(|slot| slot.store(print(shape).as_bytes()));
        shape
    });
    known.insert(class, shape);
    shape
}

/// The kernel over cells that moves most in a step.
fn heaviest(program: &Program) -> Option<&Kernel> {
    let kernels = program.step.iter().filter_map(|pass| match pass {
        Pass::Run(kernel) => Some(program.kernel(*kernel)),
        _ => None,
    });
    kernels.filter(|kernel| kernel.extent == Extent::Cells).max_by_key(|kernel| kernel.slots_moved())
}

/// What programs have in common whose kernels run best in one shape.
fn class(program: &Program, kernel: &Kernel, lanes: Lanes) -> String {
    let (cells, operations) = (program.grid.cells().ilog2(), kernel.ops.len().max(1).ilog2());
    let (axes, moved, lanes) = (program.grid.axes(), kernel.slots_moved(), lanes.count());
    format!("{axes} axes, 2^{cells} cells, {moved} numbers moved, 2^{operations} operations, up to {lanes} lanes")
}

/// Everything that a measurement depends on.
fn key(compiler: &Compiler<'_>, class: &str) -> blake3::Hash {
    let adapter = &compiler.device.description;
    let parts = [env!("CARGO_PKG_VERSION"), &adapter.api, &adapter.name, &adapter.driver, class];
    blake3::hash(parts.join("\n").as_bytes())
}

fn print(shape: Shape) -> String {
    let [x, y, z] = shape.tile;
    format!("{} {x} {y} {z}", shape.lanes.count())
}

fn parse(text: &[u8]) -> Option<Shape> {
    let numbers = std::str::from_utf8(text).ok()?.split(' ').map(|word| word.parse().ok());
    let [lanes, tile @ ..]: [u32; 4] = numbers.collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let lanes = [Lanes::One, Lanes::Four].into_iter().find(|known| known.count() == lanes)?;
    Some(Shape { lanes, tile })
}

/// The fastest shape on arenas that hold nothing yet, nor when this is done. A shape that the device refuses is not the
/// fastest.
#[expect(clippy::disallowed_methods, reason = "time is what is measured; no result depends on it")]
fn measure(compiler: &Compiler<'_>, kernel: &Kernel, candidates: &[Shape]) -> Shape {
    let start = Instant::now();
    let (mut best, mut least) = (candidates[0], f64::INFINITY);
    for &shape in candidates.iter().take_while(|_| start.elapsed() < PATIENCE) {
        let time = compiler.kernel(kernel, shape).and_then(|pipeline| fastest_round(compiler, &pipeline));
        if let Ok(time) = time
            && time < least * CLEARLY
        {
            (best, least) = (shape, time);
        }
    }
    let mut encoder = compiler.device.raw.create_command_encoder(&Default::default());
    compiler.arenas.all().for_each(|buffer| encoder.clear_buffer(buffer, 0, None));
    compiler.device.queue.submit([encoder.finish()]);
    best
}

/// Seconds of a run.
fn fastest_round(compiler: &Compiler<'_>, pipeline: &Pipeline) -> Result<f64, EngineError> {
    // The first run pays for memory and for what drivers put off.
    seconds(compiler, pipeline, 1)?;
    let once = seconds(compiler, pipeline, 1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let repetitions = ((ROUND.as_secs_f64() / once.max(1e-7)) as u32).clamp(1, MOST_REPETITIONS);
    let mut least = once;
    for _ in 0..ROUNDS {
        least = least.min(seconds(compiler, pipeline, repetitions)? / f64::from(repetitions));
    }
    Ok(least)
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured; no result depends on it")]
fn seconds(compiler: &Compiler<'_>, pipeline: &Pipeline, repetitions: u32) -> Result<f64, EngineError> {
    let mut encoder = compiler.device.raw.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for _ in 0..repetitions {
            pipeline.dispatch(&mut pass, compiler.tables, Entries { names: 0, step: 0 });
        }
    }
    let start = Instant::now();
    let submission = compiler.device.queue.submit([encoder.finish()]);
    compiler.device.wait(submission)?;
    Ok(start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_read_as_it_was_written_and_nothing_else_is() {
        let shape = Shape { lanes: Lanes::Four, tile: [32, 8, 1] };
        assert_eq!(parse(print(shape).as_bytes()), Some(shape));
        for foreign in ["", "4 32 8", "4 32 8 1 1", "3 32 8 1", "4 -32 8 1", "4 x 8 1"] {
            assert_eq!(parse(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
