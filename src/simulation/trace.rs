//! The trace: the append-only record from which a run is grown again (JSON Lines).
//!
//! First line: what was run, and where. Then one line per act, and digests on the way. In: acts as they happen. Out: a
//! file that loses at most its torn last line when the process dies, and at most a second when the machine does.
//! Invariant: seed and trace together give the run, bit for bit, on the same back end.

mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Simulation;
use super::act::Act;
use super::misread::explain;
use crate::engine::Backend;
use crate::error::Error;
use crate::seed::MAX_STEPS;
pub use writer::TraceWriter;

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
    /// BLAKE3 of the donor's seed, if that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_hash: Option<String>,
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
    /// The seed's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The time that the run was told to end at, if that is not its seed's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// The trace that this one branched from; what it has before the branch is here too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// The step at which it branched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branched_at: Option<u64>,
}

/// The trace that another one branched from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its file.
    pub path: PathBuf,
    /// BLAKE3 of its lines up to the branch, as this version writes them.
    pub hash: String,
}

impl Header {
    /// The header of a life that begins.
    pub fn of(text: &str, file: &str, simulation: &Simulation) -> Self {
        let place = simulation.place();
        Self {
            trace: FORMAT,
            seed: text.to_owned(),
            seed_hash: hash(text),
            soil_hash: simulation.soil().map(|soil| soil.hash.clone()),
            donor_hash: simulation.donor_hash().map(str::to_owned),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            backend: place.backend.name().to_owned(),
            precision: simulation.options().precision.name().to_owned(),
            adapter: place.adapter,
            driver: place.driver,
            folder: simulation.options().folder.canonicalize().ok(),
            file: Path::new(file).file_name().map(|name| name.to_string_lossy().into_owned()),
            until: None,
            parent: None,
            branched_at: None,
        }
    }

    /// What makes a replay another run. The CPU back end gives the same bits on every machine.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let said = |value: &str| if value.is_empty() { "unknown".to_owned() } else { value.to_owned() };
        let mut compare = |what: &str, then: &str, now: &str| {
            if then != now {
                found.push(format!("the {what} was {} and is {}", said(then), said(now)));
            }
        };
        compare("seed's hash", &self.seed_hash, &now.seed_hash);
        compare("version of semafield", &self.version, &now.version);
        compare("back end", &self.backend, &now.backend);
        compare("precision", &self.precision, &now.precision);
        if self.is_on_gpu() && now.is_on_gpu() {
            compare("adapter", &self.adapter, &now.adapter);
            compare("driver", &self.driver, &now.driver);
        }
        let none = "none".to_owned();
        compare("soil's hash", self.soil_hash.as_ref().unwrap_or(&none), now.soil_hash.as_ref().unwrap_or(&none));
        compare("donor's hash", self.donor_hash.as_ref().unwrap_or(&none), now.donor_hash.as_ref().unwrap_or(&none));
        found
    }

    /// Whether it was lived on a GPU, where the adapter and its driver count.
    fn is_on_gpu(&self) -> bool {
        self.backend == Backend::Gpu.name()
    }

    /// The options with which it is lived where and how it was, as far as they differ.
    fn options(&self, now: &Self) -> Option<String> {
        let mut options = Vec::new();
        if self.backend != now.backend {
            options.push(format!("--backend {}", self.backend));
        }
        if self.is_on_gpu() && self.adapter != now.adapter {
            options.push(format!("--adapter '{}'", self.adapter));
        }
        if self.precision != now.precision {
            options.push(format!("--precision {}", self.precision));
        }
        (!options.is_empty()).then(|| options.join(" "))
    }

    /// Refuses a replay that would be another run; with `anyway` what differs is returned.
    pub fn check(&self, now: &Self, anyway: bool) -> Result<Vec<String>, Error> {
        let differences = self.differences(now);
        if differences.is_empty() || anyway {
            return Ok(differences);
        }
        let same = self.options(now).map_or_else(String::new, |o| format!("\n  = help: {o} lives it as it was lived"));
        Err(Error::Input(format!(
            "this trace was lived elsewhere: {}{same}\n  = help: --anyway replays it all the same, and the manifest says so",
            differences.join("; ")
        )))
    }
}

/// BLAKE3 of a text, in hexadecimal.
pub fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
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
    /// Reads a line that comes after one of step `last`.
    fn parse(text: &str, last: u64) -> Result<Self, String> {
        let line: Self = serde_json::from_str(text).map_err(|_| explain(text))?;
        match line.step() {
            step if step > MAX_STEPS => Err(format!("step {step} is beyond the last that can be counted, {MAX_STEPS}")),
            step if step < last => Err(format!("step {step} comes after step {last}")),
            _ => Ok(line),
        }
    }

    /// The step of the line.
    pub fn step(&self) -> u64 {
        match self {
            Self::Digest { step, .. } | Self::Act { step, .. } => *step,
        }
    }
}

/// BLAKE3 of a header and lines as they are written.
pub(super) fn lines_hash(header: &Header, lines: &[Line]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(text_of(header).as_bytes());
    for line in lines {
        hasher.update(text_of(line).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn text_of<T: Serialize>(value: &T) -> String {
    let mut line = serde_json::to_string(value).expect("a trace line is plain data");
    line.push('\n');
    line
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
        let bytes = std::fs::read(path).map_err(|source| Error::Input(format!("{}: {source}", path.display())))?;
        Self::parse(&bytes).map_err(|why| Error::Input(format!("{}: {why}", path.display())))
    }

    /// The step of the last line; 0 without lines.
    pub fn last_step(&self) -> u64 {
        self.lines.last().map_or(0, Line::step)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let whole = whole_lines(bytes);
        if whole.is_empty() {
            return Err("this is not a trace: its first line is incomplete".into());
        }
        let torn = whole.len() < bytes.len();
        let notice = torn.then(|| "the last line of the trace was torn and is left out".to_owned());
        // A line may be torn within a letter; what comes before it is text.
        let whole = std::str::from_utf8(whole).map_err(|why| format!("this is not a trace: {why}"))?;
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
            let line = Line::parse(line, last).map_err(|why| format!("line {}: {why}", number + 2))?;
            last = line.step();
            read.push(line);
        }
        Ok(Self { header, lines: read, notice })
    }
}

/// The bytes up to the last end of a line.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
    &bytes[..end]
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
            donor_hash: None,
            version: "0".into(),
            backend: "cpu".into(),
            precision: "f32".into(),
            adapter: String::new(),
            driver: String::new(),
            folder: None,
            file: None,
            until: None,
            parent: None,
            branched_at: None,
        }
    }

    #[test]
    fn numbers_come_back_to_the_bit() {
        let draw = crate::math::rng::Draw { rng_seed: 7, stream: 0, step: 0 };
        let bits = |number: u64| (u64::from(draw.bits(2 * number)) << 32) | u64::from(draw.bits(2 * number + 1));
        for value in (0..2000).map(|number| f64::from_bits(bits(number))).filter(|value| value.is_finite()) {
            let written = serde_json::to_string(&Act::Retune { name: "beta".into(), value }).unwrap();
            let Act::Retune { value: read, .. } = serde_json::from_str(&written).unwrap() else { panic!("{written}") };
            assert_eq!(read.to_bits(), value.to_bits(), "{written}");
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
        let trace = Trace::parse(text.as_bytes()).unwrap();
        assert_eq!(trace.lines, [act, digest]);
        assert!(trace.notice.is_some());
        assert!(Trace::parse(b"").is_err());
        assert!(Trace::parse(b"{}\n").unwrap_err().contains("line 1"));
    }

    #[test]
    fn a_life_on_a_gpu_names_the_options_that_it_was_lived_with() {
        let mut then = Header { backend: "gpu".into(), adapter: "Alpha".into(), driver: "1".into(), ..header() };
        let now = Header { precision: "f64".into(), adapter: "x86_64".into(), ..header() };
        let why = then.check(&now, false).unwrap_err().to_string();
        assert!(why.contains("--backend gpu --adapter 'Alpha' --precision f32 lives"), "{why}");
        assert!(!why.contains("driver"), "a processor has none: {why}");
        // An adapter tells a driver from another, or from one that it does not name.
        then.precision = "f64".into();
        let now = Header { backend: "gpu".into(), adapter: "Alpha".into(), ..now };
        let why = then.check(&now, false).unwrap_err().to_string();
        assert!(why.contains("the driver was 1 and is unknown") && !why.contains("--adapter"), "{why}");
        assert_eq!(then.check(&now, true).unwrap().len(), 1);
    }

    #[test]
    fn steps_that_no_seed_has_are_refused_with_their_line() {
        let line = |step: u64| format!("{{\"step\":{step},\"kind\":\"retune\",\"name\":\"beta\",\"value\":1.0}}\n");
        let trace = |step| format!("{}\n{}{}", serde_json::to_string(&header()).unwrap(), line(3), line(step));
        assert!(Trace::parse(trace(MAX_STEPS).as_bytes()).is_ok());
        for (step, what) in [(u64::MAX, "beyond"), (MAX_STEPS + 1, "beyond"), (2, "after step 3")] {
            let why = Trace::parse(trace(step).as_bytes()).unwrap_err();
            assert!(why.contains("line 3") && why.contains(what), "{why}");
        }
    }
}
