//! The invariants of a Program, checked. A failure here is a bug of `discretize`, never of a seed.
