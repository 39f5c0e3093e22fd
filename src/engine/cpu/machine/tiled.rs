//! Several steps in one pass through memory, where [`Tiles`](crate::engine::cpu::tiles::Tiles) allow it.
//!
//! In: a step that is nothing but kernels and exchanges of buffers, as long as nothing is drawn. Out: the buffers some
//! steps later. Invariant: not a bit differs from step after step.

use std::sync::Arc;

use super::Machine;
use super::uses::Place;
use crate::engine::cpu::native::{self, Tiled};
use crate::engine::cpu::real::Real;
use crate::program::{Pass, Program};

impl<T: Real> Machine<T> {
    /// Whether every `Pass::Normal` may be skipped and has been.
    pub(super) fn draws_nothing(&self) -> bool {
        self.program.step.iter().all(|pass| match pass {
            Pass::Normal { buffer, zero_when, .. } => self.zero[buffer.0 as usize] && self.is_unused(zero_when),
            _ => true,
        })
    }

    /// Runs several steps tile by tile.
    pub(super) fn run_tiles(&mut self, first: u64, steps: u64) {
        let program = Arc::clone(&self.program);
        for position in 0..self.kernels.len() {
            self.fill_neighbours(position);
        }
        self.plan_sweeps(&program, first, steps);
        let buffers = self.storage.len();
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

    /// Sets out the uniforms of each step, and which storage each buffer has: now, and behind that in each sweep.
    fn plan_sweeps(&mut self, program: &Program, first: u64, steps: u64) {
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
}
