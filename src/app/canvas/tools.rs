//! What the pointer does with each tool: it looks around, selects, moves notes, and leads a brush.
//!
//! In: the pointer over a [`Stage`], and the state of the window. Out: another camera or selection, and requests to
//! act. Invariant: nothing here changes a field but by an act.

use egui::{CursorIcon, Key, PointerButton, Ui};

use super::stage::Stage;
use super::stroke::{Hand, Stroke};
use super::{Canvas, narrow, pixels, shortest_side};
use crate::app::panels::Answers;
use crate::app::request::Request;
use crate::app::state::{Panel, State, Tool};
use crate::app::view::camera::{Glide, plane_size};
use crate::simulation::act::Act;

impl Canvas {
    /// Pan and zoom: the wheel about the pointer, drags with the middle button, or with any while looking.
    pub(super) fn look_around(&mut self, ui: &Ui, stage: &Stage<'_>, state: &mut State) {
        let Stage { response, rect, frame, .. } = *stage;
        let size = plane_size(&frame.grid);
        let (scroll, pinch, ctrl) =
            ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta(), input.modifiers.command));
        let shift = ui.input(|input| input.modifiers.shift);
        if let Some(at) = response.hover_pos() {
            let wheel_zooms = !state.tool.has_brush() || ctrl;
            let factor = if wheel_zooms { f64::from((scroll / 260.0).exp() * pinch) } else { f64::from(pinch) };
            if (factor - 1.0).abs() > 1e-6 {
                // About the pointer as it will be seen when the camera has arrived.
                state.camera = state.camera.zoomed(factor, stage.local(at), size, pixels(rect)).limited();
            }
            if state.tool.has_brush() && !ctrl && scroll != 0.0 {
                let side = narrow(shortest_side(frame));
                state.radius = (state.radius * (scroll / 260.0).exp()).clamp(side / 500.0, side / 2.0);
            }
        }
        let pans = response.dragged_by(PointerButton::Middle)
            || (state.tool == Tool::Look && !shift && response.dragged_by(PointerButton::Primary));
        if pans {
            let by = response.drag_delta();
            if state.look.height && response.dragged_by(PointerButton::Middle) {
                let [azimuth, elevation] = state.camera.orbit;
                let turned = [azimuth - f64::from(by.x) * 0.008, elevation + f64::from(by.y) * 0.008];
                state.camera.orbit = [turned[0], turned[1].clamp(0.1, 1.5)];
            } else {
                state.camera = state.camera.panned([f64::from(by.x), f64::from(by.y)], size, pixels(rect)).limited();
                self.glide = Some(Glide::at(state.camera));
            }
        }
    }

    /// Looking: a click selects a note, a drag with Shift all within a loop.
    pub(super) fn select(&mut self, ui: &Ui, stage: &Stage<'_>, state: &mut State) {
        let Stage { response, frame, .. } = *stage;
        let (shift, ctrl) = ui.input(|input| (input.modifiers.shift, input.modifiers.command));
        if shift && response.dragged_by(PointerButton::Primary) {
            self.lasso.extend(response.interact_pointer_pos());
        } else if !self.lasso.is_empty() {
            let inside = stage.notes_within(&std::mem::take(&mut self.lasso));
            if !ctrl {
                state.selected.clear();
            }
            state.selected.extend(inside);
        }
        if response.clicked() {
            match self.hover {
                Some(note) if ctrl && state.selected.remove(&note) => {}
                Some(note) if ctrl => {
                    state.selected.insert(note);
                }
                Some(note) => {
                    state.selected = [note].into();
                    state.inspected = Some(note);
                    state.panel = Panel::Notes;
                }
                None if !ctrl => {
                    state.selected.clear();
                    state.inspected = None;
                }
                None => {}
            }
        }
        if response.double_clicked()
            && let Some(note) = self.hover
        {
            self.visit_note(frame, state, note);
        }
        if response.hover_pos().is_some() {
            let icon = if self.hover.is_some() { CursorIcon::PointingHand } else { CursorIcon::Grab };
            ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { icon });
        }
    }

    /// Notes: drag to pull, right click to pin; with Shift from note to note to link, right to unlink.
    pub(super) fn move_notes(&mut self, ui: &Ui, stage: &Stage<'_>, state: &State, answers: &mut Answers) {
        let Stage { response, frame, .. } = *stage;
        let shift = ui.input(|input| input.modifiers.shift);
        let mut act = |act: Act| answers.requests.push(Request::Do(act));
        let id = |note: usize| frame.subject.notes.get(note).map(|note| note.id.clone());
        if response.drag_started() {
            self.held = self.hover;
        }
        if response.drag_stopped()
            && let Some(from) = self.held.take()
            && let (Some(note), Some(at)) = (id(from), response.interact_pointer_pos())
        {
            let inverted = response.drag_stopped_by(PointerButton::Secondary);
            if shift {
                match self.hover.filter(|&to| to != from).and_then(id) {
                    Some(to) if inverted => act(Act::Unlink { from: note, to }),
                    Some(to) => act(Act::Link { from: note, to }),
                    None => {}
                }
            } else if !inverted {
                act(Act::Pull { note, to: stage.position(at) });
            }
        }
        if response.secondary_clicked()
            && let Some(note) = self.hover
            && let Some(id) = id(note)
        {
            let pinned = frame.felt.pinned.get(note).copied().unwrap_or(false);
            act(Act::PinNote { note: id, pinned: !pinned });
        }
        if response.hover_pos().is_some() && state.tool == Tool::Notes {
            ui.ctx().set_cursor_icon(if self.hover.is_some() { CursorIcon::Move } else { CursorIcon::Default });
        }
    }

    /// Brushes: left applies, right inverts.
    pub(super) fn brush(&mut self, ui: &Ui, stage: &Stage<'_>, state: &State, answers: &mut Answers) {
        let Stage { response, frame, .. } = *stage;
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.stroke = None;
        }
        let down = |button| response.contains_pointer() && ui.input(|input| input.pointer.button_pressed(button));
        for (button, inverted) in [(PointerButton::Primary, false), (PointerButton::Secondary, true)] {
            if down(button)
                && let Some(at) = response.interact_pointer_pos().or(response.hover_pos())
            {
                self.stroke = Some(Stroke::begin(state.tool, stage.position(at), inverted));
            }
        }
        let Some(stroke) = &mut self.stroke else { return };
        let hand = Hand { frame, state };
        let held = ui.input(|input| input.pointer.primary_down() || input.pointer.secondary_down());
        if let Some(at) = ui.input(|input| input.pointer.latest_pos()) {
            stroke.move_to(stage.position(at), &hand);
        }
        let acts = if held { stroke.go_on(&hand) } else { stroke.end(&hand) };
        answers.requests.extend(acts.into_iter().map(Request::Do));
        if held {
            ui.ctx().request_repaint();
        } else {
            self.stroke = None;
        }
    }
}
