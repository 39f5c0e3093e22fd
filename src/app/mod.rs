//! The window: a living field that can be touched.
//!
//! ```text
//! pointer, keys -> canvas, panels -> Request -> living thread (owns Life: simulation and trace) -> Frame -> view, panels
//! ```
//!
//! In: a seed, notes or a trace. Out: a trace of every touch. Invariants: the window changes the field by acts only;
//! the living thread never waits for the window, nor the window for it; frames and requests are plain data.

pub mod frame;
pub mod request;
pub mod state;
pub mod words;
