//! Which rotations the frames of a field have: those of the data, or others that carry no meaning, to compare with.
//!
//! In: angles along edges or links. Out: as many angles. A shuffle keeps the angles and
//! loses where they belong, each turned round with one chance in two; random ones are spread evenly over the circle.
//! Invariant: a function of the angles and the draw alone.

use crate::math::rng::{Draw, uniform01};

/// Where the rotations between frames come from; `soil.frames` of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// From the vectors: how the tangent plane of one place is turned against that of the next.
    Data,
    /// The same rotations, in another order.
    Shuffled,
    /// By any angle.
    Random,
    /// No rotation.
    None,
}

impl FrameKind {
    /// The name used in seeds.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Shuffled => "shuffled",
            Self::Random => "random",
            Self::None => "none",
        }
    }

    /// Puts the rotations of this kind in the place of those of the data.
    pub(in crate::soil) fn replace(self, angles: &mut [f64], rng_seed: u64) {
        let draw = |stream| Draw { rng_seed, stream, step: 0 };
        let new = match self {
            Self::Data => return,
            Self::Shuffled => shuffled(angles, draw(super::SHUFFLES)),
            Self::Random => random(angles.len(), draw(super::ANGLES)),
            Self::None => vec![0.0; angles.len()],
        };
        angles.copy_from_slice(&new);
    }

    /// The same where 0 says that there is no frame: it stays.
    pub(in crate::soil) fn replace_present(self, angles: &mut [f64], rng_seed: u64) {
        let mut present: Vec<f64> = angles.iter().copied().filter(|angle| *angle != 0.0).collect();
        self.replace(&mut present, rng_seed);
        angles.iter_mut().filter(|angle| **angle != 0.0).zip(present).for_each(|(angle, new)| *angle = new);
    }
}

/// The angles in another order, each turned round with one chance in two.
pub(super) fn shuffled(angles: &[f64], draw: Draw) -> Vec<f64> {
    let mut order: Vec<(u32, usize)> = (0..angles.len()).map(|edge| (draw.bits(edge as u64), edge)).collect();
    order.sort_unstable();
    order.iter().map(|&(bits, from)| if bits & 1 == 1 { -angles[from] } else { angles[from] }).collect()
}

/// Angles spread evenly over the circle.
pub(super) fn random(count: usize, draw: Draw) -> Vec<f64> {
    (0..count).map(|edge| std::f64::consts::TAU * (uniform01(draw.bits(edge as u64)) - 0.5)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_the_sizes_and_a_seed_decides() {
        let angles: Vec<f64> = (0..50).map(|i| 0.05 * f64::from(i)).collect();
        let of = |kind: FrameKind, seed| {
            let mut own = angles.clone();
            kind.replace(&mut own, seed);
            own
        };
        assert_eq!(of(FrameKind::Data, 1), angles);
        assert_eq!(of(FrameKind::None, 1), vec![0.0; 50]);
        let shuffled = of(FrameKind::Shuffled, 1);
        assert!(shuffled != angles && shuffled != of(FrameKind::Shuffled, 2));
        let mut sizes: Vec<f64> = shuffled.iter().map(|angle| angle.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        assert_eq!(sizes, angles);
        let random = of(FrameKind::Random, 1);
        assert!(random.iter().all(|angle| angle.abs() <= std::f64::consts::PI) && random.iter().any(|a| a.abs() > 1.0));
    }
}
