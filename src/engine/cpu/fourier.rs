//! Fourier transforms of padded buffers along all axes of the grid.
//!
//! In: a buffer of two components, real and imaginary part, and a scratch buffer as large. Out: its transform, in
//! place. Blocks of lines that lie side by side are copied into the scratch buffer, each block transposed so that its
//! lines run through the passes of [`Fft`] together; then all rows are copied back. Invariant: a line is transformed
//! by the same operations whatever block it is in, so results do not depend on the number of threads.

use rayon::prelude::*;

use super::bands::Bands;
use super::memory::{Layout, Storage};
use super::real::Real;
use crate::grid::Axis;
use crate::math::fft::Fft;
use crate::program::{Pass, Program};

/// Lines in a block, at most: a cache line of numbers in f32.
const BLOCK: usize = 16;

/// The transforms of a program's grid.
pub(super) struct Fourier<T> {
    axes: Vec<(Axis, Fft<T>)>,
}

/// How the lines along one axis are grouped.
#[derive(Clone, Copy)]
struct Blocks<'l> {
    layout: &'l Layout,
    axis: Axis,
    /// Lines of a block, all of which are full.
    lines: usize,
    /// Blocks of a plane of lines: along x all rows, else a row of cells.
    per_plane: usize,
}

impl<T: Real> Fourier<T> {
    /// Prepares the transforms, if the program has any.
    pub(super) fn new(program: &Program) -> Option<Self> {
        program.step.iter().any(|pass| matches!(pass, Pass::Fourier { .. })).then(|| {
            let transform = |&axis: &Axis| {
                (axis, Fft::new(program.grid.cells_along(axis)).expect("a valid program has available sizes"))
            };
            Self { axes: program.grid.axis_list().iter().map(transform).collect() }
        })
    }

    /// Transforms a buffer, or transforms it back.
    pub(super) fn run(
        &self,
        layout: &Layout,
        buffer: &mut Storage,
        scratch: &mut Storage,
        inverse: bool,
        parallel: bool,
    ) {
        let parallel = parallel && Bands::new(layout).worth_sharing();
        // Exchanging the parts of the input and of the output conjugates the kernel.
        let parts = if inverse { [1, 0] } else { [0, 1] };
        #[expect(clippy::cast_precision_loss, reason = "cells are far fewer than 2^53")]
        let cells = layout.shape.iter().product::<usize>() as f64;
        for (position, (axis, fft)) in self.axes.iter().enumerate() {
            let blocks = Blocks::new(layout, *axis);
            let last = position + 1 == self.axes.len();
            let factor = if last && inverse { T::rounded(1.0 / cells) } else { T::rounded(1.0) };
            blocks.transform(fft, buffer, scratch.numbers_mut(), parts, parallel);
            blocks.put_back(buffer, scratch.numbers(), parts, factor, parallel);
        }
    }
}

impl<'l> Blocks<'l> {
    fn new(layout: &'l Layout, axis: Axis) -> Self {
        let beside = if axis == Axis::X { layout.rows() } else { layout.shape[0] };
        let lines = (1..=BLOCK.min(beside)).rev().find(|&lines| beside.is_multiple_of(lines)).unwrap_or(1);
        Self { layout, axis, lines, per_plane: beside / lines }
    }

    fn points(self) -> usize {
        self.layout.shape[self.axis.index()]
    }

    /// Numbers of one part of a block.
    fn part(self) -> usize {
        self.points() * self.lines
    }

    fn count(self) -> usize {
        self.layout.shape.iter().product::<usize>() / self.part()
    }

    /// Copies blocks into `scratch` and transforms them there.
    fn transform<T: Real>(self, fft: &Fft<T>, buffer: &Storage, scratch: &mut [T], parts: [usize; 2], parallel: bool) {
        let components = parts.map(|part| buffer.component::<T>(self.layout, part));
        let work = |room: &mut Vec<T>, (block, data): (usize, &mut [T])| {
            let (re, im) = data.split_at_mut(self.part());
            self.gather(block, components, [re, im]);
            fft.forward_columns(re, im, room.split_at_mut(self.part()).into(), self.lines);
        };
        let room = || vec![T::ZERO; 2 * self.part()];
        let scratch = &mut scratch[..2 * self.part() * self.count()];
        if parallel {
            scratch.par_chunks_mut(2 * self.part()).enumerate().for_each_init(room, work);
        } else {
            let mut room = room();
            scratch.chunks_mut(2 * self.part()).enumerate().for_each(|block| work(&mut room, block));
        }
    }

    fn gather<T: Real>(self, block: usize, from: [&[T]; 2], to: [&mut [T]; 2]) {
        let first = block % self.per_plane * self.lines;
        for (from, to) in from.into_iter().zip(to) {
            if self.axis == Axis::X {
                for line in 0..self.lines {
                    let row = &from[self.layout.row_start(first + line)..][..self.points()];
                    for (value, out) in row.iter().zip(to[line..].iter_mut().step_by(self.lines)) {
                        *out = *value;
                    }
                }
            } else {
                let across = if self.axis == Axis::Y { Axis::Z } else { Axis::Y };
                let plane = block / self.per_plane * self.layout.stride[across.index()];
                for (point, out) in to.chunks_exact_mut(self.lines).enumerate() {
                    let start = self.layout.origin + plane + point * self.layout.stride[self.axis.index()] + first;
                    out.copy_from_slice(&from[start..start + self.lines]);
                }
            }
        }
    }

    /// Copies the transformed blocks to where their lines were, times a factor.
    fn put_back<T: Real>(self, buffer: &mut Storage, scratch: &[T], parts: [usize; 2], factor: T, parallel: bool) {
        let [_, row_stride, plane_stride] = self.layout.stride;
        let [nx, ny, nz] = self.layout.shape;
        for (position, part) in parts.into_iter().enumerate() {
            let numbers = &mut buffer.component_mut::<T>(self.layout, part)[self.layout.origin..];
            // Rows follow each other in memory, ghost rows between the planes.
            let copy = |(row, out): (usize, &mut [T])| {
                let (y, z) = (row * row_stride % plane_stride / row_stride, row * row_stride / plane_stride);
                if let Some(out) = out.get_mut(..nx).filter(|_| y < ny && z < nz) {
                    self.copy_row([y, z], &scratch[position * self.part()..], out, factor);
                }
            };
            if parallel {
                numbers.par_chunks_mut(row_stride).enumerate().with_min_len(8).for_each(copy);
            } else {
                numbers.chunks_mut(row_stride).enumerate().for_each(copy);
            }
        }
    }

    fn copy_row<T: Real>(self, [y, z]: [usize; 2], scratch: &[T], out: &mut [T], factor: T) {
        let block_size = 2 * self.part();
        if self.axis == Axis::X {
            let row = z * self.layout.shape[1] + y;
            let line = &scratch[row / self.lines * block_size + row % self.lines..];
            for (value, from) in out.iter_mut().zip(line.iter().step_by(self.lines)) {
                *value = *from * factor;
            }
            return;
        }
        let (point, plane) = if self.axis == Axis::Y { (y, z) } else { (z, y) };
        for (block, out) in (plane * self.per_plane..).zip(out.chunks_mut(self.lines)) {
            for (value, from) in out.iter_mut().zip(&scratch[block * block_size + point * self.lines..]) {
                *value = *from * factor;
            }
        }
    }
}
