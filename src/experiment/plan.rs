//! What is to be run: every combination of the axes' values, and the repeats of each.
//!
//! In: an [`Experiment`]. Out: a [`Plan`], in which each combination has its own seed text, read and found right, so that
//! nothing is wrong any more when the first run starts. Order: the first axis changes slowest, repeats fastest. Repeats
//! differ by their `rng_seed` (that of the combination, plus 0, 1, 2, ...); the soil keeps that of the first, so that one
//! soil serves all repeats, and `soil.rng_seed` in the run's own text says so: the text alone re-grows the run.

use super::axis::{Axis, meaning};
use super::growth::SUMMARIES;
use super::measures::{Measure, What, energy};
use super::test::{self, Test};
use crate::diagnostic::{Diagnostic, excerpt};
use crate::error::Error;
use crate::model::Model;
use crate::seed::{self, Seed};
use crate::simulation::read_seed;
use crate::source::Source;

/// The most runs of one sweep.
const MOST_RUNS: u64 = 1_000_000;

/// Everything that a sweep is asked to do.
#[derive(Clone, Debug, Default)]
pub struct Experiment {
    /// The title for people; the seed's if empty.
    pub title: String,
    /// The seed that is varied.
    pub seed: Source,
    /// The file of the experiment, if it comes from one.
    pub document: Option<Source>,
    /// Values that differ from the seed's in all runs.
    pub set: Vec<(String, String)>,
    /// What is varied.
    pub axes: Vec<Axis>,
    /// Runs of each combination, with random seeds of their own; at least 1.
    pub repeats: u64,
    /// Stop at this time instead of the seed's.
    pub until: Option<f64>,
    /// What is measured beside the seed's series.
    pub measures: Vec<Measure>,
    /// What is asked, in words.
    pub hypothesis: Hypothesis,
    /// What decides.
    pub tests: Vec<Test>,
    /// What columns mean, for people: name and text.
    pub readings: Vec<(String, String)>,
    /// The command that does the same again.
    pub command: String,
}

/// What is asked, in words; parts may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hypothesis {
    /// The question.
    pub question: String,
    /// The null hypothesis.
    pub null: String,
    /// What was predicted before any run.
    pub prediction: String,
    /// Whether the prediction is that the null hypothesis is rejected.
    pub predicted: Option<bool>,
}

/// One combination of values.
#[derive(Clone, Debug)]
pub(super) struct Combination {
    /// The value on each axis.
    pub(super) values: Vec<String>,
    /// Its seed text, with what measures need, without the repeat's random seed.
    pub(super) text: String,
    /// Random seed of the first repeat.
    pub(super) rng_seed: u64,
    /// The seed as read.
    pub(super) seed: Seed,
    /// Cells of its grid.
    pub(super) cells: u64,
    /// Its step, unless that is found when it is grown.
    pub(super) dt: Option<f64>,
    /// When it stops.
    pub(super) stop: f64,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    /// Position of its combination.
    pub(super) combination: usize,
    /// Its number among the repeats.
    pub(super) repeat: u64,
}

/// All that is to be run.
pub(super) struct Plan {
    pub(super) combinations: Vec<Combination>,
    pub(super) runs: Vec<Planned>,
}

impl Experiment {
    /// The sweep of a seed, nothing varied yet.
    pub fn of_seed(seed: Source) -> Self {
        Self { seed, repeats: 1, ..Self::default() }
    }

    /// Varies a key; an axis that the experiment has for it already, or a value that it sets, is replaced.
    pub fn vary(&mut self, axis: Axis) {
        self.set.retain(|(key, _)| *key != axis.key);
        match self.axes.iter_mut().find(|own| own.key == axis.key) {
            Some(own) => *own = axis,
            None => self.axes.push(axis),
        }
    }

    /// Reads every combination, tests and measures included: how many runs there will be, or the first mistake.
    pub fn check(&self) -> Result<usize, Error> {
        Plan::new(self).map(|plan| plan.runs.len())
    }

    /// What a column means; empty if nobody said it.
    pub(super) fn reading(&self, column: &str) -> &str {
        self.readings.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text)
    }

    /// Position of an axis by its key.
    pub(super) fn axis(&self, key: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.key == key)
    }

    /// Whether a combination has the values of a selection, which names axes only.
    pub(super) fn selects(&self, selection: &[(String, String)], values: &[String]) -> bool {
        selection.iter().all(|(key, value)| self.axis(key).is_some_and(|axis| meaning(&values[axis]) == meaning(value)))
    }

    /// An error about the experiment: with its place in the file, if it has one.
    pub(super) fn error(&self, diagnostics: Vec<Diagnostic>) -> Error {
        let (file, text) = match &self.document {
            Some(document) => (document.file.clone(), document.text.clone()),
            None => ("the sweep".into(), String::new()),
        };
        Error::Seed { file, text, diagnostics }
    }

    /// A combination in words: `alpha = 2, beta = -1`; of axes with one value nothing.
    pub(super) fn label(&self, values: &[String]) -> String {
        let varied = self.axes.iter().zip(values).filter(|(axis, _)| axis.values.len() > 1);
        varied.map(|(axis, value)| format!("{} = {value}", axis.key)).collect::<Vec<_>>().join(", ")
    }

    fn refused(&self, text: &str, label: &str, diagnostics: Vec<Diagnostic>) -> Error {
        let file = if label.is_empty() { self.seed.file.clone() } else { format!("{} with {label}", self.seed.file) };
        Error::Seed { file, text: text.to_owned(), diagnostics }
    }

    /// The seed's text with what all runs have in common.
    fn base(&self) -> Result<String, Error> {
        let set = |text: String, (key, value): &(String, String)| {
            seed::set(&text, key, value).map_err(|why| self.refused(&text, "", vec![why]))
        };
        self.set.iter().try_fold(self.seed.text.clone(), set)
    }

    /// The seed's text with the values of one combination.
    fn text(&self, base: &str, values: &[String]) -> Result<String, Error> {
        let mut text = base.to_owned();
        for (axis, value) in self.axes.iter().zip(values) {
            text = seed::set(&text, &axis.key, value).map_err(|why| self.refused(&text, "", vec![why]))?;
        }
        for measure in &self.measures {
            text = measure.prepare(&text).map_err(|why| {
                let why = why.note(format!("the measure `{}` adds it to the seed", excerpt(&measure.name)));
                self.refused(&text, "", vec![why])
            })?;
        }
        Ok(text)
    }

    fn combination(&self, base: &str, values: Vec<String>) -> Result<(Combination, Model), Error> {
        let label = self.label(&values);
        let text = self.text(base, &values)?;
        let (seed, model, _) = read_seed(&text, &self.seed.file).map_err(|why| match why {
            Error::Seed { text, diagnostics, .. } => self.refused(&text, &label, diagnostics),
            other => other,
        })?;
        for measure in &self.measures {
            measure.check(&model).map_err(Error::Input)?;
        }
        let (rng_seed, stop) = (seed.rng_seed, self.until.unwrap_or(model.time.stop));
        let text = match &seed.soil {
            Some(soil) if soil.rng_seed.is_none() => seed::set(&text, "soil.rng_seed", &rng_seed.to_string())
                .map_err(|why| self.refused(&text, &label, vec![why]))?,
            _ => text,
        };
        let (cells, dt) = (model.grid.cells() as u64, model.time.dt);
        Ok((Combination { values, text, rng_seed, seed, cells, dt, stop }, model))
    }
}

impl Combination {
    /// The random seed of a repeat.
    pub(super) fn rng_seed(&self, repeat: u64) -> u64 {
        self.rng_seed.wrapping_add(repeat)
    }

    /// The seed text of a repeat.
    pub(super) fn run_text(&self, repeat: u64) -> String {
        seed::set(&self.text, "rng_seed", &self.rng_seed(repeat).to_string()).expect("every seed can have an rng_seed")
    }

    /// Steps of a run, given the step where it is found when it is grown.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate of a count")]
    pub(super) fn steps(&self, automatic_dt: f64) -> u64 {
        (self.stop / self.dt.unwrap_or(automatic_dt)).round() as u64
    }
}

impl Plan {
    /// Reads every combination's seed; the first that is wrong is the error.
    pub(super) fn new(experiment: &Experiment) -> Result<Self, Error> {
        let combinations = experiment.axes.iter().try_fold(1_u64, |n, axis| n.checked_mul(axis.values.len() as u64));
        let count = combinations.and_then(|n| n.checked_mul(experiment.repeats)).filter(|&runs| runs <= MOST_RUNS);
        let Some(count) = count else {
            let sizes: Vec<String> = experiment.axes.iter().map(|axis| axis.values.len().to_string()).collect();
            let sizes = if sizes.is_empty() { "1".to_owned() } else { sizes.join(" x ") };
            let repeats = experiment.repeats;
            let help = "give fewer values or fewer repeats: a sweep that is split can be put together from its tables";
            return Err(Error::Input(format!(
                "{sizes} combinations with {repeats} runs each are more runs than one sweep can have ({MOST_RUNS})\n  \
                 = help: {help}"
            )));
        };
        if experiment.repeats > 1 && experiment.axis("rng_seed").is_some() {
            let help = "leave --repeats out: every value of rng_seed is a run of its own";
            return Err(Error::Input(format!("`rng_seed` is varied and repeated at once\n  = help: {help}")));
        }
        let base = experiment.base()?;
        let number = usize::try_from(count / experiment.repeats.max(1)).unwrap_or(usize::MAX);
        let mut read = Vec::with_capacity(number);
        for at in 0..number {
            let (combination, model) = experiment.combination(&base, values_at(&experiment.axes, at))?;
            if at == 0 {
                let mistakes = test::check(experiment, &columns(&model, &experiment.measures));
                if !mistakes.is_empty() {
                    return Err(experiment.error(mistakes));
                }
            }
            read.push(combination);
        }
        let repeats = 0..experiment.repeats;
        let runs = (0..read.len()).flat_map(|c| repeats.clone().map(move |repeat| Planned { combination: c, repeat }));
        Ok(Self { runs: runs.collect(), combinations: read })
    }
}

/// The values of a combination by its number, the first axis changing slowest.
fn values_at(axes: &[Axis], mut at: usize) -> Vec<String> {
    let mut values: Vec<String> = axes
        .iter()
        .rev()
        .map(|axis| {
            let value = axis.values[at % axis.values.len()].clone();
            at /= axis.values.len();
            value
        })
        .collect();
    values.reverse();
    values
}

/// The columns of measured numbers that runs will have.
pub(super) fn columns(model: &Model, measures: &[Measure]) -> Vec<String> {
    // The series of measures stand in the model already.
    let series = model.observe.series.iter();
    let mut columns: Vec<String> =
        series.flat_map(|series| SUMMARIES.map(|kind| format!("{}_{kind}", series.name))).collect();
    for Measure { name, what } in measures {
        match what {
            What::Series(_) | What::Energy(energy::Parts { .. }) => {}
            What::Defects => columns.extend(["density", "lifetime", "births"].map(|part| format!("{name}_{part}"))),
            What::Spectrum(_) => columns.extend(["peak", "wavenumber"].map(|part| format!("{name}_{part}"))),
            What::Groups | What::Correlation(_) | What::Onset(_) | What::Events { .. } => columns.push(name.clone()),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_axis_changes_slowest() {
        let axes = [Axis::parse("a=1,2").unwrap(), Axis::parse("b=x,y,z").unwrap()];
        let all: Vec<String> = (0..6).map(|at| values_at(&axes, at).concat()).collect();
        assert_eq!(all, ["1x", "1y", "1z", "2x", "2y", "2z"]);
        assert!(values_at(&[], 0).is_empty());
    }
}
