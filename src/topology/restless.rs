//! Restless edges: those along which the phase may turn far. Most faces have none, and then no winding.
//!
//! In comes a complex field, perhaps with links; out goes a byte per cell, bit k for the edge along axis k. An edge is
//! calm if the phase surely turns by less than a quarter along it and its link is small: the turns of four such edges
//! amount to less than a full one. Told by products of neighbours in the precision of the field, so that the compiler
//! makes vector code of it, and in double precision where that leaves much in doubt.
//! Invariant: an edge that is not marked has no part in a winding; one that is marked may have none either.

#![allow(unsafe_code, reason = "code compiled for wider registers may be called where there are such")]

use super::lattice::Lattice;
use super::winding::{ComplexGrid, Component};

/// Whether the phase surely turns by less than a quarter from `a` to `b` and the link is small. False where rounding
/// leaves a doubt, and for what is not finite.
#[inline(always)]
fn calm<T: Component>([a_re, a_im]: [T; 2], [b_re, b_im]: [T; 2], theta: T) -> bool {
    let (real, imaginary) = (a_re * b_re, a_im * b_im);
    // Of two products with one sign the sum is as sure as they are; else this is the sum of their magnitudes.
    let doubt = T::DOUBT[0] * (real - imaginary).magnitude() + T::DOUBT[1];
    (real + imaginary > doubt) & (theta.magnitude() <= T::SMALL_LINK)
}

/// Whether an edge joins two zeros by a small link: it has no turn, and zeros are never calm, so that it is one of four
/// such edges or of a face with other restless ones.
#[inline(always)]
fn void([a_re, a_im]: [f64; 2], [b_re, b_im]: [f64; 2], theta: f64) -> bool {
    (a_re == 0.0) & (a_im == 0.0) & (b_re == 0.0) & (b_im == 0.0) & (theta.abs() <= f64::SMALL_LINK)
}

/// Which edges are restless at the cells of a row and of the rows beyond it along y and z.
pub(super) struct RestlessRows {
    rows: [Option<usize>; 3],
    flags: [Vec<u8>; 3],
}

impl RestlessRows {
    pub(super) fn new(lattice: &Lattice) -> Self {
        Self { rows: [None; 3], flags: std::array::from_fn(|_| vec![0; lattice.shape()[0]]) }
    }

    /// Goes to a row. Of the one before, what is still of use is kept.
    pub(super) fn go_to<T: Component>(&mut self, grid: &ComplexGrid<'_, T>, lattice: &Lattice, row: usize) {
        let nx = lattice.shape()[0];
        let beyond = |step| lattice.neighbor(row * nx, step).map(|(cell, _)| cell / nx);
        if self.rows[1] == Some(row) {
            self.rows.swap(0, 1);
            self.flags.swap(0, 1);
        }
        let needed = [Some(row), beyond([0, 1, 0]), beyond([0, 0, 1])];
        for ((known, needed), flags) in self.rows.iter_mut().zip(needed).zip(&mut self.flags) {
            if *known != needed {
                needed.into_iter().for_each(|row| mark_row(grid, lattice, row, flags));
                *known = needed;
            }
        }
    }

    /// A byte for each cell from one on, to the end of its row: bit k for the edge along axis k.
    pub(super) fn from(&self, cell: usize) -> &[u8] {
        let nx = self.flags[0].len();
        let known = self.rows.iter().position(|&row| row == Some(cell / nx)).expect("a row that is at hand");
        &self.flags[known][cell % nx..]
    }
}

/// Tells which edges at each cell of a row are restless.
fn mark_row<T: Component>(grid: &ComplexGrid<'_, T>, lattice: &Lattice, row: usize, flags: &mut [u8]) {
    let first = row * flags.len();
    flags.fill(0);
    for axis in 0..lattice.axes() {
        for (from, into, count) in lattice.runs(row, axis) {
            let ends = [&grid.re[from..], &grid.im[from..], &grid.re[into..], &grid.im[into..]];
            let theta = grid.theta.map(|theta| &theta[axis * grid.re.len() + from..]);
            mark(ends, theta, 1 << axis, &mut flags[from - first..][..count]);
        }
    }
}

/// Sets a bit for each restless edge among some, given real and imaginary parts at the lower and at the upper ends.
fn mark<T: Component>(ends: [&[T]; 4], theta: Option<&[T]>, bit: u8, flags: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { mark_avx2(ends, theta, bit, flags) };
    }
    mark_edges(ends, theta, bit, flags);
}

/// The same operations in wider registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn mark_avx2<T: Component>(ends: [&[T]; 4], theta: Option<&[T]>, bit: u8, flags: &mut [u8]) {
    mark_edges(ends, theta, bit, flags);
}

/// Inlined, so that the loop over a block becomes vector code for its caller's processor.
#[inline(always)]
fn mark_edges<T: Component>(ends: [&[T]; 4], theta: Option<&[T]>, bit: u8, flags: &mut [u8]) {
    /// Edges that are looked at together: one word of flags.
    const BLOCK: usize = 32;
    let no_links = [T::default(); BLOCK];
    let mut first = 0;
    while first + BLOCK <= flags.len() {
        let block = first..first + BLOCK;
        let (a_re, a_im) = (&ends[0][block.clone()], &ends[1][block.clone()]);
        let (b_re, b_im) = (&ends[2][block.clone()], &ends[3][block.clone()]);
        let theta = match theta {
            Some(theta) => &theta[block],
            None => &no_links[..],
        };
        let mut any = false;
        for i in 0..BLOCK {
            any |= !calm([a_re[i], a_im[i]], [b_re[i], b_im[i]], theta[i]);
        }
        if !any {
            first += BLOCK;
            continue;
        }
        let mut doubtful = [0_u8; BLOCK];
        for i in 0..BLOCK {
            doubtful[i] = u8::from(!calm([a_re[i], a_im[i]], [b_re[i], b_im[i]], theta[i]));
        }
        for (word, marks) in doubtful.as_chunks().0.iter().enumerate() {
            let mut marks = u64::from_le_bytes(*marks);
            while marks != 0 {
                let i = first + 8 * word + marks.trailing_zeros() as usize / 8;
                marks &= marks - 1;
                flags[i] |= bit * u8::from(is_restless(ends, theta[i - first], i));
            }
        }
        first += BLOCK;
    }
    for i in first..flags.len() {
        flags[i] |= bit * u8::from(is_restless(ends, theta.map_or(T::default(), |theta| theta[i]), i));
    }
}

/// One edge by itself, in double precision.
#[inline]
fn is_restless<T: Component>(ends: [&[T]; 4], theta: T, edge: usize) -> bool {
    let a = [ends[0][edge].into(), ends[1][edge].into()];
    let b = [ends[2][edge].into(), ends[3][edge].into()];
    let theta = theta.into();
    !(calm(a, b, theta) | void(a, b, theta))
}

#[cfg(test)]
mod tests {
    use super::super::winding::turn;
    use super::*;

    #[test]
    fn a_face_of_calm_edges_has_no_winding() {
        let quarter = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
        assert!((0..4).all(|k| !calm(quarter[k], quarter[(k + 1) % 4], 0.0)));
        assert!(calm([1.0, 0.2], [0.5, 0.9], 0.3) && calm([1e-45, 0.0], [1e-45, 1e-45], 0.3));
        assert!(!calm([1.0, 0.2], [0.5, 0.9], 1.6) && !calm([f64::NAN, 0.2], [0.5, 0.9], 0.0));
        assert!(!calm([1e-200, 0.0], [1e-200, 0.0], 0.0), "products that underflow leave a doubt");
        assert!(void([0.0, -0.0], [0.0; 2], 1.0) && turn([0.0, -0.0], [-0.0, 0.0], 1.0) == 0);
        assert!(!void([0.0; 2], [0.0; 2], 4.0) && turn([0.0; 2], [0.0; 2], 4.0) == 1);
    }

    #[test]
    fn single_precision_leaves_its_own_doubts() {
        assert!(calm([1.0_f32, 0.2], [0.5, 0.9], 1.5) && !calm([1.0_f32, 0.2], [0.5, 0.9], 1.500_000_2));
        assert!(!calm([1.0_f32, 1.0], [1.0, -0.999_999], 0.0), "cancels to what rounding may have made");
        assert!(!calm([1e-16_f32, 0.0], [1e-16, 0.0], 0.0) && calm([1e-16_f64, 0.0], [1e-16, 0.0], 0.0));
        assert!(!calm([1e30_f32, -1e30], [1e30, 1e30], 0.0), "overflows to no number at all");
        assert!(!calm([f32::INFINITY, 0.0], [1.0, 1.0], 0.0));
    }
}
