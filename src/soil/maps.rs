//! Soil maps: the medium that a field lives in, on the cells of a grid.
//!
//! In: a soil and a grid. Out: density (Gaussian kernel, mean 1), gain in [-1, 1.3] (positive where notes are dense),
//! coupling in [0.05, 1] (near 1 between similar neighbours, small across gaps) and, from [`super::frames`], the angle
//! between the tangent frames of neighbouring cells. Distances on the map wrap along periodic axes.

use rayon::prelude::*;

use super::frames;
use super::{Soil, SoilError};
use crate::graph::Graph;
use crate::grid::{Axis, Grid, Topology};
use crate::math::elementary::scalar64::exp;

/// The medium, one number per cell, x fastest; on a graph one per node.
#[derive(Clone, Debug, PartialEq)]
pub struct SoilMaps {
    /// Density of notes; its mean over the grid is 1.
    pub density: Vec<f64>,
    /// Local gain in [-1, 1.3]: -1 where there is nothing, 0 at half the mean density.
    pub gain: Vec<f64>,
    /// Coupling in [0.05, 1].
    pub coupling: Vec<f64>,
    /// Angle in (-pi, pi] on every link: all of x, then (on a plane) all of y; on a graph that of every edge.
    pub frame: Vec<f64>,
}

impl SoilMaps {
    /// The medium on a graph: dense is where the weights round a node are large, frames are the edges' angles, and what
    /// couples the nodes are the weights themselves.
    pub fn of_graph(graph: &Graph) -> Self {
        let degrees = graph.degrees();
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 nodes")]
        let mean = degrees.iter().fold(0.0, |sum, degree| sum + degree) / degrees.len().max(1) as f64;
        let relative = |degree: f64| if mean > 0.0 { degree / mean } else { 1.0 };
        let density: Vec<f64> = degrees.into_iter().map(relative).collect();
        let gain = density.iter().map(|&density| gain(density)).collect();
        Self { coupling: vec![1.0; density.len()], density, gain, frame: graph.angles().to_vec() }
    }
}

/// Limits of the gain: in empty space and in the densest.
const GAIN: [f64; 2] = [-1.0, 1.3];
/// Density of zero gain, in units of the mean.
const SHORE: f64 = 0.5;
/// Limits of the coupling.
const COUPLING: [f64; 2] = [0.05, 1.0];
/// Kernel width in units of the mean distance of notes, `sqrt(area / n)`.
const WIDTH: f64 = 0.8;
/// The kernel ends at this many widths.
const REACH: f64 = 4.0;

/// Positions in domain units.
pub(super) fn positions(layout: &[[f64; 2]], grid: &Grid) -> Vec<[f64; 2]> {
    let [width, height] = extent(grid);
    layout.iter().map(|[x, y]| [x * width, y * height]).collect()
}

/// Lengths of the map: those of the domain; of a 1-D domain the map is as high as it is wide.
fn extent(grid: &Grid) -> [f64; 2] {
    let width = grid.size_along(Axis::X);
    [width, if grid.place_axes().len() > 1 { grid.size_along(Axis::Y) } else { width }]
}

/// All maps.
pub(super) fn grow(soil: &Soil, grid: &Grid) -> Result<SoilMaps, SoilError> {
    if grid.axes() > 2 {
        return Err(SoilError::ThreeAxes);
    }
    let plane = Plane::new(soil, grid);
    let density = density(&plane);
    let gain = density.iter().map(|&density| gain(density)).collect();
    let (similarity, frame) = frames::grow(soil, &plane, &density);
    let coupling = density.iter().zip(similarity).map(|(&density, similarity)| coupling(density, similarity)).collect();
    Ok(SoilMaps { density, gain, coupling, frame })
}

/// The cells of a grid and the notes above them.
pub(super) struct Plane {
    /// Cells along x and y.
    pub(super) shape: [usize; 2],
    /// Distances between cell centres.
    pub(super) spacing: [f64; 2],
    /// Lengths of the axes; infinite where nothing wraps, zero in y on a line.
    period: [f64; 2],
    /// Positions of the notes; y is 0 on a line.
    pub(super) notes: Vec<[f64; 2]>,
    /// Positions of the notes on the map, for orientation.
    pub(super) map: Vec<[f64; 2]>,
    /// Kernel width of the density.
    width: [f64; 2],
    /// Number of axes, 1 or 2.
    pub(super) axes: usize,
}

impl Plane {
    fn new(soil: &Soil, grid: &Grid) -> Self {
        let axes = grid.axes();
        let [nx, ny, _] = grid.shape();
        let map = positions(&soil.layout, grid);
        let line = axes == 1;
        let notes = map.iter().map(|&[x, y]| [x, if line { 0.0 } else { y }]).collect::<Vec<_>>();
        let period = |axis: Axis| match grid.topology(axis) {
            Topology::Periodic => grid.size_along(axis),
            Topology::Bounded => f64::INFINITY,
        };
        let spacing = [grid.spacing(Axis::X), if line { 0.0 } else { grid.spacing(Axis::Y) }];
        // Widths scale with the axes, so that a stretched map has a stretched kernel. Never below a cell.
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let share = WIDTH / (notes.len() as f64).sqrt().max(4.0);
        let extent = extent(grid);
        let width = [0, 1].map(|axis| (share * extent[axis]).max(spacing[axis]));
        let period = [period(Axis::X), if line { f64::INFINITY } else { period(Axis::Y) }];
        Self { shape: [nx, ny], spacing, period, notes, map, width, axes }
    }

    /// The centre of a cell.
    #[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
    pub(super) fn center(&self, x: usize, y: usize) -> [f64; 2] {
        [(x as f64 + 0.5) * self.spacing[0], (y as f64 + 0.5) * self.spacing[1]]
    }

    /// From one position to another along an axis, the short way round where the axis wraps.
    pub(super) fn offset(&self, axis: usize, from: f64, to: f64) -> f64 {
        let offset = to - from;
        let period = self.period[axis];
        if period.is_finite() { offset - period * (offset / period + 0.5).floor() } else { offset }
    }

    /// Whether an axis wraps.
    pub(super) fn periodic(&self, axis: usize) -> bool {
        self.period[axis].is_finite()
    }
}

/// Sum of Gaussians, cut off at [`REACH`] widths along each axis, scaled to mean 1. Each cell adds up notes in order.
fn density(plane: &Plane) -> Vec<f64> {
    let [nx, ny] = plane.shape;
    let profile = |axis: usize, note: usize, cell: usize| {
        let center = plane.center(cell, cell)[axis];
        let offset = plane.offset(axis, center, plane.notes[note][axis]) / plane.width[axis];
        if offset.abs() < REACH { exp(-0.5 * offset * offset) } else { 0.0 }
    };
    // The kernel is separable: one profile per note and axis.
    let profiles_x: Vec<Vec<(usize, f64)>> = (0..plane.notes.len())
        .into_par_iter()
        .map(|note| (0..nx).map(|x| (x, profile(0, note, x))).filter(|(_, weight)| *weight > 0.0).collect())
        .collect();
    let mut density = vec![0.0; nx * ny];
    density.par_chunks_mut(nx).enumerate().for_each(|(y, row)| {
        for (note, profile_x) in profiles_x.iter().enumerate() {
            let weight = if plane.axes == 1 { 1.0 } else { profile(1, note, y) };
            if weight > 0.0 {
                profile_x.iter().for_each(|&(x, along)| row[x] += weight * along);
            }
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "cells far below 2^52")]
    let mean = density.chunks(nx).map(|row| row.iter().fold(0.0, |sum, x| sum + x)).fold(0.0, |sum, x| sum + x)
        / density.len() as f64;
    density.iter_mut().for_each(|x| *x /= mean);
    density
}

/// `(1.3 r - c) / (r + c)`: -1 at density 0, 0 at the shore, towards 1.3 in crowds.
fn gain(density: f64) -> f64 {
    let [lowest, highest] = GAIN;
    let half = SHORE * highest / -lowest;
    (highest * density + lowest * half) / (density + half)
}

/// Similar notes and enough of them couple; dissimilar or absent ones do not.
fn coupling(density: f64, similarity: f64) -> f64 {
    let [lowest, highest] = COUPLING;
    let presence = density * density / (density * density + SHORE * SHORE);
    lowest + (highest - lowest) * presence * similarity
}
