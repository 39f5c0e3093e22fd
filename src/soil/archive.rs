//! Vectors from files of several named arrays: NumPy's `.npz`, and safetensors.
//!
//! In: such a file. Out: notes named by their row number, and unit vectors: the array that the seed chose, or the one
//! named `vector` or `embedding` (or their plurals), else the only one of two axes.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use zip::{CompressionMethod, ZipArchive};

use super::note::Note;
use super::npy;
use super::roles::VECTOR_NAMES;
use super::rows::Rows;
use super::{Harvest, SoilError};

/// Reads a NumPy archive: a ZIP file of `.npy` files.
pub(super) fn read_npz(path: &Path, chosen: &[(String, String)]) -> Result<Harvest, SoilError> {
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "a NumPy archive", message };
    let file = File::open(path).map_err(|source| SoilError::Read { path: path.to_path_buf(), source })?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
    let mut arrays = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| damaged(error.to_string()))?;
        let Some(name) = entry.name().strip_suffix(".npy").map(str::to_owned) else { continue };
        let (header, _) = npy::header(&mut entry).map_err(|why| damaged(format!("`{name}`: {why}")))?;
        arrays.push((name, header.shape().to_vec()));
    }
    let name = choose(path, &arrays, chosen)?;
    let mut entry = archive.by_name(&format!("{name}.npy")).map_err(|error| damaged(error.to_string()))?;
    let bytes = entry.size();
    if entry.compression() == CompressionMethod::Stored {
        // It lies in the file as it is, and any part of it can be read.
        let first = SeekFrom::Start(entry.data_start());
        drop(entry);
        let mut reader = archive.into_inner();
        reader.seek(first).map_err(|error| damaged(error.to_string()))?;
        let (header, length) = npy::header(&mut reader).map_err(&damaged)?;
        return npy::read_array(path, &header, reader, bytes.saturating_sub(length), npy::by_blocks, damaged);
    }
    let (header, length) = npy::header(&mut entry).map_err(&damaged)?;
    npy::read_array(path, &header, entry, bytes.saturating_sub(length), npy::as_they_come, damaged)
}

/// Headers are shorter by far; a longer one is damage or malice.
const LONGEST_HEADER: u64 = 100 << 20;

/// Reads a safetensors file, row by row.
pub(super) fn read_safetensors(path: &Path, chosen: &[(String, String)]) -> Result<Harvest, SoilError> {
    let damaged = |message: String| SoilError::Format { path: path.to_path_buf(), kind: "safetensors", message };
    let unreadable = |source| SoilError::Read { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let mut reader = BufReader::new(file);
    let (tensors, start) = tensors_of(&mut reader, bytes).map_err(&damaged)?;
    let shape = |info: &TensorInfo| info.shape.iter().map(|&size| size as u64).collect();
    let mut arrays: Vec<(String, Vec<u64>)> =
        tensors.tensors().into_iter().map(|(name, info)| (name, shape(info))).collect();
    arrays.sort();
    let name = choose(path, &arrays, chosen)?;
    let tensor = tensors.info(&name).expect("it was chosen among them");
    let &[count, dims] = tensor.shape.as_slice() else {
        return Err(damaged(format!("`{name}` has {} axes; vectors need two", tensor.shape.len())));
    };
    if count == 0 || dims == 0 {
        return Err(SoilError::Empty { path: path.to_path_buf() });
    }
    let (size, number) = number_of(tensor.dtype).map_err(|why| damaged(format!("`{name}` {why}")))?;
    let first = start + tensor.data_offsets.0 as u64;
    reader.seek(SeekFrom::Start(first)).map_err(unreadable)?;
    let mut rows = Rows::new(path, true);
    rows.announce(count);
    let mut row = vec![0; size * dims];
    for _ in 0..count {
        reader.read_exact(&mut row).map_err(unreadable)?;
        rows.add_with_vector(None, Note::default(), row.chunks_exact(size).map(number).collect())?;
    }
    rows.finish()
}

/// The tensors of a file of so many bytes, all of which it has, and where their numbers begin.
fn tensors_of(reader: &mut impl Read, bytes: u64) -> Result<(Metadata, u64), String> {
    let mut length = [0; 8];
    reader.read_exact(&mut length).map_err(|_| "it is too short".to_owned())?;
    let length = u64::from_le_bytes(length);
    if length > bytes.min(LONGEST_HEADER) {
        return Err(format!("its header claims {length} bytes"));
    }
    let mut header = Vec::new();
    reader.take(length).read_to_end(&mut header).map_err(|error| error.to_string())?;
    let tensors: Metadata = serde_json::from_slice(&header).map_err(|error| error.to_string())?;
    let start = length + size_of_val(&length) as u64;
    let needed = start.saturating_add(tensors.data_len() as u64);
    if needed > bytes {
        return Err(format!("it needs {needed} bytes and the file has {bytes}; it was cut off"));
    }
    Ok((tensors, start))
}

/// Reads one number from its little-endian bytes.
pub(super) type ReadNumber = fn(&[u8]) -> f64;

/// How many bytes a number has, and how it is read.
pub(super) fn number_of(kind: Dtype) -> Result<(usize, ReadNumber), String> {
    Ok(match kind {
        Dtype::F64 => (8, |b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])),
        Dtype::F32 => (4, |b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        Dtype::F16 => (2, |b| npy::half_number([b[0], b[1]])),
        // A bfloat16 is the upper half of an f32.
        Dtype::BF16 => (2, |b| f64::from(f32::from_le_bytes([0, 0, b[0], b[1]]))),
        Dtype::I8 => (1, |b| f64::from(i8::from_le_bytes([b[0]]))),
        other => return Err(format!("holds numbers of type {other:?}; floats are due")),
    })
}

/// The name of the array that holds the vectors.
fn choose(path: &Path, arrays: &[(String, Vec<u64>)], chosen: &[(String, String)]) -> Result<String, SoilError> {
    let all = || arrays.iter().map(|(name, shape)| format!("`{name}` {shape:?}")).collect::<Vec<_>>().join(", ");
    if let Some((role, column)) = chosen.iter().find(|(role, _)| role == "vector") {
        let (role, column) = (role.clone(), column.clone());
        return match arrays.iter().any(|(name, _)| *name == column) {
            true => Ok(column),
            false => Err(SoilError::NoColumn { path: path.to_path_buf(), role, column, columns: all() }),
        };
    }
    let flat: Vec<&String> = arrays.iter().filter(|(_, shape)| shape.len() == 2).map(|(name, _)| name).collect();
    let named: Vec<&&String> =
        flat.iter().filter(|name| VECTOR_NAMES.contains(&name.strip_suffix('s').unwrap_or(name))).collect();
    match (named.as_slice(), flat.as_slice()) {
        ([name], _) => Ok((**name).clone()),
        ([], [name]) => Ok((*name).clone()),
        ([], []) => Err(SoilError::NoVectors { path: path.to_path_buf(), columns: all() }),
        _ => {
            let candidates = flat.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Err(SoilError::ManyVectors { path: path.to_path_buf(), candidates })
        }
    }
}
