//! Notes from a Parquet table with a column of vectors.
//!
//! In: a `.parquet` file. Out: notes and unit vectors in row order. The column named `vector` or `embedding` is it,
//! else the only column of float lists. Optional columns: `id`, `title`, `text`, `tags`, `links`, `x`, `y`; no other
//! column is read.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float16Type, Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::columns;
use super::note::Note;
use super::vectors::Vectors;
use super::{Harvest, SoilError};

/// The columns that make a note, beside its vector.
const NOTE_COLUMNS: [&str; 7] = ["id", "title", "text", "tags", "links", "x", "y"];

/// Reads a table.
pub(super) fn read(path: &Path) -> Result<Harvest, SoilError> {
    // The Parquet reader asserts where a damaged file breaks its expectations; the file is to blame, not the program.
    std::panic::catch_unwind(|| read_rows(path)).unwrap_or_else(|_| {
        let message = "it is damaged; write it anew".to_owned();
        Err(SoilError::Format { path: path.to_path_buf(), kind: "a Parquet table", message })
    })
}

fn read_rows(path: &Path) -> Result<Harvest, SoilError> {
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "a Parquet table", message };
    let file = File::open(path).map_err(|source| SoilError::Read { path: path.to_path_buf(), source })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(error.to_string()))?;
    let schema = builder.schema().clone();
    let vector_column = find_vectors(path, &schema)?;
    let wanted = |name: &str| name == vector_column || NOTE_COLUMNS.contains(&name);
    let roots = schema.fields().iter().enumerate().filter(|(_, field)| wanted(field.name())).map(|(index, _)| index);
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let reader = builder.with_projection(mask).build().map_err(|error| damaged(error.to_string()))?;

    // Without an id column the row number is the id.
    let numeric_ids = schema.field_with_name("id").map_or(true, |field| field.data_type().is_integer());
    let mut rows = Rows { path, numeric_ids, dims: None, values: Vec::new(), notes: Vec::new() };
    for batch in reader {
        let batch = batch.map_err(|error| damaged(error.to_string()))?;
        rows.add_vectors(batch.column_by_name(&vector_column).ok_or_else(|| damaged("its schema is damaged".into()))?)?;
        add_notes(&mut rows.notes, &batch).map_err(damaged)?;
    }
    rows.finish()
}

/// The name of the vector column.
fn find_vectors(path: &Path, schema: &Schema) -> Result<String, SoilError> {
    let is_vector = |kind: &DataType| match kind {
        DataType::FixedSizeList(item, _) | DataType::List(item) | DataType::LargeList(item) => {
            matches!(item.data_type(), DataType::Float16 | DataType::Float32 | DataType::Float64)
        }
        _ => false,
    };
    let candidates: Vec<&String> =
        schema.fields().iter().filter(|field| is_vector(field.data_type())).map(|field| field.name()).collect();
    let named: Vec<&&String> =
        candidates.iter().filter(|name| matches!(name.as_str(), "vector" | "embedding")).collect();
    match (named.as_slice(), candidates.as_slice()) {
        ([name], _) => Ok((**name).clone()),
        ([], [name]) => Ok((*name).clone()),
        ([], []) => {
            let describe = |field: &arrow_schema::FieldRef| format!("`{}` ({})", field.name(), field.data_type());
            let columns = schema.fields().iter().map(describe).collect::<Vec<_>>().join(", ");
            Err(SoilError::NoVectors { path: path.to_path_buf(), columns })
        }
        _ => {
            let names: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
            Err(SoilError::ManyVectors { path: path.to_path_buf(), candidates: names.join(", ") })
        }
    }
}

/// What has been read so far.
struct Rows<'a> {
    numeric_ids: bool,
    path: &'a Path,
    /// Length of the first vector.
    dims: Option<usize>,
    values: Vec<f64>,
    notes: Vec<Note>,
}

impl Rows<'_> {
    fn add_vectors(&mut self, column: &ArrayRef) -> Result<(), SoilError> {
        for row_of_batch in 0..column.len() {
            let row = self.notes.len() + row_of_batch;
            if column.is_null(row_of_batch) {
                return Err(SoilError::NullVector { path: self.path.to_path_buf(), row });
            }
            let vector = list_item(column, row_of_batch);
            let expected = *self.dims.get_or_insert(vector.len());
            if vector.len() != expected {
                return Err(SoilError::UnequalLength {
                    path: self.path.to_path_buf(),
                    row,
                    found: vector.len(),
                    expected,
                });
            }
            let before = self.values.len();
            extend_with_floats(&mut self.values, &vector);
            if let Some(position) = self.values[before..].iter().position(|value| !value.is_finite()) {
                let value = self.values[before + position];
                return Err(SoilError::NotFinite { path: self.path.to_path_buf(), row, position, value });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Harvest, SoilError> {
        let Self { path, numeric_ids, dims, values, notes } = self;
        let Some(dims) = dims else { return Err(SoilError::Empty { path: path.to_path_buf() }) };
        let zero = |row: usize| SoilError::ZeroVector { path: path.to_path_buf(), row, id: notes[row].id.clone() };
        refuse_duplicates(path, &notes)?;
        if dims == 0 {
            return Err(zero(0));
        }
        let vectors = Vectors::normalized(dims, values).map_err(zero)?;
        Ok(Harvest { notes, vectors: Some(vectors), numeric_ids, warnings: Vec::new() })
    }
}

/// The list in one row.
fn list_item(column: &ArrayRef, row: usize) -> ArrayRef {
    match column.data_type() {
        DataType::FixedSizeList(..) => column.as_fixed_size_list().value(row),
        DataType::LargeList(_) => column.as_list::<i64>().value(row),
        _ => column.as_list::<i32>().value(row),
    }
}

/// Appends floats as f64; a null becomes NaN.
fn extend_with_floats(values: &mut Vec<f64>, list: &ArrayRef) {
    let null = f64::NAN;
    match list.data_type() {
        DataType::Float16 => {
            values.extend(list.as_primitive::<Float16Type>().iter().map(|x| x.map_or(null, |x| x.to_f64())));
        }
        DataType::Float32 => {
            values.extend(list.as_primitive::<Float32Type>().iter().map(|x| x.map_or(null, f64::from)))
        }
        _ => values.extend(list.as_primitive::<Float64Type>().iter().map(|x| x.unwrap_or(null))),
    }
}

/// Appends the notes of a batch.
fn add_notes(notes: &mut Vec<Note>, batch: &RecordBatch) -> Result<(), String> {
    let column = |name: &str| batch.column_by_name(name);
    let words = |name: &'static str| column(name).map(|column| columns::words(name, column)).transpose();
    let lists = |name: &'static str| column(name).map(|column| columns::word_lists(name, column)).transpose();
    let numbers = |name: &'static str| column(name).map(|column| columns::numbers(name, column)).transpose();
    let (ids, titles, texts) = (words("id")?, words("title")?, words("text")?);
    let (tags, links) = (lists("tags")?, lists("links")?);
    let (xs, ys) = (numbers("x")?, numbers("y")?);
    for row in 0..batch.num_rows() {
        let word = |words: &Option<Vec<Option<String>>>| words.as_ref().and_then(|words| words[row].clone());
        let list =
            |lists: &Option<Vec<Vec<String>>>| lists.as_ref().map(|lists| lists[row].clone()).unwrap_or_default();
        let id = word(&ids).unwrap_or_else(|| notes.len().to_string());
        let title = word(&titles).filter(|title| !title.trim().is_empty()).unwrap_or_else(|| id.clone());
        let position = xs.as_ref().zip(ys.as_ref()).map(|(xs, ys)| [xs[row], ys[row]]);
        notes.push(Note {
            id,
            title,
            text: word(&texts).unwrap_or_default(),
            tags: list(&tags),
            targets: list(&links),
            position,
            ..Note::default()
        });
    }
    Ok(())
}

fn refuse_duplicates(path: &Path, notes: &[Note]) -> Result<(), SoilError> {
    let mut order: Vec<usize> = (0..notes.len()).collect();
    order.sort_by(|&a, &b| notes[a].id.cmp(&notes[b].id).then(a.cmp(&b)));
    let twice = order.windows(2).filter(|pair| notes[pair[0]].id == notes[pair[1]].id).min_by_key(|pair| pair[1]);
    match twice {
        None => Ok(()),
        Some(pair) => {
            let id = notes[pair[0]].id.clone();
            Err(SoilError::DuplicateId { path: path.to_path_buf(), id, first: pair[0], second: pair[1] })
        }
    }
}
