//! Experiments: many runs of one seed, and what they decide.
//!
//! In: a seed and what is to be changed about it. Out: a folder with tables, a report and the verdict. Invariants: what
//! is claimed is what a stated test found; predictions are written down before the runs that they are about.

pub mod transfer;
