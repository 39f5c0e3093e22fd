//! What a sweep leaves behind: tables, manifest, page, and one JSON object.
//!
//! In: the experiment, its plan, the records in the order of the plan. Out: `runs.parquet`, `summary.parquet`,
//! `spectra.parquet` (if a spectrum was measured), `manifest.json`, `report.html`, `summary.md`, `seed.toml` (the seed that was
//! varied) and `experiment.toml` (if there is one).

use std::path::Path;

use serde_json::{Map, Value, json};

use super::measures::{What, events};
use super::page;
use super::plan::{Experiment, Plan};
use super::record::{Exact, Record, Status};
use super::tables::{self, Summary};
use super::verdict::Runs;
use crate::error::Error;
use crate::output::report::sweep::{Verdict, markdown, render};
use crate::output::tables::write_columns;
use crate::output::{OutputError, write_file};
use crate::simulation::Options;

/// What is written down.
pub(super) struct Input<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) plan: &'a Plan,
    pub(super) records: &'a [Record],
    pub(super) out: &'a Path,
    pub(super) soils: Vec<&'a str>,
    pub(super) place: &'a Options,
    pub(super) jobs: usize,
    pub(super) grown: usize,
    pub(super) wall_seconds: f64,
}

/// What came out, beside the files.
pub(super) struct Written {
    pub(super) json: Value,
    pub(super) verdict: String,
}

/// Writes the folder.
pub(super) fn write(input: &Input<'_>) -> Result<Written, Error> {
    let records = with_distances(input.experiment, input.plan, input.records);
    let (experiment, plan, out) = (input.experiment, input.plan, input.out);
    let summary = Summary::new(plan, &records);
    let (verdicts, verdict) = Runs { experiment, plan, records: &records }.verdict();
    let table = |name: &str, columns: &tables::Columns| write_columns(&out.join(name), columns).map_err(failed);
    table("runs.parquet", &tables::runs(experiment, plan, &records))?;
    table("summary.parquet", &summary.table(experiment, plan))?;
    if let Some(spectra) = tables::spectra(experiment, plan, &records) {
        table("spectra.parquet", &spectra)?;
    }
    let text = |name: &str, text: &str| write_file(&out.join(name), text.as_bytes()).map_err(failed);
    text("seed.toml", &experiment.seed.text)?;
    if let Some(document) = &experiment.document {
        text("experiment.toml", &document.text)?;
    }
    let page = page::compose(input, &records, &summary, &verdicts, &verdict);
    text("report.html", &render(&page))?;
    text("summary.md", &markdown(&page))?;
    let manifest = manifest(input, &records, &verdicts, &verdict);
    text("manifest.json", &(serde_json::to_string_pretty(&manifest).expect("a manifest is JSON") + "\n"))?;
    let mut json = manifest;
    json["summary"] = rows(experiment, plan, &summary);
    json["out"] = json!(out.display().to_string());
    Ok(Written { json, verdict })
}

fn failed(why: OutputError) -> Error {
    match why {
        OutputError::File { path, source } => Error::file(path, source),
        other => Error::Input(other.to_string()),
    }
}

/// The records with the distances of their event logs from those that they are compared with.
fn with_distances(experiment: &Experiment, plan: &Plan, records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    for measure in &experiment.measures {
        let What::Events { to, .. } = &measure.what else { continue };
        let log = |record: &Record| record.logs.get(&measure.name).cloned();
        let distances: Vec<f64> = (plan.runs.iter().zip(&records))
            .map(|(run, record)| {
                let values = &plan.combinations[run.combination].values;
                // The same combination but for the keys that are compared.
                let other = experiment.axes.iter().zip(values).map(|(axis, value)| {
                    let compared = to.iter().find(|(key, _)| *key == axis.key);
                    (axis.key.clone(), compared.map_or(value, |(_, value)| value).clone())
                });
                let other: Vec<(String, String)> = other.collect();
                let twin = plan.runs.iter().position(|twin| {
                    twin.repeat == run.repeat && experiment.selects(&other, &plan.combinations[twin.combination].values)
                });
                let logs = twin.and_then(|twin| log(&records[twin])).zip(log(record));
                logs.map_or(f64::NAN, |(a, b)| events::distance(&a, &b))
            })
            .collect();
        for (record, distance) in records.iter_mut().zip(distances) {
            if record.status == Status::Done {
                record.columns.push((measure.name.clone(), Exact(distance)));
            }
        }
    }
    records
}

fn manifest(input: &Input<'_>, records: &[Record], verdicts: &[Verdict], verdict: &str) -> Value {
    let experiment = input.experiment;
    let count = |status: Status| records.iter().filter(|record| record.status == status).count();
    let axes: Map<String, Value> = experiment.axes.iter().map(|axis| (axis.key.clone(), json!(axis.values))).collect();
    let tests: Vec<Value> = verdicts
        .iter()
        .map(|v| json!({"claim": v.claim, "outcome": v.outcome, "detail": v.detail, "against": v.against}))
        .collect();
    json!({
        "title": page::title(experiment),
        "version": env!("CARGO_PKG_VERSION"),
        "command": experiment.command,
        "seed": experiment.seed.file,
        "seed_hash": crate::simulation::trace::hash(&experiment.seed.text),
        "soil_hashes": input.soils,
        "set": experiment.set.iter().map(|(key, value)| (key.clone(), json!(value))).collect::<Map<String, Value>>(),
        "axes": axes,
        "repeats": experiment.repeats,
        "until": experiment.until,
        "precision": input.place.precision.name(),
        "backend": input.place.backend.map(crate::engine::Backend::name),
        "jobs": input.jobs,
        "threads": input.place.threads,
        "runs": records.len(),
        "done": count(Status::Done),
        "diverged": count(Status::Diverged),
        "failed": count(Status::Failed),
        "grown": input.grown,
        "wall_seconds": input.wall_seconds,
        "hypothesis": experiment.hypothesis.null,
        "prediction": experiment.hypothesis.prediction,
        "tests": tests,
        "verdict": verdict,
    })
}

/// The summary as a list of objects; what is not a number is null.
fn rows(experiment: &Experiment, plan: &Plan, summary: &Summary) -> Value {
    let row = |(at, combination): (usize, &super::plan::Combination)| {
        let mut row = Map::new();
        for (axis, value) in experiment.axes.iter().zip(&combination.values) {
            let number = axis.numbers().and_then(|_| value.parse::<f64>().ok());
            row.insert(axis.key.clone(), number.map_or_else(|| json!(value), |number| json!(number)));
        }
        row.insert("runs".into(), json!(summary.done[at]));
        row.insert("diverged".into(), json!(summary.diverged[at]));
        for (name, estimate) in summary.names.iter().zip(&summary.estimates[at]) {
            row.insert(name.clone(), json!(estimate.mean));
            row.insert(format!("{name}_se"), json!(estimate.error));
        }
        Value::Object(row)
    };
    plan.combinations.iter().enumerate().map(row).collect()
}
