//! Notes from a Parquet table.
//!
//! In: a `.parquet` file. Out: notes and unit vectors in row order, or notes to be encoded where the table has texts
//! only. Columns get their roles by [`super::roles`]; no other column is read.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, FieldRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns;
use super::note::Note;
use super::roles::{Column, Kind, Roles, VECTOR_NAMES};
use super::rows::Rows;
use super::{Harvest, SoilError};

/// Reads a table; `chosen` are roles and the columns that the seed gave them.
pub(super) fn read(path: &Path, chosen: &[(String, String)]) -> Result<Harvest, SoilError> {
    // The Parquet reader asserts where a damaged file breaks its expectations; the file is to blame, not the program.
    std::panic::catch_unwind(|| read_rows(path, chosen)).unwrap_or_else(|_| {
        let message = "it is damaged; write it anew".to_owned();
        Err(SoilError::Format { path: path.to_path_buf(), kind: "a Parquet table", message })
    })
}

fn read_rows(path: &Path, chosen: &[(String, String)]) -> Result<Harvest, SoilError> {
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "a Parquet table", message };
    let file = File::open(path).map_err(|source| SoilError::Read { path: path.to_path_buf(), source })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(error.to_string()))?;
    let schema = builder.schema().clone();
    let described: Vec<Column> = schema.fields().iter().map(describe).collect();
    let roles = Roles::assign(path, &described, chosen)?;
    let wanted = schema.fields().iter().enumerate().filter(|(_, field)| roles.uses(field.name()));
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.map(|(index, _)| index));
    let announced = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let reader = builder.with_projection(mask).build().map_err(|error| damaged(error.to_string()))?;

    // Without an id column the row number is the id.
    let id = roles.column("id").and_then(|name| schema.field_with_name(name).ok());
    let mut rows = Rows::new(path, id.is_none_or(|field| field.data_type().is_integer()));
    rows.announce(announced);
    for batch in reader {
        let batch = batch.map_err(|error| damaged(error.to_string()))?;
        let vectors = roles.vector.as_deref().map(|name| {
            let column = batch.column_by_name(name).ok_or_else(|| damaged("its schema is damaged".into()))?;
            if is_list_of_numbers(column.data_type()) {
                return Ok(column);
            }
            Err(damaged(format!("column `{name}` is of type {}; vectors are lists of numbers", column.data_type())))
        });
        add(&mut rows, path, &batch, &roles, vectors.transpose()?, damaged)?;
    }
    rows.finish()
}

fn describe(field: &FieldRef) -> Column {
    let kind = match kind_of(field.data_type()) {
        // Lists of whole numbers may be links; who calls them vectors means vectors.
        Kind::Other if VECTOR_NAMES.contains(&field.name().as_str()) && is_list_of_numbers(field.data_type()) => {
            Kind::Vectors
        }
        kind => kind,
    };
    Column { name: field.name().clone(), kind, described: field.data_type().to_string() }
}

fn is_list_of_numbers(kind: &DataType) -> bool {
    matches!(kind, DataType::FixedSizeList(item, _) | DataType::List(item) | DataType::LargeList(item)
        if item.data_type().is_numeric())
}

fn kind_of(kind: &DataType) -> Kind {
    match kind {
        DataType::FixedSizeList(item, _) | DataType::List(item) | DataType::LargeList(item)
            if matches!(item.data_type(), DataType::Float16 | DataType::Float32 | DataType::Float64) =>
        {
            Kind::Vectors
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Words,
        DataType::Dictionary(_, item) => kind_of(item),
        _ => Kind::Other,
    }
}

/// Appends the notes of a batch.
fn add(
    rows: &mut Rows<'_>,
    path: &Path,
    batch: &RecordBatch,
    roles: &Roles,
    vectors: Option<&ArrayRef>,
    damaged: impl Fn(String) -> SoilError,
) -> Result<(), SoilError> {
    let column = |part: &str| roles.column(part).and_then(|name| Some((name, batch.column_by_name(name)?)));
    let words = |part: &str| column(part).map(|(name, column)| columns::words(name, column)).transpose();
    let lists = |part: &str| column(part).map(|(name, column)| columns::word_lists(name, column)).transpose();
    let numbers = |part: &str| column(part).map(|(name, column)| columns::numbers(name, column)).transpose();
    let (ids, titles, texts) =
        (words("id").map_err(&damaged)?, words("title").map_err(&damaged)?, words("text").map_err(&damaged)?);
    let (tags, links) = (lists("tags").map_err(&damaged)?, lists("links").map_err(&damaged)?);
    let (xs, ys) = (numbers("x").map_err(&damaged)?, numbers("y").map_err(&damaged)?);
    for row in 0..batch.num_rows() {
        let word = |words: &Option<Vec<Option<String>>>| words.as_ref().and_then(|words| words[row].clone());
        let list =
            |lists: &Option<Vec<Vec<String>>>| lists.as_ref().map(|lists| lists[row].clone()).unwrap_or_default();
        let note = Note {
            title: word(&titles).unwrap_or_default(),
            text: word(&texts).unwrap_or_default(),
            tags: list(&tags),
            targets: list(&links),
            position: xs.as_ref().zip(ys.as_ref()).map(|(xs, ys)| [xs[row], ys[row]]),
            ..Note::default()
        };
        match vectors {
            None => rows.add(word(&ids), note),
            Some(column) if column.is_null(row) => {
                return Err(SoilError::NullVector { path: path.to_path_buf(), row: rows.next() });
            }
            Some(column) => {
                let vector = columns::numbers(roles.vector.as_deref().unwrap_or_default(), &list_item(column, row));
                rows.add_with_vector(word(&ids), note, vector.map_err(&damaged)?)?;
            }
        }
    }
    Ok(())
}

/// The list in one row.
fn list_item(column: &ArrayRef, row: usize) -> ArrayRef {
    match column.data_type() {
        DataType::FixedSizeList(..) => column.as_fixed_size_list().value(row),
        DataType::LargeList(_) => column.as_list::<i64>().value(row),
        _ => column.as_list::<i32>().value(row),
    }
}
