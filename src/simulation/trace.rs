//! The trace: the append-only record from which a run is grown again (JSON Lines).
//!
//! First line: what was run, and where. Then one line per act, and digests on the way. In: acts as they happen. Out: a
//! file that loses at most its torn last line. Invariant: seed and trace together give the run, bit for bit, on the
//! same back end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::act::Act;
use crate::error::Error;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format: [`FORMAT`].
    pub trace: u32,
    /// The whole seed.
    pub seed: String,
    /// BLAKE3 of the seed's text.
    pub seed_hash: String,
    /// Hash of the soil, if there is one.
    pub soil_hash: Option<String>,
    /// Version of semafield.
    pub version: String,
    /// `cpu` or `gpu`.
    pub backend: String,
    /// `f32` or `f64`.
    pub precision: String,
    /// GPU adapter, or the processor's architecture.
    pub adapter: String,
    /// GPU driver.
    pub driver: String,
    /// The folder that the seed's paths were relative to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// A line after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    /// The state of all fields at a step.
    Digest {
        /// The step.
        step: u64,
        /// BLAKE3 by field.
        digests: BTreeMap<String, String>,
    },
    /// What a person did.
    Act {
        /// The step at which it was done.
        step: u64,
        /// The act.
        #[serde(flatten)]
        act: Act,
    },
}

impl Line {
    /// The step of the line.
    pub fn step(&self) -> u64 {
        match self {
            Self::Digest { step, .. } | Self::Act { step, .. } => *step,
        }
    }
}

/// A trace as read.
#[derive(Clone, Debug)]
pub struct Trace {
    /// What was run.
    pub header: Header,
    /// Acts and digests, in order.
    pub lines: Vec<Line>,
    /// What the reader should know: a torn last line that was dropped.
    pub notice: Option<String>,
}

impl Trace {
    /// Reads a trace; a last line without its end is dropped with a notice.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Input(format!("{}: {source}", path.display())))?;
        Self::parse(&text).map_err(|why| Error::Input(format!("{}: {why}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut notice = None;
        let whole = match text.rfind('\n') {
            Some(end) if end + 1 < text.len() => {
                notice = Some("the last line of the trace was torn and is left out".to_owned());
                &text[..=end]
            }
            None => return Err("this is not a trace: its first line is incomplete".into()),
            Some(_) => text,
        };
        let mut lines = whole.lines();
        let first = lines.next().unwrap_or_default();
        let header: Header =
            serde_json::from_str(first).map_err(|why| format!("line 1 is not a trace header: {why}"))?;
        if header.trace != FORMAT {
            return Err(format!("trace format {} is not {FORMAT}, which this version reads", header.trace));
        }
        let mut read = Vec::new();
        let mut last = 0;
        for (number, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line).map_err(|why| format!("line {}: {why}", number + 2))?;
            if line.step() < last {
                return Err(format!("line {}: step {} comes after step {last}", number + 2, line.step()));
            }
            last = line.step();
            read.push(line);
        }
        Ok(Self { header, lines: read, notice })
    }
}

/// Writes a trace as it happens.
pub struct TraceWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl TraceWriter {
    /// Starts a trace with its header.
    pub fn create(path: &Path, header: &Header) -> Result<Self, Error> {
        let file = File::create(path).map_err(|source| Error::file(path, source))?;
        let mut writer = Self { path: path.to_owned(), file: BufWriter::new(file) };
        writer.put(header)?;
        writer.flush()?;
        Ok(writer)
    }

    /// Appends a line; it is in the file when this returns.
    pub fn append(&mut self, line: &Line) -> Result<(), Error> {
        self.put(line)?;
        self.flush()
    }

    fn put<T: Serialize>(&mut self, value: &T) -> Result<(), Error> {
        let line = serde_json::to_string(value).expect("a trace line is plain data");
        writeln!(self.file, "{line}").map_err(|source| Error::file(&self.path, source))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.file.flush().map_err(|source| Error::file(&self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            trace: FORMAT,
            seed: "semafield = 1".into(),
            seed_hash: "0".into(),
            soil_hash: None,
            version: "0".into(),
            backend: "cpu".into(),
            precision: "f32".into(),
            adapter: String::new(),
            driver: String::new(),
            folder: None,
        }
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_acts_come_back() {
        let act = Line::Act { step: 3, act: Act::Retune { name: "beta".into(), value: -1.5 } };
        let digest = Line::Digest { step: 5, digests: BTreeMap::from([("A".into(), "00".into())]) };
        let line = |value: &Line| serde_json::to_string(value).unwrap();
        let text = format!(
            "{}\n{}\n{}\n{{\"step\": 7, \"ki",
            serde_json::to_string(&header()).unwrap(),
            line(&act),
            line(&digest)
        );
        let trace = Trace::parse(&text).unwrap();
        assert_eq!(trace.lines, [act, digest]);
        assert!(trace.notice.is_some());
        assert!(Trace::parse("").is_err());
        assert!(Trace::parse("{}\n").unwrap_err().contains("line 1"));
    }
}
