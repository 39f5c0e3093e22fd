//! The seed: the document as written, every value with its byte span.
//!
//! In: TOML text. Out: a [`Seed`], whose expressions are still text, or all mistakes at once. Here the document's
//! structure is checked: sections, keys, types, ranges, names given twice. What a name or an expression means is for
//! `model`. Fields, equations, parameters, derived fields, maps and series keep the order in which they were written.

mod boundary;
pub(crate) mod document;
mod domain;
mod donor;
mod names;
pub(crate) mod reader;
mod sections;
mod set;
mod text;

pub use boundary::{AxisBoundary, Condition, FieldWalls, Side, Wall};
pub use names::{RESERVED, is_identifier};
pub use sections::ROLES;
pub(crate) use set::add;
pub use set::set;
pub use text::{Spanned, Text};

use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity, Span};

/// The format that this version reads: the value of the key `semafield`.
pub const VERSION: u64 = 1;

/// The longest seed that is read, in bytes. Seeds are kilobytes; the limit keeps a stranger's file from costing memory.
pub const MAX_BYTES: usize = 1 << 18;

/// The most cells that a grid may have. What a machine can hold is far less, and is checked where memory is counted.
pub const MAX_CELLS: u128 = 1 << 40;

/// More steps than this cannot be counted apart from one another in f64.
pub const MAX_STEPS: u64 = 1 << 53;

/// A document that says everything needed to grow a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Seed {
    /// Title for people; none given: the file's name is due.
    pub title: Option<Text>,
    /// Seed of every random stream; 0 unless given.
    pub rng_seed: u64,
    /// Where the fields live.
    pub domain: Domain,
    /// Arrays and pictures usable by name in expressions.
    pub maps: Vec<Entry>,
    /// The embedding that the domain is made of.
    pub soil: Option<Soil>,
    /// Named numbers.
    pub parameters: Vec<Parameter>,
    /// What evolves; at least one.
    pub fields: Vec<Field>,
    /// Right-hand sides of d/dt, by field.
    pub equations: Vec<Entry>,
    /// Algebraic fields.
    pub derived: Vec<Entry>,
    /// Another field that is grown alongside.
    pub donor: Option<Donor>,
    /// Scheme, step and duration.
    pub time: Time,
    /// What is written down during the run.
    pub observe: Observe,
}

/// A name and the text given for it: an expression, or a file's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub name: Text,
    /// The value.
    pub text: Text,
}

/// The section `[domain]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// The section's header.
    pub span: Span,
    /// Grid or graph.
    pub kind: Spanned<DomainKind>,
    /// Cells along x, y, z: one to three positive numbers; empty only for a graph.
    pub shape: Vec<Spanned<usize>>,
    /// Lengths along x, y, z: as many, positive and finite; of a graph, width and height of its map, if given.
    pub size: Vec<Spanned<f64>>,
    /// What lies beyond each axis of `shape`, in the order x, y, z.
    pub boundary: Vec<AxisBoundary>,
    /// Points of the two-dimensional Laplacian.
    pub stencil: Spanned<Stencil>,
    /// Which cells are alive.
    pub mask: Option<Mask>,
    /// The edge list of a graph (source, target, weight, angle).
    pub edges: Option<Text>,
    /// The weight of a link between two notes, as an edge of the graph: a multiple of the mean weight.
    pub links: Option<Spanned<f64>>,
}

/// What a domain is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainKind {
    /// A Cartesian grid of cells.
    Grid,
    /// The nearest-neighbour graph of the soil, or a list of edges.
    Graph,
}

/// Points of the two-dimensional Laplacian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stencil {
    /// The cell and its four neighbours along the axes.
    Five,
    /// Those and the four diagonal ones; needs two axes and equal spacings.
    Nine,
}

/// Which cells are alive: those where it holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Mask {
    /// A condition over x, y, z and the parameters.
    Expression(Text),
    /// A `.npy` or `.png` file of the domain's shape.
    File(Text),
}

/// The section `[soil]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Soil {
    /// The section's header.
    pub span: Span,
    /// A folder of notes or a file of vectors, relative to the seed.
    pub source: Text,
    /// The text encoder's name or folder.
    pub encoder: Option<Text>,
    /// Nearest neighbours per note, at least 1.
    pub neighbors: Option<Spanned<usize>>,
    /// How the vectors become points of the map.
    pub layout: Option<Spanned<Layout>>,
    /// The file in which notes keep their places, inside the seed's folder.
    pub places: Option<Text>,
    /// Where the rotations between frames come from; if absent, from the data where `soil.frame` is used.
    pub frames: Option<Spanned<Frames>>,
    /// Which columns of a table play which role, as written: role and column.
    pub columns: Vec<Entry>,
    /// Seed of the random numbers of the layout; that of the seed unless given.
    pub rng_seed: Option<Spanned<u64>>,
}

/// How the vectors become points of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Neighbours attract, density repels.
    Neighbor,
    /// The first two principal components.
    Pca,
    /// The columns x and y of the source.
    Given,
}

/// Where the rotations between frames come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// The tangent planes of the vectors.
    Data,
    /// Those of the data, in another order.
    Shuffled,
    /// By any angle.
    Random,
    /// No rotation.
    None,
}

/// A named number of the section `[parameters]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name used in expressions.
    pub name: Text,
    /// The value; finite, and within `min` and `max`.
    pub value: Spanned<f64>,
    /// The least value worth trying.
    pub min: Option<Spanned<f64>>,
    /// The greatest value worth trying.
    pub max: Option<Spanned<f64>>,
    /// What the parameter does, in a sentence.
    pub doc: Option<Text>,
}

/// A field of the section `[fields]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name used in expressions.
    pub name: Text,
    /// What it holds, and where.
    pub kind: Spanned<FieldKind>,
    /// The state at t = 0.
    pub initial: Initial,
}

/// What a field holds, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A real number per cell.
    Real,
    /// A complex number per cell.
    Complex,
    /// A real number per edge, one component per axis.
    Link,
}

/// The state of a field at t = 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Initial {
    /// One expression for all of it.
    Expression(Text),
    /// An expression per axis, evaluated at edge midpoints; at least one, for links only.
    Components {
        /// The table.
        span: Span,
        /// For x, y, z in turn, as far as given.
        axes: [Option<Text>; 3],
    },
}

/// The section `[donor]`: another field that is grown alongside, and how this one looks at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Donor {
    /// The section's header.
    pub span: Span,
    /// Its seed: a file in this seed's folder, or the name of a bundled one; none for this same seed.
    pub seed: Option<Text>,
    /// Its random streams, if they are not those of its seed.
    pub rng_seed: Option<Spanned<u64>>,
    /// Parameters that it has at other values.
    pub parameters: Vec<(Text, Spanned<f64>)>,
    /// Side of the blocks over which both fields are averaged, as a length; one cell unless given.
    pub block: Option<Spanned<f64>>,
    /// Time between two looks; every step unless given.
    pub every: Option<Spanned<f64>>,
    /// Time between a look and its effect; none unless given.
    pub delay: Option<Spanned<f64>>,
    /// Standard deviation of the noise on each real number that is seen; none unless given.
    pub noise: Option<Spanned<f64>>,
    /// Whether the donor sees this field as this field sees the donor.
    pub mutual: Option<Spanned<bool>>,
}

/// The section `[time]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    /// The section's header.
    pub span: Span,
    /// The time integrator.
    pub scheme: Spanned<Scheme>,
    /// The step.
    pub dt: TimeStep,
    /// Duration of the run, at least 0.
    pub stop: Spanned<f64>,
    /// How noise coefficients are taken.
    pub noise: Spanned<Noise>,
}

/// The time integrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Forward Euler, first order.
    Euler,
    /// Heun's method, second order; the default.
    Heun,
    /// The classical Runge-Kutta method, fourth order.
    Rk4,
    /// Exponential time differencing, second order.
    Etd2,
}

/// Length of a time step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeStep {
    /// As given: positive and finite.
    Fixed(Spanned<f64>),
    /// 0.8 of the linear stability bound at the initial state; written at this place.
    Auto(Span),
}

/// How noise coefficients are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// At the start of the step; the default.
    Ito,
    /// Again in the second stage.
    Stratonovich,
}

/// The section `[observe]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observe {
    /// Time between rows of the series, positive; stop/100 unless given.
    pub every: Option<Spanned<f64>>,
    /// Columns of the series: names and expressions.
    pub series: Vec<Entry>,
    /// Expressions to draw.
    pub images: Vec<Text>,
    /// Time between pictures, positive.
    pub image_every: Option<Spanned<f64>>,
    /// Fields and derived fields whose final values are written.
    pub arrays: Vec<Text>,
}

impl Seed {
    /// Reads a seed; on failure all mistakes of its structure, in the order of the text. Warnings alone are no failure,
    /// and are dropped: [`Seed::parse_recoverable`] has them.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        match Self::parse_recoverable(text) {
            (Some(seed), diagnostics) if diagnostics.iter().all(|found| found.severity == Severity::Warning) => {
                Ok(seed)
            }
            (_, diagnostics) => Err(diagnostics),
        }
    }

    /// The title, else the name of the seed's file without its ending.
    pub fn title_or(&self, file: &str) -> String {
        let stem = || Path::new(file).file_stem().map_or(file.into(), |stem| stem.to_string_lossy());
        self.title.as_ref().map_or_else(|| stem().into_owned(), |title| title.value.clone())
    }

    /// Reads a seed with mistakes as far as they leave its names and types certain, so that `model` can add its own
    /// findings to the list. A number out of range has a stand-in that is in range.
    pub fn parse_recoverable(text: &str) -> (Option<Self>, Vec<Diagnostic>) {
        let (root, mut diagnostics) = match document::read("seed", text) {
            Ok(read) => read,
            Err(diagnostics) => return (None, diagnostics),
        };
        let seed = sections::seed(text, &root, &mut diagnostics);
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        (seed, diagnostics)
    }
}
