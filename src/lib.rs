//! semafield grows a living field over an embedding space.
#![warn(missing_docs)]

pub mod diagnostic;
pub mod discretize;
pub mod engine;
pub mod field;
pub mod grid;
pub mod linear;
pub mod math;
pub mod model;
pub mod output;
pub mod program;
pub mod seed;
pub mod shader;
pub mod soil;
pub mod topology;
