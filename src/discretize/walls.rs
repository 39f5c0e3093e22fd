//! Walls: what a load finds half a cell beyond them.
//!
//! In: the conditions of the fields. Out: buffers of the coefficients of `ghost = p u + q`, and the kernels that fill
//! them. With u_w = (u + ghost)/2 and du/dn = (ghost - u)/h:
//! value v: ghost = 2v - u; flux g: ghost = u + h g; Robin a u + b du/dn = c: ghost = (c - (a/2 - b/h) u)/(a/2 + b/h).
//! Invariant: conditions constant in time are computed once, the others before each stage at the stage's time.

use super::assemble::Assembly;
use super::lower::{Bindings, Lowering};
use super::number::{self, Lowered};
use super::site::{HERE, Site};
use crate::field::Kind;
use crate::grid::Axis;
use crate::math::arithmetic::Arithmetic;
use crate::model::{Expr, Wall};
use crate::program::{Buffer, BufferId, Extent, Ghost, Pass, Role, Side, Slot};

/// A wall whose condition is more than no-flux.
pub(super) struct ActiveWall {
    field: usize,
    axis: Axis,
    side: Side,
    condition: Wall,
    buffer: BufferId,
}

impl ActiveWall {
    fn expressions(&self) -> Vec<Expr> {
        match self.condition {
            Wall::NoFlux => vec![],
            Wall::Value(value) | Wall::Flux(value) => vec![value],
            Wall::Robin(a, b, c) => vec![a, b, c],
        }
    }
}

impl Assembly<'_> {
    /// Buffers for the walls of all fields, and the rules by which each field's loads find them.
    pub(super) fn walls(&mut self) -> (Vec<ActiveWall>, Vec<[[Ghost; 2]; 3]>) {
        let model = self.model;
        let (mut active, mut rules) = (Vec::new(), Vec::new());
        for (field, declared) in model.fields.iter().enumerate() {
            let plain = if declared.kind == Kind::Link { Ghost::Zero } else { Ghost::Mirror };
            let mut ghosts = [[plain; 2]; 3];
            for &axis in model.grid.axis_list().iter().filter(|&&axis| model.grid.bounded(axis)) {
                for (position, side) in [Side::Low, Side::High].into_iter().enumerate() {
                    let condition = declared.walls[axis.index()][position];
                    if condition == Wall::NoFlux {
                        continue;
                    }
                    let components = 1 + declared.kind.components(&model.grid);
                    let buffer = self.add_buffer(Buffer {
                        name: format!("{} wall {}{position}", declared.name, axis.name()),
                        role: Role::Wall,
                        kind: Kind::Real,
                        components: u32::try_from(components).expect("few components"),
                        extent: Extent::Wall(axis, side),
                        ghosts: [[Ghost::Mirror; 2]; 3],
                    });
                    ghosts[axis.index()][position] = Ghost::Affine(buffer);
                    active.push(ActiveWall { field, axis, side, condition, buffer });
                }
            }
            rules.push(ghosts);
        }
        (active, rules)
    }

    /// The passes that fill walls: all of them constant in time (`fraction` absent), or all others at a stage's time.
    pub(super) fn fill_walls(
        &mut self,
        walls: &[ActiveWall],
        bindings: &Bindings,
        fraction: Option<f64>,
        stage: &str,
    ) -> Vec<Pass> {
        let mut passes = Vec::new();
        for wall in walls {
            let moving = wall.expressions().iter().any(|&expr| self.model.arena.uses_time(expr));
            if moving != fraction.is_some() {
                continue;
            }
            let mut bindings = bindings.clone();
            bindings.time = fraction.map(|fraction| self.time(fraction));
            bindings.mask = None;
            let extent = Extent::Wall(wall.axis, wall.side);
            let mut lowering = Lowering::new(self.model, &bindings, self.precision, extent, 0.0);
            lowering.stand_on(wall.axis, wall.side);
            let (p, q) = coefficients(&mut lowering, wall, self.model.grid.spacing(wall.axis));
            let components = self.model.fields[wall.field].kind.components(&self.model.grid);
            lowering.k.store(Slot { buffer: wall.buffer, component: 0 }, p.real());
            for component in 0..components {
                let value = q.component(component, &mut lowering.k);
                let component = 1 + u32::try_from(component).expect("few components");
                lowering.k.store(Slot { buffer: wall.buffer, component }, value);
            }
            let side = if wall.side == Side::Low { "low" } else { "high" };
            let name = format!("{stage}_wall_{}_{}_{side}", self.model.fields[wall.field].name, wall.axis.name());
            let kernel = lowering.k.finish(name);
            passes.push(Pass::Run(self.add_kernel(kernel)));
        }
        passes
    }
}

/// p and q of `ghost = p u + q`.
fn coefficients(lowering: &mut Lowering<'_>, wall: &ActiveWall, h: f64) -> (Lowered, Lowered) {
    let here = Site::cell(HERE);
    let (one, two) = (Lowered::Real(lowering.k.constant(1.0)), Lowered::Real(lowering.k.constant(2.0)));
    match wall.condition {
        Wall::NoFlux => (one, lowering.zero()),
        Wall::Value(v) => {
            let v = lowering.drift(v, here);
            (number::neg(&mut lowering.k, one), number::mul(&mut lowering.k, two, v))
        }
        Wall::Flux(g) => {
            let g = lowering.drift(g, here);
            (one, number::scale(&mut lowering.k, h, g))
        }
        Wall::Robin(a, b, c) => {
            let (a, b, c) = (lowering.drift(a, here), lowering.drift(b, here), lowering.drift(c, here));
            let k = &mut lowering.k;
            let (a, b) = (number::scale(k, 0.5, a), number::scale(k, 1.0 / h, b));
            let (below, above) = (number::add(k, a, b), number::sub(k, b, a));
            (number::div(k, above, below), number::div(k, c, below))
        }
    }
}
