//! The single integration-test binary: one `mod` per subject.
#![allow(missing_docs, clippy::disallowed_methods, reason = "test code; references come from libm")]

mod common;

mod answers;
mod cli;
mod conservation;
mod convergence;
mod engine_cpu;
mod engine_gpu;
mod etd;
mod language;
mod layering;
mod linear;
mod noise;
mod operators;
mod output;
mod parity;
mod seed;
mod seeds;
mod soil;
mod topology;
mod verify;
