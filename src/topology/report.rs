//! Everything `semafield topology` says about one array.
//!
//! In comes a scalar or complex array, out goes what prints as
//! `{"pairs": {"H0": [[birth, death], ...], ...}, "critical_points": [...], "defects": [...]}`.
//! Invariant: values are those of the array, in its own precision. Of a complex array the scalar is the modulus.
//! Cells that are NaN are outside the domain, as in the arrays that a run writes; an infinite value is refused.

use super::critical_points::{CriticalPoint, critical_points};
use super::defects::{Defect, defects};
use super::lattice::Connectivity;
use super::order::{Filtration, Ordered};
use super::persistence::{Diagram, diagram};
use super::winding::{ComplexGrid, Component};
use super::{ScalarGrid, TopologyError};
use serde::Serialize;

/// The topology of one array.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TopologyReport<T> {
    /// Persistence pairs by dimension.
    pub pairs: Diagram<T>,
    /// On Freudenthal's triangulation, whatever the connectivity of the pairs.
    pub critical_points: Vec<CriticalPoint<T>>,
    /// Of a complex array; else empty.
    pub defects: Vec<Defect>,
}

/// The topology of a real or integer array on a plane grid.
pub fn report<T: Ordered>(
    grid: &ScalarGrid<'_, T>,
    connectivity: Connectivity,
    filtration: Filtration,
) -> Result<TopologyReport<T>, TopologyError> {
    grid.lattice()?;
    check_values(grid)?;
    Ok(TopologyReport {
        pairs: diagram(grid, connectivity, filtration)?,
        critical_points: critical_points(grid)?,
        defects: Vec::new(),
    })
}

/// Refuses infinite values, and fields without any value.
fn check_values<T: Ordered>(grid: &ScalarGrid<'_, T>) -> Result<(), TopologyError> {
    let infinite = grid.values.iter().position(|value| value.approximate().is_infinite());
    if let Some(cell) = infinite {
        return Err(TopologyError::Infinite { x: cell % grid.shape[0], y: cell / grid.shape[0] });
    }
    if grid.values.iter().any(|value| value.inside()) { Ok(()) } else { Err(TopologyError::Empty) }
}

/// The topology of a complex array on a plane grid: pairs and critical points of its modulus, and its defects.
pub fn report_complex<T: Component + Ordered>(
    grid: &ComplexGrid<'_, T>,
    connectivity: Connectivity,
    filtration: Filtration,
) -> Result<TopologyReport<T>, TopologyError> {
    let (&[nx, ny], &[periodic_x, periodic_y]) = (grid.shape, grid.periodic) else {
        return Err(TopologyError::Plane { what: "persistence pairs", axes: grid.shape.len() });
    };
    grid.lattice()?;
    let inert = T::modulus(f64::NAN, 0.0);
    let modulus = |cell: usize| {
        let [re, im] = grid.at(cell);
        let active = grid.active(cell) || re.is_infinite() || im.is_infinite();
        if active { T::modulus(re, im) } else { inert }
    };
    let values: Vec<T> = (0..grid.re.len()).map(modulus).collect();
    let scalar = ScalarGrid { shape: [nx, ny], periodic: [periodic_x, periodic_y], values: &values };
    Ok(TopologyReport { defects: defects(grid)?, ..report(&scalar, connectivity, filtration)? })
}
