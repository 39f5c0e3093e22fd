//! Expressions to operations: one expression at one site of a kernel.
//!
//! In: a typed expression and the buffers that its leaves live in. Out: values of the kernel under construction.
//! Invariant: loads reach at most one cell per axis; what would reach further has been given a buffer of its own
//! (`materialize`). Across a wall or a mask's rim a cell value is that of the nearest cell inside (walls: as their
//! condition says) and a link is 0.

use std::collections::{BTreeMap, HashMap};

use super::number::{self, Lowered};
use super::site::{At, HERE, Site};
use crate::field::Kind;
use crate::grid::{Axis, Topology};
use crate::math::arithmetic::{Arithmetic, Precision};
use crate::model::{Draw, Expr, Model, Node, Place};
use crate::program::{BufferId, Extent, KernelBuilder, Side, Slot, UniformId, Value};

/// Where the leaves of expressions are found.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings {
    /// Buffer of each field.
    pub(super) fields: Vec<BufferId>,
    /// Buffer of each map that is used.
    pub(super) maps: Vec<Option<BufferId>>,
    /// Expressions with a buffer of their own.
    pub(super) materialized: BTreeMap<Expr, BufferId>,
    /// Weights of the edges of a graph, and the places of its nodes on their map.
    pub(super) weights: Option<BufferId>,
    pub(super) places: Option<BufferId>,
    /// 1 in active cells, 0 elsewhere; nothing if all are active.
    pub(super) mask: Option<Slot>,
    /// Random numbers by stream: a buffer with one component, or one per axis or plaquette orientation.
    pub(super) draws: BTreeMap<u32, BufferId>,
    /// Uniform of each parameter.
    pub(super) parameters: Vec<UniformId>,
    /// Uniforms of each reduction.
    pub(super) totals: BTreeMap<Expr, TotalBinding>,
    /// Time.
    pub(super) time: Option<UniformId>,
    /// The Lyapunov exponent, where it is used.
    pub(super) lyapunov: Option<UniformId>,
}

/// Where the outcome of a reduction is found.
#[derive(Clone, Copy, Debug)]
pub(super) struct TotalBinding {
    pub(super) re: UniformId,
    pub(super) im: Option<UniformId>,
    /// By what to divide: the number of edges or plaquettes of a mean over them.
    pub(super) count: Option<UniformId>,
}

/// Which part of an expression with noise is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoisePart {
    /// The part without noise.
    Drift,
    /// The noise itself stands for its increments divided by dt.
    Increment,
}

/// Which component of a link value a site has.
fn component_of(site: Site) -> usize {
    match site.at {
        At::Link(axis) => axis.index(),
        At::Edge | At::Part(_) => 0,
        At::Cell | At::Face(_) | At::Triangle => unreachable!("components are link values"),
    }
}

/// Lowers expressions into one kernel.
pub(super) struct Lowering<'a> {
    pub(super) model: &'a Model,
    pub(super) bindings: &'a Bindings,
    pub(super) k: KernelBuilder,
    /// 1/sqrt(dt * cell volume), by which normal numbers become white noise.
    noise_scale: f64,
    noise: NoisePart,
    /// On a wall the coordinate across it is that of the wall.
    wall: Option<(Axis, f64)>,
    known: HashMap<(Expr, Site, bool), Lowered>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        model: &'a Model,
        bindings: &'a Bindings,
        precision: Precision,
        extent: Extent,
        noise_scale: f64,
    ) -> Self {
        let k = KernelBuilder::new(precision, extent);
        Self { model, bindings, k, noise_scale, noise: NoisePart::Drift, wall: None, known: HashMap::new() }
    }

    /// The expression without its noise.
    pub(super) fn drift(&mut self, expr: Expr, site: Site) -> Lowered {
        self.noise = NoisePart::Drift;
        let value = self.eval(expr, site);
        let label = self.model.label(expr);
        if let Lowered::Real(value) | Lowered::Complex(value, _) = value {
            self.k.label(value, label);
        }
        value
    }

    /// The part of the expression that is linear in its noise, or `None` if it has none.
    pub(super) fn noise_part(&mut self, expr: Expr, site: Site) -> Option<Lowered> {
        if !self.model.arena.draws(expr) {
            return None;
        }
        self.noise = NoisePart::Increment;
        let part = self.increment(expr, site);
        self.noise = NoisePart::Drift;
        Some(part)
    }

    /// b n of an expression a + b n with n its noise; `model::linear_noise` has checked the form.
    fn increment(&mut self, expr: Expr, site: Site) -> Lowered {
        use crate::model::{Binary, Unary};
        if !self.model.arena.draws(expr) {
            return self.zero();
        }
        match self.model.arena.node(expr).clone() {
            Node::Draw(..) => self.eval(expr, site),
            Node::Power(a, _) => self.increment(a, site), // the first power
            Node::Unary(function @ (Unary::Neg | Unary::Re | Unary::Im | Unary::Conj), a) => {
                let a = self.increment(a, site);
                number::unary(&mut self.k, function, a)
            }
            Node::Binary(function @ (Binary::Add | Binary::Sub), a, b) => {
                let (a, b) = (self.increment(a, site), self.increment(b, site));
                number::binary(&mut self.k, function, a, b)
            }
            Node::Binary(Binary::Mul, a, b) if self.model.arena.draws(a) => {
                let (a, b) = (self.increment(a, site), self.eval(b, site));
                number::mul(&mut self.k, a, b)
            }
            Node::Binary(Binary::Mul, a, b) => {
                let (a, b) = (self.eval(a, site), self.increment(b, site));
                number::mul(&mut self.k, a, b)
            }
            Node::Binary(Binary::Div, a, b) => {
                let (a, b) = (self.increment(a, site), self.eval(b, site));
                number::div(&mut self.k, a, b)
            }
            Node::Select(c, a, b) => {
                let c = self.eval(c, site).truth();
                let (a, b) = (self.increment(a, site), self.increment(b, site));
                number::select(&mut self.k, c, a, b)
            }
            Node::Components(all) => self.increment(all[component_of(site)], site),
            _ => unreachable!("the model checks that noise enters linearly"),
        }
    }

    /// Evaluates on a wall of the domain.
    pub(super) fn stand_on(&mut self, axis: Axis, side: Side) {
        let position = if side == Side::Low { 0.0 } else { self.model.grid.size_along(axis) };
        self.wall = Some((axis, position));
    }

    /// Reads other buffers from now on: a later stage, or the state again.
    pub(super) fn rebind(&mut self, bindings: &'a Bindings) {
        self.bindings = bindings;
        self.known.clear();
    }

    /// The value of an expression at a site.
    pub(super) fn eval(&mut self, expr: Expr, site: Site) -> Lowered {
        let ty = self.model.arena.ty(expr);
        let site = match ty.place {
            Place::Uniform => Site::cell(HERE),
            Place::Anywhere | Place::Cell | Place::Link | Place::Face => site,
        };
        let key = (expr, site, self.noise == NoisePart::Drift);
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let value = self.lower(expr, site);
        self.known.insert(key, value);
        value
    }

    fn lower(&mut self, expr: Expr, site: Site) -> Lowered {
        if let Some(&buffer) = self.bindings.materialized.get(&expr) {
            let complex = self.model.arena.ty(expr).number == crate::model::Number::Complex;
            return self.load(buffer, site, complex);
        }
        match self.model.arena.node(expr).clone() {
            Node::Literal(value) => Lowered::Real(self.k.constant(value)),
            Node::ImaginaryUnit => Lowered::Complex(self.k.constant(0.0), self.k.constant(1.0)),
            Node::Parameter(index) => Lowered::Real(self.k.uniform(self.bindings.parameters[index as usize])),
            Node::Time => Lowered::Real(match self.bindings.time {
                Some(time) => self.k.uniform(time),
                None => self.k.constant(0.0),
            }),
            Node::Coordinate(axis) => Lowered::Real(self.coordinate(axis, site)),
            Node::Field(index) => {
                let complex = self.model.fields[index as usize].kind == Kind::Complex;
                self.load(self.bindings.fields[index as usize], site, complex)
            }
            Node::Map(index) => {
                let buffer = self.bindings.maps[index as usize].expect("every map that is used has a buffer");
                let complex = self.model.maps[index as usize].kind == Kind::Complex;
                self.load(buffer, site, complex)
            }
            Node::Draw(draw, stream) => self.draw(draw, stream, site),
            Node::Lyapunov => {
                let exponent = self.bindings.lyapunov.expect("series are evaluated, and evaluations know it");
                Lowered::Real(self.k.uniform(exponent))
            }
            Node::Unary(function, a) => {
                let a = self.eval(a, site);
                number::unary(&mut self.k, function, a)
            }
            Node::Binary(function, a, b) => {
                let (a, b) = (self.eval(a, site), self.eval(b, site));
                number::binary(&mut self.k, function, a, b)
            }
            Node::Power(a, n) => {
                let a = self.eval(a, site);
                number::power(&mut self.k, a, n)
            }
            Node::Select(c, a, b) => {
                let (c, a, b) = (self.eval(c, site).truth(), self.eval(a, site), self.eval(b, site));
                number::select(&mut self.k, c, a, b)
            }
            Node::Components(all) => self.eval(all[component_of(site)], site),
            Node::Operator(operator, all) if self.model.grid.graph().is_some() => {
                self.graph_operator(operator, &all, site)
            }
            Node::Operator(operator, all) => self.operator(operator, &all, site),
            Node::Total(..) => {
                let bound = self.bindings.totals.get(&expr).copied().expect("every reduction that is used is bound");
                let re = self.k.uniform(bound.re);
                let sum = match bound.im {
                    Some(im) => Lowered::Complex(re, self.k.uniform(im)),
                    None => Lowered::Real(re),
                };
                match bound.count {
                    Some(count) => {
                        let count = Lowered::Real(self.k.uniform(count));
                        number::div(&mut self.k, sum, count)
                    }
                    None => sum,
                }
            }
        }
    }

    /// The values of a buffer: cells by their one component (two if complex), links and faces by theirs.
    pub(super) fn load(&mut self, buffer: BufferId, site: Site, complex: bool) -> Lowered {
        let first = match site.at {
            At::Cell | At::Edge | At::Triangle | At::Part(_) => 0,
            At::Link(axis) => axis.index(),
            At::Face(face) => face,
        };
        let slot = |component: usize| Slot { buffer, component: u32::try_from(component).expect("few components") };
        if complex {
            let re = self.read(slot(2 * first), site);
            return Lowered::Complex(re, self.read(slot(2 * first + 1), site));
        }
        Lowered::Real(self.read(slot(first), site))
    }

    /// A slot where a site is.
    pub(super) fn read(&mut self, slot: Slot, site: Site) -> Value {
        match site.at {
            At::Part(part) => self.k.fetch(slot, part),
            At::Cell | At::Link(_) | At::Face(_) | At::Edge | At::Triangle => self.k.load(slot, site.offset),
        }
    }

    fn draw(&mut self, draw: Draw, stream: u32, site: Site) -> Lowered {
        if draw == Draw::Noise && self.noise == NoisePart::Drift {
            return self.zero();
        }
        let buffer = self.bindings.draws[&stream];
        let normal = self.load(buffer, site, false);
        let scale = if draw == Draw::Noise { self.noise_scale } else { 1.0 };
        number::scale(&mut self.k, scale, normal)
    }

    /// Position of a site along an axis; a periodic axis wraps.
    fn coordinate(&mut self, axis: Axis, site: Site) -> Value {
        let grid = &self.model.grid;
        if grid.graph().is_some() {
            return self.place_on_map(axis.index(), site);
        }
        if let Some((_, position)) = self.wall.filter(|(across, _)| *across == axis) {
            return self.k.constant(position);
        }
        let inside = match site.at {
            At::Cell | At::Edge | At::Triangle | At::Part(_) => false,
            At::Link(along) => along == axis,
            At::Face(face) => {
                let (a, b) = super::site::plane(grid, face);
                a == axis || b == axis
            }
        };
        let index = self.index(axis, site.offset[axis.index()]);
        let half = self.k.constant(if inside { 1.0 } else { 0.5 });
        let spacing = self.k.constant(grid.spacing(axis));
        let centre = self.k.add(index, half);
        self.k.mul(centre, spacing)
    }

    /// Integer position of a displaced cell along an axis; a periodic axis wraps.
    fn index(&mut self, axis: Axis, cells: i8) -> Value {
        let here = self.k.index(axis);
        if cells == 0 {
            return here;
        }
        let shift = self.k.constant(f64::from(cells));
        let moved = self.k.add(here, shift);
        if self.model.grid.topology(axis) == Topology::Bounded {
            return moved;
        }
        let count = self.count(axis);
        let zero = self.k.constant(0.0);
        if cells < 0 {
            let (last, below) = (self.k.constant(count - 1.0), self.k.less(moved, zero));
            self.k.select(below, last, moved)
        } else {
            let count = self.k.constant(count);
            let inside = self.k.less(moved, count);
            self.k.select(inside, moved, zero)
        }
    }

    /// Number of cells along an axis.
    #[expect(clippy::cast_precision_loss, reason = "cells along an axis are far below 2^52")]
    pub(super) fn count(&self, axis: Axis) -> f64 {
        self.model.grid.cells_along(axis) as f64
    }
}
