//! The panels of the window, found and used by their accessible names: what is clicked and typed becomes requests.

mod equations;
mod names;
mod notes;
mod picture;
mod sample;
mod time;
mod tools;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use semafield::app::frame::Frame;
use semafield::app::keys;
use semafield::app::panels::{self, Answers, Gallery};
use semafield::app::request::Request;
use semafield::app::state::State;
use semafield::app::words::Language;

/// A window without a window: a frame that stands still, a state, and all that was asked.
struct World {
    frame: Frame,
    state: State,
    files: Gallery,
    answers: Answers,
}

impl World {
    fn new() -> Self {
        let frame = sample::frame();
        Self {
            frame,
            state: State::new(Language::English, true),
            files: sample::gallery(),
            answers: Answers::default(),
        }
    }

    fn show(&mut self, ui: &mut egui::Ui) {
        let keys = keys::read(ui.ctx(), &self.frame, &mut self.state);
        let panels = panels::show(ui, &self.frame, &mut self.state, &self.files, |_, _, _, _| {});
        self.answers.extend(keys);
        self.answers.extend(panels);
    }
}

type Window = Harness<'static, World>;

fn open(world: World) -> Window {
    open_sized(world, [1280.0, 800.0])
}

fn open_sized(world: World, size: [f32; 2]) -> Window {
    let builder = Harness::builder().with_size(size).with_max_steps(40);
    let mut window = builder.build_ui_state(|ui, world: &mut World| world.show(ui), world);
    window.run();
    window.state_mut().answers = Answers::default();
    window
}

/// What was asked of the living thread since the window was opened or looked at last.
fn asked(window: &mut Window) -> Vec<Request> {
    window.run();
    std::mem::take(&mut window.state_mut().answers).requests
}

/// Clicks the control of that name, and gives what was asked.
fn click(window: &mut Window, name: &str) -> Vec<Request> {
    window.get_by_role_and_label(egui::accesskit::Role::Button, name).click();
    asked(window)
}
