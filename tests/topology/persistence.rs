//! Pairs against GUDHI's, and against the reduction of a boundary matrix on small random fields.

use super::{Random, table};
use semafield::topology::persistence::{Diagram, Pair, components, diagram};
use semafield::topology::{Connectivity, Filtration, Ordered, ScalarGrid, TopologyError, report};

type Intervals = Vec<(i64, Option<i64>)>;

fn intervals(pairs: &[Pair<i64>]) -> Intervals {
    let mut intervals: Intervals = pairs.iter().map(|pair| (pair.birth, pair.death)).collect();
    intervals.sort_unstable();
    intervals
}

fn by_dimension(diagram: &Diagram<i64>) -> [Intervals; 3] {
    [&diagram.components, &diagram.loops, &diagram.voids].map(|pairs| intervals(pairs))
}

fn assert_oracle(case: &str, periodic: bool) {
    let rows = table(&format!("{case}.txt"));
    let shape = [rows[0].len(), rows.len()];
    let values = rows.concat();
    let path = format!("{}/tests/data/topology/{case}.expected.json", env!("CARGO_MANIFEST_DIR"));
    let expected: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let grid = ScalarGrid { shape, periodic: [periodic; 2], values: &values };
    for (name, connectivity) in [("V", Connectivity::Four), ("T", Connectivity::Eight)] {
        let found = diagram(&grid, connectivity, Filtration::Sublevel).unwrap();
        for (dimension, found) in by_dimension(&found).into_iter().enumerate() {
            let list = serde_json::from_value(expected[name][format!("H{dimension}")].clone()).unwrap();
            let mut expected: Intervals = list;
            expected.sort_unstable();
            assert_eq!(found, expected, "{case} {name} H{dimension}");
        }
    }
}

#[test]
fn equals_gudhi_on_a_box() {
    assert_oracle("case1_8x8_box", false);
}

#[test]
fn equals_gudhi_on_a_torus() {
    assert_oracle("case2_16x16_torus", true);
}

#[test]
fn equals_gudhi_on_single_precision() {
    let path = format!("{}/tests/data/topology/float32.expected.json", env!("CARGO_MANIFEST_DIR"));
    let data: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    // The shortest decimals of single precision, read back as such: the same bits, but for the sign of zero.
    let number = |value: &serde_json::Value| value.as_f64().map(|value| value as f32);
    let bits = |value: &serde_json::Value| number(value).map(|value| (value + 0.0).to_bits());
    let cases = data["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 24);
    for case in cases {
        let rows = data["fields"][case["field"].as_str().unwrap()].as_array().unwrap();
        let shape = [rows[0].as_array().unwrap().len(), rows.len()];
        let values: Vec<f32> =
            rows.iter().flat_map(|row| row.as_array().unwrap()).map(|v| number(v).unwrap()).collect();
        let periodic = [case["periodic"] == true; 2];
        let connectivity = if case["connectivity"] == 4 { Connectivity::Four } else { Connectivity::Eight };
        let filtration = if case["superlevel"] == true { Filtration::Superlevel } else { Filtration::Sublevel };
        let found = report(&ScalarGrid { shape, periodic, values: &values }, connectivity, filtration).unwrap();
        // As they are printed: decimals of the array's own precision.
        let printed: serde_json::Value = serde_json::from_str(&serde_json::to_string(&found.pairs).unwrap()).unwrap();
        for dimension in ["H0", "H1", "H2"] {
            let sorted = |pairs: &serde_json::Value| {
                let pair = |pair: &serde_json::Value| (bits(&pair[0]), bits(&pair[1]));
                let mut pairs: Vec<_> = pairs.as_array().unwrap().iter().map(pair).collect();
                pairs.sort_unstable();
                pairs
            };
            let kind = [&case["field"], &case["connectivity"], &case["periodic"], &case["superlevel"]];
            assert_eq!(sorted(&printed[dimension]), sorted(&case["pairs"][dimension]), "{kind:?} {dimension}");
        }
    }
}

/// A filtered complex: level and boundary of each cell, boundaries before what they bound.
struct Complex {
    cells: Vec<(i64, usize, Vec<usize>)>,
}

impl Complex {
    /// Pairs by reduction of the boundary matrix modulo 2.
    fn pairs(&self) -> [Intervals; 3] {
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        order.sort_by_key(|&cell| (self.cells[cell].0, self.cells[cell].1));
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, &cell)| place[cell] = at);
        let mut column_of_low: Vec<Option<Vec<usize>>> = vec![None; order.len()];
        let mut destroyer = vec![None; order.len()];
        let mut creates = vec![true; order.len()];
        for (at, &cell) in order.iter().enumerate() {
            let mut column = Vec::new();
            self.cells[cell].2.iter().for_each(|&face| toggle(&mut column, place[face]));
            while let Some(&low) = column.iter().max() {
                let Some(other) = &column_of_low[low] else {
                    column_of_low[low] = Some(column);
                    destroyer[low] = Some(at);
                    creates[at] = false;
                    break;
                };
                other.iter().for_each(|&face| toggle(&mut column, face));
            }
        }
        let mut pairs: [Intervals; 3] = Default::default();
        for at in (0..order.len()).filter(|&at| creates[at]) {
            let (birth, dimension, _) = self.cells[order[at]];
            let death = destroyer[at].map(|by: usize| self.cells[order[by]].0);
            if death != Some(birth) {
                pairs[dimension].push((birth, death));
            }
        }
        pairs.iter_mut().for_each(|list| list.sort_unstable());
        pairs
    }

    /// Steps of the edges and loops of the faces at each vertex; levels are maxima over the corners.
    fn on_vertices(grid: &ScalarGrid<'_, i64>, edges: &[[usize; 2]], faces: &[&[[usize; 2]]]) -> Self {
        let [nx, ny] = grid.shape;
        let at = |x: usize, y: usize, [dx, dy]: [usize; 2]| {
            let inside = (grid.periodic[0] || x + dx < nx) && (grid.periodic[1] || y + dy < ny);
            inside.then(|| (y + dy) % ny * nx + (x + dx) % nx)
        };
        let mut cells: Vec<(i64, usize, Vec<usize>)> = grid.values.iter().map(|&v| (v, 0, vec![])).collect();
        let mut edge_at = std::collections::BTreeMap::new();
        for (y, x) in (0..ny).flat_map(|y| (0..nx).map(move |x| (y, x))) {
            for &step in edges {
                let Some(to) = at(x, y, step) else { continue };
                let from = y * nx + x;
                edge_at.insert((from, step), cells.len());
                cells.push((grid.values[from].max(grid.values[to]), 1, vec![from, to]));
            }
        }
        for (y, x) in (0..ny).flat_map(|y| (0..nx).map(move |x| (y, x))) {
            for face in faces {
                let corners: Option<Vec<usize>> = face.iter().map(|&corner| at(x, y, corner)).collect();
                let Some(corners) = corners else { continue };
                let level = corners.iter().map(|&corner| grid.values[corner]).max().unwrap();
                let sides = (0..face.len()).map(|side| {
                    let (a, b) = (face[side], face[(side + 1) % face.len()]);
                    let (low, high) = if a <= b { (a, b) } else { (b, a) };
                    edge_at[&(at(x, y, low).unwrap(), [high[0] - low[0], high[1] - low[1]])]
                });
                cells.push((level, 2, sides.collect()));
            }
        }
        Self { cells }
    }

    /// Squares carry the values; sides and corners take the minimum of the squares they touch.
    fn on_squares(grid: &ScalarGrid<'_, i64>) -> Self {
        let [nx, ny] = grid.shape;
        let (px, py) = (nx + usize::from(!grid.periodic[0]), ny + usize::from(!grid.periodic[1]));
        let corner = |x: usize, y: usize| y % py * px + x % px;
        let along_x = |x: usize, y: usize| px * py + y % py * nx + x % nx;
        let along_y = |x: usize, y: usize| px * py + nx * py + y % ny * px + x % px;
        let mut cells = vec![(i64::MAX, 0, vec![]); px * py];
        for (y, x) in (0..py).flat_map(|y| (0..nx).map(move |x| (y, x))) {
            cells.push((i64::MAX, 1, vec![corner(x, y), corner(x + 1, y)]));
        }
        for (y, x) in (0..ny).flat_map(|y| (0..px).map(move |x| (y, x))) {
            cells.push((i64::MAX, 1, vec![corner(x, y), corner(x, y + 1)]));
        }
        for (y, x) in (0..ny).flat_map(|y| (0..nx).map(move |x| (y, x))) {
            let value = grid.values[y * nx + x];
            let sides = vec![along_x(x, y), along_x(x, y + 1), along_y(x, y), along_y(x + 1, y)];
            let corners = [corner(x, y), corner(x + 1, y), corner(x, y + 1), corner(x + 1, y + 1)];
            for face in sides.iter().chain(&corners) {
                cells[*face].0 = cells[*face].0.min(value);
            }
            cells.push((value, 2, sides));
        }
        Self { cells }
    }

    fn new(grid: &ScalarGrid<'_, i64>, connectivity: Connectivity) -> Self {
        match connectivity {
            Connectivity::Four => Self::on_vertices(grid, &[[1, 0], [0, 1]], &[&[[0, 0], [1, 0], [1, 1], [0, 1]]]),
            Connectivity::Six => Self::on_vertices(
                grid,
                &[[1, 0], [0, 1], [1, 1]],
                &[&[[0, 0], [1, 0], [1, 1]], &[[0, 0], [0, 1], [1, 1]]],
            ),
            Connectivity::Eight => Self::on_squares(grid),
        }
    }
}

fn toggle(column: &mut Vec<usize>, face: usize) {
    match column.iter().position(|&other| other == face) {
        Some(at) => drop(column.swap_remove(at)),
        None => column.push(face),
    }
}

#[test]
fn equals_the_boundary_matrix_on_small_random_fields() {
    let mut random = Random(1);
    for trial in 0..300 {
        let shape = [1 + random.below(7) as usize, 1 + random.below(7) as usize];
        let periodic = [random.below(2) == 1, random.below(2) == 1];
        let range = [3, 12, 1000][trial % 3];
        let values: Vec<i64> = (0..shape[0] * shape[1]).map(|_| random.below(range) as i64 - 2).collect();
        let negated: Vec<i64> = values.iter().map(|v| -v).collect();
        for connectivity in [Connectivity::Four, Connectivity::Six, Connectivity::Eight] {
            let grid = ScalarGrid { shape, periodic, values: &values };
            let found = by_dimension(&diagram(&grid, connectivity, Filtration::Sublevel).unwrap());
            let expected = Complex::new(&grid, connectivity).pairs();
            assert_eq!(found, expected, "{shape:?} {periodic:?} {connectivity:?} {values:?}");
            let upside_down = ScalarGrid { values: &negated, ..grid };
            let superlevel = diagram(&upside_down, connectivity, Filtration::Superlevel).unwrap();
            let reflected = by_dimension(&superlevel).map(|list| {
                let mut list: Intervals = list.into_iter().map(|(b, d)| (-b, d.map(|d: i64| -d))).collect();
                list.sort_unstable();
                list
            });
            assert_eq!(reflected, expected, "superlevel {shape:?} {periodic:?} {connectivity:?} {values:?}");
        }
    }
}

#[test]
fn does_not_depend_on_the_number_of_threads() {
    let mut random = Random(2);
    let values: Vec<f32> = (0..300 * 500).map(|_| random.signed() as f32).collect();
    let grid = ScalarGrid { shape: [300, 500], periodic: [true, false], values: &values };
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| diagram(&grid, Connectivity::Six, Filtration::Sublevel).unwrap())
    };
    assert_eq!(with_threads(1), with_threads(5));
}

#[test]
fn precision_is_kept() {
    let wide = [i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1, 0];
    let grid = ScalarGrid { shape: [5, 1], periodic: [false; 2], values: &wide };
    let found = diagram(&grid, Connectivity::Six, Filtration::Sublevel).unwrap();
    assert_eq!(intervals(&found.components), [(i64::MIN, None)]);
    let found = diagram(&grid, Connectivity::Six, Filtration::Superlevel).unwrap();
    assert_eq!(intervals(&found.components), [(0, Some(i64::MIN)), (i64::MAX, None)]);
}

#[test]
fn cells_that_are_not_finite_are_holes() {
    let n = f32::NAN;
    let values = [1.0, 2.0, 1.0, 2.0, n, 2.0, 1.0, 3.0, 1.0f32];
    let grid = ScalarGrid { shape: [3, 3], periodic: [false; 2], values: &values };
    let json = |filtration| {
        let found = diagram(&grid, Connectivity::Four, filtration).unwrap();
        serde_json::to_string(&found).unwrap()
    };
    let sublevel = r#"{"H0":[[1.0,2.0],[1.0,2.0],[1.0,2.0],[1.0,null]],"H1":[[3.0,null]],"H2":[]}"#;
    assert_eq!(json(Filtration::Sublevel), sublevel);
    let superlevel = r#"{"H0":[[3.0,null],[2.0,1.0],[2.0,1.0],[2.0,1.0]],"H1":[[1.0,null]],"H2":[]}"#;
    assert_eq!(json(Filtration::Superlevel), superlevel);
}

/// Components of `values <= level`, by flooding.
fn flooded(shape: [usize; 3], values: &[i64], level: i64, corners: bool) -> usize {
    let mut seen: Vec<bool> = values.iter().map(|&v| v > level).collect();
    let mut count = 0;
    while let Some(start) = seen.iter().position(|&seen| !seen) {
        count += 1;
        seen[start] = true;
        let mut open = vec![start];
        while let Some(cell) = open.pop() {
            let here = [cell % shape[0], cell / shape[0] % shape[1], cell / (shape[0] * shape[1])];
            for (other, seen) in seen.iter_mut().enumerate() {
                let there = [other % shape[0], other / shape[0] % shape[1], other / (shape[0] * shape[1])];
                let distances: Vec<usize> = (0..3).map(|k| here[k].abs_diff(there[k])).collect();
                let touches =
                    if corners { distances.iter().all(|&d| d <= 1) } else { distances.iter().sum::<usize>() == 1 };
                if touches && !*seen {
                    *seen = true;
                    open.push(other);
                }
            }
        }
    }
    count
}

#[test]
fn components_in_space_are_those_of_flooding() {
    let mut random = Random(3);
    let shape = [4, 5, 3];
    for _ in 0..10 {
        let values: Vec<i64> = (0..60).map(|_| random.below(20) as i64).collect();
        for (connectivity, corners) in [(Connectivity::Four, false), (Connectivity::Eight, true)] {
            let pairs = components(&shape, &[false; 3], &values, connectivity, Filtration::Sublevel).unwrap();
            for level in 0..20 {
                let alive = pairs.iter().filter(|p| p.birth <= level && p.death.is_none_or(|death| death > level));
                assert_eq!(alive.count(), flooded(shape, &values, level, corners));
            }
        }
    }
}

#[test]
fn a_wrong_shape_is_an_error() {
    fn refused<T: Ordered + std::fmt::Debug>(shape: [usize; 2], values: &[T]) -> TopologyError {
        let grid = ScalarGrid { shape, periodic: [false; 2], values };
        diagram(&grid, Connectivity::Six, Filtration::Sublevel).unwrap_err()
    }
    assert!(matches!(refused([3, 2], &[0.0; 5]), TopologyError::Shape { values: 5, .. }));
    assert!(matches!(refused::<f32>([0, 2], &[]), TopologyError::Shape { .. }));
    assert!(matches!(refused([usize::MAX, 2], &[0.0]), TopologyError::Shape { .. }));
}

#[test]
fn infinite_values_and_empty_domains_are_refused_by_a_report() {
    let said = |values: &[f32]| {
        let grid = ScalarGrid { shape: [2, 2], periodic: [true; 2], values };
        report(&grid, Connectivity::Six, Filtration::Superlevel).map(|_| ()).unwrap_err().to_string()
    };
    assert!(said(&[0.0, 1.0, f32::NEG_INFINITY, 2.0]).contains("x = 0, y = 1"));
    assert!(said(&[f32::NAN; 4]).contains("NaN"));
}
