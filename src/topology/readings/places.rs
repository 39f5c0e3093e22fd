//! Notes on the grid: the cell each lies in, and who is near a place.
//!
//! In come positions in units of length. Out go cells and indices of notes. Distances go the short way round periodic
//! axes. Invariant: ties are broken by the order of the notes.

use crate::grid::{Axis, Grid};
use crate::math::squares::Squares;

/// The notes of a map.
#[derive(Clone, Debug)]
pub(super) struct Places {
    grid: Grid,
    positions: Vec<[f64; 2]>,
    /// Lengths of the axes that go round; infinite for others.
    period: [f64; 2],
    /// Whether there is a second axis.
    plane: bool,
    squares: Squares,
}

impl Places {
    pub(super) fn new(grid: &Grid, positions: &[[f64; 2]]) -> Self {
        let plane = grid.axes() > 1;
        let length = |axis: Axis| if axis == Axis::X || plane { grid.size_along(axis) } else { 1.0 };
        let round = |axis: Axis| (axis == Axis::X || plane) && !grid.bounded(axis);
        let period = [Axis::X, Axis::Y].map(|axis| if round(axis) { length(axis) } else { f64::INFINITY });
        let on_grid: Vec<[f64; 2]> = positions.iter().map(|&[x, y]| [x, if plane { y } else { 0.0 }]).collect();
        let squares = Squares::new(&on_grid, [Axis::X, Axis::Y].map(length), period);
        Self { grid: grid.clone(), positions: positions.to_vec(), period, plane, squares }
    }

    /// The cell that a place lies in.
    pub(super) fn cell(&self, position: [f64; 2]) -> usize {
        let index = |axis: Axis| {
            let count = self.grid.cells_along(axis);
            whole(position[axis.index()] / self.grid.spacing(axis)).min(count - 1)
        };
        let y = if self.grid.axes() == 1 { 0 } else { index(Axis::Y) };
        self.grid.index([index(Axis::X), y, 0])
    }

    /// The cell of every note.
    pub(super) fn cells(&self) -> Vec<usize> {
        self.positions.iter().map(|&position| self.cell(position)).collect()
    }

    /// The middle of a cell.
    #[expect(clippy::cast_precision_loss, reason = "indices are below 2^32")]
    pub(super) fn middle(&self, cell: usize) -> [f64; 2] {
        let [x, y, _] = self.grid.position(cell);
        [(x as f64 + 0.5) * self.grid.spacing(Axis::X), (y as f64 + 0.5) * self.grid.spacing(Axis::Y)]
    }

    /// Shows every note within a distance of a place, with how far it is from there.
    pub(super) fn see(&self, place: [f64; 2], distance: f64, mut see: impl FnMut(usize, f64)) {
        self.squares.see(self.on_grid(place), distance, |notes| {
            for &note in notes {
                let apart = self.apart(note, place);
                if apart <= distance {
                    see(note, apart);
                }
            }
        });
    }

    /// The nearest notes, nearest first, however far.
    pub(super) fn nearest(&self, place: [f64; 2], count: usize) -> Vec<usize> {
        let on_grid = self.on_grid(place);
        let mut nearest: Vec<(f64, usize)> = Vec::with_capacity(count + 1);
        self.squares.see(on_grid, self.squares.reach_of(on_grid, count), |notes| {
            for &note in notes {
                let own = (self.apart(note, place), note);
                let nearer = |other: &(f64, usize)| other.0.total_cmp(&own.0).then(other.1.cmp(&own.1)).is_lt();
                let rank = nearest.partition_point(nearer);
                if rank < count {
                    nearest.insert(rank, own);
                    nearest.truncate(count);
                }
            }
        });
        nearest.into_iter().map(|(_, note)| note).collect()
    }

    /// How far a note is from a place.
    pub(super) fn apart(&self, note: usize, place: [f64; 2]) -> f64 {
        self.distance(place, self.positions[note])
    }

    fn on_grid(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [x, if self.plane { y } else { 0.0 }]
    }

    /// How far two places are apart, the short way round.
    pub(super) fn distance(&self, a: [f64; 2], b: [f64; 2]) -> f64 {
        let along = |axis: usize| {
            let straight = (a[axis] - b[axis]).abs();
            let short = straight.min(self.period[axis] - straight);
            short * short
        };
        (if self.plane { along(0) + along(1) } else { along(0) }).sqrt()
    }
}

/// The whole part; 0 for what is negative or not a number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Topology;

    #[test]
    fn notes_near_a_place_are_those_within_a_distance() {
        for sides in [[Topology::Periodic; 2], [Topology::Bounded; 2], [Topology::Periodic, Topology::Bounded]] {
            let grid = Grid::new(&[20, 10], &[40.0, 30.0], &sides);
            let notes: Vec<[f64; 2]> =
                (0..97).map(|k| [f64::from(k * 37 % 400) / 10.0, f64::from(k * 71 % 300) / 10.0]).collect();
            let places = Places::new(&grid, &notes);
            for &place in &notes {
                let mut near = Vec::new();
                places.see(place, 3.0, |note, apart| near.push((apart, note)));
                near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                assert_eq!(near[0].0, 0.0);
                let order: Vec<usize> = near.iter().map(|(_, note)| *note).collect();
                assert_eq!(places.nearest(place, near.len()), order);
                near.sort_by_key(|(_, note)| *note);
                let all = (0..notes.len()).map(|note| (places.distance(place, notes[note]), note));
                assert_eq!(near, all.filter(|(apart, _)| *apart <= 3.0).collect::<Vec<_>>());
            }
        }
    }
}
