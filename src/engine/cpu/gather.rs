//! Sums over the edges or triangles of a graph. In: what these give. Out: the sums, in what they surround.
//!
//! Invariant: the terms of a sum are added one after the other in the order of the graph's table, by whichever thread:
//! the bits depend on the graph alone.

use rayon::prelude::*;

use super::memory::{Layout, Storage};
use super::real::Real;
use crate::graph::Incidence;
use crate::program::Share;

/// Targets that a thread takes at once.
const CHUNK: usize = 2048;

/// One gather, ready to run.
pub(super) struct Gather<'a> {
    pub(super) incidence: &'a Incidence,
    pub(super) share: Share,
    /// Components of what is given to.
    pub(super) components: usize,
    /// Layouts of what gives and of what is given to.
    pub(super) layouts: [&'a Layout; 2],
    pub(super) parallel: bool,
}

/// What a part of an edge or triangle gets: `sign * numbers[start + member]`, without a branch.
#[derive(Clone, Copy)]
struct Given<T> {
    start: usize,
    sign: T,
}

impl Gather<'_> {
    /// Fills `to`.
    pub(super) fn run<T: Real>(&self, from: &Storage, to: &mut Storage) {
        let [giving, given] = self.layouts;
        for component in 0..self.components {
            let out = &mut to.component_mut::<T>(given, component)[..self.incidence.len()];
            self.sums(from.numbers(), self.given(component, giving.component), out);
            if self.share == Share::Mean {
                self.divide(out);
            }
        }
    }

    /// By part; `stride` is from one component of what gives to the next.
    fn given<T: Real>(&self, component: usize, stride: usize) -> [Given<T>; 4] {
        // The higher end of an edge, the side ac of a triangle.
        let last = self.incidence.bits() as usize;
        [0, 1, 2, 3].map(|part| {
            let own = if self.share == Share::Own { part * self.components } else { 0 };
            let sign = if self.share == Share::Signed && part == last { -1.0 } else { 1.0 };
            Given { start: (own + component) * stride, sign: T::rounded(sign) }
        })
    }

    fn sums<T: Real>(&self, numbers: &[T], given: [Given<T>; 4], out: &mut [T]) {
        let (starts, members, bits) = (self.incidence.starts(), self.incidence.members(), self.incidence.bits());
        let mask = (1_u32 << bits) - 1;
        let chunk = |(number, out): (usize, &mut [T])| {
            let ends = &starts[number * CHUNK..];
            for (target, out) in out.iter_mut().enumerate() {
                let mut sum = T::ZERO;
                for &entry in &members[ends[target] as usize..ends[target + 1] as usize] {
                    let Given { start, sign } = given[(entry & mask) as usize & 3];
                    sum = sum + sign * numbers[start + (entry >> bits) as usize];
                }
                *out = sum;
            }
        };
        if self.parallel {
            out.par_chunks_mut(CHUNK).enumerate().for_each(chunk);
        } else {
            out.chunks_mut(CHUNK).enumerate().for_each(chunk);
        }
    }

    /// Sums to means.
    fn divide<T: Real>(&self, out: &mut [T]) {
        for (value, range) in out.iter_mut().zip(self.incidence.starts().windows(2)) {
            let count = (range[1] - range[0]).max(1);
            *value = T::quotient(*value, T::rounded(f64::from(count)));
        }
    }
}
