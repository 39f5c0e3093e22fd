//! What the window asks of the living thread. Plain data: panels make requests, tests read them.

use std::path::PathBuf;

use crate::simulation::act::Act;

/// One thing asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Run, or hold still.
    Play(bool),
    /// This many steps, then hold still.
    Step(u64),
    /// Steps per frame wanted; fewer are made if the frame's budget is used up.
    Speed(u64),
    /// Which expressions to send as layers.
    Show(Vec<String>),
    /// Do something to the field; it is kept in the trace.
    Do(Act),
    /// Find the place of a sentence, and say it there.
    Say {
        /// The sentence.
        text: String,
        /// Against the phase of what is there.
        against: bool,
    },
    /// Grow again from the trace to the act before the last one.
    Undo,
    /// Grow again to a step and hold still there; the trace goes on from its end if nothing is done meanwhile, and what
    /// is done there begins a branch.
    Regrow(u64),
    /// Begin a branch at a step: a new trace that names its parent.
    Branch(u64),
    /// Open another seed, notes, vectors or trace.
    Open(PathBuf),
    /// Open a seed of the gallery by its name.
    Gallery(String),
    /// Write the series as CSV.
    ExportSeries(PathBuf),
    /// Write these notes as CSV, with what they feel.
    ExportNotes(Vec<usize>, PathBuf),
    /// Close the trace and end.
    Quit,
}
