//! The merge forest of a sweep: when the components of growing level sets are born and when they meet.
//!
//! Each cell first points to its earliest neighbour; following the pointers leads to an extremum, whose *basin* the
//! cell is in. Those edges never join two components of positive age, so Kruskal's algorithm with the elder rule is
//! left with the edges between different basins only (Edelsbrunner & Harer, Computational Topology, VII.2; the
//! contraction is that of Carr, Weber, Sewell & Ahrens 2016).
//! Pointers stay inside bands of rows, which run in parallel, and inside the box: edges over the seam of a periodic
//! axis come later, with their turns, and a cycle of edges whose turns do not cancel goes round the torus.
//! Invariant: the outcome depends on the order of the cells alone, neither on the bands nor on the threads.

use super::lattice::{Connectivity, Lattice};
use super::order::Key;
use super::radix;
use rayon::prelude::*;

/// Cells per band: small enough to stay in a core's cache, large enough that few edges leave it.
const BAND_CELLS: usize = 1 << 17;

/// Narrows the index of a cell or basin.
#[expect(clippy::cast_possible_truncation, reason = "a lattice has less than 2^32 cells")]
pub(super) fn narrow(index: usize) -> u32 {
    index as u32
}

/// The cells of a lattice in the order of a sweep, earliest first; with `LATE_FIRST` exactly reversed.
pub(super) struct Levels<'a, K, const LATE_FIRST: bool> {
    lattice: &'a Lattice,
    keys: &'a [K],
    forward: Vec<[i8; 3]>,
}

/// An edge between two basins, or from a basin to the outside, entering the sweep with a cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge<P> {
    order: P,
    pub(super) from: u32,
    pub(super) into: u32,
    turns: [i8; 3],
}

/// Extrema and the basin of each cell.
pub(super) struct Basins {
    /// The cell of each basin's extremum, ascending.
    pub(super) extrema: Vec<u32>,
    /// The first basin of each band of rows.
    first_of_band: Vec<u32>,
    /// The basin of each cell.
    pub(super) of_cell: Vec<u32>,
}

/// Which edges between basins a caller needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    All,
    /// Enough of them to join the same components at the same cells.
    Spanning,
}

/// Two components meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    /// The cell where they meet.
    pub(super) saddle: u32,
    /// The basin whose extremum is the younger component's oldest.
    pub(super) younger: u32,
    /// The older component's.
    pub(super) elder: u32,
    /// The basin on the younger component's side of the meeting edge.
    pub(super) from: u32,
    /// The basin on the older component's side.
    pub(super) into: u32,
}

/// What Kruskal's algorithm found.
pub(super) struct Forest {
    /// In the order of the sweep. Basins from `extrema.len()` on are the outside.
    pub(super) merges: Vec<Merge>,
    /// Basins that never met an older one, and are not the outside.
    pub(super) survivors: Vec<u32>,
    /// Cells where a cycle appears that goes round the torus, independently of the earlier ones.
    pub(super) cycles: Vec<u32>,
}

impl<'a, K: Key, const LATE_FIRST: bool> Levels<'a, K, LATE_FIRST> {
    pub(super) fn new(lattice: &'a Lattice, keys: &'a [K], connectivity: Connectivity) -> Self {
        Self { lattice, keys, forward: lattice.forward_steps(connectivity) }
    }

    /// When a cell enters the sweep.
    #[inline]
    fn order(&self, cell: usize) -> K::Packed {
        if LATE_FIRST { (!self.keys[cell]).pack(!narrow(cell)) } else { self.keys[cell].pack(narrow(cell)) }
    }

    /// The cell that an edge enters with.
    pub(super) fn cell(&self, edge: &Edge<K::Packed>) -> u32 {
        if LATE_FIRST { !K::index(edge.order) } else { K::index(edge.order) }
    }

    fn rows_per_band(&self) -> usize {
        BAND_CELLS.div_ceil(self.lattice.shape()[0])
    }

    /// The basin of every cell.
    pub(super) fn basins(&self) -> Basins {
        let rows = self.rows_per_band();
        let band_cells = rows * self.lattice.shape()[0];
        let mut of_cell = vec![0; self.lattice.cells()];
        let found: Vec<Vec<u32>> = of_cell
            .par_chunks_mut(band_cells)
            .enumerate()
            .map(|(band, basin)| {
                self.point_to_earliest(band * rows, basin);
                number_basins(band * band_cells, basin)
            })
            .collect();
        let first_of_band: Vec<u32> = found
            .iter()
            .scan(0, |next, band| {
                let first = *next;
                *next += narrow(band.len());
                Some(first)
            })
            .collect();
        of_cell.par_chunks_mut(band_cells).zip(&first_of_band).for_each(|(band, first)| {
            band.iter_mut().for_each(|basin| *basin += first);
        });
        Basins { extrema: found.concat(), first_of_band, of_cell }
    }

    /// Writes into each cell of a band the earliest cell of its neighbourhood, counted from the band's start.
    fn point_to_earliest(&self, first_row: usize, pointer: &mut [u32]) {
        let nx = self.lattice.shape()[0];
        let start = first_row * nx;
        let rows = first_row..first_row + pointer.len() / nx;
        for row in rows.clone() {
            let steps = self.lattice.row_steps(row, &self.forward, rows.clone());
            for x in 0..nx {
                let cell = row * nx + x;
                let (mut earliest, mut at) = (self.order(cell), cell);
                for &step in steps.at(x, nx) {
                    let neighbor = cell.wrapping_add_signed(step);
                    let order = self.order(neighbor);
                    if order < earliest {
                        (earliest, at) = (order, neighbor);
                    }
                }
                pointer[cell - start] = narrow(at - start);
            }
        }
    }

    /// Edges between different basins, in the order of the sweep; with `outside`, also to what lies beyond walls.
    pub(super) fn edges(&self, basins: &Basins, which: Which, outside: bool) -> Vec<Edge<K::Packed>> {
        let rows = self.rows_per_band();
        let mut bands: Vec<Vec<Edge<K::Packed>>> = basins
            .first_of_band
            .par_iter()
            .enumerate()
            .map(|(band, &first)| {
                let mut edges = self.edges_of_rows(band * rows..((band + 1) * rows).min(self.lattice.rows()), basins);
                if LATE_FIRST {
                    edges.reverse();
                }
                // Edges come by cell, so that a stable sort by key is one by key and cell.
                radix::sort_by_key(&mut edges, K::BITS, |edge| K::bits(edge.order));
                if which == Which::Spanning {
                    let next = basins.first_of_band.get(band + 1).map_or(basins.extrema.len(), |&next| next as usize);
                    drop_cycles(&mut edges, first, next - first as usize);
                }
                edges
            })
            .collect();
        if LATE_FIRST {
            bands.reverse();
        }
        let mut edges = bands.concat();
        drop(bands);
        radix::sort_by_key(&mut edges, K::BITS, |edge| K::bits(edge.order));
        let mut border = self.seam_edges(basins);
        if outside {
            border.extend(self.wall_edges(basins));
        }
        border.sort_unstable();
        merged(edges, &border)
    }

    fn edges_of_rows(&self, rows: std::ops::Range<usize>, basins: &Basins) -> Vec<Edge<K::Packed>> {
        let nx = self.lattice.shape()[0];
        let mut edges: Vec<Edge<K::Packed>> = Vec::new();
        for row in rows {
            let steps = self.lattice.row_steps(row, &self.forward, 0..self.lattice.rows());
            for x in 0..nx {
                let cell = row * nx + x;
                let (order, from, known) = (self.order(cell), basins.of_cell[cell], edges.len());
                for &step in steps.at(x, nx) {
                    let neighbor = cell.wrapping_add_signed(step);
                    let into = basins.of_cell[neighbor];
                    if into != from
                        && self.order(neighbor) < order
                        && edges[known..].iter().all(|edge| edge.into != into)
                    {
                        edges.push(Edge { order, from, into, turns: [0; 3] });
                    }
                }
            }
        }
        edges
    }

    fn seam_edges(&self, basins: &Basins) -> Vec<Edge<K::Packed>> {
        let seams = self.lattice.seams(&self.forward).into_iter();
        let edge = |(cell, neighbor, turns): (usize, usize, [i8; 3])| {
            let order = self.order(cell).max(self.order(neighbor));
            Edge { order, from: basins.of_cell[cell], into: basins.of_cell[neighbor], turns }
        };
        seams.map(edge).collect()
    }

    /// The outside of a box is one basin; that of a cylinder is two, one per wall.
    fn wall_edges(&self, basins: &Basins) -> Vec<Edge<K::Packed>> {
        let outside = narrow(basins.extrema.len());
        let cylinder = self.lattice.periodic()[..self.lattice.axes()].contains(&true);
        let mut edges = Vec::new();
        for axis in (0..self.lattice.axes().max(2)).filter(|&axis| !self.lattice.periodic()[axis]) {
            for (side, cells) in (0..).zip(self.lattice.ends(axis)) {
                let into = if cylinder { outside + side } else { outside };
                edges.extend(cells.into_iter().map(|cell| Edge {
                    order: self.order(cell),
                    from: basins.of_cell[cell],
                    into,
                    turns: [0; 3],
                }));
            }
        }
        edges
    }

    /// Joins basins edge by edge; of two components that meet, the one born later ends.
    pub(super) fn merge(&self, basins: &Basins, edges: &[Edge<K::Packed>]) -> Forest {
        let inner = basins.extrema.len();
        let born: Vec<K::Packed> = basins.extrema.iter().map(|&cell| self.order(cell as usize)).collect();
        let is_elder = |a: u32, b: u32| match (born.get(a as usize), born.get(b as usize)) {
            (Some(a), Some(b)) => a < b,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let mut components = Components::new(inner + 2);
        let mut forest = Forest { merges: Vec::new(), survivors: Vec::new(), cycles: Vec::new() };
        let mut turned: Vec<[i64; 3]> = Vec::new();
        for edge in edges {
            let ((a, turns_a), (b, turns_b)) = (components.find(edge.from), components.find(edge.into));
            // Turns from a's extremum along the edge to b's.
            let turns: [i32; 3] = std::array::from_fn(|k| turns_b[k] - turns_a[k] - i32::from(edge.turns[k]));
            if a == b {
                if turns != [0; 3] && raises_rank(&mut turned, turns.map(i64::from)) {
                    forest.cycles.push(self.cell(edge));
                }
            } else if is_elder(a, b) {
                components.join(b, a, turns.map(|turn| -turn));
                forest.merges.push(Merge {
                    saddle: self.cell(edge),
                    younger: b,
                    elder: a,
                    from: edge.into,
                    into: edge.from,
                });
            } else {
                components.join(a, b, turns);
                forest.merges.push(Merge {
                    saddle: self.cell(edge),
                    younger: a,
                    elder: b,
                    from: edge.from,
                    into: edge.into,
                });
            }
        }
        forest.survivors = (0..narrow(inner)).filter(|&basin| components.is_root(basin)).collect();
        forest
    }
}

/// Leaves out of the ordered edges of a band those that close a cycle of earlier ones inside it: they join nothing.
fn drop_cycles<P>(edges: &mut Vec<Edge<P>>, first: u32, basins: usize) {
    let mut parent: Vec<u32> = (0..narrow(basins)).collect();
    let local = |basin: u32| basin.checked_sub(first).filter(|&local| (local as usize) < basins);
    edges.retain(|edge| {
        let (Some(a), Some(b)) = (local(edge.from), local(edge.into)) else { return true };
        let (a, b) = (representative(&mut parent, a), representative(&mut parent, b));
        parent[a as usize] = b;
        a != b
    });
}

/// The end of a chain of parents, whose path is halved.
pub(super) fn representative(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        parent[node as usize] = parent[parent[node as usize] as usize];
        node = parent[node as usize];
    }
    node
}

/// Two ordered lists as one.
fn merged<P: Copy + Ord>(mut edges: Vec<Edge<P>>, border: &[Edge<P>]) -> Vec<Edge<P>> {
    let mut free = edges.len() + border.len();
    let mut inner = edges.len();
    let Some(&filler) = border.first() else { return edges };
    edges.resize(free, filler);
    for &edge in border.iter().rev() {
        let later = edges[..inner].partition_point(|inner| inner.order <= edge.order);
        edges.copy_within(later..inner, free - (inner - later));
        free -= inner - later + 1;
        inner = later;
        edges[free] = edge;
    }
    edges
}

/// Replaces pointers inside a band by basins numbered from 0, and returns the cells of the extrema.
fn number_basins(start: usize, pointer: &mut [u32]) -> Vec<u32> {
    for cell in 0..pointer.len() {
        let mut root = pointer[cell];
        while pointer[root as usize] != root {
            root = pointer[root as usize];
        }
        let mut at = cell;
        while pointer[at] != root {
            at = std::mem::replace(&mut pointer[at], root) as usize;
        }
    }
    let mut number = vec![0; pointer.len()];
    let mut extrema = Vec::new();
    for cell in 0..pointer.len() {
        if pointer[cell] as usize == cell {
            number[cell] = narrow(extrema.len());
            extrema.push(narrow(start + cell));
        }
    }
    pointer.iter_mut().for_each(|basin| *basin = number[*basin as usize]);
    extrema
}

/// Union-find whose links remember how often the way to the representative goes round each axis.
struct Components {
    nodes: Vec<(u32, [i32; 3])>,
}

impl Components {
    fn new(count: usize) -> Self {
        Self { nodes: (0..narrow(count)).map(|node| (node, [0; 3])).collect() }
    }

    fn is_root(&self, node: u32) -> bool {
        self.nodes[node as usize].0 == node
    }

    /// The representative, and the turns on the way there; halves the path.
    fn find(&mut self, mut node: u32) -> (u32, [i32; 3]) {
        let mut turns = [0; 3];
        loop {
            let (parent, to_parent) = self.nodes[node as usize];
            if parent == node {
                return (node, turns);
            }
            let (grandparent, further) = self.nodes[parent as usize];
            let both = std::array::from_fn(|k| to_parent[k] + further[k]);
            self.nodes[node as usize] = (grandparent, both);
            turns = std::array::from_fn(|k| turns[k] + both[k]);
            node = grandparent;
        }
    }

    fn join(&mut self, root: u32, into: u32, turns: [i32; 3]) {
        self.nodes[root as usize] = (into, turns);
    }
}

/// Adds a vector to a basis if it is independent of it.
fn raises_rank(basis: &mut Vec<[i64; 3]>, v: [i64; 3]) -> bool {
    let cross =
        |a: [i64; 3], b: [i64; 3]| [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
    let independent = match basis[..] {
        [] => v != [0; 3],
        [a] => cross(a, v) != [0; 3],
        [a, b] => cross(a, b).iter().zip(v).map(|(&c, v)| i128::from(c) * i128::from(v)).sum::<i128>() != 0,
        _ => false,
    };
    if independent {
        basis.push(v);
    }
    independent
}
