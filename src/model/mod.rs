//! The model: what a seed means. Complete and well typed, with no spacing and no step.
//!
//! In: a [`Seed`]. Out: a [`Model`] whose every name is resolved and every expression has a type, or all mistakes at
//! once, each with its place in the seed. Invariant: each field has one equation, one initial value and one condition
//! per wall; only [`Model::from_seed`] makes a Model.

mod check;
mod domain;
mod donor;
mod exponential;
mod expr;
mod fields;
mod functions;
mod linear_noise;
mod maps;
mod names;
mod observe;
mod parse;
mod show;
mod split;
mod syntax;
mod token;
mod walls;

pub use domain::{GraphSource, Mask};
pub use donor::{Frames, Nudge, mismatches};
pub use expr::{Arena, Binary, Draw, Expr, Node, Number, Operator, Place, Total, Type, Unary};
pub use fields::Field;
pub use maps::{Map, MapSource, SoilMap};
pub use observe::Observe;
pub use split::{FieldSplit, Term, split};
pub use walls::Wall;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span};
use crate::field::Kind;
use crate::graph::Graph;
use crate::grid::Grid;
use crate::math::arithmetic::Precision;
use crate::seed::{self, Seed, Spanned};
use check::{Checker, Derived};

/// What a seed means.
#[derive(Clone, Debug)]
pub struct Model {
    /// All expressions.
    pub arena: Arena,
    /// Where the fields live. A graph has no nodes until the model is [grounded](Model::ground).
    pub grid: Grid,
    /// What a graph is made of; `None` on a grid.
    pub graph: Option<GraphSource>,
    /// Points of the two-dimensional Laplacian.
    pub stencil: seed::Stencil,
    /// Which cells are alive; all of them if `None`.
    pub mask: Option<Mask>,
    /// Key of all random numbers.
    pub rng_seed: u64,
    /// Named numbers.
    pub parameters: Vec<Parameter>,
    /// Given fields that the expressions use.
    pub maps: Vec<Map>,
    /// What evolves.
    pub fields: Vec<Field>,
    /// Algebraic fields.
    pub derived: Vec<Named>,
    /// Another field that is grown alongside.
    pub donor: Option<seed::Donor>,
    /// Scheme, step and duration.
    pub time: Time,
    /// What is written down.
    pub observe: Observe,
    /// Where the seed has numbers that binary32 does not hold.
    wide: Vec<Span>,
}

/// A name and its expression.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The expression.
    pub expr: Expr,
}

/// A named number.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The least value worth trying.
    pub min: Option<f64>,
    /// The greatest value worth trying.
    pub max: Option<f64>,
    /// What it does.
    pub doc: Option<String>,
}

/// Scheme, step and duration.
#[derive(Clone, Debug)]
pub struct Time {
    /// The integrator.
    pub scheme: seed::Scheme,
    /// The step; `None` for `"auto"`.
    pub dt: Option<f64>,
    /// Duration.
    pub stop: f64,
    /// How noise coefficients are taken.
    pub noise: seed::Noise,
}

/// What [`Model::from_seed`] gives: the model unless there are errors, and all findings.
#[derive(Debug)]
pub struct Reading {
    /// The model, if there is no error.
    pub model: Option<Model>,
    /// Errors and warnings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Model {
    /// Reads a seed's text: structure, names, types.
    pub fn from_text(text: &str) -> Reading {
        let (seed, mut diagnostics) = Seed::parse_recoverable(text);
        let model = seed.as_ref().and_then(|seed| Self::from_seed(seed, &mut diagnostics));
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        let wrong = diagnostics.iter().any(|found| found.severity == crate::diagnostic::Severity::Error);
        Reading { model: model.filter(|_| !wrong), diagnostics }
    }

    /// The numbers of the seed that are not finite in a precision, as mistakes.
    pub fn not_finite_in(&self, precision: Precision) -> Vec<Diagnostic> {
        let wide: &[Span] = if precision == Precision::F32 { &self.wide } else { &[] };
        let found = wide.iter().map(|&span| {
            Diagnostic::error("this number is not finite in f32, the precision of the run")
                .at(span, format!("the largest is {:.1e}", precision.largest()))
                .note("`--precision f64` holds it, on the CPU back end")
        });
        found.collect()
    }

    /// Every expression that is evaluated during a run.
    pub fn roots(&self) -> Vec<Expr> {
        let fields = self.fields.iter().flat_map(|field| field.initial.iter().copied().chain([field.equation]));
        let mask = self.mask.iter().filter_map(|mask| match mask {
            Mask::Expression(expr) => Some(*expr),
            Mask::File(_) => None,
        });
        let observe = &self.observe;
        let named = observe.series.iter().chain(&observe.images).chain(&observe.arrays).map(|named| named.expr);
        fields.chain(mask).chain(named).collect()
    }

    /// Whether anything that is evaluated depends on the soil.
    pub fn uses_soil(&self) -> bool {
        self.uses_map(|source| matches!(source, MapSource::Soil(_)))
    }

    /// Whether anything that is evaluated depends on the angles between the soil's frames.
    pub fn uses_frames(&self) -> bool {
        self.uses_map(|source| matches!(source, MapSource::Soil(SoilMap::Frame)))
    }

    fn uses_map(&self, wanted: impl Fn(&MapSource) -> bool) -> bool {
        let is_wanted = |map: u32| wanted(&self.maps[map as usize].source);
        let asked = |node: &Node| matches!(node, Node::Map(map) if is_wanted(*map));
        let heard = |frames: Frames| matches!(frames, Frames::Map(map) if is_wanted(map));
        self.roots().into_iter().any(|root| self.arena.any(root, &asked))
            || self.nudges().any(|(_, nudge)| nudge.frames.is_some_and(heard))
    }

    /// A link value from one expression for all axes, or one per axis.
    pub fn components(&mut self, exprs: &[Expr]) -> Expr {
        let components = Kind::Link.components(&self.grid);
        let all = (0..components).map(|axis| *exprs.get(axis).unwrap_or(&exprs[0])).collect();
        self.arena.add(Node::Components(all), Type { number: Number::Real, place: Place::Link })
    }

    /// Puts the model onto its graph, whose map is that wide and high.
    pub fn ground(&mut self, graph: Arc<Graph>, size: [f64; 2]) {
        self.grid = Grid::of_graph(graph, size);
    }

    /// Whether anything that is evaluated is a value of triangles.
    pub fn uses_faces(&self) -> bool {
        (0..self.arena.len()).any(|expr| {
            let expr = Expr(u32::try_from(expr).expect("fewer than 2^32 expressions"));
            self.arena.ty(expr).place == Place::Face
        })
    }

    /// Resolves names, types the expressions, checks that the system is complete. `None` if something is missing that
    /// a model can't do without; every mistake is added to `diagnostics`.
    pub fn from_seed(seed: &Seed, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let grid = domain::grid(seed, diagnostics)?;
        let mut checker = Checker {
            arena: Arena::default(),
            diagnostics: vec![],
            names: names::of(seed),
            derived: seed.derived.iter().map(|entry| Derived::Unread(entry.text.clone())).collect(),
            maps: maps::of(seed),
            donor: seed.donor.is_some(),
            axes: if grid.graph().is_some() { 2 } else { grid.axes() },
            graph: grid.graph().is_some(),
            draws: 0,
            nesting: 0,
            wide: vec![],
        };
        let model = read(seed, grid, &mut checker);
        let model = model.filter(|model| exponential::check(seed, model, &mut checker.diagnostics));
        let model = model.filter(|model| donor::check(seed, model, &mut checker.diagnostics));
        diagnostics.append(&mut checker.diagnostics);
        model
    }
}

fn read(seed: &Seed, grid: Grid, checker: &mut Checker) -> Option<Model> {
    let largest = Precision::F32.largest();
    let beyond = seed.parameters.iter().map(|parameter| parameter.value).filter(|value| value.value.abs() > largest);
    checker.wide.extend(beyond.map(|value| value.span));
    let derived: Vec<_> = (0..seed.derived.len()).map(|index| (index, checker.derived(index))).collect();
    let fields: Vec<_> = (0..seed.fields.len()).map(|index| fields::read(seed, index, &grid, checker)).collect();
    fields::unknown_equations(seed, checker);
    walls::unknown_fields(seed, checker);
    let mask = seed.domain.mask.as_ref().map(|mask| domain::read_mask(mask, checker));
    let observe = observe::read(seed, checker);
    let complete = checker.diagnostics.is_empty();

    let derived = derived
        .into_iter()
        .map(|(index, expr)| Some(Named { name: seed.derived[index].name.value.clone(), expr: expr? }))
        .collect::<Option<_>>()?;
    let fields = fields.into_iter().collect::<Option<_>>()?;
    let model = Model {
        mask: mask.map_or(Some(None), |mask| mask.map(Some))?,
        observe: observe?,
        stencil: seed.domain.stencil.value,
        rng_seed: seed.rng_seed,
        parameters: seed.parameters.iter().map(parameter).collect(),
        maps: std::mem::take(&mut checker.maps),
        donor: seed.donor.clone(),
        time: time(seed),
        graph: domain::graph_source(seed),
        arena: std::mem::take(&mut checker.arena),
        wide: std::mem::take(&mut checker.wide),
        grid,
        derived,
        fields,
    };
    if complete {
        walls::unused(seed, &model, checker);
    }
    Some(model)
}

fn parameter(parameter: &seed::Parameter) -> Parameter {
    Parameter {
        name: parameter.name.value.clone(),
        value: parameter.value.value,
        min: parameter.min.map(|bound| bound.value),
        max: parameter.max.map(|bound| bound.value),
        doc: parameter.doc.as_ref().map(|doc| doc.value.clone()),
    }
}

fn time(seed: &Seed) -> Time {
    Time {
        scheme: seed.time.scheme.value,
        dt: match seed.time.dt {
            seed::TimeStep::Fixed(Spanned { value, .. }) => Some(value),
            seed::TimeStep::Auto(_) => None,
        },
        stop: seed.time.stop.value,
        noise: seed.time.noise.value,
    }
}
