//! Phase defects of a complex field on a graph, followed through time by the phase slips that move them.
//!
//! In come the states of a field on the nodes of a graph with triangles, one after the other; out go the triangles
//! round which the phase winds, `n = -(m_ab + m_bc - m_ac)`, the edges that *slipped* in between, and events. An edge
//! spans a face with an interval of time, whose winding `J_ij = m(later) - m(earlier) + q_i - q_j` (q: turns of the
//! nodes in time) says how much charge passed through the edge: `n(later) - n(earlier) = -(J_ab + J_bc - J_ac)`, as
//! integers, exactly. So windings change at slipped edges only, all those round one edge at once. A graph is no
//! surface: an edge may have any number of triangles and there is no side to be called counter-clockwise. A *defect* is
//! therefore a set of wound triangles that hang together by edges. Seen on a map of the nodes each triangle has a side;
//! a defect all of whose triangles wind the same way there has that *sign*, others have none. It goes on where it
//! shares a triangle with what stands later, or a chain of slipped edges, each in one triangle with the next, leads
//! there; nothing is matched by distance. Invariants: no name is used twice; what stands later without such a tie was
//! born, what stood before without one has ended.

mod descent;
mod wound;

use rayon::prelude::*;
use std::collections::BTreeMap;

use super::currents::steps_far;
use super::winding::{crossing, turn};
use super::worldlines::Event;
use crate::graph::{Graph, Triangles};
use descent::{Class, classes};
use wound::{Wound, nodes_of, windings};

/// Edges that one thread looks at, at least.
const EDGES: usize = 1 << 12;

/// Wound triangles that hang together.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphDefect {
    /// Its name for life, from 0 in the order of birth.
    pub id: u64,
    /// Its triangles, ascending.
    pub triangles: Vec<usize>,
    /// Its nodes, those of most of its triangles first, then ascending.
    pub nodes: Vec<usize>,
    /// Which way the phase turns as one walks round it counter-clockwise on the map: 1 or -1. `None` where there is no map,
    /// or where it is folded so that the triangles disagree.
    pub sign: Option<i32>,
    /// Time of the observation in which it was first seen.
    pub since: f64,
}

/// Something that happened to defects; its place is that of the first node.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphEvent {
    /// Step and time of the observation that shows it, what happened to whom, and where; the charge is that of `signs`, or
    /// 0.
    pub event: Event,
    /// The sum of the signs of those that were born or ended; where they met or parted, after less before. `None` where one
    /// of them has no sign.
    pub signs: Option<i32>,
    /// The nodes concerned, the most wound first.
    pub nodes: Vec<usize>,
}

/// What one node has lived through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SlippedNode {
    /// Wound triangles round it now.
    pub wound: usize,
    /// Phase slips of its edges so far.
    pub slips: usize,
    /// Time of the observation that showed the last one.
    pub last: Option<f64>,
}

/// Follows the defects of one field on a graph that has triangles.
#[derive(Clone, Debug)]
pub struct Slips {
    earlier: Option<State>,
    windings: Vec<i32>,
    defects: Vec<GraphDefect>,
    nodes: Vec<SlippedNode>,
    next_id: u64,
    far_steps: usize,
}

/// A field and the turns of its edges.
#[derive(Clone, Debug)]
struct State {
    values: Vec<[f64; 2]>,
    turns: Vec<i32>,
}

impl Slips {
    /// For a graph; `None` for one whose triangles nobody has looked for.
    pub fn new(graph: &Graph) -> Option<Self> {
        graph.triangles()?;
        let nodes = vec![SlippedNode::default(); graph.nodes()];
        Some(Self { earlier: None, windings: vec![], defects: vec![], nodes, next_id: 0, far_steps: 0 })
    }

    /// The defects of the last observation, in the order of their first triangles.
    pub fn defects(&self) -> &[GraphDefect] {
        &self.defects
    }

    /// The winding of every triangle at the last observation, walked a, b, c.
    pub fn windings(&self) -> &[i32] {
        &self.windings
    }

    /// What the nodes have lived through.
    pub fn nodes(&self) -> &[SlippedNode] {
        &self.nodes
    }

    /// Nodes without a slip at any of their edges whose phase moved by more than 0.9 pi in the last interval: where there
    /// are many, slips may have been missed.
    pub fn far_steps(&self) -> usize {
        self.far_steps
    }

    /// Takes in the field at a later step and time, one value per node and, if any, one angle per edge; returns what
    /// happened since the last observation. `place` is where a node is on the map.
    pub fn observe(
        &mut self,
        (step, time): (u64, f64),
        graph: &Graph,
        values: Vec<[f64; 2]>,
        theta: Option<&[f64]>,
        place: impl Fn(usize) -> [f64; 2],
    ) -> Vec<GraphEvent> {
        let triangles = graph.triangles().expect("known when it began");
        let later = State::new(graph, values, theta);
        self.windings = windings(triangles, &later.turns);
        let found = Wound::all(triangles, &self.windings, &place);
        let slipped = self.earlier.as_ref().map_or_else(Vec::new, |earlier| earlier.slipped(&later, graph));
        self.feel(graph, triangles, &slipped, &later, time);
        let began = self.earlier.replace(later).is_none();
        let before = std::mem::take(&mut self.defects);
        let old: Vec<&[usize]> = before.iter().map(|defect| &defect.triangles[..]).collect();
        let new: Vec<&[usize]> = found.iter().map(|wound| &wound.triangles[..]).collect();
        let mut events = Vec::new();
        for class in classes(triangles, &old, &new, &slipped) {
            let ids = self.inherit(&class, &class.heirs(&old, &new), &before, &found, time);
            if let Some(kind) = class.kind().filter(|_| !began) {
                let nodes = nodes_of(triangles, &class.triangles(&old, &new));
                let [x, y] = place(nodes[0]);
                let signs = class.signs(|at| before[at].sign, |at| found[at].sign);
                let event = Event { step, time, kind, ids, charge: signs.unwrap_or(0), x, y };
                events.push(GraphEvent { event, signs, nodes });
            }
        }
        self.defects.sort_unstable_by_key(|defect| defect.triangles[0]);
        events
    }

    /// Takes in what stands later in a class: heirs keep a name and an age, others get their own. Returns all names of
    /// the class, the older first.
    fn inherit(
        &mut self,
        class: &Class,
        heirs: &BTreeMap<usize, usize>,
        before: &[GraphDefect],
        found: &[Wound],
        time: f64,
    ) -> Vec<u64> {
        let mut ids: Vec<u64> = class.before.iter().map(|&at| before[at].id).collect();
        for &at in &class.after {
            let (id, since) = match heirs.get(&at).map(|&from| &before[from]) {
                Some(forebear) => (forebear.id, forebear.since),
                None => {
                    ids.push(self.next_id);
                    self.next_id += 1;
                    (self.next_id - 1, time)
                }
            };
            let Wound { triangles, nodes, sign } = found[at].clone();
            self.defects.push(GraphDefect { id, triangles, nodes, sign, since });
        }
        ids
    }

    /// What the nodes know of the interval.
    fn feel(&mut self, graph: &Graph, triangles: &Triangles, slipped: &[usize], later: &State, time: f64) {
        let around = triangles.around_nodes();
        for (node, known) in self.nodes.iter_mut().enumerate() {
            known.wound = around.of(node).filter(|&(triangle, _)| self.windings[triangle] != 0).count();
        }
        let mut touched = vec![false; graph.nodes()];
        for end in graph.ends() {
            for node in slipped.iter().map(|&edge| end.at(edge)) {
                self.nodes[node].slips += 1;
                self.nodes[node].last = Some(time);
                touched[node] = true;
            }
        }
        let far = |earlier: &State| {
            let moved = earlier.values.iter().zip(&later.values).zip(&touched);
            moved.filter(|&((a, b), touched)| !touched && steps_far(*a, *b)).count()
        };
        self.far_steps = self.earlier.as_ref().map_or(0, far);
    }
}

impl State {
    fn new(graph: &Graph, values: Vec<[f64; 2]>, theta: Option<&[f64]>) -> Self {
        let [low, high] = graph.ends();
        let angle = |edge: usize| theta.map_or(0.0, |theta| theta[edge]);
        let turn_of = |edge: usize| turn(values[low.at(edge)], values[high.at(edge)], angle(edge));
        let turns = (0..graph.edges()).into_par_iter().with_min_len(EDGES).map(turn_of).collect();
        Self { values, turns }
    }

    /// The edges through which charge passed until a later state, ascending.
    fn slipped(&self, later: &Self, graph: &Graph) -> Vec<usize> {
        let in_time: Vec<i32> = self.values.iter().zip(&later.values).map(|(&a, &b)| crossing(a, b)).collect();
        let [low, high] = graph.ends();
        let passed =
            |edge: usize| later.turns[edge] - self.turns[edge] + in_time[low.at(edge)] - in_time[high.at(edge)];
        (0..graph.edges()).filter(|&edge| passed(edge) != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::wound::sign;
    use super::*;
    use crate::graph::Edge;
    use crate::math::elementary::scalar64::{atan2, sin_cos};
    use crate::topology::worldlines::EventKind;
    use std::collections::BTreeSet;

    const SIDE: u32 = 9;

    /// A square of nodes, each cell cut along a diagonal.
    fn sheet() -> Graph {
        let at = |x: u32, y: u32| y * SIDE + x;
        let mut edges = Vec::new();
        for y in 0..SIDE {
            for x in 0..SIDE {
                let mut join = |dx: u32, dy: u32| {
                    if x + dx < SIDE && y + dy < SIDE {
                        edges.push(Edge { ends: [at(x, y), at(x + dx, y + dy)], weight: 1.0, angle: 0.0 });
                    }
                };
                join(1, 0);
                join(0, 1);
                join(1, 1);
            }
        }
        Graph::new((SIDE * SIDE) as usize, edges).unwrap().with_triangles().unwrap()
    }

    fn place(node: usize) -> [f64; 2] {
        let node = u32::try_from(node).unwrap();
        [f64::from(node % SIDE), f64::from(node / SIDE)]
    }

    /// Vortices of charge +1 or -1 at some points.
    fn field(vortices: &[([f64; 2], f64)]) -> Vec<[f64; 2]> {
        let value = |node: usize| {
            let [x, y] = place(node);
            let phase = vortices.iter().map(|([u, v], charge)| charge * atan2(y - v, x - u)).sum::<f64>();
            let (sin, cos) = sin_cos(phase + 0.3);
            [cos, sin]
        };
        (0..(SIDE * SIDE) as usize).map(value).collect()
    }

    fn kinds(events: &[GraphEvent]) -> Vec<EventKind> {
        events.iter().map(|event| event.event.kind).collect()
    }

    #[test]
    fn a_vortex_keeps_its_name_on_its_way() {
        let graph = sheet();
        let mut slips = Slips::new(&graph).unwrap();
        for step in 0..40_u32 {
            let x = 1.37 + 0.13 * f64::from(step);
            let events = slips.observe((step.into(), 0.0), &graph, field(&[([x, 4.21], 1.0)]), None, place);
            assert!(events.is_empty(), "{events:?}");
            let [defect] = slips.defects() else { panic!("one defect at {x}") };
            assert_eq!((defect.id, defect.triangles.len(), defect.sign), (0, 1, Some(1)));
            let near = |&node: &usize| (place(node)[0] - x).abs() <= 1.0 && (place(node)[1] - 4.21).abs() <= 1.0;
            assert!(defect.nodes.iter().all(near));
        }
        // It crossed five columns, two edges each, but for the first and last half.
        let slipped: usize = slips.nodes().iter().map(|node| node.slips).sum();
        assert!((16..=24).contains(&slipped), "{slipped}");
        assert_eq!(slips.nodes()[0].slips, 0);
    }

    #[test]
    fn a_pair_is_born_parts_meets_and_ends() {
        let graph = sheet();
        let mut slips = Slips::new(&graph).unwrap();
        let mut see = |step, apart: f64| {
            let pair = [([4.3 - apart, 4.21], 1.0), ([4.3 + apart, 4.21], -1.0)];
            let events = slips.observe((step, 0.0), &graph, field(if apart > 0.0 { &pair } else { &[] }), None, place);
            assert!(events.iter().all(|event| event.signs == Some(0)), "{events:?}");
            let signs = slips.defects().iter().fold(0, |sum, defect| sum + defect.sign.expect("the sheet is flat"));
            assert_eq!(signs, 0);
            (kinds(&events), slips.defects().len())
        };
        assert_eq!(see(0, 0.0), (vec![], 0));
        // Two triangles with another between them: one event.
        assert_eq!(see(1, 0.7), (vec![EventKind::Birth], 2));
        assert_eq!(see(2, 1.6), (vec![], 2));
        assert_eq!(see(3, 2.3), (vec![], 2));
        assert_eq!(see(4, 0.7), (vec![], 2));
        assert_eq!(see(5, 0.0), (vec![EventKind::Annihilation], 0));
    }

    #[test]
    fn a_sign_needs_a_map_without_folds() {
        let graph = sheet();
        let signs = |charge: f64, place: &dyn Fn(usize) -> [f64; 2]| {
            let mut slips = Slips::new(&graph).unwrap();
            slips.observe((0, 0.0), &graph, field(&[([4.3, 4.21], charge)]), None, place);
            slips.defects().iter().map(|defect| defect.sign).collect::<Vec<_>>()
        };
        assert_eq!(signs(1.0, &place), [Some(1)]);
        assert_eq!(signs(-1.0, &place), [Some(-1)]);
        let mirrored = |node: usize| [-place(node)[0], place(node)[1]];
        assert_eq!(signs(1.0, &mirrored), [Some(-1)]);
        assert_eq!(signs(1.0, &|_| [f64::NAN; 2]), [None]);
        assert_eq!(signs(1.0, &|node| [place(node)[0], 0.0]), [None]);
        // Both halves of a cell wind the same way; on a map that is folded along their common side they disagree.
        let triangles = graph.triangles().unwrap();
        let [low, beside, above, across] = [40, 41, 49, 50];
        let find = |corners: [usize; 3]| {
            let is = |&triangle: &usize| triangles.corners().each_ref().map(|corner| corner.at(triangle)) == corners;
            (0..triangles.len()).find(is).unwrap()
        };
        let set = [find([low, beside, across]), find([low, above, across])];
        let mut windings = vec![0; triangles.len()];
        (windings[set[0]], windings[set[1]]) = (1, -1);
        assert_eq!(sign(triangles, &windings, &set, &place), Some(1));
        let folded = |node: usize| {
            let [x, y] = place(node);
            [(x - y).abs(), x + y]
        };
        assert_eq!(sign(triangles, &windings, &set, &folded), None);
    }

    /// Continuity: whatever happens to the phases, windings change by what passed the sides.
    #[test]
    fn windings_change_by_slips_alone() {
        let graph = sheet();
        let triangles = graph.triangles().unwrap();
        let random = |seed: usize| -> Vec<[f64; 2]> {
            let value = |node: usize| sin_cos(((node * 7919 + seed * 104_729) % 6283) as f64 / 1000.0);
            (0..graph.nodes()).map(value).map(|(sin, cos)| [cos, sin]).collect()
        };
        let angles = |seed: usize| -> Vec<f64> {
            (0..graph.edges()).map(|edge| ((edge * 31 + seed) % 17) as f64 / 17.0 - 0.5).collect()
        };
        for seed in 0..20 {
            let states = [seed, seed + 1].map(|seed| State::new(&graph, random(seed), Some(&angles(seed))));
            let slipped: BTreeSet<usize> = states[0].slipped(&states[1], &graph).into_iter().collect();
            let [before, after] = states.each_ref().map(|state| windings(triangles, &state.turns));
            for triangle in 0..triangles.len() {
                let touched = triangles.sides().iter().any(|side| slipped.contains(&side.at(triangle)));
                assert!(touched || before[triangle] == after[triangle]);
            }
        }
    }
}
