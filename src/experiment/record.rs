//! A finished run as a small file: what makes a sweep resumable.
//!
//! In: what a run found. Out: `runs/KEY.json`, where the key is a hash of all that the outcome depends on: the run's own
//! seed text, when it stops, its soil, back end, precision, version, and what is measured outside of the text. Invariants:
//! a file is there whole or not at all (written beside, flushed to disk, renamed); numbers come back bit for bit; a file
//! that can't be read counts as absent, so that its run is grown again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::measures::{Kept, events::Log};
use crate::error::Error;

/// Changes when the meaning of a record does: older ones are then of no use.
pub(super) const FORMAT: u32 = 1;

/// A number that is written as text, because JSON has neither NaN nor a promise of exactness.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Exact(pub(super) f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Exact).map_err(serde::de::Error::custom)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It reached its end.
    Done,
    /// A value was no longer finite.
    Diverged,
    /// It could not be run; it is tried again next time.
    Failed,
}

impl Status {
    /// The word in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
        }
    }
}

/// What is kept of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) status: Status,
    /// Why it did not reach its end.
    pub(super) message: Option<String>,
    pub(super) steps: u64,
    pub(super) time: Exact,
    pub(super) wall_seconds: f64,
    /// Digest of each field at the end, in the order of their names.
    pub(super) digests: Vec<(String, String)>,
    /// What was measured, in the order of the columns; empty unless it is done.
    pub(super) columns: Vec<(String, Exact)>,
    pub(super) spectra: Vec<Kept>,
    pub(super) logs: BTreeMap<String, Log>,
    /// The field at the end, of the first repeat.
    pub(super) sketch: Option<super::sketch::Sketch>,
}

impl Record {
    /// A run that could not be run.
    pub(super) fn failed(message: String) -> Self {
        Self {
            status: Status::Failed,
            message: Some(message),
            steps: 0,
            time: Exact(0.0),
            wall_seconds: 0.0,
            digests: vec![],
            columns: vec![],
            spectra: vec![],
            logs: BTreeMap::new(),
            sketch: None,
        }
    }

    /// One digest for all fields: BLAKE3 of the lines `NAME DIGEST`.
    pub(super) fn digest(&self) -> String {
        let lines: String = self.digests.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
        if lines.is_empty() { String::new() } else { blake3::hash(lines.as_bytes()).to_hex().to_string() }
    }

    /// A column's value; NaN if it was not measured.
    pub(super) fn value(&self, column: &str) -> f64 {
        self.columns.iter().find(|(name, _)| name == column).map_or(f64::NAN, |(_, value)| value.0)
    }
}

/// The folder of finished runs.
pub(super) struct Shelf(PathBuf);

impl Shelf {
    /// Makes the folder.
    pub(super) fn open(out: &Path) -> Result<Self, Error> {
        let folder = out.join("runs");
        std::fs::create_dir_all(&folder).map_err(|source| Error::output(&folder, source))?;
        Ok(Self(folder))
    }

    /// A finished run, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Record> {
        let bytes = std::fs::read(self.path(key)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps a finished run.
    pub(super) fn put(&self, key: &str, record: &Record) -> Result<(), Error> {
        let (path, beside) = (self.path(key), self.0.join(format!("{key}.part")));
        let bytes = serde_json::to_vec(record).expect("a record is JSON");
        let write = || {
            let mut file = File::create(&beside)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)
        };
        write().map_err(|source| Error::file(&path, source))
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(format!("{key}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        let values = [0.1 + 0.2, f64::NAN, f64::INFINITY, -0.0, 5e-324, 1.797e308];
        let columns: Vec<_> = values.iter().map(|&value| (format!("{value}"), Exact(value))).collect();
        let record = Record { columns, status: Status::Done, ..Record::failed("x".into()) };
        assert!(shelf.get("a").is_none());
        shelf.put("a", &record).unwrap();
        let back = shelf.get("a").unwrap();
        for ((_, Exact(value)), due) in back.columns.iter().zip(values) {
            assert!(value.to_bits() == due.to_bits() || (value.is_nan() && due.is_nan()));
        }
        assert!(back.value("nothing").is_nan() && back.status == Status::Done);
    }

    #[test]
    fn a_torn_file_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::open(folder.path()).unwrap();
        shelf.put("a", &Record::failed("x".into())).unwrap();
        let path = folder.path().join("runs/a.json");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(shelf.get("a").is_none());
    }
}
