//! The tests that decide, as an experiment states them.
//!
//! In: the section `[[tests]]`. Out: [`Test`]s, and what is wrong with them before any run has begun: columns that no
//! run will have, keys that are no axis, values that none takes. Invariant: a test without mistakes can be decided, if
//! only as undecided.
//!
//! - `slope`: least squares of a column over a numeric axis, every run a point; is the slope another than 0?
//! - `difference`: two groups of runs; are their means apart? By Welch's t or by permutation.
//! - `outlier`: one group of runs beside another; is the mean of the first so many standard deviations of the second
//!   away?
//! - `equal`: the mean of each combination against a formula of its keys and of other columns of the same run; is it
//!   within a tolerance? Equal where the whole confidence interval is inside the tolerance, different where it is
//!   outside of it as a whole, else undecided.

use super::axis::{meaning, number};
use super::formula;
use super::measures::What;
use super::plan::Experiment;
use crate::diagnostic::{Diagnostic, Span, excerpt, suggest};
use crate::seed::Text;

/// Keys and the values that they must have.
pub type Selection = Vec<(String, String)>;

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The column of `runs.parquet` that is tested.
    pub measure: String,
    /// Only runs with these values count.
    pub only: Selection,
    /// What is tested.
    pub kind: TestKind,
    /// The probability of a wrong alarm that is accepted, for all tests together.
    pub level: f64,
    /// Its place in the experiment.
    pub span: Span,
}

/// What is tested.
#[derive(Clone, Debug, PartialEq)]
pub enum TestKind {
    /// The slope over an axis against 0.
    Slope {
        /// The axis.
        along: String,
    },
    /// The means of two groups of runs against one another.
    Difference {
        /// The groups.
        between: [Selection; 2],
        /// Whether by permutation; else by Welch's t.
        by_permutation: bool,
    },
    /// The mean of one group of runs beside the spread of another: of use where the first has no spread of its own.
    Outlier {
        /// The runs that are looked at.
        of: Selection,
        /// Those that they are set beside.
        among: Selection,
        /// How many standard deviations of those count as outside.
        deviations: f64,
    },
    /// The mean of each combination against a formula.
    Equal {
        /// The formula: names of axes and of columns, and `baseline`.
        to: Text,
        /// The greatest relative difference that counts as equal.
        tolerance: f64,
        /// The combinations whose mean is `baseline`; they are not tested themselves.
        baseline: Option<Selection>,
    },
}

/// What is wrong with an experiment's tests, given the columns that its runs will have.
pub(super) fn check(experiment: &Experiment, columns: &[String]) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    for test in &experiment.tests {
        let at = |message: String, help: String| Diagnostic::error(message).at(test.span, "in this test").note(help);
        if !columns.contains(&test.measure) {
            let meant = suggest(&test.measure, columns.iter().map(String::as_str));
            let all = || format!("there are {}", columns.iter().take(40).cloned().collect::<Vec<_>>().join(", "));
            let help = meant.map_or_else(all, |meant| format!("did you mean `{meant}`?"));
            mistakes.push(at(format!("no run has a column `{}`", excerpt(&test.measure)), help));
        }
        let baseline = match &test.kind {
            TestKind::Slope { along } => {
                mistakes.extend(check_slope(experiment, along).map(|(message, help)| at(message, help)));
                vec![]
            }
            TestKind::Difference { between, .. } => between.iter().collect(),
            TestKind::Outlier { of, among, .. } => vec![of, among],
            TestKind::Equal { to, baseline, .. } => {
                // The values do not matter: names and types are checked.
                let measured = columns.iter().map(|column| (column.clone(), 1.0));
                let names = names(experiment, &[], 1.0, measured);
                mistakes.extend(formula::value(to, &names).err().into_iter().flatten());
                baseline.iter().collect()
            }
        };
        for (key, value) in baseline.into_iter().flatten().chain(&test.only) {
            mistakes.extend(check_selected(experiment, key, value).map(|(message, help)| at(message, help)));
        }
    }
    for (name, _) in experiment.readings.iter().filter(|(name, _)| !columns.contains(name)) {
        let meant = suggest(name, columns.iter().map(String::as_str)).map(|meant| format!("did you mean `{meant}`?"));
        let message = format!("[readings] explains `{}`, which no run has", excerpt(name));
        mistakes.push(Diagnostic::error(message).maybe_note(meant));
    }
    for measure in &experiment.measures {
        if let What::Events { to, .. } = &measure.what {
            let wrong = to.iter().filter_map(|(key, value)| check_selected(experiment, key, value));
            mistakes.extend(wrong.map(|(message, help)| Diagnostic::error(message).note(help)));
        }
    }
    mistakes
}

fn check_slope(experiment: &Experiment, along: &str) -> Option<(String, String)> {
    let Some(axis) = experiment.axis(along) else { return Some(not_an_axis(experiment, along)) };
    let axis = &experiment.axes[axis];
    let help = "a slope needs an axis of at least two numbers";
    (axis.values.len() < 2 || axis.numbers().is_none())
        .then(|| (format!("there is no slope along `{}`", excerpt(along)), help.to_owned()))
}

fn check_selected(experiment: &Experiment, key: &str, value: &str) -> Option<(String, String)> {
    let Some(axis) = experiment.axis(key) else { return Some(not_an_axis(experiment, key)) };
    let values = &experiment.axes[axis].values;
    let known = values.iter().any(|own| meaning(own) == meaning(value));
    (!known).then(|| {
        let message = format!("`{}` does not take the value {}", excerpt(key), excerpt(value));
        (message, format!("its values are {}", values.iter().take(40).cloned().collect::<Vec<_>>().join(", ")))
    })
}

fn not_an_axis(experiment: &Experiment, key: &str) -> (String, String) {
    let keys: Vec<&str> = experiment.axes.iter().map(|axis| axis.key.as_str()).collect();
    let help = match suggest(key, keys.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if keys.is_empty() => "nothing is varied: add it to [axes]".to_owned(),
        None => format!("the axes are {}", keys.join(", ")),
    };
    (format!("`{}` is no axis of this experiment", excerpt(key)), help)
}

/// The numbers that a formula can use: numeric axes, the baseline, and what the run measured, of one name the first.
pub(super) fn names(
    experiment: &Experiment,
    values: &[String],
    baseline: f64,
    measured: impl Iterator<Item = (String, f64)>,
) -> Vec<(String, f64)> {
    let axes = experiment.axes.iter().enumerate().filter(|(_, axis)| axis.numbers().is_some());
    let named = axes.map(|(at, axis)| (axis.key.clone(), values.get(at).and_then(|v| number(v)).unwrap_or(1.0)));
    let mut names: Vec<(String, f64)> = named.chain([("baseline".to_owned(), baseline)]).collect();
    for (name, value) in measured {
        if names.iter().all(|(known, _)| *known != name) {
            names.push((name, value));
        }
    }
    names
}
