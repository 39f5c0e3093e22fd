//! What the person has chosen to see and how they act: the window's own state. No egui and no wgpu type but plain
//! numbers; nothing here is part of the field's history.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::app::frame::{Frame, Subject};
use crate::app::panels::memory::Memory;
use crate::app::tempo::Swiftness;
use crate::app::words::Language;
use crate::field::Kind;
use crate::output::colormap::Palette;

/// The window's state.
#[derive(Clone, Debug)]
pub struct State {
    /// What is drawn.
    pub look: Look,
    /// Which part of the domain is seen.
    pub camera: Camera,
    /// The tool in hand, and its settings.
    pub tool: Tool,
    /// The brush of all tools that have one.
    pub brush: BrushStyle,
    /// Radius of the brush in units of the domain.
    pub radius: f32,
    /// Strength of the tool in hand.
    pub strength: f32,
    /// The field that tools change; empty: the first.
    pub field: String,
    /// The value painted or pinned: an expression.
    pub value: String,
    /// For how many steps a pin holds.
    pub pin_steps: u64,
    /// Notes that are selected.
    pub selected: BTreeSet<usize>,
    /// The note that is inspected.
    pub inspected: Option<usize>,
    /// What is typed into the search.
    pub search: String,
    /// The sentence being written.
    pub sentence: String,
    /// Whether it is said against the phase of what is there.
    pub against: bool,
    /// Values of the seed that were edited and are not applied yet, by dotted key: `equations.A`.
    pub drafts: Vec<(String, String)>,
    /// Which panel is open on the right.
    pub panel: Panel,
    /// Whether panels are seen.
    pub panels_open: bool,
    /// Whether keys are shown.
    pub help_open: bool,
    /// Language of the interface.
    pub language: Language,
    /// Light or dark.
    pub dark: bool,
    /// Steps per frame wanted.
    pub speed: u64,
    /// Recently opened, newest first.
    pub recent: Vec<PathBuf>,
    /// What is being recorded.
    pub recording: Option<Recording>,
    /// The path typed in the open dialog.
    pub path: String,
    /// How soon the window answers.
    pub swiftness: Swiftness,
    /// What the panels remember from frame to frame.
    pub memory: Memory,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The expression drawn as colour.
    pub color: String,
    /// How it becomes colour.
    pub style: ColorStyle,
    /// The range of colours; `None` for that of the data.
    pub range: Option<[f32; 2]>,
    /// Draw contour lines of the coloured scalar.
    pub contours: bool,
    /// Number of contour lines over the range.
    pub contour_count: u32,
    /// Draw phase defects.
    pub defects: bool,
    /// Draw notes.
    pub notes: bool,
    /// Draw labels.
    pub labels: bool,
    /// Draw links between notes.
    pub links: bool,
    /// The column that colours notes; empty: ink.
    pub note_color: String,
    /// The column that sizes notes; empty: all the same.
    pub note_size: String,
    /// The link field drawn as tracers; empty: none.
    pub tracers: String,
    /// Draw a scalar as a landscape.
    pub height: bool,
    /// Which slice of a 3-D field, as a share of its depth.
    pub slice: f32,
    /// Draw the map in the corner.
    pub minimap: bool,
}

/// How values become colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorStyle {
    /// A scalar (of complex values: the modulus) by a palette.
    Scalar(Palette),
    /// The phase, by the cyclic palette.
    Phase,
    /// Phase as hue, modulus as lightness.
    Domain,
}

/// Which part of the domain is seen. Zoom 1 shows all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The point of the domain in the middle of the view, as shares of its size.
    pub center: [f64; 2],
    /// Magnification.
    pub zoom: f64,
    /// Direction from which a landscape is seen: azimuth and elevation in radians.
    pub orbit: [f64; 2],
}

/// What the pointer does to the field. In the order of the number keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Pan, zoom, select notes.
    Look,
    /// Paint a value; inverted: with the opposite sign.
    Paint,
    /// Smooth; inverted: erase.
    Smooth,
    /// Turn; inverted: the other way.
    Stir,
    /// Displace along the stroke; inverted: against it.
    Push,
    /// A bump; inverted: a dent.
    Pulse,
    /// Hold; inverted: let go.
    Pin,
    /// A wall; inverted: take it away.
    Cut,
    /// Raise the gain; inverted: lower it.
    Warm,
    /// Drag notes; inverted: pin and unpin; with Shift from note to note: link and unlink.
    Notes,
}

impl Tool {
    /// All, in the order of the keys 1 to 9 and 0.
    pub const ALL: [Self; 10] = [
        Self::Look,
        Self::Paint,
        Self::Smooth,
        Self::Stir,
        Self::Push,
        Self::Pulse,
        Self::Pin,
        Self::Cut,
        Self::Warm,
        Self::Notes,
    ];

    /// Whether it works with a brush.
    pub const fn has_brush(self) -> bool {
        !matches!(self, Self::Look | Self::Notes)
    }
}

/// The shape of the brush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrushStyle {
    /// Full weight within the radius.
    Disc,
    /// A soft hill.
    Gaussian,
    /// Along a line from press to release.
    Line,
    /// Round the selected notes.
    Lasso,
}

/// The panels on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// What is drawn.
    Look,
    /// Parameters, scheme and step.
    Parameters,
    /// Equations.
    Equations,
    /// Notes.
    Notes,
    /// Series over time.
    Series,
    /// What happens: events, readings.
    Topology,
    /// Speed and place.
    Performance,
    /// Seeds to open.
    Gallery,
}

/// A recording in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What it becomes.
    pub kind: RecordingKind,
    /// Pixels of a picture.
    pub size: [u32; 2],
    /// Pictures so far.
    pub pictures: u32,
}

/// What a recording becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingKind {
    /// Numbered PNG files.
    Sequence,
    /// One animated PNG.
    Apng,
    /// MP4 by ffmpeg.
    Mp4,
}

/// What the panels ask of the window itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// A PNG of the view, this large.
    Picture([u32; 2]),
    /// Begin to record.
    Record(RecordingKind, [u32; 2]),
    /// End the recording.
    StopRecording,
    /// Show all of the domain.
    Fit,
    /// Use the tool in hand in the middle of the view.
    Touch {
        /// As the right button would.
        inverted: bool,
    },
    /// Bring a note to the middle.
    Visit(usize),
    /// Bring a point of the domain to the middle.
    VisitPoint([f32; 2]),
}

impl State {
    /// How the window looks when it is opened for the first time.
    pub fn new(language: Language, dark: bool) -> Self {
        Self {
            look: Look::default(),
            camera: Camera::whole(),
            tool: Tool::Look,
            brush: BrushStyle::Gaussian,
            radius: 0.0,
            strength: 1.0,
            field: String::new(),
            value: "1".into(),
            pin_steps: 500,
            selected: BTreeSet::new(),
            inspected: None,
            search: String::new(),
            sentence: String::new(),
            against: false,
            drafts: vec![],
            panel: Panel::Look,
            panels_open: true,
            help_open: false,
            language,
            dark,
            speed: 4,
            recent: vec![],
            recording: None,
            path: String::new(),
            swiftness: Swiftness::default(),
            memory: Memory::default(),
        }
    }
}

impl State {
    /// Another field came into view: choices that name what it does not have fall back to what it has.
    pub fn greet(&mut self, frame: &Frame) {
        let subject = &frame.subject;
        let first = subject.fields.first();
        self.look = Look { color: String::new(), range: None, tracers: String::new(), ..self.look.clone() };
        self.look.style = match first.map(|(_, kind)| *kind) {
            Some(Kind::Complex) => ColorStyle::Domain,
            _ => ColorStyle::Scalar(Palette::Tide),
        };
        self.camera = Camera::whole();
        (self.field, self.tool) = (first.map_or_else(String::new, |(name, _)| name.clone()), Tool::Look);
        let side = frame.grid.axis_list().iter().map(|&axis| frame.grid.size_along(axis)).fold(f64::INFINITY, f64::min);
        #[expect(clippy::cast_possible_truncation, reason = "a length on a screen")]
        let radius = 0.05 * side as f32;
        self.radius = radius;
        (self.selected, self.inspected) = (BTreeSet::new(), None);
        self.drafts.clear();
    }
}

impl Look {
    /// The expression that is coloured: the one chosen, else the first field.
    pub fn colored<'a>(&'a self, subject: &'a Subject) -> &'a str {
        let first = subject.fields.first().map_or("", |(name, _)| name.as_str());
        if self.color.trim().is_empty() { first } else { self.color.trim() }
    }

    /// The expressions that have to be evaluated for it, the coloured one first.
    pub fn layers(&self, subject: &Subject) -> Vec<String> {
        let wanted = [self.colored(subject), self.tracers.as_str()];
        wanted.into_iter().filter(|expression| !expression.is_empty()).map(str::to_owned).collect()
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            color: String::new(),
            style: ColorStyle::Domain,
            range: None,
            contours: false,
            contour_count: 8,
            defects: true,
            notes: true,
            labels: true,
            links: false,
            note_color: String::new(),
            note_size: String::new(),
            tracers: String::new(),
            height: false,
            slice: 0.5,
            minimap: true,
        }
    }
}

impl Camera {
    /// All of the domain.
    pub const fn whole() -> Self {
        Self { center: [0.5, 0.5], zoom: 1.0, orbit: [0.6, 0.8] }
    }
}
