//! Level sets as polylines on Freudenthal's triangulation, the one that critical points and persistence use.
//!
//! Each triangle has none or two edges whose ends lie on different sides of the level, so lines neither branch nor
//! need a decider for saddles: they close, or end at a wall or at the rim of the domain. Along a line the higher side
//! is on the left. Invariant: every crossed edge is on exactly one line, at the zero of the linear interpolant.

use super::order::Ordered;
use super::{ScalarGrid, TopologyError};
use rayon::prelude::*;

/// A connected piece of a level set.
#[derive(Clone, Debug, PartialEq)]
pub struct Polyline {
    /// In cells from the corner of the grid (cell centres at i + 1/2). Across a periodic axis the coordinate runs on
    /// beyond the grid instead of jumping; the first point of a closed line is not repeated.
    pub points: Vec<[f64; 2]>,
    /// Whether the last point is joined to the first.
    pub closed: bool,
    /// How often a closed line goes round x and y.
    pub turns: [i64; 2],
}

/// An edge from a vertex along x (0), y (1) or the diagonal (2); positions run on across periodic axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    from: [i64; 2],
    direction: usize,
}

/// The triangle at a vertex below its diagonal (right) or above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Triangle {
    at: [i64; 2],
    right: bool,
}

const STEPS: [[i64; 2]; 3] = [[1, 0], [0, 1], [1, 1]];

impl Edge {
    fn new(x: i64, y: i64, direction: usize) -> Self {
        Self { from: [x, y], direction }
    }

    fn end(self) -> [i64; 2] {
        [self.from[0] + STEPS[self.direction][0], self.from[1] + STEPS[self.direction][1]]
    }

    fn triangles(self) -> [Triangle; 2] {
        let [x, y] = self.from;
        let other = [[x, y - 1], [x - 1, y], [x, y]][self.direction];
        let right = self.direction != 1;
        [Triangle { at: [x, y], right }, Triangle { at: other, right: !right }]
    }
}

impl Triangle {
    fn edges(self) -> [Edge; 3] {
        let [x, y] = self.at;
        if self.right {
            [Edge::new(x, y, 0), Edge::new(x + 1, y, 1), Edge::new(x, y, 2)]
        } else {
            [Edge::new(x, y, 1), Edge::new(x, y + 1, 0), Edge::new(x, y, 2)]
        }
    }
}

/// The level set of a field: where the interpolant passes from below `level` to `level` or more.
///
/// Open lines come first, then closed ones, each in the order of their first edge. Cells that are not finite are
/// outside the domain.
pub fn contours<T: Ordered>(grid: &ScalarGrid<'_, T>, level: f64) -> Result<Vec<Polyline>, TopologyError> {
    let lattice = grid.lattice()?;
    let sheet = Sheet { grid, level };
    let near = sheet.cells_near();
    let mut visited = vec![false; 3 * lattice.cells()];
    let mut lines = Vec::new();
    for open in [true, false] {
        for &cell in &near {
            let [x, y, _] = lattice.position(cell).map(signed);
            for direction in 0..3 {
                let edge = Edge::new(x, y, direction);
                if visited[3 * cell + direction] || !sheet.crosses(edge) {
                    continue;
                }
                let [first, second] = edge.triangles().map(|triangle| sheet.has(triangle).then_some(triangle));
                if open == (first.is_some() && second.is_some()) {
                    continue;
                }
                if let Some(start) = first.or(second) {
                    lines.push(sheet.trace(edge, start, &mut visited));
                }
            }
        }
    }
    Ok(lines)
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).expect("indices are below 2^32")
}

struct Sheet<'a, T> {
    grid: &'a ScalarGrid<'a, T>,
    level: f64,
}

impl<T: Ordered> Sheet<'_, T> {
    /// Cells from which an edge may cross the level: those of the upper rims, and those whose neighbours differ.
    fn cells_near(&self) -> Vec<usize> {
        let [nx, ny] = self.grid.shape;
        let side = |value: &T| (value.approximate() >= self.level, value.inside());
        let near = |cell: usize| {
            let (x, y) = (cell % nx, cell / nx);
            let here = side(&self.grid.values[cell]);
            let differs = |other: usize| side(&self.grid.values[other]) != here;
            x + 1 == nx || y + 1 == ny || differs(cell + 1) || differs(cell + nx) || differs(cell + nx + 1)
        };
        (0..nx * ny).into_par_iter().with_min_len(1 << 12).filter(|&cell| near(cell)).collect()
    }

    /// The cell at a position that may have run on across periodic axes; none outside the domain.
    fn cell(&self, position: [i64; 2]) -> Option<usize> {
        let mut index = [0; 2];
        for axis in [0, 1] {
            let count = signed(self.grid.shape[axis]);
            let wrapped = position[axis].rem_euclid(count);
            if wrapped != position[axis] && !self.grid.periodic[axis] {
                return None;
            }
            index[axis] = usize::try_from(wrapped).ok()?;
        }
        let cell = index[1] * self.grid.shape[0] + index[0];
        self.grid.values[cell].inside().then_some(cell)
    }

    /// The value above the level; none outside the domain.
    fn height(&self, position: [i64; 2]) -> Option<f64> {
        Some(self.grid.values[self.cell(position)?].approximate() - self.level)
    }

    fn crosses(&self, edge: Edge) -> bool {
        let ends = self.height(edge.from).zip(self.height(edge.end()));
        ends.is_some_and(|(a, b)| (a >= 0.0) != (b >= 0.0))
    }

    fn has(&self, triangle: Triangle) -> bool {
        triangle.edges().iter().all(|edge| self.cell(edge.from).is_some() && self.cell(edge.end()).is_some())
    }

    #[expect(clippy::cast_precision_loss, reason = "positions are below 2^40")]
    fn point(&self, edge: Edge) -> [f64; 2] {
        let (a, b) = (self.height(edge.from).unwrap_or(0.0), self.height(edge.end()).unwrap_or(0.0));
        let along = a / (a - b);
        [0, 1].map(|axis| edge.from[axis] as f64 + 0.5 + along * STEPS[edge.direction][axis] as f64)
    }

    /// Follows a line from an edge into a triangle.
    fn trace(&self, start: Edge, into: Triangle, visited: &mut [bool]) -> Polyline {
        let mut line = Polyline { points: vec![], closed: false, turns: [0; 2] };
        let (mut edge, mut triangle) = (start, into);
        while let Some(cell) = self.cell(edge.from) {
            if std::mem::replace(&mut visited[3 * cell + edge.direction], true) {
                line.closed = true;
                line.turns = [0, 1].map(|axis| (edge.from[axis] - start.from[axis]) / signed(self.grid.shape[axis]));
                break;
            }
            line.points.push(self.point(edge));
            let out = triangle.edges().into_iter().find(|&other| other != edge && self.crosses(other));
            let Some(next) = out.filter(|_| self.has(triangle)) else { break };
            let [first, second] = next.triangles();
            (edge, triangle) = (next, if first == triangle { second } else { first });
        }
        self.orient(start, &mut line);
        line
    }

    /// Turns a line so that the higher side is on the left.
    #[expect(clippy::cast_precision_loss, reason = "positions are below 2^40")]
    fn orient(&self, start: Edge, line: &mut Polyline) {
        let [p, q, ..] = line.points[..] else { return };
        let high = if self.height(start.from) >= Some(0.0) { start.from } else { start.end() };
        let to_high = [0, 1].map(|axis| high[axis] as f64 + 0.5 - p[axis]);
        if (q[0] - p[0]) * to_high[1] - (q[1] - p[1]) * to_high[0] < 0.0 {
            line.points.reverse();
            line.turns = line.turns.map(|turns| -turns);
        }
    }
}
