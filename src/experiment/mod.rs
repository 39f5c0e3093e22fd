//! Experiments: many runs of one seed, and what they decide.
//!
//! ```text
//! seed + flags, or experiment.toml ─ document ─→ Experiment ─ plan ─→ runs ─ growth ─→ records ─ tables ─→ Parquet
//!                                                                     (sweep: side by side, resumable)  ├ verdict ─→ tests
//!                                                                                                       └ page ─→ report
//! ```
//!
//! In: an [`Experiment`] (a seed, the axes, repeats, measures, a null hypothesis with the tests that decide). Out: a folder
//! with tables, a report and a manifest. Invariants: every run is the run that `semafield run` makes of its own seed text; the
//! tables depend on that text, the soil and the version alone, for any number of jobs and after any interruption; what is
//! claimed is what a stated test found; predictions are written down before the runs that they are about.

#![expect(
    clippy::cast_precision_loss,
    reason = "counts of runs, events and cells are far below 2^53 wherever they become numbers"
)]

mod axis;
mod document;
mod formula;
mod growth;
pub mod measures;
mod page;
mod plan;
mod record;
mod report;
mod sketch;
pub mod statistics;
mod sweep;
mod tables;
mod test;
pub mod transfer;
mod verdict;

pub use axis::Axis;
pub use document::{from_file, is_experiment};
pub use plan::{Experiment, Hypothesis};
pub use record::Status;
pub use sweep::{Estimate, Outcome, Sweep, SweepOptions};
pub use test::{Selection, Test, TestKind};
