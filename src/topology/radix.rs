//! A stable radix sort by an integer key: records that already follow each other by index keep that order.
//!
//! Linear in the number of records; digits that all records share are skipped.

const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

/// Sorts by the lowest `bits` of a key, ascending, equal keys in the order they came.
pub(super) fn sort_by_key<R: Copy>(records: &mut Vec<R>, bits: u32, key: impl Fn(&R) -> u64) {
    let mut sorted = records.clone();
    for shift in (0..bits).step_by(DIGIT_BITS as usize) {
        let digit = |record: &R| usize::try_from(key(record) >> shift).unwrap_or(usize::MAX) & (DIGITS - 1);
        let mut next = [0; DIGITS];
        records.iter().for_each(|record| next[digit(record)] += 1);
        if next.contains(&records.len()) {
            continue;
        }
        let mut start = 0;
        for count in &mut next {
            start += std::mem::replace(count, start);
        }
        for record in records.iter() {
            let place = &mut next[digit(record)];
            sorted[*place] = *record;
            *place += 1;
        }
        std::mem::swap(records, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_sort_does() {
        for bits in [32, 64] {
            let mut state = 1u64;
            let mut records: Vec<(u64, usize)> = (0..5000)
                .map(|index| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((state >> (64 - bits)) & 0xffff_f00f_0000_f0f1, index)
                })
                .collect();
            let mut expected = records.clone();
            expected.sort_by_key(|record| record.0);
            sort_by_key(&mut records, bits, |record| record.0);
            assert_eq!(records, expected);
        }
        sort_by_key(&mut Vec::<u64>::new(), 32, |&key| key);
    }
}
