//! A weighted graph as a domain: nodes, undirected edges with an angle, and the triangles that they close.
//!
//! In: a list of edges. Out: [`Graph`], plain tables for both back ends. Invariants: an edge is stored once, from its lower
//! node to its higher one, and edges are sorted by (lower, higher); what surrounds a node is sorted by the other node,
//! so that every sum over neighbours has one order. A triangle has its corners a < b < c in order and its sides ab, bc,
//! ac; round it, the first two are walked along their direction and the third against it.

mod csv;
mod tables;
mod triangles;

pub use csv::{EdgeRow, read as read_edges};
pub use tables::{Incidence, Indices};
pub use triangles::Triangles;

/// An undirected edge. The angle theta_ij carries a value at the second end into the frame of the first: radians, not
/// wrapped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The nodes i, j.
    pub ends: [u32; 2],
    /// w_ij = w_ji, finite and not negative: what is 1/h^2 on a grid.
    pub weight: f64,
    /// theta_ij = -theta_ji.
    pub angle: f64,
}

impl Edge {
    /// From the lower node to the higher.
    fn ordered(self) -> Self {
        let [i, j] = self.ends;
        if i <= j { self } else { Self { ends: [j, i], angle: -self.angle, ..self } }
    }
}

/// Why a list of edges is no graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GraphError {
    /// An end that does not exist.
    #[error("edge {edge} leads to node {node}, but the nodes are numbered from 0 to {last}")]
    NoNode {
        /// Position in the list, from 0.
        edge: usize,
        /// The end.
        node: u32,
        /// The highest number.
        last: usize,
    },
    /// From a node to itself.
    #[error("edge {edge} joins node {node} to itself: leave it out, nothing flows along it")]
    Loop {
        /// Position in the list, from 0.
        edge: usize,
        /// Both ends.
        node: u32,
    },
    /// A weight or angle that can't be one.
    #[error("edge {edge} has the {what} {value}: {due}")]
    Number {
        /// Position in the list, from 0.
        edge: usize,
        /// `weight` or `angle`.
        what: &'static str,
        /// As given.
        value: f64,
        /// What is due.
        due: &'static str,
    },
    /// One pair of nodes, two edges.
    #[error(
        "nodes {low} and {high} are joined twice, with different weights or angles: an edge may be listed from either \
         end (with the opposite angle), but there is one"
    )]
    Twice {
        /// An end.
        low: u32,
        /// The other.
        high: u32,
    },
    /// More than indices can count.
    #[error("{count} {what} are too many: the limit is {limit}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        count: u128,
        /// How many there may be.
        limit: u128,
    },
}

/// A weighted graph with an angle on each edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    nodes: usize,
    ends: [Indices; 2],
    weights: Vec<f64>,
    angles: Vec<f64>,
    around: Incidence,
    triangles: Option<Triangles>,
    positions: Option<Vec<[f64; 2]>>,
}

impl Graph {
    /// The graph of some nodes, numbered from 0. An edge that is listed twice, from the same or from either end, is one.
    pub fn new(nodes: usize, edges: impl IntoIterator<Item = Edge>) -> Result<Self, GraphError> {
        check_count("nodes", nodes, u128::from(u32::MAX))?;
        let mut edges: Vec<Edge> = edges.into_iter().map(Edge::ordered).collect();
        for (position, edge) in edges.iter().enumerate() {
            check(position, edge, nodes)?;
        }
        edges.sort_by_key(|edge| edge.ends);
        for pair in edges.windows(2).filter(|pair| pair[0].ends == pair[1].ends) {
            if pair[0] != pair[1] {
                let [low, high] = pair[0].ends;
                return Err(GraphError::Twice { low, high });
            }
        }
        edges.dedup_by_key(|edge| edge.ends);
        // Two ends of an edge are told apart by one bit.
        check_count("edges", edges.len(), 1 << 31)?;
        let ends = [0, 1].map(|end| Indices::new(edges.iter().map(|edge| edge.ends[end]).collect()));
        let around = Incidence::of_ends(nodes, &ends);
        let weights = edges.iter().map(|edge| edge.weight).collect();
        let angles = edges.iter().map(|edge| edge.angle).collect();
        Ok(Self { nodes, ends, weights, angles, around, triangles: None, positions: None })
    }

    /// The same, with nodes on a map: one position per node, in the unit square.
    #[must_use]
    pub fn with_positions(mut self, positions: Vec<[f64; 2]>) -> Self {
        assert_eq!(positions.len(), self.nodes, "one position per node");
        self.positions = Some(positions);
        self
    }

    /// The same, with its triangles: all sets of three nodes that are joined to one another.
    pub fn with_triangles(mut self) -> Result<Self, GraphError> {
        check_count("triangles", self.triangle_count(), 1 << 30)?;
        self.triangles = Some(Triangles::of(&self));
        Ok(self)
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.weights.len()
    }

    /// The lower ends of all edges, and the higher ones.
    pub fn ends(&self) -> &[Indices; 2] {
        &self.ends
    }

    /// Weight of every edge.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Angle of every edge, from its lower node to its higher one.
    pub fn angles(&self) -> &[f64] {
        &self.angles
    }

    /// The edges round every node with the end that the node is, sorted by the other node.
    pub fn around(&self) -> &Incidence {
        &self.around
    }

    /// The triangles, if they have been looked for.
    pub fn triangles(&self) -> Option<&Triangles> {
        self.triangles.as_ref()
    }

    /// Where the nodes are on the map, if they are on one.
    pub fn positions(&self) -> Option<&[[f64; 2]]> {
        self.positions.as_deref()
    }

    /// The sum of the weights round every node.
    pub fn degrees(&self) -> Vec<f64> {
        let degree = |node| self.around.of(node).fold(0.0, |sum, (edge, _)| sum + self.weights[edge]);
        (0..self.nodes).map(degree).collect()
    }

    /// Bytes of the index tables.
    pub fn table_bytes(&self) -> u128 {
        let of = |incidence: &Incidence| incidence.starts().len() + incidence.members().len();
        let triangles = self
            .triangles
            .as_ref()
            .map_or(0, |triangles| 6 * triangles.len() + of(triangles.around_edges()) + of(triangles.around_nodes()));
        4 * (2 * self.edges() + of(&self.around) + triangles) as u128
    }

    /// Bytes of the tables of a graph of so many nodes, edges and triangles, while it is made.
    pub fn bytes(nodes: usize, edges: usize, triangles: usize) -> u128 {
        let (nodes, edges, triangles) = (nodes as u128, edges as u128, triangles as u128);
        // The list, ends, weights, angles, and two entries round the nodes; corners, sides and their transposes.
        nodes * (4 + 16) + edges * (24 + 8 + 16 + 8) + triangles * (12 + 12 + 24) + 4 * (nodes + edges)
    }
}

fn check(position: usize, edge: &Edge, nodes: usize) -> Result<(), GraphError> {
    let [low, high] = edge.ends;
    let number = |what, value, due| GraphError::Number { edge: position, what, value, due };
    if high as usize >= nodes {
        return Err(GraphError::NoNode { edge: position, node: high, last: nodes.saturating_sub(1) });
    }
    if low == high {
        return Err(GraphError::Loop { edge: position, node: low });
    }
    if !edge.weight.is_finite() || edge.weight < 0.0 {
        return Err(number("weight", edge.weight, "it must be finite and not negative"));
    }
    if !edge.angle.is_finite() {
        return Err(number("angle", edge.angle, "it must be finite"));
    }
    Ok(())
}

fn check_count(what: &'static str, count: usize, limit: u128) -> Result<(), GraphError> {
    let count = count as u128;
    if count < limit { Ok(()) } else { Err(GraphError::TooMany { what, count, limit }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(i: u32, j: u32, angle: f64) -> Edge {
        Edge { ends: [i, j], weight: 1.0, angle }
    }

    #[test]
    fn edges_run_from_the_lower_node_and_surround_nodes_in_order() {
        let graph = Graph::new(4, [edge(3, 1, 0.5), edge(0, 3, 0.1), edge(1, 3, -0.5), edge(2, 3, 0.2)]).unwrap();
        assert_eq!(graph.edges(), 3);
        assert_eq!(graph.angles(), [0.1, -0.5, 0.2]);
        assert_eq!(graph.around().of(3).collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(graph.around().of(1).collect::<Vec<_>>(), [(1, 0)]);
        assert_eq!(graph.degrees(), [1.0, 1.0, 1.0, 3.0]);
    }

    #[test]
    fn what_is_no_graph_is_refused() {
        let refused = |edges: &[Edge]| Graph::new(3, edges.iter().copied()).unwrap_err();
        assert!(matches!(refused(&[edge(0, 3, 0.0)]), GraphError::NoNode { edge: 0, node: 3, last: 2 }));
        assert!(matches!(refused(&[edge(1, 1, 0.0)]), GraphError::Loop { .. }));
        assert!(matches!(refused(&[edge(0, 1, 0.0), edge(1, 0, 0.1)]), GraphError::Twice { low: 0, high: 1 }));
        let negative = Edge { weight: -1.0, ..edge(0, 1, 0.0) };
        assert!(matches!(refused(&[negative]), GraphError::Number { what: "weight", .. }));
        assert!(matches!(refused(&[edge(0, 1, f64::NAN)]), GraphError::Number { what: "angle", .. }));
    }
}
