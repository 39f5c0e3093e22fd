//! Expressions about a uniform state with one plane wave on it.
//!
//! In: the state, the wave by how far it turns from cell to cell, and expressions in an order in which arguments come
//! first. Out: each expression's components (one of a cell value, one per axis of a link value, one per orientation of
//! a face value), linearised. A value stored at cell i carries `e^{i k x_i}`, links and faces with that of the cell
//! they are stored at.
//!
//! Coordinates and time stand still; noise is 0; a reduction answers to a uniform disturbance only (`k = 0`).

use super::Base;
use super::dual::Dual;
use super::number::{Linearized, binary, unary};
use crate::field::Kind;
use crate::math::complex::Complex;
use crate::math::elementary::scalar64;
use crate::model::{Expr, Model, Node, Place, Total};

/// Evaluates the expressions of one model about one state and wave.
pub(super) struct Evaluator<'a> {
    pub(super) model: &'a Model,
    base: &'a Base,
    /// `e^{i k_a h_a}` of each axis.
    phases: [Complex; 3],
    uniform: bool,
    columns: usize,
    /// By expression; empty until evaluated.
    known: Vec<Vec<Linearized>>,
}

/// Real components of all fields per cell.
pub(super) fn columns(model: &Model) -> usize {
    model.fields.iter().map(|field| field.kind.components(&model.grid)).sum()
}

/// The column of a field's first component.
pub(super) fn first_column(model: &Model, field: usize) -> usize {
    model.fields[..field].iter().map(|field| field.kind.components(&model.grid)).sum()
}

/// All expressions inside of some, arguments first.
pub(super) fn order(model: &Model, roots: impl IntoIterator<Item = Expr>) -> Vec<Expr> {
    let mut seen = vec![false; model.arena.len()];
    let mut open: Vec<Expr> = roots.into_iter().collect();
    while let Some(next) = open.pop() {
        if !std::mem::replace(&mut seen[next.0 as usize], true) {
            open.extend(model.arena.arguments(next));
        }
    }
    let reached = (0u32..).zip(seen).filter(|(_, seen)| *seen);
    reached.map(|(index, _)| Expr(index)).collect()
}

impl<'a> Evaluator<'a> {
    /// `wavevector` in radians per unit of length.
    pub(super) fn new(model: &'a Model, base: &'a Base, wavevector: [f64; 3], order: &[Expr]) -> Self {
        let phases = std::array::from_fn(|axis| {
            let spacing = model.grid.axis_list().get(axis).map_or(0.0, |&axis| model.grid.spacing(axis));
            let (sin, cos) = scalar64::sin_cos(wavevector[axis] * spacing);
            Complex::new(cos, sin)
        });
        let uniform = wavevector[..model.grid.axes()].iter().all(|&k| k == 0.0);
        let known = vec![vec![]; model.arena.len()];
        let mut evaluator = Self { model, base, phases, uniform, columns: columns(model), known };
        for &expr in order {
            evaluator.known[expr.0 as usize] = evaluator.evaluate(expr);
        }
        evaluator
    }

    /// One component of an expression that has been evaluated; a number is the same in all of them.
    pub(super) fn component(&self, expr: Expr, component: usize) -> &Linearized {
        let all = &self.known[expr.0 as usize];
        if all.len() == 1 { &all[0] } else { &all[component] }
    }

    /// `e^{i k d}` of a displacement in cells.
    pub(super) fn phase(&self, cells: [i32; 3]) -> Complex {
        let mut phase = Complex::ONE;
        for (&turn, &cells) in self.phases.iter().zip(&cells) {
            let turn = if cells < 0 { turn.conj() } else { turn };
            for _ in 0..cells.unsigned_abs() {
                phase *= turn;
            }
        }
        phase
    }

    fn components(&self, place: Place) -> usize {
        match place {
            Place::Uniform | Place::Anywhere | Place::Cell => 1,
            Place::Link => self.model.grid.axes(),
            Place::Face => self.model.grid.faces(),
        }
    }

    fn evaluate(&self, expr: Expr) -> Vec<Linearized> {
        match self.model.arena.node(expr) {
            Node::Field(index) => self.field(*index as usize),
            Node::Map(index) => {
                let values = &self.base.maps[*index as usize];
                match (self.model.maps[*index as usize].kind, values.as_slice()) {
                    (Kind::Complex, &[re, im]) => {
                        vec![Linearized::Complex(Dual::constant(re), Dual::constant(im))]
                    }
                    (_, values) => values.iter().map(|&v| Linearized::constant(v)).collect(),
                }
            }
            Node::Operator(operator, all) => self.operator(*operator, all),
            node => {
                let count = self.components(self.model.arena.ty(expr).place);
                (0..count).map(|component| self.pointwise(node, component)).collect()
            }
        }
    }

    fn field(&self, index: usize) -> Vec<Linearized> {
        let first = first_column(self.model, index);
        let variable = |column: usize| Dual::variable(self.base.fields[column], column, self.columns);
        match self.model.fields[index].kind {
            Kind::Complex => vec![Linearized::Complex(variable(first), variable(first + 1))],
            kind @ (Kind::Real | Kind::Link | Kind::Face) => {
                (0..kind.components(&self.model.grid)).map(|c| Linearized::Real(variable(first + c))).collect()
            }
        }
    }

    fn pointwise(&self, node: &Node, component: usize) -> Linearized {
        let at = |expr: Expr| self.component(expr, component);
        match node {
            Node::Literal(value) => Linearized::constant(*value),
            Node::ImaginaryUnit => Linearized::Complex(Dual::constant(0.0), Dual::constant(1.0)),
            Node::Parameter(index) => Linearized::constant(self.base.parameters[*index as usize]),
            Node::Time => Linearized::constant(self.base.time),
            Node::Coordinate(axis) => Linearized::constant(self.base.position[axis.index()]),
            Node::Draw(..) | Node::Lyapunov => Linearized::constant(0.0),
            Node::Unary(function, a) => unary(*function, at(*a)),
            Node::Binary(function, a, b) => binary(*function, at(*a), at(*b)),
            Node::Power(a, n) => at(*a).power(*n),
            Node::Select(condition, a, b) => at(if at(*condition).truth() { *a } else { *b }).clone(),
            Node::Components(all) => self.component(all[component], component).clone(),
            Node::Total(total, a) => self.total(*total, *a),
            Node::Field(_) | Node::Map(_) | Node::Operator(..) => unreachable!("not pointwise"),
        }
    }

    /// Over the whole domain as if every cell were alive: waves cancel.
    fn total(&self, total: Total, a: Expr) -> Linearized {
        let all = &self.known[a.0 as usize];
        if all.is_empty() {
            return Linearized::constant(0.0); // of faces, where the grid has none
        }
        let still = Complex::from(f64::from(self.uniform));
        let sum = all[1..].iter().fold(all[0].clone(), |sum, more| sum.add(more)).turned(still);
        #[expect(clippy::cast_precision_loss, reason = "cells are far below 2^52")]
        let (components, cells) = (all.len() as f64, self.model.grid.cells() as f64);
        match total {
            Total::Mean => sum.scale(1.0 / components),
            Total::Sum => sum.scale(cells),
            Total::Min | Total::Max => sum,
            Total::Std => Linearized::constant(0.0),
        }
    }
}
