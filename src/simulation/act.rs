//! Acts: what a person did to a running field. In: a line of a trace, or the window. Out: plain data.
//!
//! Each act has a step number in the trace; a field changes by nothing else but steps. Invariant: an act says all that
//! its effect depends on (positions and lengths in units of the domain, names, numbers), so that seed and acts give the
//! field again.

use serde::{Deserialize, Serialize};

/// One thing a person did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Act {
    /// Gave a parameter another value.
    Retune {
        /// The parameter.
        name: String,
        /// Its value from this step on.
        value: f64,
    },
    /// Rewrote a value of the seed, such as an equation; fields are kept by name.
    Rewrite {
        /// The dotted key: `equations.A`, `time.dt`.
        key: String,
        /// Its text from this step on.
        value: String,
    },
    /// Gave the random streams another seed and all fields their initial values.
    Reseed {
        /// The new seed.
        rng_seed: u64,
    },
    /// Brought values in under a brush.
    Paint {
        /// The field.
        field: String,
        /// How they meet what is there.
        mode: Paint,
        /// The value, an expression of the seed's language; of no use to `smooth`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        value: String,
        /// Where.
        brush: Brush,
        /// Share of the effect at the brush's centre.
        strength: f64,
    },
    /// Drew a field towards 0 under a brush.
    Erase {
        /// The field.
        field: String,
        /// Where.
        brush: Brush,
        /// Share of the effect at the brush's centre.
        strength: f64,
    },
    /// Turned what a field holds about the brush's centre: a vortex.
    Stir {
        /// The field.
        field: String,
        /// Where.
        brush: Brush,
        /// Angle in radians at the centre, counter-clockwise.
        strength: f64,
    },
    /// Displaced what a field holds under a brush: a drift.
    Push {
        /// The field.
        field: String,
        /// Where.
        brush: Brush,
        /// Displacement at the centre, per axis, in lengths.
        by: Vec<f64>,
    },
    /// Added a bump, once.
    Pulse {
        /// The field.
        field: String,
        /// Where.
        brush: Brush,
        /// Height at the centre.
        strength: f64,
        /// Phase in radians that the bump of a complex field has.
        #[serde(default)]
        phase: f64,
    },
    /// Held a field under a brush to a value for a time.
    Pin {
        /// The field.
        field: String,
        /// Where: cells in which the brush weighs at least one half.
        brush: Brush,
        /// The value, an expression; empty for what is there now.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        value: String,
        /// For how many steps.
        steps: u64,
    },
    /// Let go of every pin that a brush touches.
    Release {
        /// Where.
        brush: Brush,
    },
    /// Painted a wall into the mask.
    Cut {
        /// Where: cells in which the brush weighs at least one half.
        brush: Brush,
    },
    /// Took painted walls away.
    Heal {
        /// Where: cells in which the brush weighs at least one half.
        brush: Brush,
    },
    /// Lowered the local gain: the field gains the term `-strength * u`, weighed by the brush.
    Cool {
        /// The field.
        field: String,
        /// Where.
        brush: Brush,
        /// Change of the rate at the centre.
        strength: f64,
    },
    /// Raised the local gain: the field gains the term `+strength * u`, weighed by the brush.
    Warm {
        /// The field.
        field: String,
        /// Where.
        brush: Brush,
        /// Change of the rate at the centre.
        strength: f64,
    },
    /// Moved a note on the map; its nearest notes follow a little, pinned ones do not.
    Pull {
        /// The note's id.
        note: String,
        /// To which point, in units of the domain.
        to: [f64; 2],
    },
    /// Pinned a note to its place on the map, or let it go.
    PinNote {
        /// The note's id.
        note: String,
        /// Whether it stays where it is.
        pinned: bool,
    },
    /// Let the notes drift in the forces of the layout, from where they are: pinned ones stay, pulled ones find their
    /// place among their nearest.
    Settle {
        /// Iterations of the layout, 1 to 1000.
        iterations: u32,
    },
    /// Linked two notes: coupling is raised on the way between them.
    Link {
        /// The note's id.
        from: String,
        /// The other note's id.
        to: String,
    },
    /// Unlinked two notes: coupling is lowered on the way between them.
    Unlink {
        /// The note's id.
        from: String,
        /// The other note's id.
        to: String,
    },
    /// Said a sentence: a bump where it belongs on the map, in phase with its neighbours or against them.
    Say {
        /// The sentence.
        text: String,
        /// The field.
        field: String,
        /// The point of the map where it belongs, in units of the domain.
        at: [f64; 2],
        /// Radius of the Gaussian bump.
        radius: f64,
        /// Height at the centre.
        strength: f64,
        /// With the phase (real fields: the sign) of what is there, or against it.
        against: bool,
    },
}

/// How painted values meet what is there, for a weight w in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paint {
    /// `u + w (value - u)`.
    Set,
    /// `u + w value`.
    Add,
    /// `u + w (mean of the neighbours - u)`.
    Smooth,
}

/// A region of the domain with a weight in [0, 1]; lengths in units of the domain, measured the short way round
/// periodic axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Brush {
    /// 1 within a radius, 0 beyond.
    Disc {
        /// The centre, a number per axis.
        at: Vec<f64>,
        /// The radius.
        radius: f64,
    },
    /// `exp(-d^2 / (2 (radius/2)^2))`, cut off at twice the radius.
    Gaussian {
        /// The centre, a number per axis.
        at: Vec<f64>,
        /// The radius.
        radius: f64,
    },
    /// 1 within a radius of a polyline of at least one point.
    Line {
        /// The corners, a number per axis each.
        points: Vec<Vec<f64>>,
        /// The radius.
        radius: f64,
    },
    /// Discs round notes (a lasso).
    Notes {
        /// Their ids.
        ids: Vec<String>,
        /// The radius.
        radius: f64,
    },
}

impl Act {
    /// The word of the trace.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Retune { .. } => "retune",
            Self::Rewrite { .. } => "rewrite",
            Self::Reseed { .. } => "reseed",
            Self::Paint { .. } => "paint",
            Self::Erase { .. } => "erase",
            Self::Stir { .. } => "stir",
            Self::Push { .. } => "push",
            Self::Pulse { .. } => "pulse",
            Self::Pin { .. } => "pin",
            Self::Release { .. } => "release",
            Self::Cut { .. } => "cut",
            Self::Heal { .. } => "heal",
            Self::Cool { .. } => "cool",
            Self::Warm { .. } => "warm",
            Self::Pull { .. } => "pull",
            Self::PinNote { .. } => "pin-note",
            Self::Settle { .. } => "settle",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
            Self::Say { .. } => "say",
        }
    }

    /// The brush, of an act that has one.
    pub const fn brush(&self) -> Option<&Brush> {
        match self {
            Self::Paint { brush, .. }
            | Self::Erase { brush, .. }
            | Self::Stir { brush, .. }
            | Self::Push { brush, .. }
            | Self::Pulse { brush, .. }
            | Self::Pin { brush, .. }
            | Self::Release { brush }
            | Self::Cut { brush }
            | Self::Heal { brush }
            | Self::Cool { brush, .. }
            | Self::Warm { brush, .. } => Some(brush),
            Self::Retune { .. }
            | Self::Rewrite { .. }
            | Self::Reseed { .. }
            | Self::Pull { .. }
            | Self::PinNote { .. }
            | Self::Settle { .. }
            | Self::Link { .. }
            | Self::Unlink { .. }
            | Self::Say { .. } => None,
        }
    }
}
