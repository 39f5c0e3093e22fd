//! The operators of design.md's table on a graph: sums over incident edges, and over the triangles that edges close.
//!
//! In: an operator with its arguments. Out: what each edge or triangle gives to what it surrounds, as values of a kernel
//! over edges or triangles, and the gathers that add it up. With i < j the ends of an edge of weight w = 1/h^2:
//! `grad` is `(u_j - u_i)/h`, `div` its negative transpose, so that `div(grad(u)) = laplacian(u)`; the rest is as on a
//! grid. Invariants: what an edge is from i, it is from j (weight, coefficient, the opposite angle), so that the
//! identities of science.md 1.4 hold; each term has the same operations in the same order as its twin in `operators`.

use std::collections::BTreeMap;

use super::assemble::Assembly;
use super::lower::{Bindings, Lowering};
use super::number::{self, Lowered};
use super::site::{At, Site};
use crate::field::Kind;
use crate::graph::Graph;
use crate::grid::Grid;
use crate::math::arithmetic::Arithmetic;
use crate::math::elementary;
use crate::model::{Expr, Model, Node, Number, Operator, Place};
use crate::program::{BufferId, Extent, Part, Pass, Role, Share, Slot, Value};

/// The name of the buffer of edge weights: not an identifier, since a map may be called `weights`.
pub const WEIGHTS: &str = "edge weights";

/// The name of the buffer of the nodes' places on the map.
pub const PLACES: &str = "node places";

/// What a Program over a graph must be given beside maps and fields: the values of [`WEIGHTS`] and [`PLACES`].
pub fn graph_maps(grid: &Grid) -> Vec<(&'static str, Vec<f64>)> {
    let weights = grid.graph().map(|graph| (WEIGHTS, graph.weights().to_vec()));
    let places = grid.node_positions().map(|places| {
        let along = |axis: usize| places.iter().map(move |place| place[axis]);
        (PLACES, along(0).chain(along(1)).collect())
    });
    weights.into_iter().chain(places).collect()
}

/// Over what an operator adds up on a graph, and what each part gets; `None` for operators that an edge or a triangle
/// computes from its own parts.
fn giving(model: &Model, expr: Expr) -> Option<(Extent, Share)> {
    let Node::Operator(operator, all) = model.arena.node(expr) else { return None };
    match operator {
        Operator::Laplacian => Some((Extent::Edges, carrying(model, all[1]))),
        Operator::DivGrad => Some((Extent::Edges, carrying(model, all[2]))),
        Operator::Tension => Some((Extent::Edges, Share::Same)),
        Operator::Div => Some((Extent::Edges, Share::Signed)),
        Operator::AtCells if model.arena.ty(all[0]).place == Place::Face => Some((Extent::Triangles, Share::Mean)),
        Operator::AtCells => Some((Extent::Edges, Share::Mean)),
        Operator::Cocurl => Some((Extent::Triangles, Share::Signed)),
        Operator::Current
        | Operator::Curvature
        | Operator::Grad
        | Operator::Curl
        | Operator::Derivative(_)
        | Operator::Winding => None,
    }
}

/// Whether an operator has a factor w or 1/h.
pub(super) fn uses_weights(node: &Node) -> bool {
    match node {
        Node::Operator(operator, _) => {
            !matches!(operator, Operator::Curvature | Operator::Cocurl | Operator::AtCells | Operator::Winding)
        }
        _ => false,
    }
}

/// Without frames, what flows out of one end flows into the other.
fn carrying(model: &Model, theta: Expr) -> Share {
    if model.arena.is_zero(theta) { Share::Signed } else { Share::Own }
}

/// The operators in some expressions that need a gather, with the number of gathers inside them.
fn gathers(model: &Model, roots: &[Expr]) -> BTreeMap<Expr, usize> {
    fn visit(model: &Model, expr: Expr, known: &mut BTreeMap<Expr, usize>, found: &mut BTreeMap<Expr, usize>) -> usize {
        if let Some(&depth) = known.get(&expr) {
            return depth;
        }
        if matches!(model.arena.node(expr), Node::Total(..)) {
            return 0; // reduced before this kernel runs, by a kernel of its own
        }
        let arguments = model.arena.arguments(expr);
        let inside = arguments.into_iter().map(|argument| visit(model, argument, known, found)).max().unwrap_or(0);
        let depth = if giving(model, expr).is_some() {
            found.insert(expr, inside);
            inside + 1
        } else {
            inside
        };
        known.insert(expr, depth);
        depth
    }
    let (mut known, mut found) = (BTreeMap::new(), BTreeMap::new());
    for &root in roots {
        visit(model, root, &mut known, &mut found);
    }
    found
}

impl Assembly<'_> {
    /// Gives buffers to the sums in `roots`, and the passes that fill them; `bindings` then knows them. Operators of one
    /// depth share a kernel, and so what they have in common.
    pub(super) fn gather(&mut self, roots: &[Expr], bindings: &mut Bindings, stage: &str) -> Vec<Pass> {
        let model = self.model;
        let found = gathers(model, roots);
        let depths = found.values().max().map_or(0, |most| most + 1);
        bindings.materialized.clear();
        let mut passes = Vec::new();
        for (depth, extent) in (0..depths).flat_map(|depth| [(depth, Extent::Edges), (depth, Extent::Triangles)]) {
            let here = found.iter().filter(|(_, own)| **own == depth).filter_map(|(&expr, _)| {
                let (from, share) = giving(model, expr)?;
                (from == extent).then_some((expr, share))
            });
            let sums: Vec<Sum> = here.map(|(expr, share)| self.sum(expr, extent, share)).collect();
            if sums.is_empty() {
                continue;
            }
            let mut lowering = self.lowering(bindings, extent);
            for sum in &sums {
                lowering.give(sum);
            }
            let kernel = lowering.k.finish(format!("{stage}_{}_{depth}", of(extent)));
            passes.push(Pass::Run(self.add_kernel(kernel)));
            for Sum { expr, from, to, share } in sums {
                passes.push(Pass::Gather { from, to, share });
                bindings.materialized.insert(expr, to);
            }
        }
        passes
    }

    /// The buffers of a sum, shared by all stages.
    fn sum(&mut self, expr: Expr, extent: Extent, share: Share) -> Sum {
        let to = self.intermediate(expr);
        let from = match self.givers.get(&expr) {
            Some(&known) => known,
            None => {
                let kind = if extent == Extent::Edges { Kind::Link } else { Kind::Face };
                let parts = if share == Share::Own { 2 } else { 1 };
                let numbers = if self.model.arena.ty(expr).number == Number::Complex { 2 } else { 1 };
                let name = format!("{} of {}", of(extent), self.buffers[to.0 as usize].name);
                let from = self.cells_of(name, Role::Work, kind, parts * numbers);
                self.givers.insert(expr, from);
                from
            }
        };
        Sum { expr, from, to, share }
    }
}

/// One sum over edges or triangles: what gives, what is given to, and how.
struct Sum {
    expr: Expr,
    from: BufferId,
    to: BufferId,
    share: Share,
}

/// The word for what is given by.
pub(super) fn of(extent: Extent) -> &'static str {
    match extent {
        Extent::Cells | Extent::Wall(..) => "nodes",
        Extent::Edges => "edges",
        Extent::Triangles => "triangles",
    }
}

impl Lowering<'_> {
    /// Stores what the edge or triangle gives.
    fn give(&mut self, sum: &Sum) {
        let Node::Operator(operator, all) = self.model.arena.node(sum.expr).clone() else {
            unreachable!("an operator")
        };
        let given = match operator {
            Operator::Laplacian => self.flows(None, all[0], all[1]),
            Operator::DivGrad if self.model.arena.is_one(all[0]) => self.flows(None, all[1], all[2]),
            Operator::DivGrad => self.flows(Some(all[0]), all[1], all[2]),
            Operator::Tension => vec![self.edge_energy(all[0], all[1], all[2])],
            Operator::Div => {
                let (value, root) = (self.eval(all[0], EDGE), self.root_weight(EDGE));
                vec![number::mul(&mut self.k, Lowered::Real(root), value)]
            }
            Operator::AtCells | Operator::Cocurl => {
                let place = self.model.arena.ty(all[0]).place;
                vec![self.eval(all[0], if place == Place::Face { TRIANGLE } else { EDGE })]
            }
            Operator::Current
            | Operator::Curvature
            | Operator::Grad
            | Operator::Curl
            | Operator::Derivative(_)
            | Operator::Winding => unreachable!("no sum"),
        };
        let complex = self.model.arena.ty(sum.expr).number == Number::Complex;
        let mut component = 0;
        for value in given {
            for part in 0..if complex { 2 } else { 1 } {
                let value = value.component(part, &mut self.k);
                self.k.store(Slot { buffer: sum.from, component }, value);
                component += 1;
            }
        }
    }

    /// An operator that an edge or a triangle computes from its own parts.
    pub(super) fn graph_operator(&mut self, operator: Operator, all: &[Expr], site: Site) -> Lowered {
        match operator {
            Operator::Grad => {
                let [own, other] = ends(site).map(|end| self.eval(all[0], end));
                let (difference, root) = (number::sub(&mut self.k, other, own), self.root_weight(site));
                number::mul(&mut self.k, Lowered::Real(root), difference)
            }
            Operator::Current => Lowered::Real(self.graph_current(all[0], all[1], all[2], site)),
            Operator::Curvature => {
                let [ab, bc, ac] = [0, 1, 2].map(|side| self.eval(all[0], Site::part(Part::Side(side))));
                let way = number::add(&mut self.k, ab, bc);
                number::sub(&mut self.k, way, ac)
            }
            Operator::Winding => Lowered::Real(self.graph_winding(all[0], all[1])),
            Operator::Laplacian
            | Operator::DivGrad
            | Operator::Tension
            | Operator::Div
            | Operator::AtCells
            | Operator::Cocurl => unreachable!("a sum has been given a buffer"),
            Operator::Curl | Operator::Derivative(_) => unreachable!("the model refuses it on a graph"),
        }
    }

    /// `w D (U_ij u_j - u_i)` for i and, with frames, `w D (U_ji u_i - u_j)` for j; without, that is the negative.
    fn flows(&mut self, d: Option<Expr>, u: Expr, theta: Expr) -> Vec<Lowered> {
        let mut weight = self.edge_weight(EDGE);
        if let Some(d) = d {
            let factor = self.mean_of_ends(d, EDGE);
            weight = self.k.mul(weight, factor);
        }
        let ([own, other], [to_own, to_other]) = self.carried_ways(u, theta, EDGE);
        let mut flow = |carried, here| {
            let difference = number::sub(&mut self.k, carried, here);
            number::mul(&mut self.k, Lowered::Real(weight), difference)
        };
        let mut flows = vec![flow(to_own, own)];
        if !self.model.arena.is_zero(theta) {
            flows.push(flow(to_other, other));
        }
        flows
    }

    /// `w D |u_i - U_ij u_j|^2 / 4`: half of the edge's energy.
    fn edge_energy(&mut self, u: Expr, theta: Expr, d: Expr) -> Lowered {
        let ([own, _], [carried, _]) = self.carried_ways(u, theta, EDGE);
        let difference = number::sub(&mut self.k, own, carried);
        let square = number::abs2(&mut self.k, difference);
        let weight = self.coefficient(d, EDGE);
        let (energy, quarter) = (self.k.mul(weight, square), self.k.constant(0.25));
        Lowered::Real(self.k.mul(quarter, energy))
    }

    /// `w D Im(conj(u_i) U_ij u_j)`
    fn graph_current(&mut self, u: Expr, theta: Expr, d: Expr, site: Site) -> Value {
        let ([own, _], [carried, _]) = self.carried_ways(u, theta, site);
        let conjugate = number::conj(&mut self.k, own);
        let product = number::mul(&mut self.k, conjugate, carried);
        let flow = product.component(1, &mut self.k);
        let weight = self.coefficient(d, site);
        self.k.mul(weight, flow)
    }

    /// Both ends' values, and what each finds when the other is carried into its frame.
    fn carried_ways(&mut self, u: Expr, theta: Expr, site: Site) -> ([Lowered; 2], [Lowered; 2]) {
        let [own, other] = ends(site).map(|end| self.eval(u, end));
        if self.model.arena.is_zero(theta) {
            return ([own, other], [other, own]);
        }
        let angle = self.eval(theta, site).real();
        let (sin, cos) = elementary::sin_cos(&mut self.k, angle);
        let back = self.k.neg(sin);
        let to_own = number::rotate(&mut self.k, (sin, cos), other);
        let to_other = number::rotate(&mut self.k, (back, cos), own);
        ([own, other], [to_own, to_other])
    }

    /// `w (D_i + D_j)/2`
    fn coefficient(&mut self, d: Expr, site: Site) -> Value {
        let weight = self.edge_weight(site);
        let factor = self.mean_of_ends(d, site);
        self.k.mul(weight, factor)
    }

    /// `(D_i + D_j)/2`
    pub(super) fn mean_of_ends(&mut self, d: Expr, site: Site) -> Value {
        let [own, other] = ends(site).map(|end| self.eval(d, end).real());
        let (sum, half) = (self.k.add(own, other), self.k.constant(0.5));
        self.k.mul(half, sum)
    }

    fn edge_weight(&mut self, site: Site) -> Value {
        let buffer = self.bindings.weights.expect("a graph has weights");
        self.load(buffer, site, false).real()
    }

    /// 1/h
    fn root_weight(&mut self, site: Site) -> Value {
        let weight = self.edge_weight(site);
        self.k.sqrt(weight)
    }

    /// The integer winding of a triangle, walked a, b, c: `-(m_ab + m_bc - m_ac)`.
    fn graph_winding(&mut self, u: Expr, theta: Expr) -> Value {
        let corners = [0, 1, 2].map(|corner| {
            let value = self.eval(u, Site::part(Part::Corner(corner)));
            value.complex(&mut self.k)
        });
        let mut sum = self.k.constant(0.0);
        for (side, ends) in (0..).zip(SIDES) {
            let frames =
                (!self.model.arena.is_zero(theta)).then(|| self.eval(theta, Site::part(Part::Side(side))).real());
            let turns = self.turns(ends.map(|corner| corners[usize::from(corner)]), frames);
            sum = if side < 2 { self.k.sub(sum, turns) } else { self.k.add(sum, turns) };
        }
        sum
    }

    /// The place of a node on the map, of the middle of an edge or triangle.
    pub(super) fn place_on_map(&mut self, axis: usize, site: Site) -> Value {
        let buffer = self.bindings.places.expect("a graph whose seed asks for places has them");
        let slot = Slot { buffer, component: u32::try_from(axis).expect("x or y") };
        let points: Vec<Site> = match site.at {
            At::Edge | At::Part(Part::Side(_)) => ends(site).to_vec(),
            At::Triangle => [0, 1, 2].map(|corner| Site::part(Part::Corner(corner))).to_vec(),
            At::Cell | At::Part(_) | At::Link(_) | At::Face(_) => vec![site],
        };
        let mut sum = self.k.constant(0.0);
        for &point in &points {
            let value = self.read(slot, point);
            sum = self.k.add(sum, value);
        }
        #[expect(clippy::cast_precision_loss, reason = "at most three")]
        let share = self.k.constant(1.0 / points.len() as f64);
        self.k.mul(share, sum)
    }
}

/// The edge that a kernel is at.
const EDGE: Site = Site { at: At::Edge, offset: super::site::HERE };

/// The triangle that a kernel is at.
const TRIANGLE: Site = Site { at: At::Triangle, offset: super::site::HERE };

/// The corners between which the sides of a triangle run.
const SIDES: [[u8; 2]; 3] = [[0, 1], [1, 2], [0, 2]];

/// The lower and the higher end of an edge.
fn ends(site: Site) -> [Site; 2] {
    let parts = match site.at {
        At::Part(Part::Side(side)) => SIDES[usize::from(side)].map(Part::Corner),
        _ => [Part::End(0), Part::End(1)],
    };
    parts.map(Site::part)
}

/// Whether a graph has all that a model asks of it.
pub fn missing_of_graph(model: &Model, graph: &Graph) -> Option<&'static str> {
    let asked = |node: &Node| matches!(node, Node::Coordinate(_));
    let places = model.roots().into_iter().any(|root| model.arena.any(root, &asked));
    (places && graph.positions().is_none())
        .then_some("x and y are places on the map of the notes, and a graph of edges alone has none")
}
