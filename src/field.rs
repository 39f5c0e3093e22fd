//! A field on the host: the values of one quantity on a grid or graph, without ghosts.
//!
//! Storage is planar: component 0 of all cells, then component 1, ... A complex field has the components re, im; a link
//! field one per axis, stored at the lower cell; a face field one per plaquette orientation, stored at the lowest cell.
//! On a graph, a link field has one value per edge and a face field one per triangle, in the order of the graph's tables.

use crate::grid::Grid;
use crate::math::arithmetic::Precision;

/// What one value of a field is, and where it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One real number per cell.
    Real,
    /// One complex number per cell.
    Complex,
    /// One real number per axis and cell, belonging to the edge from the cell to its upper neighbour; one per edge of a
    /// graph.
    Link,
    /// One real number per plaquette, stored at its lowest cell; one per triangle of a graph.
    Face,
}

impl Kind {
    /// Real numbers stored per site.
    pub fn components(self, grid: &Grid) -> usize {
        match self {
            Self::Complex => 2,
            Self::Link if grid.graph().is_none() => grid.axes(),
            Self::Face if grid.graph().is_none() => grid.faces(),
            Self::Real | Self::Link | Self::Face => 1,
        }
    }

    /// What has values: the cells; on a graph the nodes, edges or triangles.
    pub fn sites(self, grid: &Grid) -> usize {
        match (self, grid.graph()) {
            (Self::Link, Some(graph)) => graph.edges(),
            (Self::Face, Some(graph)) => graph.triangles().map_or(0, crate::graph::Triangles::len),
            _ => grid.cells(),
        }
    }

    /// Real numbers of a whole field.
    pub fn numbers(self, grid: &Grid) -> usize {
        self.components(grid) * self.sites(grid)
    }

    /// The word of the seed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Complex => "complex",
            Self::Link => "link",
            Self::Face => "face",
        }
    }
}

/// Numbers in the precision of the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Binary32.
    F32(Vec<f32>),
    /// Binary64.
    F64(Vec<f64>),
}

impl Values {
    /// Rounds f64 values to a precision.
    #[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the run is the purpose")]
    pub fn rounded(values: &[f64], precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32(values.iter().map(|&v| v as f32).collect()),
            Precision::F64 => Self::F64(values.to_vec()),
        }
    }

    /// The format.
    pub fn precision(&self) -> Precision {
        match self {
            Self::F32(_) => Precision::F32,
            Self::F64(_) => Precision::F64,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value, widened exactly.
    pub fn get(&self, index: usize) -> f64 {
        match self {
            Self::F32(v) => f64::from(v[index]),
            Self::F64(v) => v[index],
        }
    }

    /// All values, widened exactly.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F32(v) => v.iter().map(|&v| f64::from(v)).collect(),
            Self::F64(v) => v.clone(),
        }
    }

    /// Little-endian bytes, as digests and files have them.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::F64(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }
}

/// The values of one quantity on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name in the seed.
    pub name: String,
    /// What one value is.
    pub kind: Kind,
    /// Where it lives.
    pub grid: Grid,
    /// `kind.numbers(grid)` numbers, component-major.
    pub values: Values,
}

impl Field {
    /// One component of all sites, widened to f64.
    pub fn component(&self, component: usize) -> Vec<f64> {
        let sites = self.kind.sites(&self.grid);
        (component * sites..(component + 1) * sites).map(|i| self.values.get(i)).collect()
    }

    /// BLAKE3 hash of the little-endian bytes, in hexadecimal.
    pub fn digest(&self) -> String {
        blake3::hash(&self.values.to_le_bytes()).to_hex().to_string()
    }
}
