//! The graph of the notes: each joined to its nearest, in all dimensions of the vectors.
//!
//! In: a soil. Out: weighted edges. Two notes are joined if either is among the nearest of the other, and weigh as much as
//! they are near ([`super::NeighborGraph::pairs`]), with frames `K(d_ij) c_ij` (science.md 1.3). Weights are scaled as if the
//! notes were the cells of a square grid: their sums round a node have the mean 4/h^2, with h the distance of notes in
//! units of length. Angles are those between the tangent planes of the two ends, or, for comparison, others
//! ([`FrameKind`]); without frames they are 0. Invariant: a function of the soil alone; sums have a fixed order.

use std::collections::BTreeMap;
use std::path::Path;

use super::connection::{Connection, FrameKind};
use super::{Soil, cache};
use crate::graph::Edge;

/// Two notes, the lower first.
type Pair = [u32; 2];

impl Soil {
    /// The edges of the graph where notes are `spacing` units of length apart: between nearest notes and, if links
    /// weigh so many times the mean edge, along them; with frames of a kind. `folder` keeps frames from run to run.
    pub fn edges(&self, spacing: f64, links: Option<f64>, frames: FrameKind, folder: Option<&Path>) -> Vec<Edge> {
        let mut edges = self.neighbor_edges(spacing);
        if frames == FrameKind::None {
            return self.with_links(edges, links);
        }
        let mut pairs: Vec<Pair> = edges.iter().map(|edge| edge.ends).collect();
        pairs.extend(links.map(|_| self.link_pairs()).unwrap_or_default());
        pairs.sort_unstable();
        pairs.dedup();
        let connection = self.frames_along(&pairs, frames, folder);
        let of = |ends: Pair| connection.find(ends[0], ends[1]).map(|at| connection.edges[at]);
        let frame = |edge: &Edge| of(edge.ends).expect("every edge has a frame");
        edges.iter_mut().for_each(|edge| edge.weight *= frame(edge).confidence);
        scale(&mut edges, self.notes.len(), spacing);
        // Links weigh what the seed says, however their frames agree.
        let mut edges = self.with_links(edges, links);
        edges.iter_mut().for_each(|edge| edge.angle = frame(edge).angle);
        edges
    }

    fn with_links(&self, edges: Vec<Edge>, links: Option<f64>) -> Vec<Edge> {
        match links {
            Some(weight) => self.linked(edges, weight),
            None => edges,
        }
    }

    /// The edges between nearest notes, each once, where notes are `spacing` units of length apart.
    fn neighbor_edges(&self, spacing: f64) -> Vec<Edge> {
        let near = self.neighbors.pairs().into_iter();
        let mut edges: Vec<Edge> = near.map(|(ends, weight)| Edge { ends, weight, angle: 0.0 }).collect();
        scale(&mut edges, self.notes.len(), spacing);
        edges
    }

    /// Frames along some pairs, ascending, in a gauge in which their angles are small; confidences are those of the data.
    fn frames_along(&self, pairs: &[Pair], kind: FrameKind, folder: Option<&Path>) -> Connection {
        let slot = folder.and_then(|folder| cache::Slot::of_frames(self, pairs, folder));
        let known = slot.as_ref().and_then(|slot| slot.load_frames(self.notes.len(), pairs));
        let mut connection = known.unwrap_or_else(|| {
            let planes = self.tangent_planes();
            let nearness = vec![1.0; pairs.len()];
            let found = Connection::from_overlaps(self.notes.len(), pairs, &nearness, |i, j| planes.overlap(i, j));
            slot.iter().for_each(|slot| slot.store_frames(&found));
            found
        });
        let mut angles: Vec<f64> = connection.edges.iter().map(|edge| edge.angle).collect();
        kind.replace(&mut angles, self.rng_seed);
        connection.edges.iter_mut().zip(angles).for_each(|(edge, angle)| edge.angle = angle);
        connection.settle_gauge();
        connection
    }

    /// The same edges and the notes' links, which weigh so many times the mean edge; where an edge is there already, it
    /// becomes that much heavier.
    pub fn linked(&self, edges: Vec<Edge>, links: f64) -> Vec<Edge> {
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 edges")]
        let mean = edges.iter().fold(0.0, |sum, edge| sum + edge.weight) / edges.len().max(1) as f64;
        let weight = links * if mean > 0.0 { mean } else { 1.0 };
        let mut found: BTreeMap<Pair, f64> = self.link_pairs().into_iter().map(|ends| (ends, weight)).collect();
        let mut edges = edges;
        for edge in &mut edges {
            let [i, j] = edge.ends;
            edge.weight += found.remove(&[i.min(j), i.max(j)]).unwrap_or(0.0);
        }
        edges.extend(found.into_iter().map(|(ends, weight)| Edge { ends, weight, angle: 0.0 }));
        edges
    }

    /// The notes that are linked.
    fn link_pairs(&self) -> Vec<Pair> {
        let of = |(note, of): (usize, &super::Note)| {
            let others = of.links.iter().filter(move |&&other| other != note);
            others.map(move |&other| [index(note.min(other)), index(note.max(other))]).collect::<Vec<_>>()
        };
        self.notes.iter().enumerate().flat_map(of).collect()
    }
}

/// Scales the weights so that their sums round a node have the mean 4/h^2.
fn scale(edges: &mut [Edge], notes: usize, spacing: f64) {
    let total = 2.0 * edges.iter().fold(0.0, |sum, edge| sum + edge.weight);
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let factor = if total > 0.0 { 4.0 / (spacing * spacing) * notes as f64 / total } else { 1.0 };
    edges.iter_mut().for_each(|edge| edge.weight *= factor);
}

fn index(note: usize) -> u32 {
    u32::try_from(note).expect("a soil has fewer than 2^32 notes")
}
