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
use super::rows::Rows;
use super::{Harvest, SoilError};

/// Headers are short; a longer one is damage or malice.
const LONGEST_HEADER: u64 = 1024;

/// Reads an array.
pub(super) fn read(path: &Path) -> Result<Harvest, SoilError> {
    let unreadable = |source| SoilError::Read { path: path.to_path_buf(), source };
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "a NumPy array", message };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let (header, length) = header(&mut reader).map_err(&damaged)?;
    read_array(path, header, reader, bytes.saturating_sub(length), damaged)
}

/// Reads the numbers that follow a header, of which there are at most so many bytes.
pub(super) fn read_array(
    path: &Path,
    header: NpyHeader,
    reader: impl Read,
    bytes: u64,
    damaged: impl Fn(String) -> SoilError,
) -> Result<Harvest, SoilError> {
    let (count, dims) = shape_of(&header, bytes).map_err(&damaged)?;
    if count == 0 || dims == 0 {
        return Err(SoilError::Empty { path: path.to_path_buf() });
    }
    let mut rows = Rows::new(path, true);
    if header.order() == Order::C {
        let mut row = Vec::new();
        let mut outcome = Ok(());
        each_number(header, reader, &mut |value| {
            row.push(value);
            if row.len() == dims && outcome.is_ok() {
                outcome = rows.add_with_vector(None, Note::default(), std::mem::take(&mut row));
            }
            outcome.is_ok()
        })
        .map_err(|error| damaged(error.to_string()))?;
        outcome?;
    } else {
        let mut values = Vec::new();
        each_number(header, reader, &mut |value| {
            values.push(value);
            true
        })
        .map_err(|error| damaged(error.to_string()))?;
        for row in 0..count {
            let vector = (0..dims).map(|column| values[column * count + row]).collect();
            rows.add_with_vector(None, Note::default(), vector)?;
        }
    }
    rows.finish()
}

/// The header at the start of an array, and its bytes, which are counted before they are read.
pub(super) fn header(reader: &mut impl Read) -> Result<(NpyHeader, u64), String> {
    let mut start = [0; 12];
    reader.read_exact(&mut start).map_err(|_| "it is too short".to_owned())?;
    if &start[..6] != b"\x93NUMPY" {
        return Err("it does not start as one; write it with numpy.save".to_owned());
    }
    let length = match start[6] {
        1 => 10 + u64::from(u16::from_le_bytes([start[8], start[9]])),
        _ => 12 + u64::from(u32::from_le_bytes([start[8], start[9], start[10], start[11]])),
    };
    if length > LONGEST_HEADER {
        return Err(format!("its header claims {length} bytes"));
    }
    let rest = length.saturating_sub(start.len() as u64);
    let header = NpyHeader::from_reader(start.chain(reader.take(rest))).map_err(|error| error.to_string())?;
    Ok((header, length))
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

/// Takes all numbers in the order of the file, while they are wanted.
fn each_number(header: NpyHeader, mut reader: impl Read, take: &mut dyn FnMut(f64) -> bool) -> std::io::Result<()> {
    let npyz::DType::Plain(kind) = header.dtype() else {
        return Err(std::io::Error::other("its items are no plain numbers"));
    };
    macro_rules! each {
        ($kind:ty) => {
            each!($kind, f64::from)
        };
        ($kind:ty, $convert:expr) => {
            match NpyFile::with_header(header, reader).data::<$kind>() {
                Ok(items) => {
                    for item in items {
                        if !take($convert(item?)) {
                            break;
                        }
                    }
                    Ok(())
                }
                Err(error) => Err(std::io::Error::other(error)),
            }
        };
    }
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 2) => {
            for _ in 0..header.len() {
                let mut bytes = [0; 2];
                reader.read_exact(&mut bytes)?;
                if !take(half_number(bytes, kind.endianness() == npyz::Endianness::Big)) {
                    break;
                }
            }
            Ok(())
        }
        (TypeChar::Float, 4) => each!(f32),
        (TypeChar::Float, 8) => each!(f64),
        (TypeChar::Int, 1) => each!(i8),
        (TypeChar::Int, 2) => each!(i16),
        (TypeChar::Int, 4) => each!(i32),
        (TypeChar::Uint, 1) => each!(u8),
        (TypeChar::Uint, 2) => each!(u16),
        (TypeChar::Uint, 4) => each!(u32),
        #[expect(clippy::cast_precision_loss, reason = "a vector's direction")]
        (TypeChar::Int, 8) => each!(i64, |x| x as f64),
        #[expect(clippy::cast_precision_loss, reason = "a vector's direction")]
        (TypeChar::Uint, 8) => each!(u64, |x| x as f64),
        _ => Err(std::io::Error::other(format!("its items are of type {kind}; floats or integers are due"))),
    }
}

/// An IEEE half precision number, which npyz does not read.
pub(super) fn half_number(bytes: [u8; 2], big_endian: bool) -> f64 {
    type Half = <Float16Type as ArrowPrimitiveType>::Native;
    if big_endian { Half::from_be_bytes(bytes) } else { Half::from_le_bytes(bytes) }.to_f64()
}
