//! Lines of flow: integral lines of vector fields, the separatrices of their saddles, and those of scalar fields.
//!
//! A vector field is linear on each triangle of Freudenthal's triangulation; its lines are followed by the classical
//! fourth-order rule, a quarter of a cell at a time. The lines of a scalar field climb from neighbour to neighbour on the
//! same triangulation, always to the last one in the order of values and indices, so that each ends exactly at a critical
//! point. Invariant: the same lines on every machine; none is longer than a stated number of cells.

use super::contours::Polyline;
use super::critical_points::{CriticalKind, critical_points};
use super::lattice::{Connectivity, Lattice};
use super::order::{Filtration, Ordered};
use super::persistence::keys;
use super::vectors::{Linear, VectorGrid, VectorTopology};
use super::{ScalarGrid, TopologyError};
use std::collections::BTreeSet;

/// Length of a step, in cells.
const STEP: f64 = 0.25;
/// How near a zero a line has arrived, in cells.
const ARRIVED: f64 = 0.2;
/// How far from a saddle its separatrices begin, in cells.
const DEPARTURE: f64 = 0.25;

/// The line of a vector field through a place, in cells from the corner of the grid; forwards, or else backwards.
///
/// It ends at a zero, at a wall, where it comes back to its start, or after twice the cells of both sides together.
pub fn integral_line(
    grid: &VectorGrid<'_>,
    topology: &VectorTopology,
    start: [f64; 2],
    forwards: bool,
) -> Result<Polyline, TopologyError> {
    let lattice = grid.lattice()?;
    let flow = Flow { grid, lattice, topology, sign: if forwards { 1.0 } else { -1.0 } };
    Ok(flow.line(start))
}

/// For each saddle of a vector field the two lines that leave it and the two that come in, the latter backwards.
pub fn separatrices(grid: &VectorGrid<'_>, topology: &VectorTopology) -> Result<Vec<Polyline>, TopologyError> {
    let lattice = grid.lattice()?;
    let mut lines = Vec::new();
    for zero in topology.zeros.iter().filter(|zero| zero.index < 0) {
        let Some(values) = grid.triangle(&lattice, zero.cell, zero.below) else { continue };
        let Some(directions) = Linear::new(zero.below, values).saddle_directions() else { continue };
        for (direction, sign) in directions.into_iter().zip([1.0, -1.0]) {
            let flow = Flow { grid, lattice, topology, sign };
            for side in [DEPARTURE, -DEPARTURE] {
                let mut line = flow.line([zero.x + side * direction[0], zero.y + side * direction[1]]);
                line.points.insert(0, [zero.x, zero.y]);
                lines.push(line);
            }
        }
    }
    Ok(lines)
}

struct Flow<'a> {
    grid: &'a VectorGrid<'a>,
    lattice: Lattice,
    topology: &'a VectorTopology,
    sign: f64,
}

impl Flow<'_> {
    fn line(&self, start: [f64; 2]) -> Polyline {
        let mut line = Polyline { points: vec![start], closed: false, turns: [0; 2] };
        let most = 2 * self.grid.shape.iter().sum::<usize>() * 4; // steps of a quarter
        let mut at = start;
        for step in 0..most {
            let Some(next) = self.step(at) else { break };
            at = next;
            if let Some(zero) = self.zero_near(at) {
                line.points.push(zero);
                break;
            }
            if step > 8 && self.apart(at, start) < STEP / 2.0 {
                line.closed = true;
                line.turns = self.turns(start, at);
                break;
            }
            line.points.push(at);
        }
        line
    }

    /// One step along the direction of the field.
    fn step(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let moved = |by: [f64; 2], share: f64| [0, 1].map(|k| at[k] + share * STEP * by[k]);
        let k1 = self.direction(at)?;
        let k2 = self.direction(moved(k1, 0.5))?;
        let k3 = self.direction(moved(k2, 0.5))?;
        let k4 = self.direction(moved(k3, 1.0))?;
        let next = [0, 1].map(|k| at[k] + STEP / 6.0 * (k1[k] + 2.0 * k2[k] + 2.0 * k3[k] + k4[k]));
        self.direction(next).map(|_| next)
    }

    /// The direction of the field at a place that may have run on across periodic axes; none outside, and at a zero.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "wrapped")]
    fn direction(&self, place: [f64; 2]) -> Option<[f64; 2]> {
        let [nx, ny] = self.grid.shape;
        let mut cell = [0; 2];
        let mut inside = [0.0; 2];
        for axis in [0, 1] {
            let count = self.grid.shape[axis];
            let at = place[axis] - 0.5;
            let below = at.floor();
            if !self.grid.periodic[axis] && !(0.0..(count - 1) as f64).contains(&at) {
                return None;
            }
            cell[axis] = below.rem_euclid(count as f64) as usize % [nx, ny][axis];
            inside[axis] = at - below;
        }
        let below = inside[0] >= inside[1];
        let values = self.grid.triangle(&self.lattice, cell[1] * nx + cell[0], below)?;
        let [x, y] = Linear::new(below, values).at(inside);
        let size = (x * x + y * y).sqrt();
        (size > 0.0).then(|| [self.sign * x / size, self.sign * y / size])
    }

    /// A zero that the line has arrived at, where it lies on the line's sheet of the torus.
    fn zero_near(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let zeros = self.topology.zeros.iter().map(|zero| [zero.x, zero.y]);
        zeros
            .map(|zero| [0, 1].map(|axis| at[axis] + self.offset(axis, zero[axis] - at[axis])))
            .find(|zero| (zero[0] - at[0]).abs().max((zero[1] - at[1]).abs()) < ARRIVED)
    }

    /// A difference of coordinates, the short way round.
    #[expect(clippy::cast_precision_loss, reason = "extents are below 2^32")]
    fn offset(&self, axis: usize, difference: f64) -> f64 {
        let extent = self.grid.shape[axis] as f64;
        if self.grid.periodic[axis] { difference - extent * (difference / extent).round() } else { difference }
    }

    fn apart(&self, a: [f64; 2], b: [f64; 2]) -> f64 {
        [0, 1].map(|axis| self.offset(axis, a[axis] - b[axis]).abs()).into_iter().fold(0.0, f64::max)
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a few turns")]
    fn turns(&self, start: [f64; 2], end: [f64; 2]) -> [i64; 2] {
        [0, 1].map(|axis| ((end[axis] - start[axis]) / self.grid.shape[axis] as f64).round() as i64)
    }
}

/// A line from a saddle of a scalar field to an extremum, by cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ridge {
    /// Whether it climbs to a maximum; else it descends to a minimum.
    pub climbs: bool,
    /// The saddle first, the extremum last; neighbours in the triangulation.
    pub cells: Vec<usize>,
}

/// From every saddle the lines that climb into each arc of higher neighbours, and those that descend into lower ones.
///
/// Ordered by saddle, climbing lines first. The cells of a grid that is not finite are outside the domain.
pub fn ridges<T: Ordered>(grid: &ScalarGrid<'_, T>) -> Result<Vec<Ridge>, TopologyError> {
    let lattice = grid.lattice()?;
    let slopes = [Filtration::Superlevel, Filtration::Sublevel].map(|filtration| Slope {
        lattice,
        keys: keys(grid.values, filtration),
        inside: grid.values.iter().map(|value| value.inside()).collect(),
        forward: lattice.forward_steps(Connectivity::Six),
        climbs: filtration == Filtration::Superlevel,
    });
    let points = critical_points(grid)?;
    let saddles = points.iter().filter(|point| point.kind == CriticalKind::Saddle);
    Ok(saddles.flat_map(|saddle| slopes.iter().flat_map(|slope| slope.ridges(saddle.cell))).collect())
}

/// The way up or down: to what comes first in a sweep.
struct Slope<K> {
    lattice: Lattice,
    keys: Vec<K>,
    inside: Vec<bool>,
    forward: Vec<[i8; 3]>,
    climbs: bool,
}

impl<K: Ord + Copy> Slope<K> {
    /// Ties go by index, upwards as downwards: a lower index is lower.
    fn order(&self, cell: usize) -> (K, usize) {
        (self.keys[cell], if self.climbs { usize::MAX - cell } else { cell })
    }

    fn neighbors(&self, cell: usize) -> impl Iterator<Item = usize> {
        let both = self.forward.iter().flat_map(|step| [*step, step.map(|s| -s)]);
        both.filter_map(move |step| self.lattice.neighbor(cell, step)).map(|(to, _)| to).filter(|&to| self.inside[to])
    }

    /// The earliest of the neighbours that come before a cell.
    fn next(&self, cell: usize) -> Option<usize> {
        let first = self.neighbors(cell).min_by_key(|&to| self.order(to))?;
        (self.order(first) < self.order(cell)).then_some(first)
    }

    /// One line per arc of earlier neighbours of a saddle.
    fn ridges(&self, saddle: usize) -> Vec<Ridge> {
        let mut left: BTreeSet<usize> =
            self.neighbors(saddle).filter(|&to| self.order(to) < self.order(saddle)).collect();
        let mut ridges = Vec::new();
        while let Some(&seed) = left.iter().min_by_key(|&&cell| self.order(cell)) {
            let mut cells = vec![saddle, seed];
            while let Some(next) = self.next(cells[cells.len() - 1]) {
                cells.push(next);
            }
            ridges.push(Ridge { climbs: self.climbs, cells });
            let mut arc = vec![seed];
            while let Some(cell) = arc.pop() {
                if left.remove(&cell) {
                    arc.extend(self.neighbors(cell).filter(|to| left.contains(to)));
                }
            }
        }
        ridges
    }
}
