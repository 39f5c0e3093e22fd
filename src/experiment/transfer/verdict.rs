//! What the stated tests find, and what follows.
//!
//! In: predictions, and what came out. Out: one [`Test`] per number that was predicted, and sentences for a person.
//! Invariant: a test that can't be made is open, never held.

use serde::Serialize;

use super::Run;
use super::arms::CHOSEN;
use super::equality::{batches, same_kind};
use super::prediction::{APART, LOST, ONE, Predictions};
use super::scales::{Scales, mean_and_error};
use super::subject::Subject;
use crate::experiment::statistics::regression;
use crate::math::elementary::scalar64::log;

/// What came of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holding {
    /// It held.
    Holds,
    /// It did not.
    Fails,
    /// It could not be tested.
    Open,
}

/// One number beside what it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Test {
    /// The arm.
    pub arm: u8,
    /// What is compared.
    pub what: String,
    /// What it should be.
    pub expected: f64,
    /// What it is: a mean over repeats.
    pub measured: f64,
    /// Its standard error; 0 with a single repeat.
    pub error: f64,
    /// What decides, in words.
    pub rule: String,
    /// What came of it.
    pub outcome: Holding,
}

impl Test {
    fn new(arm: u8, what: impl Into<String>, rule: &str, expected: f64, values: &[f64]) -> Self {
        let (measured, error) = mean_and_error(values);
        let (what, rule) = (what.into(), rule.to_owned());
        Self { arm, what, expected, measured, error, rule, outcome: Holding::Open }
    }

    fn decided(mut self, holds: impl Fn(f64) -> bool) -> Self {
        if self.measured.is_finite() {
            self.outcome = if holds(self.measured) { Holding::Holds } else { Holding::Fails };
        }
        self
    }

    fn within(self, share: f64) -> Self {
        let expected = self.expected;
        self.decided(|measured| (measured - expected).abs() <= share * expected.abs())
    }
}

/// The rate at which a distance grows while it is small; none without enough samples.
pub(super) fn growth(times: &[f64], distances: &[f64]) -> Option<f64> {
    const SMALL: f64 = 1e-2;
    let end = distances.iter().position(|&distance| distance > SMALL).unwrap_or(distances.len());
    let growing = times.iter().zip(&distances[..end]).filter(|(_, distance)| **distance > 0.0);
    let points: Vec<(f64, f64)> = growing.map(|(&time, &distance)| (time, log(distance))).collect();
    (points.len() > 5).then(|| regression(&points).effect)
}

/// When a distance first passes that at which a copy counts as lost: between samples, by their logarithms.
pub(super) fn lost_at(times: &[f64], distances: &[f64]) -> Option<f64> {
    let after = distances.iter().position(|&distance| distance >= LOST)?;
    if after == 0 || distances[after - 1] <= 0.0 {
        return Some(times[after]);
    }
    let (low, high) = (log(distances[after - 1]), log(distances[after]));
    Some(times[after - 1] + (times[after] - times[after - 1]) * (log(LOST) - low) / (high - low))
}

/// All tests, in the order of the arms.
pub(super) fn tests(subject: &Subject, scales: &Scales, plan: &Predictions, runs: &[Run]) -> Vec<Test> {
    let mut tests = vec![bit_copy(runs)];
    tests.extend(environment(scales, plan, runs));
    tests.extend(architecture(subject, runs));
    tests.extend(function(runs));
    tests.extend(dialogue(plan, runs));
    tests.extend(stories(plan, runs));
    tests.sort_by_key(|test| test.arm);
    tests
}

/// Event logs: the same where the state is, and as far apart as strangers' where it is lost.
fn stories(plan: &Predictions, runs: &[Run]) -> Vec<Test> {
    let logs = |own: &mut dyn Iterator<Item = &Run>| own.filter_map(|run| run.log_distance).collect::<Vec<_>>();
    let strangers = logs(&mut of_arm(runs, 2));
    let (level, _) = mean_and_error(&strangers);
    if strangers.is_empty() || level == 0.0 {
        return vec![]; // nothing happens here that could be told
    }
    let largest = logs(&mut of_arm(runs, 0)).into_iter().fold(0.0, f64::max);
    let mut tests = vec![
        Test::new(0, "distance of event logs, largest", "exactly 0", 0.0, &[largest])
            .decided(|distance| distance == 0.0),
        Test::new(2, "distance of event logs: that of strangers", "reported", f64::NAN, &strangers),
    ];
    let lost = |arm: u8, what: String, values: &[f64]| {
        Test::new(arm, what, "above 80 % of arm 2's", level, values).decided(|distance| distance > 0.8 * level)
    };
    if plan.chaotic {
        for variant in variants(runs, 1) {
            let mut own = of_arm(runs, 1).filter(|run| run.variant == variant);
            // One that was not lost in time tells no other story yet.
            let all = own.clone().all(|run| run.horizon.is_some());
            let values = if all { logs(&mut own) } else { vec![] };
            tests.push(lost(1, format!("{variant}: distance of event logs"), &values));
        }
    }
    let mut chosen = of_arm(runs, 3).filter(|run| run.variant == CHOSEN);
    tests.push(lost(3, "distance of event logs of the chosen twins".into(), &logs(&mut chosen)));
    let became = |run: &&Run| run.block.zip(run.gain).is_some_and(|(block, gain)| plan.promised(block, gain));
    let promised = logs(&mut of_arm(runs, 4).filter(became));
    if !promised.is_empty() {
        let worst = promised.into_iter().fold(0.0, f64::max);
        let what = "distance of event logs wherever that is promised, largest";
        let test = Test::new(4, what, "below 10 % of arm 2's", 0.0, &[worst]);
        tests.push(test.decided(|distance| distance < 0.1 * level));
    }
    tests
}

fn of_arm(runs: &[Run], arm: u8) -> impl Iterator<Item = &Run> + Clone {
    runs.iter().filter(move |run| run.arm == arm)
}

fn collect<'r>(runs: impl Iterator<Item = &'r Run>, of: impl Fn(&Run) -> Option<f64>) -> Vec<f64> {
    runs.filter_map(of).collect()
}

fn bit_copy(runs: &[Run]) -> Test {
    let largest = of_arm(runs, 0).map(|run| run.largest_distance).fold(0.0, f64::max);
    Test::new(0, "largest distance of a bit copy", "exactly 0", 0.0, &[largest]).decided(|distance| distance == 0.0)
}

/// The variants of an arm, in the order in which they come.
fn variants(runs: &[Run], arm: u8) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for run in of_arm(runs, arm) {
        if !found.contains(&run.variant.as_str()) {
            found.push(&run.variant);
        }
    }
    found
}

fn environment(scales: &Scales, plan: &Predictions, runs: &[Run]) -> Vec<Test> {
    let mut tests = Vec::new();
    for variant in variants(runs, 1) {
        let own = of_arm(runs, 1).filter(|run| run.variant == variant);
        if !plan.chaotic {
            let values = collect(own, |run| Some(run.largest_distance));
            let what = format!("{variant}: largest distance");
            tests.push(Test::new(1, what, "below 0.5", 0.0, &values).decided(|distance| distance < LOST));
            continue;
        }
        let rates = collect(own.clone(), |run| run.rate);
        let what = format!("{variant}: growth rate of the distance");
        tests.push(Test::new(1, what, "within 10 % of the Lyapunov exponent", scales.lambda, &rates).within(0.1));
        let predicted = |run: &Run| {
            Some(2.0 / scales.lambda + log(LOST / run.start_distance.filter(|start| *start > 0.0)?) / scales.lambda)
        };
        let (expected, _) = mean_and_error(&collect(own.clone(), predicted));
        // A copy that was not lost in time is no measurement of when.
        let all = own.clone().all(|run| run.horizon.is_some());
        let horizons = if all { collect(own, |run| run.horizon) } else { vec![] };
        let what = format!("{variant}: time until the copy is lost");
        tests.push(Test::new(1, what, "within 15 % of the formula", expected, &horizons).within(0.15));
    }
    tests
}

fn architecture(subject: &Subject, runs: &[Run]) -> Vec<Test> {
    let own = of_arm(runs, 2);
    let late = collect(own.clone(), |run| Some(run.late_distance));
    let mut tests = vec![
        Test::new(2, "late distance of a twin with other random numbers", "within 10 %", 2f64.sqrt(), &late)
            .within(0.1),
    ];
    let least = 0.01 / subject.statistics.len() as f64;
    for (position, statistic) in subject.statistics.iter().enumerate() {
        let pooled = |of: &dyn Fn(&Run) -> Vec<f64>| own.clone().flat_map(of).collect::<Vec<f64>>();
        let twins = pooled(&|run| batches(&run.statistics[position]));
        let donors = pooled(&|run| batches(&run.donor_statistics[position]));
        let what = format!("{}: probability that twins and donors are of one kind", statistic.title);
        let rule = format!("above {least:.4}");
        tests.push(Test::new(2, what, &rule, 1.0, &[same_kind(&twins, &donors)]).decided(|chance| chance > least));
    }
    tests
}

fn function(runs: &[Run]) -> Vec<Test> {
    let chosen = || of_arm(runs, 3).filter(|run| run.variant == CHOSEN);
    let mut all = collect(of_arm(runs, 3), |run| run.mismatch);
    all.sort_by(f64::total_cmp);
    let median = all.get(all.len() / 2).copied().unwrap_or(f64::NAN);
    let (strangers, _) = mean_and_error(&collect(of_arm(runs, 2), |run| Some(run.late_distance)));
    let (answers, late) = (collect(chosen(), |run| run.mismatch), collect(chosen(), |run| Some(run.late_distance)));
    let rule = "below the median of all candidates";
    let alike = Test::new(3, "mismatch of answers of the chosen twins", rule, median, &answers);
    let late = Test::new(3, "late distance of the chosen twins", "above 90 % of arm 2's", strangers, &late);
    vec![alike.decided(|mismatch| mismatch < median), late.decided(|distance| distance > 0.9 * strangers)]
}

fn dialogue(plan: &Predictions, runs: &[Run]) -> Vec<Test> {
    let mut tests = Vec::new();
    for &block in &plan.blocks {
        for &gain in &plan.gains {
            let own = of_arm(runs, 4).filter(|run| run.block == Some(block) && run.gain == Some(gain));
            let last = || own.clone().map(|run| run.last_distance);
            let (worst, best) = (last().fold(0.0, f64::max), last().fold(f64::INFINITY, f64::min));
            let what = format!("blocks of {block}, gain {gain}: last distance, largest of all repeats");
            if plan.promised(block, gain) {
                let rule = format!("below {ONE:.0e}");
                tests.push(Test::new(4, what, &rule, 0.0, &[worst]).decided(|distance| distance < ONE));
            } else if plan.hopeless(gain) {
                let what = format!("blocks of {block}, gain {gain}: last distance, smallest of all repeats");
                let rule = format!("above {APART}: the gain is below the exponent");
                tests.push(Test::new(4, what, &rule, f64::NAN, &[best]).decided(|distance| distance > APART));
            } else {
                tests.push(Test::new(4, what, "not promised: reported", f64::NAN, &[worst]));
            }
        }
    }
    tests
}

/// What came of the predictions about an arm.
fn of_tests(tests: &[Test], arm: u8) -> Holding {
    let own: Vec<Holding> = tests.iter().filter(|test| test.arm == arm).map(|test| test.outcome).collect();
    if own.contains(&Holding::Fails) {
        Holding::Fails
    } else if own.contains(&Holding::Holds) {
        Holding::Holds
    } else {
        Holding::Open
    }
}

/// The outcome in one sentence, arm by arm.
pub(super) fn in_short(tests: &[Test]) -> String {
    let ways = ["the same bits", "the same bits elsewhere", "the same seed", "the same answers", "dialogue"];
    let came = |(arm, way): (u8, &str)| {
        let came = match of_tests(tests, arm) {
            Holding::Holds => "as predicted",
            Holding::Fails => "not as predicted",
            Holding::Open => "could not be tested",
        };
        format!("{way}: {came}")
    };
    format!("Arm by arm: {}.", (0..).zip(ways).map(came).collect::<Vec<_>>().join("; "))
}

/// What follows, for a person who has read nothing else.
pub(super) fn conclusion(plan: &Predictions, tests: &[Test], runs: &[Run]) -> Vec<String> {
    let arm = |arm: u8| of_tests(tests, arm);
    let mut said = vec![
        match arm(0) {
            Holding::Holds => {
                "Where the idea does not hold: on the same machine and back end a copy of the bits is the \
                               donor, for ever. As a plain sentence, \"it can't be exported as a binary\" is false."
                    .to_owned()
            }
            _ => "A bit copy on the same machine did not stay the same: that is a fault of this program, and nothing \
                  else on this page should be trusted before it is found."
                .to_owned(),
        },
        match (plan.chaotic, arm(1)) {
            (false, _) => {
                "This field is not chaotic: a change of environment does not lose a copy, and the idea is not \
                           needed to explain anything here."
                    .to_owned()
            }
            (true, Holding::Holds) => {
                "Where it holds: the slightest change of environment loses the copy, at the rate and after the time \
                 that were predicted. What survives is the kind, not the individual."
                    .to_owned()
            }
            (true, Holding::Fails) => {
                "A change of environment did not lose the copy as predicted: see the numbers of arm \
                                       1. If the distance does not grow at all, the idea is refuted for this field."
                    .to_owned()
            }
            (true, Holding::Open) => {
                "The pairs were followed too briefly to see the copies lost: give a larger --until.".to_owned()
            }
        },
    ];
    said.push(match (arm(2), arm(3)) {
        (Holding::Holds, Holding::Holds) => "The same architecture, and even the same answers to probes, give another \
                                             individual of the same kind."
            .to_owned(),
        (Holding::Fails, _) => {
            "Twins of the same architecture are not strangers of equal statistics here: see arm 2. (A \
                                field with little room, or one that has not settled by its `stop`, does that.)"
                .to_owned()
        }
        _ => "Choosing by answers to probes did not do what was predicted: see arm 3.".to_owned(),
    });
    said.push(of_dialogue(plan, arm(4), runs));
    said.push(null(plan, runs));
    said
}

fn of_dialogue(plan: &Predictions, outcome: Holding, runs: &[Run]) -> String {
    let followed = |run: &&Run| run.last_distance < ONE;
    let largest = of_arm(runs, 4).filter(followed).filter_map(|run| run.block).fold(0.0, f64::max);
    let lost = of_arm(runs, 4).filter(|run| !followed(run) && run.gain.is_some_and(|gain| gain > plan.mu));
    let smallest_lost = lost.filter_map(|run| run.block).fold(f64::INFINITY, f64::min);
    let seen = if largest > 0.0 {
        format!("The largest blocks over which a twin became its donor have side {largest}.")
    } else {
        "No twin became its donor.".to_owned()
    };
    let fails = if smallest_lost.is_finite() {
        format!(" With a gain above {:.2} it first failed at {smallest_lost}.", plan.mu)
    } else {
        String::new()
    };
    let first = match outcome {
        Holding::Holds => {
            "Living interaction carries the state over wherever that was promised, and nowhere where it can't."
        }
        Holding::Fails => "Living interaction did not do what was predicted: see arm 4.",
        Holding::Open => "Nothing was promised of living interaction for this field and these blocks and gains.",
    };
    format!("{first} {seen}{fails}")
}

/// The null hypotheses of science.md, E1.
fn null(plan: &Predictions, runs: &[Run]) -> String {
    let best = of_arm(runs, 4).map(|run| run.last_distance).fold(f64::INFINITY, f64::min);
    let stay = of_arm(runs, 1).map(|run| run.late_distance).fold(f64::INFINITY, f64::min);
    let (strangers, _) = mean_and_error(&collect(of_arm(runs, 2), |run| Some(run.late_distance)));
    let kept = !plan.chaotic || stay <= 10.0 * best;
    let no_better = best >= 0.9 * strangers;
    let verdict = if kept || no_better { "can't be rejected" } else { "is rejected" };
    let plain = |distance: f64| if distance < 0.01 { format!("{distance:.1e}") } else { format!("{distance:.2}") };
    let [stay, best, strangers] = [stay, best, strangers].map(plain);
    format!(
        "The null hypothesis (a copy in another environment stays as close as a twin in dialogue, or dialogue brings a \
         twin no closer than a stranger) {verdict}: late distances are {stay} for the nearest copy, {best} for the best \
         dialogue, {strangers} for strangers."
    )
}
