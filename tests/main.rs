//! The single integration-test binary: one `mod` per subject.
#![allow(missing_docs, reason = "test code")]

mod soil;
