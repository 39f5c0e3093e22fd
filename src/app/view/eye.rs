//! From where the domain is looked at: from above, or round a landscape.
//!
//! In: positions in the domain. Out: pixels. Marks, notes and labels ask here, so that they lie on the landscape too.

use super::camera::Projection;
use super::landscape::Orbit;
use super::notes::Body;
use super::theme::Theme;
use crate::app::frame::Frame;
use crate::app::state::State;

/// All that marks, notes and labels depend on.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) frame: &'a Frame,
    pub(super) state: &'a State,
    /// The note under the pointer.
    pub(super) hover: Option<usize>,
    pub(super) body: &'a Body,
    pub(super) eye: &'a Eye,
    pub(super) theme: &'a Theme,
    /// Pixels per point.
    pub(super) scale: f32,
}

/// From where the domain is looked at.
#[derive(Clone, Debug)]
pub(super) enum Eye {
    /// From above.
    Above(Projection),
    /// Round a landscape; the projection says how large it is.
    Round(Projection, Box<Orbit>),
}

impl Eye {
    /// The projection from above.
    pub(super) const fn projection(&self) -> &Projection {
        match self {
            Self::Above(projection) | Self::Round(projection, _) => projection,
        }
    }

    /// The pixel of a position; none behind the eye or for what is not finite.
    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    pub(super) fn pixel(&self, at: [f32; 2]) -> Option<[f32; 2]> {
        let at = at.map(f64::from);
        let pixel = match self {
            Self::Above(projection) => projection.pixel(at),
            Self::Round(_, orbit) => orbit.pixel(at)?,
        };
        (pixel[0].is_finite() && pixel[1].is_finite()).then(|| pixel.map(|x| x as f32))
    }

    /// Whether something of a radius round a pixel is in the picture.
    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    pub(super) fn sees(&self, pixel: [f32; 2], radius: f32) -> bool {
        let size = self.projection().pixels.map(|x| x as f32);
        (0..2).all(|axis| pixel[axis] > -radius && pixel[axis] < size[axis] + radius)
    }
}
