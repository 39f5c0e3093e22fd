//! The keyboard: everything can be done with it.
//!
//! In: key presses that no text field takes. Out: [`Answers`] and changes of [`State`]. Invariant: one table says which
//! keys there are; the help is written from it. Tab moves between controls, as everywhere; Space and Enter press the
//! control that has the focus, and otherwise run the field.

use egui::{Context, Key, Modifiers};

use crate::app::frame::Frame;
use crate::app::panels::{Answers, gallery, notes, recording, say, tools, transport};
use crate::app::request::Request;
use crate::app::state::{Camera, Panel, State, Tool, Wish};
use crate::app::words::{Language, Word};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    Play,
    Step,
    Undo,
    Branch,
    Act { after: bool },
    Touch { inverted: bool },
    Speed { up: bool },
    Tool(usize),
    Radius { up: bool },
    Strength { up: bool },
    Zoom { closer: bool },
    Pan([i8; 2]),
    Fit,
    Search,
    Say,
    Open,
    Panel(usize),
    Picture,
    HidePanels,
    Theme,
    Language,
    Help,
    Deselect,
    Quit,
}

/// A command, its keys, and what the help says of it.
struct Binding {
    command: Command,
    keys: &'static [(Modifiers, Key)],
    word: Word,
}

const fn on(command: Command, keys: &'static [(Modifiers, Key)], word: Word) -> Binding {
    Binding { command, keys, word }
}

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;

/// All keys but those of tools and panels. What needs a modifier comes before what does without.
const BINDINGS: &[Binding] = &[
    on(Command::Play, &[(NONE, Key::Space)], Word::PlayOrPause),
    on(Command::Step, &[(NONE, Key::Period)], Word::Step),
    on(Command::Touch { inverted: true }, &[(SHIFT, Key::Enter)], Word::TouchInverted),
    on(Command::Touch { inverted: false }, &[(NONE, Key::Enter)], Word::TouchMiddle),
    on(Command::Undo, &[(CTRL, Key::Z)], Word::Undo),
    on(Command::Branch, &[(NONE, Key::B)], Word::BranchHere),
    on(Command::Act { after: false }, &[(NONE, Key::PageUp)], Word::ActBefore),
    on(Command::Act { after: true }, &[(NONE, Key::PageDown)], Word::ActAfter),
    on(Command::Speed { up: true }, &[(CTRL, Key::ArrowUp)], Word::Faster),
    on(Command::Speed { up: false }, &[(CTRL, Key::ArrowDown)], Word::Slower),
    on(Command::Strength { up: true }, &[(CTRL, Key::CloseBracket)], Word::Stronger),
    on(Command::Strength { up: false }, &[(CTRL, Key::OpenBracket)], Word::Weaker),
    on(Command::Radius { up: true }, &[(NONE, Key::CloseBracket)], Word::Wider),
    on(Command::Radius { up: false }, &[(NONE, Key::OpenBracket)], Word::Narrower),
    on(Command::Zoom { closer: true }, &[(NONE, Key::Plus), (NONE, Key::Equals)], Word::ZoomIn),
    on(Command::Zoom { closer: false }, &[(NONE, Key::Minus)], Word::ZoomOut),
    on(Command::Pan([-1, 0]), &[(NONE, Key::ArrowLeft)], Word::PanLeft),
    on(Command::Pan([1, 0]), &[(NONE, Key::ArrowRight)], Word::PanRight),
    on(Command::Pan([0, 1]), &[(NONE, Key::ArrowUp)], Word::PanUp),
    on(Command::Pan([0, -1]), &[(NONE, Key::ArrowDown)], Word::PanDown),
    on(Command::Search, &[(CTRL, Key::F), (NONE, Key::Slash)], Word::Search),
    on(Command::Fit, &[(NONE, Key::F)], Word::Fit),
    on(Command::Say, &[(NONE, Key::T)], Word::SaySentence),
    on(Command::Open, &[(CTRL, Key::O)], Word::Open),
    on(Command::Picture, &[(NONE, Key::P)], Word::TakePicture),
    on(Command::HidePanels, &[(NONE, Key::H)], Word::HidePanels),
    on(Command::Theme, &[(NONE, Key::D)], Word::Theme),
    on(Command::Language, &[(NONE, Key::L)], Word::Language),
    on(Command::Deselect, &[(NONE, Key::Escape)], Word::SelectNone),
    on(Command::Help, &[(NONE, Key::F1), (NONE, Key::Questionmark)], Word::Help),
    on(Command::Quit, &[(CTRL, Key::Q)], Word::Quit),
];

/// The keys of digits, in the order of the tools.
const DIGITS: [Key; 10] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9, Key::Num0];

/// Reads the keys that were pressed since the last frame.
pub fn read(ctx: &Context, frame: &Frame, state: &mut State) -> Answers {
    let mut answers = Answers::default();
    if ctx.text_edit_focused() || ctx.any_popup_open() {
        return answers;
    }
    let focused = ctx.memory(|memory| memory.focused().is_some());
    for command in pressed(ctx, focused, state.help_open) {
        obey(command, ctx, frame, state, &mut answers);
    }
    answers
}

/// All keys and what they do, for the help.
pub(super) fn rows(language: Language) -> Vec<(String, String)> {
    let name = |&(modifiers, key): &(Modifiers, Key)| spelled(modifiers, key);
    let row = |binding: &Binding| {
        let keys: Vec<String> = binding.keys.iter().map(name).collect();
        (keys.join("  "), binding.word.text(language).to_owned())
    };
    let tools = format!("{} … {}", spelled(NONE, Key::Num1), spelled(NONE, Key::Num0));
    let panels = format!("{} … {}", spelled(CTRL, Key::Num1), spelled(CTRL, Key::Num8));
    let digits = [(tools, Word::Tools), (panels, Word::Panels)];
    let digits = digits.map(|(keys, word)| (keys, word.text(language).to_owned()));
    BINDINGS.iter().map(row).chain(digits).collect()
}

fn spelled(modifiers: Modifiers, key: Key) -> String {
    let key = match key {
        Key::Period => ".",
        Key::Slash => "/",
        Key::Plus => "+",
        Key::Equals => "=",
        Key::Minus => "-",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Questionmark => "?",
        named => named.name(),
    };
    match (modifiers.command, modifiers.shift) {
        (true, _) => format!("Ctrl+{key}"),
        (false, true) => format!("Shift+{key}"),
        (false, false) => key.to_owned(),
    }
}

/// The commands of the keys that were pressed; while the help is open, only that which closes it.
fn pressed(ctx: &Context, focused: bool, helped: bool) -> Vec<Command> {
    ctx.input_mut(|input| {
        let mut commands = vec![];
        for binding in BINDINGS {
            // The control that has the focus is pressed by Space and Enter, and moved from by arrows.
            let taken = focused && matches!(binding.command, Command::Play | Command::Pan(_) | Command::Touch { .. });
            let taken = taken || (helped && binding.command != Command::Help);
            if !taken && binding.keys.iter().any(|&(modifiers, key)| input.consume_key(modifiers, key)) {
                commands.push(binding.command);
            }
        }
        for (place, key) in DIGITS.into_iter().enumerate().filter(|_| !helped) {
            if place < super::panels::PANELS.len() && input.consume_key(CTRL, key) {
                commands.push(Command::Panel(place));
            } else if input.consume_key(NONE, key) {
                commands.push(Command::Tool(place));
            }
        }
        commands
    })
}

fn obey(command: Command, ctx: &Context, frame: &Frame, state: &mut State, answers: &mut Answers) {
    let ask = |answers: &mut Answers, request| answers.requests.push(request);
    match command {
        Command::Play => ask(answers, Request::Play(!frame.playing)),
        Command::Step => ask(answers, Request::Step(1)),
        Command::Undo => ask(answers, Request::Undo),
        Command::Branch => ask(answers, Request::Branch(frame.step)),
        Command::Act { after } => {
            if let Some(step) = transport::neighbor(frame, after) {
                ask(answers, Request::Regrow(step));
            }
        }
        Command::Speed { up } => {
            state.speed = if up { state.speed * 2 } else { state.speed / 2 }.clamp(1, transport::FASTEST);
            ask(answers, Request::Speed(state.speed));
        }
        Command::Touch { inverted } => answers.wishes.push(Wish::Touch { inverted }),
        Command::Tool(place) => state.tool = Tool::ALL[place],
        Command::Radius { up } => {
            let [least, greatest] = tools::radii(&frame.grid);
            state.radius = (state.radius * if up { 1.25 } else { 0.8 }).clamp(least.min(greatest), greatest);
        }
        Command::Strength { up } => {
            state.strength = (state.strength * if up { 1.25 } else { 0.8 }).clamp(0.01, 4.0);
        }
        Command::Zoom { closer } => zoom(&mut state.camera, closer),
        Command::Pan(by) => pan(&mut state.camera, by),
        Command::Fit => answers.wishes.push(Wish::Fit),
        Command::Search => reveal(ctx, state, Some(Panel::Notes), notes::search_id()),
        Command::Say => reveal(ctx, state, None, say::line_id()),
        Command::Open => reveal(ctx, state, Some(Panel::Gallery), gallery::path_id()),
        Command::Panel(place) => {
            state.panel = super::panels::PANELS[place].0;
            state.panels_open = true;
        }
        Command::Picture => answers.wishes.push(Wish::Picture(recording::size(state))),
        Command::HidePanels => state.panels_open = !state.panels_open,
        Command::Theme => state.dark = !state.dark,
        Command::Language => state.language = state.language.other(),
        Command::Help => state.help_open = !state.help_open,
        Command::Deselect => {
            state.selected.clear();
            state.inspected = None;
        }
        Command::Quit => ask(answers, Request::Quit),
    }
}

/// Shows a panel and puts the cursor into one of its lines.
fn reveal(ctx: &Context, state: &mut State, panel: Option<Panel>, line: egui::Id) {
    state.panels_open = true;
    state.panel = panel.unwrap_or(state.panel);
    ctx.memory_mut(|memory| memory.request_focus(line));
}

fn zoom(camera: &mut Camera, closer: bool) {
    camera.zoom = (camera.zoom * if closer { 1.25 } else { 0.8 }).clamp(0.2, 400.0);
}

/// Moves the view by an eighth of what is seen.
fn pan(camera: &mut Camera, by: [i8; 2]) {
    for (center, direction) in camera.center.iter_mut().zip(by) {
        *center = (*center + f64::from(direction) / (8.0 * camera.zoom)).clamp(0.0, 1.0);
    }
}
