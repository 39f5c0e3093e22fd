//! semafield grows a living field over an embedding space.
//!
//! A *seed* (readable text) says everything needed to grow it; a *trace* records what people did to it; both together
//! grow the same run again. The flow, which `simulation` holds on one screen:
//!
//! ```text
//! seed text ─ seed ─→ Seed ─ model ─→ Model ─ discretize ─→ Program ─┬─ engine::cpu ──────────┐
//!            (spans)        (typed equations,              (the waist: └─ shader ─ engine::gpu ─┴─→ Field
//!                            no spacing, no step)           plain data)
//! notes or vectors ─ soil ─→ maps of density, gain, coupling, frames          Field ─→ observables, topology, output
//! ```
//!
//! Invariants: nothing above [`program::Program`] knows a back end, nothing below it knows an equation; [`soil`],
//! [`topology`] and [`output`] know neither. Modules are listed in the order in which they may use one another, which
//! `tests/layering.rs` holds. Results depend on the seed alone: no hash order, no unordered sum, no libm, no clock.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests compare with libm"))]

// Foundations

pub mod math;

pub mod diagnostic;

pub mod kept;

pub mod graph;

pub mod grid;

pub mod field;

pub mod raster;

// From text to program

pub mod seed;

pub mod model;

pub mod linear;

pub mod program;

pub mod discretize;

// Execution

pub mod shader;

pub mod engine;

// The embedding space, the structure of fields, and what is written down: plain data in, plain data out

pub mod soil;

pub mod topology;

pub mod output;

pub mod answers;

// Using it

pub mod error;

pub mod source;

pub mod simulation;

pub mod run;

pub mod experiment;

pub mod verify;

pub mod bench;

#[cfg(feature = "app")]
pub mod app;
