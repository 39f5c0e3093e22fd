//! Acts on notes: where they lie, what lies between them, and where a sentence belongs.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use semafield::math::arithmetic::Precision;
use semafield::simulation::act::{Act, Brush, Paint};
use semafield::simulation::life::Life;
use semafield::soil::{LayoutKind, Silent, Soil, SoilOptions};

use super::{options, refusal, write};

static GOING: AtomicBool = AtomicBool::new(false);

/// Three groups of notes about gardens, music and the sea.
fn vault(folder: &Path) {
    let groups = [
        ("garden", ["soil", "roots", "leaves", "seeds", "compost", "pruning"]),
        ("music", ["rhythm", "chords", "violin", "melody", "silence", "tuning"]),
        ("sea", ["waves", "harbour", "sailing", "tides", "salt", "fog"]),
    ];
    for (group, words) in groups {
        for (index, word) in words.iter().enumerate() {
            let next = words[(index + 1) % words.len()];
            let text = format!("# {word}\n\nThe {group} has {word} and {next}. In the {group} we look at {word}.\n");
            write(folder, &format!("notes/{group}-{word}.md"), &text);
        }
    }
}

const SEED: &str = r#"semafield = 1
rng_seed = 1

[domain]
kind = "grid"
shape = [32, 32]
size = [16.0, 16.0]
boundary = "no-flux"

[soil]
source = "notes"
neighbors = 4

[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}

[equations]
A = "soil.gain*A - abs2(A)*A + div_grad(soil.coupling, A)"

[time]
dt = 0.02
stop = 1.0
"#;

fn begin(folder: &Path) -> Life {
    vault(folder);
    write(folder, "seed.toml", SEED);
    let options = semafield::simulation::Options { folder: folder.into(), ..options(Precision::F32, 2) };
    let mut life = Life::begin(SEED, "seed.toml", &options, &Silent, &folder.join("life.jsonl")).unwrap();
    life.advance(2).unwrap();
    life
}

fn coupling(life: &Life) -> Vec<f64> {
    let simulation = life.simulation();
    let map = simulation.model().maps.iter().position(|map| map.name == "soil.coupling").unwrap();
    simulation.ground().maps[map].as_ref().unwrap().values.to_f64()
}

#[test]
fn a_note_that_is_pulled_takes_its_nearest_along() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path());
    let note = "garden-roots";
    let soil = life.simulation().soil().unwrap().clone();
    let index = soil.notes.iter().position(|own| own.id == note).unwrap();
    let nearest: Vec<usize> = soil.neighbors.of(index).map(|(other, _)| other).collect();
    let stays = &soil.notes[nearest[0]].id;
    life.act(Act::PinNote { note: stays.clone(), pinned: true }).unwrap();
    assert_eq!(life.simulation().pinned_notes().iter().filter(|pinned| **pinned).count(), 1);
    let before = coupling(&life);
    life.act(Act::Pull { note: note.into(), to: [12.0, 3.0] }).unwrap();
    let now = &life.simulation().soil().unwrap().layout;
    assert!((now[index][0] - 0.75).abs() < 1e-12 && (now[index][1] - 0.1875).abs() < 1e-12);
    let way = |at: usize| [0, 1].map(|axis| now[at][axis] - soil.layout[at][axis]);
    for other in 0..now.len() {
        let [dx, dy] = way(other);
        let moved = dx != 0.0 || dy != 0.0;
        assert_eq!(moved, other == index || nearest[1..].contains(&other), "{}", soil.notes[other].id);
        if moved && other != index {
            let [whole, _] = way(index);
            assert!(dx / whole > 0.0 && dx / whole < 0.5);
        }
    }
    assert_ne!(coupling(&life), before);
    let pull = |note: &str| Act::Pull { note: note.into(), to: [1.0, 1.0] };
    let pinned = stays.clone();
    assert!(refusal(life.act(pull(&pinned))).contains("pinned"));
    assert!(refusal(life.act(pull("garden-root"))).contains("garden-roots"));
}

#[test]
fn a_link_couples_what_lies_between_and_unlinking_parts_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path());
    let before = coupling(&life);
    let link = |from: &str, to: &str| Act::Link { from: from.into(), to: to.into() };
    life.act(link("garden-roots", "sea-fog")).unwrap();
    let linked = coupling(&life);
    assert!(linked.iter().zip(&before).all(|(now, then)| now >= then));
    assert!(linked.iter().zip(&before).any(|(now, then)| *now > then + 0.1));
    let notes = &life.simulation().soil().unwrap().notes;
    let index = |id: &str| notes.iter().position(|note| note.id == id).unwrap();
    let (from, to) = (index("garden-roots"), index("sea-fog"));
    assert!(notes[from].links.contains(&to));
    life.act(Act::Unlink { from: "sea-fog".into(), to: "garden-roots".into() }).unwrap();
    let parted = coupling(&life);
    assert!(parted.iter().zip(&before).all(|(now, then)| now <= then), "the last word on a pair counts");
    assert!(!life.simulation().soil().unwrap().notes[from].links.contains(&to));
    assert!(parted.iter().chain(&linked).all(|value| (0.05..=1.0).contains(value)));
    assert!(refusal(life.act(link("sea-fog", "sea-fog"))).contains("itself"));
}

#[test]
fn a_life_among_notes_is_lived_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path());
    let lasso = Brush::Notes { ids: vec!["sea-fog".into(), "sea-salt".into()], radius: 0.8 };
    let at = life.place("the waves of the sea and the harbour").unwrap();
    let acts = [
        Act::Pull { note: "music-violin".into(), to: [4.0, 15.9] },
        Act::Link { from: "garden-soil".into(), to: "music-tuning".into() },
        Act::Paint { field: "A".into(), mode: Paint::Set, value: "0.5*soil.gain".into(), brush: lasso, strength: 1.0 },
        Act::Say { text: "the waves".into(), field: "A".into(), at, radius: 1.0, strength: 0.5, against: false },
        Act::Rewrite {
            key: "equations.A".into(),
            value: "soil.gain*A - abs2(A)*A + laplacian(A)*soil.coupling".into(),
        },
        Act::Pull { note: "music-violin".into(), to: [14.0, 1.0] },
        Act::Settle { iterations: 7 },
        Act::Unlink { from: "garden-soil".into(), to: "garden-roots".into() },
        Act::Settle { iterations: 3 },
    ];
    let mut states = Vec::new();
    for act in acts {
        states.push(life.simulation_mut().digests().unwrap());
        life.act(act).unwrap();
        life.advance(3).unwrap();
    }
    life.finish().unwrap();
    let digests = life.simulation_mut().digests().unwrap();
    let path = life.path().to_owned();
    let options = life.simulation().options().clone();
    let mut again = Life::open(&path, &options, false, &Silent, &GOING).unwrap().unwrap();
    assert_eq!(again.simulation_mut().digests().unwrap(), digests);
    assert_eq!(again.simulation().soil().unwrap().layout, life.simulation().soil().unwrap().layout);
    while let Some(state) = states.pop() {
        assert!(again.undo(&Silent, &GOING).unwrap());
        assert_eq!(again.simulation_mut().digests().unwrap(), state);
    }
    let planted = Soil::grow(
        &folder.path().join("notes"),
        &SoilOptions { neighbors: 4, rng_seed: 1, ..SoilOptions::default() },
        &Silent,
    );
    assert_eq!(again.simulation().soil().unwrap().layout, planted.unwrap().layout, "undone notes lie where they lay");
}

/// The note that is nearest to another on the map.
fn beside(soil: &Soil, note: usize) -> &str {
    let away = |other: usize| {
        let [x, y] = [0, 1].map(|axis| soil.layout[other][axis] - soil.layout[note][axis]);
        x * x + y * y
    };
    let others = (0..soil.notes.len()).filter(|&other| other != note);
    &soil.notes[others.min_by(|&a, &b| away(a).total_cmp(&away(b))).unwrap()].id
}

#[test]
fn a_map_settles_round_what_is_pinned_and_what_was_pulled_finds_home() {
    let folder = tempfile::tempdir().unwrap();
    let mut life = begin(folder.path());
    let soil = |life: &Life| life.simulation().soil().unwrap().clone();
    let index = |soil: &Soil, id: &str| soil.notes.iter().position(|note| note.id == id).unwrap();
    let planted = soil(&life);
    let [pulled, pinned, sea] = ["garden-soil", "music-violin", "sea-fog"].map(|id| index(&planted, id));
    life.act(Act::PinNote { note: "music-violin".into(), pinned: true }).unwrap();
    let to = planted.layout[sea].map(|x| 16.0 * x + 0.05);
    life.act(Act::Pull { note: "garden-soil".into(), to }).unwrap();
    let before = soil(&life);
    assert!(beside(&before, pulled).starts_with("sea-"));
    let map = |life: &mut Life| field_digest(life);
    let held = map(&mut life);
    for _ in 0..40 {
        life.act(Act::Settle { iterations: 5 }).unwrap();
    }
    let after = soil(&life);
    assert!(beside(&after, pulled).starts_with("garden-"), "{}", beside(&after, pulled));
    assert_eq!(after.layout[pinned], planted.layout[pinned]);
    assert!((0..after.notes.len()).all(|note| note == pinned || after.layout[note] != before.layout[note]));
    assert!(after.layout.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
    let mean = |soil: &Soil| soil.map_recall().iter().sum::<f64>() / soil.notes.len() as f64;
    assert!(mean(&after) > mean(&before), "{} {}", mean(&after), mean(&before));
    assert_eq!(map(&mut life), held, "the field has not moved: what lies under it has");
    for iterations in [0, 1001] {
        let why = refusal(life.act(Act::Settle { iterations }));
        assert!(why.contains("1 to 1000"), "{why}");
    }
}

fn field_digest(life: &mut Life) -> String {
    life.simulation_mut().digests().unwrap().remove("A").unwrap()
}

#[test]
fn a_sentence_lies_among_the_notes_that_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    vault(folder.path());
    for layout in [LayoutKind::Neighbor, LayoutKind::Pca] {
        let options = SoilOptions { neighbors: 4, layout, ..SoilOptions::default() };
        let soil = Soil::grow(&folder.path().join("notes"), &options, &Silent).unwrap();
        let reader = soil.reader().unwrap();
        for (sentence, group) in [
            ("Compost for the garden", "garden-"),
            ("the violin plays a melody in silence", "music-"),
            ("sailing out of the harbour at high tides", "sea-"),
        ] {
            let place = reader.place(&soil, sentence).unwrap();
            assert_eq!(place, soil.place(sentence).unwrap());
            assert!(soil.notes[place.nearest[0].0].id.starts_with(group), "{sentence}");
            assert!(place.nearest.is_sorted_by(|a, b| a.1 >= b.1));
            let away = |note: usize| {
                let [x, y] = [0, 1].map(|axis| soil.layout[note][axis] - place.at[axis]);
                (x * x + y * y).sqrt()
            };
            let closest = (0..soil.notes.len()).min_by(|&a, &b| away(a).total_cmp(&away(b))).unwrap();
            assert!(soil.notes[closest].id.starts_with(group), "{sentence} lies at {}", soil.notes[closest].id);
        }
        // A note's own words lie at the note.
        let note = &soil.notes[3];
        assert_eq!(reader.place(&soil, &format!("{} {}", note.title, note.text)).unwrap().nearest[0].0, 3);
        let unknown = reader.place(&soil, "xylophagous quasars").unwrap_err().to_string();
        assert!(unknown.contains("other words"), "{unknown}");
        assert!(reader.place(&soil, "").is_err());
    }
}

#[test]
fn vectors_without_words_have_no_place_for_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.npy");
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 3), }\n";
    let numbers: Vec<u8> = (0..18_u16).flat_map(|i| f32::from(i * i % 7).to_le_bytes()).collect();
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    std::fs::write(&path, [b"\x93NUMPY\x01\x00".as_slice(), &length, header.as_bytes(), &numbers].concat()).unwrap();
    let soil = Soil::grow(&path, &SoilOptions::default(), &Silent).unwrap();
    assert!(soil.place("a word").unwrap_err().to_string().contains("text"));
}
