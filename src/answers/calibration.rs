//! How links are predicted, asked of the links themselves.
//!
//! In: vectors, neighbours and known links. Out: the weight of a note's neighbours, in links, and that of kinship
//! ([`Kindred`]), with which most of a fifth of the *known* links are found that are hidden once more. In some collections
//! people link what is alike, in others what is not; nothing else tells which. Where the cosine of the vectors finds more
//! than the response at its best, the cosine is taken instead: a method that loses to it is not offered. Invariant: sees
//! known links only, so that an evaluation stays honest.

use super::kindred::Kindred;
use super::predictors::Cosine;
use super::recall::{Predictor, Riddle, hide_by};
use super::response::Response;
use super::web::{Near, Web};
use super::{Link, streams};
use crate::math::rng::Draw;
use crate::soil::Soil;

/// Screening of links and influence: half of a push is spent at each note it reaches.
const SCREENING: f64 = 1.0;

/// Weights to choose from; the first wins a draw. Small ones suit links that follow no vector, large ones those that follow
/// nothing else.
const WEIGHTS: [f64; 8] = [2.0, 1.0, 3.0, 5.0, 0.3, 10.0, 0.1, 30.0];
/// Weights of kinship to choose from.
const KINSHIPS: [f64; 4] = [0.0, 0.01, 0.03, 0.1];
/// Below this many links they have no say.
const FEWEST_LINKS: usize = 50;
/// Notes asked, at most.
const ASKED: usize = 500;
/// Candidates of each that count.
const TOP: usize = 10;

/// What the known links say about how to find others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Calibration {
    neighbors: f64,
    kinship: f64,
    /// Recall of links hidden again, by the response with kinship and by the cosine; `None` where there are too few to ask.
    pub(super) recalls: Option<[f64; 2]>,
}

/// Known links of which some are hidden once more.
struct Question {
    known: Vec<Link>,
    riddle: Riddle,
}

impl Question {
    /// `None` where there are too few links to ask.
    fn of(count: usize, links: &[Link], rng_seed: u64) -> Option<Self> {
        let draw = |stream| Draw { rng_seed, stream, step: 0 };
        (links.len() >= FEWEST_LINKS).then(|| {
            let (known, hidden) = hide_by(links, draw(streams::CALIBRATION));
            let riddle = Riddle::new(count, &known, &hidden).shortened(ASKED, draw(streams::ASKERS));
            Self { known, riddle }
        })
    }

    fn recall(&self, predictor: &dyn Predictor) -> f64 {
        self.riddle.recall(predictor, TOP).unwrap_or(0.0)
    }

    /// The weight of neighbours that finds most; the first among equals.
    fn neighbors(&self, near: &Near<'_>) -> f64 {
        let mut best = (WEIGHTS[0], -1.0);
        for weight in WEIGHTS {
            let found = self.recall(&response_of(near, weight, &self.known));
            if found > best.1 {
                best = (weight, found);
            }
        }
        best.0
    }
}

/// The weight of a note's neighbours, in links, with which the response finds most.
pub(super) fn weight_of_neighbors(near: &Near<'_>, links: &[Link], rng_seed: u64) -> f64 {
    Question::of(near.count(), links, rng_seed).map_or(WEIGHTS[0], |question| question.neighbors(near))
}

/// The response of a soil's notes to a push, with these links.
pub(super) fn response(soil: &Soil, links: &[Link], rng_seed: u64) -> Response {
    let near = Near::of(&soil.neighbors, soil.notes.len());
    response_of(&near, weight_of_neighbors(&near, links, rng_seed), links)
}

impl Calibration {
    /// Asks the known links.
    pub(super) fn of(soil: &Soil, near: &Near<'_>, links: &[Link], rng_seed: u64) -> Self {
        let Some(question) = Question::of(soil.notes.len(), links, rng_seed) else {
            return Self { neighbors: WEIGHTS[0], kinship: 0.0, recalls: None };
        };
        let neighbors = question.neighbors(near);
        let response = response_of(near, neighbors, &question.known);
        let mut kindred = Kindred::new(response, soil, near, &question.known, TOP);
        let mut best = (0.0, -1.0);
        for kinship in KINSHIPS {
            kindred = kindred.weighing(kinship);
            let found = question.recall(&kindred);
            if found > best.1 {
                best = (kinship, found);
            }
        }
        let cosine = question.recall(&Cosine::new(&soil.vectors, &question.known, TOP));
        Self { neighbors, kinship: best.0, recalls: Some([best.1, cosine]) }
    }

    /// Whether the cosine found more than the response.
    pub(super) fn is_beaten(&self) -> bool {
        self.recalls.is_some_and(|[response, cosine]| cosine > response)
    }

    /// What ranks candidates, `top` of them per note beside the known links.
    pub(super) fn ranker<'a>(&self, soil: &'a Soil, near: &Near<'_>, links: &[Link], top: usize) -> Ranker<'a> {
        if self.is_beaten() {
            return Ranker::Cosine(Cosine::new(&soil.vectors, links, top));
        }
        let response = response_of(near, self.neighbors, links);
        Ranker::Kindred(Kindred::new(response, soil, near, links, top).weighing(self.kinship))
    }
}

/// What ranks candidates for links.
pub(super) enum Ranker<'a> {
    /// Response and kinship.
    Kindred(Kindred),
    /// The cosine of the vectors alone, which finds more.
    Cosine(Cosine<'a>),
}

impl Ranker<'_> {
    /// What a pair's score is in both directions together.
    pub(super) fn mutual(&self, note: usize, other: usize, score: f64) -> f64 {
        match self {
            Self::Kindred(kindred) => kindred.mutual(note, other, score),
            Self::Cosine(_) => score,
        }
    }
}

impl Predictor for Ranker<'_> {
    fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
        match self {
            Self::Kindred(kindred) => kindred.scores(notes),
            Self::Cosine(cosine) => cosine.scores(notes),
        }
    }
}

fn response_of(near: &Near<'_>, weight: f64, links: &[Link]) -> Response {
    Response::new(&Web::joined(near, weight, links), SCREENING)
}
