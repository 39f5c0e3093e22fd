//! The report of a sweep: what was asked and measured, put into the words and order of the page.

use super::axis::Axis;
use super::plan::{Experiment, Plan};
use super::record::{Record, Status};
use super::report::Input;
use super::sketch::Sketch;
use super::statistics::Estimate;
use super::tables::Summary;
use super::test::TestKind;
use crate::output::report::sweep::{Album, Bars, Heat, SweepPage, Verdict, time_span, with_error};
use crate::seed::Seed;

/// Charts on one page; more are in the tables.
const MOST_CHARTS: usize = 24;

/// The title: the experiment's, else its seed's.
pub(super) fn title(experiment: &Experiment) -> String {
    let own = Some(experiment.title.clone()).filter(|title| !title.is_empty());
    let file = &experiment.seed.file;
    own.unwrap_or_else(|| Seed::parse(&experiment.seed.text).map_or_else(|_| file.clone(), |seed| seed.title_or(file)))
}

/// What the page shows.
pub(super) fn compose(
    input: &Input<'_>,
    records: &[Record],
    summary: &Summary,
    verdicts: &[Verdict],
    verdict: &str,
) -> SweepPage {
    let (experiment, plan) = (input.experiment, input.plan);
    let shown = shown(experiment, summary);
    let (bars, heats) = charts(experiment, plan, summary, &shown);
    let (headings, rows) = table(experiment, plan, summary, &shown);
    let mut texts = vec![("The seed that was varied".to_owned(), experiment.seed.text.clone())];
    if let Some(document) = &experiment.document {
        texts.insert(0, ("The experiment".to_owned(), document.text.clone()));
    }
    SweepPage {
        title: title(experiment),
        lead: lead(experiment, plan),
        figures: figures(input, records),
        asked: asked(experiment),
        verdicts: verdicts.to_vec(),
        verdict: verdict.to_owned(),
        warnings: warnings(experiment, plan, records),
        bars,
        heats,
        album: album(experiment, plan, records),
        headings,
        rows,
        readings: experiment.readings.clone(),
        again: experiment.command.clone(),
        texts,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn lead(experiment: &Experiment, plan: &Plan) -> String {
    let varied: Vec<&Axis> = experiment.axes.iter().filter(|axis| axis.values.len() > 1).collect();
    let over = |axis: &&Axis| match &axis.values[..] {
        [first, .., last] if axis.values.len() > 6 => {
            format!("{} ({} values from {first} to {last})", axis.key, axis.values.len())
        }
        values => format!("{} ({})", axis.key, values.join(", ")),
    };
    let over: Vec<String> = varied.iter().map(over).collect();
    let times = match experiment.repeats {
        1 => "once".to_owned(),
        n => format!("{n} times, each with random numbers of its own"),
    };
    if over.is_empty() {
        return format!("One field, grown {times}.");
    }
    format!("{} combinations of {}, each grown {times}.", plan.combinations.len(), over.join(" and "))
}

fn figures(input: &Input<'_>, records: &[Record]) -> Vec<(String, String)> {
    let seconds: f64 = records.iter().map(|record| record.wall_seconds).sum();
    let mut figures = vec![
        ("runs".to_owned(), records.len().to_string()),
        ("combinations".to_owned(), input.plan.combinations.len().to_string()),
        ("repeats".to_owned(), input.experiment.repeats.to_string()),
        ("time of all runs".to_owned(), time_span(seconds)),
    ];
    let diverged = records.iter().filter(|record| record.status == Status::Diverged).count();
    if diverged > 0 {
        figures.push(("diverged".to_owned(), diverged.to_string()));
    }
    figures
}

fn asked(experiment: &Experiment) -> Vec<(String, String)> {
    let hypothesis = &experiment.hypothesis;
    let mut asked = vec![
        ("Question".to_owned(), hypothesis.question.clone()),
        ("Null hypothesis".to_owned(), hypothesis.null.clone()),
        ("Prediction".to_owned(), hypothesis.prediction.clone()),
    ];
    for test in &experiment.tests {
        let how = match &test.kind {
            TestKind::Slope { along } => format!(
                "A least-squares line of {} over {along}, every run a point. A slope that chance would give with a \
                 probability below {} speaks against the null hypothesis.",
                test.measure, test.level
            ),
            TestKind::Difference { by_permutation, .. } => format!(
                "The means of {} in two groups of runs, by {}. A difference that chance would give with a probability \
                 below {} speaks against the null hypothesis.",
                test.measure,
                if *by_permutation { "a permutation test" } else { "Welch's t test" },
                test.level
            ),
            TestKind::Outlier { deviations, .. } => format!(
                "The mean of {} in one group of runs beside the spread of another. A mean that is {deviations} of its \
                 standard deviations away speaks against the null hypothesis.",
                test.measure
            ),
            TestKind::Equal { to, tolerance, .. } => format!(
                "The mean of {} of each combination against {}. A mean whose confidence interval lies outside of {} % of \
                 it speaks against the null hypothesis.",
                test.measure,
                to.value,
                100.0 * tolerance
            ),
        };
        asked.push(("Test".to_owned(), how));
    }
    if experiment.tests.len() > 1 {
        let shared = format!("The level is shared by {} tests (Bonferroni).", experiment.tests.len());
        asked.push(("Level".to_owned(), shared));
    }
    asked.retain(|(_, text)| !text.is_empty());
    asked
}

fn warnings(experiment: &Experiment, plan: &Plan, records: &[Record]) -> Vec<String> {
    const MOST: usize = 12;
    let broken: Vec<String> = (plan.runs.iter().zip(records))
        .filter(|(_, record)| record.status != Status::Done)
        .map(|(run, record)| {
            let label = experiment.label(&plan.combinations[run.combination].values);
            let message = record.message.clone().unwrap_or_default();
            format!("{label} (repeat {}): {}", run.repeat, message.lines().next().unwrap_or_default())
        })
        .collect();
    let mut warnings: Vec<String> = broken.iter().take(MOST).cloned().collect();
    if broken.len() > MOST {
        warnings.push(format!("{} more runs did not reach their end: see runs.parquet", broken.len() - MOST));
    }
    warnings
}

/// The columns that are charted: those that are tested first, then the means of series and what else was measured.
fn shown(experiment: &Experiment, summary: &Summary) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    let tested = experiment.tests.iter().map(|test| &test.measure);
    let other = |name: &&String| {
        let summed = super::growth::SUMMARIES.iter().any(|kind| name.ends_with(&format!("_{kind}")));
        !summed || name.ends_with("_mean")
    };
    for name in tested.chain(summary.names.iter().filter(other)) {
        if summary.names.contains(name) && !shown.contains(name) {
            shown.push(name.clone());
        }
    }
    shown
}

fn charts(experiment: &Experiment, plan: &Plan, summary: &Summary, shown: &[String]) -> (Vec<Bars>, Vec<Heat>) {
    let varied: Vec<usize> = (0..experiment.axes.len()).filter(|&at| experiment.axes[at].values.len() > 1).collect();
    let columns = shown.iter().filter_map(|name| Some((name, summary.column(name)?)));
    match varied[..] {
        [] => (vec![], vec![]),
        [only] => {
            let axis = &experiment.axes[only];
            let bars = columns.take(MOST_CHARTS).map(|(name, estimates)| Bars {
                title: name.clone(),
                reading: experiment.reading(name).to_owned(),
                axis: axis.key.clone(),
                names: axis.values.clone(),
                places: axis.numbers(),
                means: estimates.iter().map(|estimate| estimate.mean).collect(),
                errors: estimates.iter().map(|estimate| estimate.error).collect(),
            });
            (bars.collect(), vec![])
        }
        [up, right, ..] => {
            let rest = slices(experiment, plan, &varied[2..]);
            let heats = columns.flat_map(|(name, estimates)| {
                rest.iter()
                    .map(move |rest| heat(experiment, plan, [up, right], rest, name, &estimates))
                    .collect::<Vec<_>>()
            });
            (vec![], heats.take(MOST_CHARTS).collect())
        }
    }
}

/// The combinations of the values on some axes: one map each.
fn slices(experiment: &Experiment, plan: &Plan, axes: &[usize]) -> Vec<Vec<(String, String)>> {
    let mut slices: Vec<Vec<(String, String)>> = Vec::new();
    for combination in &plan.combinations {
        let key = |&at: &usize| (experiment.axes[at].key.clone(), combination.values[at].clone());
        let slice = axes.iter().map(key).collect();
        if !slices.contains(&slice) {
            slices.push(slice);
        }
    }
    slices
}

fn heat(
    experiment: &Experiment,
    plan: &Plan,
    axes: [usize; 2],
    rest: &[(String, String)],
    name: &str,
    estimates: &[Estimate],
) -> Heat {
    let [up, right] = axes.map(|at| &experiment.axes[at]);
    let place = |a: &String, b: &String| {
        plan.combinations
            .iter()
            .position(|c| c.values[axes[0]] == *a && c.values[axes[1]] == *b && experiment.selects(rest, &c.values))
    };
    let cells: Vec<Option<Estimate>> =
        up.values.iter().flat_map(|a| right.values.iter().map(move |b| place(a, b).map(|at| estimates[at]))).collect();
    let number = |of: fn(&Estimate) -> f64| cells.iter().map(|cell| cell.as_ref().map_or(f64::NAN, of)).collect();
    let at: Vec<String> = rest.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    Heat {
        title: if at.is_empty() { name.to_owned() } else { format!("{name}, {}", at.join(", ")) },
        axes: [up.key.clone(), right.key.clone()],
        names: [up.values.clone(), right.values.clone()],
        reading: experiment.reading(name).to_owned(),
        means: number(|estimate| estimate.mean),
        errors: number(|estimate| estimate.error),
    }
}

fn album(experiment: &Experiment, plan: &Plan, records: &[Record]) -> Album {
    let first: Vec<(usize, &Record)> = (plan.runs.iter().zip(records))
        .filter(|(run, _)| run.repeat == 0)
        .map(|(run, record)| (run.combination, record))
        .collect();
    let sketches: Vec<Option<&Sketch>> = first.iter().map(|(_, record)| record.sketch.as_ref()).collect();
    let Some(one) = sketches.iter().flatten().next() else { return Album::default() };
    let (name, aspect) = (one.name().to_owned(), one.aspect());
    let (pictures, key) = Sketch::draw(&sketches);
    let pictures = first.iter().zip(pictures).map(|((combination, record), picture)| {
        let label = experiment.label(&plan.combinations[*combination].values);
        let label = if record.status == Status::Done { label } else { format!("{label}: {}", record.status.name()) };
        (label, picture)
    });
    let last = experiment.axes.iter().rev().find(|axis| axis.values.len() > 1);
    let columns = last.map_or(1, |axis| axis.values.len());
    Album { name, key, columns: columns.min(12), aspect, pictures: pictures.collect() }
}

/// Means with their errors, one row per combination.
fn table(experiment: &Experiment, plan: &Plan, summary: &Summary, shown: &[String]) -> (Vec<String>, Vec<Vec<String>>) {
    let keys = experiment.axes.iter().map(|axis| axis.key.clone());
    let headings = keys.chain(["runs".to_owned()]).chain(shown.iter().cloned()).collect();
    let columns: Vec<Vec<Estimate>> = shown.iter().filter_map(|name| summary.column(name)).collect();
    let row = |(at, combination): (usize, &super::plan::Combination)| {
        let measured = columns.iter().map(|column| with_error(column[at].mean, column[at].error));
        combination.values.iter().cloned().chain([summary.done[at].to_string()]).chain(measured).collect()
    };
    (headings, plan.combinations.iter().enumerate().map(row).collect())
}
