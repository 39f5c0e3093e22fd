//! One stroke: from press to release, and the acts that it becomes.
//!
//! In: positions of the pointer in units of the domain, the tool in hand. Out: acts. Invariant: a stroke that lasts
//! makes an act for each stretch of a third of the radius, so that its acts do not depend on how often the screen is
//! painted; tools that rebuild the equations (walls) or hold (pins) act once, when the stroke ends.

use crate::app::frame::Frame;
use crate::app::state::{BrushStyle, State, Tool};
use crate::app::view::camera::plane_size;
use crate::simulation::act::{Act, Brush, Paint};

/// What is in the person's hand.
pub(super) struct Hand<'a> {
    pub(super) frame: &'a Frame,
    pub(super) state: &'a State,
}

/// From press to release.
pub(super) struct Stroke {
    /// The tool that was in the hand when it was pressed: another one is for the next stroke.
    tool: Tool,
    inverted: bool,
    /// Where it was pressed, and everywhere that it has been since, a stretch apart.
    points: Vec<[f64; 2]>,
    now: [f64; 2],
    /// How many of the points have become acts.
    done: usize,
}

/// The share of the radius after which a stroke acts again.
const STRETCH: f64 = 1.0 / 3.0;

impl Stroke {
    pub(super) fn begin(tool: Tool, at: [f64; 2], inverted: bool) -> Self {
        Self { tool, inverted, points: vec![at], now: at, done: 0 }
    }

    pub(super) const fn is_inverted(&self) -> bool {
        self.inverted
    }

    /// Whether it acts as a whole when it ends, along its path.
    pub(super) fn is_whole(&self, style: BrushStyle) -> bool {
        style == BrushStyle::Line || matches!(self.tool, Tool::Cut | Tool::Pin)
    }

    /// The corners of the stroke as it is drawn.
    pub(super) fn path(&self, style: BrushStyle) -> Vec<[f64; 2]> {
        if style == BrushStyle::Line {
            return vec![self.points[0], self.now];
        }
        self.points.iter().copied().chain([self.now]).collect()
    }

    /// The pointer goes on; points are added a stretch apart.
    pub(super) fn move_to(&mut self, at: [f64; 2], hand: &Hand<'_>) {
        self.now = at;
        let stretch = f64::from(hand.state.radius) * STRETCH;
        let last = self.points[self.points.len() - 1];
        let by = [at[0] - last[0], at[1] - last[1]];
        let length = (by[0] * by[0] + by[1] * by[1]).sqrt();
        if stretch <= 0.0 || length < stretch {
            return;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few stretches")]
        let count = ((length / stretch) as usize).min(64);
        for stop in 1..=count {
            #[expect(clippy::cast_precision_loss, reason = "a few stretches")]
            let share = stop as f64 * stretch / length;
            self.points.push([last[0] + by[0] * share, last[1] + by[1] * share]);
        }
    }

    /// Acts while the button is held.
    pub(super) fn go_on(&mut self, hand: &Hand<'_>) -> Vec<Act> {
        if hand.state.brush == BrushStyle::Lasso || self.is_whole(hand.state.brush) {
            return vec![];
        }
        let from = std::mem::replace(&mut self.done, self.points.len());
        if self.tool == Tool::Push {
            let pairs = self.points[from.saturating_sub(1)..].windows(2);
            return pairs.filter_map(|pair| self.push(hand, pair[0], pair[1])).collect();
        }
        if self.tool == Tool::Pulse && from > 0 {
            return vec![]; // one bump a stroke
        }
        self.points[from..].iter().filter_map(|&at| self.act(hand, round(hand, at)?)).collect()
    }

    /// Acts when the button is let go.
    pub(super) fn end(&mut self, hand: &Hand<'_>) -> Vec<Act> {
        let radius = f64::from(hand.state.radius);
        match (hand.state.brush, self.tool) {
            (BrushStyle::Lasso, _) => {
                let ids = hand.state.selected.iter().filter_map(|&note| hand.frame.subject.notes.get(note));
                let ids: Vec<String> = ids.map(|note| note.id.clone()).collect();
                (!ids.is_empty()).then(|| self.act(hand, Brush::Notes { ids, radius })).flatten().into_iter().collect()
            }
            (BrushStyle::Line, Tool::Push) => self.push(hand, self.points[0], self.now).into_iter().collect(),
            (BrushStyle::Line, _) | (_, Tool::Cut | Tool::Pin) => {
                let points = self.path(hand.state.brush).into_iter().map(|at| position(hand.frame, hand.state, at));
                self.act(hand, Brush::Line { points: points.collect(), radius }).into_iter().collect()
            }
            _ => self.go_on(hand),
        }
    }

    fn push(&self, hand: &Hand<'_>, from: [f64; 2], to: [f64; 2]) -> Option<Act> {
        let share = f64::from(hand.state.strength) * if self.inverted { -1.0 } else { 1.0 };
        let mut by: Vec<f64> = [0, 1].iter().map(|&axis| (to[axis] - from[axis]) * share).collect();
        by.resize(3, 0.0);
        by.truncate(hand.frame.grid.axes());
        Some(Act::Push { field: field(hand)?, brush: round(hand, from)?, by })
    }

    /// What the tool in hand does under a brush.
    fn act(&self, hand: &Hand<'_>, brush: Brush) -> Option<Act> {
        let State { value, pin_steps, .. } = hand.state;
        let strength = f64::from(hand.state.strength);
        let signed = if self.inverted { -strength } else { strength };
        let field = field(hand)?;
        Some(match self.tool {
            Tool::Look | Tool::Notes => return None,
            Tool::Paint if self.inverted => {
                Act::Paint { field, mode: Paint::Set, value: format!("-({value})"), brush, strength }
            }
            Tool::Paint => Act::Paint { field, mode: Paint::Set, value: value.clone(), brush, strength },
            Tool::Smooth if self.inverted => Act::Erase { field, brush, strength },
            Tool::Smooth => Act::Paint { field, mode: Paint::Smooth, value: String::new(), brush, strength },
            Tool::Stir => Act::Stir { field, brush, strength: signed },
            Tool::Push => return None,
            Tool::Pulse => Act::Pulse { field, brush, strength: signed, phase: 0.0 },
            Tool::Pin if self.inverted => Act::Release { brush },
            Tool::Pin => Act::Pin { field, brush, value: value.clone(), steps: *pin_steps },
            Tool::Cut if self.inverted => Act::Heal { brush },
            Tool::Cut => Act::Cut { brush },
            Tool::Warm if self.inverted => Act::Cool { field, brush, strength },
            Tool::Warm => Act::Warm { field, brush, strength },
        })
    }
}

/// The field that is touched: the chosen one, else the first.
fn field(hand: &Hand<'_>) -> Option<String> {
    let fields = &hand.frame.subject.fields;
    let chosen = fields.iter().find(|(name, _)| *name == hand.state.field).or_else(|| fields.first());
    chosen.map(|(name, _)| name.clone())
}

/// The round brush at a point.
fn round(hand: &Hand<'_>, at: [f64; 2]) -> Option<Brush> {
    let (at, radius) = (position(hand.frame, hand.state, at), f64::from(hand.state.radius));
    match hand.state.brush {
        BrushStyle::Disc => Some(Brush::Disc { at, radius }),
        BrushStyle::Gaussian | BrushStyle::Line => Some(Brush::Gaussian { at, radius }),
        BrushStyle::Lasso => None,
    }
}

/// A point of the picture as a position in the domain: of a line only x, in space within the slice that is seen.
fn position(frame: &Frame, state: &State, at: [f64; 2]) -> Vec<f64> {
    let size = plane_size(&frame.grid);
    let inside = |axis: usize| at[axis].clamp(0.0, size[axis]);
    match frame.grid.axes() {
        1 => vec![inside(0)],
        2 => vec![inside(0), inside(1)],
        _ => {
            let depth = frame.grid.size_along(crate::grid::Axis::Z);
            vec![inside(0), inside(1), f64::from(state.look.slice) * depth]
        }
    }
}
