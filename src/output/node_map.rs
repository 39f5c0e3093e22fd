//! The nodes of a graph as a picture: each pixel shows the node nearest to it.
//!
//! In: a graph, and fields on it. Out: the same values on a rectangle of cells, which pictures are made of. Far from all
//! nodes there is nothing. Nodes without places on a map stand in rows, in the order of their numbers. What lives on
//! edges or triangles is shown at nodes, by the mean of its magnitude around each. Invariant: ties go to the lower number.

use crate::field::{Field, Kind, Values};
use crate::graph::{Graph, Incidence};
use crate::grid::{Axis, Grid, Topology};

/// Pixels along the longer side.
const PIXELS: usize = 384;
/// A node is seen this far, in units of the mean distance of nodes.
const SEEN: f64 = 1.5;

/// Which node each pixel shows.
#[derive(Clone, Debug)]
pub struct NodeMap {
    canvas: Grid,
    nearest: Vec<Option<u32>>,
}

impl NodeMap {
    /// The map of a graph; `None` for a grid, which is one.
    pub fn new(grid: &Grid) -> Option<Self> {
        let graph = grid.graph()?;
        let Some(places) = grid.node_positions() else { return Some(Self::in_rows(graph.nodes())) };
        let size = [grid.size_along(Axis::X), grid.size_along(Axis::Y)];
        let longest = size[0].max(size[1]);
        let shape = size.map(|length| count((whole(PIXELS) * length / longest).round()).max(1));
        let canvas = Grid::new(&shape, &size, &[Topology::Bounded; 2]);
        let nearest = nearest(&canvas, &places);
        Some(Self { canvas, nearest })
    }

    /// One pixel per node.
    fn in_rows(nodes: usize) -> Self {
        let width = nodes.isqrt() + usize::from(nodes.isqrt().pow(2) < nodes);
        let shape = [width.max(1), nodes.div_ceil(width.max(1)).max(1)];
        let canvas = Grid::new(&shape, &[1.0; 2], &[Topology::Bounded; 2]);
        let numbers = 0..canvas.cells();
        Self { nearest: numbers.map(|at| u32::try_from(at).ok().filter(|_| at < nodes)).collect(), canvas }
    }

    /// The rectangle of pixels.
    pub fn canvas(&self) -> &Grid {
        &self.canvas
    }

    /// Which pixels show a node.
    pub fn active(&self) -> Vec<bool> {
        self.nearest.iter().map(Option::is_some).collect()
    }

    /// A field as the map shows it; 0 where there is no node.
    pub fn paint(&self, field: &Field) -> Field {
        let parts: Vec<Vec<f64>> = match field.kind {
            Kind::Real => vec![field.component(0)],
            Kind::Complex => vec![field.component(0), field.component(1)],
            Kind::Link | Kind::Face => vec![around_nodes(field)],
        };
        let shown = |part: &Vec<f64>| -> Vec<f64> {
            self.nearest.iter().map(|node| node.map_or(0.0, |node| part[node as usize])).collect()
        };
        let values = parts.iter().flat_map(shown).collect();
        let kind = if parts.len() == 2 { Kind::Complex } else { Kind::Real };
        Field { name: field.name.clone(), kind, grid: self.canvas.clone(), values: Values::F64(values) }
    }
}

/// The mean magnitude on the edges or triangles round every node.
fn around_nodes(field: &Field) -> Vec<f64> {
    let graph = field.grid.graph().expect("the field of a graph");
    let around: Option<&Incidence> = match field.kind {
        Kind::Face => graph.triangles().map(crate::graph::Triangles::around_nodes),
        Kind::Real | Kind::Complex | Kind::Link => Some(Graph::around(graph)),
    };
    let sites = field.kind.sites(&field.grid);
    let parts: Vec<Vec<f64>> = (0..field.values.len() / sites.max(1)).map(|part| field.component(part)).collect();
    let magnitude = |site: usize| parts.iter().map(|part| part[site] * part[site]).sum::<f64>().sqrt();
    let mean = |node: usize| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (site, _) in around.into_iter().flat_map(|around| around.of(node)) {
            sum += magnitude(site);
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    };
    (0..graph.nodes()).map(mean).collect()
}

/// The node nearest to every pixel's centre, within sight; nodes are looked up in squares as wide as one sees.
fn nearest(canvas: &Grid, places: &[[f64; 2]]) -> Vec<Option<u32>> {
    let [width, height, _] = canvas.shape();
    let size = [canvas.size_along(Axis::X), canvas.size_along(Axis::Y)];
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 nodes")]
    let seen = SEEN * (size[0] * size[1] / places.len().max(1) as f64).sqrt();
    let squares = size.map(|length| count((length / seen).clamp(1.0, 1024.0)).max(1));
    let square = |at: [f64; 2]| {
        let [x, y] = [0, 1].map(|axis| count(at[axis] / size[axis] * whole(squares[axis])).min(squares[axis] - 1));
        [x, y]
    };
    let mut nodes: Vec<Vec<u32>> = vec![vec![]; squares[0] * squares[1]];
    for (node, &place) in (0_u32..).zip(places) {
        let [x, y] = square(place);
        nodes[y * squares[0] + x].push(node);
    }
    let find = |pixel: usize| {
        let centre = [
            (whole(pixel % width) + 0.5) * canvas.spacing(Axis::X),
            (whole(pixel / width) + 0.5) * canvas.spacing(Axis::Y),
        ];
        let [x, y] = square(centre);
        let mut best: Option<(f64, u32)> = None;
        for row in y.saturating_sub(1)..(y + 2).min(squares[1]) {
            for column in x.saturating_sub(1)..(x + 2).min(squares[0]) {
                for &node in &nodes[row * squares[0] + column] {
                    let [dx, dy] = [0, 1].map(|axis| places[node as usize][axis] - centre[axis]);
                    let distance = dx * dx + dy * dy;
                    if distance <= seen * seen && best.is_none_or(|best| (distance, node) < best) {
                        best = Some((distance, node));
                    }
                }
            }
        }
        best.map(|(_, node)| node)
    };
    (0..width * height).map(find).collect()
}

/// The whole part of a number that is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of thousands at most")]
fn count(number: f64) -> usize {
    number.max(0.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "counts of pixels and squares")]
fn whole(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn pixels_show_the_nearest_node_in_sight() {
        let places = vec![[0.25, 0.5], [0.75, 0.5], [0.75, 0.5]];
        let graph = Graph::new(3, []).unwrap().with_positions(places.clone());
        let grid = Grid::of_graph(Arc::new(graph), [2.0, 1.0]);
        let map = NodeMap::new(&grid).unwrap();
        let [width, height, _] = map.canvas().shape();
        assert_eq!((width, height), (PIXELS, PIXELS / 2));
        assert_eq!(map.nearest[height / 2 * width + width / 4], Some(0));
        assert_eq!(map.nearest[height / 2 * width + 3 * width / 4], Some(1), "of two, the first");
        let values = Values::F64(vec![1.0, 2.0, 3.0]);
        let painted = map.paint(&Field { name: "u".into(), kind: Kind::Real, grid, values });
        assert_eq!(painted.values.get(height / 2 * width), 1.0);
    }

    #[test]
    fn nodes_without_places_stand_in_rows() {
        let map = NodeMap::in_rows(7);
        assert_eq!(map.canvas().shape(), [3, 3, 1]);
        assert_eq!(map.active().iter().filter(|&&active| active).count(), 7);
    }
}
