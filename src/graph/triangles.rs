//! The triangles of a graph. In: sorted edges. Out: corners a < b < c and sides ab, bc, ac of every triangle, sorted by
//! (a, b, c), and which triangles surround an edge or a node. Each is found once, from its side ab, as a common higher
//! neighbour of a and b (Chiba & Nishizeki 1985).

use super::{Graph, Incidence, Indices};

/// All triangles of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Triangles {
    corners: [Indices; 3],
    sides: [Indices; 3],
    around_edges: Incidence,
    around_nodes: Incidence,
}

impl Triangles {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut found: [Vec<u32>; 6] = Default::default();
        graph.visit_triangles(|corners, sides| {
            let numbers = corners.into_iter().chain(sides);
            for (list, number) in found.iter_mut().zip(numbers) {
                list.push(u32::try_from(number).expect("nodes and edges are counted in 32 bits"));
            }
        });
        let [a, b, c, ab, bc, ac] = found.map(Indices::new);
        let (corners, sides) = ([a, b, c], [ab, bc, ac]);
        let transposed = |targets, tables: &[Indices; 3]| {
            Incidence::transposed(targets, &tables.each_ref(), vec![0, 1, 2], 2).sorted()
        };
        Self {
            around_edges: transposed(graph.edges(), &sides),
            around_nodes: transposed(graph.nodes(), &corners),
            corners,
            sides,
        }
    }

    /// Number of triangles.
    pub fn len(&self) -> usize {
        self.corners[0].as_slice().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nodes a < b < c of every triangle.
    pub fn corners(&self) -> &[Indices; 3] {
        &self.corners
    }

    /// The edges ab, bc, ac of every triangle.
    pub fn sides(&self) -> &[Indices; 3] {
        &self.sides
    }

    /// The triangles beside every edge, with the side that the edge is.
    pub fn around_edges(&self) -> &Incidence {
        &self.around_edges
    }

    /// The triangles round every node, with the corner that the node is.
    pub fn around_nodes(&self) -> &Incidence {
        &self.around_nodes
    }
}

impl Graph {
    /// Number of triangles, counted without keeping them.
    pub fn triangle_count(&self) -> usize {
        let mut count = 0;
        self.visit_triangles(|_, _| count += 1);
        count
    }

    /// Calls with corners and sides of every triangle.
    fn visit_triangles(&self, mut visit: impl FnMut([usize; 3], [usize; 3])) {
        let [low, high] = self.ends();
        // The edges from a node to higher ones follow one another.
        let mut first = vec![0; self.nodes() + 1];
        low.as_slice().iter().for_each(|&node| first[node as usize + 1] += 1);
        for node in 0..self.nodes() {
            first[node + 1] += first[node];
        }
        for ab in 0..self.edges() {
            let (a, b) = (low.at(ab), high.at(ab));
            let (mut ac, mut bc) = (ab + 1, first[b]);
            while ac < first[a + 1] && bc < first[b + 1] {
                match high.at(ac).cmp(&high.at(bc)) {
                    std::cmp::Ordering::Less => ac += 1,
                    std::cmp::Ordering::Greater => bc += 1,
                    std::cmp::Ordering::Equal => {
                        visit([a, b, high.at(ac)], [ab, bc, ac]);
                        (ac, bc) = (ac + 1, bc + 1);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, Graph};

    #[test]
    fn a_tetrahedron_has_four_triangles() {
        let pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
        let edges = pairs.map(|ends| Edge { ends, weight: 1.0, angle: 0.0 });
        let graph = Graph::new(5, edges).unwrap().with_triangles().unwrap();
        let triangles = graph.triangles().unwrap();
        let list = |tables: &[super::Indices; 3]| -> Vec<[usize; 3]> {
            (0..triangles.len()).map(|t| [0, 1, 2].map(|k| tables[k].at(t))).collect()
        };
        assert_eq!(list(triangles.corners()), [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]);
        assert_eq!(list(triangles.sides()), [[0, 3, 1], [0, 4, 2], [1, 5, 2], [3, 5, 4]]);
        assert_eq!(triangles.around_edges().of(5).collect::<Vec<_>>(), [(2, 1), (3, 1)]);
        assert_eq!(triangles.around_nodes().of(3).collect::<Vec<_>>(), [(1, 2), (2, 2), (3, 2)]);
        assert_eq!(triangles.around_nodes().of(4).count(), 0);
    }
}
