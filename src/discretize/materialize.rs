//! Which parts of an expression need a buffer of their own, because a kernel reaches one cell per axis at most.
//!
//! In: expressions that a kernel is about to compute. Out: the arguments of operators that would be read beyond that
//! reach, in the order in which they must be computed: `laplacian(laplacian(u))` gives the inner Laplacian, while
//! `div(grad(u))` and `cocurl(sin(curvature(theta)))` fit as they are. What has a buffer is mirrored at walls (links
//! and faces: 0).

use std::collections::{BTreeMap, BTreeSet};

use super::site::{At, HERE, Offset, Site, along, corners, faces_with, plane};
use crate::grid::Axis;
use crate::model::{Expr, Model, Node, Operator, Place};

/// Lowest and highest displacement per axis at which leaves are read.
type Reach = [(i8, i8); 3];

/// Adds what `expr` needs to `found` (innermost first).
pub(super) fn materialize(model: &Model, expr: Expr, found: &mut Vec<Expr>) {
    let mut planner = Planner { model, found, known: BTreeMap::new(), visited: BTreeSet::new() };
    planner.visit(expr);
}

/// Whether an expression, evaluated at the cell itself, reads other cells.
pub(super) fn reads_neighbors(model: &Model, expr: Expr) -> bool {
    if model.grid.graph().is_some() {
        return model.arena.any(expr, &|node| matches!(node, Node::Operator(..)));
    }
    let mut nothing = Vec::new();
    let mut planner = Planner { model, found: &mut nothing, known: BTreeMap::new(), visited: BTreeSet::new() };
    own_sites(model, expr).into_iter().any(|at| planner.reach(expr, at) != [(0, 0); 3])
}

/// The sites at which an expression is evaluated for one cell.
pub(super) fn own_sites(model: &Model, expr: Expr) -> Vec<At> {
    match model.arena.ty(expr).place {
        Place::Uniform | Place::Anywhere | Place::Cell => vec![At::Cell],
        Place::Link if model.grid.graph().is_some() => vec![At::Edge],
        Place::Face if model.grid.graph().is_some() => vec![At::Triangle],
        Place::Link => model.grid.axis_list().iter().map(|&axis| At::Link(axis)).collect(),
        Place::Face => (0..model.grid.faces()).map(At::Face).collect(),
    }
}

struct Planner<'a> {
    model: &'a Model,
    found: &'a mut Vec<Expr>,
    known: BTreeMap<(Expr, u8), Reach>,
    visited: BTreeSet<Expr>,
}

impl Planner<'_> {
    fn visit(&mut self, expr: Expr) {
        if !self.visited.insert(expr) {
            return;
        }
        if matches!(self.model.arena.node(expr), Node::Total(..)) {
            return; // reduced before this kernel runs, by a kernel of its own
        }
        for argument in self.model.arena.arguments(expr) {
            self.visit(argument);
        }
        if !matches!(self.model.arena.node(expr), Node::Operator(..)) {
            return;
        }
        for at in own_sites(self.model, expr) {
            // Give buffers to arguments until the whole fits; each round shortens the reach.
            while !fits(self.reach(expr, at)) {
                let Some(deep) = self.deepest_argument(expr, at) else { break };
                self.found.push(deep);
                self.known.clear();
            }
        }
    }

    /// The argument with an operator inside that reaches furthest.
    fn deepest_argument(&mut self, expr: Expr, at: At) -> Option<Expr> {
        let arguments = self.model.arena.arguments(expr);
        arguments.into_iter().find(|&argument| {
            let sites = self.argument_sites(expr, argument, at);
            sites.into_iter().any(|site| {
                let inner = self.reach(argument, site.at);
                inner != [(0, 0); 3] && !fits(shifted(inner, site.offset))
            })
        })
    }

    /// The reach of an expression at an undisplaced site.
    fn reach(&mut self, expr: Expr, at: At) -> Reach {
        if self.found.contains(&expr) {
            return [(0, 0); 3];
        }
        let key = (expr, code(at));
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let mut total = [(0, 0); 3];
        for argument in self.model.arena.arguments(expr) {
            if self.model.arena.ty(argument).place == Place::Uniform {
                continue;
            }
            for site in self.argument_sites(expr, argument, at) {
                let inner = self.reach(argument, site.at);
                total = union(total, shifted(inner, site.offset));
            }
        }
        self.known.insert(key, total);
        total
    }

    /// Where an argument is read when the expression is evaluated at `at`.
    fn argument_sites(&self, expr: Expr, argument: Expr, at: At) -> Vec<Site> {
        let Node::Operator(operator, all) = self.model.arena.node(expr) else {
            return vec![Site { at, offset: HERE }];
        };
        let links = self.model.arena.ty(argument).place == Place::Link;
        match (operator, at) {
            (Operator::Laplacian | Operator::DivGrad | Operator::Tension, _) => self.star(HERE, links),
            (Operator::Current, At::Link(axis)) => {
                if links {
                    self.link_pair(axis)
                } else {
                    self.cell_pair(axis)
                }
            }
            (Operator::Grad, At::Link(axis)) => vec![Site::cell(HERE), Site::cell(along(HERE, axis, 1))],
            (Operator::Derivative(axis), _) => {
                vec![Site::cell(along(HERE, *axis, -1)), Site::cell(along(HERE, *axis, 1))]
            }
            (Operator::Curvature | Operator::Curl, At::Face(face)) => {
                let (a, b) = plane(&self.model.grid, face);
                vec![
                    Site::link(a, HERE),
                    Site::link(b, along(HERE, a, 1)),
                    Site::link(a, along(HERE, b, 1)),
                    Site::link(b, HERE),
                ]
            }
            (Operator::Winding, At::Face(face)) => {
                let (a, b) = plane(&self.model.grid, face);
                let cells = corners(&self.model.grid, face, HERE);
                if links && !self.model.arena.is_zero(all[1]) {
                    cells.into_iter().flat_map(|offset| [Site::link(a, offset), Site::link(b, offset)]).collect()
                } else {
                    cells.into_iter().map(Site::cell).collect()
                }
            }
            (Operator::Cocurl, At::Link(axis)) => faces_with(&self.model.grid, axis)
                .into_iter()
                .flat_map(|(face, other, _)| [Site::face(face, HERE), Site::face(face, along(HERE, other, -1))])
                .collect(),
            (Operator::Div, _) => self
                .model
                .grid
                .axis_list()
                .iter()
                .flat_map(|&axis| [Site::link(axis, HERE), Site::link(axis, along(HERE, axis, -1))])
                .collect(),
            (Operator::AtCells, _) if links => {
                let axes = self.model.grid.axis_list().iter();
                axes.flat_map(|&axis| [Site::link(axis, HERE), Site::link(axis, along(HERE, axis, -1))]).collect()
            }
            (Operator::AtCells, _) => (0..self.model.grid.faces())
                .flat_map(|face| {
                    let (a, b) = plane(&self.model.grid, face);
                    [(0, 0), (-1, 0), (-1, -1), (0, -1)]
                        .map(|(sa, sb)| Site::face(face, along(along(HERE, a, sa), b, sb)))
                })
                .collect(),
            (
                Operator::Current
                | Operator::Grad
                | Operator::Curvature
                | Operator::Curl
                | Operator::Winding
                | Operator::Cocurl,
                _,
            ) => {
                unreachable!("link and face values are evaluated at links and faces")
            }
        }
    }

    fn nine(&self) -> bool {
        self.model.stencil == crate::seed::Stencil::Nine && self.model.grid.axes() == 2
    }

    /// A cell and the neighbours of its stencil, or the edges between them.
    fn star(&self, centre: Offset, links: bool) -> Vec<Site> {
        let mut sites = Vec::new();
        let axes = self.model.grid.axis_list();
        if self.nine() {
            for sx in [-1, 0, 1] {
                for sy in [-1, 0, 1] {
                    let there = along(along(centre, Axis::X, sx), Axis::Y, sy);
                    if !links {
                        sites.push(Site::cell(there));
                    } else {
                        if sx < 1 {
                            sites.push(Site::link(Axis::X, there));
                        }
                        if sy < 1 {
                            sites.push(Site::link(Axis::Y, there));
                        }
                    }
                }
            }
            return sites;
        }
        for &axis in axes {
            let below = along(centre, axis, -1);
            if links {
                sites.extend([Site::link(axis, centre), Site::link(axis, below)]);
            } else {
                sites.extend([Site::cell(below), Site::cell(centre), Site::cell(along(centre, axis, 1))]);
            }
        }
        sites
    }

    fn cell_pair(&self, axis: Axis) -> Vec<Site> {
        let mut sites = vec![Site::cell(HERE), Site::cell(along(HERE, axis, 1))];
        if self.nine() {
            let across = if axis == Axis::X { Axis::Y } else { Axis::X };
            for sign in [-1, 1] {
                sites.push(Site::cell(along(HERE, across, sign)));
                sites.push(Site::cell(along(along(HERE, axis, 1), across, sign)));
            }
        }
        sites
    }

    fn link_pair(&self, axis: Axis) -> Vec<Site> {
        let mut sites = vec![Site::link(axis, HERE)];
        if self.nine() {
            let across = if axis == Axis::X { Axis::Y } else { Axis::X };
            for sign in [-1, 1] {
                sites.push(Site::link(axis, along(HERE, across, sign)));
            }
            for step in [0, 1] {
                for below in [0, -1] {
                    sites.push(Site::link(across, along(along(HERE, axis, step), across, below)));
                }
            }
        }
        sites
    }
}

fn code(at: At) -> u8 {
    match at {
        At::Cell => 0,
        At::Link(axis) => 1 + u8::try_from(axis.index()).expect("below 3"),
        At::Face(face) => 4 + u8::try_from(face).expect("below 3"),
        At::Edge | At::Triangle | At::Part(_) => unreachable!("on a graph, sums are planned in `graph`"),
    }
}

fn fits(reach: Reach) -> bool {
    reach.iter().all(|&(low, high)| low >= -1 && high <= 1)
}

fn shifted(reach: Reach, offset: Offset) -> Reach {
    let mut moved = reach;
    for (pair, cells) in moved.iter_mut().zip(offset) {
        *pair = (pair.0.saturating_add(cells), pair.1.saturating_add(cells));
    }
    moved
}

fn union(a: Reach, b: Reach) -> Reach {
    let mut both = a;
    for (pair, other) in both.iter_mut().zip(b) {
        *pair = (pair.0.min(other.0), pair.1.max(other.1));
    }
    both
}
