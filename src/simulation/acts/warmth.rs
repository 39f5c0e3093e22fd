//! Warmth: a map of local gain that is painted while the field lives.
//!
//! In: a field, a brush and a rate. Out: the field's equation has the term `+ warmth*u`, in which `warmth` is a map that
//! no seed can name. The first act of a field adds map and term and makes a new Program; later ones rewrite the map.

use super::{Edits, Part, is_finite};
use crate::error::Error;
use crate::field::{Field, Kind, Values};
use crate::model::{Binary, Map, MapSource, Model, Node, Number, Place, Type};
use crate::simulation::Simulation;
use crate::simulation::act::Brush;

impl Simulation {
    pub(super) fn warm(&mut self, field: &str, brush: &Brush, strength: f64) -> Result<(), Error> {
        let (field, parts, strength) = self.stroke(field, brush, strength)?;
        let known = map_of(&self.model, field);
        let present = known.map(|map| self.ground.bare(map).expect("warmth always has values"));
        let cells = self.model.fields[field].kind.sites(&self.model.grid);
        let mut edits = Edits::new();
        for Part { components, footprint } in parts {
            // One rate for both parts of a complex number.
            let components = if self.model.fields[field].kind == Kind::Link { components } else { 0..1 };
            for component in components {
                edits.extend(footprint.iter().filter_map(|&(cell, weight)| {
                    let at = component * cells + cell;
                    let rate = present.map_or(0.0, |present| present.values.get(at));
                    let warmer = rate + strength * weight;
                    (warmer != rate).then_some((at, warmer))
                }));
            }
        }
        if let Some((_, rate)) = edits.iter().find(|(_, rate)| !is_finite(*rate, self.options.precision)) {
            return Err(Error::Input(format!("the local gain would become {rate}: use less strength")));
        }
        if edits.is_empty() {
            return Ok(());
        }
        if let Some(map) = known {
            self.ground.edit_map(map, &edits);
            return self.write_map(map);
        }
        let (mut model, mut ground) = (self.model.clone(), self.ground.clone());
        let map = add_term(&mut model, field);
        ground.add_map(cold(&model, map));
        ground.edit_map(map, &edits);
        self.reseat(model, ground, self.safe.fields.clone(), self.dt)
    }
}

/// The map of a field's warmth: its name is no identifier.
fn name(field: &str) -> String {
    format!("warmth of {field}")
}

fn map_of(model: &Model, field: usize) -> Option<usize> {
    let name = name(&model.fields[field].name);
    model.maps.iter().position(|map| map.name == name)
}

/// Adds the map and the term; says where the map is.
fn add_term(model: &mut Model, field: usize) -> usize {
    let declared = model.fields[field].clone();
    let (kind, place) = match declared.kind {
        Kind::Link => (Kind::Link, Place::Link),
        Kind::Real | Kind::Complex | Kind::Face => (Kind::Real, Place::Cell),
    };
    let index = model.maps.len();
    model.maps.push(Map { name: name(&declared.name), kind, source: MapSource::Warmth });
    let position = u32::try_from(index).expect("a model has fewer than 2^32 maps");
    let map = model.arena.add(Node::Map(position), Type { number: Number::Real, place });
    let due = model.arena.ty(declared.expr);
    let term = model.arena.add(Node::Binary(Binary::Mul, map, declared.expr), due);
    model.fields[field].equation = model.arena.add(Node::Binary(Binary::Add, declared.equation, term), due);
    index
}

/// No warmth anywhere.
fn cold(model: &Model, map: usize) -> Field {
    let Map { name, kind, .. } = &model.maps[map];
    let values = Values::F64(vec![0.0; kind.numbers(&model.grid)]);
    Field { name: name.clone(), kind: *kind, grid: model.grid.clone(), values }
}

/// Brings the warmth of fields into a model that was read anew.
pub(super) fn carry_over(before: &Model, model: &mut Model) {
    for field in 0..model.fields.len() {
        let declared = &model.fields[field];
        let old = before.fields.iter().position(|old| old.name == declared.name && old.kind == declared.kind);
        if old.is_some_and(|old| map_of(before, old).is_some()) {
            add_term(model, field);
        }
    }
}
