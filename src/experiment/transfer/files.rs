//! The files of the experiment: `report.html`, `transfer.json`, `runs.parquet` (a row per pair), `distances.parquet` (a
//! row per pair and sample).

use std::path::Path;

use super::subject::Subject;
use super::{Transfer, TransferOptions, page};
use crate::error::Error;
use crate::output::OutputError;
use crate::output::tables::{Column, write_columns};

pub(super) fn write(transfer: &Transfer, subject: &Subject, options: &TransferOptions) -> Result<(), Error> {
    let out = &options.out;
    let put = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        std::fs::write(&path, bytes).map_err(|source| Error::file(&path, source))
    };
    let json = serde_json::to_string_pretty(transfer).expect("plain data");
    put("transfer.json", json.as_bytes())?;
    put("seed.toml", subject.text.as_bytes())?;
    put("report.html", page::compose(transfer, subject)?.as_bytes())?;
    if transfer.runs.is_empty() {
        return Ok(());
    }
    table(&out.join("runs.parquet"), runs(transfer))?;
    table(&out.join("distances.parquet"), distances(transfer, subject))
}

type Columns = Vec<(String, Column)>;

fn table(path: &Path, columns: Columns) -> Result<(), Error> {
    write_columns(path, &columns).map_err(|why| match why {
        OutputError::File { path, source } => Error::file(path, source),
        other => Error::Input(other.to_string()),
    })
}

/// Keys that both tables have.
fn keys(transfer: &Transfer, rows: impl Fn(usize) -> usize) -> Columns {
    let repeated = |of: &dyn Fn(&super::Run) -> i64| {
        let all = transfer.runs.iter().enumerate();
        Column::Whole(all.flat_map(|(at, run)| std::iter::repeat_n(of(run), rows(at))).collect())
    };
    let number = |of: &dyn Fn(&super::Run) -> Option<f64>| {
        let all = transfer.runs.iter().enumerate();
        let value = |run: &super::Run| of(run).unwrap_or(f64::NAN);
        Column::Numbers(all.flat_map(|(at, run)| std::iter::repeat_n(value(run), rows(at))).collect())
    };
    let variants = transfer.runs.iter().enumerate();
    let variants = variants.flat_map(|(at, run)| std::iter::repeat_n(Some(run.variant.clone()), rows(at)));
    let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    vec![
        ("arm".into(), repeated(&|run| run.arm.into())),
        ("variant".into(), Column::Texts(variants.collect())),
        ("repeat".into(), repeated(&|run| run.repeat.into())),
        ("donor_rng_seed".into(), repeated(&|run| whole(run.donor_rng_seed))),
        ("rng_seed".into(), repeated(&|run| whole(run.rng_seed))),
        ("block".into(), number(&|run| run.block)),
        ("gain".into(), number(&|run| run.gain)),
    ]
}

fn runs(transfer: &Transfer) -> Columns {
    let number = |of: fn(&super::Run) -> Option<f64>| {
        Column::Numbers(transfer.runs.iter().map(|run| of(run).unwrap_or(f64::NAN)).collect())
    };
    let mut columns = keys(transfer, |_| 1);
    columns.extend([
        ("rate".into(), number(|run| run.rate)),
        ("start_distance".into(), number(|run| run.start_distance)),
        ("horizon".into(), number(|run| run.horizon)),
        ("mismatch".into(), number(|run| run.mismatch)),
        ("log_distance".into(), number(|run| run.log_distance)),
        ("late_distance".into(), number(|run| Some(run.late_distance))),
        ("last_distance".into(), number(|run| Some(run.last_distance))),
        ("largest_distance".into(), number(|run| Some(run.largest_distance))),
    ]);
    columns
}

fn distances(transfer: &Transfer, subject: &Subject) -> Columns {
    let mut columns = keys(transfer, |run| transfer.runs[run].times.len());
    let joined = |of: &dyn Fn(&super::Run) -> Vec<f64>| Column::Numbers(transfer.runs.iter().flat_map(of).collect());
    columns.push(("time".into(), joined(&|run| run.times.clone())));
    columns.push(("distance".into(), joined(&|run| run.distances.clone())));
    for (position, statistic) in subject.statistics.iter().enumerate() {
        columns.push((statistic.name.into(), joined(&|run| run.statistics[position].clone())));
    }
    columns
}
