//! Brushes: which cells or edges an act touches, and how much.
//!
//! In: a brush in units of the domain. Out: a [`Footprint`]. A brush is a union of segments (a point is a segment
//! without length) with a profile of the distance to the nearest of them, measured the short way round periodic axes.
//! Invariants: weights lie in (0, 1]; a brush moved once round a periodic axis has the same footprint to rounding; the
//! cost is that of the boxes around the segments, not of the grid.

use crate::graph::Graph;
use crate::grid::{Axis, Grid};
use crate::math::elementary::scalar64::exp;

/// A position in units of the domain; 0 along axes that the grid does not have.
pub(super) type Point = [f64; 3];

/// Positions in a component, ascending, with weights in (0, 1].
pub(super) type Footprint = Vec<(usize, f64)>;

/// The weight of a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// 1 within the radius.
    Disc,
    /// `exp(-d^2 / (2 (radius/2)^2))`, cut off at twice the radius.
    Gaussian,
}

/// A brush on a grid.
#[derive(Clone, Debug)]
pub(super) struct Region<'g> {
    grid: &'g Grid,
    segments: Vec<[Point; 2]>,
    radius: f64,
    profile: Profile,
}

/// A segment in the domain or in one of its periodic images, and the cells around it.
struct Image {
    from: Point,
    along: Point,
    /// First and one past the last cell, per axis.
    cells: [[usize; 2]; 3],
}

/// Boxes around segments may cover the grid this many times: a stranger's lasso must not take minutes.
const MOST_COVERS: usize = 64;
/// On a graph, a brush may measure this many distances.
const MOST_DISTANCES: usize = 1 << 28;

impl<'g> Region<'g> {
    /// Segments between points that are each the short way round from the one before; a point alone is a segment too.
    pub(super) fn new(grid: &'g Grid, points: &[Point], radius: f64, profile: Profile) -> Self {
        let placed: Vec<Point> = points.iter().map(|&point| wrapped(grid, point)).collect();
        let segment = |pair: &[Point]| [pair[0], add(pair[0], offset(grid, pair[0], pair[1]))];
        let segments = match placed.as_slice() {
            [point] => vec![[*point; 2]],
            points => points.windows(2).map(segment).collect(),
        };
        Self { grid, segments, radius, profile }
    }

    /// Separate points.
    pub(super) fn points(grid: &'g Grid, points: &[Point], radius: f64, profile: Profile) -> Self {
        let segments = points.iter().map(|&point| [wrapped(grid, point); 2]).collect();
        Self { grid, segments, radius, profile }
    }

    /// The mean of all ends, each the short way round from the first.
    pub(super) fn center(&self) -> Point {
        let first = self.segments[0][0];
        let ends = self.segments.iter().flatten();
        let sum = ends.fold([0.0; 3], |sum, &end| add(sum, offset(self.grid, first, end)));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 points")]
        let count = 2.0 * self.segments.len() as f64;
        wrapped(self.grid, add(first, sum.map(|total| total / count)))
    }

    /// The cells (`None`) or the edges along an axis that the brush touches; `None` if it covers the grid too often.
    pub(super) fn footprint(&self, edges: Option<Axis>) -> Option<Footprint> {
        if let Some(graph) = self.grid.graph() {
            return self.on_map(graph, edges.is_some());
        }
        let images: Vec<Image> = self.segments.iter().flat_map(|segment| self.images(segment, edges)).collect();
        let size = |image: &Image| image.cells.iter().map(|[first, end]| end - first).product::<usize>();
        let work: usize = images.iter().map(size).sum();
        if work > MOST_COVERS.saturating_mul(self.grid.cells()) {
            return None;
        }
        if let [image] = images.as_slice() {
            let mut footprint = Vec::with_capacity(work);
            self.weigh(image, edges, |index, weight| footprint.push((index, weight)));
            return Some(footprint);
        }
        let mut weights = vec![0.0_f64; if images.is_empty() { 0 } else { self.grid.cells() }];
        for image in &images {
            self.weigh(image, edges, |index, weight| weights[index] = weights[index].max(weight));
        }
        Some(weights.into_iter().enumerate().filter(|(_, weight)| *weight > 0.0).collect())
    }

    /// The nodes of a graph that the brush touches on its map, or the edges by their middles. Without a map, nothing.
    fn on_map(&self, graph: &Graph, edges: bool) -> Option<Footprint> {
        let places = self.grid.node_positions().unwrap_or_default();
        let middle = |edge: usize| {
            let [a, b] = graph.ends().each_ref().map(|end| places[end.at(edge)]);
            [0, 1].map(|axis| 0.5 * (a[axis] + b[axis]))
        };
        let count = if places.is_empty() {
            0
        } else if edges {
            graph.edges()
        } else {
            graph.nodes()
        };
        if self.segments.len().saturating_mul(count) > MOST_DISTANCES {
            return None;
        }
        let weight = |site: usize| {
            let [x, y] = if edges { middle(site) } else { places[site] };
            let weights = self.segments.iter().map(|[from, to]| self.weight_at([x, y, 0.0], *from, sub(*to, *from)));
            weights.fold(0.0, f64::max)
        };
        Some((0..count).map(|site| (site, weight(site))).filter(|(_, weight)| *weight > 0.0).collect())
    }

    fn reach(&self) -> f64 {
        match self.profile {
            Profile::Disc => self.radius,
            Profile::Gaussian => 2.0 * self.radius,
        }
    }

    /// The images of a segment that reach into the domain.
    fn images(&self, &[from, to]: &[Point; 2], edges: Option<Axis>) -> Vec<Image> {
        let mut shifts: Vec<Point> = vec![[0.0; 3]];
        for &axis in self.grid.axis_list() {
            if !self.grid.bounded(axis) {
                let period = self.grid.size_along(axis);
                let shifted = |shift: &Point| {
                    [-2.0, -1.0, 0.0, 1.0, 2.0].map(|turns: f64| {
                        let mut shift = *shift;
                        shift[axis.index()] += turns * period;
                        shift
                    })
                };
                shifts = shifts.iter().flat_map(shifted).collect();
            }
        }
        let along = sub(to, from);
        let image = |shift: Point| {
            let mut cells = [[0, 1]; 3];
            for &axis in self.grid.axis_list() {
                let ends = [from, to].map(|end| end[axis.index()] + shift[axis.index()]);
                let (low, high) = (ends[0].min(ends[1]) - self.reach(), ends[0].max(ends[1]) + self.reach());
                cells[axis.index()] = self.cells_between(axis, low, high, edges)?;
            }
            Some(Image { from: add(from, shift), along, cells })
        };
        shifts.into_iter().filter_map(image).collect()
    }

    /// The cells (or edges) of an axis that lie between two positions, one more on either side for rounding.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the cells of the axis"
    )]
    fn cells_between(&self, axis: Axis, low: f64, high: f64, edges: Option<Axis>) -> Option<[usize; 2]> {
        let count = self.grid.cells_along(axis) as f64;
        let (spacing, first) = (self.grid.spacing(axis), center_of_first(axis, edges));
        let (low, high) = ((low / spacing - first).floor(), (high / spacing - first).ceil());
        let inside = high >= 0.0 && low <= count - 1.0;
        inside.then(|| [low.max(0.0) as usize, (high + 1.0).min(count) as usize])
    }

    /// Calls `found` for every cell of an image's box that has a weight, in ascending order.
    fn weigh(&self, image: &Image, edges: Option<Axis>, mut found: impl FnMut(usize, f64)) {
        let [xs, ys, zs] = image.cells;
        for z in zs[0]..zs[1] {
            for y in ys[0]..ys[1] {
                for x in xs[0]..xs[1] {
                    let weight = self.weight_at(position(self.grid, [x, y, z], edges), image.from, image.along);
                    if weight > 0.0 {
                        found(self.grid.index([x, y, z]), weight);
                    }
                }
            }
        }
    }

    /// The weight of a point by its distance from a segment.
    fn weight_at(&self, at: Point, start: Point, along: Point) -> f64 {
        let (from, length2) = (sub(at, start), dot(along, along));
        let share = if length2 > 0.0 { (dot(from, along) / length2).clamp(0.0, 1.0) } else { 0.0 };
        let away = sub(from, along.map(|part| share * part));
        self.weight(dot(away, away))
    }

    /// The weight of a squared distance.
    fn weight(&self, distance2: f64) -> f64 {
        let reach = self.reach();
        if distance2 > reach * reach {
            return 0.0;
        }
        match self.profile {
            Profile::Disc => 1.0,
            Profile::Gaussian => {
                let width = 0.5 * self.radius;
                exp(-0.5 * distance2 / (width * width))
            }
        }
    }
}

/// Where the first cell (or edge) of an axis lies, in cells.
fn center_of_first(axis: Axis, edges: Option<Axis>) -> f64 {
    if edges == Some(axis) { 1.0 } else { 0.5 }
}

/// The centre of a cell, or the middle of the edge from it along an axis.
#[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
pub(super) fn position(grid: &Grid, cell: [usize; 3], edges: Option<Axis>) -> Point {
    let mut point = [0.0; 3];
    for &axis in grid.axis_list() {
        let index = axis.index();
        point[index] = (cell[index] as f64 + center_of_first(axis, edges)) * grid.spacing(axis);
    }
    point
}

/// From one point to another, the short way round periodic axes.
pub(super) fn offset(grid: &Grid, from: Point, to: Point) -> Point {
    let mut offset = sub(to, from);
    for &axis in grid.axis_list().iter().filter(|&&axis| !grid.bounded(axis)) {
        let (period, along) = (grid.size_along(axis), &mut offset[axis.index()]);
        *along -= period * (*along / period + 0.5).floor();
    }
    offset
}

/// The same point within the domain along periodic axes.
fn wrapped(grid: &Grid, mut point: Point) -> Point {
    for &axis in grid.axis_list().iter().filter(|&&axis| !grid.bounded(axis)) {
        let (period, along) = (grid.size_along(axis), &mut point[axis.index()]);
        *along -= period * (*along / period).floor();
    }
    point
}

fn add(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::grid::Topology;

    fn torus() -> Grid {
        Grid::new(&[24, 18], &[12.0, 18.0], &[Topology::Periodic; 2])
    }

    /// The weight by its definition: the least distance to any image of a point.
    fn by_definition(grid: &Grid, center: Point, radius: f64, at: Point) -> f64 {
        let away = offset(grid, center, at);
        let distance2 = dot(away, away);
        if distance2 > 4.0 * radius * radius { 0.0 } else { (-2.0 * distance2 / (radius * radius)).exp() }
    }

    proptest! {
        #[test]
        fn weights_lie_between_0_and_1_and_follow_the_definition(x in -30.0..30.0, y in -30.0..30.0, radius in 0.1..9.0) {
            let grid = torus();
            let region = Region::points(&grid, &[[x, y, 0.0]], radius, Profile::Gaussian);
            let footprint = region.footprint(None).unwrap();
            prop_assert!(footprint.is_sorted_by_key(|(index, _)| *index));
            let mut weights = vec![0.0; grid.cells()];
            for (index, weight) in footprint {
                prop_assert!(weight > 0.0 && weight <= 1.0);
                weights[index] = weight;
            }
            for (index, weight) in weights.into_iter().enumerate() {
                let expected = by_definition(&grid, [x, y, 0.0], radius, position(&grid, grid.position(index), None));
                // At the very rim rounding decides.
                prop_assert!((weight - expected).abs() < 1e-9 || (weight.max(expected) < 4e-4 && weight.min(expected) == 0.0));
            }
        }

        #[test]
        fn a_brush_moved_by_cells_moves_its_footprint(x in 0.0..12.0, y in 0.0..18.0, dx in 0..24_usize, dy in 0..18_usize) {
            let grid = torus();
            let discs = |x: f64, y: f64| {
                let ends = [[x, y, 0.0], [x + 1.3, y + 2.1, 0.0], [x + 4.0, y - 3.0, 0.0]];
                Region::new(&grid, &ends, 1.7, Profile::Gaussian).footprint(None).unwrap()
            };
            let mut moved: Vec<(usize, f64)> = discs(x, y)
                .into_iter()
                .map(|(index, weight)| {
                    let [i, j, _] = grid.position(index);
                    (grid.index([(i + dx) % 24, (j + dy) % 18, 0]), weight)
                })
                .collect();
            moved.sort_by_key(|(index, _)| *index);
            let there = discs(x + dx as f64 * 0.5, y + dy as f64);
            let dense = |footprint: &[(usize, f64)]| {
                let mut all = vec![0.0; grid.cells()];
                footprint.iter().for_each(|&(index, weight)| all[index] = weight);
                all
            };
            for (a, b) in dense(&moved).into_iter().zip(dense(&there)) {
                prop_assert!((a - b).abs() < 1e-9 || (a.max(b) < 4e-4 && a.min(b) == 0.0), "{a} {b}");
            }
        }
    }

    #[test]
    fn a_line_crosses_the_seam_the_short_way() {
        let grid = torus();
        let region = Region::new(&grid, &[[11.5, 9.0, 0.0], [0.5, 9.0, 0.0]], 0.6, Profile::Disc);
        let columns: std::collections::BTreeSet<usize> =
            region.footprint(None).unwrap().iter().map(|(index, _)| index % 24).collect();
        assert_eq!(columns.into_iter().collect::<Vec<_>>(), [0, 1, 22, 23]);
    }

    #[test]
    fn a_lasso_that_covers_the_grid_too_often_is_refused() {
        let grid = torus();
        let many: Vec<Point> = vec![[3.0, 3.0, 0.0]; 100];
        assert!(Region::points(&grid, &many, 20.0, Profile::Disc).footprint(None).is_none());
    }
}
