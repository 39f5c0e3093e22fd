//! Topology of fields: what there is to count and to follow, without a tolerance.
//!
//! In come plain arrays with their extents, out go lists: phase defects and their world lines, critical points,
//! persistence pairs, merge trees and basins, contours, Hodge parts. Nothing here knows an engine, a simulation or a file.
//! One triangulation (Freudenthal's) serves critical points, contours and the default of persistence.
//! Invariant: ties are broken by cell index, so that every answer is exact and the same on every machine.

pub mod contours;
pub mod critical_points;
mod currents;
pub mod defects;
pub mod flow;
mod forest;
pub mod graph_hodge;
pub mod hodge;
pub mod lattice;
pub mod merge;
pub mod order;
pub mod persistence;
mod radix;
pub mod readings;
pub mod regions;
mod report;
mod signs;
pub mod slips;
mod strands;
pub mod track;
pub mod vectors;
pub mod winding;
pub mod worldlines;

pub use lattice::{Connectivity, Lattice};
pub use order::{Filtration, Ordered};
pub use report::{TopologyReport, report, report_complex};
pub use winding::ComplexGrid;

/// A scalar field on a plane grid, x fastest.
#[derive(Clone, Copy, Debug)]
pub struct ScalarGrid<'a, T> {
    /// Cells along x and y.
    pub shape: [usize; 2],
    /// Whether x and y close on themselves.
    pub periodic: [bool; 2],
    /// One value per cell.
    pub values: &'a [T],
}

impl<T> ScalarGrid<'_, T> {
    fn lattice(&self) -> Result<Lattice, TopologyError> {
        Lattice::new(&self.shape, &self.periodic, self.values.len())
    }
}

/// Why an array has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopologyError {
    /// Not one, two or three axes.
    #[error("topology of an array of {axes} axes: it needs 1 to 3, each with a boundary")]
    Axes {
        /// Axes given.
        axes: usize,
    },
    /// Extents and values do not agree, or there are none.
    #[error("an array of shape {shape:?} can't have {values} values: give at least one cell, and a value for each")]
    Shape {
        /// Extents given.
        shape: Vec<usize>,
        /// Values given.
        values: usize,
    },
    /// Cell indices are 32 bits wide.
    #[error("{cells} cells are too many for the topology of one array: the limit is 2^32 - 1")]
    TooLarge {
        /// Cells given.
        cells: usize,
    },
    /// Two arrays of one field do not agree.
    #[error("the {what} has {found} values where the field needs {needed}")]
    Length {
        /// The array at fault.
        what: &'static str,
        /// Values needed.
        needed: usize,
        /// Values given.
        found: usize,
    },
    /// An infinite value has no level; NaN marks inert cells.
    #[error("the value at x = {x}, y = {y} is infinite: give finite values, or NaN for cells outside the domain")]
    Infinite {
        /// Index along x.
        x: usize,
        /// Index along y.
        y: usize,
    },
    /// There is no cell left to speak of.
    #[error("all values are NaN: give at least one cell inside the domain")]
    Empty,
    /// World lines and reports are of plane fields.
    #[error("{what} of a grid with {axes} axes are not implemented: only plane grids have them")]
    Plane {
        /// What was asked for.
        what: &'static str,
        /// Axes given.
        axes: usize,
    },
    /// The extents have no Fourier transform.
    #[error(transparent)]
    Transform(#[from] crate::math::fft::FftError),
}
