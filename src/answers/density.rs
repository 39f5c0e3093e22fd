//! HDBSCAN: groups as islands of density, to compare with.
//!
//! In: unit vectors and their nearest neighbours. Out: a group per vector, `None` for noise. Campello, Moulavi & Sander
//! (PAKDD 2013): minimum spanning tree of the mutual reachability distance, condensed to branches of at least
//! [`SMALLEST`] members, of which those with the largest excess of mass are kept, never the whole. Parameters are those
//! that scikit-learn proposes. Cost: `n^2 dims`; memory: a few numbers per vector.

use rayon::prelude::*;

use crate::math::sets::Sets;
use crate::soil::{NeighborGraph, Vectors};

/// Members of the smallest group, and the neighbours (with itself) that make a place dense.
const SMALLEST: usize = 5;
/// Distances below are taken for this, so that densities of duplicates stay finite.
const CLOSEST: f64 = 1e-9;
/// Vectors that one thread compares at once.
const CHUNK: usize = 512;

/// The group of each vector.
pub(super) fn islands(vectors: &Vectors, neighbors: &NeighborGraph) -> Vec<Option<usize>> {
    if vectors.len() < 2 {
        return vec![None; vectors.len()];
    }
    let cores: Vec<f64> = (0..vectors.len())
        .map(|note| neighbors.of(note).take(SMALLEST - 1).last().map_or(0.0, |(_, cosine)| euclidean(cosine)))
        .collect();
    let tree = Dendrogram::new(vectors.len(), spanning_tree(vectors, &cores));
    tree.label(&Branches::of(&tree).selected())
}

/// The distance of two unit vectors from `1 - cos`.
fn euclidean(cosine_distance: f64) -> f64 {
    (2.0 * cosine_distance).max(0.0).sqrt()
}

/// An edge: its two ends and the distance between them.
type Edge = (usize, usize, f64);

/// Prim's algorithm; ties go to the smaller index. Edges in ascending order of distance.
fn spanning_tree(vectors: &Vectors, cores: &[f64]) -> Vec<Edge> {
    // Those outside of the tree: index, nearest in the tree, distance to it.
    let mut outside: Vec<Edge> = (1..vectors.len()).map(|note| (note, 0, f64::INFINITY)).collect();
    let mut edges = Vec::with_capacity(outside.len());
    let mut last = 0;
    while !outside.is_empty() {
        let nearest_of = |chunk: &mut [Edge]| {
            // Where both are not dense enough to be nearer than what is known, their vectors need not be compared.
            let open = |&&mut (note, _, distance): &&mut Edge| cores[note].max(cores[last]) < distance;
            let mut compared: Vec<&mut Edge> = chunk.iter_mut().filter(open).collect();
            let cosines = vectors.cosines(last, compared.iter().map(|&&mut (note, ..)| note));
            for ((note, from, distance), cosine) in compared.iter_mut().zip(cosines) {
                let reach = euclidean(1.0 - cosine).max(cores[*note]).max(cores[last]);
                if reach < *distance {
                    (*from, *distance) = (last, reach);
                }
            }
            chunk.iter().map(|&(note, _, distance)| (distance, note)).fold((f64::INFINITY, usize::MAX), nearer)
        };
        let (_, next) = outside.par_chunks_mut(CHUNK).map(nearest_of).reduce(|| (f64::INFINITY, usize::MAX), nearer);
        let at = outside.binary_search_by_key(&next, |&(note, ..)| note).expect("the nearest is outside");
        edges.push(outside.remove(at));
        last = next;
    }
    edges.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
    edges
}

fn nearer(a: (f64, usize), b: (f64, usize)) -> (f64, usize) {
    if b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).is_lt() { b } else { a }
}

/// Who merges with whom at which distance. Leaves are 0..count, merges follow.
struct Dendrogram {
    count: usize,
    /// Children and distance of each merge.
    merges: Vec<Edge>,
    /// Leaves below each leaf or merge.
    sizes: Vec<usize>,
}

impl Dendrogram {
    fn new(count: usize, edges: Vec<Edge>) -> Self {
        let mut sets = Sets::new(2 * count - 1);
        let mut tree = Self { count, merges: Vec::with_capacity(edges.len()), sizes: vec![1; count] };
        for (a, b, distance) in edges {
            let children = [sets.root(a), sets.root(b)];
            let merge = tree.sizes.len();
            children.iter().for_each(|&child| sets.hang(child, merge));
            tree.sizes.push(tree.sizes[children[0]] + tree.sizes[children[1]]);
            tree.merges.push((children[0], children[1], distance));
        }
        tree
    }

    fn root(&self) -> usize {
        self.sizes.len() - 1
    }

    /// Children and density `1 / distance` of a merge; `None` of a leaf.
    fn children(&self, node: usize) -> Option<([usize; 2], f64)> {
        let &(a, b, distance) = self.merges.get(node.checked_sub(self.count)?)?;
        Some(([a, b], 1.0 / distance.max(CLOSEST)))
    }

    /// Numbers the leaves below each of some nodes.
    fn label(&self, nodes: &[usize]) -> Vec<Option<usize>> {
        let mut labels = vec![None; self.count];
        for (label, &node) in nodes.iter().enumerate() {
            let mut open = vec![node];
            while let Some(node) = open.pop() {
                match self.children(node) {
                    Some((children, _)) => open.extend(children),
                    None => labels[node] = Some(label),
                }
            }
        }
        labels
    }
}

/// The condensed tree: branches of at least [`SMALLEST`] members; parents stand before their children.
struct Branches {
    /// Where each begins in the dendrogram.
    nodes: Vec<usize>,
    parents: Vec<Option<usize>>,
    /// Excess of mass: the sum over members of the density at which they leave less that at which the branch began.
    stabilities: Vec<f64>,
}

impl Branches {
    fn of(tree: &Dendrogram) -> Self {
        let mut branches = Self { nodes: vec![tree.root()], parents: vec![None], stabilities: vec![0.0] };
        // Open ends: node, its branch, the density at which the branch began.
        let mut open = vec![(tree.root(), 0, 0.0)];
        while let Some((node, branch, birth)) = open.pop() {
            let Some((children, density)) = tree.children(node) else { continue };
            let large = children.map(|child| tree.sizes[child] >= SMALLEST);
            let leaving = match large {
                [true, true] | [false, false] => tree.sizes[node],
                [true, false] => tree.sizes[children[1]],
                [false, true] => tree.sizes[children[0]],
            };
            branches.stabilities[branch] += (density - birth) * leaving as f64;
            for (child, _) in children.into_iter().zip(large).filter(|(_, large)| *large) {
                if leaving == tree.sizes[node] {
                    open.push((child, branches.nodes.len(), density));
                    branches.nodes.push(child);
                    branches.parents.push(Some(branch));
                    branches.stabilities.push(0.0);
                } else {
                    open.push((child, branch, birth));
                }
            }
        }
        branches
    }

    /// The dendrogram nodes of the branches with the largest total stability, none within another, not the root.
    fn selected(&self) -> Vec<usize> {
        let count = self.nodes.len();
        let mut within = vec![0.0; count];
        let mut chosen = vec![false; count];
        for branch in (1..count).rev() {
            chosen[branch] = self.stabilities[branch] >= within[branch];
            let best = self.stabilities[branch].max(within[branch]);
            within[self.parents[branch].expect("only the root has no parent")] += best;
        }
        let mut covered = vec![false; count];
        let mut nodes = Vec::new();
        for branch in 1..count {
            let parent = self.parents[branch].expect("only the root has no parent");
            covered[branch] = covered[parent] || chosen[parent];
            if chosen[branch] && !covered[branch] {
                nodes.push(self.nodes[branch]);
            }
        }
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soil::Silent;

    #[test]
    fn two_islands_and_a_hermit() {
        let mut rows: Vec<f64> = Vec::new();
        for centre in [0.0_f64, 1.5] {
            for i in 0..8 {
                let angle = centre + 0.01 * f64::from(i) + 0.001 * f64::from(i * i);
                rows.extend([angle.cos(), angle.sin()]);
            }
        }
        rows.extend([-1.0, -1.0]);
        let vectors = Vectors::normalized(2, rows).unwrap();
        let labels = islands(&vectors, &NeighborGraph::nearest(&vectors, 6, &Silent));
        assert_eq!(labels[16], None);
        assert!(labels[..8].iter().all(|label| *label == labels[0] && label.is_some()), "{labels:?}");
        assert!(labels[8..16].iter().all(|label| *label == labels[8] && label.is_some()));
        assert_ne!(labels[0], labels[8]);
    }

    #[test]
    fn the_tree_is_the_shortest() {
        let angles = [0.0_f64, 0.1, 0.25, 1.0, 1.05];
        let rows = angles.iter().flat_map(|angle| [angle.cos(), angle.sin()]).collect();
        let vectors = Vectors::normalized(2, rows).unwrap();
        let edges = spanning_tree(&vectors, &[0.0; 5]);
        let total: f64 = edges.iter().map(|(.., distance)| distance).sum();
        let chord = |angle: f64| 2.0 * (angle / 2.0).sin();
        assert!((total - (chord(0.1) + chord(0.15) + chord(0.75) + chord(0.05))).abs() < 1e-6);
        assert_eq!(
            islands(&Vectors::normalized(1, vec![1.0]).unwrap(), &NeighborGraph::nearest(&vectors, 0, &Silent)),
            [None]
        );
    }
}
