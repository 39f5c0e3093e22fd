//! How fast this machine is: the cases of `semafield bench`.
//!
//! In: cases, sizes, a back end. Out: a [`Report`] with the median time of each, what it amounts to (cell updates or
//! items per second, bytes per cell and step as counted from the Program, the share of the bandwidth that a copy has in
//! the same run), and how cost grows with size. Invariant: what is measured is a run's own code on its own Program;
//! only the initial values and maps are made up.

mod fields;
mod host;
mod report;
mod stopwatch;

pub use report::{Measurement, Outcome, Report};

use serde::Serialize;

use crate::engine::Backend;
use crate::error::Error;
use crate::soil::Progress;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Complex Ginzburg-Landau, periodic, Euler.
    Cgle,
    /// Gray-Scott, periodic, Euler.
    GrayScott,
    /// The twin with all its fields, Heun.
    Twin,
    /// Heat in three dimensions, periodic, Euler.
    Heat3d,
    /// Phase defects of a random complex field with links.
    Defects,
    /// Persistence pairs of a random scalar field.
    Persistence,
    /// Exact nearest neighbours of vectors with 384 numbers.
    Neighbors,
    /// The map of such vectors, their neighbours given.
    Layout,
}

impl Case {
    /// All cases, in the order in which they are measured.
    pub const ALL: [Self; 8] = [
        Self::Cgle,
        Self::GrayScott,
        Self::Twin,
        Self::Heat3d,
        Self::Defects,
        Self::Persistence,
        Self::Neighbors,
        Self::Layout,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cgle => "cgle",
            Self::GrayScott => "gray-scott",
            Self::Twin => "twin",
            Self::Heat3d => "heat3d",
            Self::Defects => "defects",
            Self::Persistence => "persistence",
            Self::Neighbors => "neighbors",
            Self::Layout => "layout",
        }
    }

    /// The sizes measured where none is asked for: cells along each axis, or notes.
    const fn sizes(self) -> &'static [usize] {
        match self {
            Self::Cgle | Self::GrayScott => &[512, 1024, 2048, 4096, 8192],
            Self::Twin => &[256, 512, 1024, 2048],
            Self::Defects | Self::Persistence => &[128, 256, 512, 1024],
            Self::Heat3d => &[32, 64, 128, 256],
            Self::Neighbors | Self::Layout => &[1000, 2000, 4000],
        }
    }

    /// The largest size that can be asked for: beyond, addresses or hours run out.
    const fn largest(self) -> usize {
        match self {
            Self::Cgle | Self::GrayScott | Self::Twin | Self::Defects | Self::Persistence => 1 << 16,
            Self::Heat3d => 1 << 11,
            Self::Neighbors | Self::Layout => 1_000_000,
        }
    }
}

/// How to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// The back end of cases that step fields; `None` for `auto`.
    pub backend: Option<Backend>,
    /// Part of the name of the GPU adapter.
    pub adapter: Option<String>,
    /// Threads of the CPU back end.
    pub threads: usize,
    /// One size instead of each case's own.
    pub size: Option<usize>,
    /// Steps per round, instead of as many as fill a fraction of a second.
    pub steps: Option<u64>,
}

/// What steps move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Bytes that a step moves per cell if every kernel reads and writes each number once, as counted from the Program.
    pub bytes_per_cell_step: usize,
    /// Steps that the back end makes in one pass through memory.
    pub steps_per_pass: u64,
    /// Bytes that it moves per cell and step if every pass reads and writes each number once; absent where caches decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_moved: Option<usize>,
}

/// A case made ready at one size.
pub struct Workload {
    /// Cells of the grid, or notes.
    pub items: usize,
    /// What its steps move, where it has any.
    pub traffic: Option<Traffic>,
    /// Makes so many steps, or calls, and returns when they are done.
    pub run: Box<dyn FnMut(u64) -> Result<(), Error>>,
}

/// Steps of a field that are asked for at once, at least.
const STEPS_TOGETHER: u64 = 24;

/// Makes a case ready; `options.size` does not count here.
pub fn workload(case: Case, size: usize, options: &Options) -> Result<Workload, Error> {
    match case {
        Case::Cgle | Case::GrayScott | Case::Twin | Case::Heat3d => fields::workload(case, size, options),
        Case::Defects | Case::Persistence | Case::Neighbors | Case::Layout => host::workload(case, size, options),
    }
}

/// Measures some cases.
pub fn bench(cases: &[Case], options: &Options, progress: &dyn Progress) -> Result<Report, Error> {
    for case in cases {
        if let Some(size) = options.size.filter(|&size| size < 8 || size > case.largest()) {
            return Err(Error::Input(format!(
                "--size {size} is not for `{}`: give a number from 8 to {}",
                case.name(),
                case.largest()
            )));
        }
    }
    let mut report = Report::new(options)?;
    for &case in cases {
        let sizes = options.size.as_ref().map_or(case.sizes(), std::slice::from_ref);
        progress.stage(case.name(), sizes.len() as u64);
        let mut measurements = Vec::with_capacity(sizes.len());
        for &size in sizes {
            let mut work = workload(case, size, options)?;
            // A run asks for many steps at once, of which an engine may make several in one pass through memory.
            let least = if work.traffic.is_some() { STEPS_TOGETHER } else { 1 };
            let (times, count) = stopwatch::measure(options.steps, least, &mut work.run)?;
            let (traffic, copy) = (work.traffic, report.copy_bytes_per_second);
            measurements.push(Measurement::new((size, work.items), count, &times, traffic, copy));
            progress.advance(1);
        }
        report.cases.push(Outcome::new(case.name(), measurements));
    }
    Ok(report)
}
