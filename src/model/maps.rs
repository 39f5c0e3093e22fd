//! Maps: the given fields that expressions may use. In: the files, the soil and the donor of a seed. Out: one [`Map`]
//! each, named as expressions call it, in a fixed order. Invariant: what a seed does not bring is not in the list.

use super::Nudge;
use super::domain::is_graph;
use super::fields;
use super::names::position;
use crate::field::Kind;
use crate::seed::{Seed, Text};

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

/// The maps that a seed brings.
pub(super) fn of(seed: &Seed) -> Vec<Map> {
    let files = seed.maps.iter().map(|entry| Map {
        name: entry.name.value.clone(),
        kind: Kind::Real,
        source: MapSource::File(entry.text.clone()),
    });
    // The medium of a graph is in its edges, be they those of notes or listed.
    let graph = is_graph(seed);
    let given = |map: &SoilMap| if graph { *map != SoilMap::Coupling } else { seed.soil.is_some() };
    let soil = SoilMap::ALL.iter().filter(|(_, map, _)| given(map)).map(|&(name, map, kind)| Map {
        name: name.to_owned(),
        kind,
        source: MapSource::Soil(map),
    });
    let fields = seed.fields.iter().enumerate().filter(|_| seed.donor.is_some());
    let donor = fields.map(|(index, field)| Map {
        name: format!("donor.{}", field.name.value),
        kind: fields::kind(field),
        source: MapSource::Donor(position(index)),
    });
    files.chain(soil).chain(donor).collect()
}
