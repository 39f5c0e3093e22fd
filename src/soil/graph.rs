//! The graph of the notes: each joined to its nearest, in all dimensions of the vectors.
//!
//! In: a soil. Out: weighted edges. Two notes are joined if either is among the nearest of the other; with the cosine
//! distance d = |x - y|^2 / 2 the weight is `e^(-d / s)`, s the mean distance of nearest notes: a Gaussian of the
//! Euclidean distance. Weights are scaled as if the notes were the cells of a square grid: their sums round a node have
//! the mean 4/h^2, with h the distance of notes in units of length.
//! Angles are 0: one map of all notes has one frame. Invariant: a function of the soil alone; sums have a fixed order.

use std::collections::BTreeMap;

use super::Soil;
use crate::graph::Edge;
use crate::math::elementary::scalar64::exp;

impl Soil {
    /// The edges between nearest notes, each once, where notes are `spacing` units of length apart.
    pub fn neighbor_edges(&self, spacing: f64) -> Vec<Edge> {
        let graph = &self.neighbors;
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
        let (pairs, notes) = (graph.distances.len().max(1) as f64, self.notes.len() as f64);
        let scale = graph.distances.iter().fold(0.0, |sum, distance| sum + distance) / pairs;
        let weight = |distance: f64| if scale > 0.0 { exp(-distance / scale) } else { 1.0 };
        let near = (0..self.notes.len()).flat_map(|note| {
            let from = index(note);
            graph.of(note).map(move |(other, distance)| ([from.min(index(other)), from.max(index(other))], distance))
        });
        let mut near: Vec<([u32; 2], f64)> = near.collect();
        near.sort_by_key(|(ends, _)| *ends);
        near.dedup_by_key(|(ends, _)| *ends);
        let edges = near.into_iter().map(|(ends, distance)| Edge { ends, weight: weight(distance), angle: 0.0 });
        let mut edges: Vec<Edge> = edges.collect();
        let total = 2.0 * edges.iter().fold(0.0, |sum, edge| sum + edge.weight);
        let factor = if total > 0.0 { 4.0 / (spacing * spacing) * notes / total } else { 1.0 };
        edges.iter_mut().for_each(|edge| edge.weight *= factor);
        edges
    }

    /// The same edges and the notes' links, which weigh so many times the mean edge; where an edge is there already, it
    /// becomes that much heavier.
    pub fn linked(&self, edges: Vec<Edge>, links: f64) -> Vec<Edge> {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 edges")]
        let mean = edges.iter().fold(0.0, |sum, edge| sum + edge.weight) / edges.len().max(1) as f64;
        let weight = links * if mean > 0.0 { mean } else { 1.0 };
        let mut found: BTreeMap<[u32; 2], f64> = BTreeMap::new();
        for (note, of) in self.notes.iter().enumerate() {
            for &other in of.links.iter().filter(|&&other| other != note) {
                found.insert([index(note.min(other)), index(note.max(other))], weight);
            }
        }
        let mut edges = edges;
        for edge in &mut edges {
            let [i, j] = edge.ends;
            edge.weight += found.remove(&[i.min(j), i.max(j)]).unwrap_or(0.0);
        }
        edges.extend(found.into_iter().map(|(ends, weight)| Edge { ends, weight, angle: 0.0 }));
        edges
    }
}

fn index(note: usize) -> u32 {
    u32::try_from(note).expect("a soil has fewer than 2^32 notes")
}
