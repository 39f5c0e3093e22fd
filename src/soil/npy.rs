//! Vectors from a NumPy array.
//!
//! In: a 2-D `.npy` file of floats or integers, one row per note, in C or Fortran order. Out: notes named by their row
//! number, and unit vectors. The claimed shape is compared with the file's size before anything is allocated, and the
//! array is read in pieces: only its unit vectors stand in memory.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use arrow_array::types::{ArrowPrimitiveType, Float16Type};
use npyz::{NpyHeader, Order, TypeChar};

use super::note::Note;
use super::rows::{Rows, room_for};
use super::{Harvest, SoilError};

/// Headers are short; a longer one is damage or malice.
const LONGEST_HEADER: u64 = 1024;
/// Bytes of an array in Fortran order that are read at once.
const BLOCK: usize = 1 << 26;

/// Reads an array.
pub(super) fn read(path: &Path) -> Result<Harvest, SoilError> {
    let unreadable = |source| SoilError::Read { path: path.to_path_buf(), source };
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "a NumPy array", message };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let (header, length) = header(&mut reader).map_err(&damaged)?;
    read_array(path, &header, reader, bytes.saturating_sub(length), by_blocks, damaged)
}

/// How columns are read: from where they can be found at once, or as they come.
type Columns<R> =
    fn(&mut Rows<'_>, &Item, R, [usize; 2], &dyn Fn(std::io::Error) -> SoilError) -> Result<(), SoilError>;

/// Reads the numbers that follow a header, of which there are at most so many bytes; `columns` reads those of an array in
/// Fortran order.
pub(super) fn read_array<R: Read>(
    path: &Path,
    header: &NpyHeader,
    reader: R,
    bytes: u64,
    columns: Columns<R>,
    damaged: impl Fn(String) -> SoilError,
) -> Result<Harvest, SoilError> {
    let item = Item::of(header).map_err(&damaged)?;
    let (count, dims) = shape_of(header, item.size, bytes).map_err(&damaged)?;
    if count == 0 || dims == 0 {
        return Err(SoilError::Empty { path: path.to_path_buf() });
    }
    let cut_off = |error: std::io::Error| damaged(error.to_string());
    let mut rows = Rows::new(path, true);
    rows.announce(count);
    match header.order() {
        Order::C => by_rows(&mut rows, &item, reader, [count, dims], cut_off)?,
        Order::Fortran => columns(&mut rows, &item, reader, [count, dims], &cut_off)?,
    }
    rows.finish()
}

fn by_rows(
    rows: &mut Rows<'_>,
    item: &Item,
    mut reader: impl Read,
    [count, dims]: [usize; 2],
    cut_off: impl Fn(std::io::Error) -> SoilError,
) -> Result<(), SoilError> {
    let mut row = vec![0; dims * item.size];
    for _ in 0..count {
        reader.read_exact(&mut row).map_err(&cut_off)?;
        let vector = row.chunks_exact(item.size).map(|bytes| item.read(bytes)).collect();
        rows.add_with_vector(None, Note::default(), vector)?;
    }
    Ok(())
}

/// [`by_columns`] in pieces of a good size.
pub(super) fn by_blocks<R: Read + Seek>(
    rows: &mut Rows<'_>,
    item: &Item,
    reader: R,
    shape: [usize; 2],
    cut_off: &dyn Fn(std::io::Error) -> SoilError,
) -> Result<(), SoilError> {
    by_columns(rows, item, reader, shape, BLOCK, cut_off)
}

/// One column after the other, each number to its place: for what can't be read twice. What f32 can't hold takes twice the
/// room until it is scaled.
pub(super) fn as_they_come<R: Read>(
    rows: &mut Rows<'_>,
    item: &Item,
    reader: R,
    shape: [usize; 2],
    cut_off: &dyn Fn(std::io::Error) -> SoilError,
) -> Result<(), SoilError> {
    let dims = shape[1];
    if item.is_single {
        #[expect(clippy::cast_possible_truncation, reason = "it is one that f32 holds")]
        let values = transposed(item, reader, shape, |x| x as f32, cut_off)?;
        return rows.adopt(dims, values);
    }
    let values = transposed(item, reader, shape, |x| x, cut_off)?;
    values.chunks_exact(dims).try_for_each(|row| rows.add_with_vector(None, Note::default(), row.to_vec()))
}

/// An array in Fortran order, row by row.
fn transposed<T: Copy + Default>(
    item: &Item,
    mut reader: impl Read,
    [count, dims]: [usize; 2],
    kept: impl Fn(f64) -> T,
    cut_off: &dyn Fn(std::io::Error) -> SoilError,
) -> Result<Vec<T>, SoilError> {
    /// Numbers that are read at once.
    const AT_ONCE: usize = 1 << 14;
    let mut values = room_for(count, dims)?;
    values.resize(count * dims, T::default());
    let mut bytes = vec![0; AT_ONCE.min(count) * item.size];
    for column in 0..dims {
        for first in (0..count).step_by(AT_ONCE) {
            let bytes = &mut bytes[..AT_ONCE.min(count - first) * item.size];
            reader.read_exact(bytes).map_err(cut_off)?;
            for (row, bytes) in (first..).zip(bytes.chunks_exact(item.size)) {
                values[row * dims + column] = kept(item.read(bytes));
            }
        }
    }
    Ok(values)
}

/// So many bytes of rows at a time, of which each column has its numbers side by side: the array never stands in memory
/// as it is.
fn by_columns(
    rows: &mut Rows<'_>,
    item: &Item,
    mut reader: impl Read + Seek,
    [count, dims]: [usize; 2],
    at_once: usize,
    cut_off: impl Fn(std::io::Error) -> SoilError,
) -> Result<(), SoilError> {
    let start = reader.stream_position().map_err(&cut_off)?;
    let most = (at_once / (dims * item.size)).clamp(1, count);
    let mut block = vec![0; most * dims * item.size];
    for first in (0..count).step_by(most) {
        let bytes = most.min(count - first) * item.size;
        let columns = &mut block[..dims * bytes];
        for (column, numbers) in columns.chunks_exact_mut(bytes).enumerate() {
            let from = start + ((column * count + first) * item.size) as u64;
            reader.seek(SeekFrom::Start(from)).and_then(|_| reader.read_exact(numbers)).map_err(&cut_off)?;
        }
        for row in (0..bytes).step_by(item.size) {
            let vector = columns.chunks_exact(bytes).map(|column| item.read(&column[row..row + item.size])).collect();
            rows.add_with_vector(None, Note::default(), vector)?;
        }
    }
    Ok(())
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
fn shape_of(header: &NpyHeader, item: usize, bytes: u64) -> Result<(usize, usize), String> {
    let &[rows, dims] = header.shape() else {
        let axes = match header.shape().len() {
            1 => "one axis".to_owned(),
            axes => format!("{axes} axes"),
        };
        return Err(format!("it has {axes}; it needs two, one row per note and one column per dimension"));
    };
    let needed = u128::from(rows) * u128::from(dims) * item as u128;
    if needed > u128::from(bytes) {
        return Err(format!(
            "its shape ({rows}, {dims}) needs {needed} bytes and the file has {bytes}; it was cut off"
        ));
    }
    let small = |size: u64| usize::try_from(size).map_err(|_| format!("its shape ({rows}, {dims}) is too large"));
    Ok((small(rows)?, small(dims)?))
}

/// How a number is written.
pub(super) struct Item {
    size: usize,
    big_endian: bool,
    /// Whether f32 holds every such number exactly.
    is_single: bool,
    /// From bytes of which the lowest comes first.
    value: fn([u8; 8]) -> f64,
}

impl Item {
    fn of(header: &NpyHeader) -> Result<Self, String> {
        let npyz::DType::Plain(kind) = header.dtype() else { return Err("its items are no plain numbers".to_owned()) };
        macro_rules! first {
            ($kind:ty) => {
                |bytes| f64::from(<$kind>::from_le_bytes(*bytes.first_chunk().expect("of eight bytes")))
            };
        }
        let value: fn([u8; 8]) -> f64 = match (kind.type_char(), kind.size_field()) {
            (TypeChar::Float, 2) => |bytes| half_number([bytes[0], bytes[1]]),
            (TypeChar::Float, 4) => first!(f32),
            (TypeChar::Float, 8) => f64::from_le_bytes,
            (TypeChar::Int, 1) => first!(i8),
            (TypeChar::Int, 2) => first!(i16),
            (TypeChar::Int, 4) => first!(i32),
            (TypeChar::Uint, 1) => first!(u8),
            (TypeChar::Uint, 2) => first!(u16),
            (TypeChar::Uint, 4) => first!(u32),
            #[expect(clippy::cast_precision_loss, reason = "a vector's direction")]
            (TypeChar::Int, 8) => |bytes| i64::from_le_bytes(bytes) as f64,
            #[expect(clippy::cast_precision_loss, reason = "a vector's direction")]
            (TypeChar::Uint, 8) => |bytes| u64::from_le_bytes(bytes) as f64,
            _ => return Err(format!("its items are of type {kind}; floats or integers are due")),
        };
        let size = kind.num_bytes().expect("a number has a size");
        let is_single = size < 4 || (size == 4 && kind.type_char() == TypeChar::Float);
        Ok(Self { size, big_endian: kind.endianness() == npyz::Endianness::Big, is_single, value })
    }

    fn read(&self, bytes: &[u8]) -> f64 {
        let mut number = [0; 8];
        number[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            number[..self.size].reverse();
        }
        (self.value)(number)
    }
}

/// An IEEE half precision number, lowest byte first.
pub(super) fn half_number(bytes: [u8; 2]) -> f64 {
    <Float16Type as ArrowPrimitiveType>::Native::from_le_bytes(bytes).to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn columns_are_read_in_blocks_of_any_size() {
        let (count, dims) = (11, 3);
        let value = |row: usize, column: usize| (row * 7 + column * column) as f64 - 9.5;
        // Something else comes first.
        let mut bytes = vec![7; 5];
        bytes.extend((0..dims).flat_map(|column| (0..count).flat_map(move |row| value(row, column).to_be_bytes())));
        let item = Item { size: 8, big_endian: true, is_single: false, value: f64::from_le_bytes };
        let read = |at_once: usize| {
            let mut reader = Cursor::new(bytes.clone());
            reader.set_position(5);
            let mut rows = Rows::new(Path::new("a.npy"), true);
            let cut_off = |source| SoilError::Read { path: "a.npy".into(), source };
            by_columns(&mut rows, &item, reader, [count, dims], at_once, cut_off).unwrap();
            rows.finish().unwrap().vectors.unwrap()
        };
        let whole = read(1 << 20);
        for row in 0..count {
            let norm = (0..dims).map(|column| value(row, column).powi(2)).sum::<f64>().sqrt();
            assert!((0..dims).all(|c| (f64::from(whole.row(row)[c]) - value(row, c) / norm).abs() < 1e-6));
        }
        for at_once in [0, 24, 100, 263, 264, 265] {
            assert_eq!(read(at_once), whole, "{at_once}");
        }
        for is_single in [false, true] {
            let (mut rows, item) = (Rows::new(Path::new("a.npy"), true), Item { is_single, ..item });
            let cut_off = |source| SoilError::Read { path: "a.npy".into(), source };
            as_they_come(&mut rows, &item, &bytes[5..], [count, dims], &cut_off).unwrap();
            assert_eq!(rows.finish().unwrap().vectors.unwrap(), whole, "these numbers are single ones");
        }
    }
}
