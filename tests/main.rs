//! The single integration-test binary: one `mod` per subject.
#![allow(missing_docs, reason = "test code")]

mod engine_cpu;
mod engine_gpu;
mod linear;
mod output;
mod seed;
mod soil;
mod topology;
