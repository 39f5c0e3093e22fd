//! Complex numbers of f64.
//!
//! In and out: plain pairs. Invariant: products and quotients in the order written here, no fused operations.

use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// `re + i im`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

impl Complex {
    /// 0
    pub const ZERO: Self = Self::new(0.0, 0.0);
    /// 1
    pub const ONE: Self = Self::new(1.0, 0.0);
    /// The imaginary unit.
    pub const I: Self = Self::new(0.0, 1.0);

    /// `re + i im`
    pub const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// `re - i im`
    pub const fn conj(self) -> Self {
        Self::new(self.re, -self.im)
    }

    /// `|z|^2`
    pub const fn abs2(self) -> f64 {
        self.re * self.re + self.im * self.im
    }

    /// `|z|`, without overflow or underflow of the squares.
    pub fn abs(self) -> f64 {
        let (re, im) = (self.re.abs(), self.im.abs());
        let (large, small) = if re < im { (im, re) } else { (re, im) };
        if large == 0.0 {
            return 0.0;
        }
        let ratio = small / large;
        large * (1.0 + ratio * ratio).sqrt()
    }

    /// `factor z` of a real factor.
    pub const fn scale(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }

    /// The square root with a real part that is not negative.
    pub fn sqrt(self) -> Self {
        let abs = self.abs();
        if abs == 0.0 {
            return Self::ZERO;
        }
        let large = (0.5 * (abs + self.re.abs())).sqrt();
        let small = 0.5 * self.im.abs() / large;
        let (re, im) = if self.re < 0.0 { (small, large) } else { (large, small) };
        Self::new(re, if self.im < 0.0 { -im } else { im })
    }
}

impl From<f64> for Complex {
    fn from(re: f64) -> Self {
        Self::new(re, 0.0)
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

impl Div for Complex {
    type Output = Self;
    /// Smith's quotient (1962), which does not square the denominator.
    fn div(self, other: Self) -> Self {
        if other.re.abs() < other.im.abs() {
            let ratio = other.re / other.im;
            let denominator = other.re * ratio + other.im;
            Self::new((self.re * ratio + self.im) / denominator, (self.im * ratio - self.re) / denominator)
        } else {
            let ratio = other.im / other.re;
            let denominator = other.re + other.im * ratio;
            Self::new((self.re + self.im * ratio) / denominator, (self.im - self.re * ratio) / denominator)
        }
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.im)
    }
}

impl AddAssign for Complex {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Complex {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Complex {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

#[cfg(test)]
mod tests {
    use super::Complex;

    #[test]
    fn field_axioms_on_small_integers() {
        let (a, b) = (Complex::new(3.0, -4.0), Complex::new(-1.0, 2.0));
        assert_eq!(a * b / b, a);
        assert_eq!(a - b + b, a);
        assert_eq!(-a + a, Complex::ZERO);
        assert_eq!(a * a.conj(), Complex::from(a.abs2()));
        assert_eq!(Complex::I * Complex::I, -Complex::ONE);
    }

    #[test]
    fn magnitude_survives_where_squares_do_not() {
        assert!((Complex::new(3e200, 4e200).abs() / 5e200 - 1.0).abs() < 1e-15);
        assert!((Complex::new(3e-200, 4e-200).abs() / 5e-200 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn square_root_squares_back() {
        for z in [Complex::new(-4.0, 0.0), Complex::new(3.0, -4.0), Complex::new(-3.0, 4.0), Complex::ZERO] {
            assert!((z.sqrt() * z.sqrt() - z).abs() < 1e-14, "{z:?}");
            assert!(z.sqrt().re >= 0.0);
        }
    }
}
