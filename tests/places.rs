//! Notes keep their place on the map: `plant` writes it, `plant --update` takes new notes in without moving the old, or
//! keeps the map that a trace left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use semafield::math::arithmetic::Precision;
use semafield::simulation::act::Act;
use semafield::simulation::life::Life;
use semafield::soil::{LayoutKind, Places, Silent, Soil, SoilOptions};

use crate::common::grown::options;

const TOPICS: [&str; 3] = ["harbour tide lighthouse anchor", "oven bread flour crust", "violin cello score bow"];

struct Garden(tempfile::TempDir);

impl Garden {
    fn new(notes: usize) -> Self {
        let garden = Self(tempfile::tempdir().unwrap());
        (0..notes).for_each(|note| garden.note(note, note % 3));
        garden
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn note(&self, note: usize, topic: usize) {
        fs::create_dir_all(self.at("vault")).unwrap();
        let words: Vec<&str> = TOPICS[topic].split(' ').collect();
        let text =
            format!("{} {} and {} number{}\n", words[note % 4], words[(note / 4) % 4], words[(note / 2) % 4], note % 5);
        fs::write(self.at(&format!("vault/n{note:02}.md")), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_semafield"));
        command.args(arguments).current_dir(self.0.path()).env("SEMAFIELD_CACHE", self.at("cache"));
        command.output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Lines of the places file by id, as text.
    fn places(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.at("vault.places.csv")).unwrap();
        text.lines().skip(1).map(|line| (line.split(',').next().unwrap().to_owned(), line.to_owned())).collect()
    }
}

fn position(line: &str) -> [f64; 2] {
    let parts: Vec<f64> = line.split(',').skip(1).take(2).map(|part| part.parse().unwrap()).collect();
    [parts[0], parts[1]]
}

#[test]
fn new_notes_are_taken_in_and_the_old_stay() {
    let garden = Garden::new(36);
    garden.done(&["plant", "vault", "--quiet"]);
    let before = garden.places();
    assert_eq!(before.len(), 36);
    // A person edits the seed; a note comes, one goes, one changes its topic.
    let mine =
        fs::read_to_string(garden.at("vault.toml")).unwrap().replace("[parameters]", "# my own remark\n[parameters]");
    fs::write(garden.at("vault.toml"), &mine).unwrap();
    garden.note(40, 1);
    fs::remove_file(garden.at("vault/n05.md")).unwrap();
    garden.note(7, 2);
    let said = garden.done(&["plant", "--update", "vault.toml", "--quiet"]);
    assert!(said.contains("34 notes keep their place; 1 new, 1 changed, 1 gone"), "{said}");
    let after = garden.places();
    assert_eq!(after.len(), 36);
    assert!(
        before.iter().filter(|(id, _)| !["n05", "n07"].contains(&id.as_str())).all(|(id, line)| after[id] == *line)
    );
    assert_ne!(after["n07"], before["n07"]);
    assert_eq!(fs::read_to_string(garden.at("vault.toml")).unwrap(), mine, "the seed is the person's");
    let [x, y] = position(&after["n40"]);
    assert!((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y));
    // Nothing has changed since: nothing moves, and the run lies where the file says.
    garden.done(&["plant", "--update", "vault.toml", "--quiet"]);
    assert_eq!(garden.places(), after);
    assert_eq!(garden.run(&["plant", "vault"]).status.code(), Some(2), "neither seed nor places are overwritten");
}

#[test]
fn a_new_note_lies_among_its_own_kind() {
    let garden = Garden::new(60);
    garden.done(&["plant", "vault", "--quiet"]);
    garden.note(70, 1);
    garden.done(&["plant", "--update", "vault.toml", "--quiet"]);
    let places = garden.places();
    let at = position(&places["n70"]);
    let mut near: Vec<(f64, usize)> = (0..60)
        .map(|note| {
            let other = position(&places[&format!("n{note:02}")]);
            ((at[0] - other[0]).hypot(at[1] - other[1]), note % 3)
        })
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let kin = near[..5].iter().filter(|(_, topic)| *topic == 1).count();
    assert!(kin >= 4, "{:?}", &near[..8]);
}

#[test]
fn a_seed_without_places_gets_them() {
    let garden = Garden::new(12);
    garden.done(&["plant", "vault", "--quiet"]);
    let text = fs::read_to_string(garden.at("vault.toml")).unwrap();
    let bare: String =
        text.lines().filter(|line| !line.starts_with("places")).map(|line| format!("{line}\n")).collect();
    assert_ne!(bare, text);
    fs::write(garden.at("vault.toml"), bare).unwrap();
    fs::remove_file(garden.at("vault.places.csv")).unwrap();
    let said = garden.done(&["plant", "--update", "vault.toml", "--quiet"]);
    assert!(said.contains("had no places yet"), "{said}");
    assert_eq!(garden.places().len(), 12);
    assert!(fs::read_to_string(garden.at("vault.toml")).unwrap().contains("places = \"vault.places.csv\""));
}

#[test]
fn a_damaged_file_of_places_is_told_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    let said = |text: &str| {
        fs::write(&path, text).unwrap();
        Places::read(&path).unwrap_err().to_string()
    };
    assert!(said("id,x,y\na,0.5,half\n").contains("line 2: `half` is not a finite number"));
    assert!(said("id,x,y\na,0.5,0.5\na,0.1,0.1\n").contains("line 3: note `a` has a place already"));
    assert!(said("id,x\na,0.5\n").contains("no column `y`"));
}

fn grow(source: &Path, options: &SoilOptions) -> Soil {
    Soil::grow(source, options, &Silent).unwrap()
}

/// What is kept of a run without places serves a run in which all notes have the places of that run, and no other.
#[test]
fn places_and_what_is_kept_do_not_mix() {
    let garden = Garden::new(30);
    let vault = garden.at("vault");
    let free = SoilOptions { cache: Some(garden.at("cache")), ..SoilOptions::default() };
    let laid_out = grow(&vault, &free);
    let text = Places::text_of(&laid_out);
    let placed = |text: &str| {
        fs::write(garden.at("p.csv"), text).unwrap();
        let places = Some(Places::read(&garden.at("p.csv")).unwrap());
        grow(&vault, &SoilOptions { places, ..free.clone() })
    };
    assert_eq!(placed(&text).layout, laid_out.layout);
    // Another place of one note is kept to the bit, and others do not follow.
    let moved: String = text
        .lines()
        .map(|line| match line.strip_prefix("n03,") {
            Some(rest) => format!("n03,0.125,0.875,{}\n", rest.rsplit(',').next().unwrap()),
            None => format!("{line}\n"),
        })
        .collect();
    let other = placed(&moved);
    let own = other.notes.iter().position(|note| note.id == "n03").unwrap();
    assert_eq!(other.layout[own], [0.125, 0.875]);
    assert!((0..30).filter(|&note| note != own).all(|note| other.layout[note] == laid_out.layout[note]));
    assert_eq!(grow(&vault, &free).layout, laid_out.layout);
}

#[test]
fn given_layouts_are_the_columns_of_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    let line = |i: usize| format!("{{\"vector\": [1, {i}, {}], \"x\": {}, \"y\": {}}}\n", i * i, 3 * i, 10 - i);
    fs::write(&path, (0..8).map(line).collect::<String>()).unwrap();
    let soil = grow(&path, &SoilOptions { layout: LayoutKind::Given, ..SoilOptions::default() });
    // One scale for both axes, y up, in the middle of the square.
    let step = [soil.layout[1][0] - soil.layout[0][0], soil.layout[1][1] - soil.layout[0][1]];
    for pair in soil.layout.windows(2) {
        assert!((pair[1][0] - pair[0][0] - step[0]).abs() < 1e-12 && (pair[1][1] - pair[0][1] - step[1]).abs() < 1e-12);
    }
    assert!((step[0] + 3.0 * step[1]).abs() < 1e-12 && step[0] > 0.0);
}

#[test]
fn the_map_that_a_trace_left_is_kept() {
    let garden = Garden::new(24);
    garden.done(&["plant", "vault", "--quiet"]);
    let seed = fs::read_to_string(garden.at("vault.toml")).unwrap();
    let options = options(Precision::F32, garden.0.path());
    let trace = garden.at("life.jsonl");
    let mut life = Life::begin(&seed, "vault.toml", &options, &Silent, &trace).unwrap();
    life.act(Act::PinNote { note: "n00".into(), pinned: true }).unwrap();
    life.act(Act::Pull { note: "n01".into(), to: [1.0, 2.0] }).unwrap();
    life.advance(3).unwrap();
    life.act(Act::Settle { iterations: 3 }).unwrap();
    life.finish().unwrap();
    let left = life.simulation().soil().unwrap().layout.clone();
    garden.done(&["plant", "--update", "vault.toml", "--map", "life.jsonl", "--quiet"]);
    // The next run begins where the life ended, to the bit, and the file of before is as it was.
    let kept = fs::read_to_string(garden.at("vault.toml")).unwrap();
    assert_eq!(kept, seed.replace("\"vault.places.csv\"", "\"vault.places-2.csv\""));
    let planted = |text: &str| Life::begin(text, "vault.toml", &options, &Silent, &garden.at("next.jsonl")).unwrap();
    let layout = |life: &Life| life.simulation().soil().unwrap().layout.clone();
    assert_eq!(layout(&planted(&kept)), left);
    assert_ne!(layout(&planted(&seed)), left);
    // A trace of other places is refused, and nothing is written.
    fs::write(garden.at("vault.places.csv"), fs::read_to_string(garden.at("vault.places-2.csv")).unwrap()).unwrap();
    let refused = garden.run(&["plant", "--update", "vault.toml", "--map", "life.jsonl", "--quiet"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("lived on other notes, or on another map"));
    assert!(!garden.at("vault.places-3.csv").exists());
}

#[test]
fn columns_are_chosen_when_a_table_is_planted_and_stay_chosen() {
    let garden = Garden::new(0);
    let rows = (0..9).map(|note| format!("n{note},short {note},{}\n", TOPICS[note % 3]));
    fs::write(garden.at("notes.csv"), format!("name,abstract,body\n{}", rows.collect::<String>())).unwrap();
    let refused = |arguments: &[&str], named: &str| {
        let output = garden.run(&[&["plant", "notes.csv", "--quiet"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(named), "{said}");
        assert!(!garden.at("notes.toml").exists(), "{arguments:?}");
    };
    refused(&[], "--column text=NAME");
    refused(&["--column", "text=boddy"], "`boddy`");
    refused(&["--column", "body"], "ROLE=NAME");
    refused(&["--column", "texts=body"], "ROLE=NAME");
    garden.done(&["plant", "notes.csv", "--column", "text=body", "--column", "title=name", "--quiet"]);
    let seed = fs::read_to_string(garden.at("notes.toml")).unwrap();
    assert!(seed.contains(r#"columns = {text = "body", title = "name"}"#), "{seed}");
    assert!(garden.run(&["check", "notes.toml"]).status.success());
    garden.done(&["plant", "--update", "notes.toml", "--quiet"]);
}
