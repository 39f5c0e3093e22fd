//! The repulsion of all points by all others, through their density on a pyramid of grids; linear in their number.
//!
//! In: points of the plane. Out: the potential `phi(y) = sum_j 1/(1 + |y - y_j|^2)` and its gradient at each of them.
//! The fast multipole method of lowest order (Greengard & Rokhlin, 1987): cells act from afar through their mass at
//! its centre, the field within a cell is a Taylor polynomial of second order about its middle, and only points in
//! touching cells meet one by one. Each cell and point adds up its sources in a fixed order, whatever the threads.

use rayon::prelude::*;

/// Mean number of points in a cell of the finest grid, at most.
const POINTS_PER_CELL: usize = 2;
/// Cells up to so many places away act point by point. One place would leave errors of 6 %, two leave 1 %.
const NEAR: usize = 2;
/// A finest cell with more points than this acts as one mass even on its neighbours, to keep the cost linear.
const CROWD: usize = 64;
/// Finest grid: 2^9 cells a side.
const MOST_LEVELS: usize = 9;
/// Cells or points that a thread takes at once.
const GRAIN: usize = 256;

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
    mass: f64,
    center: [f64; 2],
}

/// Value, gradient and second derivatives (xx, xy, yy) of the far field at the middle of a cell.
#[derive(Clone, Copy, Default)]
struct Taylor {
    value: f64,
    gradient: [f64; 2],
    curvature: [f64; 3],
}

impl Taylor {
    /// Adds the field of a mass at displacement `-d`.
    fn add(&mut self, mass: f64, [dx, dy]: [f64; 2]) {
        let kernel = 1.0 / (1.0 + dx * dx + dy * dy);
        let first = -2.0 * mass * kernel * kernel;
        let second = -4.0 * first * kernel;
        self.value += mass * kernel;
        self.gradient[0] += first * dx;
        self.gradient[1] += first * dy;
        self.curvature[0] += first + second * dx * dx;
        self.curvature[1] += second * dx * dy;
        self.curvature[2] += first + second * dy * dy;
    }

    /// The same polynomial about another middle.
    fn shifted(&self, [dx, dy]: [f64; 2]) -> Self {
        let [xx, xy, yy] = self.curvature;
        let bend = [xx * dx + xy * dy, xy * dx + yy * dy];
        Self {
            value: self.value + (self.gradient[0] + 0.5 * bend[0]) * dx + (self.gradient[1] + 0.5 * bend[1]) * dy,
            gradient: [self.gradient[0] + bend[0], self.gradient[1] + bend[1]],
            curvature: self.curvature,
        }
    }
}

/// The grids, coarsest (1 cell) first; cell (x, y) of level l is number `y * 2^l + x`.
struct Pyramid {
    origin: [f64; 2],
    side: f64,
    levels: Vec<Vec<Cell>>,
    /// Points sorted by finest cell, and where each cell's points begin.
    order: Vec<u32>,
    begin: Vec<usize>,
}

/// Potential and gradient at every point.
pub(super) fn potentials(points: &[[f64; 2]]) -> Vec<Potential> {
    let pyramid = Pyramid::new(points);
    let far = pyramid.far_field();
    let mut result = vec![Potential::default(); points.len()];
    result.par_iter_mut().with_min_len(GRAIN).enumerate().for_each(|(point, potential)| {
        *potential = pyramid.at_point(points, point, &far);
    });
    result
}

impl Pyramid {
    fn new(points: &[[f64; 2]]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]).max(f64::MIN_POSITIVE) * (1.0 + 1e-9);
        let finest =
            (0..=MOST_LEVELS).find(|&level| points.len() <= POINTS_PER_CELL << (2 * level)).unwrap_or(MOST_LEVELS);
        let mut pyramid = Self { origin: low, side: extent, levels: Vec::new(), order: Vec::new(), begin: Vec::new() };
        pyramid.sort(points, finest);
        pyramid.sum_up(points, finest);
        pyramid
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the grid by construction")]
    fn cell_of(&self, point: [f64; 2], level: usize) -> usize {
        let cells = 1_usize << level;
        let along = |axis: usize| {
            let share = (point[axis] - self.origin[axis]) / self.side;
            ((share * cells as f64) as usize).min(cells - 1)
        };
        along(1) * cells + along(0)
    }

    /// Counting sort of the points by finest cell; within a cell by index.
    fn sort(&mut self, points: &[[f64; 2]], finest: usize) {
        let cells: Vec<usize> = points.iter().map(|&point| self.cell_of(point, finest)).collect();
        let mut begin = vec![0; (1 << (2 * finest)) + 1];
        cells.iter().for_each(|cell| begin[cell + 1] += 1);
        (1..begin.len()).for_each(|cell| begin[cell] += begin[cell - 1]);
        let mut next = begin.clone();
        self.order = vec![0; points.len()];
        for (point, &cell) in (0_u32..).zip(&cells) {
            self.order[next[cell]] = point;
            next[cell] += 1;
        }
        self.begin = begin;
    }

    /// Masses and centres, from the finest grid upwards.
    fn sum_up(&mut self, points: &[[f64; 2]], finest: usize) {
        let of_points = |cell: usize| {
            let members = &self.order[self.begin[cell]..self.begin[cell + 1]];
            center_of(members.iter().map(|&point| Cell { mass: 1.0, center: points[point as usize] }))
        };
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

    fn middle(&self, level: usize, x: usize, y: usize) -> [f64; 2] {
        let side = self.side / (1_u64 << level) as f64;
        [self.origin[0] + (x as f64 + 0.5) * side, self.origin[1] + (y as f64 + 0.5) * side]
    }

    /// The field of all cells that do not touch, for every cell of the finest grid.
    fn far_field(&self) -> Vec<Taylor> {
        let mut coarser = vec![Taylor::default()];
        for level in 1..self.levels.len() {
            let cells = 1_usize << level;
            let mut field = vec![Taylor::default(); cells * cells];
            field.par_iter_mut().with_min_len(GRAIN).enumerate().for_each(|(cell, taylor)| {
                if self.levels[level][cell].mass > 0.0 {
                    *taylor = self.far_field_of_cell(level, cell % cells, cell / cells, &coarser);
                }
            });
            coarser = field;
        }
        coarser
    }

    /// What the parent feels, and the children of the parent's neighbours that do not touch this cell.
    fn far_field_of_cell(&self, level: usize, x: usize, y: usize, coarser: &[Taylor]) -> Taylor {
        let cells = 1_usize << level;
        let middle = self.middle(level, x, y);
        let above = self.middle(level - 1, x / 2, y / 2);
        let mut taylor = coarser[y / 2 * (cells / 2) + x / 2].shifted([middle[0] - above[0], middle[1] - above[1]]);
        for other_y in near(y / 2, cells / 2).start * 2..near(y / 2, cells / 2).end * 2 {
            for other_x in near(x / 2, cells / 2).start * 2..near(x / 2, cells / 2).end * 2 {
                let source = self.levels[level][other_y * cells + other_x];
                let touches = other_x.abs_diff(x) <= NEAR && other_y.abs_diff(y) <= NEAR;
                if !touches && source.mass > 0.0 {
                    taylor.add(source.mass, [middle[0] - source.center[0], middle[1] - source.center[1]]);
                }
            }
        }
        taylor
    }

    /// The far field at a point, and the points in its own and the touching cells.
    fn at_point(&self, points: &[[f64; 2]], point: usize, far: &[Taylor]) -> Potential {
        let level = self.levels.len() - 1;
        let cells = 1_usize << level;
        let at = points[point];
        let own = self.cell_of(at, level);
        let (x, y) = (own % cells, own / cells);
        let middle = self.middle(level, x, y);
        let far = far[own].shifted([at[0] - middle[0], at[1] - middle[1]]);
        let mut potential = Potential { value: far.value, gradient: far.gradient };
        for other_y in near(y, cells) {
            for other_x in near(x, cells) {
                let other = other_y * cells + other_x;
                let members = &self.order[self.begin[other]..self.begin[other + 1]];
                if members.len() > CROWD {
                    let crowd = self.levels[level][other];
                    potential.add(crowd.mass, [at[0] - crowd.center[0], at[1] - crowd.center[1]]);
                    continue;
                }
                for &member in members {
                    let source = points[member as usize];
                    potential.add(1.0, [at[0] - source[0], at[1] - source[1]]);
                }
            }
        }
        potential.value -= 1.0;
        potential
    }
}

impl Potential {
    fn add(&mut self, mass: f64, [dx, dy]: [f64; 2]) {
        let kernel = 1.0 / (1.0 + dx * dx + dy * dy);
        let first = -2.0 * mass * kernel * kernel;
        self.value += mass * kernel;
        self.gradient[0] += first * dx;
        self.gradient[1] += first * dy;
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
        let points: Vec<[f64; 2]> = (0..1500).map(uniform).map(|[a, b, c, _]| [40.0 * a * c, 25.0 * b]).collect();
        let fast = potentials(&points);
        let (mut error, mut scale, mut worst) = (0.0, 0.0, 0.0_f64);
        for (i, found) in fast.iter().enumerate() {
            let mut exact = Potential { value: -1.0, gradient: [0.0; 2] };
            points.iter().for_each(|p| exact.add(1.0, [points[i][0] - p[0], points[i][1] - p[1]]));
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
