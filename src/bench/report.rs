//! What was measured: a table for people, JSON for scripts.
//!
//! In: times. Out: rates, shares and growth. Invariant: every figure says how much it scattered.

use serde::Serialize;

use super::stopwatch::Times;
use super::{Options, Traffic, fields};
use crate::error::Error;
use crate::math::elementary::scalar64;

/// One case at one size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// Cells along each axis, or notes.
    pub size: usize,
    /// Cells of the grid, or notes.
    pub items: usize,
    /// Steps, or calls, per round.
    pub repetitions: u64,
    /// Median seconds of a step, or of a call.
    pub seconds: f64,
    /// Slowest less fastest round, relative to the median.
    pub spread: f64,
    /// Cell updates, or items, per second.
    pub per_second: f64,
    /// What its steps move.
    #[serde(flatten)]
    pub traffic: Option<Traffic>,
    /// Bytes moved per second as counted from the Program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<f64>,
    /// The same as a share of what a copy moves; above 1 where numbers stay in a cache or several steps are one pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_of_copy: Option<f64>,
}

impl Measurement {
    /// What times amount to; `copy` in bytes per second.
    pub(super) fn new(
        (size, items): (usize, usize),
        repetitions: u64,
        times: &Times,
        traffic: Option<Traffic>,
        copy: f64,
    ) -> Self {
        let seconds = times.median();
        let bytes_per_second = traffic.map(|traffic| real(items) * real(traffic.bytes_per_cell_step) / seconds);
        Self {
            size,
            items,
            repetitions,
            seconds,
            spread: times.spread(),
            per_second: real(items) / seconds,
            traffic,
            bytes_per_second,
            share_of_copy: bytes_per_second.map(|rate| rate / copy),
        }
    }
}

/// One case at all sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The name of the case.
    pub case: &'static str,
    /// Ascending sizes.
    pub sizes: Vec<Measurement>,
    /// p of `seconds ~ items^p`, by least squares; absent for fewer than three sizes.
    pub growth: Option<f64>,
}

impl Outcome {
    pub(super) fn new(case: &'static str, sizes: Vec<Measurement>) -> Self {
        let points: Vec<(f64, f64)> =
            sizes.iter().map(|m| (scalar64::log(real(m.items)), scalar64::log(m.seconds))).collect();
        Self { case, growth: (points.len() > 2).then(|| slope(&points)), sizes }
    }
}

/// The slope of the line through points with the least squared distance.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = real(points.len());
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let products: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let squares: f64 = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum();
    products / squares
}

/// All cases of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The version of semafield.
    pub version: &'static str,
    /// The back end that steps fields.
    pub backend: &'static str,
    /// Its adapter, or the processor's architecture.
    pub adapter: String,
    /// Threads of the CPU back end and of the cases without steps.
    pub threads: usize,
    /// Bytes that a copy reads and writes per second on the back end.
    pub copy_bytes_per_second: f64,
    /// What was measured.
    pub cases: Vec<Outcome>,
}

impl Report {
    /// Nothing measured yet but the copy.
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let (copy_bytes_per_second, place) = fields::copy(options)?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            backend: place.backend.name(),
            adapter: place.adapter,
            threads: options.threads,
            copy_bytes_per_second,
            cases: vec![],
        })
    }

    /// A table in plain text: steps in one pass, bytes per cell and step as counted from the Program and as moved, bytes
    /// per second as counted from the Program.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{} ({}), {} threads; a copy moves {:.1} GB/s\n\n{:<12} {:>9} {:>12} {:>8} {:>12} {:>6} {:>7} {:>7} {:>9} {:>8}\n",
            self.backend,
            self.adapter,
            self.threads,
            self.copy_bytes_per_second / 1e9,
            "case",
            "size",
            "time",
            "spread",
            "million/s",
            "steps",
            "B/cell",
            "moved",
            "GB/s",
            "of copy",
        );
        for outcome in &self.cases {
            for m in &outcome.sizes {
                let traffic =
                    |of: fn(Traffic) -> Option<u64>| m.traffic.and_then(of).map_or("-".into(), |n| n.to_string());
                let steps = traffic(|own| Some(own.steps_per_pass));
                let bytes = traffic(|own| Some(own.bytes_per_cell_step as u64));
                let moved = traffic(|own| own.bytes_moved.map(|bytes| bytes as u64));
                let rate = m.bytes_per_second.map_or("-".into(), |rate| format!("{:.1}", rate / 1e9));
                let share = m.share_of_copy.map_or("-".into(), |share| format!("{:.0} %", 100.0 * share));
                let line = format!(
                    "{:<12} {:>9} {:>12} {:>8} {:>12.3} {steps:>6} {bytes:>7} {moved:>7} {rate:>9} {share:>8}\n",
                    outcome.case,
                    m.size,
                    duration(m.seconds),
                    format!("{:.0} %", 100.0 * m.spread),
                    m.per_second / 1e6,
                );
                text.push_str(&line);
            }
            if let Some(growth) = outcome.growth {
                text.push_str(&format!("{:<12} cost grows like items^{growth:.2}\n", outcome.case));
            }
        }
        text
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1e-3 => format!("{:.1} us", seconds * 1e6),
        _ if seconds < 1.0 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_the_exponent() {
        let measured = |items: usize| {
            let seconds = 3e-9 * real(items) * real(items);
            let times = Times(vec![seconds * 0.9, seconds, seconds * 1.2]);
            let traffic = Traffic { bytes_per_cell_step: 16, steps_per_pass: 1, bytes_moved: None };
            Measurement::new((items, items), 1, &times, Some(traffic), 1e9)
        };
        let outcome = Outcome::new("cgle", [10, 100, 1000].map(measured).to_vec());
        assert!((outcome.growth.unwrap() - 2.0).abs() < 1e-12);
        let first = &outcome.sizes[0];
        assert!((first.spread - 0.3).abs() < 1e-12 && (first.share_of_copy.unwrap() - 160.0 / 3e-7 / 1e9).abs() < 1e-9);
        assert_eq!(Outcome::new("cgle", vec![measured(10), measured(20)]).growth, None);
    }
}
