//! The window: events in, pictures out. winit brings pointer, keys and files; egui lays out; wgpu paints.
//!
//! In: a [`Living`] thread and what it shows. Out: requests to it. Invariants: nothing here waits for the living thread;
//! nothing is painted unless something changed; a device that is lost is replaced, and the field on it grown again by the
//! living thread if it was there.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Context, ViewportId};
use egui_winit::accesskit_winit;
use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::window::{Window, WindowId};

use crate::app::living::Living;
use crate::app::pane::{Pane, Sheet};
use crate::app::shell::Shell;
use crate::app::view::RenderDevice;
use crate::error::Error;
use crate::run::Clock;

/// What wakes the event loop.
#[derive(Debug)]
pub(super) enum Wake {
    /// The living thread has something new to show.
    Frame,
    /// Paint again after a while.
    Repaint(Duration),
    /// A screen reader or a test asks.
    Access(accesskit_winit::Event),
}

impl From<accesskit_winit::Event> for Wake {
    fn from(event: accesskit_winit::Event) -> Self {
        Self::Access(event)
    }
}

/// Opens the window and returns when it is closed.
pub(super) fn run(living: impl FnOnce(EventLoopProxy<Wake>) -> Living, shell: Shell) -> Result<(), Error> {
    let event_loop = EventLoop::<Wake>::with_user_event().build().map_err(|why| no_window(reason(&why.to_string())))?;
    let proxy = event_loop.create_proxy();
    let mut stage = Stage { living: living(proxy.clone()), shell, proxy, open: None, repaint_at: None, failure: None };
    let ended = event_loop.run_app(&mut stage);
    stage.shell.remember();
    stage.living.end();
    match stage.failure {
        Some(failure) => Err(failure),
        None => ended.map_err(|why| no_window(reason(&why.to_string()))),
    }
}

/// What winit says without the place in its own source that it says first: "os error at FILE:LINE: ...".
fn reason(why: &str) -> &str {
    why.strip_prefix("os error at ").and_then(|rest| rest.split_once(": ")).map_or(why, |(_, reason)| reason)
}

/// What to do without a window.
fn no_window(why: &str) -> Error {
    Error::Window(format!(
        "no window can be opened: {why}\n  = help: the window needs a display and a graphics driver for Vulkan, Metal or \
         DirectX 12; on Debian or Ubuntu without a graphics card: apt install mesa-vulkan-drivers\n  = help: without a \
         window: semafield run SEED grows the field and writes a report with pictures"
    ))
}

struct Stage {
    living: Living,
    shell: Shell,
    proxy: EventLoopProxy<Wake>,
    open: Option<Open>,
    repaint_at: Option<Instant>,
    failure: Option<Error>,
}

/// The window while it is open.
struct Open {
    window: Arc<Window>,
    context: Context,
    input: egui_winit::State,
    /// None while a lost device could not be replaced.
    pane: Option<Pane>,
    seen: bool,
}

impl Open {
    fn new(event_loop: &ActiveEventLoop, proxy: &EventLoopProxy<Wake>, title: &str) -> Result<Self, Error> {
        let attributes = Window::default_attributes()
            .with_title(title)
            .with_inner_size(winit::dpi::LogicalSize::new(1280.0, 800.0))
            .with_min_inner_size(winit::dpi::LogicalSize::new(640.0, 420.0))
            .with_visible(false);
        let window = event_loop.create_window(attributes).map_err(|why| no_window(reason(&why.to_string())))?;
        let window = Arc::new(window);
        let context = Context::default();
        let waker = proxy.clone();
        context.set_request_repaint_callback(move |info| {
            let _ = waker.send_event(Wake::Repaint(info.delay));
        });
        let scale = Some(pixels_per_point(&window));
        let theme = event_loop.system_theme();
        let mut input = egui_winit::State::new(context.clone(), ViewportId::ROOT, event_loop, scale, theme, None);
        input.init_accesskit(event_loop, &window, proxy.clone());
        let pane = Pane::on(&window).map_err(|why| no_window(&why))?;
        input.set_max_texture_side(pane.device().device.limits().max_texture_dimension_2d as usize);
        Ok(Self { window, context, input, pane: Some(pane), seen: false })
    }

    fn paint(&mut self, shell: &mut Shell, living: &Living) {
        let Some(device) = self.device(shell) else { return };
        let (begun, heard) = (Clock::start(), shell.begin());
        let raw = self.input.take_egui_input(&self.window);
        shell.take(living);
        let mut output = self.context.run_ui(raw, |ui| shell.show(ui, living, &device, heard.unwrap_or(begun)));
        self.window.set_title(&shell.title());
        self.input.handle_platform_output(&self.window, output.platform_output);
        let shapes = self.context.tessellate(output.shapes, output.pixels_per_point);
        let Some(pane) = &mut self.pane else { return };
        let textures = &output.textures_delta;
        let sheet = Sheet { shapes: &shapes, textures, background: shell.background(), scale: output.pixels_per_point };
        let painted = pane.paint(&sheet);
        output.textures_delta.clear();
        if !painted {
            return self.window.request_redraw();
        }
        shell.after(living, &device, begun, heard);
        if !std::mem::replace(&mut self.seen, true) {
            self.window.set_visible(true);
        }
    }

    /// What to paint with; another device where the last one was lost, with everything that it knew.
    fn device(&mut self, shell: &mut Shell) -> Option<RenderDevice> {
        /// Until the next attempt, where there is no device.
        const PAUSE: Duration = Duration::from_millis(500);
        if let Some(pane) = self.pane.as_ref().filter(|pane| !pane.is_lost()) {
            return Some(pane.device().clone());
        }
        // A window has one surface: the old one goes first, with all that was made on its device.
        shell.forget();
        self.pane = None;
        let Ok(pane) = Pane::on(&self.window) else {
            self.context.request_repaint_after(PAUSE);
            return None;
        };
        send_letters_again(&self.context);
        Some(self.pane.insert(pane).device().clone())
    }
}

/// Has the pictures of all letters sent to a new device. The context only sends what is new: fonts, for one, that differ
/// from those before in a name that nobody uses.
fn send_letters_again(context: &Context) {
    let mut fonts = context.fonts(|fonts| fonts.definitions().clone());
    let data = fonts.font_data.values().next().cloned();
    fonts.font_data.extend(data.map(|data| (format!("again {}", fonts.font_data.len()), data)));
    context.set_fonts(fonts);
}

#[expect(clippy::cast_possible_truncation, reason = "a factor of a few")]
fn pixels_per_point(window: &Window) -> f32 {
    window.scale_factor() as f32
}

impl ApplicationHandler<Wake> for Stage {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.open.is_some() {
            return;
        }
        match Open::new(event_loop, &self.proxy, &self.shell.title()) {
            Ok(mut open) => {
                open.paint(&mut self.shell, &self.living);
                self.open = Some(open);
            }
            Err(failure) => {
                self.failure = Some(failure);
                event_loop.exit();
            }
        }
    }

    fn user_event(&mut self, _: &ActiveEventLoop, wake: Wake) {
        let Some(open) = &mut self.open else { return };
        match wake {
            Wake::Frame => open.window.request_redraw(),
            Wake::Repaint(delay) => self.repaint_in(delay),
            Wake::Access(event) => {
                match event.window_event {
                    accesskit_winit::WindowEvent::InitialTreeRequested => open.context.enable_accesskit(),
                    accesskit_winit::WindowEvent::ActionRequested(request) => {
                        open.input.on_accesskit_action_request(request);
                    }
                    accesskit_winit::WindowEvent::AccessibilityDeactivated => open.context.disable_accesskit(),
                }
                open.window.request_redraw();
            }
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(open) = &mut self.open else { return };
        match &event {
            WindowEvent::RedrawRequested => {
                self.repaint_at = None;
                open.paint(&mut self.shell, &self.living);
                if self.shell.wants_to_quit() {
                    event_loop.exit();
                }
                return;
            }
            WindowEvent::CloseRequested => return event_loop.exit(),
            WindowEvent::Resized(size) => {
                if let Some(pane) = &mut open.pane {
                    pane.resize([size.width, size.height]);
                }
            }
            WindowEvent::DroppedFile(path) => self.shell.open(&self.living, Path::new(path)),
            WindowEvent::CursorMoved { .. }
            | WindowEvent::MouseInput { .. }
            | WindowEvent::MouseWheel { .. }
            | WindowEvent::KeyboardInput { .. } => self.shell.touched(),
            _ => {}
        }
        if open.input.on_window_event(&open.window, &event).repaint {
            open.window.request_redraw();
        }
    }

    #[expect(clippy::disallowed_methods, reason = "when to paint again")]
    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        match (self.repaint_at, &self.open) {
            (Some(at), Some(open)) if at <= Instant::now() => {
                self.repaint_at = None;
                open.window.request_redraw();
                event_loop.set_control_flow(ControlFlow::Wait);
            }
            (Some(at), _) => event_loop.set_control_flow(ControlFlow::WaitUntil(at)),
            (None, _) => event_loop.set_control_flow(ControlFlow::Wait),
        }
    }
}

impl Stage {
    #[expect(clippy::disallowed_methods, reason = "when to paint again")]
    fn repaint_in(&mut self, delay: Duration) {
        if let Some(at) = Instant::now().checked_add(delay) {
            self.repaint_at = Some(self.repaint_at.map_or(at, |known| known.min(at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn a_missing_display_is_said_without_winits_source() {
        let why =
            "os error at /home/me/.cargo/registry/src/winit-0.30/src/linux/mod.rs:757: DISPLAY is not set: give one";
        assert_eq!(reason(why), "DISPLAY is not set: give one");
        assert_eq!(reason("the loop has ended"), "the loop has ended");
    }
}
