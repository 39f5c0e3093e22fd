//! Statistics of a few repeats, and the tests that decide.
//!
//! In: samples. Out: means with standard errors, and p-values. Student's t through the regularised incomplete beta
//! function (continued fraction, DLMF 8.17.22, by Lentz's method), Welch's test (Welch 1947, with Satterthwaite's
//! degrees of freedom), a permutation test of the difference of means (exact up to 20 000 regroupings, else that many
//! drawn by Philox), and least squares. Invariant: sums have a fixed shape and nothing calls libm, so a verdict is the
//! same on every machine.

use crate::math::elementary::scalar64::{exp, log};
use crate::math::rng::{Draw, fill_uniform_f64};
use crate::math::sum::{pairwise, reduce};

/// Regroupings that a permutation test looks at, at most.
const REGROUPINGS: usize = 20_000;

/// Stream of the numbers that permutation tests draw.
const STREAM: u32 = 0x4558_0001;

/// Mean and standard error of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many values.
    pub count: usize,
    /// Their mean; NaN of none.
    pub mean: f64,
    /// Standard error of the mean, `s / sqrt(n)` with n - 1 in the variance; NaN of fewer than two.
    pub error: f64,
}

impl Estimate {
    /// Of values that are finite.
    pub fn of(values: &[f64]) -> Self {
        let (count, variance) = (values.len(), variance(values));
        Self { count, mean: mean(values), error: (variance / number(count)).sqrt() }
    }
}

/// The outcome of a test: how far from nothing, and how often chance goes as far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// What was found: a difference of means, a slope.
    pub effect: f64,
    /// Its standard error.
    pub error: f64,
    /// Two-sided p-value; NaN where the samples decide nothing.
    pub p: f64,
}

#[expect(clippy::cast_precision_loss, reason = "sample sizes")]
fn number(count: usize) -> f64 {
    count as f64
}

fn mean(values: &[f64]) -> f64 {
    pairwise(values) / number(values.len())
}

/// With n - 1; NaN of fewer than two.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    reduce(values, |value| (value - mean) * (value - mean)) / (number(values.len()) - 1.0)
}

/// Welch's t test: is the second mean another than the first?
pub fn welch(first: &[f64], second: &[f64]) -> Outcome {
    let effect = mean(second) - mean(first);
    let parts = [first, second].map(|sample| variance(sample) / number(sample.len()));
    let total = parts[0] + parts[1];
    let freedom = total * total
        / (parts[0] * parts[0] / (number(first.len()) - 1.0) + parts[1] * parts[1] / (number(second.len()) - 1.0));
    let error = total.sqrt();
    Outcome { effect, error, p: two_sided(effect, error, freedom) }
}

/// Two-sided p-value of an effect with its standard error.
fn two_sided(effect: f64, error: f64, freedom: f64) -> f64 {
    if effect.is_nan() || error.is_nan() {
        return f64::NAN;
    }
    if error == 0.0 {
        // Without any scatter a difference is certain, and so is its absence.
        return if effect == 0.0 { 1.0 } else { 0.0 };
    }
    student_tail((effect / error).abs(), freedom) * 2.0
}

/// Exact or sampled permutation test of the difference of means: how often a regrouping of all values is as far apart.
pub fn permutation(first: &[f64], second: &[f64]) -> Outcome {
    let effect = mean(second) - mean(first);
    let error = welch(first, second).error;
    if first.is_empty() || second.is_empty() {
        return Outcome { effect, error, p: f64::NAN };
    }
    let all: Vec<f64> = first.iter().chain(second).copied().collect();
    let apart = |chosen: &[usize]| {
        let inside: Vec<f64> = chosen.iter().map(|&index| all[index]).collect();
        let outside: Vec<f64> = (0..all.len()).filter(|index| !chosen.contains(index)).map(|i| all[i]).collect();
        (mean(&outside) - mean(&inside)).abs()
    };
    // Regroupings that are as far but for rounding count as far.
    let far = effect.abs() * (1.0 - 1e-12);
    let p = match choices(all.len(), first.len()) {
        Some(count) => {
            let mut as_far = 0;
            let mut chosen: Vec<usize> = (0..first.len()).collect();
            loop {
                as_far += usize::from(apart(&chosen) >= far);
                if !next_choice(&mut chosen, all.len()) {
                    break number(as_far) / number(count);
                }
            }
        }
        None => {
            let drawn = (0..REGROUPINGS).filter(|&round| apart(&drawn_choice(round, all.len(), first.len())) >= far);
            (number(drawn.count()) + 1.0) / (number(REGROUPINGS) + 1.0)
        }
    };
    Outcome { effect, error, p }
}

/// n over k, if it is small enough to look at all of them.
fn choices(n: usize, k: usize) -> Option<usize> {
    (0..k)
        .try_fold(1_usize, |count, i| Some(count.checked_mul(n - i)? / (i + 1)).filter(|&c| c <= REGROUPINGS * n))
        .filter(|&count| count <= REGROUPINGS)
}

/// The next ascending choice of numbers below n.
fn next_choice(chosen: &mut [usize], n: usize) -> bool {
    let k = chosen.len();
    let Some(movable) = (0..k).rfind(|&i| chosen[i] < n - k + i) else { return false };
    chosen[movable] += 1;
    for i in movable + 1..k {
        chosen[i] = chosen[i - 1] + 1;
    }
    true
}

/// k of n, by a shuffle with numbers of their own.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index below n")]
fn drawn_choice(round: usize, n: usize, k: usize) -> Vec<usize> {
    let mut uniform = vec![0.0; k];
    fill_uniform_f64(&mut uniform, 0, Draw { rng_seed: 0, stream: STREAM, step: round as u64 });
    let mut order: Vec<usize> = (0..n).collect();
    for (i, u) in uniform.into_iter().enumerate() {
        let with = i + ((u * number(n - i)) as usize).min(n - i - 1);
        order.swap(i, with);
    }
    order.truncate(k);
    order
}

/// The slope of the least-squares line, tested against 0.
pub fn regression(points: &[(f64, f64)]) -> Outcome {
    let count = number(points.len());
    let [x, y] = [reduce(points, |p| p.0) / count, reduce(points, |p| p.1) / count];
    let spread = reduce(points, |p| (p.0 - x) * (p.0 - x));
    let slope = reduce(points, |p| (p.0 - x) * (p.1 - y)) / spread;
    let residual = |p: &(f64, f64)| p.1 - y - slope * (p.0 - x);
    let freedom = count - 2.0;
    let error = (reduce(points, |p| residual(p) * residual(p)) / freedom / spread).sqrt();
    let p = if points.len() < 3 { f64::NAN } else { two_sided(slope, error, freedom) };
    Outcome { effect: slope, error, p }
}

/// Probability that Student's t with so many degrees of freedom is above t >= 0.
pub fn student_tail(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5) / 2.0
}

/// The t that is exceeded with probability `tail` (below one half): by bisection.
pub fn student_quantile(tail: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_tail(high, freedom) > tail && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if student_tail(middle, freedom) > tail { low = middle } else { high = middle }
    }
    high
}

/// The regularised incomplete beta function I_x(a, b).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x.is_nan() || a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on one side of the mean: I_x(a, b) = 1 - I_(1-x)(b, a).
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = exp(a * log(x) + b * log(1.0 - x) + log_gamma(a + b) - log_gamma(a) - log_gamma(b)) / a;
    front * fraction(x, a, b)
}

/// The continued fraction of the incomplete beta function.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut product) = (1.0, d);
    for m in 1..=500_u32 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            change = c * d;
            product *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    product
}

/// log Gamma(x), x > 0: Stirling's series (DLMF 5.11.1) above 10, by the recurrence below.
fn log_gamma(x: f64) -> f64 {
    const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_7;
    if x < 10.0 {
        return log_gamma(x + 1.0) - log(x);
    }
    let y = 1.0 / (x * x);
    let series = (1.0 / 12.0 - y * (1.0 / 360.0 - y * (1.0 / 1260.0 - y * (1.0 / 1680.0 - y / 1188.0)))) / x;
    (x - 0.5) * log(x) - x + HALF_LOG_TAU + series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1e-300), "{a} is not {b}");
    }

    #[test]
    fn tails_of_t_have_closed_forms() {
        // One degree of freedom is Cauchy's distribution, two have an algebraic tail.
        for t in [0.1, 1.0, 2.5, 12.0, 300.0] {
            near(student_tail(t, 1.0), 0.5 - t.atan() / std::f64::consts::PI, 1e-11);
            near(student_tail(t, 2.0), 1.0 / (2.0 + t * t + t * (2.0 + t * t).sqrt()), 1e-11);
        }
        // The tables: 97.5 % and 99.5 %.
        for (freedom, tail, t) in
            [(5.0, 0.025, 2.570_581_835_6), (10.0, 0.025, 2.228_138_851_9), (30.0, 0.005, 2.749_995_653_5)]
        {
            near(student_tail(t, freedom), tail, 1e-8);
            near(student_quantile(tail, freedom), t, 1e-8);
        }
        near(student_tail(1.959_963_984_5, 1e7), 0.025, 1e-5);
    }

    #[test]
    fn gamma_is_a_factorial() {
        near(log_gamma(5.0), 24.0_f64.ln(), 1e-14);
        near(log_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-13);
        near(log_gamma(100.0), 359.134_205_369_575_4, 1e-14);
    }

    #[test]
    fn welch_agrees_with_the_textbook() {
        // Equal sizes and variances: Student's own test. t = 2/sqrt(2/3 * 1) with 4 degrees of freedom.
        let outcome = welch(&[1.0, 2.0, 3.0], &[3.0, 4.0, 5.0]);
        near(outcome.effect, 2.0, 1e-15);
        near(outcome.error, (2.0_f64 / 3.0).sqrt(), 1e-15);
        near(outcome.p, 2.0 * student_tail(6.0_f64.sqrt(), 4.0), 1e-14);
        near(outcome.p, 0.070_484, 1e-4);
        assert!(welch(&[1.0], &[2.0, 3.0]).p.is_nan());
        assert_eq!(welch(&[1.0, 1.0], &[1.0, 1.0]).p, 1.0);
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0]).p, 0.0);
    }

    #[test]
    fn permutations_are_counted() {
        // 3 against 3, completely apart: 2 of the 20 regroupings are as far.
        near(permutation(&[1.0, 2.0, 3.0], &[7.0, 8.0, 9.0]).p, 0.1, 1e-15);
        near(permutation(&[1.0, 1.0], &[1.0, 1.0]).p, 1.0, 1e-15);
        // Too many to look at all: two halves of one population.
        let numbers = |from: u32| (from..from + 40).map(|k| f64::from(k * 37 % 41)).collect::<Vec<f64>>();
        let same = permutation(&numbers(0), &numbers(41));
        assert!(same.p > 0.5, "{same:?}");
        let apart = permutation(&numbers(0), &numbers(0).iter().map(|x| x + 60.0).collect::<Vec<f64>>());
        near(apart.p, 1.0 / 20_001.0, 1e-12);
    }

    #[test]
    fn a_slope_is_found() {
        let line: Vec<(f64, f64)> = (0..10).map(f64::from).map(|x| (x, 3.0 - 0.5 * x)).collect();
        let outcome = regression(&line);
        near(outcome.effect, -0.5, 1e-14);
        assert!(outcome.p < 1e-10, "{outcome:?}");
        // Residuals +-1 in turn: s^2 = 10/8, error^2 = s^2/82.5.
        let rough: Vec<(f64, f64)> = line.iter().enumerate().map(|(k, p)| (p.0, [1.0, -1.0][k % 2])).collect();
        assert!(regression(&rough).p > 0.5);
        assert!(regression(&line[..2]).p.is_nan());
    }

    #[test]
    fn errors_of_means() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0]);
        near(estimate.mean, 2.5, 1e-15);
        near(estimate.error, (5.0_f64 / 12.0).sqrt(), 1e-15);
        assert!(Estimate::of(&[1.0]).error.is_nan() && Estimate::of(&[]).mean.is_nan());
    }
}
