//! Measures a state: evaluates expressions of the language over given field values, in f64 on the CPU.
//!
//! In: expressions of a Model, and a [`State`]. Out: fields for what varies in space, numbers for what does not.
//! Invariant: a measured number is right to f64 rounding of the stored values, whatever back end they came from.

use std::collections::BTreeMap;

use crate::discretize::{Evaluation, Given, constant, evaluation_program, graph_maps, reductions};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Origin};
use crate::error::Error;
use crate::field::{Field, Values};
use crate::math::rng;
use crate::math::sum::pairwise;
use crate::model::{Draw, Expr, Model};
use crate::program::{Buffer, Reduction};

/// Everything that expressions can refer to, at one step.
#[derive(Clone, Debug)]
pub struct State<'a> {
    /// The step, from which time follows.
    pub step: u64,
    /// Length of a step: that with which evaluators are compiled.
    pub dt: f64,
    /// Where time is counted from.
    pub origin: Origin,
    /// Values of the fields, in the order of the seed; may be empty if no expression uses one.
    pub fields: &'a [Field],
    /// Values of the maps by position; `None` where a map is not used.
    pub maps: &'a [Option<Field>],
    /// 1 in active cells, else 0.
    pub mask: Option<&'a Field>,
    /// Counts changes of maps and mask.
    pub ground: u64,
    /// Values of the parameters, in the order of the seed.
    pub parameters: &'a [f64],
    /// The largest Lyapunov exponent as far as it is known; not a number where it is not.
    pub lyapunov: f64,
}

impl<'a> State<'a> {
    /// Step 0 without fields: what initial values and masks can refer to.
    pub(super) fn initial(maps: &'a [Option<Field>], parameters: &'a [f64]) -> Self {
        let origin = Origin::default();
        Self { step: 0, dt: 1.0, origin, fields: &[], maps, mask: None, ground: 0, parameters, lyapunov: f64::NAN }
    }

    /// Time of the state.
    pub fn time(&self) -> f64 {
        self.origin.time_of(self.step, 0.0, self.dt)
    }
}

/// One measured expression.
#[derive(Clone, Debug)]
pub enum Measured {
    /// It varies in space.
    Field(Field),
    /// It is the same everywhere.
    Number(f64),
}

/// Compiled expressions, ready to be measured again and again.
pub struct Evaluator {
    model: Model,
    exprs: Vec<Expr>,
    evaluation: Evaluation,
    engine: CpuEngine,
    /// The maps and mask that it has, as counted by [`State::ground`].
    given: Option<u64>,
}

impl Evaluator {
    /// Compiles expressions.
    pub fn new(model: &Model, exprs: &[Expr], dt: f64, threads: usize) -> Result<Self, Error> {
        Self::compile(model, exprs, dt, threads, false)
    }

    /// Compiles expressions that are wanted as fields even where they are the same everywhere.
    pub fn for_fields(model: &Model, exprs: &[Expr], dt: f64, threads: usize) -> Result<Self, Error> {
        Self::compile(model, exprs, dt, threads, true)
    }

    fn compile(model: &Model, exprs: &[Expr], dt: f64, threads: usize, spread: bool) -> Result<Self, Error> {
        let evaluation = evaluation_program(model, exprs, dt, spread);
        let engine = CpuEngine::new(evaluation.program.clone(), threads)?;
        Ok(Self { model: model.clone(), exprs: exprs.to_vec(), evaluation, engine, given: None })
    }

    /// The expressions' values in a state, in their order.
    pub fn measure(&mut self, state: &State<'_>) -> Result<Vec<Measured>, Error> {
        self.give(state)?;
        let totals = self.totals(state)?;
        if self.evaluation.outputs.iter().any(Option::is_some) {
            self.engine.advance(state.step, 1)?;
        }
        let mut measured = Vec::new();
        for (&expr, output) in self.exprs.iter().zip(&self.evaluation.outputs) {
            measured.push(match output {
                Some(buffer) => {
                    let values = self.engine.read(*buffer)?;
                    let kind = self.evaluation.program.buffer(*buffer).kind;
                    let grid = self.model.grid.clone();
                    Measured::Field(Field { name: self.model.label(expr), kind, grid, values })
                }
                None => {
                    let total = |expr: Expr| totals.get(&expr).copied().expect("every reduction was computed");
                    let given = Given { time: state.time(), parameters: state.parameters, lyapunov: state.lyapunov };
                    let number = constant(&self.model, expr, given, &total);
                    Measured::Number(number.expect("a uniform expression folds to a number"))
                }
            });
        }
        Ok(measured)
    }

    /// The same, for expressions that all are fields.
    pub fn fields(&mut self, state: &State<'_>) -> Result<Vec<Field>, Error> {
        let measured = self.measure(state)?.into_iter();
        Ok(measured
            .map(|measured| match measured {
                Measured::Field(field) => field,
                Measured::Number(_) => unreachable!("compiled with `for_fields`"),
            })
            .collect())
    }

    /// The same, for expressions that all are numbers.
    pub fn numbers(&mut self, state: &State<'_>) -> Result<Vec<f64>, Error> {
        let measured = self.measure(state)?.into_iter();
        Ok(measured
            .map(|measured| match measured {
                Measured::Number(number) => number,
                Measured::Field(_) => unreachable!("a series is uniform"),
            })
            .collect())
    }

    /// Writes the inputs into the engine.
    fn give(&mut self, state: &State<'_>) -> Result<(), Error> {
        let wide = |field: &Field| Values::F64(field.values.to_f64());
        for (buffer, field) in self.evaluation.fields.iter().zip(state.fields) {
            if let Some(buffer) = buffer {
                self.engine.write(*buffer, &wide(field))?;
            }
        }
        for (index, &value) in state.parameters.iter().enumerate() {
            let id = self.evaluation.program.parameter_named(&self.model.parameters[index].name);
            self.engine.set_parameter(id.expect("every parameter is a uniform"), value);
        }
        if let Some(exponent) = self.evaluation.lyapunov {
            self.engine.set_parameter(exponent, state.lyapunov);
        }
        self.engine.set_origin(state.origin);
        if self.given.replace(state.ground) == Some(state.ground) {
            return Ok(()); // random numbers never change, maps and mask did not
        }
        for (buffer, map) in self.evaluation.maps.iter().zip(state.maps) {
            if let (Some(buffer), Some(map)) = (buffer, map) {
                self.engine.write(*buffer, &wide(map))?;
            }
        }
        if let (Some(buffer), Some(mask)) = (self.evaluation.mask, state.mask) {
            self.engine.write(buffer, &wide(mask))?;
        }
        for (name, values) in graph_maps(&self.model.grid) {
            if let Some(buffer) = self.evaluation.program.buffer_named(name) {
                self.engine.write(buffer, &Values::F64(values))?;
            }
        }
        for &(buffer, draw, first_stream) in &self.evaluation.draws {
            let Buffer { components, extent, .. } = *self.evaluation.program.buffer(buffer);
            let sites = self.evaluation.program.extent_cells(extent);
            let values = drawn(draw, self.model.rng_seed, first_stream, components, sites);
            self.engine.write(buffer, &values)?;
        }
        Ok(())
    }

    /// Computes all reductions, inner ones first; each round makes those right whose arguments were right before it.
    fn totals(&mut self, state: &State<'_>) -> Result<BTreeMap<Expr, (f64, f64)>, Error> {
        let mut totals = BTreeMap::new();
        let rounds = rounds(&self.model, &self.exprs);
        for _ in 0..rounds {
            self.engine.advance(state.step, 1)?;
            let mut parts: BTreeMap<Expr, Vec<f64>> = BTreeMap::new();
            for total in self.evaluation.totals.clone() {
                let values = self.engine.read(total.source.buffer)?.to_f64();
                let program = &self.evaluation.program;
                let sites = program.extent_cells(program.buffer(total.source.buffer).extent);
                let component = total.source.component as usize;
                let values = &values[component * sites..(component + 1) * sites];
                let mask = state.mask.filter(|_| total.masked);
                let value = combine(values, total.reduction, mask);
                self.engine.set_parameter(total.parameter, value);
                parts.entry(total.total).or_default().push(value);
            }
            for (total, parts) in parts {
                totals.insert(total, whole(&self.model, total, &parts));
            }
        }
        Ok(totals)
    }
}

/// Real and imaginary part from the parts that were combined: over links and faces, the last part of a mean is a count.
fn whole(model: &Model, total: Expr, parts: &[f64]) -> (f64, f64) {
    let complex = model.arena.ty(total).number == crate::model::Number::Complex;
    let components = if complex { 2 } else { 1 };
    let count = if parts.len() > components { parts[components].max(1.0) } else { 1.0 };
    (parts[0] / count, if complex { parts[1] / count } else { 0.0 })
}

/// How many reductions stand inside one another.
fn rounds(model: &Model, exprs: &[Expr]) -> usize {
    let mut nesting: BTreeMap<Expr, usize> = BTreeMap::new();
    for total in reductions(model, exprs) {
        // Inner ones come first.
        let inner = reductions(model, &model.arena.arguments(total));
        let deepest = inner.iter().map(|inner| nesting[inner]).max().unwrap_or(0);
        nesting.insert(total, deepest + 1);
    }
    nesting.into_values().max().unwrap_or(0)
}

/// Combines the active values, rows pairwise and then the rows; over none at all, every reduction is 0.
fn combine(values: &[f64], reduction: Reduction, mask: Option<&Field>) -> f64 {
    let kept: Vec<f64>;
    let active: &[f64] = match mask {
        None => values,
        Some(mask) => {
            let alive = |index: usize| mask.values.get(index) > 0.5;
            kept = values.iter().enumerate().filter(|(index, _)| alive(*index)).map(|(_, &value)| value).collect();
            &kept
        }
    };
    if active.is_empty() {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "cells are far below 2^52")]
    let count = active.len() as f64;
    match reduction {
        Reduction::Sum => pairwise(active),
        Reduction::Mean => pairwise(active) / count,
        Reduction::Min => {
            active.iter().copied().fold(f64::INFINITY, |least, value| if value < least { value } else { least })
        }
        Reduction::Max => {
            active.iter().copied().fold(f64::NEG_INFINITY, |most, value| if most < value { value } else { most })
        }
        Reduction::Std => {
            let mean = pairwise(active) / count;
            let squares: Vec<f64> = active.iter().map(|value| (value - mean) * (value - mean)).collect();
            (pairwise(&squares) / count).sqrt()
        }
    }
}

/// Random numbers of an initial value, in f64.
fn drawn(draw: Draw, rng_seed: u64, first_stream: u32, components: u32, cells: usize) -> Values {
    let mut all = vec![0.0; cells * components as usize];
    for (component, values) in all.chunks_mut(cells.max(1)).enumerate() {
        let stream = first_stream + u32::try_from(component).expect("few components");
        let identity = rng::Draw { rng_seed, stream, step: 0 };
        match draw {
            Draw::Uniform => rng::fill_uniform_f64(values, 0, identity),
            Draw::Normal | Draw::Noise => rng::fill_normal_f64(values, 0, identity),
        }
    }
    Values::F64(all)
}
