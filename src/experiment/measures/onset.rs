//! The gain at which a field on a graph begins to cohere, predicted from its frames (science.md 1.4, I3).
//!
//! In: the graph of a run and a link value, one angle per edge. Out: the lowest eigenvalue of the connection Laplacian,
//! `(L u)_i = sum_j w_ij (u_i - e^(i theta_ij) u_j)`: a small field of gain mu grows at the rate mu minus it, so below that
//! gain everything dies out. Invariant: a function of weights and angles alone; 0 exactly where frames agree.

use crate::error::Error;
use crate::field::Field;
use crate::soil::connection::{ConnectionLaplacian, Edge};

/// Residual of the eigenvector as a share of the operator's size; the eigenvalue is better by far.
const ACCURACY: f64 = 1e-7;

/// The lowest eigenvalue of a graph's connection Laplacian; `frames` has an angle per edge.
pub fn onset(frames: &Field) -> Result<f64, Error> {
    let missing = || Error::Input("the onset of coherence is told for graphs: [domain] kind = \"graph\"".into());
    let graph = frames.grid.graph().ok_or_else(missing)?;
    let [low, high] = graph.ends();
    let edge = |at: usize| Edge {
        ends: [low.as_slice()[at], high.as_slice()[at]],
        angle: frames.values.get(at),
        confidence: 1.0,
        weight: graph.weights()[at],
    };
    let edges: Vec<Edge> = (0..graph.edges()).map(edge).collect();
    Ok(ConnectionLaplacian::new(graph.nodes(), &edges).lowest(1, ACCURACY, 0).values[0].max(0.0))
}
