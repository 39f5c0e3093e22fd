//! Plain values from the columns of a table.
//!
//! In: an Arrow column of any type that people write such values in. Out: strings, lists of strings, or numbers; an
//! error names the column and what it should hold.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

/// Strings, or integers in decimal digits.
pub(super) fn words(name: &str, column: &ArrayRef) -> Result<Vec<Option<String>>, String> {
    macro_rules! collect {
        ($array:expr) => {
            $array.iter().map(|value| value.map(|value| value.to_string())).collect()
        };
    }
    Ok(match column.data_type() {
        DataType::Utf8 => collect!(column.as_string::<i32>()),
        DataType::LargeUtf8 => collect!(column.as_string::<i64>()),
        DataType::Utf8View => collect!(column.as_string_view()),
        DataType::Int8 => collect!(column.as_primitive::<Int8Type>()),
        DataType::Int16 => collect!(column.as_primitive::<Int16Type>()),
        DataType::Int32 => collect!(column.as_primitive::<Int32Type>()),
        DataType::Int64 => collect!(column.as_primitive::<Int64Type>()),
        DataType::UInt8 => collect!(column.as_primitive::<UInt8Type>()),
        DataType::UInt16 => collect!(column.as_primitive::<UInt16Type>()),
        DataType::UInt32 => collect!(column.as_primitive::<UInt32Type>()),
        DataType::UInt64 => collect!(column.as_primitive::<UInt64Type>()),
        DataType::Null => vec![None; column.len()],
        DataType::Dictionary(..) => dictionary_words(name, column)?,
        other => return Err(format!("column `{name}` is of type {other}; it should hold strings or integers")),
    })
}

fn dictionary_words(name: &str, column: &ArrayRef) -> Result<Vec<Option<String>>, String> {
    let dictionary = column.as_any_dictionary();
    let values = words(name, dictionary.values())?;
    if values.is_empty() {
        return Ok(vec![None; column.len()]);
    }
    let keys = dictionary.normalized_keys();
    Ok(keys
        .into_iter()
        .enumerate()
        .map(|(row, key)| if column.is_null(row) { None } else { values[key].clone() })
        .collect())
}

/// Lists of strings; a single string is a list of one.
pub(super) fn word_lists(name: &str, column: &ArrayRef) -> Result<Vec<Vec<String>>, String> {
    let item = |row: usize| -> Result<Option<ArrayRef>, String> {
        if column.is_null(row) {
            return Ok(None);
        }
        Ok(Some(match column.data_type() {
            DataType::List(_) => column.as_list::<i32>().value(row),
            DataType::LargeList(_) => column.as_list::<i64>().value(row),
            _ => column.as_fixed_size_list().value(row),
        }))
    };
    match column.data_type() {
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => (0..column.len())
            .map(|row| match item(row)? {
                None => Ok(Vec::new()),
                Some(list) => match words(name, &list) {
                    Ok(words) => Ok(words.into_iter().flatten().collect()),
                    Err(_) => Err(format!(
                        "column `{name}` holds lists of type {}; it should hold lists of strings or integers",
                        list.data_type()
                    )),
                },
            })
            .collect(),
        _ => Ok(words(name, column)?.into_iter().map(|word| word.into_iter().collect()).collect()),
    }
}

/// Numbers; null is NaN.
pub(super) fn numbers(name: &str, column: &ArrayRef) -> Result<Vec<f64>, String> {
    macro_rules! collect {
        ($kind:ty, $convert:expr) => {
            column.as_primitive::<$kind>().iter().map(|value| value.map_or(f64::NAN, $convert)).collect()
        };
    }
    Ok(match column.data_type() {
        DataType::Float16 => collect!(Float16Type, |x| x.to_f64()),
        DataType::Float32 => collect!(Float32Type, f64::from),
        DataType::Float64 => collect!(Float64Type, |x| x),
        DataType::Int8 => collect!(Int8Type, f64::from),
        DataType::Int16 => collect!(Int16Type, f64::from),
        DataType::Int32 => collect!(Int32Type, f64::from),
        #[expect(clippy::cast_precision_loss, reason = "a coordinate")]
        DataType::Int64 => collect!(Int64Type, |x| x as f64),
        DataType::UInt8 => collect!(UInt8Type, f64::from),
        DataType::UInt16 => collect!(UInt16Type, f64::from),
        DataType::UInt32 => collect!(UInt32Type, f64::from),
        #[expect(clippy::cast_precision_loss, reason = "a coordinate")]
        DataType::UInt64 => collect!(UInt64Type, |x| x as f64),
        DataType::Null => vec![f64::NAN; column.len()],
        other => return Err(format!("column `{name}` is of type {other}; it should hold numbers")),
    })
}
