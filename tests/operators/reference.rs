//! The operators of the language by their definitions: lists of edges and plaquettes, plain loops, f64.

use semafield::grid::{Axis, Grid};

pub(super) type C = [f64; 2];

pub(super) fn mul(a: C, b: C) -> C {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

pub(super) fn turned(angle: f64, a: C) -> C {
    mul([angle.cos(), angle.sin()], a)
}

/// A grid and which of its cells are alive.
pub(super) struct Domain<'a> {
    pub(super) grid: &'a Grid,
    pub(super) alive: Vec<bool>,
    pub(super) nine: bool,
}

/// An edge i -> j with its weight, and its angle as a combination of stored link angles.
pub(super) struct Edge {
    pub(super) i: usize,
    pub(super) j: usize,
    pub(super) weight: f64,
    pub(super) angle: Vec<(usize, f64)>,
}

impl Edge {
    pub(super) fn theta(&self, stored: &[f64]) -> f64 {
        self.angle.iter().map(|&(link, share)| share * stored[link]).sum()
    }
}

impl Domain<'_> {
    /// An active cell at a position that may lie beyond the grid.
    pub(super) fn cell(&self, mut at: [isize; 3]) -> Option<usize> {
        for axis in Axis::ALL {
            let n = self.grid.cells_along(axis).cast_signed();
            let along = &mut at[axis.index()];
            if !(0..n).contains(along) {
                if self.grid.bounded(axis) {
                    return None;
                }
                *along = along.rem_euclid(n);
            }
        }
        let cell = self.grid.index(at.map(isize::cast_unsigned));
        self.alive[cell].then_some(cell)
    }

    pub(super) fn position(&self, cell: usize) -> [isize; 3] {
        self.grid.position(cell).map(usize::cast_signed)
    }

    /// The active cell some steps away from a cell.
    pub(super) fn step(&self, cell: usize, steps: &[(Axis, isize)]) -> Option<usize> {
        let mut at = self.position(cell);
        for &(axis, cells) in steps {
            at[axis.index()] += cells;
        }
        self.cell(at)
    }

    pub(super) fn link(&self, axis: Axis, lower: usize) -> usize {
        axis.index() * self.grid.cells() + lower
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.grid.cells()).filter(|&cell| self.alive[cell])
    }

    /// All edges, each once.
    pub(super) fn edges(&self) -> Vec<Edge> {
        if self.nine { self.plaquette_edges() } else { self.axis_edges() }
    }

    fn axis_edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for i in self.cells() {
            for &axis in self.grid.axis_list() {
                if let Some(j) = self.step(i, &[(axis, 1)]) {
                    let weight = self.grid.spacing(axis).powi(-2);
                    edges.push(Edge { i, j, weight, angle: vec![(self.link(axis, i), 1.0)] });
                }
            }
        }
        edges
    }

    /// The sum over plaquettes of design.md: with four active cells each side has 1/3 and each diagonal 1/6; else each
    /// remaining side 1/2.
    fn plaquette_edges(&self) -> Vec<Edge> {
        let w = self.grid.spacing(Axis::X).powi(-2);
        let [nx, ny, _] = self.grid.shape().map(usize::cast_signed);
        let first = |axis| if self.grid.bounded(axis) { -1 } else { 0 };
        let mut edges = Vec::new();
        for y in first(Axis::Y)..ny {
            for x in first(Axis::X)..nx {
                let corners = [[x, y, 0], [x + 1, y, 0], [x, y + 1, 0], [x + 1, y + 1, 0]].map(|at| self.cell(at));
                let complete = corners.iter().all(Option::is_some);
                let side = if complete { w / 3.0 } else { w / 2.0 };
                for (a, b, axis) in [(0, 1, Axis::X), (2, 3, Axis::X), (0, 2, Axis::Y), (1, 3, Axis::Y)] {
                    if let (Some(i), Some(j)) = (corners[a], corners[b]) {
                        edges.push(Edge { i, j, weight: side, angle: vec![(self.link(axis, i), 1.0)] });
                    }
                }
                if let [Some(o), Some(r), Some(u), Some(d)] = corners {
                    let (bottom, top) = (self.link(Axis::X, o), self.link(Axis::X, u));
                    let (left, right) = (self.link(Axis::Y, o), self.link(Axis::Y, r));
                    let weight = w / 6.0;
                    let rising = vec![(bottom, 0.5), (right, 0.5), (left, 0.5), (top, 0.5)];
                    edges.push(Edge { i: o, j: d, weight, angle: rising });
                    let falling = vec![(bottom, -0.5), (left, 0.5), (right, 0.5), (top, -0.5)];
                    edges.push(Edge { i: r, j: u, weight, angle: falling });
                }
            }
        }
        edges
    }

    pub(super) fn div_grad(&self, d: &[f64], u: &[C], theta: &[f64]) -> Vec<C> {
        let mut result = vec![[0.0; 2]; u.len()];
        for edge in self.edges() {
            let (i, j) = (edge.i, edge.j);
            let w = edge.weight * (d[i] + d[j]) / 2.0;
            let angle = edge.theta(theta);
            let (to_i, to_j) = (turned(angle, u[j]), turned(-angle, u[i]));
            for part in 0..2 {
                result[i][part] += w * (to_i[part] - u[i][part]);
                result[j][part] += w * (to_j[part] - u[j][part]);
            }
        }
        result
    }

    /// Half of the energy `w |u_i - U u_j|^2 / 2` of each edge goes to each end.
    pub(super) fn tension(&self, d: &[f64], u: &[C], theta: &[f64]) -> Vec<f64> {
        let mut result = vec![0.0; u.len()];
        for edge in self.edges() {
            let (i, j) = (edge.i, edge.j);
            let carried = turned(edge.theta(theta), u[j]);
            let square = (u[i][0] - carried[0]).powi(2) + (u[i][1] - carried[1]).powi(2);
            let share = edge.weight * (d[i] + d[j]) / 2.0 * square / 4.0;
            result[i] += share;
            result[j] += share;
        }
        result
    }

    /// d/d theta of the summed edge energy, for each stored link.
    pub(super) fn current(&self, d: &[f64], u: &[C], theta: &[f64]) -> Vec<f64> {
        let mut result = vec![0.0; theta.len()];
        for edge in self.edges() {
            let (i, j) = (edge.i, edge.j);
            let carried = turned(edge.theta(theta), u[j]);
            let flow = mul([u[i][0], -u[i][1]], carried)[1] * edge.weight * (d[i] + d[j]) / 2.0;
            for &(link, share) in &edge.angle {
                result[link] += share * flow;
            }
        }
        result
    }

    /// The plane of each plaquette orientation: 2-D x y; 3-D named by the normal.
    pub(super) fn planes(&self) -> Vec<(Axis, Axis)> {
        match self.grid.axes() {
            2 => vec![(Axis::X, Axis::Y)],
            3 => vec![(Axis::Y, Axis::Z), (Axis::Z, Axis::X), (Axis::X, Axis::Y)],
            _ => vec![],
        }
    }

    /// The corners of the plaquettes that have four active ones: (face component, [o, o+a, o+b]).
    pub(super) fn plaquettes(&self) -> Vec<(usize, (Axis, Axis), [usize; 3])> {
        let mut all = Vec::new();
        for (face, (a, b)) in self.planes().into_iter().enumerate() {
            for o in self.cells() {
                let corners = (self.step(o, &[(a, 1)]), self.step(o, &[(b, 1)]), self.step(o, &[(a, 1), (b, 1)]));
                if let (Some(right), Some(up), Some(_)) = corners {
                    all.push((face, (a, b), [o, right, up]));
                }
            }
        }
        all
    }

    /// The matrix of `curvature`: (face, link, sign).
    pub(super) fn incidence(&self) -> Vec<(usize, usize, f64)> {
        let mut all = Vec::new();
        for (face, (a, b), [o, right, up]) in self.plaquettes() {
            let face = face * self.grid.cells() + o;
            all.extend([
                (face, self.link(a, o), 1.0),
                (face, self.link(b, right), 1.0),
                (face, self.link(a, up), -1.0),
                (face, self.link(b, o), -1.0),
            ]);
        }
        all
    }
}
