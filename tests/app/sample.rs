//! A frame as the living thread would make it: a rotating spiral over thirty notes, with a past.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of a made-up frame")]

use std::sync::Arc;

use semafield::app::frame::{Felt, Frame, Happening, Layer, Mark, Pace, Parameter, Series, Subject};
use semafield::app::panels::Gallery;
use semafield::app::panels::gallery::Bundled;
use semafield::field::Kind;
use semafield::grid::{Grid, Topology};
use semafield::simulation::act::{Act, Brush};
use semafield::soil::Note;

const SIDE: usize = 128;
const SIZE: f64 = 192.0;

pub(crate) fn frame() -> Frame {
    let grid = Grid::new(&[SIDE, SIDE], &[SIZE, SIZE], &[Topology::Bounded, Topology::Bounded]);
    Frame {
        serial: 1,
        step: 1200,
        time: 24.0,
        dt: 0.02,
        layers: vec![spiral()],
        grid,
        mask: None,
        defects: vec![
            Mark { at: [96.0, 96.0], charge: 1, strength: 1.0 },
            Mark { at: [40.0, 130.0], charge: -1, strength: 1.0 },
            Mark { at: [150.0, 50.0], charge: -1, strength: 1.0 },
        ],
        felt: felt(),
        subject: Arc::new(subject()),
        series: Arc::new(series()),
        acts: Arc::new(acts()),
        events: Arc::new(events()),
        pace: Pace {
            steps_per_second: 243.0,
            cells_per_second: 4.0e6,
            step_milliseconds: 3.9,
            show_milliseconds: 1.2,
            steps_per_frame: 4,
        },
        passes: std::sync::Arc::default(),
        reading: std::sync::Arc::default(),
        playing: false,
        answered: 0,
        notice: None,
        regrowing: None,
        donor: None,
    }
}

/// A spiral wave with its core in the middle: `r / (r + 6) exp(i (angle - r / 6))`.
fn spiral() -> Layer {
    let cells = SIDE * SIDE;
    let mut values = vec![0.0; 2 * cells];
    for cell in 0..cells {
        let [x, y] = [cell % SIDE, cell / SIDE].map(|k| (k as f64 + 0.5) / SIDE as f64 * SIZE - SIZE / 2.0);
        let radius = x.hypot(y);
        let (sine, cosine) = (y.atan2(x) - radius / 6.0).sin_cos();
        let modulus = radius / (radius + 6.0);
        values[cell] = (modulus * cosine) as f32;
        values[cells + cell] = (modulus * sine) as f32;
    }
    Layer { expression: "A".into(), kind: Kind::Complex, values: Arc::new(values), range: [0.0, 0.96] }
}

const TITLES: [&str; 30] = [
    "Morning walk",
    "Tides",
    "Slow bread",
    "Knots",
    "A letter to Anna",
    "Moss",
    "Reading Kepler",
    "Salt",
    "Windows",
    "The map is not the land",
    "Sea glass",
    "Counting crows",
    "Paper boats",
    "Low pressure",
    "Echoes",
    "Bees in June",
    "Ice on the river",
    "Learning to listen",
    "Shadows at noon",
    "Old bridges",
    "Night trains",
    "Seeds",
    "Harbour",
    "Spirals in shells",
    "A quiet room",
    "Rust",
    "Two clocks",
    "Море зимой",
    "Lanterns",
    "The long way home",
];

fn notes() -> Vec<Note> {
    let note = |(k, title): (usize, &&str)| Note {
        id: format!("notes/{title}"),
        title: (*title).to_owned(),
        text: format!("{title}. What was seen, what was heard, and what it was like. The {k}th note of a long summer."),
        tags: vec![["water", "craft", "sky"][k % 3].to_owned()],
        links: vec![(k + 1) % TITLES.len(), (k + 7) % TITLES.len()],
        ..Note::default()
    };
    TITLES.iter().enumerate().map(note).collect()
}

/// Notes along a sunflower's spiral.
fn felt() -> Felt {
    let place = |k: usize| {
        let (radius, angle) = (14.0 * (k as f64 + 0.5).sqrt(), 2.399_963 * k as f64);
        [(SIZE / 2.0 + radius * angle.cos()) as f32, (SIZE / 2.0 + radius * angle.sin()) as f32]
    };
    let column = |step: f32| Arc::new((0..TITLES.len()).map(|k| (k as f32 * step).sin()).collect::<Vec<f32>>());
    Felt {
        quality: Some([0.94, 0.41]),
        positions: Arc::new((0..TITLES.len()).map(place).collect()),
        pinned: Arc::new((0..TITLES.len()).map(|k| k == 3).collect()),
        columns: [("phase", 0.9), ("coherence", 0.4), ("tension", 0.2), ("T", 0.3)]
            .map(|(name, step)| (name.to_owned(), column(step)))
            .to_vec(),
    }
}

fn subject() -> Subject {
    let seed = include_str!("../../assets/seeds/twin.toml");
    let parsed = semafield::seed::Seed::parse(seed).expect("the twin is a seed");
    let notes = notes();
    let nearest = (0..notes.len()).map(|k| (1..9).map(|d| ((k + d) % notes.len(), 0.95 - 0.05 * d as f32)).collect());
    let parameters = parsed.parameters.iter().map(|parameter| Parameter {
        name: parameter.name.value.clone(),
        value: parameter.value.value,
        range: [parameter.min.map_or(0.0, |least| least.value), parameter.max.map_or(1.0, |greatest| greatest.value)],
        doc: parameter.doc.as_ref().map_or_else(String::new, |doc| doc.value.clone()),
    });
    Subject {
        opened: None,
        serial: 1,
        title: "The twin".into(),
        seed: seed.into(),
        fields: [("A", Kind::Complex), ("M", Kind::Complex), ("theta", Kind::Link), ("T", Kind::Real)]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec(),
        derived: vec!["error".into(), "strain".into()],
        maps: vec!["soil.density".into(), "soil.gain".into(), "soil.coupling".into()],
        equations: parsed.equations.iter().map(|entry| (entry.name.value.clone(), entry.text.value.clone())).collect(),
        parameters: parameters.collect(),
        scheme: "heun".into(),
        bound: Some(0.043),
        nearest: Arc::new(nearest.collect()),
        notes: Arc::new(notes),
        place: "CPU".into(),
        threads: 2,
        trace: "/tmp/lives/twin/trace.jsonl".into(),
        can_say: true,
        parent: None,
    }
}

fn series() -> Series {
    let times: Vec<f64> = (0..=48).map(|k| f64::from(k) * 0.5).collect();
    let column = |f: fn(f64) -> f64| times.iter().map(|&time| f(time)).collect();
    let columns = vec![
        ("coherence".to_owned(), column(|t| 0.8 * (1.0 - (-t / 4.0).exp()) + 0.03 * (2.0 * t).sin())),
        ("tension".to_owned(), column(|t| 0.4 * (-t / 9.0).exp() + 0.05 * (1.3 * t).cos())),
        ("error".to_owned(), column(|t| 0.2 + 0.1 * (0.7 * t).sin())),
        ("defects".to_owned(), column(|t| (40.0 * (-t / 6.0).exp()).round() + 3.0)),
    ];
    Series { times, columns }
}

fn acts() -> Vec<(u64, Act)> {
    let brush = || Brush::Gaussian { at: vec![96.0, 96.0], radius: 12.0 };
    vec![
        (100, Act::Retune { name: "alpha".into(), value: 1.5 }),
        (240, Act::Stir { field: "A".into(), brush: brush(), strength: 1.0 }),
        (244, Act::Stir { field: "A".into(), brush: brush(), strength: 1.0 }),
        (400, Act::Pulse { field: "A".into(), brush: brush(), strength: 1.0, phase: 0.0 }),
        (640, Act::Cut { brush: brush() }),
        (700, Act::Pull { note: "notes/Moss".into(), to: [80.0, 60.0] }),
        (
            880,
            Act::Say {
                text: "the sea at night".into(),
                field: "A".into(),
                at: [60.0, 120.0],
                radius: 8.0,
                strength: 1.0,
                against: false,
            },
        ),
        (1000, Act::Warm { field: "A".into(), brush: brush(), strength: 0.5 }),
        (1600, Act::Rewrite { key: "equations.T".into(), value: "-T".into() }),
    ]
}

fn events() -> Vec<Happening> {
    let event = |k: u64| Happening {
        step: 20 * k,
        kind: if k.is_multiple_of(3) { "birth" } else { "annihilation" },
        charge: Some(0),
        at: [(k * 37 % 190) as f32, (k * 53 % 190) as f32],
    };
    (1..60).map(event).collect()
}

pub(crate) fn gallery() -> Gallery {
    let seed = |(name, title, description): (&str, &str, &str)| Bundled {
        name: name.into(),
        title: title.into(),
        description: description.into(),
    };
    let seeds = [
        ("twin", "The twin", "A body of notes that coheres, strains and remembers."),
        ("spirals", "Spiral turbulence", "The complex Ginzburg-Landau equation: spirals, born and annihilated."),
        ("gray-scott", "Gray-Scott", "Two chemicals that grow spots, worms and mazes."),
    ];
    Gallery { seeds: seeds.map(seed).to_vec() }
}
