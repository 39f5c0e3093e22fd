//! What each pass does to the buffers, and what is known of them afterwards.
//!
//! In: a pass. Out: new contents. Invariant: `fresh` and `zero` of a [`Machine`] are true of the storage that a buffer
//! has at that moment, so that ghosts are filled, and noise cleared, only where it matters.

use std::sync::Arc;

use rayon::prelude::*;

use super::Machine;
use super::uses::Place;
use crate::engine::cpu::bands::Bands;
use crate::engine::cpu::gather::Gather;
use crate::engine::cpu::ghosts;
use crate::engine::cpu::native::{self, Job};
use crate::engine::cpu::real::Real;
use crate::engine::cpu::reduce::Source;
use crate::grid::Axis;
use crate::math::rng::Draw;
use crate::program::{BufferId, Extent, Ghost, KernelId, Reduction, Share, Slot, UniformId, incidence};

impl<T: Real> Machine<T> {
    /// Runs a kernel over all of its extent.
    pub(super) fn run_kernel(&mut self, id: KernelId) {
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
    pub(super) fn fill_neighbours(&mut self, kernel: usize) {
        for &buffer in &self.kernels[kernel].neighbours {
            if !std::mem::replace(&mut self.fresh[buffer.0 as usize], true) {
                ghosts::fill::<T>(&self.program, &self.walls, &mut self.storage, buffer, &Axis::ALL);
            }
        }
    }

    /// Notes that a kernel has written its buffers and their ghosts.
    pub(super) fn note_written(&mut self, kernel: usize) {
        for position in 0..self.kernels[kernel].written.len() {
            self.changed(self.kernels[kernel].written[position]);
        }
        for &buffer in &self.kernels[kernel].ghosted {
            self.fresh[buffer.0 as usize] = true;
        }
    }

    /// Notes that a buffer has new contents.
    pub(super) fn changed(&mut self, buffer: BufferId) {
        self.fresh[buffer.0 as usize] = false;
        self.zero[buffer.0 as usize] = false;
        if let Extent::Wall(..) = self.program.buffer(buffer).extent {
            for (fresh, other) in self.fresh.iter_mut().zip(&self.program.buffers) {
                *fresh &= !other.ghosts.as_flattened().contains(&Ghost::Affine(buffer));
            }
        }
    }

    /// Exchanges two buffers, and with them what is known of them.
    pub(super) fn swap(&mut self, a: BufferId, b: BufferId) {
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

    /// Whether one of some parameters is 0, which makes a draw useless.
    pub(super) fn is_unused(&self, zero_when: &[UniformId]) -> bool {
        zero_when.iter().any(|parameter| self.parameters[parameter.0 as usize] == 0.0)
    }

    /// Draws standard normal numbers, or clears them where a parameter makes them useless.
    pub(super) fn draw(&mut self, buffer: BufferId, first_stream: u32, zero_when: &[UniformId], step: u64) {
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

    /// Transforms a buffer along all axes.
    pub(super) fn transform(&mut self, buffer: BufferId, scratch: BufferId, inverse: bool) {
        let fourier = self.fourier.as_ref().expect("made where a pass transforms");
        let [data, spare] = self
            .storage
            .get_disjoint_mut([buffer.0 as usize, scratch.0 as usize])
            .expect("a valid program transforms through another buffer");
        fourier.run(&self.layouts[buffer.0 as usize], data, spare, inverse, self.parallel);
        self.changed(buffer);
        self.changed(scratch);
    }

    /// Adds up over the edges or triangles of the graph.
    pub(super) fn gather(&mut self, from: BufferId, to: BufferId, share: Share) {
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

    /// The numbers of a slot, for a reduction.
    pub(super) fn source(&self, slot: Slot, mask: Option<Slot>) -> Source<'_, T> {
        let layout = &self.layouts[slot.buffer.0 as usize];
        let numbers = |slot: Slot| self.storage[slot.buffer.0 as usize].component(layout, slot.component as usize);
        let parallel = self.parallel && Bands::new(layout).worth_sharing();
        Source { layout, numbers: numbers(slot), mask: mask.map(numbers), parallel }
    }

    /// Reduces a slot to one number.
    pub(super) fn reduce(&mut self, slot: Slot, reduction: Reduction, mask: Option<Slot>) -> f64 {
        let mut rows = std::mem::take(&mut self.row_results);
        let value = self.source(slot, mask).reduce(reduction, &mut rows);
        self.row_results = rows;
        value
    }
}
