//! Readings of fields that are known: groups, passes, walls, drift, passages.

use semafield::grid::{Grid, Topology};
use semafield::topology::ComplexGrid;
use semafield::topology::readings::{Observation, Pace, Readings, strain};
use semafield::topology::track::BasinEventKind;
use semafield::topology::worldlines::Line;

const SIDE: usize = 64;

/// Hills of some height and width 12 about their middles, nothing elsewhere.
fn hills(middles: &[(f64, f64, f64)]) -> Vec<f64> {
    (0..SIDE * SIDE)
        .map(|cell| {
            let (x, y) = ((cell % SIDE) as f64 + 0.5, (cell / SIDE) as f64 + 0.5);
            let hill =
                |&(cx, cy, height): &(f64, f64, f64)| height - ((x - cx).powi(2) + (y - cy).powi(2)).sqrt() / 20.0;
            middles.iter().map(hill).fold(0.0, f64::max)
        })
        .collect()
}

fn grid() -> Grid {
    Grid::new(&[SIDE, SIDE], &[64.0, 64.0], &[Topology::Bounded; 2])
}

fn observation(step: u64, strength: &[f64]) -> Observation<'_> {
    Observation { step, time: step as f64, strength, defects: &[], events: &[] }
}

#[test]
fn two_hills_are_two_groups_with_a_bridge_and_a_fault_line() {
    let strength = hills(&[(18.0, 32.0, 1.0), (44.0, 32.0, 1.0)]);
    // Strained where the hills meet.
    let tension: Vec<f64> =
        (0..SIDE * SIDE).map(|cell| if (cell % SIDE).abs_diff(31) < 3 { 1.0 } else { 0.01 }).collect();
    let notes = [[18.0, 32.0], [22.0, 30.0], [44.0, 33.0], [30.0, 32.4], [5.0, 60.0], [32.5, 40.0]];
    let mut readings = Readings::new(&grid(), &notes, true).unwrap();
    for step in 0..3 {
        let changes = readings.observe(&observation(step, &strength)).unwrap();
        assert!(changes.regions.is_empty() && changes.drifts.is_empty());
    }
    let groups = readings.groups();
    assert_eq!(groups.iter().map(|group| group.notes.clone()).collect::<Vec<_>>(), [vec![0, 1, 3], vec![2, 5]]);
    assert_eq!(readings.notes()[4].group, None, "the field is too weak there");
    let bridges = readings.bridges();
    assert_eq!(bridges.len(), 1);
    assert_eq!((bridges[0].note, bridges[0].groups), (3, [groups[0].id, groups[1].id]));
    let lines = readings.fault_lines(&tension).unwrap();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].strain > 5.0 && lines[0].length > 20.0);
    assert_eq!(lines[0].notes, [vec![3], vec![5]]);
    assert_eq!(readings.notes()[0].still_since, 0.0);
}

#[test]
fn a_note_drifts_when_the_border_passes_it() {
    let mut readings = Readings::new(&grid(), &[[31.0, 32.0], [18.0, 32.0]], true).unwrap();
    let mut drifts = Vec::new();
    for step in 0..6u64 {
        let away = step as f64 * 1.5;
        let strength = hills(&[(18.0 - away, 32.0, 1.0), (46.0 - away, 32.0, 1.0)]);
        drifts.extend(readings.observe(&observation(step, &strength)).unwrap().drifts);
    }
    let [drift] = drifts[..] else { panic!("{drifts:?}") };
    assert_eq!((drift.note, drift.from, drift.into), (0, 0, 1));
    assert_eq!((readings.notes()[0].drifts, readings.notes()[0].group, readings.notes()[1].drifts), (1, Some(1), 0));
    assert_eq!(readings.notes()[0].group_since, drift.time);
    assert_eq!(readings.pace(), Pace::Living);
}

#[test]
fn a_group_that_merges_takes_its_notes_along() {
    let mut readings = Readings::new(&grid(), &[[20.0, 32.0], [44.0, 32.0]], true).unwrap();
    let mut kinds = Vec::new();
    for step in 0..8 {
        let height = if step < 3 { 1.0 } else { 0.3 };
        let strength = hills(&[(20.0, 32.0, 1.4), (44.0, 32.0, height)]);
        let changes = readings.observe(&observation(step, &strength)).unwrap();
        kinds.extend(changes.regions.iter().map(|event| event.kind));
        assert!(changes.drifts.is_empty());
    }
    assert_eq!(kinds, [BasinEventKind::Merge]);
    assert_eq!(readings.groups().len(), 1);
}

#[test]
fn defects_that_come_by_are_counted_once_each_time() {
    let strength = hills(&[(32.0, 32.0, 3.0)]);
    let mut readings = Readings::new(&grid(), &[[10.0, 10.0], [50.0, 50.0]], true).unwrap();
    let places = [2.0, 9.5, 10.5, 20.0, 30.0, 10.0, 10.0];
    for (step, x) in (0..).zip(places) {
        let line = Line { id: 7, plaquette: 0, positive: true, place: [x, 10.0], since: 0.0 };
        let seen = observation(step, &strength);
        readings.observe(&Observation { defects: &[line], ..seen }).unwrap();
    }
    let [near, far] = readings.conflicts() else { panic!("two notes") };
    assert_eq!((near.passed, near.last), (2, Some(6.0)));
    assert_eq!((far.passed, far.last), (0, None));
    assert_eq!(readings.groups()[0].conflicts.passed, 1);
}

#[test]
fn a_field_without_end_of_change_freezes() {
    let mut readings = Readings::new(&grid(), &[], false).unwrap();
    for step in 0..30u64 {
        let strength = hills(&[(20.0 + step.min(8) as f64, 32.0, 1.0)]);
        readings.observe(&observation(step, &strength)).unwrap();
    }
    assert!(matches!(readings.pace(), Pace::Frozen { since } if since <= 8.0));
}

#[test]
fn strain_is_that_of_the_equation_language() {
    // A plane wave of wave number k on a torus: every edge has |1 - e^{i k h}|^2 / h^2.
    let (n, h) = (12, 0.5);
    let phase = |cell: usize| std::f64::consts::TAU * (cell % n) as f64 / n as f64;
    let (re, im): (Vec<f64>, Vec<f64>) = (0..n * n).map(|cell| (phase(cell).cos(), phase(cell).sin())).unzip();
    let field = ComplexGrid { shape: &[n, n], periodic: &[true; 2], re: &re, im: &im, theta: None, mask: None };
    let expected = 0.5 * (2.0 - 2.0 * (std::f64::consts::TAU / n as f64).cos()) / (h * h);
    assert!(strain(&field, [h; 2]).unwrap().iter().all(|s| (s - expected).abs() < 1e-12));
    // Frames that carry the phase along leave no strain.
    let mut theta = vec![-std::f64::consts::TAU / n as f64; n * n];
    theta.extend(vec![0.0; n * n]);
    let carried = ComplexGrid { theta: Some(&theta), ..field };
    assert!(strain(&carried, [h; 2]).unwrap().iter().all(|s| s.abs() < 1e-12));
}
