//! The elementary functions of plain numbers: `scalar64::sin(x)`, `scalar32::sin(x)`.
//!
//! In and out: f64 or f32. Invariant: the same bits as a kernel of that precision computes on the CPU.

macro_rules! scalar_functions {
    ($(#[$documentation:meta])* $module:ident, $real:ty) => {
        $(#[$documentation])*
        pub mod $module {
            use crate::math::arithmetic::Scalar;
            use crate::math::elementary;

            scalar_functions!(@unary $real, "Sine of an angle in radians.", sin);
            scalar_functions!(@unary $real, "Cosine of an angle in radians.", cos);
            scalar_functions!(@unary $real, "Tangent of an angle in radians.", tan);
            scalar_functions!(@unary $real, "`e^x`.", exp);
            scalar_functions!(@unary $real, "Natural logarithm; minus infinity of what is not positive.", log);
            scalar_functions!(@unary $real, "Hyperbolic sine.", sinh);
            scalar_functions!(@unary $real, "Hyperbolic cosine.", cosh);
            scalar_functions!(@unary $real, "Hyperbolic tangent.", tanh);

            /// Sine and cosine of an angle in radians.
            #[inline]
            pub fn sin_cos(x: $real) -> ($real, $real) {
                if x.abs() < 0.78 {
                    // Nothing is to be reduced: the same operations without the rest of them.
                    return elementary::sin_cos_reduced(&mut Scalar::<$real>::default(), x);
                }
                elementary::sin_cos(&mut Scalar::<$real>::default(), x)
            }

            /// The angle of the vector (x, y) in radians, in [-pi, pi].
            #[inline]
            pub fn atan2(y: $real, x: $real) -> $real {
                elementary::atan2(&mut Scalar::<$real>::default(), y, x)
            }

            /// `base^exponent` of a positive base.
            #[inline]
            pub fn pow(base: $real, exponent: $real) -> $real {
                elementary::pow(&mut Scalar::<$real>::default(), base, exponent)
            }

            /// `x^n` of an integer power.
            #[inline]
            pub fn powi(x: $real, n: i32) -> $real {
                elementary::powi(&mut Scalar::<$real>::default(), x, n)
            }
        }
    };
    (@unary $real:ty, $documentation:literal, $function:ident) => {
        #[doc = $documentation]
        #[inline]
        pub fn $function(x: $real) -> $real {
            elementary::$function(&mut Scalar::<$real>::default(), x)
        }
    };
}

scalar_functions!(
    /// Functions of f64.
    scalar64,
    f64
);
scalar_functions!(
    /// Functions of f32.
    scalar32,
    f32
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::arithmetic::Scalar;
    use crate::math::elementary;

    #[test]
    fn the_short_way_has_the_same_bits() {
        for x in (-4000..=4000).map(|k| f64::from(k) * 0.000_391_7).chain([-0.0]) {
            let (sine, cosine) = elementary::sin_cos(&mut Scalar::<f64>::default(), x);
            assert_eq!(scalar64::sin_cos(x).0.to_bits(), sine.to_bits(), "{x}");
            assert_eq!(scalar64::sin_cos(x).1.to_bits(), cosine.to_bits(), "{x}");
            #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
            let x = x as f32;
            assert_eq!(scalar32::sin_cos(x), elementary::sin_cos(&mut Scalar::<f32>::default(), x), "{x}");
        }
    }
}
