//! Arrays as NumPy files. In: a field and the mask of its grid. Out: `.npy`, version 1, little-endian, C order.
//!
//! Shape: of a graph the nodes, edges or triangles; of a grid its axes, slowest first (`[nz,] [ny,] nx`); link and face fields have a leading axis of components.
//! Complex fields become complex64 (complex128 in f64 runs). Values of inert cells are NaN.

use std::path::Path;

use npyz::WriterBuilder;

use super::{OutputError, write_file};
use crate::field::{Field, Kind, Values};
use crate::grid::Grid;

/// The bytes of a field's `.npy` file; `active` says which cells are not inert (`None`: all are active).
pub fn encode(field: &Field, active: Option<&[bool]>) -> Result<Vec<u8>, OutputError> {
    let cells = field.kind.sites(&field.grid);
    let expect = |found: usize, expected: usize| {
        let what = format!("the array of `{}`", field.name);
        if found == expected { Ok(()) } else { Err(OutputError::Shape { what, found, expected }) }
    };
    expect(field.values.len(), field.kind.components(&field.grid) * cells)?;
    expect(active.map_or(cells, <[bool]>::len), cells)?;

    let mut bytes = header(&array_shape(field), dtype(field));
    match &field.values {
        Values::F32(v) => push(&mut bytes, v, field.kind, cells, active, f32::NAN, |v| v.to_le_bytes()),
        Values::F64(v) => push(&mut bytes, v, field.kind, cells, active, f64::NAN, |v| v.to_le_bytes()),
    }
    Ok(bytes)
}

/// Writes a field's `.npy` file.
pub fn write(path: &Path, field: &Field, active: Option<&[bool]>) -> Result<(), OutputError> {
    write_file(path, &encode(field, active)?)
}

fn dtype(field: &Field) -> &'static str {
    match (field.kind, &field.values) {
        (Kind::Complex, Values::F32(_)) => "<c8",
        (Kind::Complex, Values::F64(_)) => "<c16",
        (Kind::Real | Kind::Link | Kind::Face, Values::F32(_)) => "<f4",
        (Kind::Real | Kind::Link | Kind::Face, Values::F64(_)) => "<f8",
    }
}

fn array_shape(field: &Field) -> Vec<u64> {
    if field.grid.graph().is_some() {
        return vec![field.kind.sites(&field.grid) as u64];
    }
    let components = match field.kind {
        Kind::Real | Kind::Complex => None,
        Kind::Link | Kind::Face => Some(field.kind.components(&field.grid) as u64),
    };
    components.into_iter().chain(grid_shape(&field.grid)).collect()
}

fn grid_shape(grid: &Grid) -> impl Iterator<Item = u64> {
    grid.axis_list().iter().rev().map(|&axis| grid.cells_along(axis) as u64)
}

fn header(shape: &[u64], dtype: &str) -> Vec<u8> {
    let dtype = npyz::DType::Plain(dtype.parse().expect("a type string of NumPy"));
    npyz::WriteOptions::new_header_only()
        .dtype(dtype)
        .shape(shape)
        .writer(Vec::new())
        .write_header_only()
        .expect("a Vec takes all bytes")
}

/// Appends values in file order: planar re, im become pairs; other components stay planar.
fn push<T: Copy, const N: usize>(
    bytes: &mut Vec<u8>,
    values: &[T],
    kind: Kind,
    cells: usize,
    active: Option<&[bool]>,
    inert: T,
    to_bytes: impl Fn(T) -> [u8; N],
) {
    bytes.reserve(values.len() * N);
    let mut put = |component: usize, cell: usize| {
        let value = if active.is_none_or(|active| active[cell]) { values[component * cells + cell] } else { inert };
        bytes.extend_from_slice(&to_bytes(value));
    };
    if kind == Kind::Complex {
        for cell in 0..cells {
            put(0, cell);
            put(1, cell);
        }
    } else {
        for component in 0..values.len() / cells.max(1) {
            for cell in 0..cells {
                put(component, cell);
            }
        }
    }
}
