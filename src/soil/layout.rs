//! The map: a position in the unit square for every note.
//!
//! In: vectors and their neighbours. Out: positions whose neighbourhoods resemble those of the vectors. `neighbor` is
//! t-SNE (van der Maaten & Hinton, JMLR 9, 2008) on the neighbour graph: attraction along its edges, repulsion through
//! the density of all points ([`super::repulsion`]), so each iteration is linear in the number of notes. It starts
//! from the first two principal components. Every point adds up its forces in a fixed order.

use rayon::prelude::*;

use super::affinity::{self, Affinities};
use super::neighbors::NeighborGraph;
use super::note::Note;
use super::pca;
use super::repulsion;
use super::settle;
use super::streams::JITTER;
use super::vectors::Vectors;
use super::{Progress, SoilError, SoilOptions};
use crate::math::rng::{Draw, uniform01};

/// How notes are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayoutKind {
    /// Neighbours by cosine stay neighbours on the map.
    Neighbor,
    /// The first two principal components.
    Pca,
    /// The source's own columns `x` and `y`.
    Given,
}

impl LayoutKind {
    /// The name used in seeds.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Neighbor => "neighbor",
            Self::Pca => "pca",
            Self::Given => "given",
        }
    }
}

/// Points that one thread takes at once.
const GRAIN: usize = 256;
/// Free space at each side of the unit square.
const MARGIN: f64 = 0.06;
/// Iterations with strong attraction, in which clusters find their place.
const EARLY: usize = 150;
/// Iterations after that.
const LATE: usize = 500;
/// Of the late ones, so many in which attraction falls to its true strength. Notes still pass each other then; a map that is
/// let go at once stays where it is caught.
const ANNEAL: usize = 400;
/// How much stronger attraction is: early, at the start of the fall, and at the end.
const EXAGGERATION: [f64; 3] = [12.0, 4.0, 1.0];
/// How much of its velocity a point keeps, early and late.
const MOMENTUM: [f64; 2] = [0.5, 0.8];
/// Extent of the start: wide enough for the principal components to decide where clusters go.
const START: f64 = 2.0;

/// How many neighbours a note is drawn to where the graph has `neighbors`: a third more. Fewer tear the map, more blur it.
pub(super) fn reach(neighbors: usize) -> usize {
    neighbors + neighbors / 3
}

/// Lays out all notes; what has a place keeps it.
pub(super) fn lay_out(
    options: &SoilOptions,
    notes: &[Note],
    vectors: &Vectors,
    neighbors: &NeighborGraph,
    progress: &dyn Progress,
) -> Result<Vec<[f64; 2]>, SoilError> {
    if let Some(placed) = settle::placed(options, notes) {
        return Ok(settle::settle(&placed, vectors, neighbors, progress));
    }
    let positions = match options.layout {
        LayoutKind::Given => given(notes)?,
        LayoutKind::Pca => components(vectors, options.rng_seed),
        LayoutKind::Neighbor => neighbor_layout(vectors, neighbors, options.rng_seed, progress),
    };
    Ok(fit_into_unit_square(positions))
}

/// A map on which neighbours stay neighbours, in units of its own.
pub fn neighbor_layout(
    vectors: &Vectors,
    neighbors: &NeighborGraph,
    rng_seed: u64,
    progress: &dyn Progress,
) -> Vec<[f64; 2]> {
    descend(components(vectors, rng_seed), &affinities(neighbors, vectors.len()), rng_seed, progress)
}

/// What draws `count` notes together.
pub(super) fn affinities(neighbors: &NeighborGraph, count: usize) -> Affinities {
    // Of few notes, most are no neighbours worth the name.
    let most = count / 4 + 1;
    if neighbors.k > most { affinity::of(&neighbors.truncated(most), count) } else { affinity::of(neighbors, count) }
}

fn given(notes: &[Note]) -> Result<Vec<[f64; 2]>, SoilError> {
    let finite = |note: &Note| note.position.filter(|position| position.iter().all(|x| x.is_finite()));
    notes.iter().map(|note| finite(note).ok_or_else(|| SoilError::NoGivenLayout { id: note.id.clone() })).collect()
}

/// Coordinates along the first two principal directions.
fn components(vectors: &Vectors, rng_seed: u64) -> Vec<[f64; 2]> {
    let directions = pca::principal_directions(vectors, 2, rng_seed);
    let mean = pca::mean(vectors);
    let along = |row: usize, axis: usize| {
        let Some(direction) = directions.get(axis) else { return 0.0 };
        let parts = vectors.row(row).iter().zip(&mean).zip(direction);
        parts.fold(0.0, |sum, ((x, m), d)| sum + (f64::from(*x) - m) * d)
    };
    (0..vectors.len()).into_par_iter().map(|row| [along(row, 0), along(row, 1)]).collect()
}

/// The whole way from a start to a map.
fn descend(start: Vec<[f64; 2]>, affinities: &Affinities, rng_seed: u64, progress: &dyn Progress) -> Vec<[f64; 2]> {
    let count = start.len();
    progress.stage("laying out the map", (EARLY + LATE) as u64);
    if count < 3 {
        progress.advance((EARLY + LATE) as u64);
        return start;
    }
    let mut descent = Descent::new(shrink(start, rng_seed));
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let rate = count as f64;
    for _ in 0..EARLY {
        descent.step(affinities, EXAGGERATION[0], rate / EXAGGERATION[0], MOMENTUM[0]);
        progress.advance(1);
    }
    for iteration in 0..LATE {
        let fallen = iteration.min(ANNEAL) as f64 / ANNEAL as f64;
        let exaggeration = EXAGGERATION[1] + (EXAGGERATION[2] - EXAGGERATION[1]) * fallen;
        descent.step(affinities, exaggeration, rate, MOMENTUM[1]);
        progress.advance(1);
    }
    descent.points
}

/// Gradient descent with momentum and a gain per coordinate, as in the reference implementation of t-SNE.
pub(super) struct Descent {
    pub(super) points: Vec<[f64; 2]>,
    velocity: Vec<[f64; 2]>,
    gains: Vec<[f64; 2]>,
    /// Points that stay where they are; empty if none does.
    fixed: Vec<bool>,
}

impl Descent {
    fn new(points: Vec<[f64; 2]>) -> Self {
        Self::around(points, Vec::new())
    }

    /// A descent in which some points are fixed.
    pub(super) fn around(points: Vec<[f64; 2]>, fixed: Vec<bool>) -> Self {
        let count = points.len();
        Self { points, velocity: vec![[0.0; 2]; count], gains: vec![[1.0; 2]; count], fixed }
    }

    pub(super) fn step(&mut self, affinities: &Affinities, exaggeration: f64, rate: f64, momentum: f64) {
        let gradient = gradient(&self.points, affinities, exaggeration);
        let states = self.velocity.par_iter_mut().zip(&mut self.gains).zip(&mut self.points).zip(&gradient);
        let fixed = &self.fixed;
        states.with_min_len(GRAIN).enumerate().for_each(|(note, (((velocity, gain), point), slope))| {
            if fixed.get(note) == Some(&true) {
                return;
            }
            for axis in 0..2 {
                let turned = slope[axis] * velocity[axis] > 0.0;
                gain[axis] = if turned { (gain[axis] * 0.8).max(0.01) } else { gain[axis] + 0.2 };
                velocity[axis] = momentum * velocity[axis] - rate * gain[axis] * slope[axis];
                point[axis] += velocity[axis];
            }
        });
    }
}

/// Scales to the extent of the start, and parts what coincides.
fn shrink(start: Vec<[f64; 2]>, rng_seed: u64) -> Vec<[f64; 2]> {
    let largest = start.iter().flatten().fold(f64::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    let draw = Draw { rng_seed, stream: JITTER, step: 0 };
    let jitter = |point: u64, axis: usize| uniform01(draw.bits(2 * point + axis as u64)) - 0.5;
    let scaled = |(point, position): (u64, [f64; 2])| {
        [0, 1].map(|axis| START * (position[axis] / largest + 0.05 * jitter(point, axis)))
    };
    (0..).zip(start).map(scaled).collect()
}

/// A quarter of the gradient of t-SNE, `sum_j (exaggeration p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2)`.
fn gradient(points: &[[f64; 2]], affinities: &Affinities, exaggeration: f64) -> Vec<[f64; 2]> {
    let potentials = repulsion::potentials(points);
    let normalization: f64 = potentials.iter().fold(0.0, |sum, potential| sum + potential.value);
    #[expect(clippy::cast_possible_truncation, reason = "forces are computed in f32")]
    let points: Vec<[f32; 2]> = points.iter().map(|point| point.map(|x| x as f32)).collect();
    let slope = |(i, potential): (usize, &repulsion::Potential)| {
        let mut attraction = [0.0; 2];
        for (j, p) in affinities.of(i) {
            let difference = [points[i][0] - points[j][0], points[i][1] - points[j][1]];
            let pull = p / (1.0 + difference[0] * difference[0] + difference[1] * difference[1]);
            attraction[0] += pull * difference[0];
            attraction[1] += pull * difference[1];
        }
        [0, 1].map(|axis| {
            // The gradient of the potential is -2 sum_j (y_i - y_j) / (1 + r^2)^2.
            let repulsion = -0.5 * potential.gradient[axis] / normalization;
            exaggeration * f64::from(attraction[axis]) - repulsion
        })
    };
    potentials.par_iter().with_min_len(GRAIN).enumerate().map(slope).collect()
}

/// Scales both axes alike so that all points lie within the margin, in the middle.
fn fit_into_unit_square(mut positions: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let range = |axis: usize| {
        let values = positions.iter().map(|position| position[axis]);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let ranges = [range(0), range(1)];
    // Halved first: the difference of two finite numbers may be infinite, that of their halves not.
    let half = ranges.map(|(low, high)| 0.5 * high - 0.5 * low);
    let largest = half[0].max(half[1]);
    for position in &mut positions {
        for axis in 0..2 {
            let (low, high) = ranges[axis];
            let offset = if largest > 0.0 { (position[axis] - (0.5 * low + 0.5 * high)) / largest } else { 0.0 };
            position[axis] = 0.5 + (0.5 - MARGIN) * offset;
        }
    }
    positions
}
