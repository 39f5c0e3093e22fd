//! What a Program does on a graph: kernels over edges and triangles fetch from what these consist of, and gathers add up
//! what edges or triangles give to what they surround.
//!
//! ```text
//! nodes --Fetch(End)--> kernel over edges --Gather--> nodes
//! edges --Fetch(Side)--> kernel over triangles --Gather--> edges, nodes
//! ```
//! Invariant: sums have the order of the graph's tables, so that equal Programs give equal bits, whoever runs them.

use super::Extent;
use crate::graph::{Graph, Incidence, Indices};

/// A part of an edge or of a triangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The lower (0) or higher (1) node of an edge.
    End(u8),
    /// The edge ab (0), bc (1) or ac (2) of a triangle with the corners a < b < c.
    Side(u8),
    /// The node a (0), b (1) or c (2) of a triangle.
    Corner(u8),
}

impl Part {
    /// All parts, in the order of [`Part::table`].
    pub const ALL: [Self; 8] = [
        Self::End(0),
        Self::End(1),
        Self::Side(0),
        Self::Side(1),
        Self::Side(2),
        Self::Corner(0),
        Self::Corner(1),
        Self::Corner(2),
    ];

    /// Position among all parts.
    pub fn table(self) -> usize {
        Self::ALL.iter().position(|part| *part == self).expect("a valid program has edges of two ends, and triangles")
    }

    /// What has such a part.
    pub const fn whole(self) -> Extent {
        match self {
            Self::End(_) => Extent::Edges,
            Self::Side(_) | Self::Corner(_) => Extent::Triangles,
        }
    }

    /// What the part is.
    pub const fn own(self) -> Extent {
        match self {
            Self::End(_) | Self::Corner(_) => Extent::Cells,
            Self::Side(_) => Extent::Edges,
        }
    }

    /// Which node or edge the part is, of every edge or triangle; `None` if the graph's triangles are not known.
    pub fn indices(self, graph: &Graph) -> Option<&Indices> {
        match self {
            Self::End(end) => graph.ends().get(usize::from(end)),
            Self::Side(side) => graph.triangles()?.sides().get(usize::from(side)),
            Self::Corner(corner) => graph.triangles()?.corners().get(usize::from(corner)),
        }
    }

    /// `end0`, `side2`, ...
    pub fn name(self) -> String {
        match self {
            Self::End(number) => format!("end{number}"),
            Self::Side(number) => format!("side{number}"),
            Self::Corner(number) => format!("corner{number}"),
        }
    }
}

/// What an edge or triangle gives to each of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// The same value.
    Same,
    /// The value, but its negative to the last part: what flows out of an edge's lower node flows into the higher, and
    /// round a triangle the side ac is walked against its direction.
    Signed,
    /// To the two ends of an edge different values: the first half of the components, and the second.
    Own,
    /// The same value, and the sum is divided by how many give; 0 where none does.
    Mean,
}

/// The table that a gather follows.
pub fn incidence(graph: &Graph, from: Extent, to: Extent) -> Option<&Incidence> {
    match (from, to) {
        (Extent::Edges, Extent::Cells) => Some(graph.around()),
        (Extent::Triangles, Extent::Cells) => Some(graph.triangles()?.around_nodes()),
        (Extent::Triangles, Extent::Edges) => Some(graph.triangles()?.around_edges()),
        _ => None,
    }
}
