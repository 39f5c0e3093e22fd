//! Parquet tables that a command wrote, as columns.

use std::fs::File;
use std::path::Path;

use arrow_array::{Array, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// All rows of a file.
pub(crate) fn table(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

/// A column of numbers, whole or not; NaN where there is none.
pub(crate) fn numbers(table: &RecordBatch, name: &str) -> Vec<f64> {
    let column = table.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    if let Some(whole) = column.as_any().downcast_ref::<Int64Array>() {
        return whole.iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect();
    }
    let column = column.as_any().downcast_ref::<Float64Array>().unwrap();
    column.iter().map(|value| value.unwrap_or(f64::NAN)).collect()
}

/// A column of texts; empty where there is none.
pub(crate) fn texts(table: &RecordBatch, name: &str) -> Vec<String> {
    let column = table.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
    let column = column.as_any().downcast_ref::<StringArray>().unwrap();
    column.iter().map(|value| value.unwrap_or_default().to_owned()).collect()
}

/// Everything but wall times, as text.
pub(crate) fn but_for_clocks(table: &RecordBatch) -> String {
    let keep = (0..table.num_columns()).filter(|&at| table.schema().field(at).name() != "wall_seconds");
    keep.map(|at| format!("{}: {:?}\n", table.schema().field(at).name(), table.column(at))).collect()
}
