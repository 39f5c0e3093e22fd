//! How well a method finds links that were hidden from it.
//!
//! In: links, and a [`Predictor`] that knows the others. Out: recall@10, or at another number. Links count once and without direction; each
//! hidden link asks from both its ends; the note itself and its known links are no candidates; recall@10 of a note is
//! found / min(10, hidden at that note), averaged over the notes with hidden links. Ties go to the smaller index.

use rayon::prelude::*;

use super::Link;
use crate::math::rng::Draw;
use crate::math::sum::reduce;

/// One link of this many is hidden.
const SHARE: usize = 5;
/// Notes asked at once: bounds the memory for rows of scores.
const BATCH: usize = 256;

/// Scores every note as a candidate for a link.
pub trait Predictor: Sync {
    /// One row of scores per note asked, the larger the likelier; finite.
    fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>>;
}

/// Hides a fifth of the links: those that stay, and those that are hidden, each in ascending order.
pub fn hide(links: &[Link], rng_seed: u64) -> (Vec<Link>, Vec<Link>) {
    hide_by(links, Draw { rng_seed, stream: super::streams::HIDDEN, step: 0 })
}

/// The links of smallest random rank are hidden.
pub(super) fn hide_by(links: &[Link], draw: Draw) -> (Vec<Link>, Vec<Link>) {
    let hidden = (links.len() + SHARE / 2) / SHARE;
    let mut order: Vec<usize> = (0..links.len()).collect();
    order.sort_by_key(|&link| (draw.bits(link as u64), link));
    let part = |some: &[usize]| {
        let mut part: Vec<Link> = some.iter().map(|&link| links[link]).collect();
        part.sort_unstable();
        part
    };
    let (out, kept) = order.split_at(hidden);
    (part(kept), part(out))
}

/// Links between `count` notes, some known and some hidden.
#[derive(Clone, Debug)]
pub struct Riddle {
    /// The other ends of the known links at every note, ascending.
    known: Vec<Vec<usize>>,
    /// The other ends of the hidden links at every note, ascending.
    hidden: Vec<Vec<usize>>,
    /// The notes that are asked.
    asked: Vec<usize>,
}

impl Riddle {
    /// Asks all notes that have hidden links.
    pub fn new(count: usize, known: &[Link], hidden: &[Link]) -> Self {
        let (known, hidden) = (ends(count, known), ends(count, hidden));
        let asked = (0..count).filter(|&note| !hidden[note].is_empty()).collect();
        Self { known, hidden, asked }
    }

    /// Asks at most this many of them, drawn at random.
    pub(super) fn shortened(mut self, most: usize, draw: Draw) -> Self {
        self.asked.sort_by_key(|&note| (draw.bits(note as u64), note));
        self.asked.truncate(most);
        self
    }

    /// Mean recall among the `top` best candidates over the notes asked; `None` if nothing is hidden.
    pub fn recall(&self, predictor: &dyn Predictor, top: usize) -> Option<f64> {
        let mut recalls = Vec::with_capacity(self.asked.len());
        for batch in self.asked.chunks(BATCH) {
            let rows = predictor.scores(batch);
            let of_batch = batch.par_iter().zip(&rows).map(|(&note, row)| {
                let (known, hidden) = (&self.known[note], &self.hidden[note]);
                let found = best(row, top, |other| other == note || known.binary_search(&other).is_ok());
                let hits = found.iter().filter(|other| hidden.binary_search(other).is_ok()).count();
                hits as f64 / hidden.len().min(top) as f64
            });
            recalls.extend(of_batch.collect::<Vec<f64>>());
        }
        (!recalls.is_empty()).then(|| reduce(&recalls, |recall| *recall) / recalls.len() as f64)
    }
}

/// The other ends of the links at every note, ascending.
pub(super) fn ends(count: usize, links: &[Link]) -> Vec<Vec<usize>> {
    let mut ends = vec![Vec::new(); count];
    for &[a, b] in links {
        ends[a].push(b);
        ends[b].push(a);
    }
    ends.iter_mut().for_each(|others| others.sort_unstable());
    ends
}

/// The candidates of highest score, the highest first.
pub(super) fn best(scores: &[f64], top: usize, excluded: impl Fn(usize) -> bool) -> Vec<usize> {
    let by_score = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let mut order: Vec<(f64, usize)> = Vec::with_capacity(2 * top.min(scores.len()) + 1);
    let mut last = f64::NEG_INFINITY;
    for (note, &score) in scores.iter().enumerate() {
        // Whoever comes later and is no better than the last is none of the best.
        if score.total_cmp(&last).is_gt() || order.len() < top {
            if !excluded(note) {
                order.push((score, note));
            }
            if order.len() == order.capacity() && top > 0 {
                order.select_nth_unstable_by(top - 1, by_score);
                order.truncate(top);
                last = order[top - 1].0;
            }
        }
    }
    order.sort_by(by_score);
    order.truncate(top);
    order.into_iter().map(|(_, note)| note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every note finds note 0 best, then 1, and so on.
    struct InOrder(usize);

    impl Predictor for InOrder {
        fn scores(&self, notes: &[usize]) -> Vec<Vec<f64>> {
            vec![(0..self.0).map(|note| -(note as f64)).collect(); notes.len()]
        }
    }

    #[test]
    fn recall_counts_as_defined() {
        // Candidates of 12 without its known link to 0: 1..=10 (itself excluded); of 3: 0, 1, 2, 4, ..., 10.
        let (known, hidden) = ([[0, 12]], [[1, 12], [3, 12], [11, 12]]);
        // Note 1 asks for 12: 0, 2, ..., 10 are before it. Note 3: likewise. Note 11: likewise. Note 12: 2 of 3.
        let recall = Riddle::new(13, &known, &hidden).recall(&InOrder(13), 10).unwrap();
        assert!((recall - (0.0 + 0.0 + 0.0 + 2.0 / 3.0) / 4.0).abs() < 1e-15);
        // Twelve hidden at one note: ten found are all that ten places can hold.
        let hidden: Vec<Link> = (0..12).map(|other| [other, 12]).collect();
        let recall = Riddle::new(13, &[], &hidden).recall(&InOrder(13), 10).unwrap();
        assert!((recall - 1.0 / 13.0).abs() < 1e-15);
        assert_eq!(Riddle::new(3, &[[0, 1]], &[]).recall(&InOrder(3), 10), None);
    }

    #[test]
    fn a_fifth_is_hidden_and_nothing_lost() {
        let links: Vec<Link> = (0..103).map(|i| [i, i + 1]).collect();
        let (kept, hidden) = hide(&links, 5);
        assert_eq!((kept.len(), hidden.len()), (82, 21));
        let mut all = [kept, hidden.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, links);
        assert_ne!(hide(&links, 6).1, hidden);
        assert!(hide(&links[..1], 5).1.is_empty());
    }

    #[test]
    fn ties_go_to_the_smaller_index() {
        assert_eq!(best(&[1.0, 2.0, 2.0, 0.0, 2.0], 2, |note| note == 1), [2, 4]);
        assert_eq!(best(&[1.0, 2.0], 9, |_| false), [1, 0]);
        assert!(best(&[1.0], 0, |_| false).is_empty());
    }
}
