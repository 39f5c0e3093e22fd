//! The graph under a field: the nearest notes of the soil, or a list of edges.
//!
//! In: a model whose domain is a graph, the soil, the seed's folder. Out: the model on its graph, with triangles only if
//! an expression asks for them. Invariant: what would not fit into memory is refused before it is made.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::start::inside;
use crate::discretize::missing_of_graph;
use crate::engine::check_available;
use crate::error::Error;
use crate::graph::{Edge, EdgeRow, Graph, read_edges};
use crate::model::{GraphSource, Model};
use crate::seed::Text;
use crate::soil::connection::FrameKind;
use crate::soil::{Soil, cache_folder};

/// Puts a model onto its graph; a grid is left as it is.
pub fn ground(model: &mut Model, soil: Option<&Soil>, folder: &Path) -> Result<(), Error> {
    let Some(source) = &model.graph else { return Ok(()) };
    if model.donor.is_some() {
        return Err(Error::Input(
            "a donor is heard through blocks of cells, and a graph has none\n  = help: leave [donor] out, or grow the \
             seed on a grid"
                .into(),
        ));
    }
    let notes = soil.map_or(1, |soil| soil.notes.len());
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 notes")]
    let root = (notes as f64).sqrt();
    let size = source.size.unwrap_or([SPACING * root; 2]);
    let natural = if model.uses_frames() { FrameKind::Data } else { FrameKind::None };
    let frames = soil.and_then(|soil| soil.frames).unwrap_or(natural);
    let graph = grow(source, soil, folder, (size[0] * size[1]).sqrt() / root, frames)?;
    let graph = if model.uses_faces() { with_triangles(graph)? } else { graph };
    if let Some(missing) = missing_of_graph(model, &graph) {
        return Err(Error::Input(missing.to_owned()));
    }
    model.ground(Arc::new(graph), size);
    Ok(())
}

/// The distance of notes on a map whose size is not given: a few lengths over which a field coheres, so that groups of
/// notes can differ.
const SPACING: f64 = 4.0;

fn grow(
    source: &GraphSource,
    soil: Option<&Soil>,
    folder: &Path,
    spacing: f64,
    frames: FrameKind,
) -> Result<Graph, Error> {
    let (nodes, edges) = match (&source.edges, soil) {
        (Some(file), soil) => {
            let (nodes, edges) = listed(file, soil, folder)?;
            // Angles of a file are given, and so is their meaning.
            (
                nodes,
                match (soil, source.links) {
                    (Some(soil), Some(links)) => soil.linked(edges, links),
                    _ => edges,
                },
            )
        }
        (None, Some(soil)) => {
            let most = soil.notes.len() * soil.neighbors.k;
            let planes = if frames == FrameKind::None { 0 } else { soil.tangent_bytes() };
            check_memory("the graph", Graph::bytes(soil.notes.len(), most, 0) + planes)?;
            (soil.notes.len(), soil.edges(spacing, source.links, frames, cache_folder().as_deref()))
        }
        (None, None) => return Err(Error::Input("a graph is that of a [soil], or of `edges`".into())),
    };
    let graph = Graph::new(nodes, edges).map_err(|why| Error::Input(format!("the graph: {why}")))?;
    Ok(match soil {
        Some(soil) => graph.with_positions(soil.layout.clone()),
        None => graph,
    })
}

/// The edges of a file between notes (by id), or between nodes that are numbered from 0.
fn listed(file: &Text, soil: Option<&Soil>, folder: &Path) -> Result<(usize, Vec<Edge>), Error> {
    let path = inside(&file.value, folder)?;
    let problem = |why: String| Error::Input(format!("{}: {why}", path.display()));
    let file = File::open(&path).map_err(|why| problem(why.to_string()))?;
    let rows = read_edges(file).map_err(problem)?;
    let names = soil.map(|soil| {
        let ids = soil.notes.iter().enumerate().map(|(note, known)| (known.id.as_str(), note));
        ids.collect::<BTreeMap<&str, usize>>()
    });
    let node = |row: &EdgeRow, name: &str| match &names {
        Some(names) => {
            names.get(name).copied().ok_or_else(|| problem(format!("line {}: there is no note `{name}`", row.line)))
        }
        None => name.parse().map_err(|_| {
            problem(format!(
                "line {}: `{name}` is not a whole number: without [soil], nodes are 0, 1, 2, ...",
                row.line
            ))
        }),
    };
    let mut edges = Vec::new();
    let mut nodes = soil.map_or(0, |soil| soil.notes.len());
    for row in rows {
        let row = row.map_err(problem)?;
        let [source, target] = &row.ends;
        let ends = [node(&row, source)?, node(&row, target)?];
        nodes = nodes.max(ends[0].max(ends[1]).saturating_add(1));
        let number = |node: usize| {
            u32::try_from(node).map_err(|_| problem(format!("line {}: node {node} is beyond 2^32", row.line)))
        };
        edges.push(Edge { ends: [number(ends[0])?, number(ends[1])?], weight: row.weight, angle: row.angle });
    }
    if nodes == 0 {
        return Err(problem("has no edges".into()));
    }
    check_memory("the graph", Graph::bytes(nodes, edges.len(), 0))?;
    Ok((nodes, edges))
}

fn with_triangles(graph: Graph) -> Result<Graph, Error> {
    let triangles = graph.triangle_count();
    let needed = Graph::bytes(graph.nodes(), graph.edges(), triangles);
    check_memory(&format!("a graph of {triangles} triangles"), needed)?;
    graph.with_triangles().map_err(|why| Error::Input(format!("the graph: {why}")))
}

fn check_memory(what: &str, needed: u128) -> Result<(), Error> {
    let advice = "use fewer notes or neighbours, or leave out what needs triangles (curvature, cocurl, defects)";
    Ok(check_available(what, needed, advice)?)
}
