//! What the colours mean: the range of colours, and the numbers and colours of a colour bar.
//!
//! In: a layer and a look. Out: a range, a [`Legend`]. Invariant: the bar's colours are those of the picture, and its
//! numbers are round ones (1, 2 or 5 times a power of ten).

use super::uniform::Form;
use super::values::{form, layer};
use crate::app::frame::{Frame, Layer};
use crate::app::state::{ColorStyle, Look};
use crate::output::colormap::{Palette, Rgb, domain_color};

/// The range of colours: the fixed one, or that of the data. A diverging palette has 0 in the middle; a range that
/// nearly reaches 0 begins there. Of complex values it is the modulus'.
pub fn color_range(layer: &Layer, look: &Look) -> [f32; 2] {
    let [low, high] = look.range.unwrap_or_else(|| automatic(layer.range, look.style));
    if high > low && low.is_finite() && high.is_finite() {
        return [low, high];
    }
    let low = if low.is_finite() { low } else { 0.0 };
    [low, low + low.abs().max(1.0)]
}

fn automatic([low, high]: [f32; 2], style: ColorStyle) -> [f32; 2] {
    match style {
        ColorStyle::Scalar(palette) if palette.diverging() => {
            let reach = low.abs().max(high.abs());
            [-reach, reach]
        }
        _ if low > 0.0 && low < 0.3 * high => [0.0, high],
        _ => [low, high],
    }
}

/// A number on a colour bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it lies, as a share of the bar.
    pub share: f32,
    /// The number as text.
    pub text: String,
}

/// What the colours of a picture mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Legend {
    /// A bar from the lower to the upper end of the range.
    Bar {
        /// The expression; a modulus is said as such.
        title: String,
        /// 256 colours, from the lower end up.
        colors: Vec<Rgb>,
        /// Numbers from the lower end up.
        ticks: Vec<Tick>,
    },
    /// A ring of phases: colours from angle 0 counter-clockwise.
    Ring {
        /// The expression.
        title: String,
        /// 256 colours once round.
        colors: Vec<Rgb>,
        /// The modulus of the full colour, if modulus is lightness: then the ring is a disc.
        full: Option<String>,
    },
}

impl Legend {
    /// What the colours of a frame mean; none without a layer.
    pub fn of(frame: &Frame, look: &Look) -> Option<Self> {
        let layer = layer(frame, look)?;
        let form = form(look.style, layer.kind);
        let range = color_range(layer, look);
        Some(match form {
            Form::Scalar | Form::Modulus => {
                let palette = match look.style {
                    ColorStyle::Scalar(palette) if palette != Palette::Wheel => palette,
                    _ => Palette::Tide,
                };
                let title =
                    if form == Form::Modulus { format!("|{}|", layer.expression) } else { layer.expression.clone() };
                Self::Bar { title, colors: palette.table().to_vec(), ticks: ticks(range, 5) }
            }
            Form::Phase | Form::Domain => Self::Ring {
                title: layer.expression.clone(),
                colors: Palette::Wheel.table().to_vec(),
                full: (form == Form::Domain).then(|| number(f64::from(range[1]), f64::from(range[1]) / 50.0)),
            },
        })
    }

    /// The colour of a disc of domain colours, at a share of the full modulus and a direction.
    pub fn disc_color(share: f64, direction: [f64; 2]) -> Rgb {
        domain_color(share * direction[0], share * direction[1], 1.0)
    }
}

/// About `most` round numbers in a range, from low to high.
#[expect(clippy::cast_possible_truncation, reason = "shares of a bar")]
pub fn ticks([low, high]: [f32; 2], most: u32) -> Vec<Tick> {
    let (low, high) = (f64::from(low), f64::from(high));
    let length = high - low;
    if !(length > 0.0 && length.is_finite()) {
        return vec![];
    }
    let step = round_step(length / f64::from(most.max(1)));
    let first = (low / step - 1e-6).ceil();
    (0..=2 * most)
        .map(|k| (first + f64::from(k)) * step)
        .take_while(|value| *value <= high + 1e-6 * step)
        .map(|value| Tick { share: ((value - low) / length) as f32, text: number(value, step) })
        .collect()
}

/// The least of 1, 2, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let mut power = 1.0;
    while power > least {
        power /= 10.0;
    }
    while 10.0 * power <= least {
        power *= 10.0;
    }
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(power)
}

/// A number with as many digits as tell it from its neighbours `step` away.
fn number(value: f64, step: f64) -> String {
    let largest = value.abs().max(step);
    if !(1e-3..1e5).contains(&largest) {
        return format!("{value:.1e}").replace(".0e", "e");
    }
    let mut digits = 0;
    let mut unit = 1.0;
    while unit > 1.000_001 * step && digits < 7 {
        unit /= 10.0;
        digits += 1;
    }
    let text = format!("{value:.digits$}");
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        "0".into()
    } else {
        text.replace('-', "\u{2212}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(range: [f32; 2]) -> Vec<String> {
        ticks(range, 5).into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(texts([0.0, 1.0]), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts([-1.3, 1.3]), ["\u{2212}1", "0", "1"]);
        assert_eq!(texts([0.013, 0.0149]), ["0.0130", "0.0135", "0.0140", "0.0145"]);
        assert_eq!(texts([0.0, 2e6]).last().unwrap(), "2e6");
        assert!(texts([1.0, 1.0]).is_empty() && texts([0.0, f32::NAN]).is_empty());
        for tick in ticks([-3.7, 11.2], 5) {
            assert!((0.0..=1.0).contains(&tick.share));
        }
    }

    #[test]
    fn a_diverging_palette_has_zero_in_the_middle() {
        let style = ColorStyle::Scalar(Palette::Balance);
        assert_eq!(automatic([-1.0, 3.0], style), [-3.0, 3.0]);
        assert_eq!(automatic([0.1, 3.0], ColorStyle::Scalar(Palette::Tide)), [0.0, 3.0]);
        assert_eq!(automatic([2.0, 3.0], ColorStyle::Scalar(Palette::Tide)), [2.0, 3.0]);
    }
}
