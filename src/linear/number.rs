//! Pointwise functions of linearised numbers: each with its derivative.
//!
//! In and out: truths, real numbers, and complex numbers as two real ones. A complex number's parts respond
//! separately, so functions that are not holomorphic (`conj`, `abs`, ...) need nothing special. At a kink the
//! derivative is that of the branch taken, at the origin of `abs` and `arg` it is 0.

use super::dual::Dual;
use crate::math::complex::Complex;
use crate::math::elementary::scalar64 as real;
use crate::model::{Binary, Unary};

/// A linearised value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Linearized {
    Truth(bool),
    Real(Dual),
    Complex(Dual, Dual),
}

use Linearized::{Real, Truth};

impl Linearized {
    pub(super) const fn constant(value: f64) -> Self {
        Real(Dual::constant(value))
    }

    /// The real number; the model has checked the type.
    pub(super) fn real(&self) -> &Dual {
        match self {
            Real(a) => a,
            Self::Complex(..) | Truth(_) => panic!("the model checks that this is real"),
        }
    }

    pub(super) fn truth(&self) -> bool {
        match self {
            Truth(a) => *a,
            Real(_) | Self::Complex(..) => panic!("the model checks that this is a truth value"),
        }
    }

    /// Real and imaginary part.
    pub(super) fn parts(&self) -> (Dual, Dual) {
        match self {
            Self::Complex(re, im) => (re.clone(), im.clone()),
            Real(re) => (re.clone(), Dual::constant(0.0)),
            Truth(_) => panic!("the model checks that this is a number"),
        }
    }

    fn value(&self) -> Complex {
        match self {
            Self::Complex(re, im) => Complex::new(re.value, im.value),
            Real(re) => Complex::from(re.value),
            Truth(_) => panic!("the model checks that this is a number"),
        }
    }

    fn is_real(&self) -> bool {
        matches!(self, Real(_))
    }

    /// The same elsewhere on the wave.
    pub(super) fn turned(&self, phase: Complex) -> Self {
        match self {
            Truth(a) => Truth(*a),
            Real(a) => Real(a.turned(phase)),
            Self::Complex(re, im) => Self::Complex(re.turned(phase), im.turned(phase)),
        }
    }

    /// Chain rule of a holomorphic function: its value, and its complex derivatives by its arguments.
    fn chain(value: Complex, arguments: &[(Complex, &Self)]) -> Self {
        let parts: Vec<_> = arguments.iter().map(|(partial, argument)| (*partial, argument.parts())).collect();
        let re: Vec<_> = parts.iter().flat_map(|(d, (re, im))| [(d.re, re), (-d.im, im)]).collect();
        let im: Vec<_> = parts.iter().flat_map(|(d, (re, im))| [(d.im, re), (d.re, im)]).collect();
        Self::Complex(Dual::chain(value.re, &re), Dual::chain(value.im, &im))
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        if let (Real(a), Real(b)) = (self, other) {
            return Real(a.add(b));
        }
        Self::chain(self.value() + other.value(), &[(Complex::ONE, self), (Complex::ONE, other)])
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        if let (Real(a), Real(b)) = (self, other) {
            return Real(a.sub(b));
        }
        Self::chain(self.value() - other.value(), &[(Complex::ONE, self), (-Complex::ONE, other)])
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        if let (Real(a), Real(b)) = (self, other) {
            return Real(a.mul(b));
        }
        let (a, b) = (self.value(), other.value());
        Self::chain(a * b, &[(b, self), (a, other)])
    }

    fn div(&self, other: &Self) -> Self {
        let (a, b) = (self.value(), other.value());
        if self.is_real() && other.is_real() {
            let quotient = a.re / b.re;
            return Real(Dual::chain(quotient, &[(1.0 / b.re, self.real()), (-quotient / b.re, other.real())]));
        }
        let quotient = a / b;
        Self::chain(quotient, &[(Complex::ONE / b, self), (-quotient / b, other)])
    }

    pub(super) fn scale(&self, factor: f64) -> Self {
        match self {
            Truth(_) => panic!("the model checks that this is a number"),
            Real(a) => Real(a.scale(factor)),
            Self::Complex(re, im) => Self::Complex(re.scale(factor), im.scale(factor)),
        }
    }

    /// `|a|^2`
    pub(super) fn abs2(&self) -> Dual {
        let (re, im) = self.parts();
        re.mul(&re).add(&im.mul(&im))
    }

    /// `e^{i angle} a`
    pub(super) fn rotated(&self, angle: &Dual) -> Self {
        let (sin, cos) = real::sin_cos(angle.value);
        let rotation = Self::Complex(Dual::chain(cos, &[(-sin, angle)]), Dual::chain(sin, &[(cos, angle)]));
        rotation.mul(self)
    }

    /// `a^n`
    pub(super) fn power(&self, n: i32) -> Self {
        if n == 0 {
            return Self::constant(1.0);
        }
        if let Real(a) = self {
            let slope = f64::from(n) * real::powi(a.value, n - 1);
            return Real(Dual::chain(real::powi(a.value, n), &[(slope, a)]));
        }
        let mut product = self.clone();
        for _ in 1..n.unsigned_abs() {
            product = product.mul(self);
        }
        if n < 0 { Self::constant(1.0).div(&product) } else { product }
    }
}

/// A function of one argument.
pub(super) fn unary(function: Unary, a: &Linearized) -> Linearized {
    match (function, a) {
        (Unary::Not, a) => Truth(!a.truth()),
        (Unary::Neg, a) => a.scale(-1.0),
        (Unary::Re, a) => Real(a.parts().0),
        (Unary::Im, a) => Real(a.parts().1),
        (Unary::Abs2, a) => Real(a.abs2()),
        (Unary::Conj, a) => match a {
            Linearized::Complex(re, im) => Linearized::Complex(re.clone(), im.scale(-1.0)),
            other => other.clone(),
        },
        (Unary::Abs, Linearized::Complex(re, im)) => {
            let size = Complex::new(re.value, im.value).abs();
            let (dx, dy) = if size == 0.0 { (0.0, 0.0) } else { (re.value / size, im.value / size) };
            Real(Dual::chain(size, &[(dx, re), (dy, im)]))
        }
        (Unary::Arg, a) => {
            let (re, im) = a.parts();
            Real(angle(&im, &re))
        }
        (_, Linearized::Complex(..)) => holomorphic(function, a),
        (_, a) => Real(of_real(function, a.real())),
    }
}

/// The angle of the vector (x, y).
fn angle(y: &Dual, x: &Dual) -> Dual {
    let square = x.value * x.value + y.value * y.value;
    let (dy, dx) = if square == 0.0 { (0.0, 0.0) } else { (x.value / square, -y.value / square) };
    Dual::chain(real::atan2(y.value, x.value), &[(dy, y), (dx, x)])
}

fn of_real(function: Unary, a: &Dual) -> Dual {
    let x = a.value;
    let (value, derivative) = match function {
        Unary::Abs => (x.abs(), if x < 0.0 { -1.0 } else { 1.0 }),
        Unary::Exp => (real::exp(x), real::exp(x)),
        Unary::Log => (real::log(x), 1.0 / x),
        Unary::Sqrt => (x.sqrt(), 0.5 / x.sqrt()),
        Unary::Sin => (real::sin(x), real::cos(x)),
        Unary::Cos => (real::cos(x), -real::sin(x)),
        Unary::Tan => (real::tan(x), 1.0 + real::tan(x) * real::tan(x)),
        Unary::Sinh => (real::sinh(x), real::cosh(x)),
        Unary::Cosh => (real::cosh(x), real::sinh(x)),
        Unary::Tanh => (real::tanh(x), 1.0 - real::tanh(x) * real::tanh(x)),
        Unary::Floor => (x.floor(), 0.0),
        Unary::Sign => (if x == 0.0 { 0.0 } else { x.signum() }, 0.0),
        Unary::Step => (f64::from(x >= 0.0), 0.0),
        Unary::Neg | Unary::Not | Unary::Re | Unary::Im | Unary::Abs2 | Unary::Arg | Unary::Conj => {
            unreachable!("the same for both kinds of number")
        }
    };
    Dual::chain(value, &[(derivative, a)])
}

fn holomorphic(function: Unary, a: &Linearized) -> Linearized {
    let z = a.value();
    let (value, derivative) = match function {
        Unary::Exp => (exp(z), exp(z)),
        Unary::Log => {
            let log = Complex::new(0.5 * real::log(z.abs2()), real::atan2(z.im, z.re));
            (log, Complex::ONE / z)
        }
        Unary::Sqrt => (z.sqrt(), Complex::from(0.5) / z.sqrt()),
        Unary::Sin => (sin(z), cos(z)),
        Unary::Cos => (cos(z), -sin(z)),
        Unary::Tan => {
            let tan = sin(z) / cos(z);
            (tan, Complex::ONE + tan * tan)
        }
        // sinh z = -i sin(i z), cosh z = cos(i z)
        Unary::Sinh => (-Complex::I * sin(Complex::I * z), cos(Complex::I * z)),
        Unary::Cosh => (cos(Complex::I * z), -Complex::I * sin(Complex::I * z)),
        Unary::Tanh => {
            let tanh = -Complex::I * (sin(Complex::I * z) / cos(Complex::I * z));
            (tanh, Complex::ONE - tanh * tanh)
        }
        Unary::Neg
        | Unary::Not
        | Unary::Re
        | Unary::Im
        | Unary::Abs
        | Unary::Abs2
        | Unary::Arg
        | Unary::Conj
        | Unary::Floor
        | Unary::Sign
        | Unary::Step => unreachable!("not holomorphic, or refused by the model"),
    };
    Linearized::chain(value, &[(derivative, a)])
}

/// `e^z`
pub(super) fn exp(z: Complex) -> Complex {
    let (sin, cos) = real::sin_cos(z.im);
    Complex::new(cos, sin).scale(real::exp(z.re))
}

fn sin(z: Complex) -> Complex {
    let (sin, cos) = real::sin_cos(z.re);
    Complex::new(sin * real::cosh(z.im), cos * real::sinh(z.im))
}

fn cos(z: Complex) -> Complex {
    let (sin, cos) = real::sin_cos(z.re);
    Complex::new(cos * real::cosh(z.im), -sin * real::sinh(z.im))
}

/// A function of two arguments.
pub(super) fn binary(function: Binary, a: &Linearized, b: &Linearized) -> Linearized {
    match function {
        Binary::Add => a.add(b),
        Binary::Sub => a.sub(b),
        Binary::Mul => a.mul(b),
        Binary::Div => a.div(b),
        Binary::Pow => Real(power(a.real(), b.real())),
        Binary::Atan2 => Real(angle(a.real(), b.real())),
        Binary::Min => if b.real().value < a.real().value { b } else { a }.clone(),
        Binary::Max => if b.real().value > a.real().value { b } else { a }.clone(),
        Binary::Less => Truth(a.real().value < b.real().value),
        Binary::LessEqual => Truth(a.real().value <= b.real().value),
        Binary::Equal => Truth(a.value() == b.value()),
        Binary::And => Truth(a.truth() && b.truth()),
        Binary::Or => Truth(a.truth() || b.truth()),
    }
}

/// `a^b` of a positive base.
fn power(a: &Dual, b: &Dual) -> Dual {
    let value = real::pow(a.value, b.value);
    let by_base = b.value * real::pow(a.value, b.value - 1.0);
    Dual::chain(value, &[(by_base, a), (value * real::log(a.value), b)])
}

#[cfg(test)]
mod tests {
    use super::{Binary, Dual, Linearized, Unary, binary, unary};

    const HOLOMORPHIC: [Unary; 9] = [
        Unary::Exp,
        Unary::Log,
        Unary::Sqrt,
        Unary::Sin,
        Unary::Cos,
        Unary::Tan,
        Unary::Sinh,
        Unary::Cosh,
        Unary::Tanh,
    ];
    const STEP: f64 = 1e-6;

    fn complex(re: f64, im: f64) -> Linearized {
        Linearized::Complex(Dual::variable(re, 0, 2), Dual::variable(im, 1, 2))
    }

    fn values(a: &Linearized) -> [f64; 2] {
        let (re, im) = a.parts();
        [re.value, im.value]
    }

    /// Central differences of both parts by both parts.
    fn agrees(name: &str, f: &dyn Fn(f64, f64) -> Linearized, (re, im): (f64, f64)) {
        let exact = f(re, im).parts();
        for (column, (dx, dy)) in [(STEP, 0.0), (0.0, STEP)].into_iter().enumerate() {
            let (above, below) = (values(&f(re + dx, im + dy)), values(&f(re - dx, im - dy)));
            for (part, slope) in [exact.0.slope(column), exact.1.slope(column)].into_iter().enumerate() {
                let measured = (above[part] - below[part]) / (2.0 * STEP);
                assert!((measured - slope.re).abs() < 1e-8, "{name}: {measured} against {}", slope.re);
            }
        }
    }

    #[test]
    fn complex_functions_have_the_derivatives_that_they_show() {
        for function in HOLOMORPHIC.into_iter().chain([Unary::Abs, Unary::Abs2, Unary::Arg, Unary::Conj]) {
            for point in [(0.7, 0.4), (-0.6, 0.9), (-0.3, -1.1)] {
                agrees(&format!("{function:?}"), &|re, im| unary(function, &complex(re, im)), point);
            }
        }
        for n in [-2, -1, 1, 2, 3] {
            agrees("power", &|re, im| complex(re, im).power(n), (0.8, -0.5));
        }
    }

    #[test]
    fn real_functions_have_the_derivatives_that_they_show() {
        let x = |value| Linearized::Real(Dual::variable(value, 0, 2));
        for function in HOLOMORPHIC.into_iter().chain([Unary::Abs, Unary::Abs2, Unary::Step, Unary::Floor]) {
            agrees(&format!("{function:?}"), &|re, _| unary(function, &x(re)), (0.7, 0.0));
        }
        let two = |a, b| (Linearized::Real(Dual::variable(a, 0, 2)), Linearized::Real(Dual::variable(b, 1, 2)));
        for function in [Binary::Div, Binary::Pow, Binary::Atan2, Binary::Min, Binary::Max, Binary::Mul] {
            let f = |a, b| {
                let (a, b) = two(a, b);
                binary(function, &a, &b)
            };
            agrees(&format!("{function:?}"), &f, (1.3, 0.6));
        }
        for n in [-2, 0, 3] {
            agrees("power", &|re, _| x(re).power(n), (0.8, 0.0));
        }
    }
}
