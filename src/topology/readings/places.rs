//! Notes on the grid: the cell each lies in, and who is near a place.
//!
//! In come positions in units of length. Out go cells and indices of notes. Distances go the short way round periodic
//! axes. Invariant: ties are broken by the order of the notes.

use crate::grid::{Axis, Grid};

/// The notes of a map, sorted into squares.
#[derive(Clone, Debug)]
pub(super) struct Places {
    grid: Grid,
    positions: Vec<[f64; 2]>,
    /// Squares along x and y, and the notes in each, row by row.
    squares: [usize; 2],
    members: Vec<Vec<usize>>,
}

impl Places {
    /// Squares are at least `side` wide.
    pub(super) fn new(grid: &Grid, positions: &[[f64; 2]], side: f64) -> Self {
        const MOST: usize = 1024;
        let along = |axis: Axis| whole(grid.size_along(axis) / side).clamp(1, MOST);
        let squares = if grid.axes() == 1 { [along(Axis::X), 1] } else { [along(Axis::X), along(Axis::Y)] };
        let mut members = vec![Vec::new(); squares[0] * squares[1]];
        let mut places = Self { grid: grid.clone(), positions: positions.to_vec(), squares, members: vec![] };
        for (note, &position) in positions.iter().enumerate() {
            let [x, y] = places.square(position);
            members[y * squares[0] + x].push(note);
        }
        places.members = members;
        places
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

    /// Notes within a distance of at most a square's side, nearest first.
    pub(super) fn within(&self, place: [f64; 2], distance: f64) -> Vec<usize> {
        let mut near: Vec<(f64, usize)> = self
            .around(place)
            .map(|note| (self.distance(place, self.positions[note]), note))
            .filter(|&(apart, _)| apart <= distance)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.into_iter().map(|(_, note)| note).collect()
    }

    /// Notes within a distance of at most a square's side, in the order of the notes.
    pub(super) fn reached(&self, place: [f64; 2], distance: f64) -> Vec<usize> {
        let near = self.around(place).filter(|&note| self.distance(place, self.positions[note]) <= distance);
        let mut near: Vec<usize> = near.collect();
        near.sort_unstable();
        near
    }

    /// The nearest notes, nearest first, however far.
    pub(super) fn nearest(&self, place: [f64; 2], count: usize) -> Vec<usize> {
        let mut best: Vec<(f64, usize)> = Vec::with_capacity(count + 1);
        for (note, &position) in self.positions.iter().enumerate() {
            let apart = self.distance(place, position);
            if best.len() < count || best.last().is_some_and(|last| apart < last.0) {
                best.insert(best.partition_point(|known| known.0 <= apart), (apart, note));
                best.truncate(count);
            }
        }
        best.into_iter().map(|(_, note)| note).collect()
    }

    /// Notes in the square of a place and in those around it, each once.
    fn around(&self, place: [f64; 2]) -> impl Iterator<Item = usize> {
        let near = |axis: usize, at: usize| {
            let count = self.squares[axis];
            let mut all = vec![(at + count - 1) % count, at, (at + 1) % count];
            if self.grid.bounded(Axis::ALL[axis]) || axis >= self.grid.axes() {
                all.retain(|&square| square.abs_diff(at) <= 1);
            }
            all.sort_unstable();
            all.dedup();
            all
        };
        let [x, y] = self.square(place);
        let (columns, rows) = (near(0, x), near(1, y));
        let squares: Vec<usize> =
            rows.iter().flat_map(|row| columns.iter().map(move |column| row * self.squares[0] + column)).collect();
        squares.into_iter().flat_map(|square| self.members[square].iter().copied())
    }

    #[expect(clippy::cast_precision_loss, reason = "a small number of squares")]
    fn square(&self, position: [f64; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            let share = position[axis] / self.grid.size_along(Axis::ALL[axis]);
            whole(share * self.squares[axis] as f64).min(self.squares[axis] - 1)
        })
    }

    /// How far two places are apart, the short way round.
    pub(super) fn distance(&self, a: [f64; 2], b: [f64; 2]) -> f64 {
        let apart = self.grid.axis_list().iter().take(2).map(|&axis| {
            let straight = (a[axis.index()] - b[axis.index()]).abs();
            let round = self.grid.size_along(axis) - straight;
            let short = if self.grid.bounded(axis) { straight } else { straight.min(round) };
            short * short
        });
        apart.sum::<f64>().sqrt()
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
            let places = Places::new(&grid, &notes, 3.0);
            for &place in &notes {
                let mut near = places.within(place, 3.0);
                assert_eq!(places.distance(place, notes[near[0]]), 0.0);
                near.sort_unstable();
                assert_eq!(near, places.reached(place, 3.0));
                assert_eq!(places.nearest(place, 1), places.within(place, 3.0)[..1]);
                let all = (0..notes.len()).filter(|&note| places.distance(place, notes[note]) <= 3.0);
                assert_eq!(near, all.collect::<Vec<_>>());
            }
        }
    }
}
