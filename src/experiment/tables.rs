//! The tables of a sweep: one row per run, one row per combination, and the spectra.
//!
//! In: the plan and its records. Out: columns in a fixed order: keys, what the run was, then what was measured. Keys whose
//! values are all numbers are numeric columns. A run that did not reach its end has a row without measurements.

use super::plan::{Combination, Experiment, Plan};
use super::record::{Record, Status};
use super::statistics::Estimate;
use crate::output::tables::Column;

/// Columns of a table on its way to a file.
pub(super) type Columns = Vec<(String, Column)>;

/// The columns of measured numbers: as the first finished run has them.
pub(super) fn measured(records: &[Record]) -> Vec<String> {
    let done = records.iter().find(|record| record.status == Status::Done);
    done.map_or_else(Vec::new, |record| record.columns.iter().map(|(name, _)| name.clone()).collect())
}

/// The columns of the keys, for some combinations.
fn keys<'a>(experiment: &Experiment, combinations: impl Iterator<Item = &'a Combination> + Clone) -> Columns {
    let column = |at: usize| {
        let values = combinations.clone().map(|combination| &combination.values[at]);
        match experiment.axes[at].numbers() {
            Some(_) => Column::Numbers(values.map(|value| value.parse().unwrap_or(f64::NAN)).collect()),
            None => Column::Texts(values.map(|value| Some(value.clone())).collect()),
        }
    };
    experiment.axes.iter().enumerate().map(|(at, axis)| (axis.key.clone(), column(at))).collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// One row per run.
pub(super) fn runs(experiment: &Experiment, plan: &Plan, records: &[Record]) -> Columns {
    let of = |run: &super::plan::Planned| &plan.combinations[run.combination];
    let texts = |text: &dyn Fn(&Record) -> Option<String>| Column::Texts(records.iter().map(text).collect());
    let numbers = |number: &dyn Fn(&Record) -> f64| Column::Numbers(records.iter().map(number).collect());
    let mut columns = keys(experiment, plan.runs.iter().map(of));
    let own: Columns = vec![
        ("repeat".into(), Column::Whole(plan.runs.iter().map(|run| signed(run.repeat)).collect())),
        ("rng_seed".into(), Column::Whole(plan.runs.iter().map(|run| signed(of(run).rng_seed(run.repeat))).collect())),
        ("status".into(), texts(&|record| Some(record.status.name().to_owned()))),
        ("message".into(), texts(&|record| record.message.clone())),
        ("steps".into(), Column::Whole(records.iter().map(|record| signed(record.steps)).collect())),
        ("time".into(), numbers(&|record| record.time.0)),
        ("wall_seconds".into(), numbers(&|record| record.wall_seconds)),
        ("digest".into(), texts(&|record| Some(record.digest()).filter(|digest| !digest.is_empty()))),
    ];
    let is_key = |name: &str| columns.iter().any(|(key, _)| key == name);
    let own: Columns = own.into_iter().filter(|(name, _)| !is_key(name)).collect();
    columns.extend(own);
    let fields = records.iter().find(|record| !record.digests.is_empty()).map(|record| &record.digests);
    for (field, _) in fields.into_iter().flatten() {
        let digest =
            |record: &Record| record.digests.iter().find(|(name, _)| name == field).map(|(_, digest)| digest.clone());
        columns.push((format!("digest_{field}"), texts(&digest)));
    }
    let values = measured(records).into_iter().map(|name| (name.clone(), numbers(&|record| record.value(&name))));
    columns.extend(values.collect::<Columns>());
    columns
}

/// Mean and standard error of each combination, for each measured column.
pub(super) struct Summary {
    /// Names of the measured columns.
    pub(super) names: Vec<String>,
    /// By combination, then by column.
    pub(super) estimates: Vec<Vec<Estimate>>,
    /// Runs that reached their end, by combination.
    pub(super) done: Vec<usize>,
    /// Runs that diverged, by combination.
    pub(super) diverged: Vec<usize>,
}

impl Summary {
    pub(super) fn new(plan: &Plan, records: &[Record]) -> Self {
        let names = measured(records);
        let mut members: Vec<Vec<&Record>> = vec![vec![]; plan.combinations.len()];
        plan.runs.iter().zip(records).for_each(|(run, record)| members[run.combination].push(record));
        let count = |status: Status| {
            members.iter().map(|runs| runs.iter().filter(|run| run.status == status).count()).collect::<Vec<usize>>()
        };
        let estimate = |runs: &[&Record], name: &str| {
            let values: Vec<f64> = runs.iter().map(|run| run.value(name)).filter(|value| value.is_finite()).collect();
            Estimate::of(&values)
        };
        let estimates = members.iter().map(|runs| names.iter().map(|name| estimate(runs, name)).collect()).collect();
        Self { done: count(Status::Done), diverged: count(Status::Diverged), names, estimates }
    }

    /// The estimates of a column, by combination.
    pub(super) fn column(&self, name: &str) -> Option<Vec<Estimate>> {
        let at = self.names.iter().position(|own| own == name)?;
        Some(self.estimates.iter().map(|row| row[at]).collect())
    }

    /// The table: keys, `runs`, `diverged`, and for each column its mean (`NAME`) and standard error (`NAME_se`).
    pub(super) fn table(&self, experiment: &Experiment, plan: &Plan) -> Columns {
        let counts = |counts: &[usize]| Column::Whole(counts.iter().map(|&count| signed(count as u64)).collect());
        let mut columns = keys(experiment, plan.combinations.iter());
        columns.push(("runs".into(), counts(&self.done)));
        columns.push(("diverged".into(), counts(&self.diverged)));
        for (at, name) in self.names.iter().enumerate() {
            let all =
                |of: fn(&Estimate) -> f64| Column::Numbers(self.estimates.iter().map(|row| of(&row[at])).collect());
            columns.push((name.clone(), all(|estimate| estimate.mean)));
            columns.push((format!("{name}_se"), all(|estimate| estimate.error)));
        }
        columns
    }
}

/// One row per run, measure and shell: keys, `repeat`, `measure`, `wavenumber`, `power`; none without spectra.
pub(super) fn spectra(experiment: &Experiment, plan: &Plan, records: &[Record]) -> Option<Columns> {
    let mut rows = Vec::new();
    for (run, record) in plan.runs.iter().zip(records) {
        for kept in &record.spectra {
            for (shell, power) in kept.power.iter().enumerate() {
                rows.push((run, kept.name.as_str(), shell as f64 * kept.spacing.0, power.0));
            }
        }
    }
    if rows.is_empty() {
        return None;
    }
    let mut columns = keys(experiment, rows.iter().map(|row| &plan.combinations[row.0.combination]));
    columns.push(("repeat".into(), Column::Whole(rows.iter().map(|row| signed(row.0.repeat)).collect())));
    columns.push(("measure".into(), Column::Texts(rows.iter().map(|row| Some(row.1.to_owned())).collect())));
    columns.push(("wavenumber".into(), Column::Numbers(rows.iter().map(|row| row.2).collect())));
    columns.push(("power".into(), Column::Numbers(rows.iter().map(|row| row.3).collect())));
    Some(columns)
}
