//! Which form the steps of a Program have on a device: the one that a short measurement found best.
//!
//! In: a Program that is about to be compiled, its arenas still empty. Out: a shape for its kernels and perhaps a leap, if
//! that is clearly faster than as many steps. It is measured once per adapter, driver and class of Programs (axes, size,
//! traffic) and kept in the cache folder; programs with few cells take the default, for a step of theirs is over before it
//! matters. Invariant: a form decides how fast a step is and nothing else, so neither the clock nor a lost or foreign file
//! can change a result.

use std::io::Write as _;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::device::Device;
use super::leaps::{Leaper, room};
use super::pipeline::{Entries, Pipeline};
use super::schedule::{Compiler, Recording};
use crate::engine::EngineError;
use crate::kept::{self, cache_folder};
use crate::program::{Extent, Kernel, Pass, Program};
use crate::shader::{Lanes, Leap, Leaps, Shape};

/// Cells from which on a form is measured: where what a dispatch costs by itself is nothing, and where it is not.
const WORTH_CELLS: [usize; 2] = [1 << 18, 1 << 14];
/// Shapes, and then leaps, that are not reached within this time are not tried.
const PATIENCE: Duration = Duration::from_millis(500);
/// A round lasts about so long.
const ROUND: Duration = Duration::from_millis(10);
/// Rounds of which the fastest counts.
const ROUNDS: usize = 3;
/// Times that something runs in a round, at most.
const MOST_REPETITIONS: u32 = 64;
/// What is tried must take less than this share of the best so far: the clock is not exact.
const CLEARLY: f64 = 0.97;

/// How the steps of a Program are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The shape of its kernels.
    pub(super) shape: Shape,
    /// Several steps in one pass.
    pub(super) leap: Option<Leap>,
}

impl Form {
    /// The form where nothing was measured.
    const DEFAULT: Self = Self { shape: Shape::DEFAULT, leap: None };
}

/// The form of a Program's steps.
pub(super) fn of(compiler: &Compiler<'_>) -> Form {
    let program = compiler.placement.program;
    let Some(kernel) = heaviest(program).filter(|_| program.grid.cells() >= worth_cells(compiler.device)) else {
        return Form::DEFAULT;
    };
    let room = room(compiler.device);
    let shapes = Shape::candidates(compiler.placement, kernel, room.invocations);
    let leaps = Leaps::of(compiler.placement).map_or(vec![], |leaps| leaps.candidates(room));
    let class = class(program, kernel, shapes[0].lanes, &leaps);
    let mut known = compiler.device.forms.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(form) = known.get(&class) {
        return *form;
    }
    let slot = cache_folder().map(|folder| kept::Slot::new(&folder, key(compiler, &class), "shape"));
    let read = slot.as_ref().and_then(kept::Slot::load).and_then(|text| parse(&text));
    let possible = |form: &Form| shapes.contains(&form.shape) && form.leap.is_none_or(|leap| leaps.contains(&leap));
    let form = read.filter(possible).unwrap_or_else(|| {
        let form = measure(compiler, kernel, &shapes, &leaps);
        slot.iter().for_each(|slot| slot.store(|out| out.write_all(print(form).as_bytes())));
        form
    });
    known.insert(class, form);
    form
}

/// A hardware GPU idles between the dispatches of small grids, which leaps are fewer of.
fn worth_cells(device: &Device) -> usize {
    WORTH_CELLS[usize::from(device.description.hardware)]
}

/// The kernel over cells that moves most in a step.
fn heaviest(program: &Program) -> Option<&Kernel> {
    let kernels = program.step.iter().filter_map(|pass| match pass {
        Pass::Run(kernel) => Some(program.kernel(*kernel)),
        _ => None,
    });
    kernels.filter(|kernel| kernel.extent == Extent::Cells).max_by_key(|kernel| kernel.slots_moved())
}

/// What programs have in common whose steps are fastest in one form.
fn class(program: &Program, kernel: &Kernel, lanes: Lanes, leaps: &[Leap]) -> String {
    let (cells, operations) = (program.grid.cells().ilog2(), kernel.ops.len().max(1).ilog2());
    let (axes, moved, lanes) = (program.grid.axes(), kernel.slots_moved(), lanes.count());
    let traffic = format!("{axes} axes, 2^{cells} cells, {moved} numbers moved, 2^{operations} operations");
    format!("{traffic}, up to {lanes} lanes, leaps {leaps:?}")
}

/// Everything that a measurement depends on.
fn key(compiler: &Compiler<'_>, class: &str) -> blake3::Hash {
    let adapter = &compiler.device.description;
    let parts = [env!("CARGO_PKG_VERSION"), &adapter.api, &adapter.name, &adapter.driver, class];
    blake3::hash(parts.join("\n").as_bytes())
}

/// A shape, and a leap if there is one: lanes, tile, steps, span.
fn print(form: Form) -> String {
    let [x, y, z] = form.shape.tile;
    let shape = format!("{} {x} {y} {z}", form.shape.lanes.count());
    match form.leap {
        Some(Leap { steps, span: [x, y, z] }) => format!("{shape} {steps} {x} {y} {z}"),
        None => shape,
    }
}

fn parse(text: &[u8]) -> Option<Form> {
    let numbers = std::str::from_utf8(text).ok()?.split(' ').map(|word| word.parse().ok());
    let numbers: Vec<u32> = numbers.collect::<Option<_>>()?;
    let (&[lanes, ref tile @ ..], leap) = numbers.split_first_chunk::<4>()?;
    let lanes = [Lanes::One, Lanes::Four].into_iter().find(|known| known.count() == lanes)?;
    let leap = match *leap {
        [] => None,
        [steps, ref span @ ..] => Some(Leap { steps, span: span.try_into().ok()? }),
    };
    Some(Form { shape: Shape { lanes, tile: *tile }, leap })
}

/// The fastest form on arenas that hold nothing yet, nor when this is done. What the device refuses is not the fastest.
fn measure(compiler: &Compiler<'_>, kernel: &Kernel, shapes: &[Shape], leaps: &[Leap]) -> Form {
    let of_shape = |shape: Shape| {
        let pipeline = compiler.kernel(kernel, shape)?;
        fastest_round(compiler, &mut |run| dispatch(run, &pipeline))
    };
    let (shape, _) = fastest(shapes.iter().map(|&shape| (shape, of_shape(shape)))).unwrap_or((shapes[0], 0.0));
    let of_step = || {
        let sweeps = compiler.placement.program.sweeps().unwrap_or_default();
        let kernels = sweeps.iter().map(|id| compiler.kernel(compiler.placement.program.kernel(*id), shape));
        let pipelines: Vec<Pipeline> = kernels.collect::<Result<_, _>>()?;
        fastest_round(compiler, &mut |run| pipelines.iter().for_each(|pipeline| dispatch(run, pipeline)))
    };
    let of_leap = |leap: Leap| {
        let leaper = Leaper::new(compiler, leap)?;
        Ok(fastest_round(compiler, &mut |run| leaper.record(run, 0))? / f64::from(leap.steps))
    };
    let step = (!leaps.is_empty()).then(|| (None, of_step()));
    let leap = fastest(step.into_iter().chain(leaps.iter().map(|&leap| (Some(leap), of_leap(leap)))));
    compiler.arenas.clear(compiler.device);
    Form { shape, leap: leap.and_then(|(leap, _)| leap) }
}

/// The first of those that are reached in time that no other clearly beats, and its seconds.
#[expect(clippy::disallowed_methods, reason = "time is what is measured; no result depends on it")]
fn fastest<T>(tried: impl Iterator<Item = (T, Result<f64, EngineError>)>) -> Option<(T, f64)> {
    let start = Instant::now();
    let mut best: Option<(T, f64)> = None;
    for (form, time) in tried {
        if let Ok(time) = time
            && best.as_ref().is_none_or(|(_, least)| time < least * CLEARLY)
        {
            best = Some((form, time));
        }
        if start.elapsed() >= PATIENCE {
            break;
        }
    }
    best
}

fn dispatch(run: &mut Recording<'_, '_>, pipeline: &Pipeline) {
    let entries = Entries { names: run.names.current(), step: 0 };
    pipeline.dispatch(run.pass, run.tables, entries);
}

/// Seconds that something takes which can be put into a pass.
fn fastest_round(compiler: &Compiler<'_>, put: &mut dyn FnMut(&mut Recording<'_, '_>)) -> Result<f64, EngineError> {
    // The first run pays for memory and for what drivers put off.
    seconds(compiler, put, 1)?;
    let once = seconds(compiler, put, 1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let repetitions = ((ROUND.as_secs_f64() / once.max(1e-7)) as u32).clamp(1, MOST_REPETITIONS);
    let mut least = once;
    for _ in 0..ROUNDS {
        least = least.min(seconds(compiler, put, repetitions)? / f64::from(repetitions));
    }
    Ok(least)
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured; no result depends on it")]
fn seconds(
    compiler: &Compiler<'_>,
    put: &mut dyn FnMut(&mut Recording<'_, '_>),
    repetitions: u32,
) -> Result<f64, EngineError> {
    let mut names = compiler.names.clone();
    let mut encoder = compiler.device.raw.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        let mut run = Recording { pass: &mut pass, tables: compiler.tables, names: &mut names };
        (0..repetitions).for_each(|_| put(&mut run));
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
    fn a_form_is_read_as_it_was_written_and_nothing_else_is() {
        let shape = Shape { lanes: Lanes::Four, tile: [32, 8, 1] };
        for leap in [None, Some(Leap { steps: 4, span: [64, 31, 1] })] {
            let form = Form { shape, leap };
            assert_eq!(parse(print(form).as_bytes()), Some(form));
        }
        for foreign in ["", "4 32 8", "4 32 8 1 1", "3 32 8 1", "4 -32 8 1", "4 x 8 1", "4 32 8 1 2 3 4 5 6"] {
            assert_eq!(parse(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
