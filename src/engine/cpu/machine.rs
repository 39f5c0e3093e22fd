//! A Program in memory, in one precision. In: the schedule. Out: the buffers some steps later.
//!
//! [`passes`] runs one pass after the other, [`tiled`] several steps at once, [`uses`] holds what both ask of a kernel.
//! Invariant: before a kernel loads a neighbour, the ghosts of that buffer are those of its present contents and walls.
//! A step allocates nothing, except that Fourier transforms make room for a block of lines.

mod passes;
mod tiled;
mod uses;

use std::sync::Arc;

use super::fourier::Fourier;
use super::ghosts::Walls;
use super::held::{self, Held};
use super::memory::{Layout, Storage};
use super::native::{Addresses, Code};
use super::real::Real;
use super::tiles::Tiles;
use crate::engine::{EngineError, Origin};
use crate::program::{BufferId, Extent, Pass, Program, Role, Slot, Uniform, UniformId};
use uses::KernelUse;

/// Storage and code of a Program.
pub(super) struct Machine<T> {
    program: Arc<Program>,
    code: Code,
    kernels: Vec<KernelUse>,
    layouts: Vec<Layout>,
    walls: Walls,
    storage: Vec<Storage>,
    /// Per buffer: whether its ghosts are up to date.
    fresh: Vec<bool>,
    /// Per buffer: whether it is known to hold 0 everywhere (see `Pass::Normal`).
    zero: Vec<bool>,
    parameters: Vec<f64>,
    uniforms: Vec<T>,
    held: Held,
    origin: Origin,
    /// Absent if no pass transforms.
    fourier: Option<Fourier<T>>,
    /// Whether `prepare` has to run.
    unprepared: bool,
    /// Whether there is more than one thread.
    parallel: bool,
    addresses: Addresses,
    row_results: Vec<f64>,
    /// Absent where a step is run kernel by kernel.
    tiles: Option<Tiles>,
    /// Room for what several sweeps need: the uniforms of each step, and the storage that each buffer has.
    step_uniforms: Vec<T>,
    order: Vec<usize>,
}

impl<T: Real> Machine<T> {
    /// Storage full of zeros, parameters as the program has them.
    pub(super) fn new(program: Arc<Program>, code: Code, parallel: bool) -> Result<Self, EngineError> {
        let layouts: Vec<Layout> = program.buffers.iter().map(|buffer| Layout::new(&program, buffer.extent)).collect();
        let storage = program.buffers.iter().zip(&layouts).enumerate().map(|(number, (buffer, layout))| {
            Storage::zeros::<T>(&buffer.name, layout, buffer.components as usize, number)
        });
        let parameters = program
            .uniforms
            .iter()
            .map(|uniform| if let Uniform::Parameter { value, .. } = uniform { *value } else { 0.0 });
        Ok(Self {
            storage: storage.collect::<Result<_, _>>()?,
            kernels: KernelUse::all(&program),
            walls: Walls::new(&program),
            fresh: vec![false; layouts.len()],
            zero: vec![true; layouts.len()],
            parameters: parameters.collect(),
            uniforms: vec![T::ZERO; program.uniforms.len()],
            held: Held::new(&program),
            origin: Origin::default(),
            fourier: Fourier::new(&program),
            unprepared: true,
            addresses: Addresses::default(),
            row_results: vec![0.0; Layout::new(&program, Extent::Cells).rows()],
            tiles: Tiles::new(&program, &Layout::new(&program, Extent::Cells)),
            step_uniforms: vec![],
            order: vec![],
            parallel,
            layouts,
            code,
            program,
        })
    }

    /// Overwrites a buffer. The number of values and their format are the caller's promise.
    pub(super) fn write(&mut self, buffer: BufferId, values: &[T]) {
        let position = buffer.0 as usize;
        self.storage[position].pack(&self.layouts[position], values);
        self.changed(buffer);
        self.held.fields_changed();
        self.unprepared |= matches!(self.program.buffer(buffer).role, Role::Map | Role::Wall);
    }

    /// The values of a buffer, without ghosts.
    pub(super) fn read(&self, buffer: BufferId) -> Vec<T> {
        let position = buffer.0 as usize;
        self.storage[position].unpack(&self.layouts[position], self.program.buffers[position].components as usize)
    }

    /// The same into a slice of that length.
    pub(super) fn read_into(&self, buffer: BufferId, values: &mut [T]) {
        let position = buffer.0 as usize;
        self.storage[position].unpack_into(&self.layouts[position], values);
    }

    /// Sets a parameter from the next step on.
    pub(super) fn set_parameter(&mut self, parameter: UniformId, value: f64) {
        self.parameters[parameter.0 as usize] = value;
        self.unprepared = true;
    }

    /// Says where time is counted from.
    pub(super) fn set_origin(&mut self, origin: Origin) {
        self.origin = origin;
        self.unprepared = true;
    }

    /// Steps in one pass, while nothing is drawn.
    pub(super) fn steps_per_pass(&self) -> u64 {
        self.tiles.as_ref().map_or(1, |tiles| tiles.steps)
    }

    /// Runs steps.
    pub(super) fn advance(&mut self, first: u64, steps: u64) {
        if steps > 0 {
            self.prepare(first);
        }
        let end = first.saturating_add(steps);
        let mut step = first;
        while step < end {
            let several = self.steps_per_pass().min(end - step);
            if several > 1 && self.draws_nothing() {
                self.run_tiles(step, several);
                step += several;
            } else {
                self.run_step(step);
                step += 1;
            }
        }
    }

    /// Runs one step, pass by pass.
    fn run_step(&mut self, step: u64) {
        let program = Arc::clone(&self.program);
        self.set_uniforms(step);
        for pass in &program.step {
            self.run_pass(pass, step);
        }
        self.held.end_step();
    }

    /// Pairs (for step n, for step n + 1).
    pub(super) fn held(&mut self) -> Vec<(f64, f64)> {
        if self.held.unknown() {
            self.prepare(0);
        }
        self.held.pairs()
    }

    /// Puts back what [`Machine::held`] gave.
    pub(super) fn set_held(&mut self, pairs: &[(f64, f64)]) {
        self.held.set_pairs(pairs);
    }

    /// Whether all values of a buffer are finite.
    pub(super) fn is_finite(&self, buffer: BufferId) -> bool {
        (0..self.program.buffer(buffer).components)
            .all(|component| self.source(Slot { buffer, component }, None).all_finite())
    }

    /// Runs what is due before step `step`: the `prepare` schedule, and the reductions of the initial fields.
    fn prepare(&mut self, step: u64) {
        let program = Arc::clone(&self.program);
        if self.unprepared {
            self.set_uniforms(step);
            program.prepare.iter().for_each(|pass| self.run_pass(pass, step));
            self.unprepared = false;
        }
        // A reduction may use others: what the first round can't know yet, a later one does.
        let rounds = if self.held.unknown() { self.held.values().count() } else { 0 };
        for _ in 0..rounds {
            self.reduce_initial(step);
        }
    }

    /// Reduces the fields as they are, for steps 0 and 1.
    fn reduce_initial(&mut self, step: u64) {
        let program = Arc::clone(&self.program);
        self.set_uniforms(step);
        for pass in &program.step {
            match pass {
                Pass::Reduce { source, reduction, mask, target } => {
                    let value = self.reduce(*source, *reduction, *mask);
                    self.held.set_initial(*target, value);
                }
                Pass::Run(kernel) if !held::changes_state(&program, pass) => self.run_kernel(*kernel),
                Pass::Gather { from, to, share } if !held::changes_state(&program, pass) => {
                    self.gather(*from, *to, *share);
                }
                _ => {}
            }
        }
    }

    fn set_uniforms(&mut self, step: u64) {
        let declared = self.program.uniforms.iter().zip(&self.parameters);
        for (number, (uniform, &parameter)) in self.uniforms.iter_mut().zip(declared) {
            match uniform {
                Uniform::Parameter { .. } => *number = T::rounded(parameter),
                Uniform::Time { fraction } => {
                    *number = T::rounded(self.origin.time_of(step, *fraction, self.program.dt));
                }
                Uniform::Held { .. } => {}
            }
        }
        for (target, value) in self.held.values() {
            self.uniforms[target.0 as usize] = T::rounded(value);
        }
    }

    fn run_pass(&mut self, pass: &Pass, step: u64) {
        match pass {
            Pass::Run(kernel) => self.run_kernel(*kernel),
            Pass::Swap(a, b) => self.swap(*a, *b),
            Pass::Normal { buffer, first_stream, zero_when } => self.draw(*buffer, *first_stream, zero_when, step),
            Pass::Reduce { source, reduction, mask, target } => {
                let value = self.reduce(*source, *reduction, *mask);
                self.held.set_fresh(*target, value);
            }
            Pass::Fourier { buffer, scratch, inverse } => self.transform(*buffer, *scratch, *inverse),
            Pass::Gather { from, to, share } => self.gather(*from, *to, *share),
        }
    }
}
