//! Random numbers without a state: a number is a function of (rng_seed, stream, step, cell).
//!
//! In: the identity of a number. Out: 32 random bits, a uniform or a normal number made of them. The generator is
//! Philox4x32-10 (Salmon et al., SC 2011): key = rng_seed (low, high), counter = (cell / 4, step low, step high,
//! stream), and cell mod 4 chooses one of the four words, so that four neighbouring cells share one evaluation. A cell
//! is counted as it is stored, x fastest, without ghosts; below 2^34. Invariant: a number does not depend on what else
//! is drawn, in which order or by how many threads. `shaders/common/rng.wgsl` computes the same on a GPU.

mod normal;

pub use normal::{normal_f32, normal_f64};

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// Golden ratio and sqrt 3 - 1, what the key grows by in each round.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// Counters evaluated together: enough to fill the widest vector registers.
const GROUPS: usize = 16;
/// Cells of one counter.
const LANES: usize = 4;

/// Four words of 32 random bits.
#[inline]
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox_blocks(counter.map(|word| [word]), key).map(|[word]| word)
}

/// Philox of N counters, word by word.
#[inline(always)]
fn philox_blocks<const N: usize>(mut counters: [[u32; N]; 4], mut key: [u32; 2]) -> [[u32; N]; 4] {
    for _ in 0..ROUNDS {
        #[expect(clippy::needless_range_loop, reason = "four arrays advance together")]
        for i in 0..N {
            let [a, b, c, d] = [counters[0][i], counters[1][i], counters[2][i], counters[3][i]];
            let (low0, high0) = a.widening(MULTIPLIERS[0]);
            let (low1, high1) = c.widening(MULTIPLIERS[1]);
            counters[0][i] = high1 ^ b ^ key[0];
            counters[1][i] = low1;
            counters[2][i] = high0 ^ d ^ key[1];
            counters[3][i] = low0;
        }
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counters
}

/// The full product of two words as (low, high).
trait Widening {
    fn widening(self, other: Self) -> (Self, Self)
    where
        Self: Sized;
}

impl Widening for u32 {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
    fn widening(self, other: Self) -> (Self, Self) {
        let product = u64::from(self) * u64::from(other);
        (product as u32, (product >> 32) as u32)
    }
}

/// Low and high word.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the two halves")]
const fn words(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// Which random numbers: those of one stream at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The random seed of the run.
    pub rng_seed: u64,
    /// Distinguishes independent uses within a step.
    pub stream: u32,
    /// The step of the run.
    pub step: u64,
}

impl Draw {
    /// The bits of one cell.
    pub fn bits(self, cell: u64) -> u32 {
        let [step_low, step_high] = words(self.step);
        let counter = [words(cell / LANES as u64)[0], step_low, step_high, self.stream];
        let [lane, _] = words(cell % LANES as u64);
        philox4x32(counter, words(self.rng_seed))[lane as usize]
    }

    /// The bits of the cells of consecutive groups, in the order of cells.
    #[inline(always)]
    fn block(self, first_group: u64) -> [[u32; LANES]; GROUPS] {
        let [step_low, step_high] = words(self.step);
        let mut group = first_group;
        let groups = std::array::from_fn(|_| {
            let [low, _] = words(group);
            group += 1;
            low
        });
        let counters = [groups, [step_low; GROUPS], [step_high; GROUPS], [self.stream; GROUPS]];
        let drawn = philox_blocks(counters, words(self.rng_seed));
        std::array::from_fn(|i| std::array::from_fn(|lane| drawn[lane][i]))
    }

    /// Fills a range of cells with what `convert` makes of their bits.
    #[inline(always)]
    fn fill<T: Copy + Default>(self, out: &mut [T], first_cell: u64, convert: impl Fn(u32) -> T) {
        let mut first_group = first_cell / LANES as u64;
        let [lane, _] = words(first_cell % LANES as u64);
        let mut skipped = lane as usize;
        let mut rest = out;
        let mut numbers = [T::default(); GROUPS * LANES];
        while !rest.is_empty() {
            let bits = self.block(first_group);
            for (number, &bits) in numbers.iter_mut().zip(bits.as_flattened()) {
                *number = convert(bits);
            }
            let count = rest.len().min(numbers.len() - skipped);
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(&numbers[skipped..skipped + count]);
            rest = later;
            skipped = 0;
            first_group += GROUPS as u64;
        }
    }
}

/// A number in (0, 1): the middle of one of 2^32 equal intervals.
#[inline]
pub fn uniform01(bits: u32) -> f64 {
    (f64::from(bits) + 0.5) / 4_294_967_296.0
}

/// Fills the cells from `first_cell` on with normal numbers of mean 0 and variance 1, in f32 arithmetic.
pub fn fill_normal_f32(out: &mut [f32], first_cell: u64, draw: Draw) {
    draw.fill(out, first_cell, normal_f32);
}

/// Fills the cells from `first_cell` on with normal numbers of mean 0 and variance 1.
pub fn fill_normal_f64(out: &mut [f64], first_cell: u64, draw: Draw) {
    draw.fill(out, first_cell, normal_f64);
}

/// Fills the cells from `first_cell` on with numbers in (0, 1).
pub fn fill_uniform_f64(out: &mut [f64], first_cell: u64, draw: Draw) {
    draw.fill(out, first_cell, uniform01);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        let zeros = philox4x32([0; 4], [0; 2]);
        assert_eq!(zeros, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let ones = philox4x32([u32::MAX; 4], [u32::MAX; 2]);
        assert_eq!(ones, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    const DRAW: Draw = Draw { rng_seed: 0x0123_4567_89ab_cdef, stream: 3, step: (7 << 32) + 5 };

    #[test]
    fn a_cell_does_not_depend_on_the_range() {
        let mut whole = vec![0.0; 301];
        fill_normal_f64(&mut whole, 2, DRAW);
        for split in [1, 2, 3, 63, 64, 65, 200] {
            let mut parts = vec![0.0; 301];
            let (left, right) = parts.split_at_mut(split);
            fill_normal_f64(left, 2, DRAW);
            fill_normal_f64(right, 2 + split as u64, DRAW);
            assert_eq!(whole, parts, "split at {split}");
        }
        for (cell, &number) in (2..).zip(&whole) {
            assert_eq!(normal_f64(DRAW.bits(cell)).to_bits(), number.to_bits());
        }
    }

    #[test]
    fn streams_steps_and_seeds_differ() {
        let others = [Draw { stream: 4, ..DRAW }, Draw { step: 5, ..DRAW }, Draw { rng_seed: 1, ..DRAW }];
        for other in others {
            assert!((0..64).any(|cell| other.bits(cell) != DRAW.bits(cell)), "{other:?}");
        }
    }

    #[test]
    fn moments_of_a_million_draws() {
        const N: usize = 1_000_000;
        let mut numbers = vec![0.0; N];
        fill_normal_f64(&mut numbers, 0, DRAW);
        let mean_of = |term: &dyn Fn(f64) -> f64| numbers.iter().map(|&x| term(x)).sum::<f64>() / 1e6;
        // Expectation and variance of one term under the normal distribution.
        let tail = 2.699_796_063_260_19e-3;
        let checks: [(&str, f64, f64, f64); 4] = [
            ("mean", mean_of(&|x| x), 0.0, 1.0),
            ("variance", mean_of(&|x| x * x), 1.0, 2.0),
            ("kurtosis", mean_of(&|x| x * x * x * x), 3.0, 96.0),
            ("beyond 3 sigma", mean_of(&|x| f64::from(x.abs() > 3.0)), tail, tail * (1.0 - tail)),
        ];
        for (name, measured, expected, variance) in checks {
            let sigma = (variance / 1e6).sqrt();
            assert!((measured - expected).abs() < 4.0 * sigma, "{name}: {measured}, expected {expected} +- {sigma}");
        }
        let neighbours = numbers.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / 1e6;
        assert!(neighbours.abs() < 4e-3, "correlation of neighbours {neighbours}");
    }

    #[test]
    fn uniforms_stay_inside() {
        assert!(uniform01(0) > 0.0 && uniform01(u32::MAX) < 1.0);
        let mut numbers = vec![0.0; 100_000];
        fill_uniform_f64(&mut numbers, 1, DRAW);
        let mean = numbers.iter().sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 4.0 * (1.0_f64 / 12.0 / 1e5).sqrt(), "mean {mean}");
    }
}
