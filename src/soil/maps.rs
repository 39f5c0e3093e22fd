//! Soil maps: the medium that a field lives in, on the cells of a grid.
//!
//! In: a soil and a grid. Out: density (Gaussian kernel, mean 1), gain in [-1, 1.3] (positive where notes are dense),
//! coupling in [0.05, 1] (near 1 between similar neighbours, small across gaps) and, from [`super::frames`], the angle
//! between the tangent frames of neighbouring cells. Distances on the map wrap along periodic axes. After some notes have
//! moved, only the cells that they concern are made anew; the result is the same, bit for bit.

use rayon::prelude::*;

use super::frames::{self, Scale};
use super::{Soil, SoilError};
use crate::graph::Graph;
use crate::grid::{Axis, Grid, Topology};
use crate::math::elementary::scalar64::exp;
use crate::math::squares::Squares;

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
    /// Similarity in 0..1 of the notes around each cell, of which the coupling is made; none on a graph.
    pub similarity: Vec<f64>,
    /// The cosines of two notes that are similar by 0 and by 1.
    pub scale: [f64; 2],
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
        let (coupling, frame) = (vec![1.0; density.len()], graph.angles().to_vec());
        Self { density, gain, coupling, frame, similarity: vec![], scale: [0.0, 1.0] }
    }
}

impl SoilMaps {
    /// Gain and coupling follow from density and similarity.
    fn compose(density: Vec<f64>, similarity: Vec<f64>, frame: Vec<f64>, scale: Scale) -> Self {
        let gain = density.iter().map(|&density| gain(density)).collect();
        let coupling = density.iter().zip(&similarity);
        let coupling = coupling.map(|(&density, &similarity)| coupling_of(density, similarity)).collect();
        Self { density, gain, coupling, frame, similarity, scale: scale.into() }
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
    Ok(grow_on_plane(soil, grid, Scale::of(soil)))
}

fn grow_on_plane(soil: &Soil, grid: &Grid, scale: Scale) -> SoilMaps {
    let plane = Plane::new(&soil.layout, grid);
    let density = density(&plane);
    let (similarity, frame) = frames::grow(soil, &plane, &density, scale);
    SoilMaps::compose(density, similarity, frame, scale)
}

/// All maps, given those of the same notes in another layout on the same grid.
pub(super) fn regrow(soil: &Soil, grid: &Grid, layout: &[[f64; 2]], before: &SoilMaps) -> Result<SoilMaps, SoilError> {
    /// Where more than this share of the notes has moved, everything is made anew.
    const FEW: usize = 4;
    if grid.axes() > 2 {
        return Err(SoilError::ThreeAxes);
    }
    let moved: Vec<usize> = (0..layout.len()).filter(|&note| layout[note] != soil.layout[note]).collect();
    if moved.is_empty() {
        return Ok(before.clone());
    }
    // What cosines mean does not depend on where notes lie.
    let scale = Scale::from(before.scale);
    if moved.len() > layout.len() / FEW {
        return Ok(grow_on_plane(soil, grid, scale));
    }
    let (plane, old) = (Plane::new(&soil.layout, grid), Plane::new(layout, grid));
    let density = density(&plane);
    let (similarity, frame) = frames::regrow(soil, [&old, &plane], before, &density, &moved);
    Ok(SoilMaps::compose(density, similarity, frame, scale))
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
    /// The notes by their places.
    squares: Squares,
}

impl Plane {
    fn new(layout: &[[f64; 2]], grid: &Grid) -> Self {
        let axes = grid.axes();
        let [nx, ny, _] = grid.shape();
        let map = positions(layout, grid);
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
        let squares = Squares::new(&notes, extent, period);
        Self { shape: [nx, ny], spacing, period, notes, map, width, axes, squares }
    }

    /// At least all notes within some distance of a place, in their order.
    pub(super) fn around(&self, place: [f64; 2], distance: f64) -> Vec<usize> {
        self.squares.around(place, distance)
    }

    /// How far at least so many notes reach from a place: an upper bound of the distance of the last of them.
    pub(super) fn reach_of(&self, place: [f64; 2], count: usize) -> f64 {
        self.squares.reach_of(place, count)
    }

    /// The cells along an axis that can lie within some distance of a note, and some more: the first, beyond the end of an
    /// axis that wraps its rest, and how many.
    #[expect(clippy::cast_possible_truncation, reason = "numbers of cells")]
    fn cells_near(&self, axis: usize, note: usize, distance: f64) -> (usize, usize) {
        let count = i64::try_from(self.shape[axis]).expect("far fewer than 2^63 cells");
        let middle = self.notes[note][axis] / self.spacing[axis] - 0.5;
        let half = distance / self.spacing[axis] + 1.0;
        let (first, last) = ((middle - half).floor() as i64, (middle + half).ceil() as i64);
        let (first, last) = match self.periodic(axis) {
            true if last - first + 1 >= count => (0, count - 1),
            true => (first, last),
            false => (first.max(0), last.min(count - 1)),
        };
        let cells = |cells: i64| usize::try_from(cells).expect("a number of cells");
        (cells(first.rem_euclid(count)), cells((last - first + 1).max(0)))
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

/// A Gaussian along an axis: its first cell, and its values from there on, at the end of an axis that wraps from the first.
type Profile = (usize, Vec<f64>);

/// Sum of Gaussians, cut off at [`REACH`] widths along each axis, scaled to mean 1. Each cell adds up notes in order.
fn density(plane: &Plane) -> Vec<f64> {
    let [nx, ny] = plane.shape;
    // The kernel is separable: one profile per note and axis.
    let profiles = |axis: usize| -> Vec<Profile> {
        (0..plane.notes.len()).into_par_iter().map(|note| profile(plane, axis, note)).collect()
    };
    let across = if plane.axes == 1 { vec![(0, vec![1.0]); plane.notes.len()] } else { profiles(1) };
    // Notes of each row, in order.
    let mut rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); ny];
    for (note, (first, weights)) in across.into_iter().enumerate() {
        for (y, weight) in (first..).zip(weights).filter(|(_, weight)| *weight > 0.0) {
            rows[y % ny].push((note, weight));
        }
    }
    let along = profiles(0);
    let mut density = vec![0.0; nx * ny];
    density.par_chunks_mut(nx).zip(&rows).for_each(|(row, notes)| {
        for &(note, weight) in notes {
            let (first, values) = &along[note];
            let (here, round) = values.split_at(values.len().min(nx - first));
            for (cells, values) in [(*first, here), (0, round)] {
                row[cells..].iter_mut().zip(values).for_each(|(cell, value)| *cell += weight * value);
            }
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "cells far below 2^52")]
    let mean = density.chunks(nx).map(|row| row.iter().fold(0.0, |sum, x| sum + x)).fold(0.0, |sum, x| sum + x)
        / density.len() as f64;
    density.iter_mut().for_each(|x| *x /= mean);
    density
}

fn profile(plane: &Plane, axis: usize, note: usize) -> Profile {
    let (first, count) = plane.cells_near(axis, note, REACH * plane.width[axis]);
    let value = |step: usize| {
        let cell = (first + step) % plane.shape[axis];
        let center = plane.center(cell, cell)[axis];
        let offset = plane.offset(axis, center, plane.notes[note][axis]) / plane.width[axis];
        if offset.abs() < REACH { exp(-0.5 * offset * offset) } else { 0.0 }
    };
    (first, (0..count).map(value).collect())
}

/// `(1.3 r - c) / (r + c)`: -1 at density 0, 0 at the shore, towards 1.3 in crowds.
fn gain(density: f64) -> f64 {
    let [lowest, highest] = GAIN;
    let half = SHORE * highest / -lowest;
    (highest * density + lowest * half) / (density + half)
}

/// Similar notes and enough of them couple; dissimilar or absent ones do not.
fn coupling_of(density: f64, similarity: f64) -> f64 {
    let [lowest, highest] = COUPLING;
    let presence = density * density / (density * density + SHORE * SHORE);
    lowest + (highest - lowest) * presence * similarity
}
