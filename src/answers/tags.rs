//! Do groups agree with tags?
//!
//! In: two labellings. Out: normalised mutual information `2 I / (H1 + H2)` (arithmetic normalisation: Vinh et al., JMLR
//! 11, 2010). The tag of a note is its first; only notes count whose tag is among the 20 most common.

use std::collections::BTreeMap;

use crate::math::elementary::scalar64::log;
use crate::soil::Note;

/// So many tags count.
const TAGS: usize = 20;

/// The notes with one of the most common first tags, and the number of that tag.
pub(super) fn tagged(notes: &[Note]) -> Vec<(usize, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    notes.iter().filter_map(|note| note.tags.first()).for_each(|tag| *counts.entry(tag).or_insert(0) += 1);
    let mut common: Vec<(&str, usize)> = counts.into_iter().collect();
    common.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    common.truncate(TAGS);
    let number = |tag: &String| common.iter().position(|(own, _)| *own == tag.as_str());
    let tag = |(index, note): (usize, &Note)| Some((index, number(note.tags.first()?)?));
    notes.iter().enumerate().filter_map(tag).collect()
}

/// `2 I(a; b) / (H(a) + H(b))`; 1 if both are one class.
pub fn mutual_information(a: &[usize], b: &[usize]) -> f64 {
    let entropy = |counts: &BTreeMap<(usize, usize), usize>| {
        counts.values().fold(0.0, |sum, &count| {
            let share = count as f64 / a.len() as f64;
            sum - share * log(share)
        })
    };
    let count = |key: &dyn Fn(usize, usize) -> (usize, usize)| {
        let mut counts = BTreeMap::new();
        a.iter().zip(b).for_each(|(&a, &b)| *counts.entry(key(a, b)).or_insert(0) += 1);
        entropy(&counts)
    };
    let (of_a, of_b, joint) = (count(&|a, _| (a, 0)), count(&|_, b| (b, 0)), count(&|a, b| (a, b)));
    if of_a + of_b == 0.0 { 1.0 } else { (2.0 * (of_a + of_b - joint) / (of_a + of_b)).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_known_values() {
        // Values of scikit-learn's normalized_mutual_info_score.
        let cases: [(&[usize], &[usize], f64); 5] = [
            (&[0, 0, 1, 1], &[1, 1, 0, 0], 1.0),
            (&[0, 0, 0, 0], &[0, 1, 2, 3], 0.0),
            (&[0, 0, 1, 1, 2, 2], &[0, 0, 0, 1, 1, 1], 0.515_803_742_979_388_9),
            (&[0, 1, 2, 0, 1, 2, 0], &[0, 0, 1, 1, 2, 2, 0], 0.380_092_011_132_427_6),
            (&[4, 4], &[7, 7], 1.0),
        ];
        for (a, b, expected) in cases {
            assert!((mutual_information(a, b) - expected).abs() < 1e-12, "{a:?} {b:?} {}", mutual_information(a, b));
        }
    }

    #[test]
    fn only_the_commonest_first_tags_count() {
        let note = |tag: String| Note { tags: vec![tag, "second".into()], ..Note::default() };
        let mut notes: Vec<Note> = (0..25).flat_map(|tag| vec![note(format!("t{tag:02}")); 30 - tag]).collect();
        notes.push(Note::default());
        let tagged = tagged(&notes);
        assert_eq!(tagged.len(), (11..=30).sum::<usize>());
        assert_eq!(tagged.iter().map(|(_, tag)| *tag).max(), Some(19));
    }
}
