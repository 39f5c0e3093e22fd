//! Vector fields: indices, their sum, lines that end where they should; flows on graphs.

use super::Random;
use semafield::topology::ScalarGrid;
use semafield::topology::critical_points::{CriticalKind, critical_points};
use semafield::topology::flow::{integral_line, ridges, separatrices};
use semafield::topology::graph_hodge::{FlowGraph, GraphError, graph_hodge};
use semafield::topology::vectors::{VectorGrid, ZeroKind, at_cells, vector_topology};

#[test]
fn indices_sum_to_the_euler_characteristic() {
    let mut random = Random(31);
    for trial in 0..120 {
        let shape = [2 + random.below(9) as usize, 2 + random.below(9) as usize];
        let cells = shape[0] * shape[1];
        let periodic = [trial % 2 == 0, trial % 3 == 0];
        // Few values: zeros at cells and vectors that oppose each other exactly.
        let mut component = || -> Vec<f64> {
            (0..cells).map(|_| if trial % 5 == 0 { random.below(3) as f64 - 1.0 } else { random.signed() }).collect()
        };
        let (x, y) = (component(), component());
        let found = vector_topology(&VectorGrid { shape, periodic, components: [&x, &y] }).unwrap();
        let sum: i32 = found.zeros.iter().map(|zero| zero.index).sum();
        assert_eq!(found.euler, i32::from(periodic == [false; 2]));
        assert_eq!(sum + found.rim, found.euler);
        if periodic == [true; 2] {
            assert_eq!(sum, 0, "{shape:?} {x:?} {y:?}");
        }
    }
}

/// A field on a box from a function of the place.
fn sampled(side: usize, field: impl Fn(f64, f64) -> [f64; 2]) -> [Vec<f64>; 2] {
    [0, 1].map(|k| {
        (0..side * side).map(|cell| field((cell % side) as f64 + 0.5, (cell / side) as f64 + 0.5)[k]).collect()
    })
}

#[test]
fn zeros_are_found_where_they_are_and_the_rim_makes_up_for_the_rest() {
    let kinds = [
        (ZeroKind::Source, 1, 0, [[1.0, 0.2], [-0.1, 0.8]]),
        (ZeroKind::Sink, 1, 0, [[-1.0, 0.2], [-0.1, -0.8]]),
        (ZeroKind::Centre, 1, 0, [[0.0, -1.0], [1.0, 0.0]]),
        (ZeroKind::Saddle, -1, 2, [[1.0, 0.0], [0.3, -0.7]]),
    ];
    for (kind, index, rim, [[a, b], [c, d]]) in kinds {
        let field = sampled(12, |x, y| {
            let (x, y) = (x - 5.2, y - 6.9);
            [a * x + b * y, c * x + d * y]
        });
        let grid = VectorGrid { shape: [12; 2], periodic: [false; 2], components: [&field[0], &field[1]] };
        let found = vector_topology(&grid).unwrap();
        let [zero] = found.zeros[..] else { panic!("{:?}", found.zeros) };
        assert_eq!((zero.kind, zero.index, found.rim), (kind, index, rim));
        assert!((zero.x - 5.2).abs() < 1e-9 && (zero.y - 6.9).abs() < 1e-9, "{zero:?}");
    }
}

#[test]
fn separatrices_of_a_double_well_end_in_its_wells() {
    // Downhill in (x^2 - 9)^2 / 36 + y^2 about (10.3, 8.2).
    let field = sampled(20, |x, y| {
        let (x, y) = (x - 10.3, y - 8.2);
        [-(x * x - 9.0) * x / 9.0, -2.0 * y]
    });
    let grid = VectorGrid { shape: [20; 2], periodic: [false; 2], components: [&field[0], &field[1]] };
    let topology = vector_topology(&grid).unwrap();
    assert_eq!(topology.zeros.len(), 3);
    let lines = separatrices(&grid, &topology).unwrap();
    assert_eq!(lines.len(), 4);
    let ends: Vec<[f64; 2]> = lines.iter().map(|line| *line.points.last().unwrap()).collect();
    for (end, x) in ends[..2].iter().zip([13.3, 7.3]) {
        let x = if (end[0] - x).abs() < 1.0 { x } else { 20.6 - x };
        assert!((end[0] - x).abs() < 0.3 && (end[1] - 8.2).abs() < 0.3, "{end:?}");
    }
    assert!(ends[0][0] != ends[1][0]);
    // What comes in comes from the walls below and above.
    assert!(ends[2..].iter().all(|end| (end[0] - 10.3).abs() < 0.3 && (end[1] < 1.5 || end[1] > 18.5)), "{ends:?}");
}

#[test]
fn lines_go_round_a_torus_and_close() {
    let (x, y) = (vec![1.0; 48], vec![0.5; 48]);
    let grid = VectorGrid { shape: [8, 6], periodic: [true; 2], components: [&x, &y] };
    let topology = vector_topology(&grid).unwrap();
    assert!(topology.zeros.is_empty() && topology.rim == 0);
    let line = integral_line(&grid, &topology, [2.3, 1.1], true).unwrap();
    assert!(
        line.points.windows(2).all(|pair| ((pair[1][1] - pair[0][1]) - 0.5 * (pair[1][0] - pair[0][0])).abs() < 1e-9)
    );
    assert!(line.points.last().unwrap()[0] > 20.0, "coordinates run on");
    let centre = sampled(16, |x, y| [-(y - 8.0), x - 8.1]);
    let grid = VectorGrid { shape: [16; 2], periodic: [false; 2], components: [&centre[0], &centre[1]] };
    let line = integral_line(&grid, &vector_topology(&grid).unwrap(), [12.0, 8.0], true).unwrap();
    let radius = |p: &[f64; 2]| ((p[0] - 8.1).powi(2) + (p[1] - 8.0).powi(2)).sqrt();
    assert!(line.closed && line.points.iter().all(|point| (radius(point) - 3.9).abs() < 0.01));
}

#[test]
fn ridges_join_saddles_with_extrema() {
    let mut random = Random(33);
    for trial in 0..60 {
        let shape = [3 + random.below(8) as usize, 3 + random.below(8) as usize];
        let periodic = [trial % 2 == 0, trial % 3 == 0];
        let range = [4, 50][trial % 2];
        let values: Vec<i64> = (0..shape[0] * shape[1]).map(|_| random.below(range) as i64).collect();
        let grid = ScalarGrid { shape, periodic, values: &values };
        let points = critical_points(&grid).unwrap();
        let kind_of = |cell: usize| points.iter().find(|point| point.cell == cell).map(|point| point.kind);
        for ridge in ridges(&grid).unwrap() {
            assert_eq!(kind_of(ridge.cells[0]), Some(CriticalKind::Saddle));
            let end = if ridge.climbs { CriticalKind::Maximum } else { CriticalKind::Minimum };
            assert_eq!(kind_of(*ridge.cells.last().unwrap()), Some(end), "{shape:?} {periodic:?} {values:?}");
            let order = |cell: usize| (values[cell], cell);
            assert!(ridge.cells.windows(2).all(|pair| (order(pair[0]) < order(pair[1])) == ridge.climbs));
        }
    }
}

#[test]
fn links_are_averaged_to_cells() {
    let links = [[1.0, 3.0, 9.0], [0.0; 3]];
    let [x, _] = at_cells([3, 1], [false; 2], [&links[0], &links[1]]).unwrap();
    assert_eq!(x, [1.0, 2.0, 3.0], "the last link leads into the wall");
    let [x, _] = at_cells([3, 1], [true, false], [&links[0], &links[1]]).unwrap();
    assert_eq!(x, [5.0, 2.0, 6.0]);
}

const EDGES: [[usize; 2]; 7] = [[0, 1], [1, 2], [0, 2], [2, 3], [3, 4], [2, 4], [0, 4]];

#[test]
fn the_ranking_of_five_nodes_is_known() {
    let faces = [vec![0, 1, 2], vec![2, 3, 4]];
    let graph = FlowGraph { nodes: 5, edges: &EDGES, weights: None, faces: &faces };
    let found = graph_hodge(&graph, &[1.0, 2.0, 2.0, 1.0, -1.0, 3.0, 5.0]).unwrap();
    let equal = |found: &[f64], expected: &[i32]| {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - f64::from(*expected) / 21.0).abs() < 1e-12, "{found} for {expected} / 21");
        }
    };
    equal(&found.potential, &[-53, -37, 0, 44, 46]);
    equal(&found.harmonic, &[-2, -2, -4, -2, -2, -4, 6]);
    let square = |part: &[f64]| part.iter().map(|f| f * f).sum::<f64>();
    assert!((square(&found.gradient) - 871.0 / 21.0).abs() < 1e-12);
    assert!((square(&found.rotation) - 10.0 / 3.0).abs() < 1e-12);
}

#[test]
fn parts_of_a_flow_sum_and_are_orthogonal() {
    let mut random = Random(34);
    let side = 6;
    let node = |x: usize, y: usize| y * side + x;
    let mut edges = Vec::new();
    let mut faces = Vec::new();
    for y in 0..side {
        for x in 0..side {
            if x + 1 < side {
                edges.push([node(x, y), node(x + 1, y)]);
            }
            if y + 1 < side {
                edges.push([node(x, y + 1), node(x, y)]);
            }
            // One face is missing: a hole.
            if x + 1 < side && y + 1 < side && (x, y) != (2, 2) {
                faces.push(vec![node(x, y), node(x + 1, y), node(x + 1, y + 1), node(x, y + 1)]);
            }
        }
    }
    let weights: Vec<f64> = edges.iter().map(|_| 1.5 + random.signed()).collect();
    let flow: Vec<f64> = edges.iter().map(|_| random.signed()).collect();
    let graph = FlowGraph { nodes: side * side + 1, edges: &edges, weights: Some(&weights), faces: &faces };
    let found = graph_hodge(&graph, &flow).unwrap();
    let dot = |a: &[f64], b: &[f64]| -> f64 { (0..edges.len()).map(|e| weights[e] * a[e] * b[e]).sum() };
    for (a, b) in
        [(&found.gradient, &found.rotation), (&found.gradient, &found.harmonic), (&found.rotation, &found.harmonic)]
    {
        assert!(dot(a, b).abs() < 1e-12);
    }
    assert!(dot(&found.harmonic, &found.harmonic) > 1e-3, "there is a hole to go round");
    assert!(found.potential.iter().sum::<f64>().abs() < 1e-12 && found.potential[side * side] == 0.0);
    let filled = [&faces[..], &[vec![node(2, 2), node(3, 2), node(3, 3), node(2, 3)]]].concat();
    let whole = graph_hodge(&FlowGraph { faces: &filled, ..graph }, &flow).unwrap();
    assert!(whole.harmonic.iter().all(|h| h.abs() < 1e-12));
}

#[test]
fn graphs_that_are_wrong_are_refused() {
    let graph = FlowGraph { nodes: 5, edges: &EDGES, weights: None, faces: &[] };
    let flow = [1.0; 7];
    assert!(matches!(graph_hodge(&graph, &flow[..3]), Err(GraphError::Length { what: "flows", edges: 7, found: 3 })));
    assert!(matches!(graph_hodge(&FlowGraph { nodes: 4, ..graph }, &flow), Err(GraphError::Edge { edge: 4, .. })));
    let faces = [vec![0, 1, 3]];
    let wrong = graph_hodge(&FlowGraph { faces: &faces, ..graph }, &flow);
    assert!(matches!(wrong, Err(GraphError::Face { face: 0, from: 1, into: 3 })));
    let twice = [[0, 1], [1, 0]];
    let wrong = graph_hodge(&FlowGraph { edges: &twice, ..graph }, &flow[..2]);
    assert!(matches!(wrong, Err(GraphError::Twice { first: 0, second: 1 })));
    let weights = [0.0; 7];
    let wrong = graph_hodge(&FlowGraph { weights: Some(&weights), ..graph }, &flow);
    assert!(matches!(wrong, Err(GraphError::Value { what: "weight", edge: 0, .. })));
    assert!(graph_hodge(&graph, &[f64::NAN; 7]).is_err());
}
