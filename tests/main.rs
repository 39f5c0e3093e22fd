//! The single integration-test binary: one `mod` per subject.
#![allow(missing_docs, reason = "test code")]

mod common;

mod engine_cpu;
mod engine_gpu;
mod output;
mod parity;
mod seed;
mod soil;
mod topology;
