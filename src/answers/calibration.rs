//! How much neighbours weigh against links, asked of the links themselves.
//!
//! In: neighbours and known links. Out: the weight of a note's neighbours, in links, with which the response finds most
//! of a fifth of the *known* links that it hides once more. In some collections people link what is alike, in others
//! what is not; nothing else tells which. Invariant: sees known links only, so that an evaluation stays honest.

use super::recall::{Riddle, hide_by};
use super::response::Response;
use super::web::Web;
use super::{Link, streams};
use crate::math::rng::Draw;
use crate::soil::NeighborGraph;

/// Screening of links and influence: half of a push is spent at each note it reaches.
pub(super) const SCREENING: f64 = 1.0;

/// Weights to choose from; the first wins a draw.
const WEIGHTS: [f64; 4] = [2.0, 3.0, 1.0, 5.0];
/// Below this many links they have no say.
const FEWEST_LINKS: usize = 50;
/// Notes asked, at most.
const ASKED: usize = 500;
/// Candidates of each that count.
const TOP: usize = 10;

/// The weight of neighbours for these links.
pub(super) fn weight_of_neighbors(neighbors: &NeighborGraph, count: usize, links: &[Link], rng_seed: u64) -> f64 {
    if links.len() < FEWEST_LINKS {
        return WEIGHTS[0];
    }
    let (known, hidden) = hide_by(links, Draw { rng_seed, stream: streams::CALIBRATION, step: 0 });
    let draw = Draw { rng_seed, stream: streams::ASKERS, step: 0 };
    let riddle = Riddle::new(count, &known, &hidden).shortened(ASKED, draw);
    let mut best = (WEIGHTS[0], 0.0);
    for weight in WEIGHTS {
        let response = Response::new(&Web::joined(neighbors, weight, count, &known), SCREENING);
        let recall = riddle.recall(&response, TOP).unwrap_or(0.0);
        if recall > best.1 {
            best = (weight, recall);
        }
    }
    best.0
}
