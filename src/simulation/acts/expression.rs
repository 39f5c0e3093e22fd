//! Values that a person paints or pins: expressions of the seed's language over the present state.
//!
//! In: text such as `0.5*exp(i*x)` and the field it is for. Out: one value per position of that field, in f64.
//! Invariant: whatever is wrong with the text is said with its place in the text, and nothing is changed.

use crate::diagnostic::{Diagnostic, Severity};
use crate::error::Error;
use crate::field::{Field, Kind};
use crate::model::{Expr, MapSource, Mask, Model, Node, Number, Place, Type};
use crate::seed::{Observe, Seed, Text};
use crate::simulation::Simulation;
use crate::simulation::evaluator::Evaluator;

/// The longest expression, in bytes.
const LONGEST: usize = 4096;

/// Values for all positions of a field.
pub(super) enum Painted {
    /// The same real number everywhere: component 0 of cells, every component of links.
    Number { value: f64, per_cell: Option<usize> },
    /// One value per position; components that are missing are 0.
    Field(Field),
}

impl Painted {
    /// The value at a position.
    pub(super) fn at(&self, at: usize) -> f64 {
        match self {
            Self::Number { per_cell: Some(cells), .. } if at >= *cells => 0.0,
            Self::Number { value, .. } => *value,
            Self::Field(field) if at < field.values.len() => field.values.get(at),
            Self::Field(_) => 0.0,
        }
    }
}

/// The last expression that was painted, compiled: a stroke has many acts with one value.
pub(in crate::simulation) struct Values {
    text: String,
    kind: Kind,
    revision: u64,
    evaluator: Evaluator,
}

impl Simulation {
    /// Types an expression against the present model. The model that comes with it has the same fields, maps and
    /// parameters, and is the one that an [`Evaluator`] needs.
    pub fn expression(&mut self, text: &str) -> Result<(Model, Expr), Error> {
        let mistakes = |diagnostics: Vec<Diagnostic>| Error::Seed {
            file: "the expression".into(),
            text: text.to_owned(),
            diagnostics,
        };
        if text.len() > LONGEST {
            return Err(Error::Input(format!("an expression of {} bytes: at most {LONGEST} are read", text.len())));
        }
        let mut seed = Seed::parse(self.seed_text()?).expect("the present seed was read before");
        let image = Text::from_literal(text.to_owned(), text, 0);
        seed.observe = Observe { images: vec![image], ..Observe::default() };
        let mut found = Vec::new();
        let model = Model::from_seed(&seed, &mut found);
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        let Some(mut model) = model.filter(|_| found.is_empty()) else { return Err(mistakes(found)) };
        self.stand_on_graph(&mut model)?;
        let expr = model.observe.images[0].expr;
        let heard = |map: usize| self.model.maps.get(map).is_some_and(|own| own.name == model.maps[map].name);
        if let Some((deaf, _)) = model.nudges().find(|(map, _)| !heard(*map)) {
            let name = &model.maps[deaf].name;
            return Err(Error::Input(format!("`{name}` is not heard here: only what stands in an equation is")));
        }
        if self.ground.mask.is_some() && model.mask.is_none() {
            model.mask = Some(Mask::Expression(model.arena.literal(1.0)));
        }
        self.grow_maps_for(&model, expr)?;
        Ok((model, expr))
    }

    /// The values that an expression has for a field now.
    pub(super) fn values_of(&mut self, field: usize, text: &str) -> Result<Painted, Error> {
        let kind = self.model.fields[field].kind;
        if let Ok(value) = text.trim().parse::<f64>()
            && value.is_finite()
        {
            let per_cell = (kind != Kind::Link).then(|| kind.sites(&self.model.grid));
            return Ok(Painted::Number { value, per_cell });
        }
        let known = self
            .painted
            .take()
            .filter(|known| known.text == text && known.kind == kind && known.revision == self.revision);
        let mut known = match known {
            Some(known) => known,
            None => {
                let (mut model, expr) = self.expression(text)?;
                let expr = suited(&mut model, expr, kind, &self.model.fields[field].name)?;
                let evaluator = Evaluator::for_fields(&model, &[expr], self.dt, self.options.threads)?;
                Values { text: text.to_owned(), kind, revision: self.revision, evaluator }
            }
        };
        let values = known.evaluator.fields(&self.state())?.remove(0);
        self.painted = Some(known);
        Ok(Painted::Field(values))
    }

    /// Makes the soil's maps, if an expression is the first to use one.
    fn grow_maps_for(&mut self, model: &Model, expr: Expr) -> Result<(), Error> {
        let missing = |node: &Node| match node {
            Node::Map(map) => {
                matches!(model.maps[*map as usize].source, MapSource::Soil(_)) && !self.ground.has(*map as usize)
            }
            _ => false,
        };
        if model.arena.any(expr, &missing) {
            self.regrow_soil_maps()?;
        }
        Ok(())
    }
}

/// The expression as a value of a field of some kind.
fn suited(model: &mut Model, expr: Expr, kind: Kind, name: &str) -> Result<Expr, Error> {
    let Type { number, place } = model.arena.ty(expr);
    let everywhere = matches!(place, Place::Uniform | Place::Anywhere);
    let fits = match kind {
        Kind::Real => number == Number::Real && (everywhere || place == Place::Cell),
        Kind::Complex => number != Number::Truth && (everywhere || place == Place::Cell),
        Kind::Link => number == Number::Real && (everywhere || place == Place::Link),
        Kind::Face => false,
    };
    if !fits {
        let what = if number == Number::Complex { "complex" } else { "real" };
        return Err(Error::Input(format!(
            "`{name}` is a {} field, and the value is {what}, {}\n  = help: take `re(...)` or `abs(...)` of complex \
             numbers, `at_cells(...)` of links",
            kind.name(),
            place.name(),
        )));
    }
    Ok(if kind == Kind::Link { model.components(&[expr]) } else { expr })
}
