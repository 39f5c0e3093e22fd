//! New notes on an old map, and a map that goes on settling.
//!
//! In: places of some notes, vectors and neighbours of all. Out: a place for every note; the old ones bit for bit as they
//! were. A new note starts among its nearest neighbours that have a place, those around the nearest one: a mean of two
//! islands lies in the sea. Then the new notes relax, and only they, in the forces of the layout ([`super::layout`]). The
//! unit of length, which a map in the unit square has lost, is the one in which the old map fits its forces best. A map
//! settles further in the same forces: all notes but the pinned ones move, from wherever they were pulled to.

use super::affinity::Affinities;
use super::layout::{Descent, LayoutKind, affinities};
use super::neighbors::NeighborGraph;
use super::note::Note;
use super::repulsion;
use super::streams::JITTER;
use super::vectors::Vectors;
use super::{Progress, SoilOptions};
use crate::math::elementary::scalar64::{exp, log};
use crate::math::rng::{Draw, uniform01};

/// Neighbours have a say if they lie this near to the nearest, in units of the mean distance of notes.
const AROUND: f64 = 3.0;
/// Iterations in which new notes relax.
const STEPS: usize = 250;
const MOMENTUM: f64 = 0.8;
/// Units of length to choose from: powers of 2.
const SCALES: [f64; 2] = [0.0, 14.0];
/// Free space at each side of the unit square that new notes leave.
const MARGIN: f64 = 0.01;

/// The places that notes have and keep; `None` where there are none, or where the source gives all.
pub(super) fn placed(options: &SoilOptions, notes: &[Note]) -> Option<Vec<Option<[f64; 2]>>> {
    let kept = options.places.is_some() && options.layout != LayoutKind::Given;
    let any = kept && notes.iter().any(|note| note.position.is_some());
    any.then(|| notes.iter().map(|note| note.position).collect())
}

/// Places for all notes.
pub(super) fn settle(
    placed: &[Option<[f64; 2]>],
    vectors: &Vectors,
    neighbors: &NeighborGraph,
    progress: &dyn Progress,
) -> Vec<[f64; 2]> {
    let fixed: Vec<bool> = placed.iter().map(Option::is_some).collect();
    progress.stage("placing new notes", STEPS as u64);
    if fixed.iter().all(|fixed| *fixed) {
        progress.advance(STEPS as u64);
        return placed.iter().flatten().copied().collect();
    }
    let affinities = affinities(neighbors, vectors.len());
    let scale = natural_scale(placed, &affinities);
    let points = starts(placed, vectors, neighbors).into_iter().map(|at| at.map(|x| scale * (x - 0.5))).collect();
    let mut descent = Descent::around(points, fixed);
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let rate = vectors.len() as f64;
    for _ in 0..STEPS {
        descent.step(&affinities, 1.0, rate, MOMENTUM);
        progress.advance(1);
    }
    let back = |point: [f64; 2]| point.map(|x| (x / scale + 0.5).clamp(MARGIN, 1.0 - MARGIN));
    placed.iter().zip(descent.points).map(|(own, point)| own.unwrap_or_else(|| back(point))).collect()
}

/// What moves the notes of a map.
#[derive(Clone, Debug)]
pub(super) struct Forces {
    affinities: Affinities,
    /// Units of the forces per side of the unit square.
    scale: f64,
}

impl Forces {
    /// The forces between notes, in the unit that fits a map of them.
    pub(super) fn new(layout: &[[f64; 2]], neighbors: &NeighborGraph) -> Self {
        let affinities = affinities(neighbors, layout.len());
        let placed: Vec<Option<[f64; 2]>> = layout.iter().copied().map(Some).collect();
        Self { scale: natural_scale(&placed, &affinities), affinities }
    }

    /// Where the notes of a layout are after some iterations; those that are fixed stay, bit for bit.
    pub(super) fn settled(&self, layout: &[[f64; 2]], fixed: Vec<bool>, iterations: usize) -> Vec<[f64; 2]> {
        let points = layout.iter().map(|at| at.map(|x| self.scale * (x - 0.5))).collect();
        let stays = fixed.clone();
        let mut descent = Descent::around(points, fixed);
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let rate = layout.len() as f64;
        for _ in 0..iterations {
            descent.step(&self.affinities, 1.0, rate, MOMENTUM);
        }
        let back = |point: [f64; 2]| point.map(|x| (x / self.scale + 0.5).clamp(MARGIN, 1.0 - MARGIN));
        let notes = descent.points.into_iter().zip(layout).zip(stays);
        notes.map(|((point, own), stays)| if stays { *own } else { back(point) }).collect()
    }
}

/// The scale at which the old map has the least divergence `sum p_ij log(1 + r^2) + log sum 1/(1 + r^2)` from its
/// affinities, by golden sections of its logarithm.
fn natural_scale(placed: &[Option<[f64; 2]>], affinities: &Affinities) -> f64 {
    const ROUNDS: usize = 24;
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let old: Vec<[f64; 2]> = placed.iter().flatten().copied().collect();
    let divergence = |power: f64| {
        let scale = exp(power * std::f64::consts::LN_2);
        let scaled: Vec<[f64; 2]> = old.iter().map(|at| at.map(|x| scale * x)).collect();
        let total = repulsion::potentials(&scaled).iter().fold(0.0, |sum, potential| sum + potential.value);
        let (mut pull, mut shares) = (0.0, 0.0);
        for (note, at) in placed.iter().enumerate() {
            let Some(at) = at else { continue };
            for (other, share) in affinities.of(note) {
                let Some(to) = placed[other] else { continue };
                let [x, y] = [scale * (at[0] - to[0]), scale * (at[1] - to[1])];
                pull += f64::from(share) * log(1.0 + x * x + y * y);
                shares += f64::from(share);
            }
        }
        if shares > 0.0 && total > 0.0 { pull / shares + log(total) } else { power }
    };
    let [mut low, mut high] = SCALES;
    let inner = |low: f64, high: f64| [high - golden * (high - low), low + golden * (high - low)];
    let mut at = inner(low, high);
    let mut values = at.map(divergence);
    for _ in 0..ROUNDS {
        if values[0] < values[1] {
            high = at[1];
            let next = inner(low, high)[0];
            (at, values) = ([next, at[0]], [divergence(next), values[0]]);
        } else {
            low = at[0];
            let next = inner(low, high)[1];
            (at, values) = ([at[1], next], [values[1], divergence(next)]);
        }
    }
    exp(0.5 * (low + high) * std::f64::consts::LN_2)
}

/// Where every note starts: old ones where they are, new ones round by round, those with placed neighbours first.
fn starts(placed: &[Option<[f64; 2]>], vectors: &Vectors, neighbors: &NeighborGraph) -> Vec<[f64; 2]> {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let around = AROUND / (placed.len() as f64).sqrt();
    let mut known = placed.to_vec();
    while known.iter().any(Option::is_none) {
        let open: Vec<usize> = (0..known.len()).filter(|&note| known[note].is_none()).collect();
        let among = |&note: &usize| {
            let near: Vec<([f64; 2], f64)> =
                neighbors.of(note).filter_map(|(other, distance)| Some((known[other]?, 1.0 - distance))).collect();
            Some((note, middle(&near, around)?))
        };
        let mut found: Vec<(usize, [f64; 2])> = open.iter().filter_map(among).collect();
        if found.is_empty() {
            // New notes among themselves: the first of them goes to the most similar note that has a place.
            let similar = |a: &usize, b: &usize| {
                vectors.cosine(open[0], *a).total_cmp(&vectors.cosine(open[0], *b)).then(b.cmp(a))
            };
            let nearest = (0..known.len()).filter(|&note| known[note].is_some()).max_by(similar);
            found = vec![(open[0], nearest.and_then(|note| known[note]).unwrap_or([0.5; 2]))];
        }
        for (note, at) in found {
            known[note] = Some(jittered(at, note, around));
        }
    }
    known.into_iter().flatten().collect()
}

/// The mean of places weighted by similarity, of those around the first.
fn middle(near: &[([f64; 2], f64)], around: f64) -> Option<[f64; 2]> {
    let &(best, _) = near.first()?;
    let (mut sum, mut weights) = ([0.0; 2], 0.0);
    for &(at, similarity) in near {
        let away = [at[0] - best[0], at[1] - best[1]];
        if away[0] * away[0] + away[1] * away[1] <= around * around {
            let weight = similarity.max(1e-3);
            (0..2).for_each(|axis| sum[axis] += weight * at[axis]);
            weights += weight;
        }
    }
    Some(sum.map(|along| along / weights))
}

/// Parts what would coincide.
fn jittered(at: [f64; 2], note: usize, around: f64) -> [f64; 2] {
    let draw = Draw { rng_seed: 0, stream: JITTER, step: 1 };
    let shift = |axis: usize| 0.1 * around * (uniform01(draw.bits((2 * note + axis) as u64)) - 0.5);
    [at[0] + shift(0), at[1] + shift(1)]
}
