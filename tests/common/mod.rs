//! What several subjects' tests share.

pub mod tolerance;
