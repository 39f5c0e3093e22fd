//! Points of a plane sorted into squares, to find those around a place without looking at all of them.
//!
//! In: points, the lengths of the plane, and along which axes it wraps. Out: for a place and a distance, all points that
//! near and perhaps some more. Invariant: no point within the distance is left out, whatever the rounding.

/// Points of a square, on average.
const POINTS: f64 = 2.0;
/// Most squares along an axis.
const MOST: f64 = 1024.0;
/// What rounding can make of a distance.
const SLACK: f64 = 1.0 + 1e-6;

/// The points of a plane by their places.
#[derive(Clone, Debug)]
pub struct Squares {
    count: [usize; 2],
    side: [f64; 2],
    wraps: [bool; 2],
    /// Where the points of each square begin, row by row, and where the last end.
    starts: Vec<usize>,
    /// Points, square by square.
    members: Vec<usize>,
}

impl Squares {
    /// `period` is finite along axes that wrap. Where y is 0 everywhere, they are points of a line.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
    pub fn new(points: &[[f64; 2]], extent: [f64; 2], period: [f64; 2]) -> Self {
        let line = points.iter().all(|&[_, y]| y == 0.0);
        let squares = (points.len() as f64 / POINTS).max(1.0);
        let along = if line { squares } else { squares.sqrt() };
        let along = along.clamp(1.0, MOST) as usize;
        let count = [along, if line { 1 } else { along }];
        let mut squares = Self {
            count,
            side: [0, 1].map(|axis| extent[axis] / count[axis] as f64),
            wraps: period.map(f64::is_finite),
            starts: vec![0; count[0] * count[1] + 1],
            members: vec![0; points.len()],
        };
        let of_point: Vec<usize> = points.iter().map(|&place| squares.square(place)).collect();
        of_point.iter().for_each(|&square| squares.starts[square + 1] += 1);
        for square in 0..count[0] * count[1] {
            squares.starts[square + 1] += squares.starts[square];
        }
        let mut next = squares.starts.clone();
        for (point, &square) in of_point.iter().enumerate() {
            squares.members[next[square]] = point;
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

    /// All points within a distance of a place, and some more, ascending.
    pub fn around(&self, place: [f64; 2], distance: f64) -> Vec<usize> {
        let mut found = Vec::new();
        self.see(place, distance, |points| found.extend_from_slice(points));
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

    /// Shows all points within a distance of a place, and some more, square by square.
    pub fn see(&self, place: [f64; 2], distance: f64, see: impl FnMut(&[usize])) {
        self.visit(place, [0, 1].map(|axis| self.steps(axis, distance)), see);
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

    /// A distance within which so many points lie; infinite where there are not as many.
    #[expect(clippy::cast_precision_loss, reason = "a few squares")]
    pub fn reach_of(&self, place: [f64; 2], count: usize) -> f64 {
        let mut steps = 1;
        loop {
            let mut found = 0;
            self.visit(place, [steps; 2], |points| found += points.len());
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
    fn no_point_within_a_distance_is_left_out() {
        let extent = [40.0, 30.0];
        let points: Vec<[f64; 2]> =
            (0..997).map(|k| [f64::from(k * 37 % 400) / 10.0, f64::from(k * 71 % 301) / 10.0]).collect();
        for period in [[f64::INFINITY; 2], extent, [40.0, f64::INFINITY]] {
            let squares = Squares::new(&points, extent, period);
            let apart = |axis: usize, a: f64, b: f64| {
                let apart = (a - b).abs();
                if period[axis].is_finite() { apart.min(period[axis] - apart) } else { apart }
            };
            for place in [[0.0, 0.0], [39.9, 29.9], [20.3, 11.1], [41.0, 31.0]] {
                let place: [f64; 2] =
                    [0, 1].map(|axis| if period[axis].is_finite() { place[axis] % extent[axis] } else { place[axis] });
                let distance = |point: usize| {
                    let [x, y] = [0, 1].map(|axis| apart(axis, place[axis], points[point][axis]));
                    (x * x + y * y).sqrt()
                };
                for far in [0.0, 0.9, 5.0, 100.0, f64::INFINITY] {
                    let found = squares.around(place, far);
                    assert!(
                        (0..points.len()).all(|point| distance(point) > far || found.binary_search(&point).is_ok())
                    );
                }
                for count in [1, 11, 400, 997] {
                    let reach = squares.reach_of(place, count);
                    assert!((0..points.len()).filter(|&point| distance(point) <= reach).count() >= count);
                }
            }
        }
    }
}
