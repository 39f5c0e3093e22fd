//! The repulsion of all points by all others, through their density on a pyramid of grids; linear in their number.
//!
//! In: points of the plane. Out: the potential `phi(y) = sum_j 1/(1 + |y - y_j|^2)` and its gradient at each of them.
//! The fast multipole method of lowest order (Greengard & Rokhlin, 1987): cells act from afar through their mass at
//! its centre, the field within a cell is a Taylor polynomial of second order about its middle, and only points in
//! touching cells meet one by one. Each cell and point adds up its sources in a fixed order ([`super::sources`]), whatever
//! the threads; in f32, for the method itself is off by a percent.

use rayon::prelude::*;

use super::sources::{Far, Near, Sources};

/// Mean number of points in a cell of the finest grid, at most.
const POINTS_PER_CELL: usize = 8;
/// Cells up to so many places away act point by point. One place would leave errors of 6 %, two leave 1 %.
const NEAR: usize = 2;
/// A finest cell with more points than this acts as one mass even on its neighbours, to keep the cost linear.
const CROWD: usize = 64;
/// Finest grid: 2^9 cells a side.
const MOST_LEVELS: usize = 9;
/// Cells that a thread takes at once.
const GRAIN: usize = 64;

/// Potential and gradient at one point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Potential {
    /// `phi`, without the point's own 1.
    pub(super) value: f64,
    /// Derivatives by x and y.
    pub(super) gradient: [f64; 2],
}

/// Mass and its centre.
#[derive(Clone, Copy, Default)]
struct Cell {
    mass: f32,
    center: [f32; 2],
}

/// The grids, coarsest (1 cell) first; cell (x, y) of level l is number `y * 2^l + x`. Lengths count from the lower left.
struct Pyramid {
    side: f32,
    levels: Vec<Vec<Cell>>,
    /// Points sorted by finest cell, where they are, and where each cell's points begin.
    order: Vec<u32>,
    points: Vec<[f32; 2]>,
    begin: Vec<usize>,
}

/// Potential and gradient at every point.
pub(super) fn potentials(points: &[[f64; 2]]) -> Vec<Potential> {
    let pyramid = Pyramid::new(points);
    let far = pyramid.far_field();
    // Cells next to each other have their points next to each other.
    let cells: Vec<usize> = (0..far.len()).collect();
    let of_cells: Vec<Vec<Potential>> =
        cells.par_chunks(GRAIN).map(|cells| pyramid.at_points(cells[0]..cells[0] + cells.len(), &far)).collect();
    let mut result = vec![Potential::default(); points.len()];
    for (&point, potential) in pyramid.order.iter().zip(of_cells.into_iter().flatten()) {
        result[point as usize] = potential;
    }
    result
}

impl Pyramid {
    #[expect(clippy::cast_possible_truncation, reason = "a percent is enough")]
    fn new(points: &[[f64; 2]]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]).max(f64::from(f32::MIN_POSITIVE));
        let finest =
            (0..=MOST_LEVELS).find(|&level| points.len() <= POINTS_PER_CELL << (2 * level)).unwrap_or(MOST_LEVELS);
        let mut pyramid =
            Self { side: extent as f32, levels: Vec::new(), order: Vec::new(), points: Vec::new(), begin: Vec::new() };
        let from_corner = |point: &[f64; 2]| [0, 1].map(|axis| (point[axis] - low[axis]) as f32);
        pyramid.sort(points.par_iter().map(from_corner).collect(), finest);
        pyramid.sum_up(finest);
        pyramid
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the grid by construction")]
    fn cell_of(&self, point: [f32; 2], level: usize) -> usize {
        let cells = 1_usize << level;
        let along = |axis: usize| ((point[axis] / self.side * cells as f32) as usize).min(cells - 1);
        along(1) * cells + along(0)
    }

    /// Counting sort of the points by finest cell; within a cell by index.
    fn sort(&mut self, points: Vec<[f32; 2]>, finest: usize) {
        let cells: Vec<usize> = points.par_iter().map(|&point| self.cell_of(point, finest)).collect();
        let mut begin = vec![0; (1 << (2 * finest)) + 1];
        cells.iter().for_each(|cell| begin[cell + 1] += 1);
        (1..begin.len()).for_each(|cell| begin[cell] += begin[cell - 1]);
        let mut next = begin.clone();
        self.order = vec![0; points.len()];
        for (point, &cell) in (0_u32..).zip(&cells) {
            self.order[next[cell]] = point;
            next[cell] += 1;
        }
        self.points = self.order.iter().map(|&point| points[point as usize]).collect();
        self.begin = begin;
    }

    /// The points of a finest cell.
    fn members(&self, cell: usize) -> &[[f32; 2]] {
        &self.points[self.begin[cell]..self.begin[cell + 1]]
    }

    /// Masses and centres, from the finest grid upwards.
    fn sum_up(&mut self, finest: usize) {
        let of_points = |cell| center_of(self.members(cell).iter().map(|&center| Cell { mass: 1.0, center }));
        let mut levels = vec![(0..1 << (2 * finest)).map(of_points).collect::<Vec<_>>()];
        for level in (0..finest).rev() {
            let below = levels.last().expect("the finest level is there");
            let cells = 1_usize << level;
            let of_children = |cell: usize| {
                let (x, y) = (cell % cells * 2, cell / cells * 2);
                center_of([0, 1, 2, 3].map(|child| below[(y + child / 2) * 2 * cells + x + child % 2]).into_iter())
            };
            let coarser = (0..cells * cells).map(of_children).collect();
            levels.push(coarser);
        }
        levels.reverse();
        self.levels = levels;
    }

    fn middle(&self, level: usize, x: usize, y: usize) -> [f32; 2] {
        let side = self.side / (1_u32 << level) as f32;
        [(x as f32 + 0.5) * side, (y as f32 + 0.5) * side]
    }

    /// The field of all cells that do not touch, for every cell of the finest grid.
    fn far_field(&self) -> Vec<Far> {
        let mut coarser = vec![Far::default()];
        for level in 1..self.levels.len() {
            let cells = 1_usize << level;
            let mut field = vec![Far::default(); cells * cells];
            field.par_iter_mut().with_min_len(GRAIN).enumerate().for_each_init(
                Sources::default,
                |sources, (cell, far)| {
                    if self.levels[level][cell].mass > 0.0 {
                        *far = self.far_field_of_cell(level, cell % cells, cell / cells, &coarser, sources);
                    }
                },
            );
            coarser = field;
        }
        coarser
    }

    /// What the parent feels, and the children of the parent's neighbours that do not touch this cell.
    fn far_field_of_cell(&self, level: usize, x: usize, y: usize, coarser: &[Far], sources: &mut Sources) -> Far {
        let cells = 1_usize << level;
        let middle = self.middle(level, x, y);
        let above = self.middle(level - 1, x / 2, y / 2);
        sources.clear();
        for other_y in near(y / 2, cells / 2).start * 2..near(y / 2, cells / 2).end * 2 {
            for other_x in near(x / 2, cells / 2).start * 2..near(x / 2, cells / 2).end * 2 {
                let Cell { mass, center } = self.levels[level][other_y * cells + other_x];
                let touches = other_x.abs_diff(x) <= NEAR && other_y.abs_diff(y) <= NEAR;
                if !touches && mass > 0.0 {
                    sources.push(mass, center);
                }
            }
        }
        let parent = coarser[y / 2 * (cells / 2) + x / 2].shifted([middle[0] - above[0], middle[1] - above[1]]);
        parent.plus(sources.far(middle))
    }

    /// The far field at the points of some cells, and the points in their own and the touching cells.
    fn at_points(&self, cells: std::ops::Range<usize>, far: &[Far]) -> Vec<Potential> {
        let level = self.levels.len() - 1;
        let across = 1_usize << level;
        let mut potentials = Vec::with_capacity(self.begin[cells.end] - self.begin[cells.start]);
        let mut sources = Sources::default();
        for cell in cells.filter(|&cell| !self.members(cell).is_empty()) {
            let (x, y) = (cell % across, cell / across);
            self.gather(x, y, &mut sources);
            let middle = self.middle(level, x, y);
            potentials.extend(self.members(cell).iter().map(|&at| {
                let far = far[cell].shifted([at[0] - middle[0], at[1] - middle[1]]);
                let Near { value, gradient } = sources.near(at);
                Potential {
                    value: f64::from(far.value + value) - 1.0,
                    gradient: [0, 1].map(|axis| f64::from(far.gradient[axis] + gradient[axis])),
                }
            }));
        }
        potentials
    }

    /// What acts one by one on the points of a cell.
    fn gather(&self, x: usize, y: usize, sources: &mut Sources) {
        let level = self.levels.len() - 1;
        let cells = 1_usize << level;
        sources.clear();
        for other_y in near(y, cells) {
            for other_x in near(x, cells) {
                let other = other_y * cells + other_x;
                let members = self.members(other);
                if members.len() > CROWD {
                    let Cell { mass, center } = self.levels[level][other];
                    sources.push(mass, center);
                } else {
                    members.iter().for_each(|&at| sources.push(1.0, at));
                }
            }
        }
    }
}

/// The cells along an axis that are too close for a polynomial.
fn near(position: usize, cells: usize) -> std::ops::Range<usize> {
    position.saturating_sub(NEAR)..(position + NEAR + 1).min(cells)
}

fn center_of(parts: impl Iterator<Item = Cell>) -> Cell {
    let mut sum = Cell::default();
    for part in parts {
        sum.mass += part.mass;
        sum.center[0] += part.mass * part.center[0];
        sum.center[1] += part.mass * part.center[1];
    }
    if sum.mass > 0.0 {
        sum.center = sum.center.map(|x| x / sum.mass);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::rng::philox4x32;

    #[test]
    fn is_close_to_the_sum_over_all_pairs() {
        let uniform = |i: u32| philox4x32([i, 0, 0, 0], [1, 2]).map(|word| f64::from(word) / f64::from(u32::MAX));
        let points: Vec<[f64; 2]> =
            (0..4500).map(uniform).map(|[a, b, c, _]| [90.0 * a * c - 20.0, 55.0 * b + 9.0]).collect();
        let fast = potentials(&points);
        let (mut error, mut scale, mut worst) = (0.0, 0.0, 0.0_f64);
        for (i, found) in fast.iter().enumerate() {
            let mut exact = Potential { value: -1.0, gradient: [0.0; 2] };
            for p in &points {
                let [dx, dy] = [points[i][0] - p[0], points[i][1] - p[1]];
                let kernel = 1.0 / (1.0 + dx * dx + dy * dy);
                exact.value += kernel;
                exact.gradient[0] -= 2.0 * kernel * kernel * dx;
                exact.gradient[1] -= 2.0 * kernel * kernel * dy;
            }
            worst = worst.max((found.value / exact.value - 1.0).abs());
            let difference = [0, 1].map(|axis| found.gradient[axis] - exact.gradient[axis]);
            error += difference[0] * difference[0] + difference[1] * difference[1];
            scale += exact.gradient[0] * exact.gradient[0] + exact.gradient[1] * exact.gradient[1];
        }
        assert!((error / scale).sqrt() < 0.03 && worst < 0.02, "{} {worst}", (error / scale).sqrt());
    }

    #[test]
    fn coinciding_and_few_points_are_finite() {
        for count in [1, 2, 3, 500] {
            let potentials = potentials(&vec![[1.0, -2.0]; count]);
            assert!(potentials.iter().all(|p| p.gradient == [0.0; 2] && p.value == count as f64 - 1.0), "{count}");
        }
    }
}
