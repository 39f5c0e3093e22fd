//! Notes: search, select, read, say.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use semafield::app::request::Request;
use semafield::app::state::{Panel, Wish};
use semafield::simulation::act::Act;

use super::{Window, World, asked, click, open};

fn notes() -> Window {
    let mut world = World::new();
    world.state.panel = Panel::Notes;
    open(world)
}

fn search(window: &mut Window, text: &str) {
    window.key_press(Key::Slash);
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Search notes").type_text(text);
    window.run();
}

#[test]
fn a_search_narrows_the_list() {
    let mut window = notes();
    window.get_by_label("30 notes");
    window.get_by_role_and_label(Role::Button, "Tides");
    search(&mut window, "МОРЕ");
    window.get_by_label("1 / 30 notes");
    window.get_by_role_and_label(Role::Button, "Море зимой");
    assert!(window.query_by_role_and_label(Role::Button, "Tides").is_none());
    click(&mut window, "Select all");
    assert_eq!(window.state().state.selected, [27].into());
}

#[test]
fn a_note_is_selected_visited_and_read() {
    let mut window = notes();
    click(&mut window, "Knots");
    let world = window.state_mut();
    assert_eq!((world.state.inspected, world.state.selected.clone()), (Some(3), [3].into()));
    window.get_by_label("Pinned to its place.");
    let link = window.get_all_by_role_and_label(Role::Link, "A letter to Anna").next().unwrap();
    link.click_accesskit();
    window.run();
    assert_eq!(window.state().state.inspected, Some(4));
    assert_eq!(window.state().answers.wishes, [Wish::Visit(4)]);
}

#[test]
fn a_note_is_pinned_moved_and_linked_from_its_panel() {
    let mut window = notes();
    click(&mut window, "Tides");
    let id = |window: &Window, note: usize| window.state().frame.subject.notes[note].id.clone();
    let (tides, salt) = (id(&window, 1), id(&window, 7));
    let pin = Act::PinNote { note: tides.clone(), pinned: true };
    assert_eq!(click(&mut window, "Pin to its place"), [Request::Do(pin)]);
    let pull = Act::Pull { note: tides.clone(), to: [96.0, 96.0] };
    assert_eq!(click(&mut window, "Move to the middle of the view"), [Request::Do(pull)]);
    window.get_by_role_and_label(Role::Button, "Salt").click_modifiers(Modifiers::COMMAND);
    window.run();
    let link = Act::Link { from: salt.clone(), to: tides.clone() };
    assert_eq!(click(&mut window, "Link with the others selected"), [Request::Do(link)]);
    let unlink = Act::Unlink { from: salt, to: tides };
    assert_eq!(click(&mut window, "Unlink from the others selected"), [Request::Do(unlink)]);
}

#[test]
fn several_notes_are_selected_and_exported() {
    let mut window = notes();
    click(&mut window, "Tides");
    window.get_by_role_and_label(Role::Button, "Salt").click_modifiers(Modifiers::COMMAND);
    window.run();
    assert_eq!(window.state().state.selected, [1, 7].into());
    let path = "/tmp/lives/twin/notes-1200.csv".into();
    assert_eq!(click(&mut window, "Export the selected notes as CSV"), [Request::ExportNotes(vec![1, 7], path)]);
}

#[test]
fn a_sentence_is_said_with_and_against() {
    let mut window = notes();
    for (against, text) in [(false, "the sea at night"), (true, "no rain")] {
        if against {
            window.get_by_role_and_label(Role::CheckBox, "against").click();
            window.run();
        }
        window.get_by_role_and_label(Role::TextInput, "Sentence").focus();
        window.run();
        window.get_by_role_and_label(Role::TextInput, "Sentence").type_text(text);
        window.run();
        window.key_press(Key::Enter);
        assert_eq!(asked(&mut window), [Request::Say { text: text.into(), against }]);
    }
}

#[test]
fn it_is_said_why_nothing_can_be_said() {
    let mut world = World::new();
    std::sync::Arc::make_mut(&mut world.frame.subject).can_say = false;
    let window = open(world);
    assert!(window.query_by_label("Say").is_none());
    window.get_by_label_contains("Sentences need notes with text");
}

#[test]
fn a_hundred_thousand_notes_are_searched_piece_by_piece() {
    let mut world = World::new();
    world.state.panel = Panel::Notes;
    let subject = std::sync::Arc::make_mut(&mut world.frame.subject);
    let note = |k: usize| semafield::soil::Note {
        id: k.to_string(),
        title: format!("Note {k}"),
        text: "water ".repeat(20),
        ..Default::default()
    };
    subject.notes = std::sync::Arc::new((0..100_000).map(note).collect());
    subject.nearest = Default::default();
    let mut window = open(world);
    search(&mut window, "note 99999");
    window.run_steps(80);
    window.get_by_role_and_label(Role::Button, "Note 99999");
    window.get_by_label("1 / 100000 notes");
}
