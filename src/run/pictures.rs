//! The pictures of a run: each expression of `images`, at each picture time.
//!
//! In: states. Out: files in `images/`, written as they are taken, and for the page the last picture and a few of those
//! before, with their colour keys. The palette follows from what an expression is: phases are cyclic,
//! complex values are domain-coloured, values of both signs diverge, strain glows.

use std::path::PathBuf;

use image::RgbaImage;

use super::reel::Reel;
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::grid::{Axis, Grid};
use crate::model::{Expr, Model, Node, Number, Operator, Unary};
use crate::output::colormap::Palette;
use crate::output::image::{Limits, Plane, Range, complex, curve, enlarge, png, scalar, shrink};
use crate::output::node_map::NodeMap;
use crate::output::report::{Key, LONGEST_FRAME};
use crate::simulation::evaluator::{Evaluator, State};

/// Frames of a film that are kept, and rows of the past of a grid of one axis; at most twice as many.
const FRAMES: usize = 24;
const ROWS: usize = 2048;

/// One picture.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    pub(super) time: f64,
    pub(super) image: RgbaImage,
    pub(super) key: Key,
}

/// All pictures of one expression.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    /// The expression as written.
    pub(super) text: String,
    /// For file names: letters, digits, `_`, `-` and `.`.
    pub(super) name: String,
    /// For people.
    pub(super) caption: String,
    pub(super) expr: Expr,
    /// The picture taken last.
    pub(super) last: Option<Shot>,
    /// Time and pixels of some of all pictures, for a film.
    pub(super) frames: Reel<(f64, RgbaImage)>,
    /// On a grid of one axis the values at picture times; else empty.
    rows: Reel<Vec<f64>>,
}

impl Strip {
    /// All picture times of a grid of one axis in one picture: position to the right, time upwards.
    pub(super) fn past(&self, model: &Model) -> Option<(RgbaImage, Key)> {
        if self.rows.seen() < 3 {
            return None;
        }
        let rows: Vec<Vec<f64>> = self.rows.iter().cloned().collect();
        let plane = Plane::space_time(&rows);
        let palette = palette(model, self.expr, &plane.values);
        let limits = Limits::of(&plane.values, palette, Range::Auto);
        Some((enlarge(&scalar(&plane, palette, limits), plane.spacing), Key::Scale(palette, limits)))
    }
}

/// All pictures of a run.
pub(super) struct Gallery {
    pub(super) strips: Vec<Strip>,
    /// Strips of expressions that were drawn before the seed was rewritten.
    past: Vec<Strip>,
    evaluator: Option<Evaluator>,
    /// Where files are written.
    folder: PathBuf,
    model: Model,
    /// How a graph is shown.
    map: Option<NodeMap>,
}

impl Gallery {
    /// The pictures that a model names, to be written into a folder.
    pub(super) fn new(model: &Model, dt: f64, threads: usize, folder: PathBuf) -> Result<Self, Error> {
        let mut strips: Vec<Strip> = Vec::new();
        for named in &model.observe.images {
            let name = unique(&file_name(&named.name), &strips);
            let caption = caption(model, named.expr, &named.name);
            strips.push(Strip {
                text: named.name.clone(),
                name,
                caption,
                expr: named.expr,
                last: None,
                frames: Reel::new(FRAMES),
                rows: Reel::new(ROWS),
            });
        }
        // A phase is drawn from the complex value that has it: where that is nothing, there is no phase to show.
        let exprs: Vec<Expr> = strips.iter().map(|strip| phase_of(model, strip.expr).unwrap_or(strip.expr)).collect();
        let evaluator = if exprs.is_empty() { None } else { Some(Evaluator::for_fields(model, &exprs, dt, threads)?) };
        Ok(Self { strips, past: vec![], evaluator, folder, map: NodeMap::new(&model.grid), model: model.clone() })
    }

    /// Goes on with the gallery of the model before: its pictures are kept, also of expressions that are no longer drawn.
    pub(super) fn after(mut self, past: Self) -> Self {
        for old in past.strips {
            match self.strips.iter_mut().find(|strip| strip.text == old.text) {
                Some(strip) => *strip = Strip { expr: strip.expr, caption: strip.caption.clone(), ..old },
                // Its expression means nothing to the new model.
                None => self.past.push(Strip { expr: self.model.fields[0].expr, rows: Reel::new(ROWS), ..old }),
            }
        }
        self.past.extend(past.past);
        self
    }

    /// The cells that pictures have.
    fn canvas(&self) -> &Grid {
        self.map.as_ref().map_or(&self.model.grid, NodeMap::canvas)
    }

    /// Draws all expressions in a state, and writes them down.
    pub(super) fn take(&mut self, state: &State<'_>) -> Result<(), Error> {
        let spacing = [Axis::X, Axis::Y].map(|axis| self.canvas().spacing(axis));
        let Some(evaluator) = &mut self.evaluator else { return Ok(()) };
        let active = self.map.as_ref().map_or_else(|| active(state.mask), |map| Some(map.active()));
        for (strip, field) in self.strips.iter_mut().zip(evaluator.fields(state)?) {
            let field = self.map.as_ref().map_or(field.clone(), |map| map.paint(&field));
            let (image, key) = draw(&self.model, strip.expr, &field, active.as_deref())?;
            let line = field.grid.axes() == 1;
            if line && field.kind == Kind::Real {
                strip.rows.push(field.component(0));
            }
            let bytes = if line { png(&image) } else { png(&enlarge(&image, spacing)) };
            let path = self.folder.join(format!("{}-{}.png", strip.name, state.step));
            super::files::write(&path, &bytes.map_err(|why| Error::Input(why.to_string()))?)?;
            strip.frames.push((state.time(), shrink(&image, LONGEST_FRAME)));
            strip.last = Some(Shot { time: state.time(), image, key });
        }
        Ok(())
    }
}

/// Which cells are alive, as output functions take it.
pub(crate) fn active(mask: Option<&Field>) -> Option<Vec<bool>> {
    mask.map(|mask| (0..mask.values.len()).map(|index| mask.values.get(index) > 0.5).collect())
}

/// A phase has its full colour from this share of the largest magnitude on; below it fades.
pub(crate) const PHASE_FROM: f64 = 0.15;

/// The complex value whose phase an expression is.
pub(crate) fn phase_of(model: &Model, expr: Expr) -> Option<Expr> {
    match *model.arena.node(expr) {
        Node::Unary(Unary::Arg, a) if model.arena.ty(a).number == Number::Complex => Some(a),
        _ => None,
    }
}

/// One pixel per cell (a curve for a grid of one axis), and what the colours mean.
fn draw(model: &Model, expr: Expr, field: &Field, active: Option<&[bool]>) -> Result<(RgbaImage, Key), Error> {
    let failed = |why: crate::output::OutputError| Error::Input(why.to_string());
    let plane = |values: &[f64]| Plane::of_grid(&field.grid, values, active).map_err(failed);
    if field.kind == Kind::Complex {
        let (re, im) = (plane(&field.component(0))?, plane(&field.component(1))?);
        let lengths: Vec<f64> = re.values.iter().zip(&im.values).map(|(re, im)| (re * re + im * im).sqrt()).collect();
        let full = Limits::of(&lengths, Palette::Tide, Range::Auto).high;
        if phase_of(model, expr).is_some() {
            return Ok((complex(&re, &im, PHASE_FROM * full), Key::Phase));
        }
        return Ok((complex(&re, &im, full), Key::Complex(full)));
    }
    let values = plane(&magnitude(field))?;
    let phase = matches!(model.arena.node(expr), Node::Unary(Unary::Arg, _));
    let palette = if phase { Palette::Wheel } else { palette(model, expr, &values.values) };
    let pi = std::f64::consts::PI;
    let range = if phase { Range::Fixed(-pi, pi) } else { Range::Auto };
    let limits = Limits::of(&values.values, palette, range);
    if field.grid.axes() == 1 {
        return Ok((curve(&values.values, limits), Key::Curve(limits)));
    }
    let key = if phase { Key::Phase } else { Key::Scale(palette, limits) };
    Ok((scalar(&values, palette, limits), key))
}

/// Cell values as they are; of links and faces, the length of the vector of components.
fn magnitude(field: &Field) -> Vec<f64> {
    if field.kind == Kind::Real || field.values.len() == field.grid.cells() {
        return field.component(0);
    }
    let components = field.values.len() / field.grid.cells();
    let parts: Vec<Vec<f64>> = (0..components).map(|component| field.component(component)).collect();
    (0..field.grid.cells()).map(|cell| parts.iter().map(|part| part[cell] * part[cell]).sum::<f64>().sqrt()).collect()
}

/// The palette that follows from what an expression is and from the signs of its values.
pub(crate) fn palette(model: &Model, expr: Expr, values: &[f64]) -> Palette {
    if is_strain(model, expr) {
        return Palette::Ember;
    }
    let (mut low, mut high) = (0.0f64, 0.0f64);
    for &value in values.iter().filter(|value| value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low < 0.0 && high > 0.0 && low.abs().min(high) > 0.05 * low.abs().max(high) {
        Palette::Balance
    } else {
        Palette::Tide
    }
}

/// Whether an expression is tension, or a field that follows it.
pub(super) fn is_strain(model: &Model, expr: Expr) -> bool {
    let tense = |expr: Expr| model.arena.any(expr, &|node| matches!(node, Node::Operator(Operator::Tension, _)));
    match model.arena.node(expr) {
        Node::Field(index) => {
            let field = &model.fields[*index as usize];
            field.kind == Kind::Real && tense(field.equation)
        }
        Node::Operator(Operator::Tension, _) => true,
        _ => false,
    }
}

fn caption(model: &Model, expr: Expr, text: &str) -> String {
    let field = |expr: Expr| match model.arena.node(expr) {
        Node::Field(index) => Some(model.fields[*index as usize].name.clone()),
        _ => None,
    };
    match model.arena.node(expr) {
        Node::Unary(Unary::Abs | Unary::Abs2, a) if field(*a).is_some() => {
            format!("Strength of {}", field(*a).unwrap_or_default())
        }
        Node::Unary(Unary::Arg, a) if field(*a).is_some() => format!("Phase of {}", field(*a).unwrap_or_default()),
        Node::Field(index) if is_strain(model, expr) => {
            format!("Felt tension {}", model.fields[*index as usize].name)
        }
        Node::Operator(Operator::Tension, _) => format!("Tension: {text}"),
        Node::Map(index) => match model.maps[*index as usize].name.as_str() {
            "soil.density" => "Density of the notes".into(),
            "soil.gain" => "Gain of the soil".into(),
            "soil.coupling" => "Coupling of the soil".into(),
            name => name.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// An expression as part of a file name.
pub(super) fn file_name(text: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let replaced: String = text.chars().map(|c| if kept(c) { c } else { '_' }).collect();
    let mut name = String::new();
    for part in replaced.split('_').filter(|part| !part.is_empty()) {
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(part);
    }
    let short: String = name.chars().take(60).collect();
    if short.is_empty() { "picture".into() } else { short }
}

fn unique(name: &str, strips: &[Strip]) -> String {
    let taken = |name: &str| strips.iter().any(|strip| strip.name == name);
    if !taken(name) {
        return name.to_owned();
    }
    (2..).map(|n| format!("{name}-{n}")).find(|name| !taken(name)).expect("some number is free")
}
