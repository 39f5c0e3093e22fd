//! The few operations that every back end performs alike, as a trait.
//!
//! A formula written against [`Arithmetic`] is written once: evaluated with [`Scalar`] it is a Rust function, and
//! given a kernel under construction it becomes operations of a Program, hence machine code and WGSL.
//! Invariant: each operation is one IEEE 754 operation in the stated precision (or exact).

/// The floating-point format a run is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// Binary32: the only one of the GPU back end, and the default.
    F32,
    /// Binary64: the reference, on the CPU back end.
    F64,
}

impl Precision {
    /// Bytes of one number.
    pub const fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The largest finite number, as f64.
    pub const fn largest(self) -> f64 {
        match self {
            Self::F32 => f32::MAX as f64,
            Self::F64 => f64::MAX,
        }
    }

    /// The name used in manifests and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// What a back end can do with numbers. Names follow the equation language.
pub trait Arithmetic {
    /// A real number.
    type Real: Copy;
    /// The outcome of a comparison.
    type Truth: Copy;

    /// The format of the numbers, which decides the polynomial used by an elementary function.
    fn precision(&self) -> Precision;
    /// A literal, rounded to the precision.
    fn constant(&mut self, value: f64) -> Self::Real;
    /// `-a`
    fn neg(&mut self, a: Self::Real) -> Self::Real;
    /// `|a|`
    fn abs(&mut self, a: Self::Real) -> Self::Real;
    /// The correctly rounded square root.
    fn sqrt(&mut self, a: Self::Real) -> Self::Real;
    /// The largest integer not above `a`.
    fn floor(&mut self, a: Self::Real) -> Self::Real;
    /// `a + b`
    fn add(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    /// `a - b`
    fn sub(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    /// `a * b`
    fn mul(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    /// `a / b`
    fn div(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    /// `b` if `b < a`, else `a`.
    fn min(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    /// `b` if `a < b`, else `a`.
    fn max(&mut self, a: Self::Real, b: Self::Real) -> Self::Real;
    /// `2^n` for an integral `n` in the exponent range of normal numbers (-126..=127, or -1022..=1023).
    fn power2(&mut self, n: Self::Real) -> Self::Real;
    /// The binary exponent of a positive normal number: `e` with `a = m * 2^e`, `1 <= m < 2`.
    fn exponent(&mut self, a: Self::Real) -> Self::Real;
    /// The significand `m` of a positive normal number, `1 <= m < 2`.
    fn significand(&mut self, a: Self::Real) -> Self::Real;
    /// `a < b`
    fn less(&mut self, a: Self::Real, b: Self::Real) -> Self::Truth;
    /// `a <= b`
    fn less_equal(&mut self, a: Self::Real, b: Self::Real) -> Self::Truth;
    /// `a == b`
    fn equal(&mut self, a: Self::Real, b: Self::Real) -> Self::Truth;
    /// Both.
    fn and(&mut self, a: Self::Truth, b: Self::Truth) -> Self::Truth;
    /// Either.
    fn or(&mut self, a: Self::Truth, b: Self::Truth) -> Self::Truth;
    /// Not.
    fn not(&mut self, a: Self::Truth) -> Self::Truth;
    /// `a` where `condition` holds, else `b`; both are evaluated.
    fn select(&mut self, condition: Self::Truth, a: Self::Real, b: Self::Real) -> Self::Real;
}

/// Plain evaluation, one number at a time: `Scalar::<f32>::default()` or `Scalar::<f64>::default()`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar<T>(std::marker::PhantomData<T>);

macro_rules! scalar {
    ($real:ty, $bits:ty, $signed:ty, $precision:expr, $significand_bits:expr, $bias:expr) => {
        impl Arithmetic for Scalar<$real> {
            type Real = $real;
            type Truth = bool;

            fn precision(&self) -> Precision {
                $precision
            }
            #[allow(
                clippy::cast_possible_truncation,
                trivial_numeric_casts,
                reason = "a literal is rounded to the precision of the run; the same body serves f64"
            )]
            fn constant(&mut self, value: f64) -> $real {
                value as $real
            }
            fn neg(&mut self, a: $real) -> $real {
                -a
            }
            fn abs(&mut self, a: $real) -> $real {
                a.abs()
            }
            fn sqrt(&mut self, a: $real) -> $real {
                a.sqrt()
            }
            fn floor(&mut self, a: $real) -> $real {
                a.floor()
            }
            fn add(&mut self, a: $real, b: $real) -> $real {
                a + b
            }
            fn sub(&mut self, a: $real, b: $real) -> $real {
                a - b
            }
            fn mul(&mut self, a: $real, b: $real) -> $real {
                a * b
            }
            fn div(&mut self, a: $real, b: $real) -> $real {
                a / b
            }
            fn min(&mut self, a: $real, b: $real) -> $real {
                if b < a { b } else { a }
            }
            fn max(&mut self, a: $real, b: $real) -> $real {
                if a < b { b } else { a }
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "integral and in range")]
            fn power2(&mut self, n: $real) -> $real {
                <$real>::from_bits(((n as $signed + $bias) as $bits) << $significand_bits)
            }
            #[expect(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "at most 11 bits")]
            fn exponent(&mut self, a: $real) -> $real {
                ((a.to_bits() >> $significand_bits) as $signed - $bias) as $real
            }
            fn significand(&mut self, a: $real) -> $real {
                let fraction: $bits = (1 << $significand_bits) - 1;
                <$real>::from_bits((a.to_bits() & fraction) | (($bias as $bits) << $significand_bits))
            }
            fn less(&mut self, a: $real, b: $real) -> bool {
                a < b
            }
            fn less_equal(&mut self, a: $real, b: $real) -> bool {
                a <= b
            }
            #[expect(clippy::float_cmp, reason = "the language's == is exact equality")]
            fn equal(&mut self, a: $real, b: $real) -> bool {
                a == b
            }
            fn and(&mut self, a: bool, b: bool) -> bool {
                a && b
            }
            fn or(&mut self, a: bool, b: bool) -> bool {
                a || b
            }
            fn not(&mut self, a: bool) -> bool {
                !a
            }
            fn select(&mut self, condition: bool, a: $real, b: $real) -> $real {
                if condition { a } else { b }
            }
        }
    };
}

scalar!(f32, u32, i32, Precision::F32, 23, 127);
scalar!(f64, u64, i64, Precision::F64, 52, 1023);
