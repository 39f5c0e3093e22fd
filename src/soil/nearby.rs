//! The nearest points on the map.
//!
//! In: points of the plane. Out: the `k` nearest of each, and for every note the share of its nearest notes that are among
//! them. Points lie in the cells of a grid with a few in each; rings of cells are searched until no farther one can hold a
//! nearer point. Equal distances are ranked by index, as everywhere.

use rayon::prelude::*;

use super::neighbors::NeighborGraph;

/// Mean number of points in a cell.
const POINTS_PER_CELL: usize = 3;
/// Points that one thread takes at once.
const GRAIN: usize = 256;

/// For every note, the share of its nearest notes that are as near on the map: both counted to the same number.
pub(super) fn recall(neighbors: &NeighborGraph, layout: &[[f64; 2]]) -> Vec<f64> {
    let (cells, k) = (Cells::new(layout), neighbors.k);
    let share = |note: usize| {
        let near = cells.nearest(layout, note, k);
        let kept = neighbors.of(note).filter(|(other, _)| near.contains(other)).count();
        if k == 0 { 1.0 } else { kept as f64 / k as f64 }
    };
    (0..layout.len()).into_par_iter().with_min_len(GRAIN).map(share).collect()
}

/// Points by cell; cell (x, y) is number `y * side + x`.
pub(super) struct Cells {
    origin: [f64; 2],
    width: f64,
    side: usize,
    begin: Vec<usize>,
    members: Vec<usize>,
}

impl Cells {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    pub(super) fn new(points: &[[f64; 2]]) -> Self {
        let bound = |axis: usize, start: f64, of: fn(f64, f64) -> f64| points.iter().map(|p| p[axis]).fold(start, of);
        let low = [0, 1].map(|axis| bound(axis, f64::INFINITY, f64::min));
        let high = [0, 1].map(|axis| bound(axis, f64::NEG_INFINITY, f64::max));
        let extent = (high[0] - low[0]).max(high[1] - low[1]).max(f64::MIN_POSITIVE);
        let side = (((points.len() / POINTS_PER_CELL) as f64).sqrt() as usize).max(1);
        let mut cells =
            Self { origin: low, width: extent / side as f64, side, begin: vec![0; side * side + 1], members: vec![] };
        let homes: Vec<usize> = points.iter().map(|&at| cells.home(at)).map(|[x, y]| y * side + x).collect();
        homes.iter().for_each(|&home| cells.begin[home + 1] += 1);
        (0..side * side).for_each(|cell| cells.begin[cell + 1] += cells.begin[cell]);
        let mut next = cells.begin.clone();
        cells.members = vec![0; points.len()];
        for (point, home) in homes.into_iter().enumerate() {
            cells.members[next[home]] = point;
            next[home] += 1;
        }
        cells
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is cut to the grid")]
    fn home(&self, at: [f64; 2]) -> [usize; 2] {
        [0, 1].map(|axis| (((at[axis] - self.origin[axis]) / self.width) as usize).min(self.side - 1))
    }

    /// The `k` nearest of a point, nearest first; all others if there are fewer.
    pub(super) fn nearest(&self, points: &[[f64; 2]], point: usize, k: usize) -> Vec<usize> {
        let at = points[point];
        let [x, y] = self.home(at);
        let mut found: Vec<(f64, usize)> = Vec::new();
        for ring in 0..self.side {
            for cell in self.ring([x, y], ring) {
                for &other in
                    self.members[self.begin[cell]..self.begin[cell + 1]].iter().filter(|&&other| other != point)
                {
                    let [dx, dy] = [points[other][0] - at[0], points[other][1] - at[1]];
                    found.push((dx * dx + dy * dy, other));
                }
            }
            found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            found.truncate(k);
            // What is farther out is at least so many whole cells away.
            let reach = ring as f64 * self.width;
            if found.len() == k && found.last().is_none_or(|(distance, _)| *distance < reach * reach) {
                break;
            }
        }
        found.into_iter().map(|(_, other)| other).collect()
    }

    /// The cells at a distance of so many cells from one, row by row.
    fn ring(&self, [x, y]: [usize; 2], ring: usize) -> Vec<usize> {
        let span = |middle: usize| middle.saturating_sub(ring)..=(middle + ring).min(self.side - 1);
        let mut cells = Vec::new();
        for row in span(y) {
            let whole = row.abs_diff(y) == ring;
            cells.extend(
                span(x).filter(|column| whole || column.abs_diff(x) == ring).map(|column| row * self.side + column),
            );
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_are_those_of_brute_force() {
        for count in [1_u32, 2, 5, 400] {
            let wave = |i: u32, by: u32| f64::from(i * i % 1009 * by % 1009) / 1009.0;
            // Crowded in a corner, and some on top of one another.
            let points: Vec<[f64; 2]> = (0..count).map(|i| [wave(i % 350, 7919).powi(3), wave(i % 350, 317)]).collect();
            let cells = Cells::new(&points);
            for point in 0..points.len() {
                let away = |other: usize| {
                    let [x, y] = [0, 1].map(|axis| points[other][axis] - points[point][axis]);
                    x * x + y * y
                };
                let mut all: Vec<usize> = (0..points.len()).filter(|&other| other != point).collect();
                all.sort_by(|&a, &b| away(a).total_cmp(&away(b)).then(a.cmp(&b)));
                all.truncate(6);
                assert_eq!(cells.nearest(&points, point, 6), all, "{point} of {count}");
            }
        }
    }

    #[test]
    fn recall_is_the_share_of_neighbours_that_are_near() {
        let neighbors = NeighborGraph { k: 1, indices: vec![1, 0, 0], distances: vec![0.1; 3] };
        assert_eq!(recall(&neighbors, &[[0.0, 0.0], [0.1, 0.0], [0.15, 0.0]]), [1.0, 0.0, 0.0]);
    }
}
