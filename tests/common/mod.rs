//! What several subjects' tests share.

pub(crate) mod grown;
pub(crate) mod tables;
pub(crate) mod tolerance;
