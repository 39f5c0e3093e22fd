//! Acts that change the seed: a value rewritten, the random streams seeded anew.
//!
//! In: a dotted key and its new text. Out: a new model under the same fields. Fields are kept by name, new ones begin
//! at their initial values; steps and time go on, also with another dt. Parameters keep the values that they were
//! retuned to, unless it is their value that is rewritten. Invariant: what is wrong is refused with its place in the
//! seed, and nothing changes.

use super::walls::resettle;
use super::warmth::carry_over;
use crate::error::Error;
use crate::field::Field;
use crate::grid::Axis;
use crate::model::{MapSource, Mask, Model};
use crate::seed;
use crate::simulation::{Simulation, automatic_dt, check_numbers, graph, read_seed};

/// The name of the present seed in messages.
const FILE: &str = "the seed now";

/// Keys that ask for another life: its cells, its notes or its donor would not be the same.
const FIXED: [&str; 7] =
    ["domain.kind", "domain.shape", "domain.edges", "domain.links", "semafield", "donor.seed", "donor.rng_seed"];
/// On a graph also the size of its map, which the weights of its edges follow from.
const FIXED_ON_GRAPHS: &str = "domain.size";

impl Simulation {
    pub(super) fn rewrite(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let text = self.seed_text()?.to_owned();
        let key = key.trim();
        let on_graph = self.model.graph.is_some() && key == FIXED_ON_GRAPHS;
        if on_graph || FIXED.contains(&key) || key == "soil" || key.starts_with("soil.") {
            return Err(Error::Input(format!(
                "`{key}` can't be rewritten while the field lives\n  = help: edit the seed and grow it anew"
            )));
        }
        let edited = seed::set(&text, key, value).map_err(|mistake| Error::Seed {
            file: FILE.into(),
            text: text.clone(),
            diagnostics: vec![mistake],
        })?;
        let (_, mut model, _) = read_seed(&edited, FILE)?;
        self.stand_on_graph(&mut model)?;
        check_numbers(&model, self.options.precision, (&edited, FILE))?;
        self.check_donor(&model, (&edited, FILE))?;
        let declared = Model::from_text(&text).model.expect("the present seed was read before").parameters;
        for parameter in &mut model.parameters {
            let unchanged = declared.iter().any(|old| old.name == parameter.name && same(old.value, parameter.value));
            let now = self.model.parameters.iter().find(|now| now.name == parameter.name);
            if let Some(now) = now.filter(|_| unchanged) {
                parameter.value = now.value;
            }
        }
        self.replace_model(model)?;
        self.follow_donor_keys()?;
        self.text = Some(edited);
        Ok(())
    }

    pub(super) fn reseed(&mut self, rng_seed: u64) -> Result<(), Error> {
        let edited = self.text.as_ref().map(|text| {
            let set = seed::set(text, "rng_seed", &rng_seed.to_string());
            set.map_err(|mistake| Error::Seed { file: FILE.into(), text: text.clone(), diagnostics: vec![mistake] })
        });
        let edited = edited.transpose()?;
        let mut model = self.model.clone();
        model.rng_seed = rng_seed;
        let fields = self.ground.initial(&model, self.options.precision, self.options.threads)?;
        self.reseat(model, self.ground.clone(), fields, self.dt)?;
        self.text = edited;
        self.hold()
    }

    /// Puts a new model onto the graph under the fields; one that asks for triangles where there are none needs another.
    pub(super) fn stand_on_graph(&self, model: &mut Model) -> Result<(), Error> {
        match self.model.grid.graph() {
            Some(graph) if graph.triangles().is_some() || !model.uses_faces() => {
                let [width, height] = [Axis::X, Axis::Y].map(|axis| self.model.grid.size_along(axis));
                model.ground(graph.clone(), [width, height]);
            }
            None if model.graph.is_none() => {}
            _ => graph::ground(model, self.soil.as_ref(), &self.options.folder)?,
        }
        Ok(())
    }

    /// Puts another model under the fields.
    fn replace_model(&mut self, mut model: Model) -> Result<(), Error> {
        if model.grid.shape() != self.model.grid.shape() || model.grid.axes() != self.model.grid.axes() {
            return Err(Error::Input("the cells of a living field can't be changed: grow the seed anew".into()));
        }
        carry_over(&self.model, &mut model);
        let (threads, precision) = (self.options.threads, self.options.precision);
        let of_soil = |map: &crate::model::Map| matches!(map.source, MapSource::Soil(_));
        let known = self.model.maps.iter().enumerate().any(|(index, map)| of_soil(map) && self.ground.has(index));
        let soil = if (model.uses_soil() && !known) || (known && model.grid != self.model.grid) {
            self.soil_maps(&model.grid)?
        } else {
            None
        };
        let ground = self.ground.renewed(&self.model.maps, &model, soil.as_ref(), &self.options.folder, threads)?;
        ground.check_numbers(&model, self.options.precision)?;
        if model.time.scheme == seed::Scheme::Etd2 && ground.mask.is_some() {
            return Err(Error::Input("`etd2` has no meaning with walls: heal them first".into()));
        }
        if ground.mask.is_some() && model.mask.is_none() {
            model.mask = Some(Mask::Expression(model.arena.literal(1.0)));
        }
        let mut fields = Vec::new();
        let mut kept = vec![None; self.model.fields.len()];
        for (position, declared) in model.fields.iter().enumerate() {
            let old = self.safe.fields.iter().position(|old| old.name == declared.name && old.kind == declared.kind);
            fields.push(match old {
                Some(old) => {
                    kept[old] = Some(position);
                    let mut field = Field { grid: model.grid.clone(), ..self.safe.fields[old].clone() };
                    if ground.mask != self.ground.mask || model.grid != self.model.grid {
                        resettle(&mut field, self.ground.mask.as_ref(), ground.mask.as_ref());
                    }
                    field
                }
                None => ground.initial_of(declared, &model, precision, threads)?,
            });
        }
        let dt = match model.time.dt {
            Some(dt) => dt,
            None => automatic_dt(&model, &ground, &fields)?,
        };
        self.reseat(model, ground, fields, dt)?;
        self.renumber_pins(&kept);
        self.release_inert();
        Ok(())
    }
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}
