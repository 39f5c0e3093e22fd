//! The frames under a run on the graph of the notes: the gain at which a field begins to cohere, and whether the frames
//! mean anything, for the report.

use crate::output::report::{Frames, NullFrames};
use crate::simulation::Simulation;
use crate::soil::Progress;
use crate::soil::connection::{Connection, FrameKind};

/// Nulls of each kind: enough for a mean and a spread.
const NULLS: usize = 4;
/// Beyond so many notes the comparison takes minutes: the report says how to make it.
const MOST: usize = 20_000;

/// Measures; `None` on a grid, or where the graph is not that of the notes, or without rotations.
pub(super) fn measure(simulation: &Simulation, progress: &dyn Progress) -> Option<Frames> {
    let model = simulation.model();
    let (Some(graph), Some(soil)) = (model.grid.graph(), simulation.soil()) else { return None };
    let of_notes = model.graph.as_ref().is_some_and(|source| source.edges.is_none());
    if !of_notes || graph.angles().iter().all(|angle| *angle == 0.0) {
        return None;
    }
    let kind = soil.frames.unwrap_or(FrameKind::Data).name().to_owned();
    let onset = Connection::of_graph(graph).onset(soil.rng_seed)?;
    let frames = Frames { kind, notes: graph.nodes(), onset, ..Frames::default() };
    if graph.nodes() > MOST {
        return Some(frames);
    }
    let found = soil.frustration(&soil.connection(), NULLS, soil.rng_seed, progress);
    found.map(|found| {
        let named = [
            ("their rotations on other edges", found.shuffled),
            ("frames of random vectors with the same neighbours", found.unstructured),
            ("rotations by any angle", found.random),
        ];
        let nulls =
            named.map(|(name, null)| NullFrames { name: name.into(), mean: null.mean, deviation: null.deviation });
        Frames { least: Some(found.least), nulls: nulls.into(), meaningful: found.is_meaningful(), ..frames }
    })
}
