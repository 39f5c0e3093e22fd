//! Do the frames mean anything? Their least frustration, beside that of frames that mean nothing.
//!
//! In: a connection. Out: the lowest eigenvalue of its normalised connection Laplacian on the largest connected part, and the
//! same for nulls on the same graph: the rotations shuffled among its edges, random rotations, none, and the frames of
//! *unstructured* vectors, drawn at random for every note. The last is the strict one: neighbours share neighbours, and the
//! planes of shared notes agree whatever the notes say. Frames carry meaning if they frustrate each other less than
//! both the shuffled and the unstructured. The lowest eigenvalue of the plain Laplacian is the gain at which a field
//! on this graph begins to cohere.

use rayon::prelude::*;
use serde::Serialize;

use super::rotations::{random, shuffled};
use super::{ANGLES, Connection, ConnectionLaplacian, Edge, SHUFFLES, TangentPlanes};
use crate::math::rng::{Draw, normal_f64};
use crate::soil::streams::UNSTRUCTURED;
use crate::soil::{Progress, Soil, Vectors};

/// Residuals of eigenvectors, as a share of the operator's size; eigenvalues are better by far.
const ACCURACY: f64 = 1e-6;

/// Frustration of frames without meaning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Null {
    /// Mean of the lowest eigenvalues.
    pub mean: f64,
    /// Their standard deviation, with n - 1.
    pub deviation: f64,
    /// How many standard deviations these frames are above the mean.
    pub z: f64,
}

/// How much the frames of a graph frustrate each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frustration {
    /// Notes of the largest part that edges of positive weight connect.
    pub notes: usize,
    /// Edges within it.
    pub edges: usize,
    /// The lowest eigenvalue of the normalised connection Laplacian, 0 (parallel) to 1.
    pub least: f64,
    /// With the rotations shuffled among the edges, each turned round or not.
    pub shuffled: Null,
    /// Of the frames of random vectors on the same graph.
    pub unstructured: Null,
    /// With rotations by any angle.
    pub random: Null,
    /// With no rotation: 0 to rounding.
    pub parallel: f64,
    /// The lowest eigenvalue of the connection Laplacian: the gain at which a field begins to cohere.
    pub onset: f64,
}

impl Frustration {
    /// Whether the frames agree better, by three standard deviations, than their shuffled rotations and than frames of
    /// random vectors.
    pub fn is_meaningful(&self) -> bool {
        self.shuffled.z < -3.0 && self.unstructured.z < -3.0
    }
}

/// Measures a connection beside `shuffles` (at least 2) nulls of each kind; `unstructured` gives the connection of random
/// vectors on the same graph, one per number. `None` if no two frames are joined.
pub fn frustration(
    connection: &Connection,
    unstructured: impl Fn(u64) -> Connection + Sync,
    shuffles: usize,
    rng_seed: u64,
    progress: &dyn Progress,
) -> Option<Frustration> {
    let (notes, edges) = largest_part(connection);
    if edges.is_empty() {
        return None;
    }
    let shuffles = shuffles.max(2);
    progress.stage("comparing frames", 3 * shuffles as u64 + 3);
    let least = |notes: usize, edges: &[Edge]| {
        let values = ConnectionLaplacian::normalized(notes, edges).lowest(1, ACCURACY, rng_seed).values;
        progress.advance(1);
        values.first().map_or(0.0, |least| least.max(0.0))
    };
    let own = least(notes, &edges);
    let null = |of_round: &(dyn Fn(u64) -> f64 + Sync)| {
        let values: Vec<f64> = (0..shuffles as u64).into_par_iter().map(of_round).collect();
        Null::of(&values, own)
    };
    let angles: Vec<f64> = edges.iter().map(|edge| edge.angle).collect();
    let with = |angles: &[f64]| {
        let turned = edges.iter().zip(angles).map(|(edge, &angle)| Edge { angle, ..*edge });
        least(notes, &turned.collect::<Vec<_>>())
    };
    let draw = |stream, step| Draw { rng_seed, stream, step };
    let random = null(&|round| with(&random(angles.len(), draw(ANGLES, round))));
    let shuffled = null(&|round| with(&shuffled(&angles, draw(SHUFFLES, round))));
    let unstructured = null(&|round| {
        let (notes, edges) = largest_part(&unstructured(round));
        least(notes, &edges)
    });
    let parallel = with(&vec![0.0; angles.len()]);
    let onset = onset_of(notes, &edges, rng_seed);
    progress.advance(1);
    Some(Frustration { notes, edges: edges.len(), least: own, shuffled, unstructured, random, parallel, onset })
}

impl Connection {
    /// The gain at which a small field begins to cohere: the lowest eigenvalue of the connection Laplacian of the largest
    /// connected part. `None` if no two frames are joined.
    pub fn onset(&self, rng_seed: u64) -> Option<f64> {
        let (notes, edges) = largest_part(self);
        (!edges.is_empty()).then(|| onset_of(notes, &edges, rng_seed))
    }
}

fn onset_of(notes: usize, edges: &[Edge], rng_seed: u64) -> f64 {
    ConnectionLaplacian::new(notes, edges).lowest(1, ACCURACY, rng_seed).values[0].max(0.0)
}

impl Soil {
    /// Measures the frames of the soil beside `shuffles` nulls of each kind.
    pub fn frustration(
        &self,
        connection: &Connection,
        shuffles: usize,
        rng_seed: u64,
        progress: &dyn Progress,
    ) -> Option<Frustration> {
        let (count, dims) = (self.vectors.len(), self.vectors.dims());
        let unstructured = |round: u64| {
            let draw = Draw { rng_seed, stream: UNSTRUCTURED, step: round };
            let numbers = (0..(count * dims) as u64).map(|cell| normal_f64(draw.bits(cell))).collect();
            let vectors = Vectors::normalized(dims, numbers).expect("normal numbers are not all zero");
            Connection::of(&TangentPlanes::of(&vectors, &self.neighbors), &self.neighbors)
        };
        frustration(connection, unstructured, shuffles, rng_seed, progress)
    }
}

impl Null {
    fn of(values: &[f64], own: f64) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().fold(0.0, |sum, value| sum + value) / count;
        let squares = values.iter().fold(0.0, |sum, value| sum + (value - mean) * (value - mean));
        let deviation = (squares / (count - 1.0)).sqrt();
        Self { mean, deviation, z: (own - mean) / deviation.max(f64::MIN_POSITIVE) }
    }
}

/// The largest part connected by edges of positive weight, the first among equals: its number of notes, and its edges
/// with the notes numbered within it.
fn largest_part(connection: &Connection) -> (usize, Vec<Edge>) {
    let edges: Vec<Edge> = connection.edges.iter().filter(|edge| edge.weight > 0.0).copied().collect();
    let mut near = vec![Vec::new(); connection.count];
    for edge in &edges {
        let [i, j] = edge.ends.map(|end| end as usize);
        near[i].push(j);
        near[j].push(i);
    }
    let mut part = vec![usize::MAX; connection.count];
    let mut sizes = Vec::new();
    for start in 0..connection.count {
        if part[start] != usize::MAX {
            continue;
        }
        let own = sizes.len();
        let (mut open, mut size) = (vec![start], 0);
        part[start] = own;
        while let Some(note) = open.pop() {
            size += 1;
            for &other in near[note].iter().filter(|&&other| part[other] == usize::MAX).collect::<Vec<_>>() {
                part[other] = own;
                open.push(other);
            }
        }
        sizes.push(size);
    }
    let largest = (0..sizes.len()).rev().max_by_key(|&part| sizes[part]);
    let mut numbers = vec![0_u32; connection.count];
    let members = (0..connection.count).filter(|&note| Some(part[note]) == largest);
    members.zip(0..).for_each(|(note, number)| numbers[note] = number);
    let inside = edges.into_iter().filter(|edge| Some(part[edge.ends[0] as usize]) == largest);
    let renumbered = inside.map(|edge| Edge { ends: edge.ends.map(|end| numbers[end as usize]), ..edge });
    (largest.map_or(0, |part| sizes[part]), renumbered.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soil::Silent;

    fn grid(side: u32, angle: impl Fn(u32, u32) -> f64) -> Connection {
        let mut edges = Vec::new();
        for i in 0..side * side {
            let mut edge = |j: u32| edges.push(Edge { ends: [i, j], angle: angle(i, j), confidence: 1.0, weight: 1.0 });
            if (i + 1) % side != 0 {
                edge(i + 1);
            }
            if i + side < side * side {
                edge(i + side);
            }
        }
        Connection { count: (side * side) as usize, edges, unsatisfied: 0 }
    }

    #[test]
    fn order_is_told_from_chance() {
        // Frames turn steadily along x: each edge may turn by a lot, but every loop closes.
        let frame = |note: u32| 1.3 * f64::from(note % 12);
        let ordered = grid(12, |i, j| frame(i) - frame(j));
        let chance = |round: u64| {
            grid(12, move |i, j| f64::from(u32::try_from(round).unwrap() * 31 + i * 7919 + j * 104_729) % 6.25)
        };
        let found = frustration(&ordered, chance, 6, 1, &Silent).unwrap();
        assert!(found.least < 1e-9 && found.onset < 1e-9 && found.parallel < 1e-9, "{found:?}");
        assert!(found.is_meaningful() && found.shuffled.mean > 0.05 && found.random.mean > 0.05, "{found:?}");
        let found = frustration(&chance(50), chance, 6, 1, &Silent).unwrap();
        assert!(!found.is_meaningful(), "{found:?}");
        // As ordered as order can be, but so are the unstructured: no meaning.
        let found = frustration(&ordered, |_| ordered.clone(), 6, 1, &Silent).unwrap();
        assert!(found.shuffled.z < -3.0 && !found.is_meaningful(), "{found:?}");
    }

    #[test]
    fn only_the_largest_part_counts() {
        let edge = |i, j, weight| Edge { ends: [i, j], angle: 0.0, confidence: 1.0, weight };
        let edges = vec![edge(0, 1, 1.0), edge(1, 2, 0.0), edge(2, 4, 1.0), edge(4, 5, 2.0)];
        let (notes, edges) = largest_part(&Connection { count: 7, edges, unsatisfied: 0 });
        assert_eq!((notes, edges), (3, vec![edge(0, 1, 1.0), edge(1, 2, 2.0)]));
        let empty = Connection { count: 2, edges: Vec::new(), unsatisfied: 0 };
        assert!(frustration(&empty, |_| empty.clone(), 2, 0, &Silent).is_none());
    }
}
