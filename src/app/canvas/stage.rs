//! The stage: a field as it lies on the screen now, and where the pointer is on it.
//!
//! In: a part of the window and a camera. Out: points of the window as positions on the domain, and back. Invariant:
//! what is pointed at is what has been painted there.

use egui::{Pos2, Rect, vec2};

use super::{narrow, pixels};
use crate::app::frame::Frame;
use crate::app::state::Camera;
use crate::app::view::camera::{Projection, plane_size};

/// A field on the screen.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    /// What the pointer does there.
    pub(super) response: &'a egui::Response,
    /// Where it is in the window.
    pub(super) rect: Rect,
    /// How the camera sees the domain.
    pub(super) projection: Projection,
    /// What is shown.
    pub(super) frame: &'a Frame,
}

impl<'a> Stage<'a> {
    /// A frame as a camera sees it.
    pub(super) fn new(response: &'a egui::Response, rect: Rect, camera: &Camera, frame: &'a Frame) -> Self {
        let projection = Projection::new(camera, plane_size(&frame.grid), pixels(rect));
        Self { response, rect, projection, frame }
    }

    /// A point of the window in points of the stage.
    pub(super) fn local(&self, at: Pos2) -> [f64; 2] {
        [f64::from(at.x - self.rect.min.x), f64::from(at.y - self.rect.min.y)]
    }

    /// A point of the window on the domain.
    pub(super) fn position(&self, at: Pos2) -> [f64; 2] {
        self.projection.position(self.local(at))
    }

    /// A place on the domain in the window.
    pub(super) fn screen(&self, at: [f64; 2]) -> Pos2 {
        let [x, y] = self.projection.pixel(at);
        self.rect.min + vec2(narrow(x), narrow(y))
    }

    /// Notes within a loop on the screen, by the even-odd rule.
    pub(super) fn notes_within(&self, lasso: &[Pos2]) -> Vec<usize> {
        let corners: Vec<[f64; 2]> = lasso.iter().map(|&at| self.position(at)).collect();
        let inside = |[x, y]: [f64; 2]| {
            let edges = corners.iter().zip(corners.iter().cycle().skip(1));
            let crossed = edges
                .filter(|(a, b)| (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
            crossed.count() % 2 == 1
        };
        let places = self.frame.felt.positions.iter().enumerate();
        places.filter(|(_, at)| inside(at.map(f64::from))).map(|(note, _)| note).collect()
    }
}
