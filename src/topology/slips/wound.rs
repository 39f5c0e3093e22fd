//! Wound triangles: where the phase turns, in sets that hang together.
//!
//! In: the turns of the edges of a graph, and where its nodes are on a map. Out: a [`Wound`] for each set, by its first
//! triangle. Invariant: each wound triangle is in one set; no edge belongs to two.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use crate::graph::Triangles;

/// Wound triangles that hang together.
#[derive(Clone, Debug)]
pub(super) struct Wound {
    /// Ascending.
    pub(super) triangles: Vec<usize>,
    /// Their corners, those of most first, then ascending.
    pub(super) nodes: Vec<usize>,
    /// Which way they wind on the map, if all wind the same way.
    pub(super) sign: Option<i32>,
}

impl Wound {
    /// All sets, by their first triangles.
    pub(super) fn all(triangles: &Triangles, windings: &[i32], place: &impl Fn(usize) -> [f64; 2]) -> Vec<Self> {
        let of = |set: Vec<usize>| Self {
            nodes: nodes_of(triangles, &set),
            sign: sign(triangles, windings, &set, place),
            triangles: set,
        };
        connected(triangles, windings).into_iter().map(of).collect()
    }
}

/// The winding of each triangle, walked a, b, c.
pub(super) fn windings(triangles: &Triangles, turns: &[i32]) -> Vec<i32> {
    let [ab, bc, ac] = triangles.sides();
    let winding = |triangle| turns[ac.at(triangle)] - turns[ab.at(triangle)] - turns[bc.at(triangle)];
    (0..triangles.len()).map(winding).collect()
}

/// The wound triangles in sets that hang together by edges, each ascending, by their first triangles.
fn connected(triangles: &Triangles, windings: &[i32]) -> Vec<Vec<usize>> {
    let mut seen = vec![false; windings.len()];
    let mut crossed = vec![false; triangles.around_edges().len()];
    let mut sets = Vec::new();
    for start in (0..windings.len()).filter(|&triangle| windings[triangle] != 0) {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let (mut set, mut open) = (vec![start], vec![start]);
        while let Some(triangle) = open.pop() {
            for edge in triangles.sides().each_ref().map(|side| side.at(triangle)) {
                if std::mem::replace(&mut crossed[edge], true) {
                    continue;
                }
                for (other, _) in triangles.around_edges().of(edge) {
                    if windings[other] != 0 && !std::mem::replace(&mut seen[other], true) {
                        set.push(other);
                        open.push(other);
                    }
                }
            }
        }
        set.sort_unstable();
        sets.push(set);
    }
    sets
}

/// Which way some wound triangles wind on the map, if all wind the same way.
pub(super) fn sign(
    triangles: &Triangles,
    windings: &[i32],
    set: &[usize],
    place: &impl Fn(usize) -> [f64; 2],
) -> Option<i32> {
    let on_map = |&triangle: &usize| {
        let [a, b, c] = triangles.corners().each_ref().map(|corner| place(corner.at(triangle)));
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        match area.partial_cmp(&0.0)? {
            Ordering::Greater => Some(windings[triangle].signum()),
            Ordering::Less => Some(-windings[triangle].signum()),
            Ordering::Equal => None,
        }
    };
    let first = on_map(set.first()?)?;
    set.iter().all(|triangle| on_map(triangle) == Some(first)).then_some(first)
}

/// The corners of some triangles, those of most first, then ascending.
pub(super) fn nodes_of(triangles: &Triangles, set: &[usize]) -> Vec<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for corner in triangles.corners() {
        set.iter().for_each(|&triangle| *counts.entry(corner.at(triangle)).or_default() += 1);
    }
    let mut nodes: Vec<(usize, usize)> = counts.into_iter().collect();
    nodes.sort_by_key(|&(node, count)| (Reverse(count), node));
    nodes.into_iter().map(|(node, _)| node).collect()
}
