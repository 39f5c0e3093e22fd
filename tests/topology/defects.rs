//! Winding.
