//! Files for people and other programs: pictures, arrays, tables, the manifest and the report.
//!
//! In: plain data (grids, fields, columns, texts). Out: bytes or files. Nothing here knows a seed, an engine or a
//! simulation, and nothing is computed here that a result depends on: what a file says was measured elsewhere.

pub mod colormap;
pub mod image;
pub mod labels;
pub mod manifest;
pub mod node_map;
pub mod npy;
pub mod report;
pub mod tables;

use std::path::{Path, PathBuf};

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The operating system refused.
    #[error("cannot write {path}: {source}; check that the folder is writable and the disk is not full", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The columns do not make a table: lengths that differ, or a name twice.
    #[error("cannot write {path}: {message}", path = path.display())]
    Table {
        /// Which file.
        path: PathBuf,
        /// What is wrong with which column.
        message: String,
    },
    /// The values do not fill the shape.
    #[error("{what}: {found} values, where its shape needs {expected}")]
    Shape {
        /// Which array or picture.
        what: String,
        /// Values there are.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// The encoder of pictures refused.
    #[error("cannot encode a picture as PNG: {0}")]
    Png(#[from] ::image::ImageError),
}

/// Writes a whole file, making its folder first; a file of that name is replaced.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let failed = |source| OutputError::File { path: path.to_path_buf(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, bytes).map_err(failed)
}
