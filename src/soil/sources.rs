//! Masses in the plane, and what they do to a point together: the inner loops of the repulsion.
//!
//! In: masses and where they are. Out: `sum_j m_j/(1 + |y - y_j|^2)` with its gradient, or its Taylor polynomial of second
//! order. Invariant: [`LANES`] interleaved sums, added up pairwise at the end, by the same operations whatever registers
//! the processor has ([`pulp`]).

use pulp::{Arch, Simd, WithSimd};

/// Sums side by side: the widest register holds as many.
const LANES: usize = 16;

type Lanes = [f32; LANES];

/// Masses and their places, filled up to whole lanes with masses of 0.
#[derive(Default)]
pub(super) struct Sources {
    count: usize,
    masses: Vec<Lanes>,
    x: Vec<Lanes>,
    y: Vec<Lanes>,
}

/// The field of sources at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Near {
    pub(super) value: f32,
    /// Derivatives by x and y.
    pub(super) gradient: [f32; 2],
}

/// Value, gradient and second derivatives (xx, xy, yy) of a field at a point, and so near it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Far {
    pub(super) value: f32,
    pub(super) gradient: [f32; 2],
    curvature: [f32; 3],
}

impl Sources {
    pub(super) fn clear(&mut self) {
        self.count = 0;
        [&mut self.masses, &mut self.x, &mut self.y].into_iter().for_each(Vec::clear);
    }

    pub(super) fn push(&mut self, mass: f32, [x, y]: [f32; 2]) {
        let lane = self.count % LANES;
        if lane == 0 {
            [&mut self.masses, &mut self.x, &mut self.y].into_iter().for_each(|lanes| lanes.push([0.0; LANES]));
        }
        let block = self.count / LANES;
        (self.masses[block][lane], self.x[block][lane], self.y[block][lane]) = (mass, x, y);
        self.count += 1;
    }

    /// The field at a point.
    pub(super) fn near(&self, at: [f32; 2]) -> Near {
        Arch::new().dispatch(NearAt(self, at))
    }

    /// The field about a point.
    pub(super) fn far(&self, at: [f32; 2]) -> Far {
        Arch::new().dispatch(FarAt(self, at))
    }

    #[inline(always)]
    fn near_in_lanes(&self, [x, y]: [f32; 2]) -> Near {
        let (mut value, mut slope_x, mut slope_y) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for ((masses, xs), ys) in self.masses.iter().zip(&self.x).zip(&self.y) {
            for lane in 0..LANES {
                let (dx, dy) = (x - xs[lane], y - ys[lane]);
                let kernel = 1.0 / (1.0 + dx * dx + dy * dy);
                let weighed = masses[lane] * kernel;
                let first = weighed * kernel;
                value[lane] += weighed;
                slope_x[lane] += first * dx;
                slope_y[lane] += first * dy;
            }
        }
        Near { value: total(value), gradient: [-2.0 * total(slope_x), -2.0 * total(slope_y)] }
    }

    #[inline(always)]
    fn far_in_lanes(&self, [x, y]: [f32; 2]) -> Far {
        let mut sums = [[0.0; LANES]; 6];
        for ((masses, xs), ys) in self.masses.iter().zip(&self.x).zip(&self.y) {
            for lane in 0..LANES {
                let (dx, dy) = (x - xs[lane], y - ys[lane]);
                let kernel = 1.0 / (1.0 + dx * dx + dy * dy);
                let weighed = masses[lane] * kernel;
                let first = -2.0 * weighed * kernel;
                let second = -4.0 * first * kernel;
                sums[0][lane] += weighed;
                sums[1][lane] += first * dx;
                sums[2][lane] += first * dy;
                sums[3][lane] += first + second * dx * dx;
                sums[4][lane] += second * dx * dy;
                sums[5][lane] += first + second * dy * dy;
            }
        }
        let [value, x, y, xx, xy, yy] = sums.map(total);
        Far { value, gradient: [x, y], curvature: [xx, xy, yy] }
    }
}

/// The field at a point, still to be summed.
struct NearAt<'a>(&'a Sources, [f32; 2]);

impl WithSimd for NearAt<'_> {
    type Output = Near;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Near {
        self.0.near_in_lanes(self.1)
    }
}

/// The field about a point, still to be summed.
struct FarAt<'a>(&'a Sources, [f32; 2]);

impl WithSimd for FarAt<'_> {
    type Output = Far;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Far {
        self.0.far_in_lanes(self.1)
    }
}

impl Far {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            gradient: [0, 1].map(|axis| self.gradient[axis] + other.gradient[axis]),
            curvature: [0, 1, 2].map(|pair| self.curvature[pair] + other.curvature[pair]),
        }
    }

    /// The same polynomial about another point, so far from the first.
    pub(super) fn shifted(&self, [dx, dy]: [f32; 2]) -> Self {
        let [xx, xy, yy] = self.curvature;
        let bend = [xx * dx + xy * dy, xy * dx + yy * dy];
        Self {
            value: self.value + (self.gradient[0] + 0.5 * bend[0]) * dx + (self.gradient[1] + 0.5 * bend[1]) * dy,
            gradient: [self.gradient[0] + bend[0], self.gradient[1] + bend[1]],
            curvature: self.curvature,
        }
    }
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn total(mut lanes: Lanes) -> f32 {
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(count: usize) -> Sources {
        let mut sources = Sources::default();
        for i in 0..count {
            sources.push(1.0 + (i % 3) as f32, [(i * i % 17) as f32 / 4.0, (i * 7 % 13) as f32 / 3.0]);
        }
        sources
    }

    #[test]
    fn all_widths_give_the_same_bits() {
        for count in [0, 1, 15, 16, 17, 100] {
            let sources = sources(count);
            for at in [[0.3, 0.7], [5.0, -2.0]] {
                assert_eq!(sources.near(at), sources.near_in_lanes(at));
                assert_eq!(sources.far(at), sources.far_in_lanes(at));
            }
        }
    }

    #[test]
    fn a_polynomial_is_the_field_near_its_point() {
        let sources = sources(40);
        let at = [9.0, 8.0];
        let far = sources.far(at);
        assert_eq!((far.value, far.gradient), (sources.near(at).value, sources.near(at).gradient));
        let step = [0.2, -0.1];
        let there = sources.near([at[0] + step[0], at[1] + step[1]]);
        let shifted = far.shifted(step);
        assert!((shifted.value - there.value).abs() < 1e-4 * there.value, "{shifted:?} {there:?}");
        assert!((0..2).all(|axis| (shifted.gradient[axis] - there.gradient[axis]).abs() < 2e-3));
    }
}
