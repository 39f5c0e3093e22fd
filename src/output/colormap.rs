//! Colour maps. In: a number in [0, 1], or a complex number. Out: sRGB bytes.
//!
//! All maps are curves in OKLab (B. Ottosson, 2020), where equal distances look equally different. The open curves are
//! splines through a few points whose lightness only rises (sequential) or peaks in the middle (diverging), cut into
//! steps of equal length. The closed one is a circle of constant chroma whose lightness leans towards yellow, so that
//! opposite phases differ in lightness too, for those who see fewer hues. Only + - * / and square roots are used:
//! the same bytes on every machine.

use std::sync::LazyLock;

/// Colours in a table.
const STEPS: usize = 256;

/// A colour in OKLab: lightness, green to red, blue to yellow.
type Lab = [f64; 3];

/// sRGB bytes.
pub type Rgb = [u8; 3];

/// A map from numbers to colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Palette {
    /// Sequential, from ink blue through teal to pale gold: amounts.
    Tide,
    /// Sequential, from ink violet through rust to cream: strain, energy.
    Ember,
    /// Diverging, blue below and rust above a pale middle: signed values.
    Balance,
    /// Cyclic: phases; 0 and 1 are the same colour.
    Wheel,
}

impl Palette {
    /// The colour at `t`, clamped to [0, 1] (cyclic: taken modulo 1). NaN has none: the caller leaves it transparent.
    pub fn color(self, t: f64) -> Rgb {
        let t = if self == Self::Wheel { t - t.floor() } else { t.clamp(0.0, 1.0) };
        let table = self.table();
        table[step(t, if self == Self::Wheel { STEPS } else { STEPS - 1 })]
    }

    /// All 256 colours, from 0 up.
    pub fn table(self) -> &'static [Rgb; STEPS] {
        static TIDE: LazyLock<[Rgb; STEPS]> = LazyLock::new(|| bytes(&even(&TIDE_POINTS, STEPS)));
        static EMBER: LazyLock<[Rgb; STEPS]> = LazyLock::new(|| bytes(&even(&EMBER_POINTS, STEPS)));
        static BALANCE: LazyLock<[Rgb; STEPS]> = LazyLock::new(|| {
            let mut lower = even(&BALANCE_LOWER, STEPS / 2);
            lower.extend(even(&BALANCE_UPPER, STEPS / 2));
            bytes(&lower)
        });
        static WHEEL: LazyLock<[Rgb; STEPS]> = LazyLock::new(|| bytes(&circle()));
        match self {
            Self::Tide => &TIDE,
            Self::Ember => &EMBER,
            Self::Balance => &BALANCE,
            Self::Wheel => &WHEEL,
        }
    }

    /// Whether 0 belongs in the middle of the range.
    pub const fn diverging(self) -> bool {
        matches!(self, Self::Balance)
    }
}

/// The colour of a complex number: hue = argument as in [`Palette::Wheel`], lightness and chroma grow with the
/// magnitude, which is `full` at the full colour.
pub fn domain_color(re: f64, im: f64, full: f64) -> Rgb {
    let magnitude = (re * re + im * im).sqrt();
    if magnitude <= 0.0 || full <= 0.0 {
        return rgb(INK);
    }
    let color = hue([re / magnitude, im / magnitude]);
    let share = (magnitude / full).min(1.0);
    rgb(mix(INK, color, share))
}

// Control points: lightness in nearly equal steps; hue turns one way.
const TIDE_POINTS: [Lab; 7] = [
    [0.17, 0.014, -0.053],
    [0.31, 0.000, -0.105],
    [0.46, -0.036, -0.080],
    [0.61, -0.082, -0.022],
    [0.76, -0.086, 0.074],
    [0.88, -0.034, 0.130],
    [0.965, -0.006, 0.060],
];
const EMBER_POINTS: [Lab; 7] = [
    [0.16, 0.025, -0.043],
    [0.29, 0.080, -0.068],
    [0.43, 0.140, -0.005],
    [0.57, 0.138, 0.078],
    [0.71, 0.078, 0.128],
    [0.85, 0.012, 0.118],
    [0.965, -0.004, 0.050],
];
const BALANCE_LOWER: [Lab; 4] =
    [[0.27, -0.022, -0.090], [0.47, -0.041, -0.113], [0.72, -0.042, -0.070], [0.955, 0.0, 0.004]];
const BALANCE_UPPER: [Lab; 4] = [[0.955, 0.0, 0.004], [0.74, 0.062, 0.076], [0.50, 0.103, 0.084], [0.29, 0.080, 0.052]];

/// The colour of nothing: magnitude 0.
const INK: Lab = [0.16, 0.0, -0.015];

// Cosines and sines of: one step of the circle, the hue of phase 0 (25 degrees), the hue of yellow (100 degrees).
const ONE_STEP: [f64; 2] = [0.999_698_818_696_204_3, 0.024_541_228_522_912_288];
const HUE_OF_ZERO: [f64; 2] = [0.906_307_787_036_65, 0.422_618_261_740_699_4];
const YELLOW: [f64; 2] = [-0.173_648_177_666_930_3, 0.984_807_753_012_208];
/// Chroma of the circle, near the largest that sRGB has at all hues.
const CHROMA: f64 = 0.12;

/// Index of `t` in [0, 1] among `count` steps.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= t <= 1")]
fn step(t: f64, count: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "a table is small")]
    let position = (t * count as f64 + if count == STEPS { 0.0 } else { 0.5 }) as usize;
    position.min(STEPS - 1)
}

/// The wheel's colour in a direction of the complex plane.
fn hue(direction: [f64; 2]) -> Lab {
    let [c, s] = rotate(direction, HUE_OF_ZERO);
    [0.69 + 0.12 * (c * YELLOW[0] + s * YELLOW[1]), CHROMA * c, CHROMA * s]
}

fn rotate([a, b]: [f64; 2], [c, s]: [f64; 2]) -> [f64; 2] {
    [a * c - b * s, a * s + b * c]
}

fn circle() -> Vec<Lab> {
    let mut direction = [1.0, 0.0];
    let mut colors = Vec::with_capacity(STEPS);
    for _ in 0..STEPS {
        colors.push(hue(direction));
        direction = rotate(direction, ONE_STEP);
    }
    colors
}

/// `count` colours at equal distances along the spline through `points`, ends included.
#[expect(clippy::cast_precision_loss, reason = "a table is small")]
fn even(points: &[Lab], count: usize) -> Vec<Lab> {
    const FINE: usize = 64;
    let last = points.len() - 1;
    let fine: Vec<Lab> =
        (0..=last * FINE).map(|k| spline(points, (k / FINE).min(last - 1), k as f64 / FINE as f64)).collect();
    let mut length = vec![0.0; fine.len()];
    for k in 1..fine.len() {
        length[k] = length[k - 1] + distance(fine[k - 1], fine[k]);
    }
    let total = length[fine.len() - 1];
    let mut k = 0;
    (0..count)
        .map(|i| {
            let target = total * i as f64 / (count - 1) as f64;
            while k + 2 < fine.len() && length[k + 1] < target {
                k += 1;
            }
            mix(fine[k], fine[k + 1], ((target - length[k]) / (length[k + 1] - length[k])).clamp(0.0, 1.0))
        })
        .collect()
}

/// Catmull-Rom spline at `position`, which lies in the given segment; the ends are continued straight.
#[expect(clippy::cast_precision_loss, reason = "a handful of points")]
fn spline(points: &[Lab], segment: usize, position: f64) -> Lab {
    let t = position - segment as f64;
    let (p1, p2) = (points[segment], points[segment + 1]);
    let p0 = if segment == 0 { extend(p2, p1) } else { points[segment - 1] };
    let p3 = if segment + 2 < points.len() { points[segment + 2] } else { extend(p1, p2) };
    std::array::from_fn(|c| {
        let (a, b) = (0.5 * (p2[c] - p0[c]), 0.5 * (p3[c] - p1[c]));
        let d = p2[c] - p1[c];
        p1[c] + t * (a + t * (3.0 * d - 2.0 * a - b + t * (a + b - 2.0 * d)))
    })
}

fn extend(from: Lab, to: Lab) -> Lab {
    std::array::from_fn(|c| 2.0 * to[c] - from[c])
}

fn mix(a: Lab, b: Lab, share: f64) -> Lab {
    std::array::from_fn(|c| a[c] + share * (b[c] - a[c]))
}

fn distance(a: Lab, b: Lab) -> f64 {
    (0..3).map(|c| (a[c] - b[c]) * (a[c] - b[c])).sum::<f64>().sqrt()
}

fn bytes(colors: &[Lab]) -> [Rgb; STEPS] {
    std::array::from_fn(|i| rgb(colors[i]))
}

/// sRGB bytes of a colour; one that sRGB lacks loses chroma until it is there.
fn rgb(lab: Lab) -> Rgb {
    let inside = |color: &[f64; 3]| color.iter().all(|v| (-1e-9..=1.0 + 1e-9).contains(v));
    let with = |chroma: f64| linear_rgb([lab[0], lab[1] * chroma, lab[2] * chroma]);
    let full = with(1.0);
    if inside(&full) {
        return full.map(gamma_byte);
    }
    let (mut kept, mut lost) = (0.0, 1.0);
    for _ in 0..20 {
        let middle = f64::midpoint(kept, lost);
        if inside(&with(middle)) {
            kept = middle;
        } else {
            lost = middle;
        }
    }
    with(kept).map(gamma_byte)
}

/// OKLab to linear sRGB.
fn linear_rgb([lightness, a, b]: Lab) -> [f64; 3] {
    let cube = |v: f64| v * v * v;
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}

/// The sRGB transfer function, as a byte: how many bytes begin at or below a value.
fn gamma_byte(linear: f64) -> u8 {
    static STARTS: LazyLock<Vec<f64>> = LazyLock::new(|| (1..=u8::MAX).map(start_of_byte).collect());
    let below = STARTS.partition_point(|&start| start <= linear);
    u8::try_from(below).expect("255 bytes have a start")
}

/// The linear value at which a byte above 0 begins, by bisection.
fn start_of_byte(byte: u8) -> f64 {
    let (mut below, mut start) = (0.0, 1.0);
    loop {
        let middle = f64::midpoint(below, start);
        if middle <= below || middle >= start {
            return start;
        }
        if encoded(middle) * 255.0 + 0.5 < f64::from(byte) {
            below = middle;
        } else {
            start = middle;
        }
    }
}

/// The sRGB transfer function of a value in 0..=1.
fn encoded(v: f64) -> f64 {
    // v^(1/2.4) = v^(5/12), the twelfth root being a cube root and two square roots
    if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * cube_root(v * v * v * v * v).sqrt().sqrt() - 0.055 }
}

/// Newton's iteration from 1, for v in (1e-13, 1].
fn cube_root(v: f64) -> f64 {
    let mut root = 1.0;
    for _ in 0..48 {
        root -= (root - v / (root * root)) / 3.0;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness(color: Rgb) -> f64 {
        0.2126 * f64::from(color[0]) + 0.7152 * f64::from(color[1]) + 0.0722 * f64::from(color[2])
    }

    #[test]
    fn sequential_maps_only_get_lighter() {
        for palette in [Palette::Tide, Palette::Ember] {
            let table = palette.table();
            for pair in table.windows(2) {
                assert!(lightness(pair[1]) > lightness(pair[0]) - 0.6, "{palette:?} {pair:?}");
            }
            assert!(lightness(table[255]) - lightness(table[0]) > 180.0);
        }
    }

    #[test]
    fn the_diverging_map_is_lightest_in_the_middle() {
        let table = Palette::Balance.table();
        assert!(lightness(table[128]) > 225.0 && lightness(table[0]) < 60.0 && lightness(table[255]) < 70.0);
    }

    #[test]
    fn the_cyclic_map_closes_and_agrees_with_domain_colours() {
        let table = Palette::Wheel.table();
        let far: i32 = (0..3).map(|c| (i32::from(table[255][c]) - i32::from(table[0][c])).abs()).sum();
        assert!(far < 12, "{far}");
        assert_eq!(Palette::Wheel.color(1.0), Palette::Wheel.color(0.0));
        assert_eq!(domain_color(1.0, 0.0, 1.0), table[0]);
        assert_eq!(domain_color(0.0, 3.0, 1.0), table[64]);
        assert_eq!(domain_color(0.0, 0.0, 1.0), rgb(INK));
    }

    #[test]
    fn gamma_meets_its_known_values() {
        assert_eq!([gamma_byte(0.0), gamma_byte(0.215_860_5), gamma_byte(1.0)], [0, 128, 255]);
        assert_eq!([-0.1, 1.1, f64::NAN].map(gamma_byte), [0, 255, 0]);
        for k in 0..=10_000 {
            let v = f64::from(k) / 10_000.0;
            assert_eq!(f64::from(gamma_byte(v)), (encoded(v) * 255.0 + 0.5).floor(), "{v}");
        }
    }
}
