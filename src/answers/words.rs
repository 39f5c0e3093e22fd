//! Telling words of groups.
//!
//! In: the notes' titles and texts, and a group per note. Out: for each group the words that tell it from the others:
//! class-based TF-IDF (Grootendorst, arXiv 2203.05794), `share in the group * log(1 + mean words per group / count)`, with
//! a word counted once per note, so that no long note names a group alone. Words that stand in one note only, or in no
//! larger a share of the group's notes than of all notes, are left out; of forms that share their stem the most telling
//! stays.

use std::collections::{BTreeMap, BTreeSet};

use unicode_segmentation::UnicodeSegmentation;

use crate::math::elementary::scalar64::log;
use crate::soil::{Note, stem};

/// Shorter words tell nothing.
const SHORTEST: usize = 3;

/// The `most` most telling words of each group, the most telling first.
pub(super) fn telling_words(notes: &[Note], of: &[usize], groups: usize, most: usize) -> Vec<Vec<String>> {
    let mut counts: Vec<BTreeMap<String, u32>> = vec![BTreeMap::new(); groups];
    for (note, &group) in notes.iter().zip(of) {
        for word in words(note) {
            *counts[group].entry(word).or_insert(0) += 1;
        }
    }
    let mut everywhere: BTreeMap<&str, u32> = BTreeMap::new();
    for (word, count) in counts.iter().flatten() {
        *everywhere.entry(word).or_insert(0) += count;
    }
    let total = |counts: &BTreeMap<String, u32>| counts.values().map(|&count| u64::from(count)).sum::<u64>() as f64;
    let mean = counts.iter().map(total).sum::<f64>() / groups.max(1) as f64;
    let mut sizes = vec![0_u64; groups];
    of.iter().for_each(|&group| sizes[group] += 1);
    let telling = |(counts, &size): (&BTreeMap<String, u32>, &u64)| {
        let all = total(counts);
        let weigh = |(word, &count): (&String, &u32)| {
            let in_all = everywhere[word.as_str()];
            let more_than_elsewhere = u64::from(count) * notes.len() as u64 > u64::from(in_all) * size;
            (in_all > 1 && more_than_elsewhere)
                .then(|| (f64::from(count) / all * log(1.0 + mean / f64::from(in_all)), word.clone()))
        };
        let mut weighed: Vec<(f64, String)> = counts.iter().filter_map(weigh).collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut stems = BTreeSet::new();
        let new = weighed.into_iter().map(|(_, word)| word).filter(|word| stems.insert(stem(word)));
        new.take(most).collect()
    };
    counts.iter().zip(&sizes).map(telling).collect()
}

/// The different words of a note, in lower case.
fn words(note: &Note) -> BTreeSet<String> {
    let text = format!("{}\n{}", note.title, note.text).to_lowercase();
    let fit = |word: &&str| word.chars().count() >= SHORTEST && word.chars().all(|c| c.is_alphabetic() || c == '\'');
    text.unicode_words().filter(fit).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Note {
        Note { text: text.into(), ..Note::default() }
    }

    #[test]
    fn what_is_common_to_all_names_none() {
        let notes = [
            note("the tide and the harbour"),
            note("the harbour at low tide, a lighthouse"),
            note("the oven and the bread"),
            note("the bread in the oven ovens"),
        ];
        let words = telling_words(&notes, &[0, 0, 1, 1], 2, 2);
        assert_eq!(words, [["harbour", "tide"], ["bread", "oven"]]);
        // A word of one note, however often, is no name.
        assert!(telling_words(&[note("alone alone"), note("")], &[0, 1], 2, 3).concat().is_empty());
    }
}
