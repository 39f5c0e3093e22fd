//! What is carried over: the complex field of a seed, and the texts from which donors and twins grow.
//!
//! In: a seed's text. Out: a [`Subject`]. The arms are edits of that text, so that each can be grown by anyone.
//! Invariants: the seed has no donor of its own; pairs are compared from the seed's own `stop` on, where it has
//! settled as its author thinks.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Backend, Batch};
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::math::arithmetic::Precision;
use crate::math::sum::reduce;
use crate::model::{Expr, Model, Node, Operator};
use crate::seed::{self, Entry, Observe, Seed, Text};
use crate::simulation::evaluator::Evaluator;
use crate::simulation::{Options, Simulation, grow_soil, read_seed};
use crate::soil::{Progress, Soil};
use crate::source::Source;
use crate::topology::persistence::components;
use crate::topology::{Connectivity, Filtration};

/// A seed, as this experiment sees it.
pub(super) struct Subject {
    pub(super) title: String,
    pub(super) text: String,
    file: String,
    folder: PathBuf,
    soil: Option<Soil>,
    /// The complex field that is followed.
    pub(super) field: String,
    /// The link value that carries it, if any.
    pub(super) frames: Option<String>,
    /// Its equation as written.
    equation: String,
    pub(super) rng_seed: u64,
    /// When pairs begin to be compared.
    pub(super) settled: f64,
    pub(super) dt: f64,
    pub(super) model: Model,
    /// Statistics that are compared.
    pub(super) statistics: Vec<Statistic>,
}

/// A number that tells what kind of field this is.
pub(super) struct Statistic {
    /// Its name in tables.
    pub(super) name: &'static str,
    /// What it is, for people.
    pub(super) title: &'static str,
    of: Measure,
}

/// How a statistic is made.
enum Measure {
    /// By an expression of the language.
    Series(String),
    /// Total persistence of |A| per cell: how deep all wells of |A| are together, each from its bottom to where it meets
    /// a deeper one (components of sublevel sets, Freudenthal's triangulation).
    Persistence,
}

impl Subject {
    /// Reads a seed; an error says what it lacks.
    pub(super) fn read(source: &Source, progress: &dyn Progress) -> Result<Self, Error> {
        let (seed, model, _) = read_seed(&source.text, &source.file)?;
        let wrong = |diagnostic: Diagnostic| Error::Seed {
            file: source.file.clone(),
            text: source.text.clone(),
            diagnostics: vec![diagnostic],
        };
        if let Some(donor) = &seed.donor {
            let message = "`transfer` grows donors of its own, and this seed has one";
            let note = "leave [donor] and the terms with `nudge` out of a copy of the seed; --block and --gain give what \
                        the fifth arm uses";
            return Err(wrong(Diagnostic::error(message).at(donor.span, "").note(note)));
        }
        let complex =
            |field: &&crate::model::Field| field.kind == Kind::Complex && !model.arena.is_zero(field.equation);
        let Some(field) = model.fields.iter().find(complex) else {
            let message =
                "`transfer` is about the phase and strength of a complex field, and this seed has none that evolves";
            let note = "such as `A = {type = \"complex\", ...}`; of the bundled seeds, `regrowing.toml` is small";
            return Err(wrong(Diagnostic::error(message).note(note)));
        };
        let (name, frames) = (field.name.clone(), frames_of(&model, field.expr, field.equation));
        let equation = seed.equations.iter().find(|entry| entry.name.value == name);
        let equation = equation.expect("every field has an equation").text.value.clone();
        let carried = frames.as_ref().map_or_else(|| "0".to_owned(), Clone::clone);
        let statistics = statistics(model.grid.axes(), &name, &carried);
        let soil = grow_soil(&seed, &source.folder, progress)?;
        let mut subject = Self {
            title: seed.title_or(&source.file),
            text: source.text.clone(),
            file: source.file.clone(),
            folder: source.folder.clone(),
            soil,
            field: name,
            frames,
            equation,
            rng_seed: seed.rng_seed,
            settled: seed.time.stop.value,
            dt: 0.0,
            model,
            statistics,
        };
        if subject.settled <= 0.0 {
            let note = "it tells how long the field takes to settle, after which twins are compared";
            return Err(wrong(
                Diagnostic::error("`transfer` needs a `stop` above 0").at(seed.time.stop.span, "").note(note),
            ));
        }
        subject.dt = subject.grow(&subject.text, &[], Precision::F64, None)?.simulation.dt();
        Ok(subject)
    }

    /// The text with some values replaced.
    pub(super) fn with(&self, edits: &[(&str, String)]) -> Result<String, Error> {
        let mut text = self.text.clone();
        for (key, value) in edits {
            text = seed::set(&text, key, value).map_err(|mistake| Error::Seed {
                file: self.file.clone(),
                text: text.clone(),
                diagnostics: vec![mistake],
            })?;
        }
        Ok(text)
    }

    /// Refuses a text that can't be grown, before anything is.
    pub(super) fn check(&self, text: &str) -> Result<(), Error> {
        read_seed(text, &self.file).map(|_| ())
    }

    /// The text with other random numbers.
    pub(super) fn reseeded(&self, rng_seed: u64) -> Result<String, Error> {
        self.with(&[("rng_seed", rng_seed.to_string())])
    }

    /// The edit by which the field listens to a donor from some time on: the term `gain*step(t - from)*nudge(A)`.
    pub(super) fn listening(&self, gain: f64, from: f64) -> (String, String) {
        let frames = self.frames.as_ref().map_or_else(String::new, |frames| format!(", {frames}"));
        let term = format!("{gain:?}*step(t - {from:?})*nudge({}{frames})", self.field);
        (format!("equations.{}", self.field), format!("{} + {term}", self.equation))
    }

    /// Grows a text with the statistics and `more` as its series; on a GPU by the name of its adapter.
    pub(super) fn grow(
        &self,
        text: &str,
        more: &[&str],
        precision: Precision,
        gpu: Option<&str>,
    ) -> Result<Specimen, Error> {
        let wrong = |diagnostics| Error::Seed { file: self.file.clone(), text: text.to_owned(), diagnostics };
        let mut seed = Seed::parse(text).map_err(wrong)?;
        let series = self.statistics.iter().filter_map(|statistic| match &statistic.of {
            Measure::Series(series) => Some(series.as_str()),
            Measure::Persistence => None,
        });
        let series = series.chain(more.iter().copied());
        let entry = |(at, series): (usize, &str)| {
            let literal = |value: &str| Text::from_literal(value.to_owned(), value, 0);
            Entry { name: literal(&format!("s{at}")), text: literal(series) }
        };
        seed.observe = Observe { series: series.enumerate().map(entry).collect(), ..Observe::default() };
        let mut found = Vec::new();
        let model = Model::from_seed(&seed, &mut found);
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        let Some(model) = model.filter(|_| found.is_empty()) else { return Err(wrong(found)) };
        let backend = if gpu.is_some() { Backend::Gpu } else { Backend::Cpu };
        let options = Options {
            backend: Some(backend),
            adapter: gpu.map(str::to_owned),
            threads: 1,
            precision,
            folder: self.folder.clone(),
            batch: Batch::default(),
        };
        let simulation = Simulation::grow(model, self.soil.clone(), &options)?;
        let model = simulation.model();
        let exprs: Vec<Expr> = model.observe.series.iter().map(|named| named.expr).collect();
        let position = model.fields.iter().position(|field| field.name == self.field).expect("the field is there");
        let evaluator = Evaluator::new(model, &exprs, simulation.dt(), 1)?;
        let asked = more.len();
        let persistence = self.statistics.iter().any(|statistic| matches!(statistic.of, Measure::Persistence));
        Ok(Specimen { simulation, evaluator, position, asked, persistence })
    }

    /// Steps in a time, at least one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates far beyond any run")]
    pub(super) fn steps(&self, time: f64) -> u64 {
        ((time / self.dt).round() as u64).max(1)
    }
}

/// A growing field, and what is measured of it.
pub(super) struct Specimen {
    pub(super) simulation: Simulation,
    evaluator: Evaluator,
    position: usize,
    /// How many series were asked for beside the statistics.
    asked: usize,
    persistence: bool,
}

/// What is measured of a specimen at one time.
pub(super) struct Measured {
    /// In the order of the subject's statistics.
    pub(super) statistics: Vec<f64>,
    /// What was asked for beside them.
    pub(super) asked: Vec<f64>,
}

impl Specimen {
    /// The field that is followed.
    pub(super) fn field(&mut self) -> Result<Field, Error> {
        Ok(self.simulation.fields()?[self.position].clone())
    }

    /// Statistics and series now.
    pub(super) fn measure(&mut self) -> Result<Measured, Error> {
        self.simulation.fields()?;
        let mut statistics = self.evaluator.numbers(&self.simulation.state())?;
        let asked = statistics.split_off(statistics.len() - self.asked);
        if self.persistence {
            let mask = self.simulation.ground().mask.clone();
            statistics.push(persistence(&self.field()?, mask.as_ref())?);
        }
        Ok(Measured { statistics, asked })
    }
}

/// The statistics of a complex field with its frames on a domain of some axes; defects are of planes and spaces, wells of
/// grids.
fn statistics(axes: usize, name: &str, carried: &str) -> Vec<Statistic> {
    let series = |name, title, series: String| Statistic { name, title, of: Measure::Series(series) };
    let mut all = vec![series("size", "mean |A|^2", format!("mean(abs2({name}))"))];
    if axes > 1 {
        all.push(series("defects", "defects", format!("defects({name}, {carried})")));
    }
    all.push(series("tension", "tension", format!("mean(tension({name}, {carried}))")));
    if axes > 0 {
        all.push(Statistic { name: "persistence", title: "persistence of |A|", of: Measure::Persistence });
    }
    all
}

/// Total persistence of |A| per cell.
fn persistence(field: &Field, mask: Option<&Field>) -> Result<f64, Error> {
    let grid = &field.grid;
    let (re, im) = (field.component(0), field.component(1));
    let alive = |cell: usize| mask.is_none_or(|mask| mask.values.get(cell) > 0.5);
    let size = |(cell, (re, im)): (usize, (&f64, &f64))| {
        if alive(cell) { (re * re + im * im).sqrt() } else { f64::NAN }
    };
    let sizes: Vec<f64> = re.iter().zip(&im).enumerate().map(size).collect();
    let axes = grid.axis_list();
    let shape: Vec<usize> = axes.iter().map(|&axis| grid.cells_along(axis)).collect();
    let periodic: Vec<bool> = axes.iter().map(|&axis| !grid.bounded(axis)).collect();
    let wells = components(&shape, &periodic, &sizes, Connectivity::Six, Filtration::Sublevel)
        .map_err(|why| Error::Input(why.to_string()))?;
    let depths: Vec<f64> = wells.iter().filter_map(|well| Some(well.death? - well.birth)).collect();
    Ok(reduce(&depths, |depth| *depth) / grid.cells() as f64)
}

/// The link value through which an equation carries its field: the first that is named.
fn frames_of(model: &Model, field: Expr, equation: Expr) -> Option<String> {
    let found = std::cell::RefCell::new(None);
    let look = |node: &Node| {
        let carrier = match node {
            Node::Operator(Operator::Laplacian, all) if all[0] == field => Some(all[1]),
            Node::Operator(Operator::DivGrad, all) if all[1] == field => Some(all[2]),
            _ => None,
        };
        let name = carrier.and_then(|carrier| match model.arena.node(carrier) {
            Node::Field(index) => Some(model.fields[*index as usize].name.clone()),
            Node::Map(index) => Some(model.maps[*index as usize].name.clone()),
            _ => None,
        });
        let is_found = name.is_some();
        if is_found {
            *found.borrow_mut() = name;
        }
        is_found
    };
    model.arena.any(equation, &look);
    found.into_inner()
}

/// Distance of two complex fields up to a global phase: min over p of |A - e^(ip) B| / |A|.
pub(super) fn distance(a: &Field, b: &Field) -> f64 {
    let cells = a.grid.cells();
    let (a, b) = (a.values.to_f64(), b.values.to_f64());
    let value = |of: &[f64], cell: usize| (of[cell], of[cells + cell]);
    let all: Vec<usize> = (0..cells).collect();
    let overlap =
        |part: fn((f64, f64), (f64, f64)) -> f64| reduce(&all, |&cell| part(value(&b, cell), value(&a, cell)));
    // e^(ip) makes the sum of conj(B) A positive.
    let (re, im) = (overlap(|b, a| b.0 * a.0 + b.1 * a.1), overlap(|b, a| b.0 * a.1 - b.1 * a.0));
    let size = (re * re + im * im).sqrt();
    let (cos, sin) = if size > 0.0 { (re / size, im / size) } else { (1.0, 0.0) };
    let apart = reduce(&all, |&cell| {
        let ((x, y), (u, v)) = (value(&a, cell), value(&b, cell));
        let (dx, dy) = (x - (cos * u - sin * v), y - (cos * v + sin * u));
        dx * dx + dy * dy
    });
    (apart / reduce(&a, |value| value * value)).sqrt()
}
