//! Sums of a fixed shape.
//!
//! In: numbers in storage order. Out: their sum by pairwise addition (Higham, Accuracy and Stability, 4.2), with an
//! error that grows like log n. Invariant: the tree depends on the number of addends alone. Its leaves are blocks of
//! 8 neighbours, added as `((0+4)+(2+6)) + ((1+5)+(3+7))`, the last one filled with zeros; above, a range of blocks is
//! cut after the largest power of two of blocks that is smaller than the range.

/// Addends of a leaf.
const LEAF: usize = 8;

/// The sum of the values; 0 of none.
pub fn pairwise(values: &[f64]) -> f64 {
    reduce(values, |&value| value)
}

/// The sum of a term formed from each item, with the tree of [`pairwise`]; no intermediate array.
pub fn reduce<T>(items: &[T], term: impl Fn(&T) -> f64 + Copy) -> f64 {
    if items.len() <= LEAF {
        return leaf(items, term);
    }
    let blocks = items.len().div_ceil(LEAF);
    let (left, right) = items.split_at(LEAF * (blocks.next_power_of_two() / 2));
    reduce(left, term) + reduce(right, term)
}

/// The sums of the rows of a matrix of `row` columns, and of those sums: the reduction of a field row by row, which
/// may compute the rows in any order.
///
/// # Panics
/// If `row` is 0 or does not divide the number of values.
pub fn rows(values: &[f64], row: usize) -> f64 {
    assert!(row > 0 && values.len().is_multiple_of(row), "a matrix has complete rows");
    let sums: Vec<f64> = values.chunks_exact(row).map(pairwise).collect();
    pairwise(&sums)
}

fn leaf<T>(items: &[T], term: impl Fn(&T) -> f64) -> f64 {
    let mut terms = [0.0; LEAF];
    for (slot, item) in terms.iter_mut().zip(items) {
        *slot = term(item);
    }
    let [a, b, c, d, e, f, g, h] = terms;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[cfg(test)]
mod tests {
    use super::{pairwise, reduce, rows};

    #[test]
    fn sums_integers_exactly() {
        for n in 0..200_u32 {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            assert_eq!(pairwise(&values).to_bits(), f64::from(n * (n + 1) / 2).to_bits(), "{n}");
        }
    }

    #[test]
    fn the_shape_is_the_documented_one() {
        let values: Vec<f64> = (0..19).map(|i| 0.1 + f64::from(i) / 3.0).collect();
        let block = |v: &[f64]| ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
        let last = (values[16] + values[18]) + values[17];
        let expected = (block(&values[..8]) + block(&values[8..16])) + last;
        assert_eq!(pairwise(&values).to_bits(), expected.to_bits());
    }

    #[test]
    fn a_million_tenths_lose_almost_nothing() {
        let values = vec![0.1; 1_000_000];
        assert!((pairwise(&values) - 1e5).abs() < 1e-9);
        let naive: f64 = values.iter().sum();
        assert!((naive - 1e5).abs() > 1e-7, "else this test shows nothing");
    }

    #[test]
    fn terms_and_rows() {
        assert_eq!(reduce(&[1_u8, 2, 3], |&x| f64::from(x) * 2.0).to_bits(), 12.0_f64.to_bits());
        assert_eq!(rows(&[1.0, 2.0, 3.0, 4.0], 2).to_bits(), 10.0_f64.to_bits());
    }
}
