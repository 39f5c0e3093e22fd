//! What the answers are worth, beside what others would say.
//!
//! In: the soil. Out: recall (at 10) of links that were hidden from every method alike, and the agreement of groups with
//! tags that no method saw. Invariant: `semafield` in these scores is what `links` and `groups` answer, run on the known
//! links only where links are judged.

use serde::Serialize;

use super::calibration::Calibration;
use super::density::islands;
use super::groups::groups;
use super::means::{Center, cluster};
use super::predictors::{AdamicAdar, Cosine, pagerank};
use super::recall::{Predictor, Riddle, hide};
use super::tags::{mutual_information, tagged};
use super::web::{Near, Web};
use super::{known_links, streams};
use crate::math::rng::Draw;
use crate::soil::{Progress, Soil};

/// Recall of hidden links, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LinkScores {
    /// What `links` answers: linear response on neighbours and links with kinship, or the cosine where that finds more.
    pub semafield: f64,
    /// Cosine of the vectors.
    pub cosine: f64,
    /// Personalised PageRank on links.
    pub pagerank: f64,
    /// Personalised PageRank on links and nearest neighbours.
    pub pagerank_neighbors: f64,
    /// Adamic-Adar on links.
    pub adamic_adar: f64,
}

/// Normalised mutual information with the first tag, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GroupScores {
    /// Notes that lock together.
    pub semafield: f64,
    /// k-means with 20 means.
    pub kmeans: f64,
    /// HDBSCAN; noise counts as a group.
    pub hdbscan: f64,
}

/// Both comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Absent where there are too few links to hide any.
    pub links: Option<LinkScores>,
    /// Absent where no note has a tag.
    pub groups: Option<GroupScores>,
}

/// Means of the k-means that groups are compared with.
const MEANS: usize = 20;

/// Hides a fifth of the links and scores what finds them among its `top` candidates per note; scores groups by tags.
pub fn evaluate(soil: &Soil, top: usize, rng_seed: u64, progress: &dyn Progress) -> Evaluation {
    let (known, hidden) = hide(&known_links(soil), rng_seed);
    progress.stage("evaluating", 8);
    let links = (!hidden.is_empty()).then(|| {
        let count = soil.notes.len();
        let (riddle, near) = (Riddle::new(count, &known, &hidden), Near::of(&soil.neighbors, count));
        let score = |predictor: &dyn Predictor| {
            let recall = riddle.recall(predictor, top);
            progress.advance(1);
            recall.expect("some links are hidden")
        };
        LinkScores {
            semafield: score(&Calibration::of(soil, &near, &known, rng_seed).ranker(soil, &near, &known, top)),
            cosine: score(&Cosine::new(&soil.vectors, &known, top)),
            pagerank: score(&pagerank(&Web::plain(None, count, &known))),
            pagerank_neighbors: score(&pagerank(&Web::plain(Some(&soil.neighbors), count, &known))),
            adamic_adar: score(&AdamicAdar::new(count, &known)),
        }
    });
    let tagged = tagged(&soil.notes);
    let groups = (!tagged.is_empty()).then(|| {
        let tags: Vec<usize> = tagged.iter().map(|&(_, tag)| tag).collect();
        let score = |of: &[usize]| {
            let of: Vec<usize> = tagged.iter().map(|&(note, _)| of[note]).collect();
            progress.advance(1);
            mutual_information(&of, &tags)
        };
        let draw = Draw { rng_seed, stream: streams::SEEDING, step: 0 };
        let islands = islands(&soil.vectors, &soil.neighbors);
        GroupScores {
            semafield: score(&groups(soil, rng_seed).of),
            kmeans: score(&cluster(&soil.vectors, MEANS, Center::Mean, draw).of),
            // Noise is 0, islands are counted from 1.
            hdbscan: score(&islands.iter().map(|island| island.map_or(0, |island| island + 1)).collect::<Vec<_>>()),
        }
    });
    Evaluation { links, groups }
}
