//! Acts on a graph: those that have no meaning there are refused, with the reason.
//!
//! In: an act. Out: nothing, or why it can't be done. A brush touches the nodes (or the middles of edges) that lie under
//! it on the map; notes may move about the map, which no field feels; what would change who is whose neighbour is refused.

use crate::discretize::missing_of_graph;
use crate::error::Error;
use crate::graph::Graph;
use crate::model::Model;
use crate::simulation::act::Act;

/// Refuses what has no meaning on a graph.
pub(super) fn check(act: &Act, model: &Model) -> Result<(), Error> {
    let why = match act {
        Act::Stir { .. } | Act::Push { .. } => {
            "a graph can't be stirred or pushed: its map is a picture, and the field lives in all dimensions\n  = help: \
             paint, or give a pulse"
        }
        Act::Cut { .. } | Act::Heal { .. } => {
            "a graph has no walls: its edges say who is whose neighbour\n  = help: pin a region, or cool it"
        }
        Act::Pull { .. } | Act::Settle { .. } if missing_of_graph(model, &Graph::default()).is_some() => {
            "expressions of this seed use x and y, the places of the notes, so the notes stay where they are\n  = help: \
             leave x and y out, or grow the seed on a grid"
        }
        Act::Link { .. } | Act::Unlink { .. } => {
            "the edges of a living graph are fixed\n  = help: link the notes themselves and grow anew; [domain] links gives \
             links their weight"
        }
        Act::Retune { .. }
        | Act::Rewrite { .. }
        | Act::Reseed { .. }
        | Act::Paint { .. }
        | Act::Erase { .. }
        | Act::Pulse { .. }
        | Act::Pin { .. }
        | Act::Release { .. }
        | Act::Cool { .. }
        | Act::Warm { .. }
        | Act::Pull { .. }
        | Act::PinNote { .. }
        | Act::Settle { .. }
        | Act::Say { .. } => return Ok(()),
    };
    Err(Error::Input(why.to_owned()))
}
