//! Are two samples of one kind? The two-sample test of Kolmogorov and Smirnov.
//!
//! In: two samples. Out: the probability that two samples of one distribution are as far apart (asymptotic, with
//! Stephens' correction for small samples). Samples of a field that follow one another are alike: [`batches`] makes
//! means of stretches, which are less so.

use crate::math::elementary::scalar64::exp;

/// Stretches whose means count as one sample each.
const BATCHES: usize = 8;

/// Means of equal stretches of a series; an incomplete one at the start is left out.
#[expect(clippy::cast_precision_loss, reason = "few values")]
pub(super) fn batches(values: &[f64]) -> Vec<f64> {
    let length = (values.len() / BATCHES).max(1);
    let whole = &values[values.len() % length..];
    whole.chunks_exact(length).map(|stretch| stretch.iter().sum::<f64>() / length as f64).collect()
}

/// The probability of a largest difference of the two distributions like this one, if they are one.
#[expect(clippy::cast_precision_loss, reason = "few values")]
pub(super) fn same_kind(first: &[f64], second: &[f64]) -> f64 {
    let share = |sample: &[f64], limit: f64| {
        sample.iter().filter(|&&value| value <= limit).count() as f64 / sample.len() as f64
    };
    let all = first.iter().chain(second);
    let apart = all.map(|&limit| (share(first, limit) - share(second, limit)).abs()).fold(0.0, f64::max);
    let (n, m) = (first.len() as f64, second.len() as f64);
    let root = (n * m / (n + m)).sqrt();
    let lambda = (root + 0.12 + 0.11 / root) * apart;
    if lambda < 0.3 {
        return 1.0; // the series below is slow there, and this is right to 1e-5
    }
    let term = |k: i32| {
        let k = f64::from(k);
        exp(-2.0 * k * k * lambda * lambda)
    };
    let sum: f64 = (1..=20).map(|k| if k % 2 == 1 { term(k) } else { -term(k) }).sum();
    (2.0 * sum).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_samples_are_of_one_kind_and_shifted_ones_are_not() {
        let first: Vec<f64> = (0..24).map(|i| f64::from(i * 7 % 24)).collect();
        let near: Vec<f64> = first.iter().map(|value| value + 0.5).collect();
        let far: Vec<f64> = first.iter().map(|value| value + 20.0).collect();
        assert!(same_kind(&first, &first) > 0.999);
        assert!(same_kind(&first, &near) > 0.9);
        assert!(same_kind(&first, &far) < 1e-6);
    }

    #[test]
    fn the_probability_is_that_of_the_tables() {
        // Critical value of the asymptotic distribution at 5 %: 1.358.
        let n = 2000_i32;
        let first: Vec<f64> = (0..n).map(f64::from).collect();
        let shift = 1.358 * (2.0 / f64::from(n)).sqrt() * f64::from(n);
        let second: Vec<f64> = first.iter().map(|value| value + shift.round()).collect();
        assert!((same_kind(&first, &second) - 0.05).abs() < 0.005);
    }

    #[test]
    fn stretches_have_means() {
        assert_eq!(batches(&(0..17).map(f64::from).collect::<Vec<_>>()), [1.5, 3.5, 5.5, 7.5, 9.5, 11.5, 13.5, 15.5]);
    }
}
