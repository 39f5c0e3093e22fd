//! Tangent frames of the embedding, cell by cell, and the angles between those of neighbouring cells.
//!
//! In: notes on a plane with their vectors. Out: per cell the similarity of the notes around it, per link the frame
//! angle. Around each cell the nearest notes, weighted by a kernel that ends where the next nearest one lies, span a
//! tangent plane: the two leading directions of a weighted PCA of their vectors, `B_i = V_i beta_i`. The plane's basis
//! is turned so that the regression of the map's x, y on the tangent coordinates is symmetric and positive: that fixes
//! its orientation as required and its gauge. The angle on a link is that of the rotation nearest to
//! `B_i^T B_j = beta_i^T (V_i^T V_j) beta_j` (Singer & Wu, CPAM 2012). Everything is done in the span of the few notes
//! around a tile of cells, through their Gram matrix; each product of two vectors is the fixed-order one.

use rayon::prelude::*;

use super::Soil;
use super::maps::{Plane, SoilMaps};
use crate::math::elementary::scalar64::atan2;
use crate::math::symmetric::eigenpairs;

/// Notes around a cell.
const NEAREST: usize = 10;
/// Cells of a tile, a side.
const TILE: usize = 8;
/// Frames of less overlap than this (smallest singular value) have no angle.
const LEAST_OVERLAP: f64 = 0.1;
/// A second direction of less variance than this share of the first spans no plane.
const FLAT: f64 = 1e-9;

/// The notes that matter to one cell, as numbers within the tile, and its frame.
#[derive(Clone, Default)]
struct CellFrame {
    notes: Vec<(usize, f64)>,
    /// Coefficients of the two tangent vectors over `notes`; none where there is no plane.
    basis: Option<Vec<[f64; 2]>>,
    similarity: f64,
}

/// What comes of one cell: its number, its similarity, and the angles to the next cells in x and y.
struct Grown {
    cell: usize,
    similarity: f64,
    angles: [f64; 2],
}

/// What is known of the notes around a tile of cells.
struct Neighborhood {
    members: Vec<usize>,
    gram: Vec<f64>,
}

/// Similarity per cell in 0..1, and frame angles per link.
pub(super) fn grow(soil: &Soil, plane: &Plane, density: &[f64], scale: Scale) -> (Vec<f64>, Vec<f64>) {
    let cells = density.len();
    let (mut similarity, mut frame) = (vec![0.0; cells], vec![0.0; plane.axes * cells]);
    let corners = corners(plane);
    let grown = corners.par_iter().map(|&corner| {
        let tile = Tile::new(plane, corner);
        let all = vec![true; tile.halo.len()];
        grow_tile(soil, plane, density, scale, &tile, &all)
    });
    put(grown.collect(), &mut similarity, &mut frame);
    (similarity, frame)
}

/// The same where some notes have moved from one plane to the other: only the cells that they concern are made anew.
pub(super) fn regrow(
    soil: &Soil,
    [old, new]: [&Plane; 2],
    before: &SoilMaps,
    density: &[f64],
    moved: &[usize],
) -> (Vec<f64>, Vec<f64>) {
    let (mut similarity, mut frame) = (before.similarity.clone(), before.frame.clone());
    let corners = corners(new);
    let grown = corners.par_iter().map(|&corner| {
        let tile = Tile::new(new, corner);
        let concerned = tile.concerned([old, new], [&before.density, density], moved);
        if !concerned.contains(&true) {
            return Vec::new();
        }
        grow_tile(soil, new, density, Scale::from(before.scale), &tile, &concerned)
    });
    put(grown.collect(), &mut similarity, &mut frame);
    (similarity, frame)
}

/// The lowest cell of each tile.
fn corners(plane: &Plane) -> Vec<[usize; 2]> {
    let [nx, ny] = plane.shape;
    let tiles_x = nx.div_ceil(TILE);
    (0..tiles_x * ny.div_ceil(TILE)).map(|tile| [tile % tiles_x * TILE, tile / tiles_x * TILE]).collect()
}

fn put(grown: Vec<Vec<Grown>>, similarity: &mut [f64], frame: &mut [f64]) {
    let cells = similarity.len();
    for Grown { cell, similarity: similar, angles } in grown.into_iter().flatten() {
        similarity[cell] = similar;
        for (along, angle) in frame.chunks_mut(cells).zip(angles) {
            along[cell] = angle;
        }
    }
}

/// Cells that share their notes.
struct Tile {
    corner: [usize; 2],
    width: usize,
    height: usize,
    /// The tile's cells and one more row and column, for the links that leave it.
    halo: Vec<[usize; 2]>,
}

impl Tile {
    fn new(plane: &Plane, corner: [usize; 2]) -> Self {
        let [nx, ny] = plane.shape;
        let [width, height] = [(nx - corner[0]).min(TILE), (ny - corner[1]).min(TILE)];
        let halo = (0..=height).flat_map(|y| (0..=width).map(move |x| [x, y]));
        let halo = halo.map(|[x, y]| [(corner[0] + x) % nx, (corner[1] + y) % ny]).collect();
        Self { corner, width, height, halo }
    }

    /// The tile's own cells by their places in the halo, with those ahead of each in x and in y.
    fn own(&self) -> impl Iterator<Item = [usize; 3]> + '_ {
        let at = |x: usize, y: usize| y * (self.width + 1) + x;
        (0..self.height).flat_map(move |y| (0..self.width).map(move |x| [at(x, y), at(x + 1, y), at(x, y + 1)]))
    }

    /// The cells of the halo whose frames are needed because notes have moved that they, or the cells ahead of them, know:
    /// notes that are among the nearest now or were so before.
    fn concerned(&self, [old, new]: [&Plane; 2], density: [&[f64]; 2], moved: &[usize]) -> Vec<bool> {
        let nx = new.shape[0];
        let present = |&[x, y]: &[usize; 2]| density.map(|density| density[y * nx + x] > 0.0);
        let present: Vec<[bool; 2]> = self.halo.iter().map(present).collect();
        let mut changed: Vec<bool> = present.iter().map(|[before, now]| before != now).collect();
        let middle = middle(old, self.corner);
        let come_within = |reach: f64| {
            let near =
                move |&note: &usize| [old, new].iter().any(|plane| distance(plane, middle, plane.notes[note]) <= reach);
            moved.iter().copied().filter(near)
        };
        // First by a bound that is quick to find.
        let farthest = reach(old, old.reach_of(middle, NEAREST + 1));
        if present.iter().any(|[before, _]| *before) && come_within(farthest).next().is_some() {
            let (known, reach) = candidates(old, self.corner);
            let near: Vec<usize> = come_within(reach).collect();
            for (at, &[x, y]) in self.halo.iter().enumerate().filter(|_| !near.is_empty()) {
                if present[at] != [true; 2] || changed[at] {
                    continue;
                }
                let center = new.center(x, y);
                let away = |plane: &Plane, note: usize| distance(plane, center, plane.notes[note]);
                let end = next_nearest(old, &known, center);
                changed[at] = near.iter().any(|&note| away(old, note) <= end || away(new, note) <= end);
            }
        }
        let mut needed = vec![false; changed.len()];
        for around in self.own().filter(|around| around.iter().any(|&at| changed[at])) {
            around.iter().for_each(|&at| needed[at] = true);
        }
        needed
    }
}

/// The cells of a tile that, with those ahead of them, are needed.
fn grow_tile(soil: &Soil, plane: &Plane, density: &[f64], scale: Scale, tile: &Tile, needed: &[bool]) -> Vec<Grown> {
    let [nx, ny] = plane.shape;
    let Tile { corner, width, ref halo, .. } = *tile;
    // Where there are no notes there is no frame, and nothing to compute.
    let present = |&(at, &[x, y]): &(usize, &[usize; 2])| needed[at] && density[y * nx + x] > 0.0;
    let candidates = match halo.iter().enumerate().any(|cell| present(&cell)) {
        true => candidates(plane, corner).0,
        false => Vec::new(),
    };
    let of_cell = |cell: (usize, &[usize; 2])| match present(&cell) {
        true => weighted_notes(plane, &candidates, plane.center(cell.1[0], cell.1[1])),
        false => Vec::new(),
    };
    let nearest: Vec<Vec<(usize, f64)>> = halo.iter().enumerate().map(of_cell).collect();
    let neighborhood = Neighborhood::of(soil, &nearest);
    let frames: Vec<CellFrame> = halo
        .iter()
        .zip(nearest)
        .map(|(&[x, y], notes)| neighborhood.frame(plane, scale, plane.center(x, y), notes))
        .collect();
    let angle = |from: usize, to: usize| neighborhood.angle(&frames[from], &frames[to]);
    let grow_cell = |[at, right, above]: [usize; 3]| {
        let [x, y] = [corner[0] + at % (width + 1), corner[1] + at / (width + 1)];
        let beyond = [x + 1 == nx, y + 1 == ny];
        // No link leads through a wall, nor from a cell to itself.
        let linked = [0, 1].map(|axis| plane.shape[axis] > 1 && (!beyond[axis] || plane.periodic(axis)));
        let angle_x = if linked[0] { angle(at, right) } else { 0.0 };
        let angle_y = if linked[1] { angle(at, above) } else { 0.0 };
        Grown { cell: y * nx + x, similarity: frames[at].similarity, angles: [angle_x, angle_y] }
    };
    tile.own().filter(|around| around.iter().all(|&at| needed[at])).map(grow_cell).collect()
}

/// The middle of a tile with its halo.
fn middle(plane: &Plane, corner: [usize; 2]) -> [f64; 2] {
    [0, 1].map(|axis| (corner[axis] as f64 + (TILE as f64) / 2.0 + 0.5) * plane.spacing[axis])
}

/// How far from a tile's middle the nearest notes of its cells can be, where those of the middle are within `outermost`: a
/// cell's nearest lie within `outermost + r` of it, r being its distance from the middle (the triangle).
fn reach(plane: &Plane, outermost: f64) -> f64 {
    let half = (TILE as f64) / 2.0 + 0.5;
    let radius = half * (plane.spacing[0] * plane.spacing[0] + plane.spacing[1] * plane.spacing[1]).sqrt();
    (outermost + 2.0 * radius) * (1.0 + 1e-9)
}

/// All notes that can be among the nearest of any cell in a tile and its halo, and the next nearest; and how far from the
/// tile's middle such notes can be.
fn candidates(plane: &Plane, corner: [usize; 2]) -> (Vec<usize>, f64) {
    let middle = middle(plane, corner);
    let near = plane.around(middle, plane.reach_of(middle, NEAREST + 1));
    let mut distances: Vec<f64> = near.iter().map(|&note| distance(plane, middle, plane.notes[note])).collect();
    let last = NEAREST.min(distances.len() - 1);
    let (_, outermost, _) = distances.select_nth_unstable_by(last, f64::total_cmp);
    let reach = reach(plane, *outermost);
    let mut known = plane.around(middle, reach);
    known.retain(|&note| distance(plane, middle, plane.notes[note]) <= reach);
    (known, reach)
}

/// The distance of the next note after the nearest of a place: no note beyond it concerns the place; infinite where there
/// is none.
fn next_nearest(plane: &Plane, candidates: &[usize], center: [f64; 2]) -> f64 {
    let mut away: Vec<f64> = candidates.iter().map(|&note| distance(plane, center, plane.notes[note])).collect();
    if away.len() <= NEAREST {
        return f64::INFINITY;
    }
    *away.select_nth_unstable_by(NEAREST, f64::total_cmp).1
}

/// The nearest notes of a place with weights `(1 - r^2/R^2)^2` of sum 1, R being the distance of the next nearest.
fn weighted_notes(plane: &Plane, candidates: &[usize], center: [f64; 2]) -> Vec<(usize, f64)> {
    let mut near: Vec<(f64, usize)> =
        candidates.iter().map(|&note| (distance(plane, center, plane.notes[note]), note)).collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let end = if near.len() > NEAREST {
        near.select_nth_unstable_by(NEAREST, order);
        near[NEAREST].0
    } else {
        // All notes are near: let the kernel reach a little beyond the last.
        1.5 * near.iter().fold(0.0_f64, |end, (distance, _)| end.max(*distance))
    };
    near.truncate(NEAREST);
    near.sort_by(order);
    let weight = |distance: f64| {
        let share = 1.0 - (distance / end) * (distance / end);
        if end > 0.0 { (share * share).max(1e-12) } else { 1.0 }
    };
    let sum = near.iter().fold(0.0, |sum, (distance, _)| sum + weight(*distance));
    near.into_iter().map(|(distance, note)| (note, weight(distance) / sum)).collect()
}

impl Neighborhood {
    /// The notes that any of some cells needs, with their Gram matrix.
    fn of(soil: &Soil, nearest: &[Vec<(usize, f64)>]) -> Self {
        let mut members: Vec<usize> = nearest.iter().flatten().map(|(note, _)| *note).collect();
        members.sort_unstable();
        members.dedup();
        let size = members.len();
        let mut gram = vec![0.0; size * size];
        for a in 0..size {
            for b in 0..=a {
                let product = soil.vectors.cosine(members[a], members[b]);
                gram[a * size + b] = product;
                gram[b * size + a] = product;
            }
        }
        Self { members, gram }
    }

    fn product(&self, a: usize, b: usize) -> f64 {
        self.gram[a * self.members.len() + b]
    }

    /// The frame of one cell from the notes around it.
    fn frame(&self, plane: &Plane, scale: Scale, center: [f64; 2], mut notes: Vec<(usize, f64)>) -> CellFrame {
        for (note, _) in &mut notes {
            *note = self.members.binary_search(note).expect("every note around a cell is a member");
        }
        let similarity = self.similarity(&notes, scale);
        let basis = self.basis(plane, center, &notes);
        CellFrame { notes, basis, similarity }
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

    /// Tangent basis as coefficients over the notes, oriented and turned by the map.
    fn basis(&self, plane: &Plane, center: [f64; 2], notes: &[(usize, f64)]) -> Option<Vec<[f64; 2]>> {
        let size = notes.len();
        if size < 3 {
            return None;
        }
        let mean_products: Vec<f64> = notes
            .iter()
            .map(|&(a, _)| notes.iter().fold(0.0, |sum, &(b, weight)| sum + weight * self.product(a, b)))
            .collect();
        let mean_norm =
            notes.iter().zip(&mean_products).fold(0.0, |sum, (&(_, weight), product)| sum + weight * product);
        let roots: Vec<f64> = notes.iter().map(|(_, weight)| weight.sqrt()).collect();
        let mut covariance = vec![0.0; size * size];
        for a in 0..size {
            for b in 0..size {
                let centered = self.product(notes[a].0, notes[b].0) - mean_products[a] - mean_products[b] + mean_norm;
                covariance[a * size + b] = roots[a] * roots[b] * centered;
            }
        }
        let (values, vectors) = eigenpairs(size, covariance);
        if values[1] <= FLAT * values[0] || values[0] <= 0.0 {
            return None;
        }
        // The unit tangent vector k is sum_a (v_a - mean) sqrt(w_a) e_ka / sqrt(value_k), and the mean drops out.
        let coefficient = |k: usize, a: usize| roots[a] * vectors[k * size + a] / values[k].sqrt();
        let mut basis: Vec<[f64; 2]> = (0..size).map(|a| [coefficient(0, a), coefficient(1, a)]).collect();
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
                    slope[axis][k] += position[axis] * roots[a] * vectors[k * size + a] / values[k].sqrt();
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
    fn angle(&self, from: &CellFrame, to: &CellFrame) -> f64 {
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

fn distance(plane: &Plane, from: [f64; 2], to: [f64; 2]) -> f64 {
    let [x, y] = [plane.offset(0, from[0], to[0]), plane.offset(1, from[1], to[1])];
    (x * x + y * y).sqrt()
}

/// What cosines mean here: that of any two notes, and that of neighbours.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    stranger: f64,
    neighbor: f64,
}

impl Scale {
    /// Mean cosine of two different notes, and the median one of the nearest five neighbours.
    pub(super) fn of(soil: &Soil) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let count = soil.vectors.len() as f64;
        let mean = super::pca::mean(&soil.vectors);
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
