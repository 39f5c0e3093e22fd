//! Where the domain lies in a picture: pan, zoom, and the way between pixels and positions.
//!
//! In: a [`Camera`], the size of the domain, a rectangle of pixels. Out: positions. Invariants: one unit is as long in x
//! as in y; y runs up in the domain and down in the picture; a zoom about a pixel leaves the point under it where it is.

use crate::app::state::Camera;
use crate::grid::{Axis, Grid};
use crate::math::elementary::scalar64;

/// The least and the greatest magnification.
pub const ZOOM: [f64; 2] = [0.5, 4096.0];

/// How fast a glide goes, per second: nine tenths of the way in about 0.2 s.
const HASTE: f64 = 20.0;

/// Width and height of what a grid's picture shows, in units of the domain: a grid of one axis is shown over time, as a
/// strip twice as wide as high.
pub fn plane_size(grid: &Grid) -> [f64; 2] {
    let width = grid.size_along(Axis::X);
    [width, if grid.axes() == 1 { 0.5 * width } else { grid.size_along(Axis::Y) }]
}

/// The map between the domain and a picture of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// The domain's size.
    pub size: [f64; 2],
    /// The picture's size in pixels.
    pub pixels: [f64; 2],
    /// Pixels per unit of the domain.
    pub scale: f64,
    /// The point of the domain in the middle of the picture.
    pub center: [f64; 2],
}

impl Projection {
    /// What a camera sees in a picture of so many pixels: at zoom 1 the whole domain, as large as fits.
    pub fn new(camera: &Camera, size: [f64; 2], pixels: [f64; 2]) -> Self {
        let fit = (pixels[0] / size[0]).min(pixels[1] / size[1]);
        let center = [camera.center[0] * size[0], camera.center[1] * size[1]];
        Self { size, pixels, scale: fit * camera.zoom, center }
    }

    /// The pixel of a position.
    pub fn pixel(&self, at: [f64; 2]) -> [f64; 2] {
        [
            0.5 * self.pixels[0] + (at[0] - self.center[0]) * self.scale,
            0.5 * self.pixels[1] - (at[1] - self.center[1]) * self.scale,
        ]
    }

    /// The position of a pixel.
    pub fn position(&self, pixel: [f64; 2]) -> [f64; 2] {
        [
            self.center[0] + (pixel[0] - 0.5 * self.pixels[0]) / self.scale,
            self.center[1] - (pixel[1] - 0.5 * self.pixels[1]) / self.scale,
        ]
    }

    /// Whether a position belongs to the domain.
    pub fn holds(&self, at: [f64; 2]) -> bool {
        (0..2).all(|axis| (0.0..=self.size[axis]).contains(&at[axis]))
    }
}

impl Camera {
    /// Magnified by `factor` about a pixel: what lies under it stays there. Not limited; see [`Camera::limited`].
    #[must_use]
    pub fn zoomed(&self, factor: f64, about: [f64; 2], size: [f64; 2], pixels: [f64; 2]) -> Self {
        let zoom = (self.zoom * factor).clamp(ZOOM[0], ZOOM[1]);
        let fixed = Projection::new(self, size, pixels).position(about);
        let shrink = self.zoom / zoom;
        let center = |axis: usize| {
            let share = fixed[axis] / size[axis];
            share + (self.center[axis] - share) * shrink
        };
        Self { center: [center(0), center(1)], zoom, ..*self }
    }

    /// Moved so that what was under a pixel follows the pointer by `by` pixels.
    #[must_use]
    pub fn panned(&self, by: [f64; 2], size: [f64; 2], pixels: [f64; 2]) -> Self {
        let scale = Projection::new(self, size, pixels).scale;
        let center = [self.center[0] - by[0] / (scale * size[0]), self.center[1] + by[1] / (scale * size[1])];
        Self { center, ..*self }
    }

    /// The nearest camera that still sees the domain: the further in, the nearer to an edge it may go.
    #[must_use]
    pub fn limited(&self) -> Self {
        let zoom = if self.zoom.is_finite() { self.zoom.clamp(ZOOM[0], ZOOM[1]) } else { 1.0 };
        let reach = 0.5 * (1.0 - 1.0 / (zoom.max(1.0) * zoom.max(1.0)));
        let near = |share: f64| if share.is_finite() { share.clamp(0.5 - reach, 0.5 + reach) } else { 0.5 };
        Self { center: self.center.map(near), zoom, ..*self }
    }

    /// With a position in the middle, at least so far magnified.
    #[must_use]
    pub fn visiting(&self, at: [f64; 2], size: [f64; 2], zoom: f64) -> Self {
        Self { center: [at[0] / size[0], at[1] / size[1]], zoom: self.zoom.max(zoom), ..*self }.limited()
    }
}

/// A camera on its way to another: critically damped, so it neither jumps nor overshoots.
///
/// What moves is the centre and the seen share 1/zoom, by the same linear law. Cameras that agree about the point under
/// a pixel have centres that are linear in 1/zoom, so that point stays put all the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glide {
    camera: Camera,
    speed: [f64; 5],
}

impl Glide {
    /// At rest.
    pub const fn at(camera: Camera) -> Self {
        Self { camera, speed: [0.0; 5] }
    }

    /// Where it is.
    pub const fn camera(&self) -> Camera {
        self.camera
    }

    /// Whether it has all but arrived, and may rest.
    pub fn arrived(&self, target: &Camera) -> bool {
        let (now, goal) = (coordinates(&self.camera), coordinates(target));
        let near = |i: usize| (now[i] - goal[i]).abs() < 1e-4 / target.zoom && self.speed[i].abs() < 1e-3 / target.zoom;
        (0..5).all(near)
    }

    /// Goes on for `dt` seconds towards `target`: x'' = haste^2 (target - x) - 2 haste x', solved exactly.
    pub fn advance(&mut self, target: &Camera, dt: f64) {
        if self.arrived(target) || !dt.is_finite() || dt > 1.0 {
            *self = Self::at(*target);
            return;
        }
        let dt = dt.max(0.0);
        let decay = scalar64::exp(-HASTE * dt);
        let (now, goal) = (coordinates(&self.camera), coordinates(target));
        let mut next = goal;
        for i in 0..5 {
            let away = now[i] - goal[i];
            let slope = self.speed[i] + HASTE * away;
            next[i] = goal[i] + (away + slope * dt) * decay;
            self.speed[i] = (self.speed[i] - HASTE * slope * dt) * decay;
        }
        let zoom = (1.0 / next[2].max(0.5 / ZOOM[1])).clamp(ZOOM[0], ZOOM[1]);
        self.camera = Camera { center: [next[0], next[1]], zoom, orbit: [next[3], next[4]] };
    }
}

/// What a glide moves.
fn coordinates(camera: &Camera) -> [f64; 5] {
    [camera.center[0], camera.center[1], 1.0 / camera.zoom, camera.orbit[0], camera.orbit[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: [f64; 2] = [100.0, 40.0];
    const PIXELS: [f64; 2] = [1280.0, 800.0];

    fn camera() -> impl Strategy<Value = Camera> {
        (0.0..1.0, 0.0..1.0, 0.6..900.0).prop_map(|(x, y, zoom)| Camera { center: [x, y], zoom, ..Camera::whole() })
    }

    fn pixel() -> impl Strategy<Value = [f64; 2]> {
        (0.0..PIXELS[0], 0.0..PIXELS[1]).prop_map(|(x, y)| [x, y])
    }

    fn near(a: [f64; 2], b: [f64; 2], tolerance: f64) -> bool {
        (a[0] - b[0]).abs() < tolerance && (a[1] - b[1]).abs() < tolerance
    }

    proptest! {
        #[test]
        fn a_pixel_comes_back(camera in camera(), at in pixel()) {
            let projection = Projection::new(&camera, SIZE, PIXELS);
            prop_assert!(near(projection.pixel(projection.position(at)), at, 1e-6));
        }

        #[test]
        fn a_zoom_leaves_what_is_under_the_pointer(camera in camera(), at in pixel(), factor in 0.8..1.25) {
            let under = Projection::new(&camera, SIZE, PIXELS).position(at);
            let zoomed = camera.zoomed(factor, at, SIZE, PIXELS);
            prop_assert!(near(Projection::new(&zoomed, SIZE, PIXELS).pixel(under), at, 1e-6));
        }

        #[test]
        fn so_does_every_moment_of_the_glide(camera in camera(), at in pixel(), factor in 0.8..1.25, dt in 0.001..0.2) {
            let under = Projection::new(&camera, SIZE, PIXELS).position(at);
            let mut glide = Glide::at(camera);
            glide.advance(&camera.zoomed(factor, at, SIZE, PIXELS), dt);
            prop_assert!(near(Projection::new(&glide.camera(), SIZE, PIXELS).pixel(under), at, 1e-6));
        }

        #[test]
        fn a_pan_follows_the_pointer(camera in camera(), from in pixel(), to in pixel()) {
            let under = Projection::new(&camera, SIZE, PIXELS).position(from);
            let panned = camera.panned([to[0] - from[0], to[1] - from[1]], SIZE, PIXELS);
            prop_assert!(near(Projection::new(&panned, SIZE, PIXELS).pixel(under), to, 1e-6));
        }
    }

    #[test]
    fn a_glide_arrives_and_never_overshoots() {
        let target = Camera { center: [0.8, 0.3], zoom: 6.0, ..Camera::whole() };
        let mut glide = Glide::at(Camera::whole());
        for _ in 0..60 {
            let before = glide.camera().zoom;
            glide.advance(&target, 1.0 / 60.0);
            assert!(glide.camera().zoom >= before && glide.camera().zoom <= 6.0 + 1e-9);
        }
        assert!(glide.arrived(&target));
    }

    #[test]
    fn the_whole_domain_fits_and_stays_in_the_middle() {
        let projection = Projection::new(&Camera::whole(), SIZE, PIXELS);
        assert!(near(projection.pixel([0.0, 0.0]), [0.0, 656.0], 1e-9));
        assert!(near(projection.pixel([100.0, 40.0]), [1280.0, 144.0], 1e-9));
        let away = Camera { center: [0.9, -3.0], zoom: 0.7, ..Camera::whole() };
        assert_eq!(away.limited().center, [0.5, 0.5]);
    }
}
