//! How stable the groups of notes are: do the notes that a region binds together stay together?
//!
//! In: the group of each note at successive observations. Out: the mean over the second half of a run of the adjusted
//! Rand index of each two successive observations (Hubert and Arabie 1985): 1 where no note changed company, about 0
//! where company is as if drawn anew. A note that is in no group at either time is left out of that pair.

use std::collections::BTreeMap;

/// The groups of all notes at one time.
pub(super) type Membership = Vec<Option<u64>>;

/// The adjusted Rand index of two partitions of the same notes; NaN where fewer than two notes are in groups at both.
pub fn adjusted_rand(before: &[Option<u64>], after: &[Option<u64>]) -> f64 {
    let together: Vec<(u64, u64)> = before.iter().zip(after).filter_map(|(&a, &b)| Some((a?, b?))).collect();
    if together.len() < 2 {
        return f64::NAN;
    }
    let pairs = |count: usize| count as f64 * (count as f64 - 1.0) / 2.0;
    let both = tally(together.iter().copied()).into_values().map(pairs).sum::<f64>();
    let [first, second] = [
        tally(together.iter().map(|&(a, _)| a)).into_values().map(pairs).sum::<f64>(),
        tally(together.iter().map(|&(_, b)| b)).into_values().map(pairs).sum::<f64>(),
    ];
    let expected = first * second / pairs(together.len());
    let most = f64::midpoint(first, second);
    // All in one group at both times, or all alone at both: nothing can be better.
    if most == expected { 1.0 } else { (both - expected) / (most - expected) }
}

fn tally<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    keys.fold(BTreeMap::new(), |mut tally, key| {
        *tally.entry(key).or_default() += 1;
        tally
    })
}

/// The mean over the second half of observations (time, membership) in order; NaN if there is nothing to compare.
pub(super) fn stability(observed: &[(f64, Membership)]) -> f64 {
    let (Some(first), Some(last)) = (observed.first(), observed.last()) else { return f64::NAN };
    let half = f64::midpoint(first.0, last.0);
    let later = observed.windows(2).filter(|pair| pair[0].0 >= half);
    let indices: Vec<f64> =
        later.map(|pair| adjusted_rand(&pair[0].1, &pair[1].1)).filter(|index| index.is_finite()).collect();
    indices.iter().sum::<f64>() / indices.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(groups: &[i64]) -> Membership {
        groups.iter().map(|&group| u64::try_from(group).ok()).collect()
    }

    #[test]
    fn the_index_is_that_of_the_paper() {
        // The example of Hubert and Arabie's successors: n_ij = ((1 1 0) (1 2 1) (0 0 4)), index 0.31257...
        let before = of(&[0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
        let after = of(&[0, 1, 0, 1, 1, 2, 2, 2, 2, 2]);
        // Together in both: C(2,2) + C(4,2) = 7; before 1 + 6 + 6 = 13; after 1 + 3 + 10 = 14; of 45 pairs.
        let due = (7.0 - 13.0 * 14.0 / 45.0) / (13.5 - 13.0 * 14.0 / 45.0);
        assert!((adjusted_rand(&before, &after) - due).abs() < 1e-15);
        assert!((due - 0.312_57).abs() < 1e-4, "{due}");
    }

    #[test]
    fn names_of_groups_do_not_matter() {
        assert_eq!(adjusted_rand(&of(&[0, 0, 1, 1]), &of(&[7, 7, 3, 3])), 1.0);
        assert_eq!(adjusted_rand(&of(&[0, 0, 0]), &of(&[1, 1, 1])), 1.0);
        assert!(adjusted_rand(&of(&[0, 0, 1, 1]), &of(&[0, 1, 0, 1])) < 0.0);
        assert!(adjusted_rand(&of(&[0, -1, -1]), &of(&[0, 0, -1])).is_nan());
    }

    #[test]
    fn only_the_second_half_counts() {
        let observed =
            [(0.0, of(&[0, 0, 1, 1])), (1.0, of(&[0, 1, 0, 1])), (2.0, of(&[2, 2, 3, 3])), (4.0, of(&[5, 5, 4, 4]))];
        assert_eq!(stability(&observed), 1.0);
        assert!(stability(&observed[..1]).is_nan() && stability(&[]).is_nan());
    }
}
