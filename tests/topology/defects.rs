//! Windings: an oracle, closed surfaces, gauges, masks, positions.

use super::{Random, table};
use semafield::grid::Axis;
use semafield::math::elementary::scalar64::{atan2, sin_cos};
use semafield::topology::defects::{Defect, defects};
use semafield::topology::winding::Component;
use semafield::topology::{ComplexGrid, TopologyError};
use std::f64::consts::{PI, TAU};

fn random_field(cells: usize, random: &mut Random) -> (Vec<f64>, Vec<f64>) {
    (0..cells).map(|_| (random.signed(), random.signed())).unzip()
}

fn windings(defects: &[Defect], cells: usize) -> Vec<i64> {
    let mut windings = vec![0; cells];
    defects.iter().for_each(|defect| windings[defect.cell] += i64::from(defect.charge));
    windings
}

#[test]
fn equals_the_oracle() {
    let transposed = |name: &str| -> Vec<i64> {
        let rows = table(name);
        (0..32).flat_map(|y| (0..32).map(move |x| (x, y))).map(|(x, y)| rows[x][y]).collect()
    };
    let real = |name: &str| -> Vec<f32> { transposed(name).iter().map(|&v| v as f32).collect() };
    let (re, im) = (real("case4_re.txt"), real("case4_im.txt"));
    let grid = ComplexGrid { shape: &[32, 32], periodic: &[true, true], re: &re, im: &im, theta: None, mask: None };
    let found = defects(&grid).unwrap();
    assert_eq!(windings(&found, 1024), transposed("case4_winding.txt"));
    assert_eq!(found.iter().filter(|defect| defect.charge == 1).count(), 162);
    assert!(found.is_sorted_by_key(|defect| defect.cell));
}

/// The signed crossing of the negative real axis: the turn of an edge without a link, ties and zeros included.
fn crossing(a: [f64; 2], b: [f64; 2]) -> i32 {
    let cross = a[0] * b[1] - a[1] * b[0];
    match (a[1] < 0.0, b[1] < 0.0) {
        (true, false) if b[1] >= 0.0 && cross <= 0.0 => 1,
        (false, true) if a[1] >= 0.0 && cross >= 0.0 => -1,
        _ => 0,
    }
}

/// Windings by the definition alone: per edge, once, `m = round((arg u_j - arg u_i + theta_ij) / 2 pi)`, and without a
/// link the crossing.
fn defined<T: Component>(grid: &ComplexGrid<'_, T>) -> Vec<i64> {
    let [nx, ny] = [grid.shape[0], grid.shape[1]];
    let cells = nx * ny;
    let value = |cell: usize| -> [f64; 2] { [grid.re[cell].into(), grid.im[cell].into()] };
    let phase = |cell: usize| atan2(value(cell)[1] + 0.0, value(cell)[0] + 0.0);
    let active =
        |cell: usize| value(cell).iter().all(|part| part.is_finite()) && grid.mask.is_none_or(|mask| mask[cell]);
    let next = |cell: usize, axis: usize| {
        let (x, y) = (cell % nx, cell / nx);
        let [x, y, wrapped] = if axis == 0 {
            [(x + 1) % nx, y, usize::from(x + 1 == nx)]
        } else {
            [x, (y + 1) % ny, usize::from(y + 1 == ny)]
        };
        (wrapped == 0 || grid.periodic[axis]).then_some(y * nx + x)
    };
    let turn = |from: usize, into: usize, axis: usize| {
        let theta: f64 = grid.theta.map_or(0.0, |theta| theta[axis * cells + from].into());
        let turns = ((phase(into) - phase(from) + theta) / TAU).round() as i32;
        if theta == 0.0 { crossing(value(from), value(into)) } else { turns }
    };
    let winding = |cell: usize| {
        let (beside, above) = (next(cell, 0)?, next(cell, 1)?);
        let far = next(above, 0)?;
        let sum = turn(cell, beside, 0) + turn(beside, far, 1) - turn(above, far, 0) - turn(cell, above, 1);
        [cell, beside, above, far].into_iter().all(active).then_some(-i64::from(sum))
    };
    (0..cells).map(|cell| winding(cell).unwrap_or(0)).collect()
}

/// Fields with all that is awkward: ties, zeros, minus zero, tiny, huge and missing values, smooth parts between.
fn awkward(cells: usize, nx: usize, random: &mut Random) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let kind = random.below(6);
    let scale = [1.0, 1e-18, 1e-30, 1e25, 3e-40, 1.0][kind as usize];
    let part = |random: &mut Random, cell: usize, shift: f64| -> f32 {
        let (x, y) = ((cell % nx) as f64, (cell / nx) as f64);
        let smooth = sin_cos(0.37 * x + 0.21 * y + shift).0 + 0.4 * sin_cos(0.11 * x - 0.43 * y + 2.0 * shift).1;
        let value = match random.below(if kind == 5 { 12 } else { 400 }) {
            0 => 0.0,
            1 => -0.0,
            2 => random.below(3) as f64 - 1.0,
            3 => random.signed(),
            4 => f64::INFINITY,
            5 => f64::NAN,
            _ => smooth,
        };
        (value * scale) as f32
    };
    let (re, im) = (0..cells).map(|cell| (part(random, cell, 0.0), part(random, cell, 1.3))).unzip();
    let reach = [0.1, 1.0, 4.0, 30.0, 1e4][random.below(5) as usize];
    let turns = [0.0, PI, -PI, TAU, 1.5, -1.5, PI / 2.0, 3.0, -3.0, f64::NAN];
    let link = |random: &mut Random| match random.below(30) {
        chosen @ 0..10 => turns[chosen as usize] as f32,
        _ => (reach * random.signed()) as f32,
    };
    let theta = (0..2 * cells).map(|_| link(random)).collect();
    (re, im, theta)
}

#[test]
fn integers_are_those_of_the_definition() {
    let mut random = Random(77);
    let mut wound = 0;
    for round in 0..120 {
        let shape = [[1, 1], [1, 9], [40, 1], [33, 18], [64, 20], [97, 35]][round % 6];
        let cells = shape[0] * shape[1];
        let (re, im, theta) = awkward(cells, shape[0], &mut random);
        let mask: Vec<bool> = (0..cells).map(|_| random.below(50) > 0).collect();
        let periodic = [random.below(2) == 0, random.below(2) == 0];
        for theta in [None, Some(theta.as_slice())] {
            let mask = (round % 4 == 0).then_some(mask.as_slice());
            let grid = ComplexGrid { shape: &shape, periodic: &periodic, re: &re, im: &im, theta, mask };
            let expected = defined(&grid);
            assert_eq!(windings(&defects(&grid).unwrap(), cells), expected, "{round} {shape:?} {periodic:?}");
            wound += expected.iter().filter(|&&charge| charge != 0).count();

            let wide = |values: &[f32]| -> Vec<f64> { values.iter().map(|&value| value.into()).collect() };
            let (re, im, theta) = (wide(&re), wide(&im), theta.map(wide));
            let theta = theta.as_deref();
            let grid = ComplexGrid { shape: &shape, periodic: &periodic, re: &re, im: &im, theta, mask };
            assert_eq!(windings(&defects(&grid).unwrap(), cells), expected, "{round} in double precision");
        }
    }
    assert!(wound > 10_000, "{wound}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut random = Random(78);
    let shape = [97, 70];
    let (re, im, theta) = awkward(97 * 70, 97, &mut random);
    let grid = ComplexGrid { shape: &shape, periodic: &[true; 2], re: &re, im: &im, theta: Some(&theta), mask: None };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| defects(&grid).unwrap())
    };
    let one = with(1);
    assert!(!one.is_empty() && one.is_sorted_by_key(|defect| defect.cell));
    assert!([2, 5].into_iter().all(|threads| with(threads) == one));
}

#[test]
fn charges_of_a_torus_cancel_with_and_without_links() {
    let mut random = Random(4);
    for shape in [[1, 1], [2, 3], [17, 12]] {
        let cells = shape[0] * shape[1];
        let (re, im) = random_field(cells, &mut random);
        let theta: Vec<f64> = (0..2 * cells).map(|_| 20.0 * random.signed()).collect();
        for theta in [None, Some(theta.as_slice())] {
            let grid = ComplexGrid { shape: &shape, periodic: &[true; 2], re: &re, im: &im, theta, mask: None };
            assert_eq!(defects(&grid).unwrap().iter().map(|defect| defect.charge).sum::<i32>(), 0);
        }
    }
}

#[test]
fn a_gauge_change_moves_nothing() {
    let mut random = Random(5);
    let shape = [12, 9];
    let cells = 108;
    let (re, im) = random_field(cells, &mut random);
    let theta: Vec<f64> = (0..2 * cells).map(|_| 2.0 * random.signed()).collect();
    let angle: Vec<f64> = (0..cells).map(|_| 9.0 * random.signed()).collect();
    let turned = |cell: usize| {
        let (sin, cos) = sin_cos(angle[cell]);
        (re[cell] * cos - im[cell] * sin, re[cell] * sin + im[cell] * cos)
    };
    let (turned_re, turned_im): (Vec<f64>, Vec<f64>) = (0..cells).map(turned).unzip();
    let mut turned_theta = theta.clone();
    for cell in 0..cells {
        let (x, y) = (cell % 12, cell / 12);
        turned_theta[cell] += angle[cell] - angle[y * 12 + (x + 1) % 12];
        turned_theta[cells + cell] += angle[cell] - angle[(y + 1) % 9 * 12 + x];
    }
    let grid = ComplexGrid { shape: &shape, periodic: &[true; 2], re: &re, im: &im, theta: Some(&theta), mask: None };
    let before = defects(&grid).unwrap();
    let after = defects(&ComplexGrid { re: &turned_re, im: &turned_im, theta: Some(&turned_theta), ..grid }).unwrap();
    assert!(!before.is_empty());
    assert_eq!(windings(&before, cells), windings(&after, cells));
    for (a, b) in before.iter().zip(&after) {
        assert!(a.position.iter().zip(b.position).all(|(p, q)| (p - q).abs() < 1e-9));
    }
}

#[test]
fn a_vortex_is_found_where_it_is() {
    let shape = [8, 6];
    let (cx, cy) = (3.2, 2.9);
    let (re, im): (Vec<f32>, Vec<f32>) =
        (0..48).map(|cell| ((cell % 8) as f32 + 0.5 - cx as f32, (cell / 8) as f32 + 0.5 - cy as f32)).unzip();
    let grid = ComplexGrid { shape: &shape, periodic: &[false; 2], re: &re, im: &im, theta: None, mask: None };
    let found = defects(&grid).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].charge, found[0].cell), (1, 2 * 8 + 2));
    assert!((found[0].position[0] - cx).abs() < 1e-6 && (found[0].position[1] - cy).abs() < 1e-6);
    let json = serde_json::to_value(found[0]).unwrap();
    assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["cell", "charge", "x", "y"]);

    let conjugate: Vec<f32> = im.iter().map(|v| -v).collect();
    assert_eq!(defects(&ComplexGrid { im: &conjugate, ..grid }).unwrap()[0].charge, -1);

    let mut mask = vec![true; 48];
    mask[3 * 8 + 3] = false;
    assert!(defects(&ComplexGrid { mask: Some(&mask), ..grid }).unwrap().is_empty());
    let mut holed = re.clone();
    holed[2 * 8 + 3] = f32::NAN;
    assert!(defects(&ComplexGrid { re: &holed, ..grid }).unwrap().is_empty());
}

#[test]
fn lines_in_space_have_no_ends() {
    let mut random = Random(6);
    let shape = [5, 4, 6];
    let (re, im) = random_field(120, &mut random);
    let grid = ComplexGrid { shape: &shape, periodic: &[true; 3], re: &re, im: &im, theta: None, mask: None };
    let found = defects(&grid).unwrap();
    assert!(Axis::ALL.iter().all(|&normal| found.iter().any(|defect| defect.normal == normal)));
    let charge = |cell: [usize; 3], normal: Axis| {
        let index = (cell[2] * 4 + cell[1]) * 5 + cell[0];
        found.iter().find(|d| d.cell == index && d.normal == normal).map_or(0, |d| d.charge)
    };
    for cell in (0..120).map(|i| [i % 5, i / 5 % 4, i / 20]) {
        let mut flux = 0;
        for normal in Axis::ALL {
            let mut beyond = cell;
            beyond[normal.index()] = (beyond[normal.index()] + 1) % shape[normal.index()];
            flux += charge(beyond, normal) - charge(cell, normal);
        }
        assert_eq!(flux, 0, "{cell:?}");
    }
}

#[test]
fn arrays_that_do_not_belong_together_are_refused() {
    let grid = ComplexGrid {
        shape: &[2, 2],
        periodic: &[true; 2],
        re: &[0.0f32; 4],
        im: &[0.0; 4],
        theta: Some(&[0.0; 4]),
        mask: None,
    };
    assert_eq!(defects(&grid).unwrap_err(), TopologyError::Length { what: "link field", needed: 8, found: 4 });
}
