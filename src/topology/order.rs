//! Total orders on field values: numbers in, integer keys out.
//!
//! Sweeping a field upwards (sublevel) or downwards (superlevel) only needs to know which of two values comes first.
//! A key answers that with one integer comparison, in the value's own precision; `-0.0` and `0.0` share a key.
//! Ties are broken by cell index (simulation of simplicity): the key and the index are packed into one integer.
//! Invariant: values that are not finite are outside the domain and come last in either direction.

use std::ops::Not;

/// Which sets grow: those below a rising level, or those above a falling one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filtration {
    /// Cells with `value <= level`, the level rising: births are minima.
    Sublevel,
    /// Cells with `value >= level`, the level falling: births are maxima.
    Superlevel,
}

/// An unsigned key that can be packed with a cell index into one integer.
pub trait Key: Copy + Ord + Send + Sync + Not<Output = Self> {
    /// Twice as wide: key in the upper half, index in the lower.
    type Packed: Copy + Ord + Send + Sync;
    /// The key of what is outside the domain.
    const LAST: Self;
    /// Orders by key, then by index.
    fn pack(self, index: u32) -> Self::Packed;
    /// Bits of the key.
    const BITS: u32;
    /// The key of a packed pair.
    fn bits(packed: Self::Packed) -> u64;
    /// The index of a packed pair.
    fn index(packed: Self::Packed) -> u32;
}

impl Key for u32 {
    type Packed = u64;
    const LAST: Self = Self::MAX;
    const BITS: u32 = Self::BITS;
    fn bits(packed: u64) -> u64 {
        packed >> 32
    }
    fn pack(self, index: u32) -> u64 {
        u64::from(self) << 32 | u64::from(index)
    }
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the index")]
    fn index(packed: u64) -> u32 {
        packed as u32
    }
}

impl Key for u64 {
    type Packed = u128;
    const LAST: Self = Self::MAX;
    const BITS: u32 = Self::BITS;
    #[expect(clippy::cast_possible_truncation, reason = "the key has 64 bits")]
    fn bits(packed: u128) -> u64 {
        (packed >> 32) as u64
    }
    fn pack(self, index: u32) -> u128 {
        u128::from(self) << 32 | u128::from(index)
    }
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is the index")]
    fn index(packed: u128) -> u32 {
        packed as u32
    }
}

/// A number that a field can be made of.
pub trait Ordered: Copy + PartialEq + Send + Sync {
    /// Wide enough for every value.
    type Key: Key;
    /// Strictly increasing in the value.
    fn ascending(self) -> Self::Key;
    /// Whether the value belongs to the domain: not a NaN, not infinite.
    fn inside(self) -> bool;
    /// The value as a real number, for geometry only (interpolation), rounded if need be.
    fn approximate(self) -> f64;

    /// Increasing in the order of the sweep; last if outside the domain.
    fn key(self, filtration: Filtration) -> Self::Key {
        match filtration {
            _ if !self.inside() => Self::Key::LAST,
            Filtration::Sublevel => self.ascending(),
            Filtration::Superlevel => !self.ascending(),
        }
    }
}

macro_rules! ordered_float {
    ($float:ty, $key:ty) => {
        impl Ordered for $float {
            type Key = $key;
            fn ascending(self) -> $key {
                let sign = 1 << (<$key>::BITS - 1);
                let bits = (self + 0.0).to_bits(); // -0.0 + 0.0 = 0.0
                if bits & sign == 0 { bits | sign } else { !bits }
            }
            fn inside(self) -> bool {
                self.is_finite()
            }
            fn approximate(self) -> f64 {
                f64::from(self)
            }
        }
    };
}
ordered_float!(f32, u32);
ordered_float!(f64, u64);

impl Ordered for i64 {
    type Key = u64;
    fn ascending(self) -> u64 {
        self.cast_unsigned() ^ (1 << 63)
    }
    fn inside(self) -> bool {
        true
    }
    #[expect(clippy::cast_precision_loss, reason = "used for drawing only")]
    fn approximate(self) -> f64 {
        self as f64
    }
}

impl Ordered for u64 {
    type Key = Self;
    fn ascending(self) -> Self {
        self
    }
    fn inside(self) -> bool {
        true
    }
    #[expect(clippy::cast_precision_loss, reason = "used for drawing only")]
    fn approximate(self) -> f64 {
        self as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_the_values() {
        let ascending = [f64::MIN, -1.0, -1e-310, 0.0, 1e-310, 1.0, f64::MAX];
        for pair in ascending.windows(2) {
            assert!(pair[0].ascending() < pair[1].ascending());
            assert!(pair[0].key(Filtration::Superlevel) > pair[1].key(Filtration::Superlevel));
        }
        assert_eq!((-0.0f32).ascending(), 0.0f32.ascending());
        assert!(f32::MAX.key(Filtration::Sublevel) < f32::NAN.key(Filtration::Sublevel));
        assert!(f32::MIN.key(Filtration::Superlevel) < f32::NEG_INFINITY.key(Filtration::Superlevel));
        assert!(i64::MIN.ascending() < (-1i64).ascending() && (-1i64).ascending() < 0i64.ascending());
    }
}
