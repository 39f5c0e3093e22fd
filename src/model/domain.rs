//! The domain: where the fields of a seed live, and which of its cells are alive.
//!
//! In: the section `[domain]`. Out: a grid, what a graph is made of, and the mask; or diagnostics. Invariant: a graph
//! has no nodes yet, for they come from files (see [`Model::ground`](super::Model::ground)).

use std::sync::Arc;

use super::check::{Checker, Context};
use super::expr::{Expr, Number, Place};
use crate::diagnostic::Diagnostic;
use crate::grid::{Grid, Topology};
use crate::seed::{self, AxisBoundary, DomainKind, Seed, Text};

/// What a graph is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSource {
    /// A list of edges; else they join the nearest notes of the soil.
    pub edges: Option<Text>,
    /// The weight of a link between two notes, as a multiple of the mean weight of an edge.
    pub links: Option<f64>,
    /// Width and height of the map; if absent, notes are a few units of length apart.
    pub size: Option<[f64; 2]>,
}

/// Which cells are alive.
#[derive(Clone, Debug)]
pub enum Mask {
    /// Where the condition holds (or the number is above one half).
    Expression(Expr),
    /// Where the picture or array is above one half.
    File(Text),
}

/// Whether the domain is a graph.
pub(super) fn is_graph(seed: &Seed) -> bool {
    seed.domain.kind.value == DomainKind::Graph
}

/// Where the fields live. `None` if the seed does not say.
pub(super) fn grid(seed: &Seed, diagnostics: &mut Vec<Diagnostic>) -> Option<Grid> {
    if is_graph(seed) {
        return graph(seed, diagnostics);
    }
    let shape: Vec<usize> = seed.domain.shape.iter().map(|cells| cells.value).collect();
    let size: Vec<f64> = seed.domain.size.iter().map(|length| length.value).collect();
    if shape.is_empty() || shape.len() != size.len() {
        return None;
    }
    let topology: Vec<Topology> = seed
        .domain
        .boundary
        .iter()
        .map(|boundary| match boundary {
            AxisBoundary::Periodic(_) => Topology::Periodic,
            AxisBoundary::NoFlux(_) | AxisBoundary::Walls(..) => Topology::Bounded,
        })
        .collect();
    (topology.len() == shape.len()).then(|| Grid::new(&shape, &size, &topology))
}

/// A graph without its nodes. `None` if nothing says what they are.
fn graph(seed: &Seed, diagnostics: &mut Vec<Diagnostic>) -> Option<Grid> {
    if seed.domain.edges.is_none() && seed.soil.is_none() {
        diagnostics.push(
            Diagnostic::error("a graph of what?")
                .at(seed.domain.kind.span, "has neither notes nor edges")
                .note("add a section [soil], whose nearest notes it joins, or `edges = \"edges.csv\"` (source, target, weight, angle)"),
        );
        return None;
    }
    if let (Some(links), None) = (seed.domain.links, &seed.soil) {
        diagnostics.push(
            Diagnostic::error("`links` are those of notes, and there is no [soil]")
                .at(links.span, "links of what?")
                .note("add a section [soil], or leave `links` out"),
        );
    }
    Some(Grid::of_graph(Arc::default(), [1.0; 2]))
}

/// What the graph is made of, if the domain is one.
pub(super) fn graph_source(seed: &Seed) -> Option<GraphSource> {
    let domain = &seed.domain;
    is_graph(seed).then(|| GraphSource {
        edges: domain.edges.clone(),
        links: domain.links.map(|links| links.value),
        size: (domain.size.len() == 2).then(|| [0, 1].map(|axis| domain.size[axis].value)),
    })
}

/// The mask: a condition or a real number, for a cell or anywhere.
pub(super) fn read_mask(mask: &seed::Mask, checker: &mut Checker) -> Option<Mask> {
    match mask {
        seed::Mask::File(text) => Some(Mask::File(text.clone())),
        seed::Mask::Expression(text) => {
            let expr = checker.read(text, Context::Mask)?;
            let ty = checker.arena.ty(expr);
            if ty.number == Number::Complex || matches!(ty.place, Place::Link | Place::Face) {
                let message = "a mask is a condition, or a real number that is above one half where cells are alive";
                checker.diagnostics.push(Diagnostic::error(message).at(text.span, ""));
                return None;
            }
            Some(Mask::Expression(expr))
        }
    }
}
