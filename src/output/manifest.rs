//! `manifest.json`: what was run, on what, how fast, and the digests by which a repetition can be compared.
//!
//! Readers ignore keys that they do not know; keys that say nothing for a run (no soil, no GPU) are null.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{OutputError, write_file};

/// The record of one run. Everything but the timings repeats exactly on the CPU back end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The seed's title.
    pub title: String,
    /// BLAKE3 hash of the exact seed text used, in hexadecimal.
    pub seed_hash: String,
    /// BLAKE3 hash of the soil; null without soil.
    pub soil_hash: Option<String>,
    /// Version of semafield.
    pub version: String,
    /// `cpu` or `gpu`.
    pub backend: String,
    /// The adapter's name, or the processor's.
    pub adapter: String,
    /// Driver name and version; empty on the CPU.
    pub driver: String,
    /// `f32` or `f64`.
    pub precision: String,
    /// Threads of the CPU back end; 1 on a GPU.
    pub threads: usize,
    /// Cells along x, y, z, as far as the grid has them.
    pub shape: Vec<usize>,
    /// Number of cells.
    pub cells: u64,
    /// Steps made.
    pub steps: u64,
    /// Length of a step, in the seed's unit of time.
    pub dt: f64,
    /// Time reached, in the seed's unit of time.
    pub time: f64,
    /// Whether the run reached its end; false when it diverged or was interrupted.
    pub completed: bool,
    /// Seconds from start to end, all included.
    pub wall_seconds: f64,
    /// Seconds spent in each part of the run, by name: `soil`, `compile`, `step`, `observe`, `output`.
    pub seconds: BTreeMap<String, f64>,
    /// Cells times steps over seconds spent stepping; a Heun or RK4 step counts once.
    pub cell_updates_per_second: f64,
    /// Bytes read and written per cell in one step, by the Program.
    pub bytes_per_cell_step: f64,
    /// Parameter values used.
    pub parameters: BTreeMap<String, f64>,
    /// Digests of the fields, in order of step.
    pub digests: Vec<Digest>,
    /// How faithful the soil's layout is; null without soil.
    pub layout: Option<LayoutQuality>,
    /// What may have gone wrong.
    pub warnings: Vec<String>,
    /// What is good to know.
    pub notices: Vec<String>,
}

/// The hashes of all fields at one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Steps made when it was taken.
    pub step: u64,
    /// BLAKE3 hash of the little-endian bytes, by field.
    pub fields: BTreeMap<String, String>,
}

/// How much of the neighbourhoods in the vectors the layout keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayoutQuality {
    /// Trustworthiness (Venna and Kaski), in [0, 1].
    pub trustworthiness: f64,
    /// Share of the k nearest neighbours in the vectors that are among the k nearest on the map.
    pub neighbor_recall: f64,
    /// k.
    pub neighbors: usize,
    /// Notes it was measured on.
    pub notes: usize,
}

impl Manifest {
    /// The JSON text, indented, with a final newline. Numbers that are not finite become null.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has only string keys");
        text.push('\n');
        text
    }

    /// Writes `manifest.json`.
    pub fn write(&self, path: &Path) -> Result<(), OutputError> {
        write_file(path, self.to_json().as_bytes())
    }
}
