//! The files of a run, in the folder that design.md section 4 describes.

use std::path::{Path, PathBuf};

use super::Run;
use super::documents::Documents;
use super::pictures::active;
use super::witness::Eyes;
use crate::error::Error;
use crate::field::Field;
use crate::model::Named;
use crate::output::tables::{DocumentsTable, GroupColumns, Ids, write_documents, write_events, write_series};
use crate::output::{OutputError, npy, report};
use crate::simulation::evaluator::Evaluator;

/// What a run writes when it is over, beside arrays and pictures.
const LAST: [&str; 5] = ["manifest.json", "report.html", "series.parquet", "events.parquet", "documents.parquet"];

/// Makes the folder, and removes what an earlier run left there: the pictures (`NAME-STEP.png`), of which those of other
/// steps would stay, and all that is written in the end, so that a run cut off is not taken for that one. Arrays are told
/// by the names that they will have.
pub(super) fn prepare(out: &Path, arrays: &[Named]) -> Result<(), Error> {
    for folder in ["images", "arrays"] {
        let folder = out.join(folder);
        std::fs::create_dir_all(&folder).map_err(|source| Error::file(&folder, source))?;
    }
    let arrays = arrays.iter().map(|named| array_path(out, named));
    for path in LAST.iter().map(|name| out.join(name)).chain(arrays).filter(|path| path.is_file()) {
        std::fs::remove_file(&path).map_err(|source| Error::file(&path, source))?;
    }
    let images = out.join("images");
    let entries = std::fs::read_dir(&images).map_err(|source| Error::file(&images, source))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_picture(path)) {
        std::fs::remove_file(&path).map_err(|source| Error::file(&path, source))?;
    }
    Ok(())
}

/// Whether a file is named as a run names its pictures.
fn is_picture(path: &Path) -> bool {
    let step = path.file_stem().and_then(|stem| stem.to_str()?.rsplit_once('-')).map(|(_, step)| step);
    path.extension().is_some_and(|ending| ending == "png")
        && step.is_some_and(|step| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes).map_err(|source| Error::file(path, source))
}

/// Everything but the trace and the seed, which are written as the run goes.
pub(super) fn write_all(run: &mut Run<'_>, eyes: &Eyes, notes: Option<&Documents>) -> Result<(), Error> {
    let out = run.options.out.clone();
    write_arrays(run, &out)?;
    write_series(&out.join("series.parquet"), &run.series).map_err(failed)?;
    let on_graph = eyes.slips.as_ref().map_or(&[][..], |slips| &slips.events);
    let events = eyes.history.as_ref().map_or(on_graph, |history| &history.events);
    write_events(&out.join("events.parquet"), events).map_err(failed)?;
    if let (Some(soil), Some(notes)) = (run.life.simulation().soil(), notes) {
        write_documents(&out.join("documents.parquet"), &table(soil, notes)).map_err(failed)?;
    }
    run.manifest.write(&out.join("manifest.json")).map_err(failed)?;
    let page = report::render(&super::page::compose(run, eyes, notes)?);
    write(&out.join("report.html"), page.as_bytes())
}

fn failed(why: OutputError) -> Error {
    match why {
        OutputError::File { path, source } => Error::file(path, source),
        other => Error::Input(other.to_string()),
    }
}

fn array_path(out: &Path, named: &Named) -> PathBuf {
    out.join("arrays").join(format!("{}.npy", named.name))
}

fn write_arrays(run: &mut Run<'_>, out: &Path) -> Result<(), Error> {
    let arrays = run.life.simulation().model().observe.arrays.clone();
    let fields: Vec<Field> = run.life.simulation_mut().fields()?.to_vec();
    let state = run.life.simulation().state();
    let active = active(state.mask);
    for named in &arrays {
        // A field is written as it is; anything else is evaluated, and rounded to the precision of the run.
        let field = match fields.iter().find(|field| field.name == named.name) {
            Some(field) => field.clone(),
            None => {
                let (model, threads) = (run.life.simulation().model(), run.options.place.threads);
                let mut evaluator = Evaluator::for_fields(model, &[named.expr], run.life.simulation().dt(), threads)?;
                let mut field = evaluator.fields(&state)?.remove(0);
                let precision = run.options.place.precision;
                field.values = crate::field::Values::rounded(&field.values.to_f64(), precision);
                field.name.clone_from(&named.name);
                field
            }
        };
        npy::write(&array_path(out, named), &field, active.as_deref()).map_err(failed)?;
    }
    Ok(())
}

fn table(soil: &crate::soil::Soil, notes: &Documents) -> DocumentsTable {
    let has_tags = soil.notes.iter().any(|note| !note.tags.is_empty());
    DocumentsTable {
        ids: ids(soil),
        titles: soil.notes.iter().map(|note| note.title.clone()).collect(),
        x: notes.positions.iter().map(|at| at[0]).collect(),
        y: notes.positions.iter().map(|at| at[1]).collect(),
        tags: has_tags.then(|| soil.notes.iter().map(|note| note.tags.clone()).collect()),
        groups: group_columns(notes),
        columns: notes.columns.clone(),
        whole: notes.whole.clone(),
    }
}

/// The groups, unless the seed measures something under one of their names.
fn group_columns(notes: &Documents) -> Option<GroupColumns> {
    let taken = ["group", "group_name", "bridge"].iter().any(|name| notes.column(name).is_some());
    let found = &notes.groups;
    (!taken).then(|| GroupColumns {
        numbers: found.of.iter().map(|&group| i64::try_from(group).expect("fewer groups than notes")).collect(),
        names: found.of.iter().map(|&group| found.groups[group].name.clone()).collect(),
        bridges: found.bridges.clone(),
    })
}

/// The source's own ids, whole numbers as such.
fn ids(soil: &crate::soil::Soil) -> Ids {
    let whole: Option<Vec<i64>> = soil.notes.iter().map(|note| note.id.parse().ok()).collect();
    match whole.filter(|_| soil.numeric_ids) {
        Some(ids) => Ids::Integers(ids),
        None => Ids::Texts(soil.notes.iter().map(|note| note.id.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_run_takes_away_what_an_earlier_one_left_and_nothing_else() {
        let out = std::env::temp_dir().join(format!("semafield-prepare-{}", std::process::id()));
        prepare(&out, &[]).unwrap();
        let own = ["manifest.json", "series.parquet", "images/abs_A-20.png"];
        let others = ["notes.md", "images/mine.png", "arrays/B.npy", "seed.toml"];
        own.iter().chain(&others).for_each(|name| write(&out.join(name), b"earlier").unwrap());
        prepare(&out, &[]).unwrap();
        assert!(own.iter().all(|name| !out.join(name).exists()) && others.iter().all(|name| out.join(name).exists()));
        std::fs::remove_dir_all(out).unwrap();
    }
}
