//! World lines: continuity of charge on random and moving fields, and lines that are known.

use super::Random;
use semafield::grid::{Grid, Topology};
use semafield::topology::worldlines::{Event, EventKind, WorldLines};

fn count(events: &[Event], kind: EventKind) -> i64 {
    events.iter().filter(|event| event.kind == kind).count() as i64
}

fn assert_balance(before: i64, after: i64, events: &[Event]) {
    let pairs = count(events, EventKind::Birth) - count(events, EventKind::Annihilation);
    let singles = count(events, EventKind::Enter) - count(events, EventKind::Exit);
    assert_eq!(after - before, 2 * pairs + singles);
}

/// Random walks of the values, far and near, with links that walk too.
#[test]
fn births_less_annihilations_is_the_change_in_count() {
    let mut random = Random(8);
    for trial in 0..24 {
        let shape = [2 + random.below(9) as usize, 2 + random.below(9) as usize];
        let cells = shape[0] * shape[1];
        let closed = trial % 3 != 0;
        let side = if closed { Topology::Periodic } else { Topology::Bounded };
        let grid = Grid::new(&shape, &[4.0, 3.0], &[side, Topology::Periodic]);
        let mask: Vec<bool> = (0..cells).map(|_| closed || random.below(8) > 0).collect();
        let mut values: Vec<f64> = (0..4 * cells).map(|_| random.signed()).collect();
        let stride = [2.0, 0.3, 0.05][trial % 3];
        let mut lines = WorldLines::new(&grid, Some(&mask)).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for step in 0..30 {
            let before = lines.lines().len() as i64;
            let (re, rest) = values.split_at(cells);
            let (im, theta) = rest.split_at(cells);
            let theta = (trial % 2 == 0).then_some(theta);
            let events = lines.observe(step, step as f64, re, im, theta).unwrap();
            if step > 0 {
                assert_balance(before, lines.lines().len() as i64, &events);
            }
            if closed {
                assert_eq!(count(&events, EventKind::Enter) + count(&events, EventKind::Exit), 0);
                let positive = lines.lines().iter().filter(|line| line.positive).count();
                assert_eq!(2 * positive, lines.lines().len());
            }
            let born = events.iter().filter(|e| matches!(e.kind, EventKind::Birth | EventKind::Enter));
            born.flat_map(|event| &event.ids).for_each(|id| assert!(seen.insert(*id)));
            values.iter_mut().for_each(|value| *value += stride * random.signed());
        }
    }
}

/// `product of (z - zero)` or its conjugate factors: a field with defects where one wants them.
fn with_defects(side: usize, defects: &[(f64, f64, i32)]) -> (Vec<f64>, Vec<f64>) {
    (0..side * side)
        .map(|cell| {
            let (x, y) = ((cell % side) as f64 + 0.5, (cell / side) as f64 + 0.5);
            defects.iter().fold((1.0, 0.0), |(re, im), &(cx, cy, charge)| {
                let (a, b) = (x - cx, (y - cy) * f64::from(charge));
                (re * a - im * b, re * b + im * a)
            })
        })
        .unzip()
}

#[test]
fn a_moving_defect_keeps_its_id_until_it_leaves() {
    let grid = Grid::new(&[12, 12], &[12.0, 12.0], &[Topology::Bounded; 2]);
    let mut lines = WorldLines::new(&grid, None).unwrap();
    let mut kinds = Vec::new();
    for step in 0..24 {
        let x = 2.2 + 0.45 * step as f64;
        let (re, im) = with_defects(12, &[(x, 6.3, -1)]);
        let events = lines.observe(step, step as f64, &re, &im, None).unwrap();
        kinds.extend(events.iter().map(|event| (event.kind, event.charge)));
        if let [line] = lines.lines() {
            assert_eq!((line.id, line.positive, line.since), (0, false, 0.0));
            assert!((line.place[0] - x).abs() < 0.1 && (line.place[1] - 6.3).abs() < 0.1);
        }
    }
    assert_eq!(kinds, [(EventKind::Exit, -1)]);
    assert!(lines.lines().is_empty());
}

#[test]
fn a_pair_is_born_and_annihilates() {
    let grid = Grid::new(&[16, 16], &[16.0, 16.0], &[Topology::Bounded; 2]);
    let mut lines = WorldLines::new(&grid, None).unwrap();
    let mut history = Vec::new();
    for step in 0..21 {
        // (x - 8)^2 = radius^2 has two real zeros while the square is positive.
        let square = 9.0 - (step as f64 - 10.0).powi(2) * 0.36 + 0.01;
        let (re, im): (Vec<f64>, Vec<f64>) = (0..256)
            .map(|cell| {
                let (x, y) = ((cell % 16) as f64 + 0.5 - 8.1, (cell / 16) as f64 + 0.5 - 8.2);
                (x * x - square, 2.0 * y)
            })
            .unzip();
        history.extend(lines.observe(step, step as f64, &re, &im, None).unwrap());
    }
    let kinds: Vec<EventKind> = history.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Birth, EventKind::Annihilation]);
    assert!(history.iter().all(|event| event.ids == [0, 1]));
    assert!(history.iter().all(|event| (event.x - 8.1).abs() < 0.6 && (event.y - 8.2).abs() < 0.6));
}

#[test]
fn far_steps_of_the_phase_are_counted() {
    let grid = Grid::new(&[4, 4], &[1.0, 1.0], &[Topology::Periodic; 2]);
    let mut lines = WorldLines::new(&grid, None).unwrap();
    lines.observe(0, 0.0, &[1.0f32; 16], &[0.0; 16], None).unwrap();
    lines.observe(1, 1.0, &[0.0f32; 16], &[1.0; 16], None).unwrap();
    assert_eq!(lines.far_steps(), 0);
    lines.observe(2, 2.0, &[0.1f32; 16], &[-1.0; 16], None).unwrap();
    assert_eq!(lines.far_steps(), 16);
}

#[test]
fn cells_that_come_and_go_do_no_harm() {
    let mut random = Random(9);
    let grid = Grid::new(&[7, 6], &[1.0, 1.0], &[Topology::Periodic; 2]);
    let mut lines = WorldLines::new(&grid, None).unwrap();
    for step in 0..40 {
        let mut values: Vec<f64> = (0..84).map(|_| random.signed()).collect();
        (0..random.below(9)).for_each(|_| values[random.below(84) as usize] = f64::NAN);
        let before = lines.lines().len() as i64;
        let events = lines.observe(step, step as f64, &values[..42], &values[42..], None).unwrap();
        if step > 0 {
            assert_balance(before, lines.lines().len() as i64, &events);
        }
    }
}

#[test]
fn only_plane_grids_are_accepted() {
    let grid = Grid::new(&[4], &[1.0], &[Topology::Periodic]);
    assert!(WorldLines::new(&grid, None).is_err());
    let grid = Grid::new(&[2, 2], &[1.0, 1.0], &[Topology::Periodic; 2]);
    assert!(WorldLines::new(&grid, None).unwrap().observe(0, 0.0, &[0.0; 4], &[0.0; 3], None).is_err());
}
