//! Icons drawn with lines: no picture files, no icon font, sharp at every scale.
//!
//! In: an [`Icon`], a rectangle, a colour. Out: shapes on a painter. Coordinates below are of a square from -1 to 1 with
//! y down, fitted into the rectangle.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use crate::app::state::Tool;

/// What can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    Play,
    Pause,
    Step,
    Undo,
    Branch,
    Before,
    After,
    Picture,
    Stop,
    Help,
    Sun,
    Moon,
    Panels,
    Close,
    Fit,
    Reset,
    Tool(Tool),
}

/// A square from -1 to 1 on the screen.
struct Sheet<'a> {
    painter: &'a Painter,
    center: Pos2,
    scale: f32,
    stroke: Stroke,
}

impl Icon {
    /// Draws it into the middle of a rectangle.
    pub(super) fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let scale = rect.width().min(rect.height()) / 2.0;
        let sheet =
            Sheet { painter, center: rect.center(), scale, stroke: Stroke::new((scale * 0.17).max(1.3), color) };
        match self {
            Self::Play => sheet.fill(&[(-0.55, -0.8), (0.8, 0.0), (-0.55, 0.8)]),
            Self::Pause => {
                sheet.fill(&[(-0.65, -0.75), (-0.2, -0.75), (-0.2, 0.75), (-0.65, 0.75)]);
                sheet.fill(&[(0.2, -0.75), (0.65, -0.75), (0.65, 0.75), (0.2, 0.75)]);
            }
            Self::Step => {
                sheet.fill(&[(-0.75, -0.7), (0.35, 0.0), (-0.75, 0.7)]);
                sheet.line(&[(0.65, -0.7), (0.65, 0.7)]);
            }
            Self::Undo => {
                sheet.arc((0.05, 0.2), 0.62, -3.0, 1.6);
                sheet.line(&[(-0.95, -0.25), (-0.57, 0.2), (-0.05, -0.05)]);
            }
            Self::Branch => {
                sheet.line(&[(-0.5, -0.75), (-0.5, 0.75)]);
                sheet.line(&[(-0.5, 0.35), (0.5, -0.1), (0.5, -0.75)]);
                sheet.dot((-0.5, 0.75), 0.2);
                sheet.dot((-0.5, -0.75), 0.2);
                sheet.dot((0.5, -0.75), 0.2);
            }
            Self::Before => {
                sheet.line(&[(0.45, -0.65), (-0.3, 0.0), (0.45, 0.65)]);
                sheet.line(&[(-0.65, -0.65), (-0.65, 0.65)]);
            }
            Self::After => {
                sheet.line(&[(-0.45, -0.65), (0.3, 0.0), (-0.45, 0.65)]);
                sheet.line(&[(0.65, -0.65), (0.65, 0.65)]);
            }
            Self::Picture => {
                sheet.line(&[(-0.85, -0.5), (0.85, -0.5), (0.85, 0.7), (-0.85, 0.7), (-0.85, -0.5)]);
                sheet.ring((0.0, 0.1), 0.34);
                sheet.line(&[(-0.3, -0.5), (-0.15, -0.8), (0.15, -0.8), (0.3, -0.5)]);
            }
            Self::Stop => sheet.fill(&[(-0.6, -0.6), (0.6, -0.6), (0.6, 0.6), (-0.6, 0.6)]),
            Self::Help => {
                sheet.ring((0.0, 0.0), 0.85);
                sheet.arc((0.0, -0.2), 0.28, -3.1, 1.2);
                sheet.line(&[(0.08, 0.06), (0.0, 0.28)]);
                sheet.dot((0.0, 0.52), 0.09);
            }
            Self::Sun => {
                sheet.ring((0.0, 0.0), 0.4);
                for k in 0..8_u8 {
                    let direction = Vec2::angled(f32::from(k) * std::f32::consts::FRAC_PI_4);
                    let (from, to) = (direction * 0.65, direction * 0.92);
                    sheet.line(&[(from.x, from.y), (to.x, to.y)]);
                }
            }
            Self::Moon => {
                sheet.arc((0.0, 0.0), 0.78, 0.35, 4.9);
                sheet.arc((0.42, -0.42), 0.68, 1.25, 3.55);
            }
            Self::Panels => {
                sheet.line(&[(-0.85, -0.65), (0.85, -0.65), (0.85, 0.65), (-0.85, 0.65), (-0.85, -0.65)]);
                sheet.line(&[(0.25, -0.65), (0.25, 0.65)]);
            }
            Self::Close => {
                sheet.line(&[(-0.55, -0.55), (0.55, 0.55)]);
                sheet.line(&[(-0.55, 0.55), (0.55, -0.55)]);
            }
            Self::Fit => {
                for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                    sheet.line(&[(0.75 * x, 0.3 * y), (0.75 * x, 0.75 * y), (0.3 * x, 0.75 * y)]);
                }
            }
            Self::Reset => {
                sheet.arc((0.0, 0.05), 0.65, -1.0, 4.0);
                sheet.line(&[(0.1, -0.9), (0.4, -0.5), (-0.05, -0.25)]);
            }
            Self::Tool(tool) => sheet.tool(tool),
        }
    }
}

impl Sheet<'_> {
    fn tool(&self, tool: Tool) {
        match tool {
            Tool::Look => {
                self.fill(&[
                    (-0.45, -0.85),
                    (0.6, 0.2),
                    (0.08, 0.25),
                    (0.35, 0.8),
                    (0.1, 0.9),
                    (-0.15, 0.35),
                    (-0.45, 0.6),
                ]);
            }
            Tool::Paint => {
                self.line(&[(0.85, -0.85), (-0.1, 0.1)]);
                self.arc((-0.4, 0.4), 0.38, -0.8, 2.4);
                self.line(&[(-0.68, 0.66), (-0.9, 0.9), (-0.4, 0.78)]);
            }
            Tool::Smooth => {
                for (y, height) in [(-0.45, 0.3), (0.1, 0.16), (0.6, 0.04)] {
                    let wave = |k: u8| {
                        let x = f32::from(k) / 8.0 - 1.0;
                        (x * 0.9, y + height * (x * 7.0).sin())
                    };
                    self.line(&(0..=16).map(wave).collect::<Vec<_>>());
                }
            }
            Tool::Stir => {
                let turn = |k: u8| {
                    let angle = f32::from(k) * 0.32;
                    let radius = 0.1 + f32::from(k) * 0.022;
                    (radius * angle.cos(), radius * angle.sin())
                };
                self.line(&(0..=35).map(turn).collect::<Vec<_>>());
            }
            Tool::Push => {
                self.line(&[(-0.85, 0.0), (0.75, 0.0)]);
                self.line(&[(0.3, -0.45), (0.8, 0.0), (0.3, 0.45)]);
            }
            Tool::Pulse => {
                let hill = |k: u8| {
                    let x = f32::from(k) / 12.0 - 1.0;
                    (x * 0.9, 0.55 - 1.25 * (-8.0 * x * x).exp())
                };
                self.line(&(0..=24).map(hill).collect::<Vec<_>>());
            }
            Tool::Pin => {
                self.ring((0.0, -0.35), 0.45);
                self.line(&[(0.0, 0.1), (0.0, 0.9)]);
            }
            Tool::Cut => {
                for y in [-0.75, -0.25, 0.25, 0.75] {
                    self.line(&[(-0.85, y), (0.85, y)]);
                }
                for (x, y) in [(-0.85, -0.75), (0.85, -0.75), (0.0, -0.75), (-0.45, -0.25), (0.45, -0.25), (0.0, 0.25)]
                {
                    self.line(&[(x, y), (x, y + 0.5)]);
                }
            }
            Tool::Warm => {
                self.line(&[
                    (0.0, -0.9),
                    (0.35, -0.35),
                    (0.6, 0.1),
                    (0.55, 0.55),
                    (0.25, 0.85),
                    (-0.25, 0.85),
                    (-0.55, 0.55),
                    (-0.55, 0.15),
                    (-0.25, -0.25),
                    (-0.12, 0.1),
                    (0.0, -0.3),
                    (0.0, -0.9),
                ]);
            }
            Tool::Notes => {
                self.line(&[(-0.5, 0.45), (0.1, -0.45), (0.6, 0.35)]);
                for point in [(-0.5, 0.45), (0.1, -0.45), (0.6, 0.35)] {
                    self.dot(point, 0.24);
                }
            }
        }
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.center + Vec2::new(x, y) * self.scale
    }

    fn line(&self, points: &[(f32, f32)]) {
        self.painter.add(Shape::line(points.iter().map(|&point| self.at(point)).collect(), self.stroke));
    }

    /// A convex outline, or one that is nearly so, filled.
    fn fill(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&point| self.at(point)).collect();
        self.painter.add(Shape::convex_polygon(points, self.stroke.color, Stroke::NONE));
    }

    fn dot(&self, center: (f32, f32), radius: f32) {
        self.painter.circle_filled(self.at(center), radius * self.scale, self.stroke.color);
    }

    fn ring(&self, center: (f32, f32), radius: f32) {
        self.painter.circle_stroke(self.at(center), radius * self.scale, self.stroke);
    }

    /// Part of a circle between two angles in radians, clockwise from the right.
    fn arc(&self, (x, y): (f32, f32), radius: f32, from: f32, to: f32) {
        let point = |k: u8| {
            let direction = Vec2::angled(from + (to - from) * f32::from(k) / 20.0);
            (x + radius * direction.x, y + radius * direction.y)
        };
        self.line(&(0..=20).map(point).collect::<Vec<_>>());
    }
}
