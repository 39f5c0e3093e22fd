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

impl Gather<'_> {
    /// Fills `to`.
    pub(super) fn run<T: Real>(&self, from: &Storage, to: &mut Storage) {
        let [giving, given] = self.layouts;
        for component in 0..self.components {
            let of = |part: usize| from.component::<T>(giving, part * self.components + component);
            let first = of(0);
            let out = &mut to.component_mut::<T>(given, component)[..self.incidence.len()];
            match self.share {
                Share::Same => self.sums(out, |sum, member, _| sum + first[member]),
                Share::Signed => {
                    let last = self.last_part();
                    self.sums(out, |sum, member, part| if part == last { sum - first[member] } else { sum + first[member] });
                }
                Share::Own => {
                    let second = of(1);
                    self.sums(out, |sum, member, part| sum + if part == 0 { first[member] } else { second[member] });
                }
                Share::Mean => {
                    self.sums(out, |sum, member, _| sum + first[member]);
                    self.divide(out);
                }
            }
        }
    }

    /// The part that has the negative of what is shared: the higher end of an edge, the side ac of a triangle.
    fn last_part(&self) -> u32 {
        self.incidence.bits()
    }

    fn sums<T: Real>(&self, out: &mut [T], add: impl Fn(T, usize, u32) -> T + Sync) {
        let (starts, members, bits) = (self.incidence.starts(), self.incidence.members(), self.incidence.bits());
        let mask = (1_u32 << bits) - 1;
        let chunk = |(number, out): (usize, &mut [T])| {
            let ends = &starts[number * CHUNK..];
            for (sum, range) in out.iter_mut().zip(ends.windows(2)) {
                let around = &members[range[0] as usize..range[1] as usize];
                *sum = around.iter().fold(T::ZERO, |sum, &entry| add(sum, (entry >> bits) as usize, entry & mask));
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
