//! Fault lines: borders between two regions where the tension is high, and who lives on either side.
//!
//! In come the regions and the tension at the same time. Every two cells side by side that are of different regions are
//! a piece of the border between them, unless the field is too weak at both to bind anything. A border is a fault line if the mean tension of its cells is half as high again
//! as the mean over the domain. Also the tension itself, for fields that have none of their own.

use crate::topology::TopologyError;
use crate::topology::lattice::Lattice;
use crate::topology::regions::Regions;
use crate::topology::winding::{ComplexGrid, Component};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A border is a fault line from this multiple of the mean tension on.
pub const STRAINED: f64 = 1.5;

/// A shorter border is no line.
const FEWEST_PIECES: usize = 3;

/// The border between two regions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Border {
    /// Sum of the tension over both cells of every piece.
    sum: f64,
    /// Pieces that lie across x and across y.
    pieces: [usize; 2],
    /// The cells of the lower region and of the higher one, ascending.
    pub(super) cells: [Vec<usize>; 2],
}

impl Border {
    /// Mean tension of the border's cells.
    #[expect(clippy::cast_precision_loss, reason = "a number of pieces")]
    pub(super) fn tension(&self) -> f64 {
        self.sum / (2 * (self.pieces[0] + self.pieces[1])).max(1) as f64
    }

    /// Length along the sides of cells, given their spacing.
    #[expect(clippy::cast_precision_loss, reason = "a number of pieces")]
    pub(super) fn length(&self, spacing: [f64; 2]) -> f64 {
        self.pieces[0] as f64 * spacing[1] + self.pieces[1] as f64 * spacing[0]
    }
}

/// The strained borders of regions, by the positions of the two in their segmentation, and the mean tension.
pub(super) fn strained_borders(
    lattice: &Lattice,
    regions: &Regions,
    tension: &[f64],
    binds: impl Fn(usize) -> bool,
) -> (BTreeMap<[u32; 2], Border>, f64) {
    let region_of = &regions.segmentation().basin_of_cell;
    let known = |cell: usize| (region_of[cell] as usize) < regions.basins().len() && tension[cell].is_finite();
    let mut borders: BTreeMap<[u32; 2], Border> = BTreeMap::new();
    let (mut sum, mut count) = (0.0, 0.0);
    for cell in (0..lattice.cells()).filter(|&cell| known(cell)) {
        sum += tension[cell];
        count += 1.0;
        for (axis, step) in [[1, 0, 0], [0, 1, 0]].into_iter().enumerate() {
            let Some((other, _)) = lattice.neighbor(cell, step).filter(|&(other, _)| known(other)) else { continue };
            let (here, there) = (region_of[cell], region_of[other]);
            if here == there || !(binds(cell) || binds(other)) {
                continue;
            }
            let border = borders.entry([here.min(there), here.max(there)]).or_default();
            border.sum += tension[cell] + tension[other];
            border.pieces[axis] += 1;
            border.cells[usize::from(here > there)].push(cell);
            border.cells[usize::from(there > here)].push(other);
        }
    }
    let mean = if count > 0.0 { sum / count } else { 0.0 };
    borders
        .retain(|_, border| border.pieces.iter().sum::<usize>() >= FEWEST_PIECES && border.tension() > STRAINED * mean);
    for cells in borders.values_mut().flat_map(|border| &mut border.cells) {
        cells.sort_unstable();
        cells.dedup();
    }
    (borders, mean)
}

/// Half of the energy of each cell's edges, `(1/4) sum_j abs2(u_i - U_ij u_j) / h^2`: the `tension` of the equation
/// language, for a field on a plane grid. NaN at inert cells.
pub fn strain<T: Component>(grid: &ComplexGrid<'_, T>, spacing: [f64; 2]) -> Result<Vec<f64>, TopologyError> {
    let lattice = grid.lattice()?;
    let edge = |axis: usize, from: usize, into: usize| {
        if !grid.active(from) || !grid.active(into) {
            return 0.0;
        }
        let ([a_re, a_im], [b_re, b_im]) = (grid.at(from), grid.carried(axis, from, into));
        ((a_re - b_re) * (a_re - b_re) + (a_im - b_im) * (a_im - b_im)) / (spacing[axis] * spacing[axis])
    };
    let of_cell = |cell: usize| {
        if !grid.active(cell) {
            return f64::NAN;
        }
        let sides = (0..lattice.axes().min(2)).flat_map(|axis| {
            let step = |sign: i8| std::array::from_fn(|k| if k == axis { sign } else { 0 });
            let ahead = lattice.neighbor(cell, step(1)).map(|(next, _)| edge(axis, cell, next));
            let behind = lattice.neighbor(cell, step(-1)).map(|(last, _)| edge(axis, last, cell));
            [ahead, behind]
        });
        0.25 * sides.flatten().sum::<f64>()
    };
    Ok((0..lattice.cells()).into_par_iter().with_min_len(1 << 12).map(of_cell).collect())
}
