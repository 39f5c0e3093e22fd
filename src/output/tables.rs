//! Parquet tables: `series`, `events`, `documents`, and tables of any columns. In: columns of equal length. Out: files that pandas, DuckDB and
//! polars read as they are. A table without rows keeps its columns and their types.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::{OutputError, write_file};

/// Quantities measured over time: one row per observation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesTable {
    /// Steps made at each row.
    pub steps: Vec<i64>,
    /// Time of each row, in the seed's unit.
    pub times: Vec<f64>,
    /// Name and values of each series.
    pub columns: Vec<(String, Vec<f64>)>,
}

/// Something that happened in the field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// The step.
    pub step: i64,
    /// Its time, in the seed's unit.
    pub time: f64,
    /// What happened, in one word: `birth`, `annihilation`, ...
    pub kind: String,
    /// The things it happened to, by number.
    pub ids: Vec<i64>,
    /// Topological charge, where there is one.
    pub charge: Option<i64>,
    /// Place along x, in domain units.
    pub x: Option<f64>,
    /// Place along y, in domain units.
    pub y: Option<f64>,
    /// Ids of the notes nearest to the place.
    pub notes: Vec<String>,
}

/// The ids of notes, in the type that they came in.
#[derive(Clone, Debug)]
pub enum Ids {
    /// Whole numbers: an integer column, or row numbers.
    Integers(Vec<i64>),
    /// Text: paths, names.
    Texts(Vec<String>),
    /// A column of the source table, passed through unchanged.
    Column(ArrayRef),
}

/// One row per note, in source order.
#[derive(Clone, Debug)]
pub struct DocumentsTable {
    /// Ids as in the source.
    pub ids: Ids,
    /// Titles.
    pub titles: Vec<String>,
    /// Place along x, in domain units.
    pub x: Vec<f64>,
    /// Place along y, in domain units.
    pub y: Vec<f64>,
    /// Tags of each note, where the source has tags.
    pub tags: Option<Vec<Vec<String>>>,
    /// The group of each note, where groups were looked for.
    pub groups: Option<GroupColumns>,
    /// Name and values of what was measured at each note; what is not a number is null.
    pub columns: Vec<(String, Vec<f64>)>,
    /// Name and values of columns of whole numbers: ids, counts.
    pub whole: Vec<(String, Vec<Option<i64>>)>,
}

/// What a group is to each note: the columns `group`, `group_name` and `bridge`.
#[derive(Clone, Debug)]
pub struct GroupColumns {
    /// The group's number, from 0.
    pub numbers: Vec<i64>,
    /// The group's telling words.
    pub names: Vec<String>,
    /// How evenly the note's ties are spread over groups, 0 to 1.
    pub bridges: Vec<f64>,
}

/// A column of a table that is none of the above.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; what is not a number is null.
    Numbers(Vec<f64>),
    /// Whole numbers.
    Whole(Vec<i64>),
    /// Texts, or null.
    Texts(Vec<Option<String>>),
}

/// Columns on their way to a file.
type Columns = Vec<(String, ArrayRef)>;

/// Writes `step`, `time` and one f64 column per series.
pub fn write_series(path: &Path, table: &SeriesTable) -> Result<(), OutputError> {
    let mut columns: Columns = vec![
        ("step".into(), Arc::new(Int64Array::from(table.steps.clone()))),
        ("time".into(), Arc::new(Float64Array::from(table.times.clone()))),
    ];
    append_floats(&mut columns, &table.columns);
    write(path, columns)
}

/// Writes `step, time, kind, ids, charge, x, y, notes`; the columns are there when no event is.
pub fn write_events(path: &Path, events: &[Event]) -> Result<(), OutputError> {
    let mut ids = ListBuilder::new(Int64Builder::new());
    for event in events {
        ids.values().append_slice(&event.ids);
        ids.append(true);
    }
    let columns: Columns = vec![
        ("step".into(), Arc::new(Int64Array::from_iter_values(events.iter().map(|e| e.step)))),
        ("time".into(), Arc::new(Float64Array::from_iter_values(events.iter().map(|e| e.time)))),
        ("kind".into(), Arc::new(StringArray::from_iter_values(events.iter().map(|e| &e.kind)))),
        ("ids".into(), Arc::new(ids.finish())),
        ("charge".into(), Arc::new(events.iter().map(|e| e.charge).collect::<Int64Array>())),
        ("x".into(), Arc::new(events.iter().map(|e| e.x).collect::<Float64Array>())),
        ("y".into(), Arc::new(events.iter().map(|e| e.y).collect::<Float64Array>())),
        ("notes".into(), text_lists(events.iter().map(|e| e.notes.as_slice()))),
    ];
    write(path, columns)
}

/// Writes `id, title, x, y`, `tags` where there are some, the groups if any, one f64 column per measured quantity, and
/// those of whole numbers.
pub fn write_documents(path: &Path, table: &DocumentsTable) -> Result<(), OutputError> {
    let ids: ArrayRef = match &table.ids {
        Ids::Integers(ids) => Arc::new(Int64Array::from(ids.clone())),
        Ids::Texts(ids) => Arc::new(StringArray::from_iter_values(ids)),
        Ids::Column(column) => Arc::clone(column),
    };
    let mut columns: Columns = vec![
        ("id".into(), ids),
        ("title".into(), Arc::new(StringArray::from_iter_values(&table.titles))),
        ("x".into(), Arc::new(Float64Array::from(table.x.clone()))),
        ("y".into(), Arc::new(Float64Array::from(table.y.clone()))),
    ];
    if let Some(tags) = &table.tags {
        columns.push(("tags".into(), text_lists(tags.iter().map(Vec::as_slice))));
    }
    if let Some(groups) = &table.groups {
        columns.push(("group".into(), Arc::new(Int64Array::from(groups.numbers.clone()))));
        columns.push(("group_name".into(), Arc::new(StringArray::from_iter_values(&groups.names))));
        columns.push(("bridge".into(), Arc::new(Float64Array::from(groups.bridges.clone()))));
    }
    for (name, values) in &table.columns {
        columns.push((name.clone(), numbers(values)));
    }
    for (name, values) in &table.whole {
        columns.push((name.clone(), Arc::new(Int64Array::from(values.clone()))));
    }
    write(path, columns)
}

/// Writes any columns, in their order; there is at least one.
pub fn write_columns(path: &Path, columns: &[(String, Column)]) -> Result<(), OutputError> {
    let array = |column: &Column| -> ArrayRef {
        match column {
            Column::Numbers(values) => numbers(values),
            Column::Whole(values) => Arc::new(Int64Array::from(values.clone())),
            Column::Texts(values) => Arc::new(StringArray::from_iter(values)),
        }
    };
    write(path, columns.iter().map(|(name, column)| (name.clone(), array(column))).collect())
}

/// Measured numbers; what is not a number is null.
fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(values.iter().map(|&value| (!value.is_nan()).then_some(value)).collect::<Float64Array>())
}

fn append_floats(columns: &mut Columns, floats: &[(String, Vec<f64>)]) {
    for (name, values) in floats {
        columns.push((name.clone(), Arc::new(Float64Array::from(values.clone()))));
    }
}

fn text_lists<'a>(lists: impl Iterator<Item = &'a [String]>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for list in lists {
        for text in list {
            builder.values().append_value(text);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// Writes a table, after making sure that its names differ and its lengths agree.
fn write(path: &Path, columns: Columns) -> Result<(), OutputError> {
    let wrong = |message: String| OutputError::Table { path: path.to_path_buf(), message };
    let mut names = BTreeSet::new();
    let rows = columns[0].1.len();
    for (name, column) in &columns {
        if !names.insert(name.as_str()) {
            return Err(wrong(format!("two columns are called `{name}`; rename that series")));
        }
        if column.len() != rows {
            return Err(wrong(format!("column `{name}` has {} values, the others have {rows}", column.len())));
        }
    }
    let failed = |error: &dyn std::fmt::Display| wrong(error.to_string());
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, column)| column).collect())
        .map_err(|error| failed(&error))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).map_err(|error| failed(&error))?;
    writer.write(&batch).and_then(|()| writer.close()).map_err(|error| failed(&error))?;
    write_file(path, &bytes)
}
