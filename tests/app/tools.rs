//! Tools, look, parameters, pictures, gallery, help.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use semafield::app::request::Request;
use semafield::app::state::{BrushStyle, ColorStyle, Panel, Tool, Wish};
use semafield::output::colormap::Palette;
use semafield::simulation::act::Act;

use super::{World, asked, click, open};

#[test]
fn tools_are_chosen_by_name_and_by_number() {
    let mut window = open(World::new());
    click(&mut window, "Stir");
    assert_eq!(window.state().state.tool, Tool::Stir);
    for (key, tool) in [(Key::Num2, Tool::Paint), (Key::Num7, Tool::Pin), (Key::Num0, Tool::Notes)] {
        window.key_press(key);
        window.run();
        assert_eq!(window.state().state.tool, tool);
    }
}

#[test]
fn the_tool_in_hand_has_its_settings() {
    let mut window = open(World::new());
    window.key_press(Key::Num7);
    window.run();
    window.get_by_role_and_label(Role::Slider, "Radius").set_value_accesskit(20.0);
    window.run();
    assert!((window.state().state.radius - 20.0).abs() < 0.5);
    window.get_by_role_and_label(Role::ComboBox, "Brush").click();
    window.run();
    click(&mut window, "Disc");
    assert_eq!(window.state().state.brush, BrushStyle::Disc);
    let before = window.state().state.radius;
    window.key_press(Key::CloseBracket);
    window.run();
    assert!(window.state().state.radius > before);
}

#[test]
fn the_tool_in_hand_is_used_without_a_pointer() {
    let mut window = open(World::new());
    for (modifiers, inverted) in [(Modifiers::NONE, false), (Modifiers::SHIFT, true)] {
        window.key_press_modifiers(modifiers, Key::Enter);
        window.run();
        let answers = std::mem::take(&mut window.state_mut().answers);
        assert_eq!(answers.wishes, [Wish::Touch { inverted }]);
    }
}

#[test]
fn another_quantity_is_asked_for_and_gets_its_style() {
    let mut window = open(World::new());
    window.get_by_role_and_label(Role::ComboBox, "Quantity").click();
    window.run();
    assert_eq!(click(&mut window, "strain"), [Request::Show(vec!["strain".into()])]);
    assert_eq!(window.state().state.look.style, ColorStyle::Scalar(Palette::Tide));
    click(&mut window, "Ember");
    assert_eq!(window.state().state.look.style, ColorStyle::Scalar(Palette::Ember));
    window.get_by_role_and_label(Role::CheckBox, "Defects").click();
    window.run();
    assert!(!window.state().state.look.defects);
}

#[test]
fn a_slider_retunes() {
    let mut window = open(World::new());
    click(&mut window, "Parameters");
    window.get_by_role_and_label(Role::Slider, "alpha").set_value_accesskit(2.5);
    assert_eq!(asked(&mut window), [Request::Do(Act::Retune { name: "alpha".into(), value: 2.5 })]);
    assert_eq!(asked(&mut window), [], "one act for one change");
    std::sync::Arc::make_mut(&mut window.state_mut().frame.subject).parameters[0].value = 2.5;
    window.run();
    let reset = click(&mut window, "Back to the seed: alpha = 2");
    assert_eq!(reset, [Request::Do(Act::Retune { name: "alpha".into(), value: 2.0 })]);
}

#[test]
fn scheme_and_step_are_rewritten_beside_the_bound() {
    let mut window = open(World::new());
    click(&mut window, "Parameters");
    window.get_by_label("stable while: dt ≤ 0.043").scroll_to_me();
    window.run();
    window.get_by_role_and_label(Role::ComboBox, "Scheme").click();
    window.run();
    let act = Act::Rewrite { key: "time.scheme".into(), value: "rk4".into() };
    assert_eq!(click(&mut window, "rk4"), [Request::Do(act)]);
    let field = window.get_by_role_and_label(Role::TextInput, "dt");
    field.focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_role_and_label(Role::TextInput, "dt").type_text("0.01");
    window.run();
    window.key_press(Key::Enter);
    let act = Act::Rewrite { key: "time.dt".into(), value: "0.01".into() };
    assert_eq!(asked(&mut window), [Request::Do(act)]);
    window.state_mut().frame.dt = 0.05;
    window.run();
    window.get_by_label("The step is above the bound of stability: dt ≤ 0.043");
}

#[test]
fn pictures_and_recordings_are_wished_for() {
    let mut window = open(World::new());
    click(&mut window, "Pictures and recordings");
    window.get_by_role_and_label(Role::Button, "3840 × 2160").click();
    window.run();
    window.get_by_role_and_label(Role::Button, "Record a video (MP4)").click();
    window.run();
    let wishes = std::mem::take(&mut window.state_mut().answers.wishes);
    assert_eq!(wishes, [Wish::Record(semafield::app::state::RecordingKind::Mp4, [3840, 2160])]);
    window.key_press(Key::P);
    window.run();
    assert_eq!(window.state().answers.wishes, [Wish::Picture([3840, 2160])]);
}

#[test]
fn seeds_and_paths_are_opened() {
    let mut window = open(World::new());
    window.key_press_modifiers(Modifiers::COMMAND, Key::O);
    window.run();
    assert_eq!(window.state().state.panel, Panel::Gallery);
    window.get_by_role_and_label(Role::TextInput, "Path").type_text("/home/me/notes");
    window.run();
    assert_eq!(click(&mut window, "Open the path"), [Request::Open("/home/me/notes".into())]);
    assert_eq!(click(&mut window, "Gray-Scott"), [Request::Gallery("gray-scott".into())]);
}

#[test]
fn help_panels_theme_and_language_have_keys() {
    let mut window = open(World::new());
    window.key_press(Key::F1);
    window.run();
    window.get_by_label("Play or pause");
    click(&mut window, "Close the help");
    assert!(!window.state().state.help_open);
    window.key_press(Key::H);
    window.run();
    assert!(window.query_by_label("Timeline").is_none());
    click(&mut window, "Show panels");
    window.get_by_label("Timeline");
    window.key_press(Key::D);
    window.run();
    assert!(!window.state().state.dark);
    click(&mut window, "Русский");
    window.get_by_role_and_label(Role::Button, "Пуск");
}

#[test]
fn another_seed_makes_forget_what_it_does_not_have() {
    let mut world = World::new();
    world.state.panel = Panel::Parameters;
    world.state.look.color = "strain".into();
    world.state.drafts = vec![("equations.A".into(), "0".into()), ("time.dt".into(), "1".into())];
    let mut window = open(world);
    assert_eq!(window.state().state.look.color, "strain");
    let heat = include_str!("../../assets/seeds/heat.toml");
    let subject = std::sync::Arc::make_mut(&mut window.state_mut().frame.subject);
    (subject.serial, subject.seed) = (2, heat.into());
    window.run();
    let state = &window.state().state;
    assert_eq!(state.look.color, "");
    assert_eq!(state.drafts, [("time.dt".to_owned(), "1".to_owned())]);
}
