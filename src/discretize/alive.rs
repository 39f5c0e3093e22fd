//! What is alive: inside of the walls, and active under the mask.
//!
//! In: a site of a kernel. Out: a truth value, or nothing where all sites are alive. Invariant: what is
//! not alive counts as 0; across a mask's rim a neighbour's value is the centre's own.

use super::lower::Lowering;
use super::number::{self, Lowered};
use super::site::{At, Offset, Site, along, corners};
use crate::math::arithmetic::Arithmetic;
use crate::model::Expr;
use crate::program::{Slot, Value};

impl Lowering<'_> {
    /// Whether a site itself is alive: an active cell, an edge or plaquette between active cells inside the walls.
    pub(super) fn alive(&mut self, site: Site) -> Option<Value> {
        match site.at {
            At::Cell => self.inside(&[site.offset]),
            At::Link(axis) => self.inside(&[site.offset, along(site.offset, axis, 1)]),
            At::Face(face) => self.inside(&corners(&self.model.grid, face, site.offset)),
            At::Edge | At::Triangle | At::Part(_) => None,
        }
    }

    /// Whether all of some displaced cells are inside of the walls and active; `None` if that is always so.
    pub(super) fn inside(&mut self, cells: &[Offset]) -> Option<Value> {
        let mut all = None;
        for &axis in self.model.grid.axis_list() {
            if !self.model.grid.bounded(axis) {
                continue;
            }
            let shifts = cells.iter().map(|offset| offset[axis.index()]);
            let lowest = shifts.clone().min().unwrap_or(0);
            let highest = shifts.max().unwrap_or(0);
            let here = self.k.index(axis);
            if lowest < 0 {
                let least = self.k.constant(f64::from(-lowest));
                let enough = self.k.less_equal(least, here);
                all = Some(self.both(all, enough));
            }
            if highest > 0 {
                let end = self.k.constant(self.count(axis) - f64::from(highest));
                let enough = self.k.less(here, end);
                all = Some(self.both(all, enough));
            }
        }
        if let Some(mask) = self.bindings.mask {
            for &offset in cells {
                let active = self.active(mask, offset);
                all = Some(self.both(all, active));
            }
        }
        all
    }

    fn active(&mut self, mask: Slot, offset: Offset) -> Value {
        let (half, value) = (self.k.constant(0.5), self.k.load(mask, offset));
        self.k.less(half, value)
    }

    fn both(&mut self, all: Option<Value>, more: Value) -> Value {
        match all {
            Some(all) => self.k.and(all, more),
            None => more,
        }
    }

    /// A value where a condition holds, else 0.
    pub(super) fn gated(&mut self, condition: Option<Value>, value: Lowered) -> Lowered {
        match condition {
            None => value,
            Some(condition) => {
                let zero = self.zero();
                number::select(&mut self.k, condition, value, zero)
            }
        }
    }

    /// A cell value at a neighbour of the centre; across a mask's rim it is the centre's own.
    pub(super) fn neighbor(&mut self, expr: Expr, centre: Offset, offset: Offset) -> Lowered {
        let there = self.eval(expr, Site::cell(offset));
        let Some(mask) = self.bindings.mask else { return there };
        let own = self.eval(expr, Site::cell(centre));
        let active = self.active(mask, offset);
        number::select(&mut self.k, active, there, own)
    }
}
