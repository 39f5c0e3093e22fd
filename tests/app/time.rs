//! Transport, timeline, undo, notices.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable;
use semafield::app::frame::Notice;
use semafield::app::request::Request;

use super::{World, asked, click, open};

#[test]
fn play_step_and_undo_are_buttons_and_keys() {
    let mut window = open(World::new());
    assert_eq!(click(&mut window, "Play"), [Request::Play(true)]);
    assert_eq!(click(&mut window, "One step"), [Request::Step(1)]);
    assert_eq!(click(&mut window, "Undo the last act"), [Request::Undo]);
    assert_eq!(click(&mut window, "Branch here"), [Request::Branch(1200)]);
    assert_eq!(click(&mut window, "To the act before"), [Request::Regrow(1000)]);
    assert_eq!(click(&mut window, "To the act after"), [Request::Regrow(1600)]);
    for (key, modifiers, request) in [
        (Key::Space, Modifiers::NONE, Request::Play(true)),
        (Key::Period, Modifiers::NONE, Request::Step(1)),
        (Key::Z, Modifiers::COMMAND, Request::Undo),
        (Key::B, Modifiers::NONE, Request::Branch(1200)),
        (Key::PageUp, Modifiers::NONE, Request::Regrow(1000)),
        (Key::ArrowUp, Modifiers::COMMAND, Request::Speed(8)),
    ] {
        window.key_press_modifiers(modifiers, key);
        assert_eq!(asked(&mut window), [request], "{key:?}");
    }
}

#[test]
fn a_running_field_can_be_paused() {
    let mut world = World::new();
    world.frame.playing = true;
    let mut window = open(world);
    assert_eq!(click(&mut window, "Pause"), [Request::Play(false)]);
}

#[test]
fn space_presses_the_control_that_has_the_focus() {
    let mut window = open(World::new());
    window.get_by_role_and_label(Role::Button, "One step").focus();
    window.run();
    window.key_press(Key::Space);
    assert_eq!(asked(&mut window), [Request::Step(1)]);
}

/// Where a step lies on the screen: the life of the sample ends at step 1600.
fn on_timeline(window: &super::Window, step: f32) -> Pos2 {
    let rect = window.get_by_role_and_label(Role::Slider, "Timeline").rect();
    Pos2::new(egui::lerp(rect.left() + 6.0..=rect.right() - 6.0, step / 1600.0), rect.center().y)
}

fn press(window: &super::Window, at: Pos2, pressed: bool, button: PointerButton) {
    window.event(Event::PointerMoved(at));
    window.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
}

#[test]
fn a_click_on_the_timeline_regrows_to_the_act_there() {
    let mut window = open(World::new());
    let at = on_timeline(&window, 400.5);
    press(&window, at, true, PointerButton::Primary);
    press(&window, at, false, PointerButton::Primary);
    assert_eq!(asked(&mut window), [Request::Regrow(400)]);
}

#[test]
fn the_timeline_is_dragged_to_a_step_without_an_act() {
    let mut window = open(World::new());
    press(&window, on_timeline(&window, 400.0), true, PointerButton::Primary);
    window.run();
    let to = on_timeline(&window, 800.0);
    window.event(Event::PointerMoved(to));
    window.run();
    press(&window, to, false, PointerButton::Primary);
    assert_eq!(asked(&mut window), [Request::Regrow(800)]);
}

#[test]
fn the_timelines_menu_branches() {
    let mut window = open(World::new());
    let at = on_timeline(&window, 640.0);
    press(&window, at, true, PointerButton::Secondary);
    press(&window, at, false, PointerButton::Secondary);
    window.run();
    assert_eq!(click(&mut window, "Branch from here (640)"), [Request::Branch(640)]);
}

#[test]
fn what_was_refused_stays_until_it_is_put_away() {
    let mut world = World::new();
    world.frame.notice = Some((1, Notice::Refused("etd2 knows no walls".into())));
    let mut window = open(world);
    window.run_steps(40);
    assert!(window.query_by_label("etd2 knows no walls").is_some());
    click(&mut window, "Dismiss");
    window.run();
    assert!(window.query_by_label("etd2 knows no walls").is_none());
    window.state_mut().frame.notice = Some((2, Notice::Refused("etd2 knows no walls".into())));
    window.run();
    assert!(window.query_by_label("etd2 knows no walls").is_some());
}
