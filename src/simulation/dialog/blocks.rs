//! Block averages and their adjoint, carried by frames: P and P* of science.md 1.1.
//!
//! In: the values of a cell field, and a link value if frames carry it. Out: one mean per block, seen from the block's
//! lowest cell. A value gets there along the links of the comb that goes from the lowest cell along z, then y, then x:
//! `(P u)_b = (1/n_b) sum_i e^(i Theta_i) u_i` over the n_b active cells, `(P* m)_i = e^(-i Theta_i) m_b`, so that
//! `P* P` is an orthogonal projection for any frames. (A link between inert cells turns nothing.) Invariant: sums are
//! taken row by row in storage order, whatever the number of threads.

use crate::field::{Field, Values};
use crate::grid::Grid;
use crate::math::elementary::scalar64::sin_cos;

/// Cosine and sine of the angle by which each cell's value turns on its way to the block's lowest cell.
pub(super) type Turns = Vec<[f64; 2]>;

/// Boxes of whole cells, counted from the origin.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    shape: [usize; 3],
    /// Cells of a block along each axis; the last block may have fewer.
    cells: [usize; 3],
    counts: [usize; 3],
    /// Real numbers of a value: 1, or 2 if it is complex.
    parts: usize,
    active: Option<Vec<bool>>,
    /// One over the number of active cells of each block; 0 without any.
    shares: Vec<f64>,
}

impl Blocks {
    pub(super) fn new(grid: &Grid, cells: [usize; 3], parts: usize, mask: Option<&Field>) -> Self {
        let shape = grid.shape();
        let counts = [0, 1, 2].map(|axis| shape[axis].div_ceil(cells[axis]));
        let active = mask.map(|mask| (0..grid.cells()).map(|cell| mask.values.get(cell) > 0.5).collect());
        let mut blocks = Self { shape, cells, counts, parts, active, shares: vec![] };
        let mut alive = vec![0.0; counts.iter().product()];
        blocks.each_run(|block, run| {
            let inside = run.filter(|&cell| blocks.is_active(cell));
            alive[block] += inside.fold(0.0, |count, _| count + 1.0);
        });
        blocks.shares = alive.into_iter().map(|count| if count > 0.0 { 1.0 / count } else { 0.0 }).collect();
        blocks
    }

    /// How many real numbers the means are: real parts of all blocks, then imaginary parts.
    pub(super) fn len(&self) -> usize {
        self.parts * self.shares.len()
    }

    /// Whether the block of a mean has no active cell.
    pub(super) fn is_empty(&self, mean: usize) -> bool {
        self.shares[mean % self.shares.len()] == 0.0
    }

    /// Numbers of the field.
    pub(super) fn field_len(&self) -> usize {
        self.parts * self.grid_cells()
    }

    fn grid_cells(&self) -> usize {
        self.shape.iter().product()
    }

    fn is_active(&self, cell: usize) -> bool {
        self.active.as_ref().is_none_or(|active| active[cell])
    }

    /// Calls with each block and each run of its cells along x, in storage order.
    fn each_run(&self, mut visit: impl FnMut(usize, std::ops::Range<usize>)) {
        let [nx, ny, nz] = self.shape;
        for z in 0..nz {
            for y in 0..ny {
                let (row, first) = ((z * ny + y) * nx, self.block_row(y, z));
                for along in 0..self.counts[0] {
                    let start = along * self.cells[0];
                    visit(first + along, row + start..row + (start + self.cells[0]).min(nx));
                }
            }
        }
    }

    fn block_row(&self, y: usize, z: usize) -> usize {
        (z / self.cells[2] * self.counts[1] + y / self.cells[1]) * self.counts[0]
    }

    /// P: the mean of each block.
    pub(super) fn average(&self, values: &Values, turns: Option<&Turns>, means: &mut [f64]) {
        match values {
            Values::F32(values) => self.average_of(values, turns, means),
            Values::F64(values) => self.average_of(values, turns, means),
        }
    }

    fn average_of<T: Copy + Into<f64>>(&self, values: &[T], turns: Option<&Turns>, means: &mut [f64]) {
        let (cells, blocks) = (self.grid_cells(), self.shares.len());
        means.fill(0.0);
        self.each_run(|block, run| {
            let (mut re, mut im) = (0.0, 0.0);
            for cell in run.filter(|&cell| self.is_active(cell)) {
                let a: f64 = values[cell].into();
                let b: f64 = if self.parts == 2 { values[cells + cell].into() } else { 0.0 };
                let [cos, sin] = turns.map_or([1.0, 0.0], |turns| turns[cell]);
                re += cos * a - sin * b;
                im += cos * b + sin * a;
            }
            means[block] += re;
            if self.parts == 2 {
                means[blocks + block] += im;
            }
        });
        for (at, mean) in means.iter_mut().enumerate() {
            *mean *= self.shares[at % blocks];
        }
    }

    /// P*: each cell gets its block's mean; inert cells get 0.
    pub(super) fn spread(&self, means: &[f64], turns: Option<&Turns>, values: &mut Values) {
        #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run is the purpose")]
        match values {
            Values::F32(values) => self.spread_to(means, turns, values, |value| value as f32),
            Values::F64(values) => self.spread_to(means, turns, values, |value| value),
        }
    }

    fn spread_to<T>(&self, means: &[f64], turns: Option<&Turns>, values: &mut [T], round: impl Fn(f64) -> T) {
        let (cells, blocks) = (self.grid_cells(), self.shares.len());
        self.each_run(|block, run| {
            let re = means[block];
            let im = if self.parts == 2 { means[blocks + block] } else { 0.0 };
            for cell in run {
                let alive = if self.is_active(cell) { 1.0 } else { 0.0 };
                let [cos, sin] = turns.map_or([1.0, 0.0], |turns| turns[cell]);
                values[cell] = round(alive * (cos * re + sin * im));
                if self.parts == 2 {
                    values[cells + cell] = round(alive * (cos * im - sin * re));
                }
            }
        });
    }

    /// The turn of each cell's value on the comb of links to its block's lowest cell.
    pub(super) fn turns(&self, links: &Values, turns: &mut Turns) {
        let [nx, ny, _] = self.shape;
        let cells = self.grid_cells();
        turns.resize(cells, [1.0, 0.0]);
        for cell in 0..cells {
            let at = [cell % nx, cell / nx % ny, cell / (nx * ny)];
            let inside = |axis: usize| !at[axis].is_multiple_of(self.cells[axis]);
            let axis = (0..3).find(|&axis| inside(axis));
            let angle = axis.map_or(0.0, |axis| {
                let before = cell - [1, nx, nx * ny][axis];
                turns[before][0] + links.get(axis * cells + before)
            });
            turns[cell] = [angle, 0.0];
        }
        for turn in turns.iter_mut() {
            let (sin, cos) = sin_cos(turn[0]);
            *turn = [cos, sin];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Topology;

    fn grid() -> Grid {
        Grid::new(&[7, 5], &[7.0, 5.0], &[Topology::Periodic; 2])
    }

    fn some(count: usize, seed: f64) -> Vec<f64> {
        (0..count).map(|i| (seed * (i as f64 + 1.0)).sin()).collect()
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn the_projection_is_orthogonal_with_and_without_frames() {
        let blocks = Blocks::new(&grid(), [3, 2, 1], 2, None);
        let mut turns = Turns::new();
        blocks.turns(&Values::F64(some(70, 0.7)), &mut turns);
        for turns in [None, Some(&turns)] {
            let project = |u: &[f64]| {
                let (mut means, mut out) = (vec![0.0; blocks.len()], Values::F64(vec![0.0; blocks.field_len()]));
                blocks.average(&Values::F64(u.to_vec()), turns, &mut means);
                blocks.spread(&means, turns, &mut out);
                out.to_f64()
            };
            let (u, v) = (some(70, 1.3), some(70, 2.1));
            let (pu, pv) = (project(&u), project(&v));
            assert!((dot(&u, &pv) - dot(&pu, &v)).abs() < 1e-12, "not symmetric");
            let twice = project(&pu);
            assert!(pu.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-14), "not a projection");
        }
    }

    #[test]
    fn another_gauge_turns_the_innovation_with_the_field() {
        let blocks = Blocks::new(&grid(), [3, 2, 1], 2, None);
        let (u, theta, chi) = (some(70, 1.3), some(70, 0.7), some(35, 3.1));
        let turned: Vec<f64> = (0..70)
            .map(|at| {
                let (cell, (s, c)) = (at % 35, chi[at % 35].sin_cos());
                if at < 35 { c * u[cell] - s * u[35 + cell] } else { s * u[cell] + c * u[35 + cell] }
            })
            .collect();
        let gauged: Vec<f64> = (0..70)
            .map(|at| {
                let (cell, (x, y)) = (at % 35, (at % 7, at % 35 / 7));
                let next = if at < 35 { y * 7 + (x + 1) % 7 } else { (y + 1) % 5 * 7 + x };
                theta[at] + chi[cell] - chi[next]
            })
            .collect();
        let seen = |u: &[f64], theta: &[f64]| {
            let (mut turns, mut means) = (Turns::new(), vec![0.0; blocks.len()]);
            blocks.turns(&Values::F64(theta.to_vec()), &mut turns);
            blocks.average(&Values::F64(u.to_vec()), Some(&turns), &mut means);
            let mut out = Values::F64(vec![0.0; 70]);
            blocks.spread(&means, Some(&turns), &mut out);
            out.to_f64()
        };
        let (plain, other) = (seen(&u, &theta), seen(&turned, &gauged));
        for cell in 0..35 {
            let (s, c) = chi[cell].sin_cos();
            let expected = [c * plain[cell] - s * plain[35 + cell], s * plain[cell] + c * plain[35 + cell]];
            assert!((other[cell] - expected[0]).abs() < 1e-13 && (other[35 + cell] - expected[1]).abs() < 1e-13);
        }
    }

    #[test]
    fn means_are_over_active_cells_and_the_last_block_is_cut() {
        let mask: Vec<f64> = (0..35).map(|cell| f64::from(cell != 0 && cell % 7 != 6)).collect();
        let mask =
            Field { name: "mask".into(), kind: crate::field::Kind::Real, grid: grid(), values: Values::F64(mask) };
        let blocks = Blocks::new(&grid(), [3, 5, 1], 1, Some(&mask));
        assert_eq!(blocks.len(), 3);
        let mut means = vec![0.0; 3];
        blocks.average(&Values::F64((0..35).map(f64::from).collect()), None, &mut means);
        let exact: [f64; 3] = [(15.0 * 15.0) / 14.0, 18.0, 0.0];
        assert!(means.iter().zip(exact).all(|(mean, exact)| (mean - exact).abs() < 1e-13), "{means:?}");
    }
}
