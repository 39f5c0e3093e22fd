//! What is measured in every run beside the seed's own series.
//!
//! In: measures as the experiment names them. Out: a seed's text with what they need written into it (an expression
//! becomes one more series, a field to analyse one more derived field), and after the run named numbers: columns of
//! `runs.parquet`. Invariant: what a measure needs of a seed stands in the run's own text, so that a run is known by its
//! text, its soil and the version of the program.
//!
//! | kind | columns |
//! |---|---|
//! | an expression | those of a series: `NAME_final`, `NAME_mean`, `NAME_rate`, `NAME_min`, `NAME_max` |
//! | `energy` | the same of `NAME_local`, `NAME_tension`, ..., `NAME_total` |
//! | `defects` | `NAME_density`, `NAME_lifetime`, `NAME_births` |
//! | `groups` | `NAME`: stability of the groups of notes |
//! | `spectrum` | `NAME_peak`, `NAME_wavenumber` (mean), and the whole of it in `spectra.parquet` |
//! | `correlation` | `NAME`: the correlation length at the end |
//! | `onset` | `NAME`: the gain at which coherence begins on a graph, from its frames |
//! | `events` | `NAME`: distance of the event log from that of the same repeat at other values |

pub mod defects;
pub mod energy;
pub mod events;
pub mod groups;
pub mod onset;
pub mod spectrum;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::grid::Axis;
use crate::model::Model;
use crate::output::tables::Event;
use crate::run::history::History;
use crate::seed;
use crate::simulation::Simulation;
use crate::simulation::evaluator::Evaluator;
use events::{Bins, Log};

/// Something to measure, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The name, with which its columns begin.
    pub name: String,
    /// What it is.
    pub what: What,
}

/// What can be measured.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// An expression, as one more series.
    Series(String),
    /// The energy by part.
    Energy(energy::Parts),
    /// Density and life time of defects.
    Defects,
    /// Stability of the groups of notes.
    Groups,
    /// Radial power spectrum of an expression at the end.
    Spectrum(String),
    /// Correlation length of an expression at the end.
    Correlation(String),
    /// The lowest eigenvalue of a graph's connection Laplacian with the frames of an expression.
    Onset(String),
    /// Distance of the event log from the same repeat at other values of some keys.
    Events {
        /// Width of a time bin; the interval of observation unless given.
        time: Option<f64>,
        /// Squares along each axis.
        squares: usize,
        /// The values to compare with.
        to: Vec<(String, String)>,
    },
}

impl Measure {
    /// Writes what the measure needs into a seed's text.
    pub(super) fn prepare(&self, text: &str) -> Result<String, Diagnostic> {
        let series = |text: &str, name: &str, expression: &str| {
            seed::add(text, &["observe", "series", name], &quoted(expression))
        };
        match &self.what {
            What::Series(expression) => series(text, &self.name, expression),
            What::Energy(parts) => parts.series().into_iter().try_fold(text.to_owned(), |text, (part, expression)| {
                series(&text, &format!("{}_{part}", self.name), &expression)
            }),
            What::Spectrum(of) | What::Correlation(of) | What::Onset(of) => {
                seed::add(text, &["derived", &self.name], &quoted(of))
            }
            What::Defects | What::Groups | What::Events { .. } => Ok(text.to_owned()),
        }
    }

    /// Whether a model has what the measure needs.
    pub(super) fn check(&self, model: &Model) -> Result<(), String> {
        let plane = || match model.grid.axes() {
            2 => Ok(()),
            _ => Err(format!("`{}` follows phase defects, which only a grid of two axes has", self.name)),
        };
        match &self.what {
            What::Series(_) | What::Energy(_) => Ok(()),
            What::Defects | What::Events { .. } => plane(),
            What::Onset(_) if model.grid.axes() == 0 => Ok(()),
            What::Onset(_) => Err(format!("`{}` is told for graphs: [domain] kind = \"graph\"", self.name)),
            What::Groups if (1..=2).contains(&model.grid.axes()) => Ok(()),
            What::Groups => Err(format!("`{}` needs a grid of one or two axes", self.name)),
            What::Spectrum(_) | What::Correlation(_) if model.grid.axes() == 0 => {
                Err(format!("`{}` needs a grid: a graph has no wavenumbers and no distances", self.name))
            }
            What::Spectrum(_) | What::Correlation(_) => {
                spectrum::check(&model.grid).map_err(|why| format!("`{}`: {why}", self.name))
            }
        }
    }

    /// Whether the history of defects and regions has to be followed.
    fn needs_history(&self) -> bool {
        matches!(self.what, What::Defects | What::Groups | What::Events { .. })
    }

    /// What a run's key has to tell of the measure; empty where the run's own text tells all.
    pub(super) fn mark(&self) -> String {
        match &self.what {
            What::Defects => "defects".into(),
            What::Groups => "groups".into(),
            What::Spectrum(_) => "spectrum".into(),
            What::Correlation(_) => "correlation".into(),
            What::Onset(_) => "onset".into(),
            What::Events { time, squares, .. } => format!("events {time:?} {squares}"),
            What::Series(_) | What::Energy(_) => String::new(),
        }
    }
}

/// As a TOML string.
fn quoted(text: &str) -> String {
    // JSON's escapes of quotes, backslashes and control characters are TOML's too.
    serde_json::to_string(text).expect("a text is JSON")
}

/// A spectrum as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The measure.
    pub(super) name: String,
    /// Distance of the shells.
    pub(super) spacing: super::record::Exact,
    /// Power of each shell.
    pub(super) power: Vec<super::record::Exact>,
}

/// What the measures of one run found.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) columns: Vec<(String, f64)>,
    pub(super) spectra: Vec<Kept>,
    /// Event logs, by name of the measure.
    pub(super) logs: Vec<(String, Log)>,
}

/// Follows one run.
pub(super) struct Observer<'m> {
    measures: &'m [Measure],
    history: Option<History>,
    defects: Vec<(f64, usize)>,
    groups: Vec<(f64, groups::Membership)>,
}

impl<'m> Observer<'m> {
    pub(super) fn new(measures: &'m [Measure], simulation: &Simulation, threads: usize) -> Result<Self, Error> {
        let needed = measures.iter().any(Measure::needs_history);
        let history = if needed { History::new(simulation, threads)? } else { None };
        for measure in measures.iter().filter(|measure| measure.needs_history()) {
            let follows = match measure.what {
                What::Groups => simulation.soil().is_some() && history.is_some(),
                _ => history.as_ref().is_some_and(History::has_defects),
            };
            if !follows {
                let what = if measure.what == What::Groups { "notes: a [soil]" } else { "a complex field with frames" };
                let help = "write defects(A, theta) as a series to say which field is meant";
                let name = &measure.name;
                return Err(Error::Input(format!("`{name}` needs {what} in the seed\n  = help: {help}")));
            }
        }
        Ok(Self { measures, history, defects: vec![], groups: vec![] })
    }

    /// Looks at the present state; [`Simulation::fields`] has been called.
    pub(super) fn observe(&mut self, simulation: &Simulation) -> Result<(), Error> {
        let Some(history) = &mut self.history else { return Ok(()) };
        history.observe(&simulation.state())?;
        self.defects.push((simulation.time(), history.defects()));
        if self.measures.iter().any(|measure| measure.what == What::Groups) {
            let membership = history.readings.notes().iter().map(|note| note.group).collect();
            self.groups.push((simulation.time(), membership));
        }
        Ok(())
    }

    /// What was found, at the end of a run whose interval of observation is `every`.
    pub(super) fn finish(self, simulation: &mut Simulation, threads: usize, every: f64) -> Result<Found, Error> {
        let mut found = Found::default();
        let events: &[Event] = self.history.as_ref().map_or(&[], |history| &history.events);
        for measure in self.measures {
            let name = &measure.name;
            match &measure.what {
                What::Series(_) | What::Energy(_) => {}
                What::Defects => {
                    let lives = defects::lives(&self.defects, events, area(simulation));
                    for (part, value) in
                        [("density", lives.density), ("lifetime", lives.lifetime), ("births", lives.births)]
                    {
                        found.columns.push((format!("{name}_{part}"), value));
                    }
                }
                What::Groups => found.columns.push((name.clone(), groups::stability(&self.groups))),
                What::Events { time, squares, .. } => {
                    let grid = &simulation.model().grid;
                    let size = [grid.size_along(Axis::X), grid.size_along(Axis::Y)];
                    let bins = Bins { time: time.unwrap_or(every), squares: *squares, size };
                    found.logs.push((name.clone(), bins.log(events)));
                }
                What::Spectrum(_) => {
                    let [re, im] = analysed(name, simulation, threads)?;
                    let spectrum = spectrum::radial(&simulation.model().grid, &re, &im).map_err(refused)?;
                    found.columns.push((format!("{name}_peak"), spectrum.peak()));
                    found.columns.push((format!("{name}_wavenumber"), spectrum.mean()));
                    let power = spectrum.power.into_iter().map(super::record::Exact).collect();
                    let spacing = super::record::Exact(spectrum.spacing);
                    found.spectra.push(Kept { name: name.clone(), spacing, power });
                }
                What::Onset(_) => {
                    let frames = derived(name, simulation, threads)?;
                    if frames.kind != Kind::Link {
                        let help = "such as frames = \"soil.frame\"";
                        return Err(Error::Input(format!("`{name}` needs an angle per edge\n  = help: {help}")));
                    }
                    found.columns.push((name.clone(), onset::onset(&frames)?));
                }
                What::Correlation(_) => {
                    let [re, im] = analysed(name, simulation, threads)?;
                    let length = spectrum::correlation_length(&simulation.model().grid, &re, &im).map_err(refused)?;
                    found.columns.push((name.clone(), length));
                }
            }
        }
        Ok(found)
    }
}

fn refused(why: crate::math::fft::FftError) -> Error {
    Error::Input(why.to_string())
}

/// The area where the field is alive.
fn area(simulation: &Simulation) -> f64 {
    let grid = &simulation.model().grid;
    let active = match &simulation.ground().mask {
        None => grid.cells(),
        Some(mask) => (0..grid.cells()).filter(|&cell| mask.values.get(cell) > 0.5).count(),
    };
    active as f64 * grid.cell_volume()
}

/// A derived field in the present state.
fn derived(name: &str, simulation: &mut Simulation, threads: usize) -> Result<Field, Error> {
    simulation.fields()?;
    let model = simulation.model();
    let derived = model.derived.iter().find(|derived| derived.name == name).expect("it was written into the text");
    let mut evaluator = Evaluator::for_fields(model, &[derived.expr], simulation.dt(), threads)?;
    Ok(evaluator.fields(&simulation.state())?.remove(0))
}

/// The real and imaginary values of a derived field in the present state, 0 in inert cells.
fn analysed(name: &str, simulation: &mut Simulation, threads: usize) -> Result<[Vec<f64>; 2], Error> {
    let field = derived(name, simulation, threads)?;
    let mut parts = match field.kind {
        Kind::Complex => [field.component(0), field.component(1)],
        Kind::Real => [field.component(0), vec![0.0; field.grid.cells()]],
        Kind::Link | Kind::Face => {
            let help = "take at_cells(...) of links and faces";
            return Err(Error::Input(format!("`{name}` is not a value per cell\n  = help: {help}")));
        }
    };
    if let Some(mask) = &simulation.ground().mask {
        for cell in (0..field.grid.cells()).filter(|&cell| mask.values.get(cell) <= 0.5) {
            parts.iter_mut().for_each(|part| part[cell] = 0.0);
        }
    }
    Ok(parts)
}
