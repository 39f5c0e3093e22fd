//! The single integration-test binary: one `mod` per subject.
#![allow(missing_docs, clippy::disallowed_methods, reason = "test code; references come from libm")]

mod common;

mod acts;
mod answers;
#[cfg(feature = "app")]
mod app;
#[cfg(feature = "gpu")]
mod batches;
mod bench;
mod cli;
mod complaints;
mod conservation;
mod convergence;
mod dialogue;
mod encoders;
mod engine_cpu;
mod engine_gpu;
mod etd;
mod experiments;
mod graph;
mod history;
mod language;
mod layering;
mod linear;
mod noise;
mod operators;
mod output;
mod parity;
mod places;
mod render;
mod seed;
mod seeds;
mod soil;
mod topology;
mod transfer;
mod verify;
#[cfg(all(feature = "app", target_os = "linux"))]
mod window;
