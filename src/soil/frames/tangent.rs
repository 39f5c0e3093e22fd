//! Tangent planes of the notes around cells, and the rotations between them.
//!
//! In: the nearest notes of some cells, with weights. Out: per cell a similarity and a frame. The notes around a cell span a
//! tangent plane: the two leading directions of a weighted PCA of their vectors, `B_i = V_i beta_i`. The plane's basis
//! is turned so that the regression of the map's x, y on the tangent coordinates is symmetric and positive: that fixes
//! its orientation as required and its gauge. The angle on a link is that of the rotation nearest to
//! `B_i^T B_j = beta_i^T (V_i^T V_j) beta_j` (Singer & Wu, CPAM 2012). Everything is done in the span of the few notes
//! around a tile of cells, through their Gram matrix; each product of two vectors is the fixed-order one.

use super::NEAREST;
use crate::math::elementary::scalar64::atan2;
use crate::math::symmetric::leading_eigenpairs;
use crate::soil::Soil;
use crate::soil::maps::Plane;
use crate::soil::pca;

/// Cells whose planes are found together: so many that loops over them become vector code.
const LANES: usize = 32;
/// Frames of less overlap than this (smallest singular value) have no angle.
const LEAST_OVERLAP: f64 = 0.1;
/// A second direction of less variance than this share of the first spans no plane.
const FLAT: f64 = 1e-9;

/// The notes that matter to one cell, as numbers within the tile, and its frame.
#[derive(Clone, Default)]
pub(super) struct CellFrame {
    notes: Vec<(usize, f64)>,
    /// Coefficients of the two tangent vectors over `notes`; none where there is no plane.
    basis: Option<Vec<[f64; 2]>>,
    pub(super) similarity: f64,
}

/// What is known of the notes around a tile of cells.
pub(super) struct Neighborhood {
    members: Vec<usize>,
    gram: Vec<f64>,
}

impl Neighborhood {
    /// The notes that any of some cells needs, with their Gram matrix.
    pub(super) fn of(soil: &Soil, nearest: &[Vec<(usize, f64)>]) -> Self {
        let mut members: Vec<usize> = nearest.iter().flatten().map(|(note, _)| *note).collect();
        members.sort_unstable();
        members.dedup();
        let size = members.len();
        let mut gram = vec![0.0; size * size];
        for a in 0..size {
            let products = soil.vectors.cosines(members[a], members[..=a].iter().copied());
            for (b, product) in products.into_iter().enumerate() {
                gram[a * size + b] = product;
                gram[b * size + a] = product;
            }
        }
        Self { members, gram }
    }

    fn product(&self, a: usize, b: usize) -> f64 {
        self.gram[a * self.members.len() + b]
    }

    /// The frames of cells from the notes around them.
    pub(super) fn frames(
        &self,
        plane: &Plane,
        scale: Scale,
        centers: &[[f64; 2]],
        nearest: Vec<Vec<(usize, f64)>>,
    ) -> Vec<CellFrame> {
        let mut frames: Vec<CellFrame> = nearest.into_iter().map(|notes| self.without_basis(scale, notes)).collect();
        // Three notes span a plane. All cells that have notes have as many, or all notes.
        let spanned: Vec<usize> = (0..frames.len()).filter(|&cell| frames[cell].notes.len() > 2).collect();
        for cells in spanned.chunks(LANES) {
            let size = frames[cells[0]].notes.len();
            let mut covariances = vec![[0.0; LANES]; size * size];
            for (lane, &cell) in cells.iter().enumerate() {
                self.covariance(&frames[cell].notes, |at, value| covariances[at][lane] = value);
            }
            let (values, vectors) = leading_eigenpairs(size, 2, covariances);
            for (lane, &cell) in cells.iter().enumerate() {
                let directions = Directions {
                    variances: [values[0][lane], values[1][lane]],
                    components: |k: usize, a: usize| vectors[k * size + a][lane],
                };
                frames[cell].basis = self.basis(plane, centers[cell], &frames[cell].notes, &directions);
            }
        }
        frames
    }

    /// What needs no plane.
    fn without_basis(&self, scale: Scale, mut notes: Vec<(usize, f64)>) -> CellFrame {
        for (note, _) in &mut notes {
            *note = self.members.binary_search(note).expect("every note around a cell is a member");
        }
        let similarity = self.similarity(&notes, scale);
        CellFrame { notes, basis: None, similarity }
    }

    /// Mean similarity of pairs of notes, from 0 (like any two notes) to 1 (like neighbours).
    fn similarity(&self, notes: &[(usize, f64)], scale: Scale) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (i, &(a, weight_a)) in notes.iter().enumerate() {
            for &(b, weight_b) in &notes[..i] {
                sum += weight_a * weight_b * self.product(a, b);
                weights += weight_a * weight_b;
            }
        }
        if weights > 0.0 { scale.similarity(sum / weights) } else { 1.0 }
    }

    /// Products of the notes' centred vectors, each weighed by the root of its weight; `put` gets them by position.
    fn covariance(&self, notes: &[(usize, f64)], mut put: impl FnMut(usize, f64)) {
        let (mut mean_products, mut mean_norm) = ([0.0; NEAREST], 0.0);
        for (&(a, weight), mean) in notes.iter().zip(&mut mean_products) {
            *mean = notes.iter().fold(0.0, |sum, &(b, weight)| sum + weight * self.product(a, b));
            mean_norm += weight * *mean;
        }
        let roots = roots(notes);
        for (a, &(of_a, _)) in notes.iter().enumerate() {
            for (b, &(of_b, _)) in notes.iter().enumerate() {
                let centered = self.product(of_a, of_b) - mean_products[a] - mean_products[b] + mean_norm;
                put(a * notes.len() + b, roots[a] * roots[b] * centered);
            }
        }
    }

    /// Tangent basis as coefficients over the notes, oriented and turned by the map, from the leading directions of their
    /// covariance.
    fn basis(
        &self,
        plane: &Plane,
        center: [f64; 2],
        notes: &[(usize, f64)],
        directions: &Directions<impl Fn(usize, usize) -> f64>,
    ) -> Option<Vec<[f64; 2]>> {
        let Directions { variances, components } = directions;
        if variances[1] <= FLAT * variances[0] || variances[0] <= 0.0 {
            return None;
        }
        let roots = roots(notes);
        // The unit tangent vector k is sum_a (v_a - mean) sqrt(w_a) e_ka / sqrt(value_k), and the mean drops out.
        let deviations = variances.map(f64::sqrt);
        let coefficient = |k: usize, a: usize| roots[a] * components(k, a) / deviations[k];
        let mut basis: Vec<[f64; 2]> = (0..notes.len()).map(|a| [coefficient(0, a), coefficient(1, a)]).collect();
        // Regression of the map on tangent coordinates: M = sum_a w_a p_a s_a^T, divided by the variances.
        let mut slope = [[0.0; 2]; 2];
        for (a, &(member, _)) in notes.iter().enumerate() {
            let note = plane.map[self.members[member]];
            let position = [
                plane.offset(0, center[0], note[0]),
                if plane.axes == 1 { note[1] } else { plane.offset(1, center[1], note[1]) },
            ];
            for axis in 0..2 {
                for k in 0..2 {
                    slope[axis][k] += position[axis] * roots[a] * components(k, a) / deviations[k];
                }
            }
        }
        if slope[0][0] * slope[1][1] - slope[0][1] * slope[1][0] < 0.0 {
            basis.iter_mut().for_each(|tangent| tangent[1] = -tangent[1]);
            slope.iter_mut().for_each(|row| row[1] = -row[1]);
        }
        turn(&mut basis, slope);
        Some(basis)
    }

    /// The angle that carries the frame of `to` into the frame of `from`.
    pub(super) fn angle(&self, from: &CellFrame, to: &CellFrame) -> f64 {
        let (Some(basis_from), Some(basis_to)) = (&from.basis, &to.basis) else { return 0.0 };
        let mut overlap = [[0.0; 2]; 2];
        for (&(a, _), left) in from.notes.iter().zip(basis_from) {
            let mut image = [0.0; 2];
            for (&(b, _), right) in to.notes.iter().zip(basis_to) {
                let product = self.product(a, b);
                image[0] += product * right[0];
                image[1] += product * right[1];
            }
            for k in 0..2 {
                overlap[k][0] += left[k] * image[0];
                overlap[k][1] += left[k] * image[1];
            }
        }
        rotation_angle(overlap).unwrap_or(0.0)
    }
}

/// The two directions in which notes differ most.
struct Directions<F> {
    variances: [f64; 2],
    /// Component of a direction along a note.
    components: F,
}

/// Roots of the notes' weights.
fn roots(notes: &[(usize, f64)]) -> [f64; NEAREST] {
    let mut roots = [0.0; NEAREST];
    roots.iter_mut().zip(notes).for_each(|(root, (_, weight))| *root = weight.sqrt());
    roots
}

/// Turns a basis so that `slope`, the map by tangent coordinates, becomes symmetric and positive.
fn turn(basis: &mut [[f64; 2]], slope: [[f64; 2]; 2]) {
    let [cosine, sine] = [slope[0][0] + slope[1][1], slope[1][0] - slope[0][1]];
    let norm = (cosine * cosine + sine * sine).sqrt();
    if norm > 0.0 {
        let [cosine, sine] = [cosine / norm, sine / norm];
        for tangent in basis {
            *tangent = [cosine * tangent[0] - sine * tangent[1], sine * tangent[0] + cosine * tangent[1]];
        }
    }
}

/// Angle in (-pi, pi] of the rotation nearest to a matrix, unless its smallest singular value is too small.
fn rotation_angle([[a, b], [c, d]]: [[f64; 2]; 2]) -> Option<f64> {
    // Half the sum and half the difference of the singular values are |(a+d, c-b)|/2 and |(a-d, c+b)|/2.
    let along = ((a + d) * (a + d) + (c - b) * (c - b)).sqrt();
    let against = ((a - d) * (a - d) + (c + b) * (c + b)).sqrt();
    let smallest = 0.5 * (along - against).abs();
    if smallest < LEAST_OVERLAP {
        return None;
    }
    let angle = atan2(c - b, a + d);
    Some(if angle <= -std::f64::consts::PI { std::f64::consts::PI } else { angle })
}

/// What cosines mean here: that of any two notes, and that of neighbours.
#[derive(Clone, Copy)]
pub(in crate::soil) struct Scale {
    stranger: f64,
    neighbor: f64,
}

impl Scale {
    /// Mean cosine of two different notes, and the median one of the nearest five neighbours.
    pub(in crate::soil) fn of(soil: &Soil) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let count = soil.vectors.len() as f64;
        let mean = pca::mean(&soil.vectors);
        let norm = mean.iter().fold(0.0, |sum, x| sum + x * x);
        let stranger = if count > 1.0 { (norm * count - 1.0) / (count - 1.0) } else { 0.0 };
        let graph = &soil.neighbors;
        let mut near: Vec<f64> = (0..soil.vectors.len())
            .flat_map(|note| graph.of(note).take(5).map(|(_, distance)| 1.0 - distance))
            .collect();
        let half = near.len() / 2;
        let neighbor = if near.is_empty() { 1.0 } else { *near.select_nth_unstable_by(half, f64::total_cmp).1 };
        Self { stranger, neighbor }
    }

    fn similarity(self, cosine: f64) -> f64 {
        let range = self.neighbor - self.stranger;
        if range > 0.0 { ((cosine - self.stranger) / range).clamp(0.0, 1.0) } else { 1.0 }
    }
}

impl From<[f64; 2]> for Scale {
    fn from([stranger, neighbor]: [f64; 2]) -> Self {
        Self { stranger, neighbor }
    }
}

impl From<Scale> for [f64; 2] {
    fn from(scale: Scale) -> Self {
        [scale.stranger, scale.neighbor]
    }
}
