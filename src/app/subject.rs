//! Describes what lives: the seed as it is now, its parameters, the notes.
//!
//! In: a [`Life`]. Out: a [`Subject`], made anew after every act and shared by all frames until the next.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::app::frame::{Parameter, Subject};
use crate::field::Kind;
use crate::linear;
use crate::model::Model;
use crate::seed::{Scheme, Seed};
use crate::simulation::Simulation;
use crate::simulation::life::Life;

/// The serial number of a new life: above those of all acts of the lives before.
pub(super) fn next_life() -> u64 {
    static LIVES: AtomicU64 = AtomicU64::new(1);
    LIVES.fetch_add(1, Ordering::Relaxed) << 32
}

/// The expression that is shown first: the first field.
pub(super) fn first_layer(model: &Model) -> String {
    model.fields.first().map_or_else(String::new, |field| field.name.clone())
}

/// Describes a life; what does not change is shared with the description before.
pub(super) fn describe(life: &Life, opened: Option<&Path>, serial: u64, before: Option<&Subject>) -> Subject {
    let trace = life.path().to_owned();
    let header = life.header();
    let parent = header.parent.as_ref().zip(header.branched_at).map(|(parent, step)| (parent.path.clone(), step));
    let simulation = life.simulation();
    let text = simulation.seed_text().unwrap_or_default().to_owned();
    let seed = Seed::parse(&text).ok();
    let model = simulation.model();
    let title = seed.as_ref().and_then(|seed| seed.title.clone()).map(|title| title.value);
    let equations = seed.iter().flat_map(|seed| &seed.equations);
    let derived = seed.iter().flat_map(|seed| &seed.derived);
    let entry = |entry: &crate::seed::Entry| (entry.name.value.clone(), entry.text.value.clone());
    let place = simulation.place();
    let (notes, nearest) = notes(simulation, before);
    Subject {
        serial,
        title: title.unwrap_or_else(|| "semafield".to_owned()),
        fields: model.fields.iter().map(|field| (field.name.clone(), field.kind)).collect(),
        derived: derived.map(entry).map(|(name, _)| name).collect(),
        maps: model.maps.iter().map(|map| map.name.clone()).collect(),
        equations: equations.map(entry).collect(),
        parameters: parameters(simulation),
        scheme: scheme(model.time.scheme).to_owned(),
        bound: bound(simulation),
        notes,
        nearest,
        place: match place.driver.as_str() {
            "" => format!("{}, {}", place.backend.name(), place.adapter),
            driver => format!("{}, {}, {driver}", place.backend.name(), place.adapter),
        },
        threads: if place.driver.is_empty() { place.threads } else { 0 },
        trace,
        can_say: simulation.soil().is_some() && model.fields.iter().any(|field| field.kind != Kind::Link),
        parent,
        opened: opened.map(Path::to_owned),
        seed: text,
    }
}

fn parameters(simulation: &Simulation) -> Vec<Parameter> {
    let declared = simulation.model().parameters.iter().zip(simulation.parameters());
    let parameter = |(declared, &value): (&crate::model::Parameter, &f64)| {
        // Without a range: from nothing to twice the seed's value, on its side of zero.
        let around = if declared.value == 0.0 { 1.0 } else { 2.0 * declared.value };
        let low = declared.min.unwrap_or_else(|| around.min(0.0).min(value));
        let high = declared.max.unwrap_or_else(|| around.max(0.0).max(value));
        let doc = declared.doc.clone().unwrap_or_default();
        Parameter { name: declared.name.clone(), value, range: [low, high], doc }
    };
    declared.map(parameter).collect()
}

const fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Euler => "euler",
        Scheme::Heun => "heun",
        Scheme::Rk4 => "rk4",
        Scheme::Etd2 => "etd2",
    }
}

/// The linear stability bound at the present state.
fn bound(simulation: &Simulation) -> Option<f64> {
    let model = simulation.model();
    let base = linear::Base::largest(model, &simulation.ground().maps, simulation.state().fields);
    linear::stability_bound(model, &base, model.time.scheme)
}

type Notes = (Arc<Vec<crate::soil::Note>>, Arc<Vec<Vec<(usize, f32)>>>);

/// The notes, and the notes nearest to each; as they were if nothing has changed.
fn notes(simulation: &Simulation, before: Option<&Subject>) -> Notes {
    let Some(soil) = simulation.soil() else { return (Arc::default(), Arc::default()) };
    if let Some(before) = before.filter(|before| before.notes.len() == soil.notes.len()) {
        let same = *before.notes == soil.notes;
        let notes = if same { Arc::clone(&before.notes) } else { Arc::new(soil.notes.clone()) };
        return (notes, Arc::clone(&before.nearest)); // what is near is told by the vectors, which don't change
    }
    #[expect(clippy::cast_possible_truncation, reason = "a similarity to be read")]
    let nearest =
        |note: usize| soil.neighbors.of(note).map(|(near, distance)| (near, (1.0 - distance) as f32)).collect();
    let nearest = (0..soil.notes.len()).map(nearest).collect();
    (Arc::new(soil.notes.clone()), Arc::new(nearest))
}
