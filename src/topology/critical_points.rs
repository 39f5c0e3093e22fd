//! Critical points of a piecewise linear function on Freudenthal's triangulation of a plane grid.
//!
//! A vertex is told by its lower link, the ring of its neighbours that come before it (Banchoff 1967): none, a
//! minimum; all, a maximum; one arc, regular; k arcs, a saddle of multiplicity k - 1. On a rim the ring is open.
//! Invariant: the indices `1 - euler(lower link)` sum to the Euler characteristic of the domain: 0 for the torus,
//! 1 for the box (periodic axes need three cells or more for their links to be rings).

use super::order::{Filtration, Key, Ordered};
use super::persistence::keys;
use super::{ScalarGrid, TopologyError};
use rayon::prelude::*;
use serde::Serialize;

/// What a critical vertex is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CriticalKind {
    /// No neighbour is lower.
    Minimum,
    /// The lower or the upper neighbours fall into several arcs.
    Saddle,
    /// No neighbour is higher.
    Maximum,
}

/// A vertex where level sets change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CriticalPoint<T> {
    /// The cell.
    pub cell: usize,
    /// Place, in cells from the corner of the grid.
    pub x: f64,
    /// Place, in cells from the corner of the grid.
    pub y: f64,
    /// What it is.
    pub kind: CriticalKind,
    /// Of a saddle, the number of simple saddles it stands for; else 1.
    pub multiplicity: u32,
    /// Its share of the Euler characteristic: 0 for a maximum on a rim.
    pub index: i32,
    /// The value there.
    pub value: T,
}

/// Bits of a ring of six, counter-clockwise from +x.
const RING: [[isize; 2]; 6] = [[1, 0], [1, 1], [0, 1], [-1, 0], [-1, -1], [0, -1]];
const FULL: u32 = 0b11_1111;

/// All critical points, ordered by cell. Cells that are not finite are outside the domain.
pub fn critical_points<T: Ordered>(grid: &ScalarGrid<'_, T>) -> Result<Vec<CriticalPoint<T>>, TopologyError> {
    grid.lattice()?;
    let keys = keys(grid.values, Filtration::Sublevel);
    let [nx, ny] = grid.shape;
    let rows: Vec<Vec<CriticalPoint<T>>> = (0..ny)
        .into_par_iter()
        .map(|y| {
            // The rows below, at and above, by dy + 1.
            let row_at = |dy: isize| beyond(y, dy, ny, grid.periodic[1]);
            let rows = [row_at(-1), Some(y), row_at(1)];
            (0..nx).filter_map(|x| classify(grid, &keys, [x, y], rows)).collect()
        })
        .collect();
    Ok(rows.concat())
}

fn beyond(at: usize, step: isize, count: usize, periodic: bool) -> Option<usize> {
    match at.checked_add_signed(step) {
        Some(to) if to < count => Some(to),
        Some(_) => periodic.then_some(0),
        None => periodic.then_some(count - 1),
    }
}

fn classify<T: Ordered>(
    grid: &ScalarGrid<'_, T>,
    keys: &[T::Key],
    [x, y]: [usize; 2],
    rows: [Option<usize>; 3],
) -> Option<CriticalPoint<T>> {
    let nx = grid.shape[0];
    let cell = y * nx + x;
    if !grid.values[cell].inside() {
        return None;
    }
    let columns = [-1, 0, 1].map(|dx| beyond(x, dx, nx, grid.periodic[0]));
    let here = (keys[cell], cell);
    let (mut lower, mut upper) = (0, 0);
    for (bit, [dx, dy]) in RING.into_iter().enumerate() {
        let (Some(column), Some(row)) = (columns[offset(dx)], rows[offset(dy)]) else { continue };
        let neighbor = row * nx + column;
        if keys[neighbor] == T::Key::LAST && !grid.values[neighbor].inside() {
            continue;
        }
        let before = (keys[neighbor], neighbor) < here;
        lower |= u32::from(before) << bit;
        upper |= u32::from(!before) << bit;
    }
    let (lower_arcs, upper_arcs) = (arcs(lower), arcs(upper));
    let (kind, multiplicity) = match (lower, upper) {
        (0, _) => (CriticalKind::Minimum, 1),
        (_, 0) => (CriticalKind::Maximum, 1),
        _ if lower_arcs == 1 && upper_arcs == 1 => return None,
        _ => (CriticalKind::Saddle, lower_arcs.max(upper_arcs) - 1),
    };
    Some(CriticalPoint {
        cell,
        x: centre(x),
        y: centre(y),
        kind,
        multiplicity,
        index: 1 - lower_arcs.cast_signed(),
        value: grid.values[cell],
    })
}

/// -1, 0, 1 as a position in an array.
const fn offset(step: isize) -> usize {
    step.wrapping_add(1).cast_unsigned()
}

#[expect(clippy::cast_precision_loss, reason = "indices are below 2^32")]
fn centre(index: usize) -> f64 {
    index as f64 + 0.5
}

/// Arcs of a part of the ring; the full ring has none, which makes this its Euler characteristic.
const fn arcs(part: u32) -> u32 {
    let turned = (part << 1 | part >> 5) & FULL;
    (part & !turned).count_ones()
}
