//! The graph on which notes respond: neighbours and links, each with its weight.
//!
//! In: nearest neighbours with their distances, links. Out: a symmetric sparse matrix `J`, by rows, each sorted by
//! column. Neighbours share `J_ij = c (p_ij + p_ji) / 2`, with `p_i.` a Gibbs distribution `exp(-distance / tau_i)` whose
//! `tau_i` makes it as broad as half of the neighbours (perplexity: Hinton & Roweis, NIPS 2002), so that dense and
//! sparse places weigh alike. A link adds 1. Invariant: `J_ij = J_ji` bit for bit, no diagonal.

use rayon::prelude::*;

use super::Link;
use crate::math::elementary::scalar64::{exp, log};
use crate::math::sum::reduce;
use crate::soil::NeighborGraph;

/// The neighbours of all notes, with the share of its attention that each note gives to each.
pub struct Near<'a> {
    neighbors: &'a NeighborGraph,
    /// `p_ij` in the order of the neighbours.
    shares: Vec<f64>,
    /// Number of notes.
    count: usize,
}

impl<'a> Near<'a> {
    /// Shares depend on distances alone: whoever needs several webs of one soil asks for them once.
    pub fn of(neighbors: &'a NeighborGraph, count: usize) -> Self {
        let breadth = (neighbors.k as f64 / 2.0).max(1.0);
        let of_note = |note: usize| {
            let distances: Vec<f64> = neighbors.of(note).map(|(_, distance)| distance).collect();
            gibbs(&distances, log(breadth))
        };
        Self { neighbors, shares: (0..count).into_par_iter().flat_map_iter(of_note).collect(), count }
    }

    /// Number of notes.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// A symmetric graph with positive weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Web {
    begin: Vec<usize>,
    edges: Vec<(u32, f64)>,
    strengths: Vec<f64>,
}

impl Web {
    /// Notes with their neighbours, which together weigh about `weight` per note, and with links of weight 1.
    pub fn joined(near: &Near<'_>, weight: f64, links: &[Link]) -> Self {
        let Near { neighbors, ref shares, count } = *near;
        let edges = (0..count).flat_map(|note| {
            let own = &shares[note * neighbors.k..][..neighbors.k];
            neighbors.of(note).zip(own).map(move |((other, _), share)| ([note, other], weight * share / 2.0))
        });
        Self::of(count, edges.chain(links.iter().map(|&link| (link, 1.0))))
    }

    /// Links alone, and neighbours (in either direction) if given, all of weight 1.
    pub fn plain(neighbors: Option<&NeighborGraph>, count: usize, links: &[Link]) -> Self {
        let near = neighbors.iter().flat_map(|graph| {
            (0..count).flat_map(|note| graph.of(note).map(move |(other, _)| [note.min(other), note.max(other)]))
        });
        let mut near: Vec<Link> = near.collect();
        near.sort_unstable();
        near.dedup();
        Self::of(count, near.into_iter().chain(links.iter().copied()).map(|edge| (edge, 1.0)))
    }

    /// Adds up undirected edges.
    fn of(count: usize, edges: impl Iterator<Item = (Link, f64)>) -> Self {
        let name = |note: usize| u32::try_from(note).expect("notes are numbered by u32");
        let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); count];
        for ([a, b], weight) in edges {
            rows[a].push((name(b), weight));
            rows[b].push((name(a), weight));
        }
        let mut web = Self { begin: vec![0], edges: Vec::new(), strengths: Vec::with_capacity(count) };
        for mut row in rows {
            // By weight too: parallel edges then add up in one order at both ends.
            row.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let begin = web.edges.len();
            for (other, weight) in row {
                match web.edges[begin..].last_mut() {
                    Some((last, sum)) if *last == other => *sum += weight,
                    _ => web.edges.push((other, weight)),
                }
            }
            web.strengths.push(reduce(&web.edges[begin..], |(_, weight)| *weight));
            web.begin.push(web.edges.len());
        }
        web
    }

    /// Number of notes.
    pub fn len(&self) -> usize {
        self.strengths.len()
    }

    /// Whether there are no notes.
    pub fn is_empty(&self) -> bool {
        self.strengths.is_empty()
    }

    /// Those joined to a note, by index, with their weights.
    pub fn of_note(&self, note: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.edges[self.begin[note]..self.begin[note + 1]].iter().map(|&(other, weight)| (other as usize, weight))
    }

    /// The sum `d_i` of a note's weights.
    pub fn strength(&self, note: usize) -> f64 {
        self.strengths[note]
    }
}

/// The Gibbs distribution over ascending distances that has the given entropy, by bisection of `log tau`.
fn gibbs(distances: &[f64], entropy: f64) -> Vec<f64> {
    const ROUNDS: usize = 40;
    let (mut low, mut high) = (log(1e-6), log(1e3));
    let mut shares = Vec::new();
    for _ in 0..ROUNDS {
        let middle = (low + high) / 2.0;
        let tau = exp(middle);
        let first = distances.first().copied().unwrap_or(0.0);
        shares = distances.iter().map(|distance| exp((first - distance) / tau)).collect();
        let sum = reduce(&shares, |share| *share);
        shares.iter_mut().for_each(|share| *share /= sum);
        let found = -reduce(&shares, |&share| if share > 0.0 { share * log(share) } else { 0.0 });
        if found < entropy { low = middle } else { high = middle }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> NeighborGraph {
        NeighborGraph {
            k: 2,
            indices: vec![1, 3, 0, 2, 3, 1, 2, 0],
            distances: vec![0.1, 0.2, 0.1, 0.4, 0.1, 0.4, 0.1, 0.2],
        }
    }

    #[test]
    fn weights_are_symmetric_and_links_weigh_one() {
        let web = Web::joined(&Near::of(&square(), 4), 2.0, &[[0, 2], [0, 1]]);
        let weight = |i: usize, j: usize| web.of_note(i).find(|&(other, _)| other == j).map_or(0.0, |(_, w)| w);
        for i in 0..4 {
            assert_eq!(weight(i, i), 0.0);
            for j in 0..4 {
                assert_eq!(weight(i, j).to_bits(), weight(j, i).to_bits());
            }
        }
        assert_eq!(weight(0, 2), 1.0);
        let neighbors_alone: f64 = (0..4).map(|note| web.strength(note)).sum::<f64>() - 4.0;
        assert!((neighbors_alone - 2.0 * 4.0).abs() < 1e-12, "{neighbors_alone}");
    }

    #[test]
    fn shares_are_as_broad_as_asked() {
        let distances = [0.1, 0.15, 0.2, 0.5, 0.9, 1.0];
        let shares = gibbs(&distances, 3.0_f64.ln());
        let entropy: f64 = -shares.iter().map(|p| p * p.ln()).sum::<f64>();
        assert!((entropy.exp() - 3.0).abs() < 1e-6);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-14);
        assert!(shares.is_sorted_by(|a, b| a >= b));
        // Equal distances can't be told apart, whatever is asked.
        assert_eq!(gibbs(&[0.3; 4], 2.0_f64.ln()), [0.25; 4]);
    }

    #[test]
    fn a_plain_web_counts_an_edge_once() {
        let web = Web::plain(Some(&square()), 4, &[[0, 2]]);
        assert_eq!(web.of_note(0).collect::<Vec<_>>(), [(1, 1.0), (2, 1.0), (3, 1.0)]);
        assert_eq!(Web::plain(None, 4, &[[0, 2]]).strength(1), 0.0);
    }
}
