//! Space-time currents of phase defects: which plaquettes the charge passed between two observations.
//!
//! The face spanned by an edge and an interval of time has a winding too, `J = m(later) - m(earlier) + q_i - q_j`,
//! with q the turns of the edges in time. Since each edge of a space-time cube enters twice with opposite signs,
//! `n(later) - n(earlier) = -div J` holds as integers, exactly.
//! Out goes a sparse flow: where charge stood before, where it stands after, and across which sides it went.
//! Invariant: each plaquette's inflow equals its outflow; what lies beyond walls and masks is one place, OUTSIDE.

use super::lattice::Lattice;
use super::winding::{ComplexGrid, Component, crossing, turns};
use rayon::prelude::*;

/// The place beyond walls and inert cells.
pub(super) const OUTSIDE: usize = usize::MAX;

/// The field at one time, as the continuity of charge needs it.
pub(super) struct Frame {
    re: Vec<f64>,
    im: Vec<f64>,
    /// Turns of the edges along x and y.
    pub(super) turns: Vec<Vec<i32>>,
}

impl Frame {
    pub(super) fn new<T: Component>(grid: &ComplexGrid<'_, T>, lattice: &Lattice) -> Self {
        let widen = |values: &[T]| values.par_iter().map(|&v| v.into()).collect();
        Self { re: widen(grid.re), im: widen(grid.im), turns: turns(grid, lattice) }
    }

    fn at(&self, cell: usize) -> [f64; 2] {
        [self.re[cell], self.im[cell]]
    }
}

/// Whether the phase moves by more than 0.9 pi from one value to the next.
pub(super) fn steps_far([a_re, a_im]: [f64; 2], [b_re, b_im]: [f64; 2]) -> bool {
    const TAN_OF_TENTH: f64 = 0.324_919_696_232_906_3; // tan(0.1 pi)
    let (dot, cross) = (a_re * b_re + a_im * b_im, a_re * b_im - a_im * b_re);
    dot < 0.0 && cross.abs() < TAN_OF_TENTH * -dot
}

/// Charge that went from one plaquette to a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) from: usize,
    pub(super) into: usize,
    /// Positive.
    pub(super) amount: u32,
}

/// What lies between two observations.
pub(super) struct Currents {
    /// Ordered by the edge crossed.
    pub(super) flows: Vec<Flow>,
    /// Cells whose phase moved by more than 0.9 pi.
    pub(super) far_steps: Vec<usize>,
}

/// The flows between two frames; `real(plaquette)` tells those that have four active corners.
pub(super) fn currents(
    lattice: &Lattice,
    earlier: &Frame,
    later: &Frame,
    real: impl Fn(usize) -> bool + Sync,
) -> Currents {
    let nx = lattice.shape()[0];
    let in_time: Vec<i32> = (earlier.re.par_iter().zip(&earlier.im).zip(later.re.par_iter().zip(&later.im)))
        .with_min_len(1 << 12)
        .map(|((&a_re, &a_im), (&b_re, &b_im))| crossing([a_re, a_im], [b_re, b_im]))
        .collect();
    let place = |cell: Option<usize>| cell.filter(|&cell| real(cell)).unwrap_or(OUTSIDE);
    let rows: Vec<(Vec<Flow>, Vec<usize>)> = (0..lattice.rows())
        .into_par_iter()
        .map(|row| {
            let (mut flows, mut charges) = (Vec::new(), Vec::with_capacity(nx));
            for axis in [0, 1] {
                let (m_later, m_earlier) = (&later.turns[axis], &earlier.turns[axis]);
                for (from, into, count) in lattice.runs(row, axis) {
                    charges.clear();
                    let change = m_later[from..][..count].iter().zip(&m_earlier[from..][..count]);
                    let sides = in_time[from..][..count].iter().zip(&in_time[into..][..count]);
                    charges
                        .extend(change.zip(sides).map(|((later, earlier), (near, far))| later - earlier + near - far));
                    for (cell, &charge) in (from..).zip(&charges).filter(|&(_, &charge)| charge != 0) {
                        let low = lattice.neighbor(cell, backward(1 - axis)).map(|(cell, _)| cell);
                        flows.extend(flow(axis, charge, place(low), place(Some(cell))));
                    }
                }
            }
            let far_steps =
                (row * nx..(row + 1) * nx).filter(|&cell| steps_far(earlier.at(cell), later.at(cell))).collect();
            (flows, far_steps)
        })
        .collect();
    let (flows, far_steps): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    Currents { flows: flows.concat(), far_steps: far_steps.concat() }
}

const fn backward(axis: usize) -> [i8; 3] {
    if axis == 0 { [-1, 0, 0] } else { [0, -1, 0] }
}

/// Through an edge along y charge goes to the right, through one along x it goes down.
fn flow(axis: usize, charge: i32, low: usize, high: usize) -> Option<Flow> {
    let (from, into) = if (charge > 0) == (axis == 1) { (low, high) } else { (high, low) };
    (from != into).then_some(Flow { from, into, amount: charge.unsigned_abs() })
}
