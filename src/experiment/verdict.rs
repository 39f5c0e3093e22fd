//! What the tests found, in words.
//!
//! In: tests as the experiment states them, and the finished runs. Out: for each test what it found, and one sentence
//! on the null hypothesis. A test speaks only of what its samples allow: too few runs give `undecided`. With several
//! tests each is held to its level divided by their number (Bonferroni), so that the level is that of the whole
//! verdict.

use super::axis::number;
use super::formula;
use super::plan::{Experiment, Plan};
use super::record::{Record, Status};
use super::statistics::{Estimate, Outcome, permutation, regression, student_quantile, welch};
use super::test::{Selection, Test, TestKind, names};
use crate::output::report::sweep::{Verdict, with_error, written};
use crate::seed::Text;

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

    /// A column of the runs that a test and one of its groups admit.
    fn group(&self, test: &Test, selection: &Selection) -> Vec<f64> {
        let selects = |chosen: &Selection, values: &[String]| self.experiment.selects(chosen, values);
        self.sample(&test.measure, |values| selects(&test.only, values) && selects(selection, values))
    }

    /// A test at a level; whether it decides anything.
    fn decide(&self, test: &Test, level: f64) -> (Verdict, bool) {
        let place = if test.only.is_empty() { String::new() } else { format!(", where {}", words(&test.only)) };
        match &test.kind {
            TestKind::Slope { along } => self.slope(test, along, level, &place),
            TestKind::Difference { between, by_permutation } => {
                self.difference(test, between, *by_permutation, level, &place)
            }
            TestKind::Outlier { of, among, deviations } => self.outlier(test, [of, among], *deviations, &place),
            TestKind::Equal { to, tolerance, baseline } => {
                self.equality(test, to, *tolerance, baseline.as_ref(), level, &place)
            }
        }
    }

    /// Every run a point.
    fn slope(&self, test: &Test, along: &str, level: f64, place: &str) -> (Verdict, bool) {
        let axis = self.experiment.axis(along).expect("checked before any run");
        let only = |values: &[String]| self.experiment.selects(&test.only, values);
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

    /// The means of two groups.
    fn difference(
        &self,
        test: &Test,
        between: &[Selection; 2],
        by_permutation: bool,
        level: f64,
        place: &str,
    ) -> (Verdict, bool) {
        let [first, second] = between.each_ref().map(|selection| self.group(test, selection));
        let outcome = if by_permutation { permutation(&first, &second) } else { welch(&first, &second) };
        let [a, b] = between.each_ref().map(words);
        let claim = format!("{} is the same for {a} and for {b}{place}", test.measure);
        let [one, other] = [Estimate::of(&first), Estimate::of(&second)];
        let detail = format!("{} and {}", with_error(one.mean, one.error), with_error(other.mean, other.error));
        two_sided(claim, &detail, outcome, level, first.len() + second.len(), ["differs", "no difference found"])
    }

    /// One group beside another.
    fn outlier(&self, test: &Test, [of, among]: [&Selection; 2], deviations: f64, place: &str) -> (Verdict, bool) {
        let (own, others) = (Estimate::of(&self.group(test, of)), self.group(test, among));
        let claim = format!(
            "{} for {} is within {} standard deviations of that for {}{place}",
            test.measure,
            words(of),
            written(deviations),
            words(among)
        );
        outlying(claim, &own, &others, deviations)
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
        let base = baseline.map(|selection| Estimate::of(&self.group(test, selection)));
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
