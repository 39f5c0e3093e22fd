//! Vectors from a NumPy array.
//!
//! In: a 2-D `.npy` file of floats or integers, one row per note, in C or Fortran order. Out: notes named by their row
//! number, and unit vectors. The claimed shape is compared with the file's size before anything is allocated.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use arrow_array::types::{ArrowPrimitiveType, Float16Type};
use npyz::{NpyFile, NpyHeader, Order, TypeChar};

use super::note::Note;
use super::vectors::Vectors;
use super::{Harvest, SoilError};

/// Headers are short; a longer one is damage or malice.
const LONGEST_HEADER: u64 = 1024;

/// Reads an array.
pub(super) fn read(path: &Path) -> Result<Harvest, SoilError> {
    let unreadable = |source| SoilError::Read { path: path.to_path_buf(), source };
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "a NumPy array", message };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    let header_bytes = header_length(File::open(path).map_err(unreadable)?).map_err(&damaged)?;
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let header = NpyHeader::from_reader(&mut reader).map_err(|error| damaged(error.to_string()))?;
    let (rows, dims) = shape_of(&header, bytes.saturating_sub(header_bytes)).map_err(&damaged)?;
    if rows == 0 || dims == 0 {
        return Err(SoilError::Empty { path: path.to_path_buf() });
    }
    let order = header.order();
    let values = numbers(header, reader).map_err(|error| damaged(error.to_string()))?;
    let values = if order == Order::C { values } else { transpose(&values, rows, dims) };
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        let (row, position, value) = (at / dims, at % dims, values[at]);
        return Err(SoilError::NotFinite { path: path.to_path_buf(), row, position, value });
    }
    let zero = |row: usize| SoilError::ZeroVector { path: path.to_path_buf(), row, id: row.to_string() };
    let vectors = Vectors::normalized(dims, values).map_err(zero)?;
    let name = |row: usize| Note { id: row.to_string(), title: row.to_string(), ..Note::default() };
    Ok(Harvest {
        notes: (0..rows).map(name).collect(),
        vectors: Some(vectors),
        numeric_ids: true,
        warnings: Vec::new(),
    })
}

/// Bytes before the numbers, checked before the header is read.
fn header_length(mut file: File) -> Result<u64, String> {
    let mut start = [0; 12];
    file.read_exact(&mut start).map_err(|_| "it is too short".to_owned())?;
    if &start[..6] != b"\x93NUMPY" {
        return Err("it does not start as one; write it with numpy.save".to_owned());
    }
    let length = match start[6] {
        1 => 10 + u64::from(u16::from_le_bytes([start[8], start[9]])),
        _ => 12 + u64::from(u32::from_le_bytes([start[8], start[9], start[10], start[11]])),
    };
    if length > LONGEST_HEADER { Err(format!("its header claims {length} bytes")) } else { Ok(length) }
}

/// Rows and columns of an array of plain numbers that the file has room for.
fn shape_of(header: &NpyHeader, bytes: u64) -> Result<(usize, usize), String> {
    let &[rows, dims] = header.shape() else {
        let axes = header.shape().len();
        return Err(format!("it has {axes} axes; it needs two, one row per note and one column per dimension"));
    };
    let item = header.dtype().num_bytes().unwrap_or(usize::MAX);
    let needed = u128::from(rows) * u128::from(dims) * item as u128;
    if needed > u128::from(bytes) {
        return Err(format!(
            "its shape ({rows}, {dims}) needs {needed} bytes and the file has {bytes}; it was cut off"
        ));
    }
    let small = |size: u64| usize::try_from(size).map_err(|_| format!("its shape ({rows}, {dims}) is too large"));
    Ok((small(rows)?, small(dims)?))
}

/// All numbers, in the order of the file.
fn numbers(header: NpyHeader, mut reader: impl Read) -> std::io::Result<Vec<f64>> {
    let npyz::DType::Plain(kind) = header.dtype() else {
        return Err(std::io::Error::other("its items are no plain numbers"));
    };
    macro_rules! collect {
        ($kind:ty) => {
            collect!($kind, f64::from)
        };
        ($kind:ty, $convert:expr) => {
            match NpyFile::with_header(header, reader).data::<$kind>() {
                Ok(items) => items.map(|x| x.map($convert)).collect(),
                Err(error) => Err(std::io::Error::other(error)),
            }
        };
    }
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 2) => half_numbers(&mut reader, header.len(), kind.endianness() == npyz::Endianness::Big),
        (TypeChar::Float, 4) => collect!(f32),
        (TypeChar::Float, 8) => collect!(f64),
        (TypeChar::Int, 1) => collect!(i8),
        (TypeChar::Int, 2) => collect!(i16),
        (TypeChar::Int, 4) => collect!(i32),
        (TypeChar::Uint, 1) => collect!(u8),
        (TypeChar::Uint, 2) => collect!(u16),
        (TypeChar::Uint, 4) => collect!(u32),
        #[expect(clippy::cast_precision_loss, reason = "a vector's direction")]
        (TypeChar::Int, 8) => collect!(i64, |x| x as f64),
        #[expect(clippy::cast_precision_loss, reason = "a vector's direction")]
        (TypeChar::Uint, 8) => collect!(u64, |x| x as f64),
        _ => Err(std::io::Error::other(format!("its items are of type {kind}; floats or integers are due"))),
    }
}

/// IEEE half precision, which npyz does not read.
fn half_numbers(reader: &mut impl Read, count: u64, big_endian: bool) -> std::io::Result<Vec<f64>> {
    type Half = <Float16Type as ArrowPrimitiveType>::Native;
    (0..count)
        .map(|_| {
            let mut bytes = [0; 2];
            reader.read_exact(&mut bytes)?;
            Ok(if big_endian { Half::from_be_bytes(bytes) } else { Half::from_le_bytes(bytes) }.to_f64())
        })
        .collect()
}

fn transpose(values: &[f64], rows: usize, dims: usize) -> Vec<f64> {
    (0..rows * dims).map(|at| values[at % dims * rows + at / dims]).collect()
}
