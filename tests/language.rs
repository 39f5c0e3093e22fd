//! The equation language: what expressions mean, and what their author is told.

mod findings;
mod size;
mod values;
