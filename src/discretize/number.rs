//! Real and complex numbers as values of a kernel: each operation written as its formula.

use super::lower::Lowering;
use crate::math::arithmetic::Arithmetic;
use crate::math::elementary;
use crate::model::{Binary, Unary};
use crate::program::{KernelBuilder, Value};

/// A lowered number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Lowered {
    Truth(Value),
    Real(Value),
    Complex(Value, Value),
}

impl Lowered {
    /// The real number; the model has checked the type.
    pub(super) fn real(self) -> Value {
        match self {
            Self::Real(a) => a,
            Self::Complex(..) | Self::Truth(_) => panic!("the model checks that this is real"),
        }
    }

    pub(super) fn truth(self) -> Value {
        match self {
            Self::Truth(a) => a,
            Self::Real(_) | Self::Complex(..) => panic!("the model checks that this is a truth value"),
        }
    }

    /// Real and imaginary part.
    pub(super) fn complex(self, k: &mut KernelBuilder) -> (Value, Value) {
        match self {
            Self::Complex(re, im) => (re, im),
            Self::Real(re) => (re, k.constant(0.0)),
            Self::Truth(_) => panic!("the model checks that this is a number"),
        }
    }

    pub(super) fn component(self, index: usize, k: &mut KernelBuilder) -> Value {
        let (re, im) = self.complex(k);
        if index == 0 { re } else { im }
    }
}

/// `a + b`
pub(super) fn add(k: &mut KernelBuilder, a: Lowered, b: Lowered) -> Lowered {
    componentwise(k, a, b, KernelBuilder::add)
}

/// `a - b`
pub(super) fn sub(k: &mut KernelBuilder, a: Lowered, b: Lowered) -> Lowered {
    componentwise(k, a, b, KernelBuilder::sub)
}

fn componentwise(
    k: &mut KernelBuilder,
    a: Lowered,
    b: Lowered,
    operation: impl Fn(&mut KernelBuilder, Value, Value) -> Value,
) -> Lowered {
    if let (Lowered::Real(a), Lowered::Real(b)) = (a, b) {
        return Lowered::Real(operation(k, a, b));
    }
    let ((ar, ai), (br, bi)) = (a.complex(k), b.complex(k));
    Lowered::Complex(operation(k, ar, br), operation(k, ai, bi))
}

/// `a * b`
pub(super) fn mul(k: &mut KernelBuilder, a: Lowered, b: Lowered) -> Lowered {
    match (a, b) {
        (Lowered::Real(a), Lowered::Real(b)) => Lowered::Real(k.mul(a, b)),
        (Lowered::Real(s), Lowered::Complex(re, im)) | (Lowered::Complex(re, im), Lowered::Real(s)) => {
            Lowered::Complex(k.mul(s, re), k.mul(s, im))
        }
        _ => {
            let ((ar, ai), (br, bi)) = (a.complex(k), b.complex(k));
            let (rr, ii, ri, ir) = (k.mul(ar, br), k.mul(ai, bi), k.mul(ar, bi), k.mul(ai, br));
            Lowered::Complex(k.sub(rr, ii), k.add(ri, ir))
        }
    }
}

/// `a / b`
pub(super) fn div(k: &mut KernelBuilder, a: Lowered, b: Lowered) -> Lowered {
    match (a, b) {
        (Lowered::Real(a), Lowered::Real(b)) => Lowered::Real(k.div(a, b)),
        (Lowered::Complex(re, im), Lowered::Real(s)) => Lowered::Complex(k.div(re, s), k.div(im, s)),
        _ => {
            // a / b = a conj(b) / |b|^2
            let numerator = conj(k, b);
            let numerator = mul(k, a, numerator);
            let denominator = abs2(k, b);
            div(k, numerator, Lowered::Real(denominator))
        }
    }
}

/// `-a`
pub(super) fn neg(k: &mut KernelBuilder, a: Lowered) -> Lowered {
    match a {
        Lowered::Real(a) => Lowered::Real(k.neg(a)),
        Lowered::Complex(re, im) => Lowered::Complex(k.neg(re), k.neg(im)),
        Lowered::Truth(_) => panic!("the model checks that this is a number"),
    }
}

/// A real multiple.
pub(super) fn scale(k: &mut KernelBuilder, factor: f64, a: Lowered) -> Lowered {
    let factor = k.constant(factor);
    mul(k, Lowered::Real(factor), a)
}

/// Complex conjugate.
pub(super) fn conj(k: &mut KernelBuilder, a: Lowered) -> Lowered {
    match a {
        Lowered::Complex(re, im) => Lowered::Complex(re, k.neg(im)),
        other => other,
    }
}

/// `|a|^2`
pub(super) fn abs2(k: &mut KernelBuilder, a: Lowered) -> Value {
    match a {
        Lowered::Complex(re, im) => {
            let (rr, ii) = (k.mul(re, re), k.mul(im, im));
            k.add(rr, ii)
        }
        other => {
            let a = other.real();
            k.mul(a, a)
        }
    }
}

/// `a^n` by repeated multiplication.
pub(super) fn power(k: &mut KernelBuilder, a: Lowered, n: i32) -> Lowered {
    let one = Lowered::Real(k.constant(1.0));
    let mut result = None;
    let mut square = a;
    let mut rest = n.unsigned_abs();
    while rest > 0 {
        if rest & 1 == 1 {
            result = Some(result.map_or(square, |result| mul(k, result, square)));
        }
        rest >>= 1;
        if rest > 0 {
            square = mul(k, square, square);
        }
    }
    let result = result.unwrap_or(one);
    if n < 0 { div(k, one, result) } else { result }
}

/// `condition ? a : b`
pub(super) fn select(k: &mut KernelBuilder, condition: Value, a: Lowered, b: Lowered) -> Lowered {
    componentwise(k, a, b, |k, a, b| k.select(condition, a, b))
}

/// `e^{i angle} a`
pub(super) fn rotate(k: &mut KernelBuilder, (sin, cos): (Value, Value), a: Lowered) -> Lowered {
    mul(k, Lowered::Complex(cos, sin), a)
}

/// A function of one argument.
pub(super) fn unary(k: &mut KernelBuilder, function: Unary, a: Lowered) -> Lowered {
    match (function, a) {
        (Unary::Not, a) => {
            let truth = a.truth();
            Lowered::Truth(k.not(truth))
        }
        (Unary::Neg, a) => neg(k, a),
        (Unary::Re, a) => Lowered::Real(a.component(0, k)),
        (Unary::Im, a) => Lowered::Real(a.component(1, k)),
        (Unary::Abs2, a) => Lowered::Real(abs2(k, a)),
        (Unary::Conj, a) => conj(k, a),
        (Unary::Abs, Lowered::Complex(..)) => {
            let square = abs2(k, a);
            Lowered::Real(k.sqrt(square))
        }
        (Unary::Arg, a) => {
            let (re, im) = a.complex(k);
            Lowered::Real(elementary::atan2(k, im, re))
        }
        (_, Lowered::Complex(re, im)) => complex_unary(k, function, re, im),
        (_, a) => Lowered::Real(real_unary(k, function, a.real())),
    }
}

fn real_unary(k: &mut KernelBuilder, function: Unary, a: Value) -> Value {
    match function {
        Unary::Abs => k.abs(a),
        Unary::Exp => elementary::exp(k, a),
        Unary::Log => elementary::log(k, a),
        Unary::Sqrt => k.sqrt(a),
        Unary::Sin => elementary::sin(k, a),
        Unary::Cos => elementary::cos(k, a),
        Unary::Tan => elementary::tan(k, a),
        Unary::Sinh => elementary::sinh(k, a),
        Unary::Cosh => elementary::cosh(k, a),
        Unary::Tanh => elementary::tanh(k, a),
        Unary::Floor => k.floor(a),
        Unary::Sign => elementary::sign(k, a),
        Unary::Step => {
            let (zero, one) = (k.constant(0.0), k.constant(1.0));
            let due = k.less_equal(zero, a);
            k.select(due, one, zero)
        }
        Unary::Neg | Unary::Not | Unary::Re | Unary::Im | Unary::Abs2 | Unary::Arg | Unary::Conj => {
            unreachable!("lowered for both kinds of number")
        }
    }
}

/// Principal values, by the textbook formulas.
fn complex_unary(k: &mut KernelBuilder, function: Unary, re: Value, im: Value) -> Lowered {
    match function {
        // e^{a + ib} = e^a (cos b + i sin b)
        Unary::Exp => {
            let size = elementary::exp(k, re);
            let (sin, cos) = elementary::sin_cos(k, im);
            Lowered::Complex(k.mul(size, cos), k.mul(size, sin))
        }
        // log z = log|z|^2 / 2 + i arg z
        Unary::Log => {
            let square = abs2(k, Lowered::Complex(re, im));
            let (log, half) = (elementary::log(k, square), k.constant(0.5));
            Lowered::Complex(k.mul(half, log), elementary::atan2(k, im, re))
        }
        Unary::Sqrt => complex_sqrt(k, re, im),
        // sin(a + ib) = sin a cosh b + i cos a sinh b
        Unary::Sin => {
            let (sin, cos) = elementary::sin_cos(k, re);
            let (sinh, cosh) = (elementary::sinh(k, im), elementary::cosh(k, im));
            Lowered::Complex(k.mul(sin, cosh), k.mul(cos, sinh))
        }
        // cos(a + ib) = cos a cosh b - i sin a sinh b
        Unary::Cos => {
            let (sin, cos) = elementary::sin_cos(k, re);
            let (sinh, cosh) = (elementary::sinh(k, im), elementary::cosh(k, im));
            let imaginary = k.mul(sin, sinh);
            Lowered::Complex(k.mul(cos, cosh), k.neg(imaginary))
        }
        // sinh(a + ib) = sinh a cos b + i cosh a sin b
        Unary::Sinh => {
            let (sin, cos) = elementary::sin_cos(k, im);
            let (sinh, cosh) = (elementary::sinh(k, re), elementary::cosh(k, re));
            Lowered::Complex(k.mul(sinh, cos), k.mul(cosh, sin))
        }
        // cosh(a + ib) = cosh a cos b + i sinh a sin b
        Unary::Cosh => {
            let (sin, cos) = elementary::sin_cos(k, im);
            let (sinh, cosh) = (elementary::sinh(k, re), elementary::cosh(k, re));
            Lowered::Complex(k.mul(cosh, cos), k.mul(sinh, sin))
        }
        Unary::Tanh => {
            let (re, im) = complex_tanh(k, re, im);
            Lowered::Complex(re, im)
        }
        // tan(a + ib) = -i tanh(-b + ia), and tanh(-b + ia) = -conj(tanh(b + ia))
        Unary::Tan => {
            let (im, re) = complex_tanh(k, im, re);
            Lowered::Complex(re, im)
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
        | Unary::Step => unreachable!("lowered before, or refused by the model"),
    }
}

/// sqrt(a + ib) = t + i b/2t for a >= 0, |b|/2t +- i t for a < 0, with t = sqrt((|z| + |a|)/2): nothing cancels.
fn complex_sqrt(k: &mut KernelBuilder, re: Value, im: Value) -> Lowered {
    let (half, zero, one) = (k.constant(0.5), k.constant(0.0), k.constant(1.0));
    let square = abs2(k, Lowered::Complex(re, im));
    let (size, magnitude) = (k.sqrt(square), k.abs(re));
    let sum = k.add(size, magnitude);
    let mean = k.mul(half, sum);
    let t = k.sqrt(mean);
    let vanishes = k.equal(t, zero);
    let divisor = k.select(vanishes, one, t);
    let half_im = k.mul(half, im);
    let other = k.div(half_im, divisor);
    let (below, other_size, negated) = (k.less(im, zero), k.abs(other), k.neg(t));
    let signed = k.select(below, negated, t);
    let left = k.less(re, zero);
    Lowered::Complex(k.select(left, other_size, t), k.select(left, signed, other))
}

/// tanh(a + ib) = (T (1 + s^2) + i s / cosh^2 a) / (1 + T^2 s^2) with T = tanh a, s = tan b (Kahan 1987).
fn complex_tanh(k: &mut KernelBuilder, re: Value, im: Value) -> (Value, Value) {
    let one = k.constant(1.0);
    let (tanh, tan, cosh) = (elementary::tanh(k, re), elementary::tan(k, im), elementary::cosh(k, re));
    let sech = k.div(one, cosh);
    let (product, tan_square) = (k.mul(tanh, tan), k.mul(tan, tan));
    let product_square = k.mul(product, product);
    let (below, secant_square) = (k.add(one, product_square), k.add(one, tan_square));
    let (real, sech_square) = (k.mul(tanh, secant_square), k.mul(sech, sech));
    let imaginary = k.mul(tan, sech_square);
    (k.div(real, below), k.div(imaginary, below))
}

/// A function of two arguments.
pub(super) fn binary(k: &mut KernelBuilder, function: Binary, a: Lowered, b: Lowered) -> Lowered {
    match function {
        Binary::Add => add(k, a, b),
        Binary::Sub => sub(k, a, b),
        Binary::Mul => mul(k, a, b),
        Binary::Div => div(k, a, b),
        Binary::Pow => Lowered::Real(elementary::pow(k, a.real(), b.real())),
        Binary::Atan2 => Lowered::Real(elementary::atan2(k, a.real(), b.real())),
        Binary::Min => Lowered::Real(k.min(a.real(), b.real())),
        Binary::Max => Lowered::Real(k.max(a.real(), b.real())),
        Binary::Less => Lowered::Truth(k.less(a.real(), b.real())),
        Binary::LessEqual => Lowered::Truth(k.less_equal(a.real(), b.real())),
        Binary::Equal => {
            let ((ar, ai), (br, bi)) = (a.complex(k), b.complex(k));
            let (re, im) = (k.equal(ar, br), k.equal(ai, bi));
            Lowered::Truth(if ai == bi { re } else { k.and(re, im) })
        }
        Binary::And => Lowered::Truth(k.and(a.truth(), b.truth())),
        Binary::Or => Lowered::Truth(k.or(a.truth(), b.truth())),
    }
}

impl Lowering<'_> {
    /// Real zero.
    pub(super) fn zero(&mut self) -> Lowered {
        Lowered::Real(self.k.constant(0.0))
    }
}
