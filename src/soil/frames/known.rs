//! The notes that are near the cells of a tile.
//!
//! In: a plane and a tile's lowest cell. Out: for a cell's centre its nearest notes with weights of a kernel that ends where
//! the next nearest one lies. Invariant: bounds by the triangle only leave out notes that are not among the nearest.

use super::{NEAREST, TILE};
use crate::soil::maps::Plane;

/// The middle of a tile with its halo.
pub(super) fn middle(plane: &Plane, corner: [usize; 2]) -> [f64; 2] {
    [0, 1].map(|axis| (corner[axis] as f64 + (TILE as f64) / 2.0 + 0.5) * plane.spacing[axis])
}

/// How far from a tile's middle the nearest notes of its cells can be, where those of the middle are within `outermost`: a
/// cell's nearest lie within `outermost + r` of it, r being its distance from the middle (the triangle).
pub(super) fn reach(plane: &Plane, outermost: f64) -> f64 {
    let half = (TILE as f64) / 2.0 + 0.5;
    let radius = half * (plane.spacing[0] * plane.spacing[0] + plane.spacing[1] * plane.spacing[1]).sqrt();
    (outermost + 2.0 * radius) * (1.0 + 1e-9)
}

/// All notes that can be among the nearest of any cell in a tile and its halo, and the next nearest.
pub(super) struct Known {
    notes: Vec<usize>,
    middle: [f64; 2],
    /// How far the next nearest note of the middle lies; the farthest of all where there are few.
    pub(super) outermost: f64,
}

impl Known {
    pub(super) fn around(plane: &Plane, corner: [usize; 2]) -> Self {
        let middle = middle(plane, corner);
        let near = plane.around(middle, plane.reach_of(middle, NEAREST + 1));
        let mut distances: Vec<f64> = near.iter().map(|&note| distance(plane, middle, plane.notes[note])).collect();
        let last = NEAREST.min(distances.len() - 1);
        let outermost = *distances.select_nth_unstable_by(last, f64::total_cmp).1;
        let reach = reach(plane, outermost);
        let mut notes = plane.around(middle, reach);
        notes.retain(|&note| distance(plane, middle, plane.notes[note]) <= reach);
        Self { notes, middle, outermost }
    }

    /// Those that can be among the nearest of a cell's centre, or the next, with their distances.
    fn near(&self, plane: &Plane, center: [f64; 2]) -> Vec<(f64, usize)> {
        // The triangle once more.
        let end = (self.outermost + distance(plane, self.middle, center)) * (1.0 + 1e-9);
        let end = end * end * (1.0 + 1e-9);
        let away = |&note: &usize| (squared_distance(plane, center, plane.notes[note]), note);
        let near = self.notes.iter().map(away).filter(|(squared, _)| *squared <= end);
        near.map(|(squared, note)| (squared.sqrt(), note)).collect()
    }

    /// The distance of the next note after the nearest of a place: no note beyond it concerns the place; infinite where
    /// there is none.
    pub(super) fn next_nearest(&self, plane: &Plane, center: [f64; 2]) -> f64 {
        let mut near = self.near(plane, center);
        if near.len() <= NEAREST {
            return f64::INFINITY;
        }
        near.select_nth_unstable_by(NEAREST, |a, b| a.0.total_cmp(&b.0)).1.0
    }

    /// The nearest notes of a place with weights `(1 - r^2/R^2)^2` of sum 1, R being the distance of the next nearest.
    pub(super) fn weighted(&self, plane: &Plane, center: [f64; 2]) -> Vec<(usize, f64)> {
        let mut near = self.near(plane, center);
        let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let end = if near.len() > NEAREST {
            near.select_nth_unstable_by(NEAREST, order);
            near[NEAREST].0
        } else {
            // All notes are near: let the kernel reach a little beyond the last.
            1.5 * near.iter().fold(0.0_f64, |end, (distance, _)| end.max(*distance))
        };
        near.truncate(NEAREST);
        near.sort_by(order);
        let weight = |distance: f64| {
            let share = 1.0 - (distance / end) * (distance / end);
            if end > 0.0 { (share * share).max(1e-12) } else { 1.0 }
        };
        let sum = near.iter().fold(0.0, |sum, (distance, _)| sum + weight(*distance));
        near.into_iter().map(|(distance, note)| (note, weight(distance) / sum)).collect()
    }
}

pub(super) fn distance(plane: &Plane, from: [f64; 2], to: [f64; 2]) -> f64 {
    squared_distance(plane, from, to).sqrt()
}

fn squared_distance(plane: &Plane, from: [f64; 2], to: [f64; 2]) -> f64 {
    let [x, y] = [plane.offset(0, from[0], to[0]), plane.offset(1, from[1], to[1])];
    x * x + y * y
}
