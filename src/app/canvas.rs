//! The canvas: the field under the pointer. What the pointer does becomes acts.
//!
//! In: egui's pointer over the middle of the window, the tool in hand. Out: requests, and the view's picture with what
//! lies over it: the brush, the stroke, the name of the note that is pointed at. Invariants: every change of the field
//! is an act; positions of acts are in units of the domain.

mod stage;
mod stroke;
mod tools;

use std::sync::{Arc, Mutex, PoisonError};

use egui::{CursorIcon, Pos2, Rect, Sense, Stroke as Pen, Ui, vec2};

use crate::app::frame::Frame;
use crate::app::panels::Answers;
use crate::app::state::{Camera, State, Tool};
use crate::app::theme;
use crate::app::view::camera::{Glide, plane_size};
use crate::app::view::show::{SharedView, show};
use crate::app::view::{RenderDevice, Scene, View};
use crate::app::words::Word;
use crate::simulation::act::Act;
use stage::Stage;
use stroke::{Hand, Stroke};

/// How far from a note the pointer may be, in points.
const REACH: f64 = 14.0;

/// What the canvas remembers from picture to picture.
#[derive(Default)]
pub(super) struct Canvas {
    glide: Option<Glide>,
    stroke: Option<Stroke>,
    lasso: Vec<Pos2>,
    /// The note from which a link or a pull began.
    held: Option<usize>,
    pub(super) hover: Option<usize>,
    view: Option<SharedView>,
    /// The view of the donor, beside the field.
    beside: Option<SharedView>,
}

impl Canvas {
    /// Shows the field in what is left of the window.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        frame: &Frame,
        state: &mut State,
        answers: &mut Answers,
        device: &RenderDevice,
    ) {
        let (rect, beside) = panes(ui.available_rect_before_wrap(), frame.donor.is_some());
        let response = ui.allocate_rect(rect, Sense::click_and_drag());
        let name = Word::Field.text(state.language);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
        let camera = self.follow(ui, state);
        let stage = Stage::new(&response, rect, &camera, frame);
        let pointer = response.hover_pos();
        self.hover = pointer.filter(|_| state.look.notes).and_then(|at| self.note_at(ui, frame, stage.local(at)));
        self.look_around(ui, &stage, state);
        match state.tool {
            _ if self.stroke.is_some() => self.brush(ui, &stage, state, answers),
            Tool::Look => self.select(ui, &stage, state),
            Tool::Notes => self.move_notes(ui, &stage, state, answers),
            _ => self.brush(ui, &stage, state, answers),
        }
        let scene = Scene { frame, state, camera, hover: self.hover };
        paint(&mut self.view, ui, rect, &scene, device);
        if let (Some(donor), Some(beside)) = (&frame.donor, beside) {
            self.show_donor(ui, beside, donor, camera, state, device);
            caption(ui, rect, Word::ThisField, state);
        }
        self.draw_over(ui, &stage, state);
    }

    /// The donor beside the field, seen by the same camera: to be looked at, not to be touched.
    fn show_donor(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        donor: &Frame,
        camera: Camera,
        state: &mut State,
        device: &RenderDevice,
    ) {
        let response = ui.allocate_rect(rect, Sense::click_and_drag());
        let name = Word::Donor.text(state.language);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
        self.look_around(ui, &Stage::new(&response, rect, &camera, donor), state);
        paint(&mut self.beside, ui, rect, &Scene { camera, ..Scene::new(donor, state) }, device);
        caption(ui, rect, Word::Donor, state);
    }

    /// The note at a point of the picture as it was painted last.
    fn note_at(&self, ui: &Ui, frame: &Frame, at: [f64; 2]) -> Option<usize> {
        let scale = f64::from(ui.pixels_per_point());
        let view = self.view.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        view.note_at(frame, at.map(|points| points * scale), REACH * scale)
    }

    /// The device was lost, or another field is shown: what was made for the old one is made anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The camera on its way to where the person wants it.
    fn follow(&mut self, ui: &Ui, state: &State) -> Camera {
        let glide = self.glide.get_or_insert_with(|| Glide::at(state.camera));
        if !glide.arrived(&state.camera) {
            glide.advance(&state.camera, f64::from(ui.input(|input| input.stable_dt)));
            ui.ctx().request_repaint();
        }
        glide.camera()
    }

    /// Brings a note to the middle.
    pub(super) fn visit_note(&mut self, frame: &Frame, state: &mut State, note: usize) {
        if let Some(&at) = frame.felt.positions.get(note) {
            self.visit(frame, state, at.map(f64::from));
        }
    }

    /// Brings a point of the domain to the middle.
    pub(super) fn visit(&mut self, frame: &Frame, state: &mut State, at: [f64; 2]) {
        state.camera = state.camera.visiting(at, plane_size(&frame.grid), 2.5);
    }

    /// The brush, the stroke, the loop, and the name of what is pointed at.
    fn draw_over(&self, ui: &Ui, stage: &Stage<'_>, state: &State) {
        let Stage { response, rect, projection, frame } = *stage;
        let painter = ui.painter_at(rect);
        let tones = theme::tones(true); // the stage is always dark
        if self.lasso.len() > 1 {
            painter.add(egui::Shape::closed_line(self.lasso.clone(), Pen::new(1.5, tones.accent)));
        }
        if let (Some(from), Some(at)) = (self.held, response.interact_pointer_pos())
            && let Some(&place) = frame.felt.positions.get(from)
        {
            painter.line_segment([stage.screen(place.map(f64::from)), at], Pen::new(1.5, tones.accent));
            painter.circle(at, 5.0, tones.accent, Pen::new(1.5, tones.ground));
        }
        if let Some(stroke) = &self.stroke
            && stroke.is_whole(state.brush)
        {
            let points: Vec<Pos2> = stroke.path(state.brush).iter().map(|&at| stage.screen(at)).collect();
            painter.add(egui::Shape::line(points, Pen::new(2.0, tones.accent)));
        }
        let Some(at) = response.hover_pos() else {
            // Where the keyboard would use it.
            if state.tool.has_brush() {
                let radius = state.radius * narrow(projection.scale);
                painter.circle_stroke(rect.center(), radius, Pen::new(1.0, tones.accent.gamma_multiply(0.55)));
                painter.circle_filled(rect.center(), 1.5, tones.accent);
            }
            return;
        };
        if state.tool.has_brush() {
            let radius = state.radius * narrow(projection.scale);
            painter.circle_stroke(at, radius + 1.0, Pen::new(2.5, egui::Color32::from_black_alpha(90)));
            let inverted = self.stroke.as_ref().is_some_and(Stroke::is_inverted);
            painter.circle_stroke(at, radius, Pen::new(1.25, if inverted { tones.care } else { tones.accent }));
            ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        }
        if let Some(note) = self.hover.and_then(|note| frame.subject.notes.get(note)).filter(|_| self.stroke.is_none())
        {
            response.clone().on_hover_text_at_pointer(&note.title);
        }
    }
}

/// The tool in hand used in the middle of the view, as a click there would; it pushes to the right.
pub(super) fn touch_middle(frame: &Frame, state: &State, inverted: bool) -> Vec<Act> {
    let size = plane_size(&frame.grid);
    let [x, y] = [0, 1].map(|axis| state.camera.center[axis] * size[axis]);
    let half = if state.tool == Tool::Push { 0.5 * f64::from(state.radius) } else { 0.0 };
    let hand = Hand { frame, state };
    let mut stroke = Stroke::begin(state.tool, [x - half, y], inverted);
    stroke.move_to([x + half, y], &hand);
    let mut acts = stroke.go_on(&hand);
    acts.extend(stroke.end(&hand));
    acts
}

/// One pane, or two side by side.
fn panes(whole: Rect, two: bool) -> (Rect, Option<Rect>) {
    /// Between the panes, in points.
    const GAP: f32 = 6.0;
    if !two {
        return (whole, None);
    }
    let (left, right) = whole.split_left_right_at_fraction(0.5);
    (left.with_max_x(left.right() - 0.5 * GAP), Some(right.with_min_x(right.left() + 0.5 * GAP)))
}

/// Paints a scene with a view that is made where there is none yet.
fn paint(view: &mut Option<SharedView>, ui: &Ui, rect: Rect, scene: &Scene<'_>, device: &RenderDevice) {
    let view = view.get_or_insert_with(|| Arc::new(Mutex::new(View::new(&device.device, device.format))));
    show(view, device, ui.painter(), rect, scene, ui.input(|input| input.stable_dt));
}

/// What a pane shows, in its upper left corner.
fn caption(ui: &Ui, rect: Rect, word: Word, state: &State) {
    let tones = theme::tones(state.dark);
    let text = word.text(state.language);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), egui::FontId::proportional(13.0), tones.ink);
    let at = rect.left_top() + vec2(12.0, 10.0);
    let plate = Rect::from_min_size(at, galley.size()).expand2(vec2(7.0, 4.0));
    ui.painter().rect_filled(plate, 5.0, tones.panel);
    ui.painter().galley(at, galley, tones.ink);
}

/// A length on the screen.
#[expect(clippy::cast_possible_truncation, reason = "points of a screen")]
const fn narrow(length: f64) -> f32 {
    length as f32
}

fn pixels(rect: Rect) -> [f64; 2] {
    [f64::from(rect.width().max(1.0)), f64::from(rect.height().max(1.0))]
}

/// The shorter side of the map.
pub(super) fn shortest_side(frame: &Frame) -> f64 {
    let [width, height] = plane_size(&frame.grid);
    width.min(height)
}
