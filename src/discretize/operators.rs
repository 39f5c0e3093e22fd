//! The differential operators of design.md's table, as formulas over the neighbours of a site.
//!
//! In: an operator with its arguments and a site. Out: values of the kernel under construction. Invariant: what is
//! inert is 0 or has no weight, so that nothing crosses a mask's rim or a wall that is no-flux.

use super::edges::{Edge, EdgeKind};
use super::lower::Lowering;
use super::number::{self, Lowered};
use super::site::{At, Offset, Site, along, corners, faces_with, plane};
use crate::grid::Axis;
use crate::math::arithmetic::Arithmetic;
use crate::math::elementary;
use crate::model::{Expr, Node, Operator, Place};
use crate::program::{Side, Value};
use crate::seed::Stencil;

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
                let factor = self.mean_coefficient(d, u, centre, edge);
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

    /// `(1/4) sum_j w_ij |u_i - U_ij u_j|^2`
    fn tension(&mut self, u: Expr, theta: Expr, d: Expr, centre: Offset) -> Value {
        let own = self.eval(u, Site::cell(centre));
        let mut sum = self.k.constant(0.0);
        for edge in self.edges(centre) {
            let carried = self.carried(u, theta, centre, &edge);
            let difference = number::sub(&mut self.k, own, carried);
            let square = number::abs2(&mut self.k, difference);
            let weight = self.weight(&edge.shares);
            let factor = self.mean_coefficient(d, u, centre, &edge);
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
        let factor = self.mean_coefficient(d, u, from, edge);
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
            let above = self.flux(v, axis, offset);
            let below = self.flux(v, axis, along(offset, axis, -1));
            let difference = number::sub(&mut self.k, above, below);
            let term = number::scale(&mut self.k, 1.0 / self.model.grid.spacing(axis), difference);
            sum = number::add(&mut self.k, sum, term);
        }
        sum
    }

    /// A link value as `div` and `at_cells` see it: 0 across a mask's rim and across walls, except that a gradient
    /// beyond a wall is that of the wall's condition.
    fn flux(&mut self, v: Expr, axis: Axis, lower: Offset) -> Lowered {
        let value = self.eval(v, Site::link(axis, lower));
        let upper = along(lower, axis, 1);
        let mut alive = self.complete(&[lower, upper]);
        for (cell, side) in [(lower, Side::Low), (upper, Side::High)] {
            let gradient = |node: &Node| match node {
                Node::Operator(Operator::Grad, all) => self.open(all[0], axis, side),
                _ => false,
            };
            if self.model.arena.any(v, &gradient) {
                continue;
            }
            if let Some(within) = self.within_walls(axis, cell[axis.index()]) {
                alive = Some(alive.map_or(within, |alive| self.k.and(alive, within)));
            }
        }
        self.gated(alive, value)
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
        if self.model.arena.ty(f).place == Place::Link {
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
            let value = match site.at {
                At::Link(axis) => self.flux(f, axis, site.offset),
                At::Face(face) => self.face_value(f, face, site.offset),
                At::Cell | At::Edge | At::Triangle | At::Part(_) => unreachable!("links and faces lie round a cell"),
            };
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
            let ends = [from, along(from, axis, 1)].map(|at| self.eval(u, Site::cell(at)).complex(&mut self.k));
            let frames = (!self.model.arena.is_zero(theta)).then(|| self.link_angle(theta, axis, from));
            let turns = self.turns(ends, frames);
            sum = if sign > 0 { self.k.add(sum, turns) } else { self.k.sub(sum, turns) };
        }
        let corners = corners(&self.model.grid, face, offset);
        let alive = self.inside(&corners);
        self.gated(alive, Lowered::Real(sum)).real()
    }

    /// Where `theta` is 0, the signed crossing of the negative real axis: the same integer, without an arc tangent.
    pub(super) fn turns(&mut self, [a, b]: [(Value, Value); 2], frames: Option<Value>) -> Value {
        let crossing = self.crossing(a, b);
        let Some(frames) = frames else { return crossing };
        let [start, end] = [a, b].map(|(re, im)| elementary::atan2(&mut self.k, im, re));
        let difference = self.k.sub(end, start);
        let angle = self.k.add(difference, frames);
        let (turn, zero, half) = (self.k.constant(std::f64::consts::TAU), self.k.constant(0.0), self.k.constant(0.5));
        let turns = self.k.div(angle, turn);
        // Halves away from zero, like the other direction of the same edge.
        let magnitude = self.k.abs(turns);
        let shifted = self.k.add(magnitude, half);
        let (rounded, negative) = (self.k.floor(shifted), self.k.less(turns, zero));
        let mirrored = self.k.neg(rounded);
        let rounded = self.k.select(negative, mirrored, rounded);
        let straight = self.k.equal(frames, zero);
        self.k.select(straight, crossing, rounded)
    }

    /// +1 or -1 where the way from `a` to `b` crosses the negative real axis.
    fn crossing(&mut self, (a_re, a_im): (Value, Value), (b_re, b_im): (Value, Value)) -> Value {
        let k = &mut self.k;
        let (zero, one) = (k.constant(0.0), k.constant(1.0));
        let (forth, back) = (k.mul(a_re, b_im), k.mul(a_im, b_re));
        let (a_below, b_below) = (k.less(a_im, zero), k.less(b_im, zero));
        let (a_above, b_above) = (k.not(a_below), k.not(b_below));
        let (not_left, not_right) = (k.less_equal(forth, back), k.less_equal(back, forth));
        let (up, down) = (k.and(a_below, b_above), k.and(b_below, a_above));
        let (up, down) = (k.and(up, not_left), k.and(down, not_right));
        let minus = k.neg(one);
        let downwards = k.select(down, minus, zero);
        k.select(up, one, downwards)
    }
}
