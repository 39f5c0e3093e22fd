//! Critical points against Euler characteristics and persistence; contours, basins and their history.

use super::{Random, table};
use semafield::topology::contours::contours;
use semafield::topology::critical_points::{CriticalKind, CriticalPoint, critical_points};
use semafield::topology::merge::{Segmentation, segmentation};
use semafield::topology::persistence::{components, diagram};
use semafield::topology::track::{BasinEventKind, BasinTracker};
use semafield::topology::{ComplexGrid, Connectivity, Filtration, ScalarGrid, report_complex};

fn counts<T>(points: &[CriticalPoint<T>]) -> [u32; 3] {
    let of = |kind| points.iter().filter(|point| point.kind == kind).map(|point| point.multiplicity).sum();
    [of(CriticalKind::Minimum), of(CriticalKind::Saddle), of(CriticalKind::Maximum)]
}

#[test]
fn the_torus_of_the_oracle_has_its_critical_points() {
    let values = table("case2_16x16_torus.txt").concat();
    let grid = ScalarGrid { shape: [16, 16], periodic: [true; 2], values: &values };
    assert_eq!(counts(&critical_points(&grid).unwrap()), [7, 15, 8]);
}

#[test]
fn indices_sum_to_the_euler_characteristic() {
    let mut random = Random(11);
    for trial in 0..200 {
        let shape = [3 + random.below(9) as usize, 3 + random.below(9) as usize];
        let periodic = [random.below(2) == 1, random.below(2) == 1];
        let range = [2, 9, 10_000][trial % 3];
        let values: Vec<i64> = (0..shape[0] * shape[1]).map(|_| random.below(range) as i64).collect();
        let grid = ScalarGrid { shape, periodic, values: &values };
        let points = critical_points(&grid).unwrap();
        let euler = i32::from(periodic == [false; 2]);
        assert_eq!(points.iter().map(|point| point.index).sum::<i32>(), euler, "{shape:?} {periodic:?} {values:?}");
        if periodic == [true; 2] {
            let [minima, saddles, maxima] = counts(&points);
            assert_eq!(minima + maxima, saddles);
        }
    }
}

#[test]
fn without_ties_minima_are_births() {
    let mut random = Random(12);
    let values: Vec<f64> = (0..20 * 30).map(|_| random.signed()).collect();
    let grid = ScalarGrid { shape: [20, 30], periodic: [true, false], values: &values };
    let points = critical_points(&grid).unwrap();
    let pairs = diagram(&grid, Connectivity::Six, Filtration::Sublevel).unwrap();
    let mut births: Vec<usize> = pairs.components.iter().map(|pair| pair.birth_cell).collect();
    births.sort_unstable();
    let minima = points.iter().filter(|point| point.kind == CriticalKind::Minimum);
    assert_eq!(minima.map(|point| point.cell).collect::<Vec<_>>(), births);
}

/// A field of hills on a box: height at a cell is the largest of the cones.
fn hills(side: usize, peaks: &[(f64, f64, f64)]) -> Vec<f64> {
    (0..side * side)
        .map(|cell| {
            let (x, y) = ((cell % side) as f64, (cell / side) as f64);
            let cone = |&(cx, cy, height): &(f64, f64, f64)| height - ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
            peaks.iter().map(cone).fold(f64::NEG_INFINITY, f64::max)
        })
        .collect()
}

fn peaks_of(side: usize, values: &[f64], min_persistence: f64) -> Segmentation<f64> {
    let grid = ScalarGrid { shape: [side, side], periodic: [false; 2], values };
    segmentation(&grid, Connectivity::Six, Filtration::Superlevel, min_persistence).unwrap()
}

#[test]
fn basins_are_the_hills_and_passes_join_them() {
    let values = hills(30, &[(5.0, 5.0, 20.0), (22.0, 6.0, 18.0), (12.0, 22.0, 10.0)]);
    let all = peaks_of(30, &values, 0.5);
    assert_eq!(all.branches.iter().map(|b| b.extremum).collect::<Vec<_>>(), [5 * 30 + 5, 6 * 30 + 22, 22 * 30 + 12]);
    assert_eq!(all.branches.iter().filter(|branch| branch.saddle.is_none()).count(), 1);
    assert_eq!(all.passes.len(), 3);
    for (cell, &basin) in all.basin_of_cell.iter().enumerate() {
        let (x, y) = ((cell % 30) as f64, (cell / 30) as f64);
        let heights = [(5.0, 5.0, 20.0), (22.0, 6.0, 18.0), (12.0, 22.0, 10.0)]
            .map(|(cx, cy, h): (f64, f64, f64)| h - ((x - cx).powi(2) + (y - cy).powi(2)).sqrt());
        let best = heights.iter().copied().fold(f64::MIN, f64::max);
        // Steepest ascent on the grid follows the cones but for a cell or two at the seams.
        assert!(heights[basin as usize] > best - 3.0, "{x} {y}");
    }
    let two = peaks_of(30, &values, 6.0);
    assert_eq!(two.branches.len(), 2);
    assert!(two.basin_of_cell.iter().all(|&basin| basin < 2));
}

#[test]
fn branches_have_the_persistence_of_the_pairs() {
    let mut random = Random(13);
    for _ in 0..30 {
        let values: Vec<i64> = (0..12 * 15).map(|_| random.below(60) as i64).collect();
        let grid = ScalarGrid { shape: [12, 15], periodic: [true, false], values: &values };
        for wanted in [0, 1, 10, 25] {
            let cut = segmentation(&grid, Connectivity::Six, Filtration::Superlevel, f64::from(wanted)).unwrap();
            let pairs =
                components(&[12, 15], &[true, false], &values, Connectivity::Six, Filtration::Superlevel).unwrap();
            let long = pairs.iter().filter(|p| p.death.is_none_or(|death| p.birth - death >= i64::from(wanted)));
            assert_eq!(cut.branches.len(), long.count());
            for (basin, branch) in (0..).zip(&cut.branches) {
                assert_eq!(cut.basin_of_cell[branch.extremum], basin);
            }
            for pass in &cut.passes {
                let lower = pass.basins.map(|basin| cut.branches[basin].value);
                assert!(lower.iter().all(|&peak| peak >= values[pass.saddle]));
            }
        }
    }
}

#[test]
fn tracked_basins_split_and_merge() {
    let mut tracker = BasinTracker::new(0.25);
    let mut kinds = Vec::new();
    for (step, apart) in (0..).zip([0.0, 2.0, 6.0, 8.0, 6.0, 2.0, 0.0]) {
        let values = hills(30, &[(15.0 - apart, 15.0, 20.0), (15.0 + apart, 15.0, 19.0)]);
        let events = tracker.observe(step, step as f64, &peaks_of(30, &values, 3.0));
        kinds.extend(events.into_iter().map(|event| (event.kind, event.ids)));
    }
    assert_eq!(kinds, [(BasinEventKind::Split, vec![0, 1]), (BasinEventKind::Merge, vec![1, 0])]);
}

#[test]
fn small_basins_appear_and_vanish() {
    let mut tracker = BasinTracker::new(0.25);
    let mut kinds = Vec::new();
    let steady = (10.0, 10.0, 30.0);
    for (step, peaks) in (0..).zip([vec![steady], vec![steady, (26.0, 26.0, 13.0)], vec![steady]]) {
        let events = tracker.observe(step, step as f64, &peaks_of(30, &hills(30, &peaks), 2.0));
        kinds.extend(events.into_iter().map(|event| (event.kind, event.ids)));
    }
    assert_eq!(kinds, [(BasinEventKind::Appear, vec![1]), (BasinEventKind::Vanish, vec![1])]);
}

#[test]
fn contours_close_or_end_at_walls() {
    let values = hills(30, &[(14.0, 14.0, 10.0), (0.0, 29.0, 10.0)]);
    let grid = ScalarGrid { shape: [30, 30], periodic: [false; 2], values: &values };
    let lines = contours(&grid, 4.3).unwrap();
    assert_eq!(lines.iter().map(|line| line.closed).collect::<Vec<_>>(), [false, true]);
    let mut area = 0.0;
    let points = &lines[1].points;
    for (p, q) in points.iter().zip(points.iter().cycle().skip(1)) {
        let radius = ((p[0] - 14.5).powi(2) + (p[1] - 14.5).powi(2)).sqrt();
        assert!((radius - 5.7).abs() < 0.1);
        assert!((p[0] - q[0]).abs() <= 1.0 && (p[1] - q[1]).abs() <= 1.0);
        area += (p[0] * q[1] - p[1] * q[0]) / 2.0;
    }
    assert!((area - 5.7 * 5.7 * std::f64::consts::PI).abs() < 2.0, "counter-clockwise round what is higher: {area}");
}

#[test]
fn contours_go_round_a_torus() {
    let values: Vec<f32> = (0..60).map(|cell| if cell / 10 < 3 { 0.0 } else { 1.0 }).collect();
    let grid = ScalarGrid { shape: [10, 6], periodic: [true; 2], values: &values };
    let lines = contours(&grid, 0.5).unwrap();
    let mut turns: Vec<[i64; 2]> = lines.iter().map(|line| line.turns).collect();
    turns.sort_unstable();
    assert_eq!(turns, [[-1, 0], [1, 0]]);
    assert!(lines.iter().all(|line| line.closed && line.points.len() == 20));
}

#[test]
fn every_crossed_edge_is_on_one_contour() {
    let mut random = Random(14);
    for periodic in [[false; 2], [true, false], [true; 2]] {
        let values: Vec<f64> = (0..13 * 11).map(|_| random.signed()).collect();
        let grid = ScalarGrid { shape: [13, 11], periodic, values: &values };
        let high = |x: usize, y: usize| values[y % 11 * 13 + x % 13] >= 0.1;
        let mut crossed = 0;
        for (x, y) in (0..13).flat_map(|x| (0..11).map(move |y| (x, y))) {
            for (dx, dy) in [(1, 0), (0, 1), (1, 1)] {
                let inside = (x + dx < 13 || periodic[0]) && (y + dy < 11 || periodic[1]);
                crossed += usize::from(inside && high(x, y) != high(x + dx, y + dy));
            }
        }
        let lines = contours(&grid, 0.1).unwrap();
        assert_eq!(lines.iter().map(|line| line.points.len()).sum::<usize>(), crossed);
        assert!(periodic != [true; 2] || lines.iter().all(|line| line.closed));
    }
}

#[test]
fn a_report_prints_as_designed() {
    let re = [-1.0f32, 1.0, -1.0, 1.0];
    let im = [-1.0f32, -1.0, 1.0, 1.0];
    let grid = ComplexGrid { shape: &[2, 2], periodic: &[false; 2], re: &re, im: &im, theta: None, mask: None };
    let json = serde_json::to_value(report_complex(&grid, Connectivity::Six, Filtration::Sublevel).unwrap()).unwrap();
    assert_eq!(json["defects"], serde_json::json!([{"cell": 0, "x": 1.0, "y": 1.0, "charge": 1}]));
    assert_eq!(json["pairs"]["H0"], serde_json::json!([[2.0f32.sqrt(), null]]));
    assert_eq!(json["critical_points"][0]["kind"], "minimum");
    let space = ComplexGrid { shape: &[2, 2, 1], periodic: &[false; 3], ..grid };
    let refusal = report_complex(&space, Connectivity::Six, Filtration::Sublevel).unwrap_err();
    assert!(refusal.to_string().contains("3 axes"));
}
