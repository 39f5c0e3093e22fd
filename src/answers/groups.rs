//! Groups: sets of notes that lock together.
//!
//! In: the soil. Out: a group per note, names, how firmly each group is locked, and which notes are bridges. Every note's
//! vector relaxes towards those it is joined to, against a weak pull back to itself (the response of [`Web`] at a small
//! screening, applied to the field of vectors). Relaxed vectors that point the same way are locked: the groups are the
//! partition with the largest total order parameter `sum_g |sum of relaxed unit vectors|`, which is Kuramoto's `r` in
//! as many dimensions as the vectors have. There are about `0.3 sqrt(n)` groups: what a person can look through.

use super::calibration::weight_of_neighbors;
use super::kindred::relaxed;
use super::means::{Center, cluster};
use super::web::{Near, Web};
use super::words::telling_words;
use super::{known_links, streams};
use crate::math::rng::Draw;
use crate::soil::Soil;

/// Screening of the relaxation: a note reaches about ten steps far.
const SCREENING: f64 = 0.1;
/// Least and most weight of the neighbours, in links: a group is made by both, however links are best predicted.
const WEIGHTS: [f64; 2] = [1.0, 5.0];
/// Words of a name.
const NAME_WORDS: usize = 3;

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its telling words, or `group N` where the notes have no texts.
    pub name: String,
    /// Its notes, those nearest to its common direction first.
    pub notes: Vec<usize>,
    /// Order parameter `r` of its relaxed vectors, 0 to 1: how firmly it is locked.
    pub coherence: f64,
}

/// All groups, the largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// The group of each note: an index into `groups`.
    pub of: Vec<usize>,
    /// How evenly a note's ties are spread over groups, 0 (all in one) to 1: `1 - sum_g (share of group g)^2`.
    pub bridges: Vec<f64>,
}

/// How many groups so many notes are put into.
pub(super) fn number_of_groups(notes: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "smaller than the number of notes")]
    let groups = (0.3 * (notes as f64).sqrt()).round() as usize;
    groups.clamp(2.min(notes), notes)
}

/// Finds the groups of a soil.
pub fn groups(soil: &Soil, rng_seed: u64) -> Groups {
    let links = known_links(soil);
    let count = soil.notes.len();
    let near = Near::of(&soil.neighbors, count);
    let weight = weight_of_neighbors(&near, &links, rng_seed).clamp(WEIGHTS[0], WEIGHTS[1]);
    let web = Web::joined(&near, weight, &links);
    let relaxed = relaxed(soil, &web, SCREENING);
    let draw = Draw { rng_seed, stream: streams::SEEDING, step: 0 };
    let clusters = cluster(&relaxed, number_of_groups(count), Center::Direction, draw);
    let number = clusters.of.iter().max().map_or(0, |last| last + 1);
    let names = telling_words(&soil.notes, &clusters.of, number, NAME_WORDS);
    let mut members = vec![Vec::new(); number];
    clusters.of.iter().enumerate().for_each(|(note, &group)| members[group].push(note));
    let describe = |(number, (mut notes, words)): (usize, (Vec<usize>, Vec<String>))| {
        // |sum x| / n = mean cosine with the sum's direction
        let sum = notes.iter().fold(0.0, |sum, &note| sum + clusters.cosines[note]);
        let coherence = sum / notes.len() as f64;
        notes.sort_by(|&a, &b| clusters.cosines[b].total_cmp(&clusters.cosines[a]).then(a.cmp(&b)));
        let name = if words.is_empty() { format!("group {}", number + 1) } else { words.join(" · ") };
        Group { name, notes, coherence }
    };
    let groups = members.into_iter().zip(names).enumerate().map(describe).collect();
    let bridges = (0..count).map(|note| spread(&web, note, &clusters.of, number)).collect();
    Groups { groups, of: clusters.of, bridges }
}

/// The participation coefficient of a note (Guimerà & Amaral, Nature 433, 2005).
fn spread(web: &Web, note: usize, of: &[usize], groups: usize) -> f64 {
    let mut ties = vec![0.0; groups];
    web.of_note(note).for_each(|(other, weight)| ties[of[other]] += weight);
    let strength = web.strength(note);
    if strength == 0.0 {
        return 0.0;
    }
    // Rounding may take the sum of squares beyond 1.
    (1.0 - ties.iter().fold(0.0, |sum, tie| sum + (tie / strength) * (tie / strength))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bridge_has_ties_in_several_groups() {
        let web = Web::plain(None, 5, &[[0, 1], [0, 2], [0, 3], [3, 4]]);
        let of = [0, 0, 0, 1, 1];
        assert!((spread(&web, 0, &of, 2) - (1.0 - 4.0 / 9.0 - 1.0 / 9.0)).abs() < 1e-15);
        assert_eq!(spread(&web, 4, &of, 2), 0.0);
    }

    #[test]
    fn the_number_of_groups_grows_with_the_root_of_the_notes() {
        assert_eq!([1, 2, 30, 800, 8700].map(number_of_groups), [1, 2, 2, 8, 28]);
    }
}
