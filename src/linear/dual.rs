//! Real numbers with their first-order response to a small plane wave.
//!
//! A quantity of a uniform state that every field component c disturbs by `a_c e^{i k x}` is `value + sum_c slope_c a_c
//! e^{i k x}`: one complex slope per component (forward-mode differentiation). Invariant: an empty row stands for
//! slopes that are all 0; what is infinitely steep but at rest (0 times infinity) does not respond.

use crate::math::complex::Complex;

/// A real number and its slopes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dual {
    pub(super) value: f64,
    pub(super) slopes: Vec<Complex>,
}

impl Dual {
    /// A number that does not respond.
    pub(super) const fn constant(value: f64) -> Self {
        Self { value, slopes: Vec::new() }
    }

    /// The component in column `column` of `columns`.
    pub(super) fn variable(value: f64, column: usize, columns: usize) -> Self {
        let mut slopes = vec![Complex::ZERO; columns];
        slopes[column] = Complex::ONE;
        Self { value, slopes }
    }

    /// Chain rule: a function's value, and its partial derivatives by its arguments.
    pub(super) fn chain(value: f64, arguments: &[(f64, &Self)]) -> Self {
        let columns = arguments.iter().map(|(_, argument)| argument.slopes.len()).max().unwrap_or(0);
        let mut slopes = vec![Complex::ZERO; columns];
        for (partial, argument) in arguments {
            for (sum, &slope) in slopes.iter_mut().zip(&argument.slopes) {
                if slope != Complex::ZERO {
                    *sum += slope.scale(*partial);
                }
            }
        }
        Self { value, slopes }
    }

    /// `a + b`
    pub(super) fn add(&self, other: &Self) -> Self {
        Self::chain(self.value + other.value, &[(1.0, self), (1.0, other)])
    }

    /// `a - b`
    pub(super) fn sub(&self, other: &Self) -> Self {
        Self::chain(self.value - other.value, &[(1.0, self), (-1.0, other)])
    }

    /// `a b`
    pub(super) fn mul(&self, other: &Self) -> Self {
        Self::chain(self.value * other.value, &[(other.value, self), (self.value, other)])
    }

    /// `factor a`
    pub(super) fn scale(&self, factor: f64) -> Self {
        Self::chain(factor * self.value, &[(factor, self)])
    }

    /// The same quantity elsewhere: the state is uniform, the wave has turned by `phase`.
    pub(super) fn turned(&self, phase: Complex) -> Self {
        Self { value: self.value, slopes: self.slopes.iter().map(|&slope| slope * phase).collect() }
    }

    /// The slope in a column.
    pub(super) fn slope(&self, column: usize) -> Complex {
        self.slopes.get(column).copied().unwrap_or(Complex::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::{Complex, Dual};

    #[test]
    fn product_rule_and_a_quarter_turn() {
        let (u, v) = (Dual::variable(3.0, 0, 2), Dual::variable(5.0, 1, 2));
        let product = u.mul(&v).turned(Complex::I);
        assert_eq!(product.value, 15.0);
        assert_eq!(product.slopes, [Complex::new(0.0, 5.0), Complex::new(0.0, 3.0)]);
    }

    #[test]
    fn infinitely_steep_at_rest_is_at_rest() {
        let square = Dual::chain(0.0, &[(0.0, &Dual::variable(0.0, 0, 1))]);
        assert_eq!(Dual::chain(0.0, &[(f64::INFINITY, &square)]).slope(0), Complex::ZERO);
    }
}
