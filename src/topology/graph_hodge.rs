//! Hodge decomposition of a flow on the edges of a graph: gradient, rotation and the rest (HodgeRank).
//!
//! In come edges with their flows and weights, and faces as closed walks. With B the map from potentials to their
//! differences and C that from faces to their edges, `f = B s + W^-1 C r + h`, where `B' W B s = B' W f` and
//! `C' W^-1 C r = C' f`. Both systems are solved by conjugate gradients with Jacobi's preconditioner, summed in a
//! fixed order. Invariant: the parts sum to f and are orthogonal under the weights, to rounding; s has mean 0 on each
//! connected part (Jiang, Lim, Yao & Ye 2011).

use super::forest::{narrow, representative};

/// A graph with flows on its edges.
#[derive(Clone, Copy, Debug)]
pub struct FlowGraph<'a> {
    /// Number of nodes.
    pub nodes: usize,
    /// Edges from a node to another; each pair of nodes at most once.
    pub edges: &'a [[usize; 2]],
    /// Positive, one per edge; none for 1.
    pub weights: Option<&'a [f64]>,
    /// Each as a closed walk along edges, in either direction: nodes in order, the first not repeated.
    pub faces: &'a [Vec<usize>],
}

/// The parts of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphHodge {
    /// A number per node, of mean 0 on each connected part: what flows downhill backwards.
    pub potential: Vec<f64>,
    /// Differences of the potential, per edge.
    pub gradient: Vec<f64>,
    /// What goes round faces, per edge.
    pub rotation: Vec<f64>,
    /// What is left, per edge: round holes.
    pub harmonic: Vec<f64>,
}

/// Why a graph has no decomposition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An edge leads to a node that there is not, or to itself.
    #[error("edge {edge} goes from node {from} to node {into}: give two different nodes below {nodes}")]
    Edge {
        /// Its position.
        edge: usize,
        /// Its first end.
        from: usize,
        /// Its second end.
        into: usize,
        /// Nodes there are.
        nodes: usize,
    },
    /// Two edges join the same nodes.
    #[error("edges {first} and {second} join the same two nodes: give each pair once")]
    Twice {
        /// The earlier edge.
        first: usize,
        /// The later one.
        second: usize,
    },
    /// A face walks where there is no edge.
    #[error("face {face} goes from node {from} to node {into}, which no edge joins")]
    Face {
        /// Its position.
        face: usize,
        /// The node before.
        from: usize,
        /// The node after.
        into: usize,
    },
    /// A list is not as long as the edges.
    #[error("{found} {what} for {edges} edges: give one for each")]
    Length {
        /// Flows or weights.
        what: &'static str,
        /// Edges there are.
        edges: usize,
        /// Values there are.
        found: usize,
    },
    /// A weight is not a positive number, or a flow not a number.
    #[error("the {what} of edge {edge} is {value}: give a finite one, weights above 0")]
    Value {
        /// Flow or weight.
        what: &'static str,
        /// The edge.
        edge: usize,
        /// As text.
        value: String,
    },
}

/// Decomposes a flow, one number per edge, positive from its first node to its second.
pub fn graph_hodge(graph: &FlowGraph<'_>, flow: &[f64]) -> Result<GraphHodge, GraphError> {
    let ones = vec![1.0; graph.edges.len()];
    let weights = graph.weights.unwrap_or(&ones);
    let faces = checked(graph, flow, weights)?;

    let weighted: Vec<f64> = flow.iter().zip(weights).map(|(f, w)| f * w).collect();
    let down = divergence(graph, &weighted);
    let laplacian = |s: &[f64]| {
        let differences: Vec<f64> = gradient(graph, s).iter().zip(weights).map(|(d, w)| d * w).collect();
        divergence(graph, &differences)
    };
    let mut degree = vec![0.0; graph.nodes];
    for (&[from, into], weight) in graph.edges.iter().zip(weights) {
        degree[from] += weight;
        degree[into] += weight;
    }
    let mut potential = conjugate_gradients(&laplacian, &degree, &down);
    remove_means(graph, &mut potential);
    let of_potential = gradient(graph, &potential);

    let round: Vec<f64> = faces.iter().map(|face| circulation(face, flow)).collect();
    let of_faces = |r: &[f64]| -> Vec<f64> {
        let mut edges = vec![0.0; graph.edges.len()];
        for (face, r) in faces.iter().zip(r) {
            face.iter().for_each(|&(edge, sign)| edges[edge] += sign * r);
        }
        edges.iter().zip(weights).map(|(e, w)| e / w).collect()
    };
    let squares = |r: &[f64]| -> Vec<f64> {
        let edges = of_faces(r);
        faces.iter().map(|face| circulation(face, &edges)).collect()
    };
    let sides: Vec<f64> =
        faces.iter().map(|face| face.iter().map(|&(edge, _)| 1.0 / weights[edge]).sum::<f64>()).collect();
    let rotation = of_faces(&conjugate_gradients(&squares, &sides, &round));
    let harmonic = (0..flow.len()).map(|edge| flow[edge] - of_potential[edge] - rotation[edge]).collect();
    Ok(GraphHodge { potential, gradient: of_potential, rotation, harmonic })
}

/// A face as the edges it walks along, with +1 where it goes their way and -1 where it goes against it.
type Walk = Vec<(usize, f64)>;

/// The faces as walks, once everything belongs together.
fn checked(graph: &FlowGraph<'_>, flow: &[f64], weights: &[f64]) -> Result<Vec<Walk>, GraphError> {
    let (edges, nodes) = (graph.edges.len(), graph.nodes);
    for (what, values) in [("flows", flow), ("weights", weights)] {
        if values.len() != edges {
            return Err(GraphError::Length { what, edges, found: values.len() });
        }
    }
    let mut edge_between = std::collections::BTreeMap::new();
    for (edge, &[from, into]) in graph.edges.iter().enumerate() {
        if from >= nodes || into >= nodes || from == into {
            return Err(GraphError::Edge { edge, from, into, nodes });
        }
        for (what, value, fits) in
            [("flow", flow[edge], flow[edge].is_finite()), ("weight", weights[edge], weights[edge] > 0.0)]
        {
            if !fits || !value.is_finite() {
                return Err(GraphError::Value { what, edge, value: value.to_string() });
            }
        }
        if let Some(first) = edge_between.insert([from.min(into), from.max(into)], edge) {
            return Err(GraphError::Twice { first, second: edge });
        }
    }
    let step = |face: usize, from: usize, into: usize| {
        let edge = edge_between.get(&[from.min(into), from.max(into)]);
        let edge = *edge.ok_or(GraphError::Face { face, from, into })?;
        Ok((edge, if graph.edges[edge][0] == from { 1.0 } else { -1.0 }))
    };
    let walk = |(face, nodes): (usize, &Vec<usize>)| {
        let next = nodes.iter().cycle().skip(1);
        nodes.iter().zip(next).map(|(&from, &into)| step(face, from, into)).collect()
    };
    graph.faces.iter().enumerate().map(walk).collect()
}

fn gradient(graph: &FlowGraph<'_>, potential: &[f64]) -> Vec<f64> {
    graph.edges.iter().map(|&[from, into]| potential[into] - potential[from]).collect()
}

/// What comes into each node less what leaves it.
fn divergence(graph: &FlowGraph<'_>, flow: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; graph.nodes];
    for (&[from, into], flow) in graph.edges.iter().zip(flow) {
        sums[from] -= flow;
        sums[into] += flow;
    }
    sums
}

fn circulation(face: &Walk, flow: &[f64]) -> f64 {
    face.iter().map(|&(edge, sign)| sign * flow[edge]).sum()
}

/// Solves `A x = b` for a symmetric A without negative eigenvalues and a `b` in its range.
fn conjugate_gradients(apply: &dyn Fn(&[f64]) -> Vec<f64>, diagonal: &[f64], b: &[f64]) -> Vec<f64> {
    /// Of the right-hand side; below it only rounding is left.
    const RESIDUAL: f64 = 1e-15;
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let conditioned =
        |r: &[f64]| -> Vec<f64> { r.iter().zip(diagonal).map(|(r, &d)| if d > 0.0 { r / d } else { 0.0 }).collect() };
    let mut x = vec![0.0; b.len()];
    let mut residual = b.to_vec();
    let mut direction = conditioned(&residual);
    let mut energy = dot(&residual, &direction);
    let enough = RESIDUAL * RESIDUAL * dot(b, b);
    for _ in 0..20 * b.len() + 100 {
        if dot(&residual, &residual) <= enough {
            break;
        }
        let image = apply(&direction);
        let curvature = dot(&direction, &image);
        if curvature <= 0.0 {
            break;
        }
        let step = energy / curvature;
        for ((x, r), (d, i)) in x.iter_mut().zip(&mut residual).zip(direction.iter().zip(&image)) {
            *x += step * d;
            *r -= step * i;
        }
        let next = conditioned(&residual);
        let later = dot(&residual, &next);
        let share = later / energy;
        direction.iter_mut().zip(&next).for_each(|(d, n)| *d = n + share * *d);
        energy = later;
    }
    x
}

/// Makes the mean over each connected part 0.
#[expect(clippy::cast_precision_loss, reason = "a number of nodes")]
fn remove_means(graph: &FlowGraph<'_>, potential: &mut [f64]) {
    let mut parent: Vec<u32> = (0..narrow(graph.nodes)).collect();
    for &[from, into] in graph.edges {
        let (a, b) = (representative(&mut parent, narrow(from)), representative(&mut parent, narrow(into)));
        parent[a.max(b) as usize] = a.min(b);
    }
    let part: Vec<usize> = (0..narrow(graph.nodes)).map(|node| representative(&mut parent, node) as usize).collect();
    let mut sums = vec![(0.0, 0usize); graph.nodes];
    for (&part, &value) in part.iter().zip(&*potential) {
        sums[part] = (sums[part].0 + value, sums[part].1 + 1);
    }
    for (value, part) in potential.iter_mut().zip(part) {
        *value -= sums[part].0 / sums[part].1 as f64;
    }
}
