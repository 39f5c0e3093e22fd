//! What the window shows of the living field at one step: plain data, made by the living thread, read by everyone else.
//!
//! In: a [`crate::simulation::life::Life`]. Out: a [`Frame`]. Invariants: a frame never changes once it is made; long
//! histories are shared (`Arc`), not copied.

use std::sync::Arc;

use crate::field::Kind;
use crate::grid::Grid;
use crate::simulation::act::Act;
use crate::soil::Note;

/// A living field at one step.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Counts frames since the field was grown or grown again; pictures are uploaded when it changes.
    pub serial: u64,
    /// Steps so far.
    pub step: u64,
    /// Time of the step.
    pub time: f64,
    /// Length of a step.
    pub dt: f64,
    /// Where the fields live.
    pub grid: Grid,
    /// The layers that were asked for, as far as their expressions could be evaluated.
    pub layers: Vec<Layer>,
    /// Cells that are alive, 1 or 0; `None` if all are.
    pub mask: Option<Arc<Vec<f32>>>,
    /// Phase defects of the first complex field.
    pub defects: Vec<Mark>,
    /// What each note feels; empty without a soil.
    pub felt: Felt,
    /// What does not change from step to step.
    pub subject: Arc<Subject>,
    /// The series as measured so far.
    pub series: Arc<Series>,
    /// What was done so far, oldest first.
    pub acts: Arc<Vec<(u64, Act)>>,
    /// What happened in the field, oldest first: step, kind, position.
    pub events: Arc<Vec<Happening>>,
    /// What the field makes of the notes, as of the last observation.
    pub reading: Arc<Reading>,
    /// How fast it lives.
    pub pace: Pace,
    /// What the passes of a step take on the GPU, in milliseconds, by name; empty where that cannot be told.
    pub passes: Arc<Vec<(String, f64)>>,
    /// Whether it is running.
    pub playing: bool,
    /// How many requests of the window were answered before it was made.
    pub answered: u64,
    /// The last thing that a person should know; counted, so that the same words twice are seen as new.
    pub notice: Option<(u64, Notice)>,
    /// While a trace is lived again: steps done, and to be done.
    pub regrowing: Option<(u64, u64)>,
    /// The donor of a dialogue at the same step: its layers and defects.
    pub donor: Option<Arc<Frame>>,
}

/// A field or expression to be drawn.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The expression, as asked for.
    pub expression: String,
    /// What one value is.
    pub kind: Kind,
    /// Values, planar, x fastest; inert cells NaN.
    pub values: Arc<Vec<f32>>,
    /// Least and greatest finite value (of the modulus, for complex values).
    pub range: [f32; 2],
}

/// A phase defect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Position in units of the domain.
    pub at: [f32; 2],
    /// Winding number; of a graph's defect its sign as seen on the map, 0 where the map can't tell.
    pub charge: i8,
    /// Strength of the field round it, as a share of the greatest: little in an empty sea.
    pub strength: f32,
}

/// What the field makes of the notes: groups that it binds, and what lies between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Notes that a region binds together, the largest group first; in each, the strongest note first.
    pub groups: Vec<Vec<usize>>,
    /// Notes at the pass between two groups, strongest pass first.
    pub bridges: Vec<usize>,
    /// Strained borders between two groups, the most strained first: the notes on either side.
    pub fault_lines: Vec<[Vec<usize>; 2]>,
    /// How the field moves.
    pub motion: Motion,
}

/// How a field moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Motion {
    /// It changes, and does not repeat itself.
    #[default]
    Living,
    /// It has not changed since a time.
    Frozen(f64),
    /// It goes through the same states again and again, with this period.
    Looping(f64),
}

/// What each note feels, in the order of the soil.
#[derive(Clone, Debug, Default)]
pub struct Felt {
    /// Positions in units of the domain, as they are now.
    pub positions: Arc<Vec<[f32; 2]>>,
    /// Whether a note is pinned to its place.
    pub pinned: Arc<Vec<bool>>,
    /// Trustworthiness and neighbour recall of the map as it is now.
    pub quality: Option<[f64; 2]>,
    /// Named numbers per note: `phase`, `coherence`, `tension` where the seed has such fields, and every real field.
    pub columns: Vec<(String, Arc<Vec<f32>>)>,
}

/// What does not change from step to step: the seed and the notes.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Counts changes: a rewritten equation, another seed.
    pub serial: u64,
    /// The title.
    pub title: String,
    /// The seed's text now.
    pub seed: String,
    /// Fields with their kinds, in the order of the seed.
    pub fields: Vec<(String, Kind)>,
    /// Derived fields.
    pub derived: Vec<String>,
    /// Maps that expressions can name.
    pub maps: Vec<String>,
    /// Equations as text, by field.
    pub equations: Vec<(String, String)>,
    /// Parameters with their ranges and values now.
    pub parameters: Vec<Parameter>,
    /// The integrator's name.
    pub scheme: String,
    /// Linear stability bound on the step at the initial state, if there is one.
    pub bound: Option<f64>,
    /// The notes.
    pub notes: Arc<Vec<Note>>,
    /// Nearest notes of each note with their similarity.
    pub nearest: Arc<Vec<Vec<(usize, f32)>>>,
    /// Back end, adapter and driver.
    pub place: String,
    /// Threads of the back end; 0 where it has none of its own.
    pub threads: usize,
    /// What was opened, if it was a file or a folder.
    pub opened: Option<std::path::PathBuf>,
    /// The file that keeps every touch.
    pub trace: std::path::PathBuf,
    /// Whether sentences can be placed on the map.
    pub can_say: bool,
    /// The times at which this life has a past that was left: parent trace and step, if it is a branch.
    pub parent: Option<(std::path::PathBuf, u64)>,
}

/// A named number that can be changed while the field lives.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The value now.
    pub value: f64,
    /// The least and greatest value worth trying.
    pub range: [f64; 2],
    /// What it does.
    pub doc: String,
}

/// Numbers measured at every observation.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Times of the observations.
    pub times: Vec<f64>,
    /// Named columns of the same length.
    pub columns: Vec<(String, Vec<f64>)>,
}

/// Something that happened in the field.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// The step at which it was seen.
    pub step: u64,
    /// The word of `events.parquet`: `birth`, `annihilation`, `merge`, ...
    pub kind: &'static str,
    /// The charge of the defects concerned, as in `events.parquet`; none of what has no charge.
    pub charge: Option<i8>,
    /// Where, in units of the domain.
    pub at: [f32; 2],
}

/// How fast it lives.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Steps per second of wall time, over the last second.
    pub steps_per_second: f64,
    /// Cell updates per second while stepping.
    pub cells_per_second: f64,
    /// Milliseconds for one step.
    pub step_milliseconds: f64,
    /// Milliseconds for measuring and copying what is shown.
    pub show_milliseconds: f64,
    /// Steps in this frame.
    pub steps_per_frame: u64,
}

/// Words for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something was done.
    Done(String),
    /// Something could not be done, and why.
    Refused(String),
    /// The field left the numbers, and where.
    Diverged(String),
}
