//! Where fields live: a Cartesian grid, or the nodes of a graph.
//!
//! Index order of a grid: x fastest, then y, then z: `index = (z * ny + y) * nx + x`. The origin is the corner; cell
//! centres lie at `(i + 1/2) * spacing`. Axes that a grid does not have count one cell of spacing 1. A graph is a domain
//! without axes: its cells are the nodes, in one row and of volume 1, and who is whose neighbour is in its tables.

use std::sync::Arc;

use crate::graph::Graph;

/// One of the at most three axes of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// The fastest.
    X,
    /// The second.
    Y,
    /// The slowest.
    Z,
}

impl Axis {
    /// All axes, fastest first.
    pub const ALL: [Self; 3] = [Self::X, Self::Y, Self::Z];

    /// Position in a shape: 0, 1 or 2.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// `x`, `y` or `z`.
    pub const fn name(self) -> &'static str {
        ["x", "y", "z"][self as usize]
    }
}

/// What lies beyond the two ends of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topology {
    /// The other end.
    Periodic,
    /// A wall on either side, half a cell beyond the last centre.
    Bounded,
}

/// A Cartesian grid of 1, 2 or 3 axes, or a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    axes: usize,
    shape: [usize; 3],
    size: [f64; 3],
    topology: [Topology; 3],
    graph: Option<Arc<Graph>>,
}

impl Grid {
    /// A grid of `shape.len()` axes (1 to 3), `size` in the seed's unit of length. Shape and size are positive: the
    /// caller has checked the seed.
    pub fn new(shape: &[usize], size: &[f64], topology: &[Topology]) -> Self {
        assert!((1..=3).contains(&shape.len()) && shape.len() == size.len() && shape.len() == topology.len());
        let mut grid =
            Self { axes: shape.len(), shape: [1; 3], size: [1.0; 3], topology: [Topology::Periodic; 3], graph: None };
        grid.shape[..shape.len()].copy_from_slice(shape);
        grid.size[..size.len()].copy_from_slice(size);
        grid.topology[..topology.len()].copy_from_slice(topology);
        grid
    }

    /// The nodes of a graph; its map, if it has one, is that wide and high.
    pub fn of_graph(graph: Arc<Graph>, [width, height]: [f64; 2]) -> Self {
        let (shape, size) = ([graph.nodes(), 1, 1], [width, height, 1.0]);
        Self { axes: 0, shape, size, topology: [Topology::Periodic; 3], graph: Some(graph) }
    }

    /// The graph whose nodes the cells are.
    pub fn graph(&self) -> Option<&Arc<Graph>> {
        self.graph.as_ref()
    }

    /// Where the nodes of a graph are on its map, in units of length.
    pub fn node_positions(&self) -> Option<Vec<[f64; 2]>> {
        let [width, height, _] = self.size;
        let positions = self.graph.as_ref()?.positions()?;
        Some(positions.iter().map(|[x, y]| [x * width, y * height]).collect())
    }

    /// Number of axes; 0 of a graph.
    pub fn axes(&self) -> usize {
        self.axes
    }

    /// The axes that the grid has, fastest first.
    pub fn axis_list(&self) -> &'static [Axis] {
        &Axis::ALL[..self.axes]
    }

    /// The axes of places: those of the grid, or of a graph's map.
    pub fn place_axes(&self) -> &'static [Axis] {
        if self.graph.is_some() { &Axis::ALL[..2] } else { self.axis_list() }
    }

    /// Cells along x, y, z (1 where there is no such axis).
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Cells along one axis.
    pub fn cells_along(&self, axis: Axis) -> usize {
        self.shape[axis.index()]
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.shape.iter().product()
    }

    /// Length along one axis.
    pub fn size_along(&self, axis: Axis) -> f64 {
        self.size[axis.index()]
    }

    /// Distance of neighbouring centres along one axis.
    #[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
    pub fn spacing(&self, axis: Axis) -> f64 {
        self.size[axis.index()] / self.shape[axis.index()] as f64
    }

    /// Length, area or volume of one cell.
    pub fn cell_volume(&self) -> f64 {
        self.axis_list().iter().map(|&axis| self.spacing(axis)).product()
    }

    /// What lies beyond an axis.
    pub fn topology(&self, axis: Axis) -> Topology {
        self.topology[axis.index()]
    }

    /// Whether an axis of the grid has walls.
    pub fn bounded(&self, axis: Axis) -> bool {
        axis.index() < self.axes && self.topology(axis) == Topology::Bounded
    }

    /// Position of a cell in storage.
    pub fn index(&self, [x, y, z]: [usize; 3]) -> usize {
        (z * self.shape[1] + y) * self.shape[0] + x
    }

    /// The inverse of [`Grid::index`].
    pub fn position(&self, index: usize) -> [usize; 3] {
        let [nx, ny, _] = self.shape;
        [index % nx, index / nx % ny, index / (nx * ny)]
    }

    /// Number of plaquette orientations: 0, 1 or 3; 0 of a graph, whose faces are triangles.
    pub fn faces(&self) -> usize {
        [0, 0, 1, 3][self.axes]
    }
}
