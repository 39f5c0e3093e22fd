//! Edge lists of known graphs, written as a person would.

use std::fmt::Write as _;

use semafield::field::{Field, Kind, Values};
use semafield::math::rng;

/// Ends, weight and angle from the first end to the second.
pub(super) struct Edges(pub(super) Vec<([u32; 2], f64, f64)>);

/// A periodic grid; the links of a field on it become angles. Order: all links along x, then along y.
pub(super) fn periodic([nx, ny]: [usize; 2], h: f64, links: Option<&Field>) -> Edges {
    let mut edges = Vec::new();
    for axis in 0..2 {
        for cell in 0..nx * ny {
            let (x, y) = (cell % nx, cell / nx);
            let next = if axis == 0 { y * nx + (x + 1) % nx } else { (y + 1) % ny * nx + x };
            let angle = links.map_or(0.0, |links| links.values.get(axis * nx * ny + cell));
            edges.push(([cell, next].map(|node| u32::try_from(node).unwrap()), h.powi(-2), angle));
        }
    }
    Edges(edges)
}

/// A connected graph with random weights, angles and additional edges.
pub(super) fn random(nodes: u32, more: usize) -> Edges {
    let mut numbers = vec![0.0; 8 * (nodes as usize + more)];
    rng::fill_uniform_f64(&mut numbers, 0, rng::Draw { rng_seed: 5, stream: 0, step: 0 });
    let mut numbers = numbers.into_iter();
    let mut next = || numbers.next().unwrap();
    let mut edges: Vec<([u32; 2], f64, f64)> = (1..nodes).map(|node| ([node, node / 2], 0.0, 0.0)).collect();
    while edges.len() + 1 < nodes as usize + more {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of a node")]
        let pair = [next(), next()].map(|number| (number * f64::from(nodes)) as u32);
        let known = edges.iter().any(|(ends, ..)| *ends == pair || *ends == [pair[1], pair[0]]);
        if pair[0] != pair[1] && !known {
            edges.push((pair, 0.0, 0.0));
        }
    }
    for (_, weight, angle) in &mut edges {
        (*weight, *angle) = (0.2 + next(), 4.0 * next() - 2.0);
    }
    Edges(edges)
}

impl Edges {
    /// A folder with `edges.csv`.
    pub(super) fn written(&self) -> tempfile::TempDir {
        let mut text = String::from("source,target,weight,angle\n");
        for ([i, j], weight, angle) in &self.0 {
            writeln!(text, "{i},{j},{weight:?},{angle:?}").unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("edges.csv"), text).unwrap();
        folder
    }

    /// A field on the graph in the order of the list, as a grid has it: link values in the direction of the list.
    pub(super) fn as_grid(&self, field: &Field) -> Field {
        if field.kind != Kind::Link {
            return field.clone();
        }
        let graph = field.grid.graph().expect("the field of a graph");
        let [low, high] = graph.ends();
        let found = |[i, j]: [u32; 2]| {
            let sorted = [i.min(j) as usize, i.max(j) as usize];
            let at = (0..graph.edges()).find(|&edge| [low.at(edge), high.at(edge)] == sorted).unwrap();
            if i < j { field.values.get(at) } else { -field.values.get(at) }
        };
        Field { values: Values::F64(self.0.iter().map(|(ends, ..)| found(*ends)).collect()), ..field.clone() }
    }
}
