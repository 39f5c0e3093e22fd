//! The frames of the neighbour graph: how the tangent plane of one note is turned against that of the next.
//!
//! In: unit vectors and their nearest neighbours. Out: [`Connection`], plain data per undirected edge: the angle of the
//! rotation that carries the frame of one end into that of the other, the confidence in it, and the weight. After vector
//! diffusion maps (Singer & Wu, CPAM 65, 2012): planes by local PCA ([`planes`]), `O_ij = polar(B_i^T B_j)`, orientations by
//! Z2 synchronisation ([`orientation`]), `w_ij = K(d_ij) c_ij`. On a surface the angles round a triangle add up to its
//! Gaussian curvature; [`frustration()`] says whether they mean anything where the notes are no surface.
//!
//! Invariants: `theta_ij = -theta_ji` carries a value at j into the frame of i; edges are sorted by (i, j) with i < j.
//! An edge whose two planes can't be oriented alike is *unsatisfied*: the nearest orthogonal matrix is a reflection, and
//! no rotation stands for it, so its confidence and weight are 0.

mod frustration;
mod gauge;
mod laplacian;
mod orientation;
mod planes;
mod rotations;

pub use frustration::{Frustration, Null, frustration};
pub use laplacian::ConnectionLaplacian;
pub use planes::TangentPlanes;
pub use rotations::FrameKind;

use rayon::prelude::*;

use super::Soil;
use super::neighbors::NeighborGraph;
use super::streams::{ANGLES, SHUFFLES};
use crate::math::elementary::scalar64::atan2;
use orientation::orient;

/// `B_i^T B_j`: products of the two tangent vectors at i with those at j.
pub type Overlap = [[f64; 2]; 2];

/// Two notes that are neighbours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The notes i < j.
    pub ends: [u32; 2],
    /// `theta_ij` in (-pi, pi].
    pub angle: f64,
    /// Smallest singular value of `B_i^T B_j`, 0 to 1: 1 where the planes are parallel; 0 on unsatisfied edges.
    pub confidence: f64,
    /// `w_ij`: nearness, 1 at no distance, times the confidence.
    pub weight: f64,
}

/// Frames of notes and the rotations between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Number of notes.
    pub count: usize,
    /// Each pair of neighbours once, in ascending order.
    pub edges: Vec<Edge>,
    /// Edges whose planes can't be oriented alike.
    pub unsatisfied: usize,
}

impl Soil {
    /// The tangent planes of the notes, from the neighbours of each.
    pub fn tangent_planes(&self) -> TangentPlanes {
        TangentPlanes::of(&self.vectors, &self.neighbors)
    }

    /// Bytes of those planes.
    pub fn tangent_bytes(&self) -> u128 {
        2 * size_of_val(self.vectors.values()) as u128
    }

    /// The frames of the soil's neighbour graph.
    pub fn connection(&self) -> Connection {
        Connection::of(&self.tangent_planes(), &self.neighbors)
    }
}

impl Connection {
    /// The frames of a neighbour graph whose tangent planes are known, each pair weighing as much as it is near.
    pub fn of(planes: &TangentPlanes, neighbors: &NeighborGraph) -> Self {
        let near = neighbors.pairs();
        let pairs: Vec<[u32; 2]> = near.iter().map(|(ends, _)| *ends).collect();
        let nearness: Vec<f64> = near.into_iter().map(|(_, nearness)| nearness).collect();
        Self::from_overlaps(planes.len(), &pairs, &nearness, |i, j| planes.overlap(i, j))
    }

    /// The frames along given edges, ascending pairs i < j each with its nearness, from the overlaps of their planes.
    pub fn from_overlaps(
        count: usize,
        pairs: &[[u32; 2]],
        nearness: &[f64],
        overlap: impl Fn(usize, usize) -> Overlap + Sync,
    ) -> Self {
        let overlaps: Vec<Overlap> = pairs.par_iter().map(|&[i, j]| overlap(i as usize, j as usize)).collect();
        let signs: Vec<f64> = overlaps.iter().map(|[[a, b], [c, d]]| a * d - b * c).collect();
        let flips = orient(count, pairs, &signs);
        let edge = |((&ends, &nearness), overlap): ((&[u32; 2], &f64), &Overlap)| {
            let [flip_i, flip_j] = ends.map(|end| flips[end as usize]);
            // A flip turns the second tangent vector round.
            let [[a, b], [c, d]] = *overlap;
            let (angle, confidence) = nearest_rotation([[a, flip_j * b], [flip_i * c, flip_i * flip_j * d]]);
            Edge { ends, angle, confidence, weight: nearness * confidence }
        };
        let edges = pairs.iter().zip(nearness).zip(&overlaps).map(edge).collect();
        let broken = |(&[i, j], sign): (&[u32; 2], &f64)| flips[i as usize] * sign * flips[j as usize] < 0.0;
        let unsatisfied = pairs.iter().zip(&signs).filter(|&(ends, sign)| broken((ends, sign))).count();
        Self { count, edges, unsatisfied }
    }

    /// The frames that a graph has on its edges, all certain.
    pub fn of_graph(graph: &crate::graph::Graph) -> Self {
        let [low, high] = graph.ends();
        let ends = low.as_slice().iter().zip(high.as_slice());
        let numbers = graph.angles().iter().zip(graph.weights());
        let edge = |((&i, &j), (&angle, &weight))| Edge { ends: [i, j], angle, confidence: 1.0, weight };
        Self { count: graph.nodes(), edges: ends.zip(numbers).map(edge).collect(), unsatisfied: 0 }
    }

    /// Position of the edge between two notes, in either direction.
    pub fn find(&self, i: u32, j: u32) -> Option<usize> {
        self.edges.binary_search_by_key(&[i.min(j), i.max(j)], |edge| edge.ends).ok()
    }

    /// `theta_ij`; `None` if the notes are no neighbours.
    pub fn angle(&self, i: u32, j: u32) -> Option<f64> {
        let angle = self.edges[self.find(i, j)?].angle;
        Some(if i < j { angle } else { -angle })
    }

    /// All triangles of neighbours, corners ascending, in ascending order.
    pub fn triangles(&self) -> Vec<[u32; 3]> {
        let mut above = vec![Vec::new(); self.count];
        self.edges.iter().for_each(|edge| above[edge.ends[0] as usize].push(edge.ends[1]));
        let over = |edge: &Edge| {
            let [i, j] = edge.ends;
            let (of_i, of_j) = (&above[i as usize], &above[j as usize]);
            let common = of_j.iter().filter(|third| of_i.binary_search(third).is_ok());
            common.map(|&third| [i, j, third]).collect::<Vec<_>>()
        };
        self.edges.par_iter().flat_map_iter(over).collect()
    }

    /// The flux `theta_ij + theta_jk + theta_ki` of a triangle walked i, j, k, wrapped to (-pi, pi], which no choice of
    /// bases changes: the angle by which a frame comes back turned. `None` if not all are neighbours.
    pub fn flux(&self, [i, j, k]: [u32; 3]) -> Option<f64> {
        Some(wrap(self.angle(i, j)? + self.angle(j, k)? + self.angle(k, i)?))
    }
}

/// Angle in (-pi, pi] of the rotation nearest to an overlap, and its smallest singular value, which is negative where a
/// reflection is nearer; that counts as 0.
fn nearest_rotation([[a, b], [c, d]]: Overlap) -> (f64, f64) {
    // The polar factor of a matrix with positive determinant is the normalised (a + d, c - b).
    let along = ((a + d) * (a + d) + (c - b) * (c - b)).sqrt();
    let against = ((a - d) * (a - d) + (c + b) * (c + b)).sqrt();
    let angle = if along > 0.0 { wrap(atan2(c - b, a + d)) } else { 0.0 };
    (angle, (0.5 * (along - against)).clamp(0.0, 1.0))
}

/// The angle in (-pi, pi] that differs by whole turns.
fn wrap(angle: f64) -> f64 {
    let turns = (angle / std::f64::consts::TAU + 0.5).ceil() - 1.0;
    angle - std::f64::consts::TAU * turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_the_half_turn_positive() {
        use std::f64::consts::PI;
        assert_eq!(wrap(PI), PI);
        assert_eq!(wrap(-PI), PI);
        assert!((wrap(3.5 * PI) + 0.5 * PI).abs() < 1e-15);
        assert_eq!(wrap(0.25), 0.25);
    }

    #[test]
    fn the_nearest_rotation_of_a_stretched_one() {
        let (sin, cos) = 0.7_f64.sin_cos();
        // A rotation by 0.7 times diag(0.9, 0.4).
        let (angle, confidence) = nearest_rotation([[0.9 * cos, -0.4 * sin], [0.9 * sin, 0.4 * cos]]);
        assert!(confidence <= 0.4 + 1e-12 && confidence > 0.399);
        assert!((angle - 0.7).abs() < 1e-12, "{angle}");
        assert_eq!(nearest_rotation([[1.0, 0.0], [0.0, -1.0]]).1, 0.0);
        assert_eq!(nearest_rotation([[0.0; 2]; 2]), (0.0, 0.0));
    }

    /// Frames that are turned and turned over at will along a triangulated strip: the strip comes back whole.
    #[test]
    fn orientations_and_gauges_do_not_matter() {
        let count = 40_u32;
        let turn = |note: usize| 0.37 * (note * note) as f64;
        let side = |note: usize| if note.is_multiple_of(3) { -1.0 } else { 1.0 };
        // Basis vectors (cos t, sin t) and s (-sin t, cos t).
        let basis = |note: usize| {
            let (sin, cos) = turn(note).sin_cos();
            [[cos, sin], [-side(note) * sin, side(note) * cos]]
        };
        let overlap = |i: usize, j: usize| {
            let (b, c) = (basis(i), basis(j));
            [0, 1].map(|k| [0, 1].map(|l| b[k][0] * c[l][0] + b[k][1] * c[l][1]))
        };
        let pairs: Vec<[u32; 2]> = (0..count).flat_map(|i| (i + 1..count.min(i + 3)).map(move |j| [i, j])).collect();
        let connection = Connection::from_overlaps(count as usize, &pairs, &vec![1.0; pairs.len()], overlap);
        assert_eq!(connection.unsatisfied, 0);
        assert!(connection.edges.iter().all(|edge| (edge.confidence - 1.0).abs() < 1e-12));
        let triangles = connection.triangles();
        assert_eq!(triangles.len(), 38);
        assert!(triangles.iter().all(|&triangle| connection.flux(triangle).unwrap().abs() < 1e-12));
        assert_eq!(connection.angle(0, 9), None);
        assert_eq!(connection.angle(3, 2).unwrap(), -connection.angle(2, 3).unwrap());
    }

    /// A Möbius strip: one cut stays, wherever it is.
    #[test]
    fn what_can_not_be_oriented_is_counted() {
        let pairs: Vec<[u32; 2]> = (0..9).map(|i| [i, i + 1]).chain([[0, 9]]).collect();
        let mut pairs = pairs;
        pairs.sort_unstable();
        let overlap =
            |i: usize, j: usize| if (i, j) == (0, 9) { [[1.0, 0.0], [0.0, -1.0]] } else { [[1.0, 0.0], [0.0, 1.0]] };
        let connection = Connection::from_overlaps(10, &pairs, &[1.0; 10], overlap);
        assert_eq!(connection.unsatisfied, 1);
        assert_eq!(connection.edges.iter().filter(|edge| edge.weight == 0.0).count(), 1);
    }
}
