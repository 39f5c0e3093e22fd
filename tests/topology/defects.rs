//! Windings: an oracle, closed surfaces, gauges, masks, positions.

use super::{Random, table};
use semafield::grid::Axis;
use semafield::math::elementary::scalar64::sin_cos;
use semafield::topology::defects::{Defect, defects};
use semafield::topology::{ComplexGrid, TopologyError};

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
