//! Pictures of fields. In: numbers on a rectangle of cells. Out: RGBA pixels and PNG bytes.
//!
//! Rows of a field run upwards: row 0 is at the bottom of the picture. A value that is not finite (an inert cell is
//! NaN) is transparent. Grids of three axes show their middle slice in z, grids of one axis a curve; several times of
//! a one-dimensional field make a space-time strip, time running upwards.

use ::image::codecs::png::{CompressionType, FilterType, PngEncoder};
use ::image::{DynamicImage, Rgba, RgbaImage};

use super::OutputError;
use super::colormap::{Palette, Rgb, domain_color};
use crate::grid::{Axis, Grid};

/// Pictures narrower than this are enlarged by a whole factor.
const WIDTH: u32 = 512;
/// No side is enlarged beyond this.
const LONGEST: u32 = 4096;
const TRANSPARENT: Rgba<u8> = Rgba([0, 0, 0, 0]);

/// Values on a rectangle of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row from the bottom; NaN where there is nothing to show.
    pub values: Vec<f64>,
    /// Width and height of a cell, in any common unit.
    pub spacing: [f64; 2],
}

/// How the range of colours is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// From the values: smallest to largest, without the outermost 0.5 % where these would more than double it; from
    /// 0 where the values nearly reach it; symmetric about 0 for a diverging palette.
    Auto,
    /// Given.
    Fixed(f64, f64),
}

/// The numbers at the two ends of a colour bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The lower end.
    pub low: f64,
    /// The upper end; above `low`.
    pub high: f64,
    /// Whether some values lie outside and have the colour of the end.
    pub clipped: bool,
}

impl Plane {
    /// One component of a field: all cells of a grid of one or two axes, the middle slice in z of one of three.
    pub fn of_grid(grid: &Grid, values: &[f64], active: Option<&[bool]>) -> Result<Self, OutputError> {
        let [width, height, depth] = grid.shape();
        let expected = grid.cells();
        for found in [values.len(), active.map_or(expected, <[bool]>::len)] {
            if found != expected {
                return Err(OutputError::Shape { what: "a picture".into(), found, expected });
            }
        }
        let start = depth / 2 * width * height;
        let show = |cell: usize| if active.is_none_or(|a| a[cell]) { values[cell] } else { f64::NAN };
        let values = (start..start + width * height).map(show).collect();
        Ok(Self { width, height, values, spacing: [grid.spacing(Axis::X), grid.spacing(Axis::Y)] })
    }

    /// Several times of a one-dimensional field, the first at the bottom. Rows of another length than the first are
    /// left out.
    pub fn space_time(rows: &[Vec<f64>]) -> Self {
        let width = rows.first().map_or(0, Vec::len);
        let rows: Vec<&Vec<f64>> = rows.iter().filter(|row| row.len() == width).collect();
        let height = rows.len();
        // A strip twice as wide as high, however many times there are.
        #[expect(clippy::cast_precision_loss, reason = "cells and times are counted in thousands")]
        let row = width as f64 / (2.0 * height.max(1) as f64);
        Self { width, height, values: rows.into_iter().flatten().copied().collect(), spacing: [1.0, row.max(1e-3)] }
    }

    fn at(&self, x: u32, from_top: u32) -> f64 {
        self.values[(self.height - 1 - from_top as usize) * self.width + x as usize]
    }

    #[expect(clippy::cast_possible_truncation, reason = "a plane with 2^32 cells in a row has no picture")]
    fn pixels(&self, color: impl Fn(u32, u32) -> Option<Rgb>) -> RgbaImage {
        RgbaImage::from_fn(self.width as u32, self.height as u32, |x, y| match color(x, y) {
            Some([r, g, b]) => Rgba([r, g, b, 255]),
            None => TRANSPARENT,
        })
    }
}

impl Limits {
    /// The range of colours for some values. Phases (the cyclic palette) always have -pi to pi.
    pub fn of(values: &[f64], palette: Palette, range: Range) -> Self {
        if palette == Palette::Wheel {
            return Self { low: -std::f64::consts::PI, high: std::f64::consts::PI, clipped: false };
        }
        let mut finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        if finite.is_empty() {
            finite.push(0.0);
        }
        finite.sort_unstable_by(f64::total_cmp);
        let (smallest, largest) = (finite[0], finite[finite.len() - 1]);
        let (low, high) = match range {
            Range::Fixed(low, high) => (low, high),
            Range::Auto => automatic(&finite, palette.diverging()),
        };
        let high = if high > low { high } else { low + low.abs().max(1.0) };
        Self { low, high, clipped: smallest < low || largest > high }
    }

    /// Where a value lies between the ends, in [0, 1].
    pub fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// The range of sorted, finite values.
fn automatic(sorted: &[f64], diverging: bool) -> (f64, f64) {
    let last = sorted.len() - 1;
    let tail = last / 200;
    let (smallest, largest) = (sorted[0], sorted[last]);
    let (inner_low, inner_high) = (sorted[tail], sorted[last - tail]);
    let outliers = largest - smallest > 2.0 * (inner_high - inner_low) && inner_high > inner_low;
    let (low, high) = if outliers { (inner_low, inner_high) } else { (smallest, largest) };
    if diverging {
        let reach = low.abs().max(high.abs());
        let reach = if reach > 0.0 { reach } else { 1.0 };
        (-reach, reach)
    } else if low > 0.0 && low < 0.3 * high {
        (0.0, high)
    } else {
        (low, high)
    }
}

/// One pixel per cell, in a palette's colours. For the cyclic palette the values are angles in radians.
pub fn scalar(plane: &Plane, palette: Palette, limits: Limits) -> RgbaImage {
    plane.pixels(|x, y| {
        let value = plane.at(x, y);
        let t = if palette == Palette::Wheel { value / std::f64::consts::TAU } else { limits.share(value) };
        value.is_finite().then(|| palette.color(t))
    })
}

/// One pixel per cell of a complex field: hue = argument, lightness = magnitude, `full` being the brightest.
pub fn complex(re: &Plane, im: &Plane, full: f64) -> RgbaImage {
    re.pixels(|x, y| {
        let (re, im) = (re.at(x, y), im.at(x, y));
        (re.is_finite() && im.is_finite()).then(|| domain_color(re, im, full))
    })
}

/// A curve for a field of one axis: 1200 x 400 pixels, the line 0 in grey where it is in range, gaps where values are
/// not finite. Its colours stand on white and on black.
pub fn curve(values: &[f64], limits: Limits) -> RgbaImage {
    const SIZE: (u32, u32) = (1200, 400);
    const MARGIN: f64 = 6.0;
    let mut picture = RgbaImage::from_pixel(SIZE.0, SIZE.1, TRANSPARENT);
    let height = f64::from(SIZE.1) - 2.0 * MARGIN;
    let level = |value: f64| MARGIN + (1.0 - limits.share(value)) * height;
    if limits.low <= 0.0 && limits.high >= 0.0 {
        for x in 0..SIZE.0 {
            picture.put_pixel(x, row(level(0.0)), Rgba([128, 128, 128, 160]));
        }
    }
    let mut before = None;
    for x in 0..SIZE.0 {
        let here = sample(values, f64::from(x) / f64::from(SIZE.0 - 1)).map(level);
        if let Some(here) = here {
            stroke(&mut picture, x, before.unwrap_or(here), here);
        }
        before = here;
    }
    picture
}

/// One column of a line three pixels thick that comes from one level and goes to another.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "coverage is in [0, 1]")]
fn stroke(picture: &mut RgbaImage, x: u32, from: f64, to: f64) {
    let rise = (to - from).abs();
    // Thickness is measured across the line, its column is measured upwards.
    let half = 0.5 * rise + 1.5 * (1.0 + rise * rise).sqrt().min(4.0);
    let middle = f64::midpoint(from, to);
    for y in row(middle - half)..=row(middle + half).min(picture.height() - 1) {
        let coverage = (half + 0.5 - (f64::from(y) + 0.5 - middle).abs()).clamp(0.0, 1.0);
        let under = f64::from(picture.get_pixel(x, y).0[3]) * (1.0 - coverage);
        let alpha = (255.0 * coverage).max(under) as u8;
        if coverage > 0.25 {
            picture.put_pixel(x, y, Rgba([31, 138, 140, alpha]));
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows of a picture, clamped at 0")]
fn row(y: f64) -> u32 {
    y.max(0.0) as u32
}

/// Linear interpolation at a share of the way along, if both neighbours are finite.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 <= share <= 1, and a row is short"
)]
fn sample(values: &[f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = share * last as f64;
    let left = (position as usize).min(last);
    let right = (left + 1).min(last);
    let value = values[left] + (position - left as f64) * (values[right] - values[left]);
    value.is_finite().then_some(value)
}

/// Repeats pixels until the picture is about 512 wide, and so that cells have their proportions.
pub fn enlarge(picture: &RgbaImage, spacing: [f64; 2]) -> RgbaImage {
    let (width, height) = picture.dimensions();
    if width == 0 || height == 0 {
        return picture.clone();
    }
    let limit = |side: u32| (LONGEST / side).max(1);
    let across = WIDTH.div_ceil(width).clamp(1, limit(width.max(height)));
    let down = row((f64::from(across) * spacing[1] / spacing[0] + 0.5).min(f64::from(LONGEST)));
    let down = down.clamp(1, limit(height));
    RgbaImage::from_fn(width * across, height * down, |x, y| *picture.get_pixel(x / across, y / down))
}

/// Averages blocks of pixels until no side is longer than `longest`; transparent pixels weigh nothing.
pub fn shrink(picture: &RgbaImage, longest: u32) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let block = width.max(height).div_ceil(longest.max(1)).max(1);
    if block == 1 {
        return picture.clone();
    }
    RgbaImage::from_fn(width.div_ceil(block), height.div_ceil(block), |x, y| {
        let rows = y * block..((y + 1) * block).min(height);
        let columns = x * block..((x + 1) * block).min(width);
        mean_color(rows.flat_map(|y| columns.clone().map(move |x| (x, y))).map(|(x, y)| picture.get_pixel(x, y)))
    })
}

#[expect(clippy::cast_possible_truncation, reason = "means of bytes are bytes")]
fn mean_color<'a>(pixels: impl Iterator<Item = &'a Rgba<u8>>) -> Rgba<u8> {
    let (mut sum, mut weight, mut count) = ([0_u64; 3], 0_u64, 0_u64);
    for Rgba([r, g, b, alpha]) in pixels {
        let alpha = u64::from(*alpha);
        for (sum, channel) in sum.iter_mut().zip([r, g, b]) {
            *sum += u64::from(*channel) * alpha;
        }
        weight += alpha;
        count += 1;
    }
    if weight == 0 {
        return TRANSPARENT;
    }
    let [r, g, b] = sum.map(|sum| ((sum + weight / 2) / weight) as u8);
    Rgba([r, g, b, (weight / count) as u8])
}

/// The bytes of a PNG file; without an alpha channel where every pixel is opaque.
pub fn png(picture: &RgbaImage) -> Result<Vec<u8>, OutputError> {
    let mut bytes = Vec::new();
    // Colours come from tables, so rows repeat as they are: without filters files are smaller, and a fifth of the time is
    // enough.
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Level(2), FilterType::NoFilter);
    let opaque = picture.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    if opaque {
        DynamicImage::ImageRgba8(picture.clone()).to_rgb8().write_with_encoder(encoder)?;
    } else {
        picture.write_with_encoder(encoder)?;
    }
    Ok(bytes)
}

/// The picture of one real component of a field, as `images/` has it, with the range of its colours: one pixel per
/// cell, enlarged if small; a curve for a grid of one axis.
pub fn picture(
    grid: &Grid,
    values: &[f64],
    active: Option<&[bool]>,
    palette: Palette,
    range: Range,
) -> Result<(RgbaImage, Limits), OutputError> {
    let plane = Plane::of_grid(grid, values, active)?;
    let limits = Limits::of(&plane.values, palette, range);
    let picture = if grid.axes() == 1 {
        curve(&plane.values, limits)
    } else {
        enlarge(&scalar(&plane, palette, limits), plane.spacing)
    };
    Ok((picture, limits))
}

/// The picture of a complex field by domain colouring, with the magnitude of the full colour; see [`picture`]. A grid
/// of one axis gives one row of colours, drawn as a band.
pub fn complex_picture(
    grid: &Grid,
    re: &[f64],
    im: &[f64],
    active: Option<&[bool]>,
) -> Result<(RgbaImage, f64), OutputError> {
    let (re, im) = (Plane::of_grid(grid, re, active)?, Plane::of_grid(grid, im, active)?);
    let magnitudes: Vec<f64> = re.values.iter().zip(&im.values).map(|(a, b)| (a * a + b * b).sqrt()).collect();
    let full = Limits::of(&magnitudes, Palette::Tide, Range::Auto).high;
    let pixels = complex(&re, &im, full);
    let band =
        [re.spacing[0], if grid.axes() == 1 { re.spacing[0] * f64::from(pixels.width()) / 8.0 } else { re.spacing[1] }];
    Ok((enlarge(&pixels, band), full))
}
