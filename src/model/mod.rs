//! The model: what a seed means. Complete and well typed, with no spacing and no step.
//!
//! In: a [`Seed`]. Out: a [`Model`] whose every name is resolved and every expression has a type, or all mistakes at
//! once, each with its place in the seed. Invariant: each field has one equation, one initial value and one condition
//! per wall; only [`Model::from_seed`] makes a Model.

mod check;
mod donor;
mod exponential;
mod expr;
mod functions;
mod linear_noise;
mod parse;
mod show;
mod split;
mod syntax;
mod token;
mod walls;

pub use donor::{Frames, Nudge, mismatches};
pub use expr::{Arena, Binary, Draw, Expr, Node, Number, Operator, Place, Total, Type, Unary};
pub use split::{FieldSplit, Term, split};
pub use walls::Wall;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Span, suggest};
use crate::field::Kind;
use crate::graph::Graph;
use crate::grid::{Grid, Topology};
use crate::math::arithmetic::Precision;
use crate::seed::{self, AxisBoundary, DomainKind, Entry, FieldKind, Initial, Seed, Spanned, Text};
use check::{Checker, Context, Derived, Meaning};

/// What a seed means.
#[derive(Clone, Debug)]
pub struct Model {
    /// All expressions.
    pub arena: Arena,
    /// Where the fields live. A graph has no nodes until the model is [grounded](Model::ground).
    pub grid: Grid,
    /// What a graph is made of; `None` on a grid.
    pub graph: Option<GraphSource>,
    /// Points of the two-dimensional Laplacian.
    pub stencil: seed::Stencil,
    /// Which cells are alive; all of them if `None`.
    pub mask: Option<Mask>,
    /// Key of all random numbers.
    pub rng_seed: u64,
    /// Named numbers.
    pub parameters: Vec<Parameter>,
    /// Given fields that the expressions use.
    pub maps: Vec<Map>,
    /// What evolves.
    pub fields: Vec<Field>,
    /// Algebraic fields.
    pub derived: Vec<Named>,
    /// Another field that is grown alongside.
    pub donor: Option<seed::Donor>,
    /// Scheme, step and duration.
    pub time: Time,
    /// What is written down.
    pub observe: Observe,
    /// Where the seed has numbers that binary32 does not hold.
    wide: Vec<Span>,
}

/// What a graph is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSource {
    /// A list of edges; else they join the nearest notes of the soil.
    pub edges: Option<Text>,
    /// The weight of a link between two notes, as a multiple of the mean weight of an edge.
    pub links: Option<f64>,
    /// Width and height of the map; if absent, notes are a few units of length apart.
    pub size: Option<[f64; 2]>,
}

/// A name and its expression.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The expression.
    pub expr: Expr,
}

/// Which cells are alive.
#[derive(Clone, Debug)]
pub enum Mask {
    /// Where the condition holds (or the number is above one half).
    Expression(Expr),
    /// Where the picture or array is above one half.
    File(Text),
}

/// A named number.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// The least value worth trying.
    pub min: Option<f64>,
    /// The greatest value worth trying.
    pub max: Option<f64>,
    /// What it does.
    pub doc: Option<String>,
}

/// A given field.
#[derive(Clone, Debug)]
pub struct Map {
    /// The name in expressions.
    pub name: String,
    /// Real, complex or link.
    pub kind: Kind,
    /// Where its values come from.
    pub source: MapSource,
}

/// Where the values of a map come from.
#[derive(Clone, Debug)]
pub enum MapSource {
    /// A file in the seed's folder.
    File(Text),
    /// The soil.
    Soil(SoilMap),
    /// Warmth brought in while the field lives: never written in a seed.
    Warmth,
    /// What the donor's block averages are ahead of one's own.
    Nudge(Nudge),
    /// The donor's field of the same name as one's own of this position: to be looked at, never in equations.
    Donor(u32),
}

/// The maps that a soil gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoilMap {
    /// Density of the notes, mean 1.
    Density,
    /// Local gain in [-1, 1.3].
    Gain,
    /// Coupling in [0.05, 1].
    Coupling,
    /// Angles of the frames, on links.
    Frame,
}

impl SoilMap {
    const ALL: [(&'static str, Self, Kind); 4] = [
        ("soil.density", Self::Density, Kind::Real),
        ("soil.gain", Self::Gain, Kind::Real),
        ("soil.coupling", Self::Coupling, Kind::Real),
        ("soil.frame", Self::Frame, Kind::Link),
    ];
}

/// An evolving field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name.
    pub name: String,
    /// What one value is.
    pub kind: Kind,
    /// The expression that is the field itself.
    pub expr: Expr,
    /// Values at t = 0: one expression, or one per axis of a link field.
    pub initial: Vec<Expr>,
    /// Right-hand side of d/dt.
    pub equation: Expr,
    /// Conditions at the walls: `walls[axis][side]`, low side first; unused where the axis is periodic.
    pub walls: [[Wall; 2]; 3],
}

/// Scheme, step and duration.
#[derive(Clone, Debug)]
pub struct Time {
    /// The integrator.
    pub scheme: seed::Scheme,
    /// The step; `None` for `"auto"`.
    pub dt: Option<f64>,
    /// Duration.
    pub stop: f64,
    /// How noise coefficients are taken.
    pub noise: seed::Noise,
}

/// What is written down.
#[derive(Clone, Debug)]
pub struct Observe {
    /// Time between rows of the series.
    pub every: Option<f64>,
    /// Columns of the series: real and uniform.
    pub series: Vec<Named>,
    /// Expressions to draw, named by their text.
    pub images: Vec<Named>,
    /// Time between pictures.
    pub image_every: Option<f64>,
    /// What is written as arrays at the end.
    pub arrays: Vec<Named>,
}

/// What [`Model::from_seed`] gives: the model unless there are errors, and all findings.
#[derive(Debug)]
pub struct Reading {
    /// The model, if there is no error.
    pub model: Option<Model>,
    /// Errors and warnings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Model {
    /// Reads a seed's text: structure, names, types.
    pub fn from_text(text: &str) -> Reading {
        let (seed, mut diagnostics) = Seed::parse_recoverable(text);
        let model = seed.as_ref().and_then(|seed| Self::from_seed(seed, &mut diagnostics));
        diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        let wrong = diagnostics.iter().any(|found| found.severity == crate::diagnostic::Severity::Error);
        Reading { model: model.filter(|_| !wrong), diagnostics }
    }

    /// The numbers of the seed that are not finite in a precision, as mistakes.
    pub fn not_finite_in(&self, precision: Precision) -> Vec<Diagnostic> {
        let wide: &[Span] = if precision == Precision::F32 { &self.wide } else { &[] };
        let found = wide.iter().map(|&span| {
            Diagnostic::error("this number is not finite in f32, the precision of the run")
                .at(span, format!("the largest is {:.1e}", precision.largest()))
                .note("`--precision f64` holds it, on the CPU back end")
        });
        found.collect()
    }

    /// Every expression that is evaluated during a run.
    pub fn roots(&self) -> Vec<Expr> {
        let fields = self.fields.iter().flat_map(|field| field.initial.iter().copied().chain([field.equation]));
        let mask = self.mask.iter().filter_map(|mask| match mask {
            Mask::Expression(expr) => Some(*expr),
            Mask::File(_) => None,
        });
        let observe = &self.observe;
        let named = observe.series.iter().chain(&observe.images).chain(&observe.arrays).map(|named| named.expr);
        fields.chain(mask).chain(named).collect()
    }

    /// Whether anything that is evaluated depends on the soil.
    pub fn uses_soil(&self) -> bool {
        self.uses_map(|source| matches!(source, MapSource::Soil(_)))
    }

    /// Whether anything that is evaluated depends on the angles between the soil's frames.
    pub fn uses_frames(&self) -> bool {
        self.uses_map(|source| matches!(source, MapSource::Soil(SoilMap::Frame)))
    }

    fn uses_map(&self, wanted: impl Fn(&MapSource) -> bool) -> bool {
        let is_wanted = |map: u32| wanted(&self.maps[map as usize].source);
        let asked = |node: &Node| matches!(node, Node::Map(map) if is_wanted(*map));
        let heard = |frames: Frames| matches!(frames, Frames::Map(map) if is_wanted(map));
        self.roots().into_iter().any(|root| self.arena.any(root, &asked))
            || self.nudges().any(|(_, nudge)| nudge.frames.is_some_and(heard))
    }

    /// A link value from one expression for all axes, or one per axis.
    pub fn components(&mut self, exprs: &[Expr]) -> Expr {
        let components = Kind::Link.components(&self.grid);
        let all = (0..components).map(|axis| *exprs.get(axis).unwrap_or(&exprs[0])).collect();
        self.arena.add(Node::Components(all), Type { number: Number::Real, place: Place::Link })
    }

    /// Puts the model onto its graph, whose map is that wide and high.
    pub fn ground(&mut self, graph: Arc<Graph>, size: [f64; 2]) {
        self.grid = Grid::of_graph(graph, size);
    }

    /// Whether anything that is evaluated is a value of triangles.
    pub fn uses_faces(&self) -> bool {
        (0..self.arena.len()).any(|expr| {
            let expr = Expr(u32::try_from(expr).expect("fewer than 2^32 expressions"));
            self.arena.ty(expr).place == Place::Face
        })
    }

    /// Resolves names, types the expressions, checks that the system is complete. `None` if something is missing that
    /// a model can't do without; every mistake is added to `diagnostics`.
    pub fn from_seed(seed: &Seed, diagnostics: &mut Vec<Diagnostic>) -> Option<Self> {
        let grid = grid(seed, diagnostics)?;
        let mut checker = Checker {
            arena: Arena::default(),
            diagnostics: vec![],
            names: names(seed),
            derived: seed.derived.iter().map(|entry| Derived::Unread(entry.text.clone())).collect(),
            maps: maps(seed),
            donor: seed.donor.is_some(),
            axes: if grid.graph().is_some() { 2 } else { grid.axes() },
            graph: grid.graph().is_some(),
            draws: 0,
            nesting: 0,
            wide: vec![],
        };
        let model = read(seed, grid, &mut checker);
        let model = model.filter(|model| exponential::check(seed, model, &mut checker.diagnostics));
        let model = model.filter(|model| donor::check(seed, model, &mut checker.diagnostics));
        diagnostics.append(&mut checker.diagnostics);
        model
    }
}

fn read(seed: &Seed, grid: Grid, checker: &mut Checker) -> Option<Model> {
    let largest = Precision::F32.largest();
    let beyond = seed.parameters.iter().map(|parameter| parameter.value).filter(|value| value.value.abs() > largest);
    checker.wide.extend(beyond.map(|value| value.span));
    let derived: Vec<_> = (0..seed.derived.len()).map(|index| (index, checker.derived(index))).collect();
    let fields: Vec<_> = (0..seed.fields.len()).map(|index| read_field(seed, index, &grid, checker)).collect();
    unknown_equations(seed, checker);
    walls::unknown_fields(seed, checker);
    let mask = seed.domain.mask.as_ref().map(|mask| read_mask(mask, checker));
    let observe = read_observe(seed, checker);
    let complete = checker.diagnostics.is_empty();

    let derived = derived
        .into_iter()
        .map(|(index, expr)| Some(Named { name: seed.derived[index].name.value.clone(), expr: expr? }))
        .collect::<Option<_>>()?;
    let fields = fields.into_iter().collect::<Option<_>>()?;
    let model = Model {
        mask: mask.map_or(Some(None), |mask| mask.map(Some))?,
        observe: observe?,
        stencil: seed.domain.stencil.value,
        rng_seed: seed.rng_seed,
        parameters: seed.parameters.iter().map(parameter).collect(),
        maps: std::mem::take(&mut checker.maps),
        donor: seed.donor.clone(),
        time: time(seed),
        graph: graph_source(seed),
        arena: std::mem::take(&mut checker.arena),
        wide: std::mem::take(&mut checker.wide),
        grid,
        derived,
        fields,
    };
    if complete {
        walls::unused(seed, &model, checker);
    }
    Some(model)
}

fn grid(seed: &Seed, diagnostics: &mut Vec<Diagnostic>) -> Option<Grid> {
    if seed.domain.kind.value == DomainKind::Graph {
        if seed.domain.edges.is_none() && seed.soil.is_none() {
            diagnostics.push(
                Diagnostic::error("a graph of what?")
                    .at(seed.domain.kind.span, "has neither notes nor edges")
                    .note("add a section [soil], whose nearest notes it joins, or `edges = \"edges.csv\"` (source, target, weight, angle)"),
            );
            return None;
        }
        if let (Some(links), None) = (seed.domain.links, &seed.soil) {
            diagnostics.push(
                Diagnostic::error("`links` are those of notes, and there is no [soil]")
                    .at(links.span, "links of what?")
                    .note("add a section [soil], or leave `links` out"),
            );
        }
        return Some(Grid::of_graph(Arc::default(), [1.0; 2]));
    }
    let shape: Vec<usize> = seed.domain.shape.iter().map(|cells| cells.value).collect();
    let size: Vec<f64> = seed.domain.size.iter().map(|length| length.value).collect();
    if shape.is_empty() || shape.len() != size.len() {
        return None;
    }
    let topology: Vec<Topology> = seed
        .domain
        .boundary
        .iter()
        .map(|boundary| match boundary {
            AxisBoundary::Periodic(_) => Topology::Periodic,
            AxisBoundary::NoFlux(_) | AxisBoundary::Walls(..) => Topology::Bounded,
        })
        .collect();
    (topology.len() == shape.len()).then(|| Grid::new(&shape, &size, &topology))
}

fn graph_source(seed: &Seed) -> Option<GraphSource> {
    let domain = &seed.domain;
    (domain.kind.value == DomainKind::Graph).then(|| GraphSource {
        edges: domain.edges.clone(),
        links: domain.links.map(|links| links.value),
        size: (domain.size.len() == 2).then(|| [0, 1].map(|axis| domain.size[axis].value)),
    })
}

fn position(index: usize) -> u32 {
    u32::try_from(index).expect("a seed has fewer than 2^32 names")
}

fn names(seed: &Seed) -> Vec<(String, Meaning)> {
    let parameters = seed.parameters.iter().enumerate().map(|(i, p)| (&p.name, Meaning::Parameter(position(i))));
    let fields = seed.fields.iter().enumerate().map(|(i, f)| (&f.name, Meaning::Field(position(i), field_type(f))));
    let derived = seed.derived.iter().enumerate().map(|(i, d)| (&d.name, Meaning::Derived(i)));
    let own = parameters.chain(fields).chain(derived).map(|(name, meaning)| (name.value.clone(), meaning));
    let given = maps(seed).into_iter().enumerate().map(|(i, map)| {
        let place = if map.kind == Kind::Link { Place::Link } else { Place::Cell };
        let number = if map.kind == Kind::Complex { Number::Complex } else { Number::Real };
        (map.name, Meaning::Map(position(i), Type { number, place }))
    });
    // What couples the nodes of a graph are the weights of its edges.
    let coupling = (seed.domain.kind.value == DomainKind::Graph).then(|| ("soil.coupling".to_owned(), Meaning::One));
    own.chain(given).chain(coupling).collect()
}

fn maps(seed: &Seed) -> Vec<Map> {
    let files = seed.maps.iter().map(|entry| Map {
        name: entry.name.value.clone(),
        kind: Kind::Real,
        source: MapSource::File(entry.text.clone()),
    });
    // The medium of a graph is in its edges, be they those of notes or listed.
    let graph = seed.domain.kind.value == DomainKind::Graph;
    let given = |map: &SoilMap| if graph { *map != SoilMap::Coupling } else { seed.soil.is_some() };
    let soil = SoilMap::ALL.iter().filter(|(_, map, _)| given(map)).map(|&(name, map, kind)| Map {
        name: name.to_owned(),
        kind,
        source: MapSource::Soil(map),
    });
    let fields = seed.fields.iter().enumerate().filter(|_| seed.donor.is_some());
    let donor = fields.map(|(index, field)| Map {
        name: format!("donor.{}", field.name.value),
        kind: field_kind(field),
        source: MapSource::Donor(position(index)),
    });
    files.chain(soil).chain(donor).collect()
}

fn field_kind(field: &seed::Field) -> Kind {
    match field.kind.value {
        FieldKind::Real => Kind::Real,
        FieldKind::Complex => Kind::Complex,
        FieldKind::Link => Kind::Link,
    }
}

fn field_type(field: &seed::Field) -> Type {
    match field.kind.value {
        FieldKind::Real => Type { number: Number::Real, place: Place::Cell },
        FieldKind::Complex => Type { number: Number::Complex, place: Place::Cell },
        FieldKind::Link => Type { number: Number::Real, place: Place::Link },
    }
}

fn parameter(parameter: &seed::Parameter) -> Parameter {
    Parameter {
        name: parameter.name.value.clone(),
        value: parameter.value.value,
        min: parameter.min.map(|bound| bound.value),
        max: parameter.max.map(|bound| bound.value),
        doc: parameter.doc.as_ref().map(|doc| doc.value.clone()),
    }
}

fn time(seed: &Seed) -> Time {
    Time {
        scheme: seed.time.scheme.value,
        dt: match seed.time.dt {
            seed::TimeStep::Fixed(Spanned { value, .. }) => Some(value),
            seed::TimeStep::Auto(_) => None,
        },
        stop: seed.time.stop.value,
        noise: seed.time.noise.value,
    }
}

fn read_field(seed: &Seed, index: usize, grid: &Grid, checker: &mut Checker) -> Option<Field> {
    let field = &seed.fields[index];
    let due = field_type(field);
    let expr = checker.arena.add(Node::Field(position(index)), due);
    let initial = read_initial(field, due, grid, checker);
    let equation = seed.equations.iter().find(|entry| entry.name.value == field.name.value);
    let equation = match equation {
        Some(entry) => {
            let expr = checker.read_as(&entry.text, Context::Equation, due);
            expr.filter(|&expr| linear_noise::check(expr, &entry.text, seed, checker))
        }
        None => {
            let name = &field.name.value;
            checker.diagnostics.push(
                Diagnostic::error(format!("the field `{name}` has no equation"))
                    .at(field.name.span, "evolves, but how?")
                    .note(format!("add `{name} = \"...\"` to [equations]; `{name} = \"0\"` keeps it as it is")),
            );
            None
        }
    };
    let walls = walls::read(seed, field, due, grid, checker);
    Some(Field {
        name: field.name.value.clone(),
        kind: field_kind(field),
        expr,
        initial: initial?,
        equation: equation?,
        walls: walls?,
    })
}

fn read_initial(field: &seed::Field, due: Type, grid: &Grid, checker: &mut Checker) -> Option<Vec<Expr>> {
    match &field.initial {
        Initial::Expression(text) => Some(vec![checker.read_as(text, Context::Initial, due)?]),
        Initial::Components { span, .. } if grid.graph().is_some() => {
            let message = format!("the edges of a graph have no axes: `{}` has one initial value", field.name.value);
            checker.diagnostics.push(Diagnostic::error(message).at(*span, "").note("write `initial = \"...\"`"));
            None
        }
        Initial::Components { span, axes } => {
            let mut all = Vec::new();
            for axis in grid.axis_list() {
                match &axes[axis.index()] {
                    Some(text) => all.push(checker.read_as(text, Context::Initial, due)),
                    None => {
                        let name = axis.name();
                        checker.diagnostics.push(
                            Diagnostic::error(format!("the initial value of `{}` lacks `{name}`", field.name.value))
                                .at(*span, "")
                                .note(format!("add `{name} = \"0\"`")),
                        );
                        all.push(None);
                    }
                }
            }
            for (index, text) in axes.iter().enumerate().skip(grid.axes()) {
                if let Some(text) = text {
                    let message = format!("the grid has no axis `{}`", ["x", "y", "z"][index]);
                    checker.diagnostics.push(Diagnostic::error(message).at(text.span, ""));
                }
            }
            all.into_iter().collect()
        }
    }
}

fn unknown_equations(seed: &Seed, checker: &mut Checker) {
    for Entry { name, .. } in &seed.equations {
        let fields = seed.fields.iter().map(|field| field.name.value.as_str());
        if fields.clone().any(|field| field == name.value) {
            continue;
        }
        let note = suggest(&name.value, fields)
            .map_or_else(|| "add the field to [fields]".into(), |near| format!("did you mean `{near}`?"));
        let message = format!("an equation for `{}`, which is not a field", name.value);
        checker.diagnostics.push(Diagnostic::error(message).at(name.span, "no such field").note(note));
    }
}

fn read_mask(mask: &seed::Mask, checker: &mut Checker) -> Option<Mask> {
    match mask {
        seed::Mask::File(text) => Some(Mask::File(text.clone())),
        seed::Mask::Expression(text) => {
            let expr = checker.read(text, Context::Mask)?;
            let ty = checker.arena.ty(expr);
            if ty.number == Number::Complex || matches!(ty.place, Place::Link | Place::Face) {
                let message = "a mask is a condition, or a real number that is above one half where cells are alive";
                checker.diagnostics.push(Diagnostic::error(message).at(text.span, ""));
                return None;
            }
            Some(Mask::Expression(expr))
        }
    }
}

fn read_observe(seed: &Seed, checker: &mut Checker) -> Option<Observe> {
    let number = Type { number: Number::Real, place: Place::Uniform };
    let series: Vec<_> = (seed.observe.series.iter())
        .map(|entry| {
            Some(Named { name: entry.name.value.clone(), expr: checker.read_as(&entry.text, Context::Series, number)? })
        })
        .collect();
    let images: Vec<_> = (seed.observe.images.iter())
        .map(|text| {
            let expr = checker.read(text, Context::Picture)?;
            if checker.arena.ty(expr).number == Number::Truth {
                let message = "a picture shows a number, this is a comparison";
                checker
                    .diagnostics
                    .push(Diagnostic::error(message).at(text.span, "").note("write `select(condition, 1, 0)`"));
                return None;
            }
            Some(Named { name: text.value.clone(), expr })
        })
        .collect();
    let arrays: Vec<_> = seed.observe.arrays.iter().map(|text| read_array(text, checker)).collect();
    Some(Observe {
        every: seed.observe.every.map(|every| every.value),
        series: series.into_iter().collect::<Option<_>>()?,
        images: images.into_iter().collect::<Option<_>>()?,
        image_every: seed.observe.image_every.map(|every| every.value),
        arrays: arrays.into_iter().collect::<Option<_>>()?,
    })
}

fn read_array(text: &Text, checker: &mut Checker) -> Option<Named> {
    let known = checker.names.iter().find(|(name, _)| *name == text.value).map(|(_, meaning)| meaning.clone());
    if known.is_some_and(|meaning| !matches!(meaning, Meaning::Parameter(_))) {
        let expr = checker.read(text, Context::Picture)?;
        let Type { number, place } = checker.arena.ty(expr);
        if number == Number::Complex && matches!(place, Place::Link | Place::Face) {
            let message =
                format!("`{}` is {} of complex numbers, which an array does not hold", text.value, place.name());
            let note = "take a real part of it: `re(...)`, `im(...)`, `abs(...)`";
            checker.diagnostics.push(Diagnostic::error(message).at(text.span, "").note(note));
            return None;
        }
        return Some(Named { name: text.value.clone(), expr });
    }
    let names: Vec<&str> = (checker.names.iter())
        .filter(|(_, meaning)| !matches!(meaning, Meaning::Parameter(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    let note = suggest(&text.value, names.iter().copied())
        .map_or_else(|| format!("arrays: {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    let message = format!("`{}` is not a field, a derived field or a map", text.value);
    checker.diagnostics.push(Diagnostic::error(message).at(text.span, "").note(note));
    None
}
