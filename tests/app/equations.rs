//! Equations are edited in place: mistakes are told as one types, and only what is sound is applied.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use semafield::app::request::Request;
use semafield::app::state::Panel;
use semafield::simulation::act::Act;

use super::{Window, World, asked, click, open};

const EDITOR: &str = "d T / dt";

fn edit(window: &mut Window, text: &str) {
    window.get_by_role_and_label(Role::MultilineTextInput, EDITOR).focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_role_and_label(Role::MultilineTextInput, EDITOR).type_text(text);
    window.run();
}

fn equations() -> Window {
    let mut world = World::new();
    world.state.panel = Panel::Equations;
    open(world)
}

fn can_apply(window: &Window) -> bool {
    !window.get_by_role_and_label(Role::Button, "Apply").accesskit_node().is_disabled()
}

#[test]
fn a_slip_is_told_and_cannot_be_applied() {
    let mut window = equations();
    edit(&mut window, "(tensoin(A, theta) - T)/tau_T");
    assert!(window.query_by_label_contains("tension").is_some(), "the message names what was meant");
    window.get_by_label("tensoin");
    assert!(!can_apply(&window));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    assert_eq!(asked(&mut window), []);
}

#[test]
fn a_sound_equation_is_applied() {
    let mut window = equations();
    edit(&mut window, "(tension(A, theta) - T)/tau_T");
    assert!(can_apply(&window));
    let act = Act::Rewrite { key: "equations.T".into(), value: "(tension(A, theta) - T)/tau_T".into() };
    assert_eq!(click(&mut window, "Apply"), [Request::Do(act.clone())]);
    edit(&mut window, "(tension(A, theta) - T)/tau_T");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    assert_eq!(asked(&mut window), [Request::Do(act)]);
}

#[test]
fn a_draft_is_taken_back() {
    let mut window = equations();
    edit(&mut window, "nonsense");
    assert_eq!(window.state().state.drafts, [("equations.T".to_owned(), "nonsense".to_owned())]);
    click(&mut window, "Revert");
    assert!(window.state().state.drafts.is_empty());
    assert!(window.query_by_label("Apply").is_none());
}

#[test]
fn typing_an_equation_presses_no_keys() {
    let mut window = equations();
    edit(&mut window, "1 2 3 b.");
    window.key_press(Key::B);
    assert_eq!(asked(&mut window), []);
}
