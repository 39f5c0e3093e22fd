//! The differential operators of design.md's table, as formulas over the neighbours of a site.
//!
//! Written over edges: an edge i -> j has a weight w_ij, an angle theta_ij and carries u_j into the frame of i as
//! U_ij u_j = e^{i theta_ij} u_j (Du, Math. Comp. 67, 1998). `Laplacian`, `div_grad`, `tension` and `current` share
//! the same edges, so that the discrete energy identities hold (science.md 1.4).

use super::lower::Lowering;
use super::number::{self, Lowered};
use super::site::{At, Offset, Site, along, corners, faces_with, plane};
use crate::grid::Axis;
use crate::math::arithmetic::Arithmetic;
use crate::math::elementary;
use crate::model::{Expr, Node, Operator};
use crate::program::Value;
use crate::seed::Stencil;

/// An edge that leaves the centre.
struct Edge {
    to: Offset,
    /// The edge's weight is the sum of these, each where its condition holds: constants over h^2.
    shares: Vec<Share>,
    /// Axis edges: the axis and whether it points up. Diagonals: both steps.
    kind: EdgeKind,
}

#[derive(Clone, Copy)]
enum EdgeKind {
    Axis(Axis, i8),
    Diagonal((Axis, i8), (Axis, i8)),
}

/// A part of an edge's weight: `complete` if all of the cells are alive, else `partial`.
struct Share {
    cells: Vec<Offset>,
    complete: f64,
    partial: f64,
}

impl Lowering<'_> {
    pub(super) fn operator(&mut self, operator: Operator, all: &[Expr], site: Site) -> Lowered {
        match (operator, site.at) {
            (Operator::Laplacian, _) => self.laplacian(None, all[0], all[1], site.offset),
            (Operator::DivGrad, _) if self.model.arena.is_one(all[0]) => {
                self.laplacian(None, all[1], all[2], site.offset)
            }
            (Operator::DivGrad, _) => self.laplacian(Some(all[0]), all[1], all[2], site.offset),
            (Operator::Tension, _) => Lowered::Real(self.tension(all[0], all[1], all[2], site.offset)),
            (Operator::Current, At::Link(axis)) => {
                Lowered::Real(self.current(all[0], all[1], all[2], axis, site.offset))
            }
            (Operator::Curvature, At::Face(face)) => self.circulation(all[0], face, site.offset, None),
            (Operator::Curl, At::Face(face)) => self.circulation(all[0], face, site.offset, Some(())),
            (Operator::Cocurl, At::Link(axis)) => self.cocurl(all[0], axis, site),
            (Operator::Grad, At::Link(axis)) => self.grad(all[0], axis, site.offset),
            (Operator::Div, _) => self.div(all[0], site.offset),
            (Operator::Derivative(axis), _) => self.derivative(all[0], axis, site.offset),
            (Operator::AtCells, _) => self.at_cells(all[0], site.offset),
            (Operator::Winding, At::Face(face)) => Lowered::Real(self.winding(all[0], all[1], face, site.offset)),
            (
                Operator::Current
                | Operator::Curvature
                | Operator::Curl
                | Operator::Cocurl
                | Operator::Grad
                | Operator::Winding,
                _,
            ) => unreachable!("link and face values are lowered at links and faces"),
        }
    }

    /// Weights of the edges from a cell, as multiples of 1/h^2.
    fn edges(&self, centre: Offset) -> Vec<Edge> {
        let grid = &self.model.grid;
        let nine = self.model.stencil == Stencil::Nine && grid.axes() == 2;
        let mut edges = Vec::new();
        for &axis in grid.axis_list() {
            let weight = grid.spacing(axis).powi(-2);
            for sign in [1, -1] {
                let to = along(centre, axis, sign);
                let shares = if nine { self.side_shares(centre, to, axis, weight) } else { constant_share(weight) };
                edges.push(Edge { to, shares, kind: EdgeKind::Axis(axis, sign) });
            }
        }
        if nine {
            let weight = grid.spacing(Axis::X).powi(-2);
            for (sx, sy) in [(1, 1), (-1, 1), (-1, -1), (1, -1)] {
                let to = along(along(centre, Axis::X, sx), Axis::Y, sy);
                let share = Share { cells: self.plaquette(centre, to), complete: weight / 6.0, partial: 0.0 };
                edges.push(Edge {
                    to,
                    shares: self.unconditional(vec![share]),
                    kind: EdgeKind::Diagonal((Axis::X, sx), (Axis::Y, sy)),
                });
            }
        }
        edges
    }

    /// A side of the 9-point stencil gets 1/3 from each complete plaquette beside it and 1/2 from an incomplete one.
    fn side_shares(&self, centre: Offset, to: Offset, axis: Axis, weight: f64) -> Vec<Share> {
        let other = if axis == Axis::X { Axis::Y } else { Axis::X };
        let shares = [1, -1]
            .map(|sign| Share {
                cells: self.plaquette(centre, along(to, other, sign)),
                complete: weight / 3.0,
                partial: weight / 2.0,
            })
            .into_iter()
            .collect();
        self.unconditional(shares)
    }

    /// Without a mask every plaquette is complete: across a straight wall the mirrored ghosts stand in.
    fn unconditional(&self, shares: Vec<Share>) -> Vec<Share> {
        if self.bindings.mask.is_some() {
            return shares;
        }
        constant_share(shares.iter().map(|share| share.complete).sum())
    }

    /// The corners of the plaquette between two diagonal cells.
    #[expect(clippy::unused_self, reason = "reads as a question about the grid, like its neighbours")]
    fn plaquette(&self, a: Offset, b: Offset) -> Vec<Offset> {
        vec![a, [b[0], a[1], a[2]], b, [a[0], b[1], a[2]]]
    }

    fn weight(&mut self, shares: &[Share]) -> Value {
        let mut sum = self.k.constant(0.0);
        for share in shares {
            let complete = self.k.constant(share.complete);
            let term = match self.complete(&share.cells) {
                None => complete,
                Some(condition) => {
                    let partial = self.k.constant(share.partial);
                    self.k.select(condition, complete, partial)
                }
            };
            sum = self.k.add(sum, term);
        }
        sum
    }

    /// Whether all corners are active; walls don't count here, their ghosts do.
    fn complete(&mut self, cells: &[Offset]) -> Option<Value> {
        let mask = self.bindings.mask?;
        let half = self.k.constant(0.5);
        cells.iter().map(|&offset| (mask, offset)).fold(None, |all, (mask, offset)| {
            let value = self.k.load(mask, offset);
            let active = self.k.less(half, value);
            Some(match all {
                Some(all) => self.k.and(all, active),
                None => active,
            })
        })
    }

    /// The angle theta_ij of an edge from `centre`, or `None` without frames.
    fn angle(&mut self, theta: Expr, centre: Offset, kind: EdgeKind) -> Option<Value> {
        if self.model.arena.is_zero(theta) {
            return None;
        }
        Some(match kind {
            EdgeKind::Axis(axis, sign) => self.step_angle(theta, centre, axis, sign),
            EdgeKind::Diagonal(first, second) => {
                // The mean of the unwrapped angles of the two paths.
                let mut sum = None;
                for ((a, sa), (b, sb)) in [(first, second), (second, first)] {
                    let near = self.tangential_angle(theta, centre, (a, sa), b);
                    let far = self.tangential_angle(theta, along(centre, a, sa), (b, sb), a);
                    let path = self.k.add(near, far);
                    sum = Some(sum.map_or(path, |sum| self.k.add(sum, path)));
                }
                let (half, sum) = (self.k.constant(0.5), sum.expect("two paths"));
                self.k.mul(half, sum)
            }
        })
    }

    /// The angle of one step along an axis: the stored angle upwards, its negative downwards.
    fn step_angle(&mut self, theta: Expr, from: Offset, axis: Axis, sign: i8) -> Value {
        let lower = if sign > 0 { from } else { along(from, axis, -1) };
        let stored = self.link_angle(theta, axis, lower);
        if sign > 0 { stored } else { self.k.neg(stored) }
    }

    /// The same for a step that may run along a wall's ghosts: there it is that of the cells inside.
    fn tangential_angle(&mut self, theta: Expr, from: Offset, (axis, sign): (Axis, i8), across: Axis) -> Value {
        let angle = self.step_angle(theta, from, axis, sign);
        let displaced = from[across.index()];
        if displaced == 0 || !self.model.grid.bounded(across) {
            return angle;
        }
        let mut back = from;
        back[across.index()] = 0;
        let mirrored = self.step_angle(theta, back, axis, sign);
        let Some(inside) = self.within_walls(across, displaced) else { return angle };
        self.k.select(inside, angle, mirrored)
    }

    fn within_walls(&mut self, axis: Axis, cells: i8) -> Option<Value> {
        if !self.model.grid.bounded(axis) {
            return None;
        }
        let here = self.k.index(axis);
        #[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
        let count = self.model.grid.cells_along(axis) as f64;
        Some(if cells < 0 {
            let least = self.k.constant(f64::from(-cells));
            self.k.less_equal(least, here)
        } else {
            let end = self.k.constant(count - f64::from(cells));
            self.k.less(here, end)
        })
    }

    /// The stored angle of an edge; 0 on inert edges. Evolving fields and maps hold 0 there already.
    fn link_angle(&mut self, theta: Expr, axis: Axis, offset: Offset) -> Value {
        let site = Site::link(axis, offset);
        let angle = self.eval(theta, site);
        if matches!(self.model.arena.node(theta), Node::Field(_) | Node::Map(_)) {
            return angle.real();
        }
        let alive = self.alive(site);
        self.gated(alive, angle).real()
    }

    /// U_ij u_j for an edge from `centre`.
    fn carried(&mut self, u: Expr, theta: Expr, centre: Offset, edge: &Edge) -> Lowered {
        let there = self.neighbor(u, centre, edge.to);
        match self.angle(theta, centre, edge.kind) {
            None => there,
            Some(angle) => {
                let rotation = elementary::sin_cos(&mut self.k, angle);
                number::rotate(&mut self.k, rotation, there)
            }
        }
    }

    /// `sum_j w_ij (D_i + D_j)/2 (U_ij u_j - u_i)`
    fn laplacian(&mut self, d: Option<Expr>, u: Expr, theta: Expr, centre: Offset) -> Lowered {
        let own = self.eval(u, Site::cell(centre));
        let edges = self.edges(centre);
        if d.is_none() && self.bindings.mask.is_none() {
            return self.constant_laplacian(own, u, theta, centre, &edges);
        }
        let mut sum = self.zero();
        for edge in &edges {
            let carried = self.carried(u, theta, centre, edge);
            let difference = number::sub(&mut self.k, carried, own);
            let mut weight = self.weight(&edge.shares);
            if let Some(d) = d {
                let factor = self.mean_coefficient(d, centre, edge.to);
                weight = self.k.mul(weight, factor);
            }
            let term = number::mul(&mut self.k, Lowered::Real(weight), difference);
            sum = number::add(&mut self.k, sum, term);
        }
        sum
    }

    /// Constant weights: neighbours of equal weight are added first, then `w (sum - n u)`.
    fn constant_laplacian(&mut self, own: Lowered, u: Expr, theta: Expr, centre: Offset, edges: &[Edge]) -> Lowered {
        let mut groups: Vec<(f64, f64, Lowered)> = Vec::new();
        for edge in edges {
            let weight: f64 = edge.shares.iter().map(|share| share.complete).sum();
            let carried = self.carried(u, theta, centre, edge);
            match groups.iter_mut().find(|(known, ..)| known.to_bits() == weight.to_bits()) {
                Some((_, count, sum)) => {
                    *count += 1.0;
                    *sum = number::add(&mut self.k, *sum, carried);
                }
                None => groups.push((weight, 1.0, carried)),
            }
        }
        let mut total = self.zero();
        for (weight, count, sum) in groups {
            let centre = number::scale(&mut self.k, count, own);
            let difference = number::sub(&mut self.k, sum, centre);
            let term = number::scale(&mut self.k, weight, difference);
            total = number::add(&mut self.k, total, term);
        }
        total
    }

    fn mean_coefficient(&mut self, d: Expr, centre: Offset, to: Offset) -> Value {
        let own = self.eval(d, Site::cell(centre)).real();
        let there = self.neighbor(d, centre, to).real();
        let (sum, half) = (self.k.add(own, there), self.k.constant(0.5));
        self.k.mul(half, sum)
    }

    /// `(1/4) sum_j w_ij |u_i - U_ij u_j|^2`
    fn tension(&mut self, u: Expr, theta: Expr, d: Expr, centre: Offset) -> Value {
        let own = self.eval(u, Site::cell(centre));
        let mut sum = self.k.constant(0.0);
        for edge in self.edges(centre) {
            let carried = self.carried(u, theta, centre, &edge);
            let difference = number::sub(&mut self.k, own, carried);
            let square = number::abs2(&mut self.k, difference);
            let weight = self.weight(&edge.shares);
            let factor = self.mean_coefficient(d, centre, edge.to);
            let weight = self.k.mul(weight, factor);
            let term = self.k.mul(weight, square);
            sum = self.k.add(sum, term);
        }
        let quarter = self.k.constant(0.25);
        self.k.mul(quarter, sum)
    }

    /// The derivative of the summed edge energy by `theta_ij`: `w_ij Im(conj(u_i) U_ij u_j)` of the edge itself, and,
    /// with the 9-point stencil, half of that of the diagonals whose angle it enters.
    fn current(&mut self, u: Expr, theta: Expr, d: Expr, axis: Axis, from: Offset) -> Value {
        let own = self.edges(from).into_iter().find(|edge| matches!(edge.kind, EdgeKind::Axis(a, 1) if a == axis));
        let mut sum = self.edge_current(u, theta, d, from, &own.expect("an edge up each axis"));
        if self.model.stencil == Stencil::Nine && self.model.grid.axes() == 2 {
            let across = if axis == Axis::X { Axis::Y } else { Axis::X };
            let half = self.k.constant(0.5);
            for sign in [1, -1] {
                // The diagonal that leaves `from` runs along the edge, the one that leaves its upper end against it.
                for (start, along_edge) in [(from, 1), (along(from, axis, 1), -1)] {
                    let diagonal = self
                        .edges(start)
                        .into_iter()
                        .find(|edge| edge.to == along(along(start, axis, along_edge), across, sign));
                    let flow = self.edge_current(u, theta, d, start, &diagonal.expect("four diagonals"));
                    let share = self.k.mul(half, flow);
                    sum = if along_edge > 0 { self.k.add(sum, share) } else { self.k.sub(sum, share) };
                }
            }
        }
        let alive = self.alive(Site::link(axis, from));
        self.gated(alive, Lowered::Real(sum)).real()
    }

    /// `w_ij Im(conj(u_i) U_ij u_j)`
    fn edge_current(&mut self, u: Expr, theta: Expr, d: Expr, from: Offset, edge: &Edge) -> Value {
        let own = self.eval(u, Site::cell(from));
        let carried = self.carried(u, theta, from, edge);
        let conjugate = number::conj(&mut self.k, own);
        let product = number::mul(&mut self.k, conjugate, carried);
        let flow = product.component(1, &mut self.k);
        let weight = self.weight(&edge.shares);
        let factor = self.mean_coefficient(d, from, edge.to);
        let weight = self.k.mul(weight, factor);
        self.k.mul(weight, flow)
    }

    /// Counter-clockwise sum of a link value round a plaquette; with `per_area`, of v h, divided by the area.
    fn circulation(&mut self, v: Expr, face: usize, offset: Offset, per_area: Option<()>) -> Lowered {
        let (a, b) = plane(&self.model.grid, face);
        let (ha, hb) = (self.model.grid.spacing(a), self.model.grid.spacing(b));
        let (weight_a, weight_b) = if per_area.is_some() { (1.0 / hb, 1.0 / ha) } else { (1.0, 1.0) };
        let sides = [
            (Site::link(a, offset), weight_a),
            (Site::link(b, along(offset, a, 1)), weight_b),
            (Site::link(a, along(offset, b, 1)), -weight_a),
            (Site::link(b, offset), -weight_b),
        ];
        let mut sum = self.zero();
        for (site, weight) in sides {
            let value = self.eval(v, site);
            let term = number::scale(&mut self.k, weight, value);
            sum = number::add(&mut self.k, sum, term);
        }
        let alive = self.alive(Site::face(face, offset));
        self.gated(alive, sum)
    }

    /// The transpose of `curvature`.
    fn cocurl(&mut self, f: Expr, axis: Axis, site: Site) -> Lowered {
        let mut sum = self.zero();
        for (face, other, sign) in faces_with(&self.model.grid, axis) {
            let here = self.face_value(f, face, site.offset);
            let below = self.face_value(f, face, along(site.offset, other, -1));
            let (plus, minus) = if sign > 0 { (here, below) } else { (below, here) };
            let difference = number::sub(&mut self.k, plus, minus);
            sum = number::add(&mut self.k, sum, difference);
        }
        let alive = self.alive(site);
        self.gated(alive, sum)
    }

    /// A face value; plaquettes with an inert corner hold 0.
    fn face_value(&mut self, f: Expr, face: usize, offset: Offset) -> Lowered {
        let site = Site::face(face, offset);
        let value = self.eval(f, site);
        let alive = self.alive(site);
        self.gated(alive, value)
    }

    /// `(u[i+a] - u[i]) / h_a`; at a wall the ghost is the wall's condition, across a mask's rim it is 0.
    fn grad(&mut self, u: Expr, axis: Axis, offset: Offset) -> Lowered {
        let upper = along(offset, axis, 1);
        let (below, above) = (self.eval(u, Site::cell(offset)), self.eval(u, Site::cell(upper)));
        let difference = number::sub(&mut self.k, above, below);
        let gradient = number::scale(&mut self.k, 1.0 / self.model.grid.spacing(axis), difference);
        let complete = self.complete(&[offset, upper]);
        self.gated(complete, gradient)
    }

    /// `sum (v.a[i] - v.a[i-a]) / h_a`
    fn div(&mut self, v: Expr, offset: Offset) -> Lowered {
        let mut sum = self.zero();
        for &axis in self.model.grid.axis_list() {
            let above = self.eval(v, Site::link(axis, offset));
            let below = self.eval(v, Site::link(axis, along(offset, axis, -1)));
            let difference = number::sub(&mut self.k, above, below);
            let term = number::scale(&mut self.k, 1.0 / self.model.grid.spacing(axis), difference);
            sum = number::add(&mut self.k, sum, term);
        }
        sum
    }

    /// `(u[i+a] - u[i-a]) / 2h`
    fn derivative(&mut self, u: Expr, axis: Axis, offset: Offset) -> Lowered {
        let above = self.neighbor(u, offset, along(offset, axis, 1));
        let below = self.neighbor(u, offset, along(offset, axis, -1));
        let difference = number::sub(&mut self.k, above, below);
        number::scale(&mut self.k, 0.5 / self.model.grid.spacing(axis), difference)
    }

    /// The mean of the links or faces round a cell.
    fn at_cells(&mut self, f: Expr, offset: Offset) -> Lowered {
        let grid = &self.model.grid;
        let mut sites = Vec::new();
        if self.model.arena.ty(f).place == crate::model::Place::Link {
            for &axis in grid.axis_list() {
                sites.extend([Site::link(axis, offset), Site::link(axis, along(offset, axis, -1))]);
            }
        } else {
            for face in 0..grid.faces() {
                let (a, b) = plane(grid, face);
                for (sa, sb) in [(0, 0), (-1, 0), (-1, -1), (0, -1)] {
                    sites.push(Site::face(face, along(along(offset, a, sa), b, sb)));
                }
            }
        }
        let mut sum = self.zero();
        for &site in &sites {
            let value = self.eval(f, site);
            sum = number::add(&mut self.k, sum, value);
        }
        #[expect(clippy::cast_precision_loss, reason = "at most twelve")]
        let count = sites.len() as f64;
        number::scale(&mut self.k, 1.0 / count, sum)
    }

    /// The integer winding of a plaquette: per edge, once, in its stored direction,
    /// `m = round((arg u_j - arg u_i + theta_ij) / 2 pi)`; `n = -(m.a[i] + m.b[i+a] - m.a[i+b] - m.b[i])`.
    fn winding(&mut self, u: Expr, theta: Expr, face: usize, offset: Offset) -> Value {
        let (a, b) = plane(&self.model.grid, face);
        let edges = [(a, offset, -1), (b, along(offset, a, 1), -1), (a, along(offset, b, 1), 1), (b, offset, 1)];
        let mut sum = self.k.constant(0.0);
        for (axis, from, sign) in edges {
            let turns = self.turns(u, theta, axis, from);
            sum = if sign > 0 { self.k.add(sum, turns) } else { self.k.sub(sum, turns) };
        }
        let corners = corners(&self.model.grid, face, offset);
        let alive = self.inside(&corners);
        self.gated(alive, Lowered::Real(sum)).real()
    }

    fn turns(&mut self, u: Expr, theta: Expr, axis: Axis, from: Offset) -> Value {
        let start = self.phase(u, from);
        let end = self.phase(u, along(from, axis, 1));
        let mut angle = self.k.sub(end, start);
        if !self.model.arena.is_zero(theta) {
            let frames = self.link_angle(theta, axis, from);
            angle = self.k.add(angle, frames);
        }
        let per_turn = self.k.constant(1.0 / std::f64::consts::TAU);
        let turns = self.k.mul(angle, per_turn);
        elementary::round(&mut self.k, turns)
    }

    fn phase(&mut self, u: Expr, at: Offset) -> Value {
        let value = self.eval(u, Site::cell(at));
        let (re, im) = value.complex(&mut self.k);
        elementary::atan2(&mut self.k, im, re)
    }
}

fn constant_share(weight: f64) -> Vec<Share> {
    vec![Share { cells: vec![], complete: weight, partial: weight }]
}
