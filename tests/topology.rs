//! Topology: fields with known structure, oracles computed by GUDHI, and random fields against brute force.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers are small"
)]

mod critical_points;
mod defects;
mod hodge;
mod persistence;
mod readings;
mod vectors;
mod worldlines;

use std::path::Path;

/// Numbers of a text file in `tests/data/topology`, row by row.
fn table(name: &str) -> Vec<Vec<i64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/topology").join(name);
    let text = std::fs::read_to_string(path).expect("oracle file");
    text.lines().map(|line| line.split_whitespace().map(|word| word.parse().expect("integer")).collect()).collect()
}

/// A reproducible stream of numbers (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `bound - 1`.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From -1 to 1.
    fn signed(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}
