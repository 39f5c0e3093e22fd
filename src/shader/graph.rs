//! The tables of a graph as two lists of words, and where each table starts in its list.
//!
//! In: a graph. Out: `parts` (the parts of every edge and triangle, by [`Part`]) and `members` (what surrounds every node
//! and edge: where each list starts, then the lists). Invariant: pure functions of the graph, which header and engine
//! share.

use crate::graph::{Graph, Incidence};
use crate::program::{Extent, Part, incidence};

/// Who surrounds whom, in the order of their tables.
const SURROUNDINGS: [(Extent, Extent); 3] =
    [(Extent::Edges, Extent::Cells), (Extent::Triangles, Extent::Cells), (Extent::Triangles, Extent::Edges)];

/// The words of `parts`.
pub fn part_words(graph: &Graph) -> Vec<u32> {
    let tables = Part::ALL.into_iter().filter_map(|part| part.indices(graph));
    tables.flat_map(|indices| indices.as_slice().iter().copied()).collect()
}

/// Where the table of a part starts.
pub(super) fn part_start(graph: &Graph, part: Part) -> usize {
    let before = Part::ALL.into_iter().take(part.table()).filter_map(|part| part.indices(graph));
    before.map(|indices| indices.as_slice().len()).sum()
}

/// The words of `members`.
pub fn member_words(graph: &Graph) -> Vec<u32> {
    tables(graph).flat_map(|(_, table)| [table.starts(), table.members()].concat()).collect()
}

/// Where the starts of a table are, where its members, and how many bits of these are the part.
pub(super) fn member_start(graph: &Graph, from: Extent, to: Extent) -> (usize, usize, u32) {
    let mut start = 0;
    for (which, table) in tables(graph) {
        let members = start + table.starts().len();
        if which == (from, to) {
            return (start, members, table.bits());
        }
        start = members + table.members().len();
    }
    unreachable!("a valid program gathers along tables that there are")
}

fn tables(graph: &Graph) -> impl Iterator<Item = ((Extent, Extent), &Incidence)> {
    SURROUNDINGS.into_iter().filter_map(|(from, to)| Some(((from, to), incidence(graph, from, to)?)))
}
