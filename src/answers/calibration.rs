//! How links are predicted, asked of the links themselves.
//!
//! In: vectors, neighbours and known links. Out: the weight of a note's neighbours, in links, with which the response finds
//! most of a fifth of the *known* links that it hides once more. In some collections people link what is alike, in others
//! what is not; nothing else tells which. Where the cosine of the vectors finds more than the response at its best, the
//! cosine is taken instead: a method that loses to it is not offered. Invariant: sees known links only, so that an
//! evaluation stays honest.

use super::predictors::Cosine;
use super::recall::{Predictor, Riddle, hide_by};
use super::response::Response;
use super::web::Web;
use super::{Link, streams};
use crate::math::rng::Draw;
use crate::soil::{NeighborGraph, Soil};

/// Screening of links and influence: half of a push is spent at each note it reaches.
const SCREENING: f64 = 1.0;

/// Weights to choose from; the first wins a draw. Small ones suit links that follow no vector, large ones those that follow
/// nothing else.
const WEIGHTS: [f64; 8] = [2.0, 1.0, 3.0, 5.0, 0.3, 10.0, 0.1, 30.0];
/// Below this many links they have no say.
const FEWEST_LINKS: usize = 50;
/// Notes asked, at most.
const ASKED: usize = 500;
/// Candidates of each that count.
const TOP: usize = 10;

/// What the known links say about how to find others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    /// The weight of a note's neighbours, in links.
    pub(super) neighbors: f64,
    /// Recall of links hidden again, by the response and by the cosine; `None` where there are too few to ask.
    pub(super) recalls: Option<[f64; 2]>,
}

impl Calibration {
    /// Asks the known links.
    pub(super) fn of(soil: &Soil, links: &[Link], rng_seed: u64) -> Self {
        if links.len() < FEWEST_LINKS {
            return Self { neighbors: WEIGHTS[0], recalls: None };
        }
        let count = soil.notes.len();
        let (known, hidden) = hide_by(links, Draw { rng_seed, stream: streams::CALIBRATION, step: 0 });
        let draw = Draw { rng_seed, stream: streams::ASKERS, step: 0 };
        let riddle = Riddle::new(count, &known, &hidden).shortened(ASKED, draw);
        let recall = |predictor: &dyn Predictor| riddle.recall(predictor, TOP).unwrap_or(0.0);
        let mut best = (WEIGHTS[0], -1.0);
        for weight in WEIGHTS {
            let found = recall(&response_of(&soil.neighbors, weight, count, &known));
            if found > best.1 {
                best = (weight, found);
            }
        }
        let cosine = recall(&Cosine::new(&soil.vectors, &known, TOP));
        Self { neighbors: best.0, recalls: Some([best.1, cosine]) }
    }

    /// The response of a soil's notes with these links.
    pub(super) fn response(&self, soil: &Soil, links: &[Link]) -> Response {
        response_of(&soil.neighbors, self.neighbors, soil.notes.len(), links)
    }

    /// Whether the cosine found more than the response.
    pub(super) fn is_beaten(&self) -> bool {
        self.recalls.is_some_and(|[response, cosine]| cosine > response)
    }

    /// What ranks candidates, `top` of them per note beside the known links.
    pub(super) fn ranker<'a>(&self, soil: &'a Soil, links: &[Link], top: usize) -> Box<dyn Predictor + 'a> {
        match self.is_beaten() {
            true => Box::new(Cosine::new(&soil.vectors, links, top)),
            false => Box::new(self.response(soil, links)),
        }
    }
}

fn response_of(neighbors: &NeighborGraph, weight: f64, count: usize, links: &[Link]) -> Response {
    Response::new(&Web::joined(neighbors, weight, count, links), SCREENING)
}
