//! Discrete Fourier transforms along one axis of a planar array, in f32 or f64.
//!
//! In: real and imaginary parts as two arrays of one shape (x fastest). Out, in place: `X_k = sum_j x_j e^(-2 pi i jk/n)`
//! along the axis; the inverse has the opposite sign and the factor 1/n. The self-sorting algorithm of Stockham with
//! passes of radix 4, 2, 3 and 5 (Van Loan, Computational Frameworks for the FFT, 1992): the cells of the faster axes
//! go through every pass together, side by side. Invariant: the order of operations depends on n alone, and the
//! factors come from our own sine and cosine, so results are the same on every machine.

use std::ops::{Add, Mul, Neg, Sub};

use super::elementary::scalar64;

/// Why a size cannot be transformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a Fourier transform of {size} points is not available: sizes are products of 2, 3 and 5; the next one is {next}"
)]
pub struct FftError {
    /// The size asked for.
    pub size: usize,
    /// The smallest size that would do.
    pub next: usize,
}

/// A number type with transforms: f32 or f64.
pub trait Real: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self> {
    /// The nearest number.
    fn rounded(value: f64) -> Self;
}

impl Real for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
    fn rounded(value: f64) -> Self {
        value as Self
    }
}

impl Real for f64 {
    fn rounded(value: f64) -> Self {
        value
    }
}

/// A complex number (re, im).
type Pair<T> = [T; 2];

/// The transform of a fixed number of points.
#[derive(Clone, Debug)]
pub struct Fft<T> {
    n: usize,
    radices: Vec<usize>,
    /// `e^(-2 pi i j / n)` for j below n.
    roots: Vec<Pair<T>>,
}

impl<T: Real> Fft<T> {
    /// Prepares the transform of n points; n must be a product of powers of 2, 3 and 5.
    pub fn new(n: usize) -> Result<Self, FftError> {
        check_size(n)?;
        let radices = radices(n).expect("the size is available");
        let roots = (0..n).map(|j| root_of_unity(j, n).map(T::rounded)).collect();
        Ok(Self { n, radices, roots })
    }

    /// Number of points.
    pub fn size(&self) -> usize {
        self.n
    }

    /// Transforms some columns of n numbers that lie side by side: number j of column q at `columns * j + q`.
    /// `scratch` are two arrays of the same length.
    ///
    /// # Panics
    /// If the arrays do not have n times `columns` numbers.
    pub fn forward_columns(&self, re: &mut [T], im: &mut [T], scratch: [&mut [T]; 2], columns: usize) {
        assert!(re.len() == self.n * columns && im.len() == re.len(), "n rows of columns");
        assert!(scratch.iter().all(|part| part.len() == re.len()), "scratch as large as the data");
        self.transform_slab(re, im, scratch, columns);
    }

    /// Transforms along an axis (0 = x) of an array with the given extents.
    ///
    /// # Panics
    /// If the extents do not match the arrays, or the extent of the axis is not that of the transform.
    pub fn forward(&self, re: &mut [T], im: &mut [T], shape: [usize; 3], axis: usize) {
        assert_eq!(shape[axis], self.n, "the extent of the axis is the size of the transform");
        assert!(re.len() == shape.iter().product::<usize>() && im.len() == re.len(), "arrays of the given shape");
        let inner: usize = shape[..axis].iter().product();
        let slab = inner * self.n;
        let mut scratch = [vec![T::rounded(0.0); slab], vec![T::rounded(0.0); slab]];
        for (re, im) in re.chunks_exact_mut(slab.max(1)).zip(im.chunks_exact_mut(slab.max(1))) {
            let [scratch_re, scratch_im] = &mut scratch;
            self.transform_slab(re, im, [scratch_re, scratch_im], inner);
        }
    }

    /// Undoes [`Self::forward`].
    ///
    /// # Panics
    /// As [`Self::forward`].
    pub fn inverse(&self, re: &mut [T], im: &mut [T], shape: [usize; 3], axis: usize) {
        // Exchanging the parts of the input and of the output conjugates the kernel.
        self.forward(im, re, shape, axis);
        #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
        let factor = T::rounded(1.0 / self.n as f64);
        for value in re.iter_mut().chain(im) {
            *value = *value * factor;
        }
    }

    fn transform_slab<'a>(&self, re: &'a mut [T], im: &'a mut [T], scratch: Planes<'a, T>, inner: usize) {
        let mut from: Planes<'a, T> = [re, im];
        let mut to: Planes<'a, T> = scratch;
        let (mut length, mut stride) = (self.n, inner);
        for &radix in &self.radices {
            match radix {
                2 => self.pass(&from, &mut to, length, stride, transform_2),
                3 => self.pass(&from, &mut to, length, stride, transform_3),
                4 => self.pass(&from, &mut to, length, stride, transform_4),
                _ => self.pass(&from, &mut to, length, stride, transform_5),
            }
            length /= radix;
            stride *= radix;
            std::mem::swap(&mut from, &mut to);
        }
        if self.radices.len() % 2 == 1 {
            for (target, source) in to.into_iter().zip(from) {
                target.copy_from_slice(source);
            }
        }
    }

    /// One pass: `to[q + s (R p + k)] = w^(p k) sum_j from[q + s (p + m j)] e^(-2 pi i jk/R)` with `w = e^(-2 pi i/length)`,
    /// s = stride, m = length / R, p < m, q < s.
    #[inline(always)]
    fn pass<const R: usize>(
        &self,
        from: &Planes<'_, T>,
        to: &mut Planes<'_, T>,
        length: usize,
        stride: usize,
        small: impl Fn([Pair<T>; R]) -> [Pair<T>; R],
    ) {
        let m = length / R;
        let [to_re, to_im] = to;
        let targets = to_re.chunks_exact_mut(R * stride).zip(to_im.chunks_exact_mut(R * stride));
        for (p, (to_re, to_im)) in targets.enumerate() {
            let factors: [Pair<T>; R] = std::array::from_fn(|k| self.roots[p * k * (self.n / length) % self.n]);
            let source = |plane: usize, j: usize| &from[plane][stride * (p + m * j)..][..stride];
            let re: [&[T]; R] = std::array::from_fn(|j| source(0, j));
            let im: [&[T]; R] = std::array::from_fn(|j| source(1, j));
            let mut parts = to_re.chunks_exact_mut(stride);
            let to_re: [&mut [T]; R] = std::array::from_fn(|_| parts.next().expect("R parts of length stride"));
            let mut parts = to_im.chunks_exact_mut(stride);
            let to_im: [&mut [T]; R] = std::array::from_fn(|_| parts.next().expect("R parts of length stride"));
            for q in 0..stride {
                let sums = small(std::array::from_fn(|j| [re[j][q], im[j][q]]));
                for k in 0..R {
                    let [re, im] = product(sums[k], factors[k]);
                    to_re[k][q] = re;
                    to_im[k][q] = im;
                }
            }
        }
    }
}

/// The real and the imaginary parts of a slab.
type Planes<'a, T> = [&'a mut [T]; 2];

/// The smallest size not below n that can be transformed (the largest power of two, if n is beyond it).
pub fn next_size(n: usize) -> usize {
    let powers = |base: usize| std::iter::successors(Some(1_usize), move |power| power.checked_mul(base));
    powers(5)
        .flat_map(|fives| powers(3).map_while(move |threes| fives.checked_mul(threes)))
        .filter_map(|odd| n.div_ceil(odd).checked_next_power_of_two()?.checked_mul(odd))
        .min()
        .unwrap_or(1 << (usize::BITS - 1))
}

/// Whether n points can be transformed: n is a product of powers of 2, 3 and 5.
pub fn check_size(n: usize) -> Result<(), FftError> {
    radices(n).map(|_| ()).ok_or_else(|| FftError { size: n, next: next_size(n) })
}

/// n as a product of 4, 2, 3 and 5, in the order of the passes.
pub(crate) fn radices(n: usize) -> Option<Vec<usize>> {
    let mut rest = n;
    let mut radices = Vec::new();
    for radix in [4, 2, 3, 5] {
        while rest > 0 && rest.is_multiple_of(radix) {
            radices.push(radix);
            rest /= radix;
        }
    }
    (rest == 1).then_some(radices)
}

/// `e^(-2 pi i j / n)`, j < n, with the exact symmetries of the circle.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
pub(crate) fn root_of_unity(j: usize, n: usize) -> Pair<f64> {
    let (quarter, rest) = (4 * j / n, 4 * j % n);
    // The angle within the quarter, measured from the nearer axis: at most pi/4.
    let angle = |part: usize| std::f64::consts::FRAC_PI_2 * (part as f64 / n as f64);
    let (sin, cos) = if 2 * rest <= n {
        scalar64::sin_cos(angle(rest))
    } else {
        let (sin, cos) = scalar64::sin_cos(angle(n - rest));
        (cos, sin)
    };
    match quarter {
        0 => [cos, -sin],
        1 => [-sin, -cos],
        2 => [-cos, sin],
        _ => [sin, cos],
    }
}

#[inline(always)]
fn sum<T: Real>(a: Pair<T>, b: Pair<T>) -> Pair<T> {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
fn difference<T: Real>(a: Pair<T>, b: Pair<T>) -> Pair<T> {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline(always)]
fn product<T: Real>(a: Pair<T>, b: Pair<T>) -> Pair<T> {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

/// `factor a` of a real factor.
#[inline(always)]
fn scaled<T: Real>(a: Pair<T>, factor: f64) -> Pair<T> {
    a.map(|part| part * T::rounded(factor))
}

/// `-i a`
#[inline(always)]
fn turned<T: Real>(a: Pair<T>) -> Pair<T> {
    [a[1], -a[0]]
}

#[inline(always)]
fn transform_2<T: Real>([a, b]: [Pair<T>; 2]) -> [Pair<T>; 2] {
    [sum(a, b), difference(a, b)]
}

#[inline(always)]
fn transform_3<T: Real>([a, b, c]: [Pair<T>; 3]) -> [Pair<T>; 3] {
    // cos and sin of 2 pi/3
    const SIN: f64 = 0.866_025_403_784_438_6;
    let even = sum(b, c);
    let odd = turned(scaled(difference(b, c), SIN));
    let middle = difference(a, scaled(even, 0.5));
    [sum(a, even), sum(middle, odd), difference(middle, odd)]
}

#[inline(always)]
fn transform_4<T: Real>([a, b, c, d]: [Pair<T>; 4]) -> [Pair<T>; 4] {
    let [even_sum, even_difference] = transform_2([a, c]);
    let [odd_sum, odd_difference] = transform_2([b, d]);
    let odd = turned(odd_difference);
    [sum(even_sum, odd_sum), sum(even_difference, odd), difference(even_sum, odd_sum), difference(even_difference, odd)]
}

#[inline(always)]
fn transform_5<T: Real>([a, b, c, d, e]: [Pair<T>; 5]) -> [Pair<T>; 5] {
    // cos and sin of 2 pi/5 and 4 pi/5
    const COS: [f64; 2] = [0.309_016_994_374_947_45, -0.809_016_994_374_947_5];
    const SIN: [f64; 2] = [0.951_056_516_295_153_5, 0.587_785_252_292_473_1];
    let (even_1, odd_1) = (sum(b, e), difference(b, e));
    let (even_2, odd_2) = (sum(c, d), difference(c, d));
    let middle_1 = sum(a, sum(scaled(even_1, COS[0]), scaled(even_2, COS[1])));
    let middle_2 = sum(a, sum(scaled(even_1, COS[1]), scaled(even_2, COS[0])));
    let side_1 = turned(sum(scaled(odd_1, SIN[0]), scaled(odd_2, SIN[1])));
    let side_2 = turned(difference(scaled(odd_1, SIN[1]), scaled(odd_2, SIN[0])));
    [
        sum(a, sum(even_1, even_2)),
        sum(middle_1, side_1),
        sum(middle_2, side_2),
        difference(middle_2, side_2),
        difference(middle_1, side_1),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Fft, Pair, Real, next_size, radices, root_of_unity};
    use crate::math::rng::{Draw, fill_normal_f64};

    fn noise(count: usize, stream: u32) -> Vec<f64> {
        let mut numbers = vec![0.0; count];
        fill_normal_f64(&mut numbers, 0, Draw { rng_seed: 5, stream, step: 0 });
        numbers
    }

    /// The definition, along one axis.
    fn naive(re: &[f64], im: &[f64], shape: [usize; 3], axis: usize) -> Vec<Pair<f64>> {
        let n = shape[axis];
        let inner: usize = shape[..axis].iter().product();
        (0..re.len())
            .map(|cell| {
                let k = cell / inner % n;
                let start = cell - k * inner;
                (0..n).fold([0.0; 2], |sum, j| {
                    let (x, root) = (start + j * inner, root_of_unity(j * k % n, n));
                    super::sum(sum, super::product([re[x], im[x]], root))
                })
            })
            .collect()
    }

    /// Largest deviation from the definition and of the inverse from the original, relative to the largest value.
    fn deviations<T: Real + Into<f64>>(shape: [usize; 3], axis: usize) -> [f64; 2] {
        let count = shape.iter().product();
        let (re, im) = (noise(count, 0), noise(count, 1));
        let expected = naive(&re, &im, shape, axis);
        let round = |values: &[f64]| values.iter().map(|&value| T::rounded(value)).collect::<Vec<T>>();
        let (mut a, mut b) = (round(&re), round(&im));
        let fft = Fft::<T>::new(shape[axis]).expect("an available size");
        let difference = |a: &[T], b: &[T], expected: &mut dyn Iterator<Item = Pair<f64>>| {
            let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
            for ((&re, &im), [x, y]) in a.iter().zip(b).zip(expected) {
                worst = worst.max((re.into() - x).abs()).max((im.into() - y).abs());
                largest = largest.max(x.abs()).max(y.abs());
            }
            worst / largest
        };
        fft.forward(&mut a, &mut b, shape, axis);
        let forward = difference(&a, &b, &mut expected.into_iter());
        fft.inverse(&mut a, &mut b, shape, axis);
        [forward, difference(&a, &b, &mut re.iter().zip(&im).map(|(&re, &im)| [re, im]))]
    }

    #[test]
    fn all_small_sizes_agree_with_the_definition() {
        for n in (1..=60).filter(|&n| radices(n).is_some()) {
            for (shape, axis) in [([n, 1, 1], 0), ([n, 3, 2], 0), ([3, n, 2], 1), ([2, 3, n], 2)] {
                let double = deviations::<f64>(shape, axis);
                assert!(double.iter().all(|&error| error < 2e-15), "{shape:?}: {double:?}");
                let single = deviations::<f32>(shape, axis);
                assert!(single.iter().all(|&error| error < 1e-6), "{shape:?}: {single:?}");
            }
        }
    }

    #[test]
    fn parseval() {
        let n = 960;
        let (mut re, mut im) = (noise(n, 2), noise(n, 3));
        let power = |re: &[f64], im: &[f64]| re.iter().zip(im).map(|(a, b)| a * a + b * b).sum::<f64>();
        let before = power(&re, &im);
        Fft::new(n).expect("an available size").forward(&mut re, &mut im, [n, 1, 1], 0);
        assert!((power(&re, &im) / before / 960.0 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_wave_has_one_coefficient() {
        let n = 48;
        let (mut re, mut im): (Vec<f64>, Vec<f64>) = (0..n)
            .map(|j| {
                let [cos, minus_sin] = root_of_unity(5 * j % n, n);
                (cos, -minus_sin)
            })
            .unzip();
        Fft::new(n).expect("an available size").forward(&mut re, &mut im, [n, 1, 1], 0);
        for k in 0..n {
            let expected = if k == 5 { 48.0 } else { 0.0 };
            assert!((re[k] - expected).abs() < 1e-13 && im[k].abs() < 1e-13, "{k}: {} {}", re[k], im[k]);
        }
    }

    #[test]
    fn other_sizes_are_refused_with_advice() {
        for (size, next) in [(0, 1), (7, 8), (11, 12), (77, 80)] {
            let error = Fft::<f64>::new(size).expect_err("not a product of 2, 3 and 5");
            assert_eq!((error.size, error.next), (size, next));
        }
        assert_eq!(next_size(1025), 1080);
        let searched = |n: usize| (n..).find(|&size| radices(size).is_some());
        assert!((1..3000).all(|n| Some(next_size(n)) == searched(n)));
        assert!(next_size(usize::MAX) > usize::MAX / 2, "ends at once");
    }
}
