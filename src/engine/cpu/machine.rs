//! A Program in memory, in one precision. In: the schedule. Out: the buffers some steps later.
//!
//! Invariant: before a kernel loads a neighbour, the ghosts of that buffer are those of its present contents and walls.
//! A step allocates nothing, except that Fourier transforms make room for a block of lines.

use std::sync::Arc;

use rayon::prelude::*;

use super::bands::Bands;
use super::fourier::Fourier;
use super::gather::Gather;
use super::ghosts::{self, Walls};
use super::held::{self, Held};
use super::memory::{Layout, Storage};
use super::native::{self, Addresses, Code, Job, Tiled};
use super::real::Real;
use super::reduce::Source;
use super::tiles::Tiles;
use crate::engine::{EngineError, Origin};
use crate::grid::Axis;
use crate::math::rng::Draw;
use crate::program::{
    BufferId, Extent, Ghost, Kernel, KernelId, Op, Pass, Program, Role, Share, Slot, Uniform, UniformId, incidence,
};

/// What the schedule needs to know of a kernel.
struct KernelUse {
    layout: Layout,
    bands: Bands,
    /// Buffers loaded at another cell than the own.
    neighbours: Vec<BufferId>,
    /// Buffers written.
    written: Vec<BufferId>,
    /// Those written whose ghosts somebody loads.
    ghosted: Vec<BufferId>,
}

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
        let ghosted = ghosted(&program);
        Ok(Self {
            storage: storage.collect::<Result<_, _>>()?,
            kernels: program.kernels.iter().map(|kernel| KernelUse::new(&program, kernel, &ghosted)).collect(),
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
        let program = Arc::clone(&self.program);
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
                continue;
            }
            self.set_uniforms(step);
            for pass in &program.step {
                self.run_pass(pass, step);
            }
            self.held.end_step();
            step += 1;
        }
    }

    /// Whether every `Pass::Normal` may be skipped and has been.
    fn draws_nothing(&self) -> bool {
        self.program.step.iter().all(|pass| match pass {
            Pass::Normal { buffer, zero_when, .. } => self.zero[buffer.0 as usize] && self.is_unused(zero_when),
            _ => true,
        })
    }

    fn is_unused(&self, zero_when: &[UniformId]) -> bool {
        zero_when.iter().any(|parameter| self.parameters[parameter.0 as usize] == 0.0)
    }

    /// Runs several steps tile by tile.
    fn run_tiles(&mut self, first: u64, steps: u64) {
        let program = Arc::clone(&self.program);
        for position in 0..self.kernels.len() {
            self.fill_neighbours(position);
        }
        // Which storage each buffer has now, and behind it that for each sweep.
        let buffers = self.storage.len();
        self.order.clear();
        self.order.extend(0..buffers);
        self.step_uniforms.clear();
        for step in first..first + steps {
            self.set_uniforms(step);
            self.step_uniforms.extend_from_slice(&self.uniforms);
            for pass in &program.step {
                match pass {
                    Pass::Run(_) => self.order.extend_from_within(..buffers),
                    Pass::Swap(a, b) => self.order.swap(a.0 as usize, b.0 as usize),
                    Pass::Normal { .. } | Pass::Reduce { .. } | Pass::Fourier { .. } | Pass::Gather { .. } => {}
                }
            }
        }
        let tiles = self.tiles.as_ref().expect("the caller has asked");
        let (kernels, uniforms) = (tiles.kernels.len(), self.uniforms.len());
        let place = Place { program: &program, layouts: &self.layouts, walls: &self.walls };
        let tiled = Tiled {
            grid: &program.grid,
            tiles,
            walls: &self.walls,
            job: |sweep: usize| {
                let kernel = tiles.kernels[sweep % kernels].0 as usize;
                let uniforms = &self.step_uniforms[sweep / kernels * uniforms..][..uniforms];
                place.job(&self.kernels[kernel], kernel, uniforms)
            },
            sweeps: self.order.len() / buffers - 1,
            order: &self.order[buffers..],
            parallel: self.parallel,
        };
        native::run_tiles(&self.code, &tiled, &mut self.storage, &mut self.addresses);
        for _ in 0..steps {
            self.note_step(&program);
        }
        self.held.end_step();
    }

    /// Notes what a step of kernels and exchanges has left in which buffer.
    fn note_step(&mut self, program: &Program) {
        for pass in &program.step {
            match pass {
                Pass::Run(kernel) => self.note_written(kernel.0 as usize),
                Pass::Swap(a, b) => self.swap(*a, *b),
                Pass::Normal { .. } | Pass::Reduce { .. } | Pass::Fourier { .. } | Pass::Gather { .. } => {}
            }
        }
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

    fn run_kernel(&mut self, id: KernelId) {
        let program = Arc::clone(&self.program);
        let position = id.0 as usize;
        self.fill_neighbours(position);
        let kernel = &self.kernels[position];
        let place = Place { program: &program, layouts: &self.layouts, walls: &self.walls };
        let parallel = self.parallel && kernel.bands.worth_sharing();
        let job = Job { parallel, ..place.job(kernel, position, &self.uniforms) };
        native::run(&self.code, &job, &mut self.storage, &mut self.addresses);
        let axes = if kernel.bands.whole_rows() { &Axis::ALL[1..] } else { &Axis::ALL };
        for &buffer in &kernel.ghosted {
            ghosts::fill::<T>(&program, &self.walls, &mut self.storage, buffer, axes);
        }
        self.note_written(position);
    }

    /// Fills the ghosts that a kernel is about to load.
    fn fill_neighbours(&mut self, kernel: usize) {
        for &buffer in &self.kernels[kernel].neighbours {
            if !std::mem::replace(&mut self.fresh[buffer.0 as usize], true) {
                ghosts::fill::<T>(&self.program, &self.walls, &mut self.storage, buffer, &Axis::ALL);
            }
        }
    }

    /// Notes that a kernel has written its buffers and their ghosts.
    fn note_written(&mut self, kernel: usize) {
        for position in 0..self.kernels[kernel].written.len() {
            self.changed(self.kernels[kernel].written[position]);
        }
        for &buffer in &self.kernels[kernel].ghosted {
            self.fresh[buffer.0 as usize] = true;
        }
    }

    /// Notes that a buffer has new contents.
    fn changed(&mut self, buffer: BufferId) {
        self.fresh[buffer.0 as usize] = false;
        self.zero[buffer.0 as usize] = false;
        if let Extent::Wall(..) = self.program.buffer(buffer).extent {
            for (fresh, other) in self.fresh.iter_mut().zip(&self.program.buffers) {
                *fresh &= !other.ghosts.as_flattened().contains(&Ghost::Affine(buffer));
            }
        }
    }

    fn swap(&mut self, a: BufferId, b: BufferId) {
        let (i, j) = (a.0 as usize, b.0 as usize);
        self.storage.swap(i, j);
        self.zero.swap(i, j);
        if self.program.buffers[i].ghosts == self.program.buffers[j].ghosts {
            self.fresh.swap(i, j);
        } else {
            (self.fresh[i], self.fresh[j]) = (false, false);
        }
        if let Extent::Wall(..) = self.program.buffers[i].extent {
            self.changed(a);
            self.changed(b);
        }
    }

    fn draw(&mut self, buffer: BufferId, first_stream: u32, zero_when: &[UniformId], step: u64) {
        let position = buffer.0 as usize;
        let unused = self.is_unused(zero_when);
        if unused && self.zero[position] {
            return;
        }
        let layout = &self.layouts[position];
        let [cells, ny, nz] = layout.shape;
        let [_, row_stride, plane_stride] = layout.stride;
        let rng_seed = self.program.rng_seed;
        let shared = self.parallel && Bands::new(layout).worth_sharing();
        for (component, stream) in (0..self.program.buffers[position].components as usize).zip(first_stream..) {
            let numbers = &mut self.storage[position].component_mut::<T>(layout, component)[layout.origin..];
            // Rows follow each other in memory, ghost rows between the planes.
            let fill = |(row, numbers): (usize, &mut [T])| {
                let (y, z) = (row * row_stride % plane_stride / row_stride, row * row_stride / plane_stride);
                match numbers.get_mut(..cells).filter(|_| y < ny && z < nz) {
                    Some(out) if unused => out.fill(T::ZERO),
                    Some(out) => T::fill_normal(out, ((z * ny + y) * cells) as u64, Draw { rng_seed, stream, step }),
                    None => {}
                }
            };
            if shared {
                numbers.par_chunks_mut(row_stride).enumerate().for_each(fill);
            } else {
                numbers.chunks_mut(row_stride).enumerate().for_each(fill);
            }
        }
        self.changed(buffer);
        self.zero[position] = unused;
    }

    fn transform(&mut self, buffer: BufferId, scratch: BufferId, inverse: bool) {
        let fourier = self.fourier.as_ref().expect("made where a pass transforms");
        let [data, spare] = self
            .storage
            .get_disjoint_mut([buffer.0 as usize, scratch.0 as usize])
            .expect("a valid program transforms through another buffer");
        fourier.run(&self.layouts[buffer.0 as usize], data, spare, inverse, self.parallel);
        self.changed(buffer);
        self.changed(scratch);
    }

    fn gather(&mut self, from: BufferId, to: BufferId, share: Share) {
        let (giving, given) = (from.0 as usize, to.0 as usize);
        let [from_extent, to_extent] = [giving, given].map(|position| self.program.buffers[position].extent);
        let graph = self.program.grid.graph();
        let gather = Gather {
            incidence: graph.and_then(|graph| incidence(graph, from_extent, to_extent)).expect("a valid program"),
            share,
            components: self.program.buffers[given].components as usize,
            layouts: [&self.layouts[giving], &self.layouts[given]],
            parallel: self.parallel && Bands::new(&self.layouts[giving]).worth_sharing(),
        };
        let [from, sums] =
            self.storage.get_disjoint_mut([giving, given]).expect("a valid program gathers from another buffer");
        gather.run::<T>(from, sums);
        self.changed(to);
    }

    fn source(&self, slot: Slot, mask: Option<Slot>) -> Source<'_, T> {
        let layout = &self.layouts[slot.buffer.0 as usize];
        let numbers = |slot: Slot| self.storage[slot.buffer.0 as usize].component(layout, slot.component as usize);
        let parallel = self.parallel && Bands::new(layout).worth_sharing();
        Source { layout, numbers: numbers(slot), mask: mask.map(numbers), parallel }
    }

    fn reduce(&mut self, slot: Slot, reduction: crate::program::Reduction, mask: Option<Slot>) -> f64 {
        let mut rows = std::mem::take(&mut self.row_results);
        let value = self.source(slot, mask).reduce(reduction, &mut rows);
        self.row_results = rows;
        value
    }
}

impl KernelUse {
    fn new(program: &Program, kernel: &Kernel, ghosted: &[bool]) -> Self {
        let layout = Layout::new(program, kernel.extent);
        let mut written: Vec<BufferId> = kernel.stores.iter().map(|store| store.slot.buffer).collect();
        written.sort();
        written.dedup();
        Self {
            bands: Bands::new(&layout),
            neighbours: neighbours(kernel),
            ghosted: written.iter().copied().filter(|buffer| ghosted[buffer.0 as usize]).collect(),
            written,
            layout,
        }
    }
}

/// Where kernels run.
#[derive(Clone, Copy)]
struct Place<'a> {
    program: &'a Program,
    layouts: &'a [Layout],
    walls: &'a Walls,
}

impl<'a> Place<'a> {
    /// One kernel over all of its extent, by one thread.
    fn job<T>(self, kernel: &'a KernelUse, position: usize, uniforms: &'a [T]) -> Job<'a, T> {
        Job {
            kernel: position,
            layout: &kernel.layout,
            bands: &kernel.bands,
            parallel: false,
            buffers: &self.program.buffers,
            layouts: self.layouts,
            uniforms,
            fill_x: if kernel.bands.whole_rows() { &kernel.ghosted } else { &[] },
            periodic_x: !self.program.grid.bounded(Axis::X),
            wall_x: self.walls.along(Axis::X),
            graph: self.program.grid.graph().map(AsRef::as_ref),
        }
    }
}

/// Buffers that a kernel loads at another cell than the own.
fn neighbours(kernel: &Kernel) -> Vec<BufferId> {
    let mut buffers: Vec<BufferId> = kernel
        .ops
        .iter()
        .filter_map(|op| match op {
            Op::Load { slot, offset } if *offset != [0; 3] => Some(slot.buffer),
            _ => None,
        })
        .collect();
    buffers.sort();
    buffers.dedup();
    buffers
}

/// Per buffer: whether its ghosts are loaded, under its own name or under one that it is swapped with.
fn ghosted(program: &Program) -> Vec<bool> {
    let mut ghosted = vec![false; program.buffers.len()];
    for buffer in program.kernels.iter().flat_map(neighbours) {
        ghosted[buffer.0 as usize] = true;
    }
    // As often as a name can be handed on.
    for _ in &program.buffers {
        for pass in program.prepare.iter().chain(&program.step) {
            if let Pass::Swap(a, b) = pass {
                let either = ghosted[a.0 as usize] || ghosted[b.0 as usize];
                (ghosted[a.0 as usize], ghosted[b.0 as usize]) = (either, either);
            }
        }
    }
    ghosted
}
