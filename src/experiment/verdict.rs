//! The tests that decide, and their verdict in words.
//!
//! In: tests as the experiment states them, and the finished runs. Out: for each test what it found, and one sentence on
//! the null hypothesis. A test speaks only of what its samples allow: too few runs give `undecided`. With several tests
//! each is held to its level divided by their number (Bonferroni), so that the level is that of the whole verdict.
//!
//! - `slope`: least squares of a column over a numeric axis, every run a point; is the slope another than 0?
//! - `difference`: two groups of runs; are their means apart? By Welch's t or by permutation.
//! - `outlier`: one group of runs beside another; is the mean of the first so many standard deviations of the second away?
//! - `equal`: the mean of each combination against a formula of its keys and of other columns of the same run; is it within
//!   a tolerance? Equal where the whole confidence interval is inside the tolerance, different where it is outside of it
//!   as a whole, else undecided.

use super::axis::{meaning, number};
use super::formula;
use super::plan::{Experiment, Plan};
use super::record::{Record, Status};
use super::statistics::{Estimate, Outcome, permutation, regression, student_quantile, welch};
use crate::diagnostic::{Diagnostic, Span, excerpt, suggest};
use crate::output::report::sweep::{Verdict, with_error, written};
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
        if let super::measures::What::Events { to, .. } = &measure.what {
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
fn names(
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

/// The finished runs, by combination.
pub(super) struct Runs<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) plan: &'a Plan,
    pub(super) records: &'a [Record],
}

impl Runs<'_> {
    /// The finished runs that a condition on their combination's values admits.
    fn admitted(&self, admits: impl Fn(&[String]) -> bool) -> impl Iterator<Item = &Record> {
        let runs = self.plan.runs.iter().zip(self.records);
        let admitted = runs.filter(move |(run, record)| {
            record.status == Status::Done && admits(&self.plan.combinations[run.combination].values)
        });
        admitted.map(|(_, record)| record)
    }

    /// A column's finite values of these runs.
    fn sample(&self, column: &str, admits: impl Fn(&[String]) -> bool) -> Vec<f64> {
        self.admitted(admits).map(|record| record.value(column)).filter(|value| value.is_finite()).collect()
    }

    /// All tests, and the sentence on the null hypothesis.
    pub(super) fn verdict(&self) -> (Vec<Verdict>, String) {
        let tests = &self.experiment.tests;
        if tests.is_empty() {
            return (vec![], String::new());
        }
        let found: Vec<(Verdict, bool)> =
            tests.iter().map(|test| self.decide(test, test.level / tests.len() as f64)).collect();
        let against = found.iter().filter(|(verdict, _)| verdict.against).count();
        let decided = found.iter().filter(|(_, decided)| *decided).count();
        let count = tests.len();
        let rejected = against > 0;
        let mut sentence = if rejected {
            format!("The null hypothesis is rejected: {against} of {count} tests speak against it.")
        } else if decided == count {
            "The null hypothesis is not rejected: no test speaks against it.".to_owned()
        } else {
            format!("Undecided: {} of {count} tests have too few or too scattered runs.", count - decided)
        };
        if let Some(predicted) = self.experiment.hypothesis.predicted.filter(|_| rejected || decided == count) {
            sentence +=
                if predicted == rejected { " This was predicted." } else { " This was not what was predicted." };
        }
        (found.into_iter().map(|(verdict, _)| verdict).collect(), sentence)
    }

    /// A test at a level; whether it decides anything.
    fn decide(&self, test: &Test, level: f64) -> (Verdict, bool) {
        let only = |values: &[String]| self.experiment.selects(&test.only, values);
        let place = if test.only.is_empty() { String::new() } else { format!(", where {}", words(&test.only)) };
        match &test.kind {
            TestKind::Slope { along } => {
                let axis = self.experiment.axis(along).expect("checked before any run");
                let mut points = Vec::new();
                for (run, record) in self.plan.runs.iter().zip(self.records) {
                    let values = &self.plan.combinations[run.combination].values;
                    let (x, y) = (number(&values[axis]), record.value(&test.measure));
                    if let Some(x) = x.filter(|_| record.status == Status::Done && only(values) && y.is_finite()) {
                        points.push((x, y));
                    }
                }
                let outcome = regression(&points);
                let claim = format!("{} does not change with {along}{place}: its slope is 0", test.measure);
                let detail = format!("slope {}", with_error(outcome.effect, outcome.error));
                two_sided(claim, &detail, outcome, level, points.len(), ["changes", "no change found"])
            }
            TestKind::Difference { between, by_permutation } => {
                let group = |selection: &Selection| {
                    self.sample(&test.measure, |values| only(values) && self.experiment.selects(selection, values))
                };
                let [first, second] = [group(&between[0]), group(&between[1])];
                let outcome = if *by_permutation { permutation(&first, &second) } else { welch(&first, &second) };
                let [a, b] = between.each_ref().map(words);
                let claim = format!("{} is the same for {a} and for {b}{place}", test.measure);
                let [one, other] = [Estimate::of(&first), Estimate::of(&second)];
                let detail = format!("{} and {}", with_error(one.mean, one.error), with_error(other.mean, other.error));
                two_sided(
                    claim,
                    &detail,
                    outcome,
                    level,
                    first.len() + second.len(),
                    ["differs", "no difference found"],
                )
            }
            TestKind::Outlier { of, among, deviations } => {
                let group = |selection: &Selection| {
                    self.sample(&test.measure, |values| only(values) && self.experiment.selects(selection, values))
                };
                let (own, others) = (Estimate::of(&group(of)), group(among));
                let claim = format!(
                    "{} for {} is within {} standard deviations of that for {}{place}",
                    test.measure,
                    words(of),
                    written(*deviations),
                    words(among)
                );
                outlying(claim, &own, &others, *deviations)
            }
            TestKind::Equal { to, tolerance, baseline } => {
                self.equality(test, to, *tolerance, baseline.as_ref(), level, &place)
            }
        }
    }

    /// Each combination's mean against the formula.
    fn equality(
        &self,
        test: &Test,
        to: &Text,
        tolerance: f64,
        baseline: Option<&Selection>,
        level: f64,
        place: &str,
    ) -> (Verdict, bool) {
        let base = baseline.map(|selection| {
            let admits = |values: &[String]| {
                self.experiment.selects(selection, values) && self.experiment.selects(&test.only, values)
            };
            Estimate::of(&self.sample(&test.measure, admits))
        });
        let combinations: Vec<&Vec<String>> = (self.plan.combinations.iter())
            .map(|combination| &combination.values)
            .filter(|values| self.experiment.selects(&test.only, values))
            .filter(|values| baseline.is_none_or(|selection| !self.experiment.selects(selection, values)))
            .collect();
        let each = level / (combinations.len().max(1) as f64);
        let compared: Vec<Compared> =
            combinations.iter().map(|values| self.compare(values, &test.measure, to, base, each)).collect();
        let count = |nearness: Nearness| compared.iter().filter(|c| c.nearness(tolerance) == nearness).count();
        let (apart, unclear) = (count(Nearness::Apart), count(Nearness::Unclear));
        let worst = compared.iter().filter(|c| !c.off().is_nan()).max_by(|a, b| a.off().total_cmp(&b.off()));
        let detail = match worst {
            None => "no combination has a mean to compare".to_owned(),
            Some(worst) => format!(
                "{} of {} within {} %, {apart} outside, {unclear} unclear; farthest: {} measured, {} predicted at {}",
                count(Nearness::Equal),
                compared.len(),
                written(100.0 * tolerance),
                with_error(worst.found, worst.error),
                written(worst.due),
                worst.label
            ),
        };
        let claim = format!("{} is {} within {} %{place}", test.measure, to.value, written(100.0 * tolerance));
        let outcome = match (apart, unclear) {
            (1.., _) => "differs",
            (0, 0) if !compared.is_empty() => "equal",
            _ => "undecided",
        };
        let decided = outcome != "undecided";
        (Verdict { claim, outcome: outcome.into(), detail, against: apart > 0 }, decided)
    }

    /// The runs of a combination beside what the formula says of each.
    fn compare(&self, values: &[String], measure: &str, to: &Text, base: Option<Estimate>, level: f64) -> Compared {
        let runs = self.admitted(|own| own == values).filter(|record| record.value(measure).is_finite());
        let (mut found, mut due, mut carried) = (vec![], vec![], vec![]);
        for record in runs {
            let predicted = |baseline: f64| {
                let measured = record.columns.iter().map(|(name, value)| (name.clone(), value.0));
                formula::value(to, &names(self.experiment, values, baseline, measured)).unwrap_or(f64::NAN)
            };
            let own = predicted(base.map_or(f64::NAN, |base| base.mean));
            found.push(record.value(measure));
            due.push(own);
            carried.push(base.map_or(0.0, |base| predicted(base.mean + base.error) - own));
        }
        let apart: Vec<f64> = found.iter().zip(&due).map(|(found, due)| found - due).collect();
        let (apart, carried) = (Estimate::of(&apart), Estimate::of(&carried).mean);
        // The prediction is as uncertain as the baseline that it is made from.
        let error = (apart.error * apart.error + carried * carried).sqrt();
        let count = base.map_or(apart.count, |base| base.count.min(apart.count));
        let reach = if count < 2 { f64::NAN } else { error * student_quantile(level / 2.0, count as f64 - 1.0) };
        let (found, due) = (Estimate::of(&found), Estimate::of(&due).mean);
        Compared { label: self.experiment.label(values), found: found.mean, error: found.error, due, reach }
    }
}

/// One combination beside its prediction.
struct Compared {
    label: String,
    found: f64,
    error: f64,
    due: f64,
    /// Half the confidence interval of the difference.
    reach: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nearness {
    Equal,
    Apart,
    Unclear,
}

impl Compared {
    /// The relative difference.
    fn off(&self) -> f64 {
        (self.found - self.due).abs() / self.due.abs()
    }

    fn nearness(&self, tolerance: f64) -> Nearness {
        let (difference, allowed) = ((self.found - self.due).abs(), tolerance * self.due.abs());
        if difference + self.reach <= allowed {
            Nearness::Equal
        } else if difference - self.reach > allowed {
            Nearness::Apart
        } else {
            Nearness::Unclear
        }
    }
}

fn two_sided(
    claim: String,
    detail: &str,
    outcome: Outcome,
    level: f64,
    count: usize,
    [yes, no]: [&str; 2],
) -> (Verdict, bool) {
    if !outcome.p.is_finite() {
        let detail = format!("{detail}; {count} runs are too few");
        return (Verdict { claim, outcome: "undecided".into(), detail, against: false }, false);
    }
    let against = outcome.p < level;
    let detail = format!("{detail}; p = {}, n = {count}, level {}", written(outcome.p), written(level));
    (Verdict { claim, outcome: if against { yes } else { no }.into(), detail, against }, true)
}

/// One mean beside the spread of some others, of which there must be enough to have one.
fn outlying(claim: String, own: &Estimate, others: &[f64], deviations: f64) -> (Verdict, bool) {
    const FEWEST: usize = 5;
    let spread = Estimate::of(others);
    let deviation = spread.error * (spread.count as f64).sqrt();
    let away = (own.mean - spread.mean) / deviation;
    let detail = format!(
        "{} beside {} ± {} (mean and standard deviation of {}): {} standard deviations away",
        written(own.mean),
        written(spread.mean),
        written(deviation),
        spread.count,
        written(away)
    );
    if spread.count < FEWEST || !away.is_finite() {
        let detail = format!("{detail}; {FEWEST} different runs at least are needed");
        return (Verdict { claim, outcome: "undecided".into(), detail, against: false }, false);
    }
    let against = away.abs() >= deviations;
    (Verdict { claim, outcome: if against { "outside" } else { "inside" }.into(), detail, against }, true)
}

/// `eps = 0.5, tau = 5`
fn words(selection: &Selection) -> String {
    selection.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}
