//! Notes sorted into squares of the map, to find those around a place without looking at all of them.
//!
//! In: places of notes, lengths of the map, and along which axes it wraps. Out: for a place and a distance, all notes that
//! near and perhaps some more. Invariant: no note within the distance is left out, whatever the rounding.

/// Notes of a square, on average.
const NOTES: f64 = 2.0;
/// Most squares along an axis.
const MOST: f64 = 1024.0;
/// What rounding can make of a distance.
const SLACK: f64 = 1.0 + 1e-6;

/// The notes of a map by their places.
pub(super) struct Squares {
    count: [usize; 2],
    side: [f64; 2],
    wraps: [bool; 2],
    /// Where the notes of each square begin, row by row, and where the last end.
    starts: Vec<usize>,
    /// Notes, square by square.
    members: Vec<usize>,
}

impl Squares {
    /// `period` is finite along axes that wrap. A map whose second length is no period and holds no notes is a line.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
    pub(super) fn new(notes: &[[f64; 2]], extent: [f64; 2], period: [f64; 2]) -> Self {
        let line = notes.iter().all(|&[_, y]| y == 0.0);
        let squares = (notes.len() as f64 / NOTES).max(1.0);
        let along = if line { squares } else { squares.sqrt() };
        let along = along.clamp(1.0, MOST) as usize;
        let count = [along, if line { 1 } else { along }];
        let mut squares = Self {
            count,
            side: [0, 1].map(|axis| extent[axis] / count[axis] as f64),
            wraps: period.map(f64::is_finite),
            starts: vec![0; count[0] * count[1] + 1],
            members: vec![0; notes.len()],
        };
        let of_note: Vec<usize> = notes.iter().map(|&place| squares.square(place)).collect();
        of_note.iter().for_each(|&square| squares.starts[square + 1] += 1);
        for square in 0..count[0] * count[1] {
            squares.starts[square + 1] += squares.starts[square];
        }
        let mut next = squares.starts.clone();
        for (note, &square) in of_note.iter().enumerate() {
            squares.members[next[square]] = note;
            next[square] += 1;
        }
        squares
    }

    fn square(&self, place: [f64; 2]) -> usize {
        let [x, y] = [0, 1].map(|axis| self.along(axis, place[axis]));
        y * self.count[0] + x
    }

    /// The square along an axis in which a place lies; beyond the map the last one, or that after going round.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "few")]
    fn along(&self, axis: usize, place: f64) -> usize {
        let at = place / self.side[axis];
        let at = if self.wraps[axis] { at.rem_euclid(self.count[axis] as f64) } else { at };
        (at as usize).min(self.count[axis] - 1)
    }

    /// The squares along an axis up to so many away from that of a place, ascending.
    fn near(&self, axis: usize, place: f64, away: usize) -> Vec<usize> {
        let (count, at) = (self.count[axis], self.along(axis, place));
        if self.wraps[axis] && 2 * away + 1 < count {
            let mut near: Vec<usize> = (0..=2 * away).map(|step| (at + count - away + step) % count).collect();
            near.sort_unstable();
            return near;
        }
        let last = if self.wraps[axis] { count } else { (at + away + 1).min(count) };
        let first = if self.wraps[axis] { 0 } else { at.saturating_sub(away) };
        (first..last).collect()
    }

    /// All notes within a distance of a place, and some more, ascending.
    pub(super) fn around(&self, place: [f64; 2], distance: f64) -> Vec<usize> {
        let mut found = Vec::new();
        self.visit(place, [0, 1].map(|axis| self.steps(axis, distance)), |notes| found.extend_from_slice(notes));
        found.sort_unstable();
        found
    }

    /// Squares that a distance can reach across, all of them where it is not finite.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    fn steps(&self, axis: usize, distance: f64) -> usize {
        ((distance * SLACK / self.side[axis]) as usize).saturating_add(1).min(self.count[axis])
    }

    /// How far a place lies beyond the map.
    #[expect(clippy::cast_precision_loss, reason = "a few squares")]
    fn beyond(&self, axis: usize, place: f64) -> f64 {
        let length = self.side[axis] * self.count[axis] as f64;
        if self.wraps[axis] { 0.0 } else { (place - length).max(-place).max(0.0) }
    }

    fn visit(&self, place: [f64; 2], steps: [usize; 2], mut see: impl FnMut(&[usize])) {
        let columns = self.near(0, place[0], steps[0]);
        for row in self.near(1, place[1], steps[1]) {
            for column in &columns {
                let square = row * self.count[0] + column;
                see(&self.members[self.starts[square]..self.starts[square + 1]]);
            }
        }
    }

    /// A distance within which so many notes lie, if there are as many.
    #[expect(clippy::cast_precision_loss, reason = "a few squares")]
    pub(super) fn reach_of(&self, place: [f64; 2], count: usize) -> f64 {
        let mut steps = 1;
        loop {
            let mut found = 0;
            self.visit(place, [steps; 2], |notes| found += notes.len());
            if found >= count {
                // The far corner of the farthest square.
                let [x, y] = [0, 1].map(|axis| self.beyond(axis, place[axis]) + self.side[axis] * (steps + 1) as f64);
                return (x * x + y * y).sqrt() * SLACK;
            }
            if found == self.members.len() {
                return f64::INFINITY;
            }
            steps *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_note_within_a_distance_is_left_out() {
        let extent = [40.0, 30.0];
        let notes: Vec<[f64; 2]> =
            (0..997).map(|k| [f64::from(k * 37 % 400) / 10.0, f64::from(k * 71 % 301) / 10.0]).collect();
        for period in [[f64::INFINITY; 2], extent, [40.0, f64::INFINITY]] {
            let squares = Squares::new(&notes, extent, period);
            let apart = |axis: usize, a: f64, b: f64| {
                let apart = (a - b).abs();
                if period[axis].is_finite() { apart.min(period[axis] - apart) } else { apart }
            };
            for place in [[0.0, 0.0], [39.9, 29.9], [20.3, 11.1], [41.0, 31.0]] {
                let place: [f64; 2] = [0, 1].map(|axis| if period[axis].is_finite() { place[axis] % extent[axis] } else { place[axis] });
                let distance = |note: usize| {
                    let [x, y] = [0, 1].map(|axis| apart(axis, place[axis], notes[note][axis]));
                    (x * x + y * y).sqrt()
                };
                for far in [0.0, 0.9, 5.0, 100.0, f64::INFINITY] {
                    let found = squares.around(place, far);
                    assert!((0..notes.len()).all(|note| distance(note) > far || found.binary_search(&note).is_ok()));
                }
                for count in [1, 11, 400, 997] {
                    let reach = squares.reach_of(place, count);
                    assert!((0..notes.len()).filter(|&note| distance(note) <= reach).count() >= count);
                }
            }
        }
    }
}
