//! Expressions of a given state: initial values, masks, pictures, arrays, and what a series combines.
//!
//! In: expressions. Out: a Program whose one step computes them all into output buffers, and the reductions that must
//! be known first (as parameters). Invariant: it runs in f64, whatever the run's precision, so that a measured value
//! is right to f64 rounding of the stored fields.

use std::collections::BTreeMap;

use super::assemble::{Assembly, reductions_in, storage, store_all};
use super::noise::STREAM_WIDTH;
use super::number::{self, Lowered};
use crate::field::Kind;
use crate::math::arithmetic::{Arithmetic, Precision};
use crate::model::{Draw, Expr, Model, Node, Number, Place};
use crate::program::{BufferId, Extent, KernelBuilder, Program, Reduction, Role, Slot, Uniform, UniformId};

/// An evaluation program and where its parts are.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// One step computes everything.
    pub program: Program,
    /// Input buffer of each field; `None` if not needed.
    pub fields: Vec<Option<BufferId>>,
    /// Input buffers of maps, by position.
    pub maps: Vec<Option<BufferId>>,
    /// Input buffer of the mask.
    pub mask: Option<BufferId>,
    /// Input buffers of random numbers: buffer, what they are, and the first stream.
    pub draws: Vec<(BufferId, Draw, u32)>,
    /// The parameter that takes the Lyapunov exponent, where it is used inside of a reduction.
    pub lyapunov: Option<UniformId>,
    /// Output buffer of each expression, in order; none for one that is the same everywhere (see [`constant`]).
    pub outputs: Vec<Option<BufferId>>,
    /// The parameters that stand for reductions: for each, the reduction, its part, and the parameter's name.
    pub totals: Vec<TotalInput>,
}

/// A reduction that an evaluation needs to know.
#[derive(Clone, Debug)]
pub struct TotalInput {
    /// The reduction.
    pub total: Expr,
    /// What to combine: the argument's output is a buffer with these components.
    pub source: Slot,
    /// How.
    pub reduction: Reduction,
    /// Whether inert cells are left out (else they hold 0).
    pub masked: bool,
    /// The parameter that takes the outcome.
    pub parameter: UniformId,
}

/// The Program that computes `exprs` at time step * dt. `keep_uniform`: also those that are the same everywhere.
pub fn evaluation_program(model: &Model, exprs: &[Expr], dt: f64, keep_uniform: bool) -> Evaluation {
    let mut assembly = Assembly::new(model, Precision::F64, dt);
    let fields_needed = exprs.iter().any(|&expr| model.arena.any(expr, &|node| matches!(node, Node::Field(_))));
    let mut bindings = assembly.common_bindings(exprs);
    if fields_needed {
        bindings.fields =
            model.fields.iter().map(|field| assembly.cells(field.name.clone(), Role::State, field.kind)).collect();
        let (walls, ghosts) = assembly.walls();
        for (&buffer, &rules) in bindings.fields.iter().zip(&ghosts) {
            assembly.buffers[buffer.0 as usize].ghosts = rules;
        }
        assembly.prepare = assembly.fill_walls(&walls, &bindings, None, "prepare");
        let moving = assembly.fill_walls(&walls, &bindings, Some(0.0), "now");
        assembly.step.extend(moving);
    }
    bindings.time = Some(assembly.time(0.0));
    if exprs.iter().any(|&expr| model.arena.any(expr, &|node| matches!(node, Node::Lyapunov))) {
        bindings.lyapunov = Some(assembly.add_uniform(Uniform::Parameter { name: "lyapunov()".into(), value: 0.0 }));
    }

    let mut draws = Vec::new();
    for &expr in exprs {
        for (draw, stream) in draws_in(model, expr) {
            let kind = if storage(model, expr).0 == Kind::Link { Kind::Link } else { Kind::Real };
            let buffer = assembly.cells(format!("draw {stream}"), Role::Map, kind);
            bindings.draws.insert(stream, buffer);
            draws.push((buffer, draw, stream * STREAM_WIDTH));
        }
    }

    let (passes, reducing) =
        assembly.totals(exprs, &mut bindings, |name| Uniform::Parameter { name: format!("total {name}"), value: 0.0 });
    assembly.step.extend(passes);
    let parts = assembly.materialize(exprs, &mut bindings, "part");
    assembly.step.extend(parts);
    let mut outputs = Vec::new();
    for (position, &expr) in exprs.iter().enumerate() {
        if model.arena.ty(expr).place == Place::Uniform && !keep_uniform {
            outputs.push(None);
            continue;
        }
        let (kind, components) = storage(model, expr);
        let buffer = assembly.cells_of(format!("output {position}"), Role::Output, kind, components);
        let mut lowering = assembly.lowering(&bindings, Extent::of(kind, &model.grid));
        store_all(&mut lowering, model, expr, buffer);
        let kernel = lowering.k.finish(format!("output_{position}"));
        let id = assembly.add_kernel(kernel);
        assembly.step.push(crate::program::Pass::Run(id));
        outputs.push(Some(buffer));
    }
    let totals = reducing
        .into_iter()
        .map(|r| TotalInput {
            total: r.total,
            source: r.source,
            reduction: r.reduction,
            masked: r.masked,
            parameter: r.target,
        })
        .collect();
    let fields = (0..model.fields.len()).map(|index| bindings.fields.get(index).copied()).collect();
    Evaluation {
        fields,
        maps: bindings.maps.clone(),
        mask: bindings.mask.map(|slot| slot.buffer),
        lyapunov: bindings.lyapunov,
        draws,
        outputs,
        totals,
        program: assembly.finish(),
    }
}

/// The reductions in some expressions, inner ones first.
pub fn reductions(model: &Model, exprs: &[Expr]) -> Vec<Expr> {
    reductions_in(model, exprs)
}

/// The real value of a uniform expression, given its parameters, reductions and the time: the language evaluated by
/// folding constants in f64. `None` if it is not uniform.
pub fn constant(model: &Model, expr: Expr, given: Given<'_>, total: &dyn Fn(Expr) -> (f64, f64)) -> Option<f64> {
    let k = KernelBuilder::new(Precision::F64, Extent::Cells);
    let mut folding = Folding { model, k, given, total, known: BTreeMap::new() };
    let value = folding.value(expr)?;
    match value {
        Lowered::Real(value) => folding.k.literal(value),
        Lowered::Truth(_) | Lowered::Complex(..) => None,
    }
}

/// Numbers that expressions can refer to, beside reductions.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The time.
    pub time: f64,
    /// Values of the parameters, in the order of the seed.
    pub parameters: &'a [f64],
    /// The Lyapunov exponent as far as it is known.
    pub lyapunov: f64,
}

struct Folding<'a> {
    model: &'a Model,
    k: KernelBuilder,
    given: Given<'a>,
    total: &'a dyn Fn(Expr) -> (f64, f64),
    known: BTreeMap<Expr, Lowered>,
}

impl Folding<'_> {
    fn value(&mut self, expr: Expr) -> Option<Lowered> {
        if let Some(&known) = self.known.get(&expr) {
            return Some(known);
        }
        let value = self.fold(expr)?;
        self.known.insert(expr, value);
        Some(value)
    }

    fn fold(&mut self, expr: Expr) -> Option<Lowered> {
        Some(match self.model.arena.node(expr).clone() {
            Node::Literal(value) => Lowered::Real(self.k.constant(value)),
            Node::ImaginaryUnit => Lowered::Complex(self.k.constant(0.0), self.k.constant(1.0)),
            Node::Parameter(index) => Lowered::Real(self.k.constant(self.given.parameters[index as usize])),
            Node::Time => Lowered::Real(self.k.constant(self.given.time)),
            Node::Lyapunov => Lowered::Real(self.k.constant(self.given.lyapunov)),
            Node::Total(..) => {
                let (re, im) = (self.total)(expr);
                let complex = self.model.arena.ty(expr).number == Number::Complex;
                let re = self.k.constant(re);
                if complex { Lowered::Complex(re, self.k.constant(im)) } else { Lowered::Real(re) }
            }
            Node::Unary(function, a) => {
                let a = self.value(a)?;
                number::unary(&mut self.k, function, a)
            }
            Node::Binary(function, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                number::binary(&mut self.k, function, a, b)
            }
            Node::Power(a, n) => {
                let a = self.value(a)?;
                number::power(&mut self.k, a, n)
            }
            Node::Select(c, a, b) => {
                let (c, a, b) = (self.value(c)?.truth(), self.value(a)?, self.value(b)?);
                number::select(&mut self.k, c, a, b)
            }
            Node::Coordinate(_)
            | Node::Field(_)
            | Node::Map(_)
            | Node::Components(_)
            | Node::Operator(..)
            | Node::Draw(..) => return None,
        })
    }
}

/// The random numbers in an expression, each stream once.
fn draws_in(model: &Model, expr: Expr) -> Vec<(Draw, u32)> {
    let mut found = BTreeMap::new();
    let mut open = vec![expr];
    while let Some(next) = open.pop() {
        if let Node::Draw(draw, stream) = *model.arena.node(next) {
            found.insert(stream, draw);
        }
        open.extend(model.arena.arguments(next).into_iter().filter(|&argument| model.arena.draws(argument)));
    }
    found.into_iter().map(|(stream, draw)| (draw, stream)).collect()
}
