//! The window as a person uses it: a real display, real keys and a real pointer, then the trace lived again headless.
//!
//! Needs Xvfb and a Vulkan driver (Mesa's software one will do). Without them the test says so and passes, unless
//! `SEMAFIELD_REQUIRE_WINDOW` is set: then it fails.

#![allow(clippy::print_stderr, reason = "says when the test is left out")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, InputFocus, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// How long anything may take on a slow, crowded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A small seed, so that software rendering is quick.
const SEED: &str = r#"
semafield = 1
title = "Spirals under the hand"
rng_seed = 3
[domain]
kind = "grid"
shape = [96, 64]
size = [96.0, 64.0]
[parameters]
beta = {value = -0.6, min = -2.0, max = 0.0, doc = "detuning"}
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "A - (1 + i*beta)*abs2(A)*A + laplacian(A)"
[time]
dt = 0.05
stop = 20.0
[observe]
series = {mean_abs2 = "mean(abs2(A))"}
"#;

struct Display {
    server: Child,
    name: String,
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Display {
    fn start() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(server.stdout.take()?).read_line(&mut line).ok()?;
        Some(Self { server, name: format!(":{}", line.trim()) })
    }
}

/// Waits for something.
fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{what} did not come about in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A person at the display.
struct Hands {
    x: RustConnection,
    root: Window,
    window: Window,
    size: [i16; 2],
}

impl Hands {
    fn on(display: &str) -> Self {
        let (x, screen) = x11rb::connect(Some(display)).expect("the display answers");
        let root = x.setup().roots[screen].root;
        let window = until("a window", || shown(&x, root));
        x.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        let geometry = x.get_geometry(window).unwrap().reply().unwrap();
        let size = [geometry.width, geometry.height].map(|side| i16::try_from(side).unwrap());
        Self { x, root, window, size }
    }

    fn fake(&self, event: u8, detail: u8, at: [i16; 2]) {
        self.x.xtest_fake_input(event, detail, 0, self.root, at[0], at[1], 0).unwrap().check().unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }

    #[expect(clippy::cast_possible_truncation, reason = "a pixel of the display")]
    fn point(&self, share: [f32; 2]) {
        let at = [0, 1].map(|axis| (f32::from(self.size[axis]) * share[axis]) as i16);
        self.fake(MOTION_NOTIFY_EVENT, 0, at);
    }

    fn drag(&self, button: u8, from: [f32; 2], to: [f32; 2]) {
        self.point(from);
        self.fake(BUTTON_PRESS_EVENT, button, [0, 0]);
        for step in 1..=12 {
            let share = step as f32 / 12.0;
            self.point([0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share));
        }
        self.fake(BUTTON_RELEASE_EVENT, button, [0, 0]);
    }

    fn key(&self, keysym: u32) {
        let code = self.code(keysym);
        self.fake(KEY_PRESS_EVENT, code, [0, 0]);
        self.fake(KEY_RELEASE_EVENT, code, [0, 0]);
    }

    fn with_control(&self, keysym: u32) {
        const CONTROL: u32 = 0xffe3;
        let control = self.code(CONTROL);
        self.fake(KEY_PRESS_EVENT, control, [0, 0]);
        self.key(keysym);
        self.fake(KEY_RELEASE_EVENT, control, [0, 0]);
    }

    fn code(&self, keysym: u32) -> u8 {
        let setup = self.x.setup();
        let (low, high) = (setup.min_keycode, setup.max_keycode);
        let map = self.x.get_keyboard_mapping(low, high - low + 1).unwrap().reply().unwrap();
        let per = usize::from(map.keysyms_per_keycode);
        let place = map.keysyms.chunks(per).position(|symbols| symbols[0] == keysym).expect("a key of that name");
        low + u8::try_from(place).unwrap()
    }

    /// How many colours the window shows.
    fn colors(&self) -> usize {
        let [width, height] = self.size.map(|side| side.unsigned_abs());
        let image = self.x.get_image(ImageFormat::Z_PIXMAP, self.window, 0, 0, width, height, !0);
        let Ok(image) = image.unwrap().reply() else { return 0 };
        let colors: std::collections::BTreeSet<&[u8]> = image.data.chunks(4).collect();
        colors.len()
    }
}

/// The window of the program, once it is there to be seen.
fn shown(x: &RustConnection, root: Window) -> Option<Window> {
    let children = x.query_tree(root).ok()?.reply().ok()?.children;
    children.into_iter().find(|&window| {
        let visible = x.get_window_attributes(window).ok().and_then(|asked| asked.reply().ok());
        let size = x.get_geometry(window).ok().and_then(|asked| asked.reply().ok());
        visible.is_some_and(|state| state.map_state == MapState::VIEWABLE) && size.is_some_and(|size| size.width > 300)
    })
}

fn semafield() -> Command {
    Command::new(env!("CARGO_BIN_EXE_semafield"))
}

fn only_trace(out: &Path) -> Option<PathBuf> {
    let traces = std::fs::read_dir(out.join("seed/traces")).ok()?;
    traces.filter_map(|entry| Some(entry.ok()?.path())).max()
}

fn kinds(trace: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(trace).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines.filter_map(|line| Some(line.get("kind")?.as_str()?.to_owned())).collect()
}

#[test]
fn what_is_done_with_hands_replays_headless() {
    let Some(display) = Display::start() else {
        assert!(std::env::var_os("SEMAFIELD_REQUIRE_WINDOW").is_none(), "Xvfb is not installed");
        eprintln!("left out: Xvfb is not installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (seed, out) = (folder.path().join("seed.toml"), folder.path().join("out"));
    std::fs::write(&seed, SEED).unwrap();
    let mut window = semafield()
        .args(["open", "--backend", "cpu", "--out"])
        .args([&out, &seed])
        .env("DISPLAY", &display.name)
        .env("XDG_RUNTIME_DIR", folder.path())
        .env("SEMAFIELD_CONFIG", folder.path())
        .env_remove("WAYLAND_DISPLAY")
        .env("LANG", "C.UTF-8")
        .spawn()
        .unwrap();
    let hands = Hands::on(&display.name);
    until("the field on the screen", || (hands.colors() > 500).then_some(()));
    let trace = until("a trace", || only_trace(&out));

    // Paint with the second tool, stir with the fourth, cut a wall with the eighth; then undo the wall.
    let paint = [0.4, 0.5];
    hands.point(paint);
    hands.key(u32::from(b'2'));
    hands.drag(1, [0.35, 0.45], [0.5, 0.5]);
    until("paint in the trace", || kinds(&trace).contains(&"paint".to_owned()).then_some(()));
    hands.key(u32::from(b'4'));
    hands.drag(1, [0.4, 0.4], [0.45, 0.55]);
    until("a stir in the trace", || kinds(&trace).contains(&"stir".to_owned()).then_some(()));
    hands.key(u32::from(b'8'));
    hands.drag(1, [0.3, 0.5], [0.6, 0.5]);
    until("a wall in the trace", || kinds(&trace).contains(&"cut".to_owned()).then_some(()));
    hands.with_control(u32::from(b'z'));
    let branch = until("a branch without the wall", || only_trace(&out).filter(|newest| *newest != trace));
    until("what was done before in the branch", || (!kinds(&branch).is_empty()).then_some(()));
    assert!(!kinds(&branch).contains(&"cut".to_owned()), "{:?}", kinds(&branch));
    hands.with_control(u32::from(b'q'));
    let status = until("the end", || window.try_wait().unwrap());
    assert!(status.success(), "{status}");

    // The replay checks every digest on its way; the window's last word is one.
    let last = std::fs::read_to_string(&branch).unwrap();
    assert!(last.lines().last().is_some_and(|line| line.contains("digests")), "{last}");
    for trace in [&trace, &branch] {
        let again = folder.path().join("again");
        let replay =
            semafield().args(["run", "--quiet", "--trace"]).arg(trace).arg("--out").arg(&again).output().unwrap();
        assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stderr));
    }
}
