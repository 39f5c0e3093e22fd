//! The edges that `laplacian`, `div_grad`, `tension` and `current` share, so that the discrete energy identities hold
//! (science.md 1.4).
//!
//! An edge i -> j has a weight w_ij, an angle theta_ij and carries u_j into the frame of i as
//! U_ij u_j = e^{i theta_ij} u_j (Du, Math. Comp. 67, 1998). Invariant: what an edge is from i, it is from j: the same
//! weight and coefficient, the opposite angle.

use super::lower::Lowering;
use super::number::{self, Lowered};
use super::site::{Offset, Site, along};
use crate::grid::Axis;
use crate::math::arithmetic::Arithmetic;
use crate::math::elementary;
use crate::model::{Expr, Node, Place, Wall};
use crate::program::{Side, Value};
use crate::seed::Stencil;

/// An edge that leaves the centre.
pub(super) struct Edge {
    pub(super) to: Offset,
    /// The edge's weight is the sum of these, each where its condition holds: constants over h^2.
    pub(super) shares: Vec<Share>,
    /// Axis edges: the axis and whether it points up. Diagonals: both steps.
    pub(super) kind: EdgeKind,
}

#[derive(Clone, Copy)]
pub(super) enum EdgeKind {
    Axis(Axis, i8),
    Diagonal((Axis, i8), (Axis, i8)),
}

/// A part of an edge's weight: `complete` if all of the cells are alive, else `partial`.
pub(super) struct Share {
    cells: Vec<Offset>,
    pub(super) complete: f64,
    partial: f64,
}

impl Lowering<'_> {
    /// Weights of the edges from a cell, as multiples of 1/h^2.
    pub(super) fn edges(&self, centre: Offset) -> Vec<Edge> {
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

    pub(super) fn weight(&mut self, shares: &[Share]) -> Value {
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
    pub(super) fn complete(&mut self, cells: &[Offset]) -> Option<Value> {
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

    /// Whether a displaced cell is inside of the walls along an axis; `None` if that is always so.
    pub(super) fn within_walls(&mut self, axis: Axis, cells: i8) -> Option<Value> {
        if cells == 0 || !self.model.grid.bounded(axis) {
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
    pub(super) fn link_angle(&mut self, theta: Expr, axis: Axis, offset: Offset) -> Value {
        let site = Site::link(axis, offset);
        let angle = self.eval(theta, site);
        if matches!(self.model.arena.node(theta), Node::Field(_) | Node::Map(_)) {
            return angle.real();
        }
        let alive = self.alive(site);
        self.gated(alive, angle).real()
    }

    /// U_ij u_j for an edge from `centre`.
    pub(super) fn carried(&mut self, u: Expr, theta: Expr, centre: Offset, edge: &Edge) -> Lowered {
        let there = self.neighbor(u, centre, edge.to);
        match self.angle(theta, centre, edge.kind) {
            None => there,
            Some(angle) => {
                let rotation = elementary::sin_cos(&mut self.k, angle);
                number::rotate(&mut self.k, rotation, there)
            }
        }
    }

    /// `(D_i + D_j)/2`. A diagonal across a wall stands for the side along the wall that it mirrors: it has the mean of
    /// the plaquette's corners, so that its weight is the same from either end.
    pub(super) fn mean_coefficient(&mut self, d: Expr, u: Expr, centre: Offset, edge: &Edge) -> Value {
        let own = self.eval(d, Site::cell(centre)).real();
        let there = self.neighbor(d, centre, edge.to).real();
        let (sum, half) = (self.k.add(own, there), self.k.constant(0.5));
        let pair = self.k.mul(half, sum);
        let EdgeKind::Diagonal(..) = edge.kind else { return pair };
        let mut inside = None;
        for axis in [Axis::X, Axis::Y] {
            if let Some(within) = self.within_walls(axis, edge.to[axis.index()]) {
                inside = Some(inside.map_or(within, |inside| self.k.and(inside, within)));
            }
        }
        let Some(inside) = inside else { return pair };
        let mut sum = self.k.constant(0.0);
        for corner in self.plaquette(centre, edge.to) {
            let value = self.coefficient_near_walls(d, u, centre, corner, &[Axis::X, Axis::Y]);
            sum = self.k.add(sum, value);
        }
        let quarter = self.k.constant(0.25);
        let crossing = self.k.mul(quarter, sum);
        self.k.select(inside, pair, crossing)
    }

    /// D at a corner; beyond a wall that is no-flux for u, that of the cell inside.
    fn coefficient_near_walls(&mut self, d: Expr, u: Expr, centre: Offset, at: Offset, axes: &[Axis]) -> Value {
        let Some((&axis, rest)) = axes.split_first() else { return self.neighbor(d, centre, at).real() };
        let natural = self.coefficient_near_walls(d, u, centre, at, rest);
        let side = if at[axis.index()] < 0 { Side::Low } else { Side::High };
        if self.open(u, axis, side) {
            return natural;
        }
        let Some(within) = self.within_walls(axis, at[axis.index()]) else { return natural };
        let mut back = at;
        back[axis.index()] = 0;
        let mirrored = self.coefficient_near_walls(d, u, centre, back, rest);
        self.k.select(within, natural, mirrored)
    }

    /// Whether something may cross a wall: an expression has a field with a condition there that is more than no-flux,
    /// or only functions of position.
    pub(super) fn open(&self, u: Expr, axis: Axis, side: Side) -> bool {
        let model = self.model;
        let felt = |node: &Node| match node {
            Node::Field(index) => {
                let side = usize::from(side == Side::High);
                model.fields[*index as usize].walls[axis.index()][side] != Wall::NoFlux
            }
            _ => false,
        };
        matches!(model.arena.ty(u).place, Place::Uniform | Place::Anywhere) || model.arena.any(u, &felt)
    }
}

fn constant_share(weight: f64) -> Vec<Share> {
    vec![Share { cells: vec![], complete: weight, partial: weight }]
}
