//! Everything that can stop semafield, for whoever called it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, render};
use crate::engine::EngineError;
use crate::soil::SoilError;

/// Why something could not be done; the message says what, where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A seed with mistakes: all of them, with their places in the text.
    #[error("{}", render(.diagnostics, .file, .text))]
    Seed {
        /// The file's name, for display.
        file: String,
        /// The text.
        text: String,
        /// The mistakes.
        diagnostics: Vec<Diagnostic>,
    },
    /// The soil can't be made.
    #[error(transparent)]
    Soil(#[from] SoilError),
    /// The engine can't run this.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Something else in what was given is wrong.
    #[error("{0}")]
    Input(String),
    /// There can be no window, and what to do about it.
    #[error("{0}")]
    Window(String),
    /// A file can't be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value left the numbers.
    #[error(
        "`{field}` is not finite at step {step} (t = {time}), cell {cell:?}: the run stops there\n  = help: {advice}"
    )]
    NotFinite {
        /// The field.
        field: String,
        /// The first step after which it was not finite.
        step: u64,
        /// The time of that step.
        time: f64,
        /// The first such cell in storage order: x, y, z.
        cell: Vec<usize>,
        /// A smaller dt, if that is likely to help.
        advice: String,
    },
    /// A replay does not give what the trace says.
    #[error("{0}")]
    Replay(String),
}

impl Error {
    /// 2 if what was given is at fault, 1 if the run failed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Seed { .. } | Self::Soil(_) | Self::Input(_) => 2,
            Self::Engine(
                EngineError::TooLarge { .. }
                | EngineError::Full { .. }
                | EngineError::NoAdapter(_)
                | EngineError::Precision(..),
            ) => 2,
            Self::Engine(EngineError::DeviceLost(_) | EngineError::Compile { .. } | EngineError::Refused(_)) => 1,
            Self::Window(_) | Self::File { .. } | Self::NotFinite { .. } | Self::Replay(_) => 1,
        }
    }

    /// An output folder, or a file in one, that can't be made: another folder would do, unless the disk is full.
    pub fn output(path: &Path, source: std::io::Error) -> Self {
        if source.kind() == ErrorKind::StorageFull {
            return Self::file(path, source);
        }
        Self::Input(format!("{}: {source}\n  = help: with --out, name a place that can be written", path.display()))
    }

    /// An error about a file.
    pub fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { path: path.into(), source }
    }
}
