//! Hodge decomposition: parts that sum, are orthogonal and are known.

use super::Random;
use semafield::topology::TopologyError;
use semafield::topology::hodge::hodge;

fn dot(a: &[Vec<f64>; 2], b: &[Vec<f64>; 2]) -> f64 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(p, q)| p * q).sum()
}

#[test]
fn the_parts_are_orthogonal_and_sum_to_the_field() {
    let mut random = Random(21);
    let shape = [12, 10];
    let cells = 120;
    let field: [Vec<f64>; 2] = std::array::from_fn(|_| (0..cells).map(|_| random.signed() + 0.2).collect());
    let parts = hodge(shape, [0.5, 0.8], [&field[0], &field[1]]).unwrap();
    let harmonic = parts.harmonic.map(|mean| vec![mean; cells]);
    for axis in 0..2 {
        for (i, v) in field[axis].iter().enumerate() {
            let sum = parts.gradient[axis][i] + parts.rotation[axis][i] + harmonic[axis][i];
            assert!((sum - v).abs() < 1e-12, "axis {axis} cell {i}: {sum} for {v}");
        }
    }
    for (a, b) in [(&parts.gradient, &parts.rotation), (&parts.gradient, &harmonic), (&parts.rotation, &harmonic)] {
        assert!(dot(a, b).abs() < 1e-11);
    }
    assert!(dot(&parts.gradient, &parts.gradient) > 1.0 && dot(&parts.rotation, &parts.rotation) > 1.0);
}

#[test]
fn a_gradient_has_its_potential_and_no_rotation() {
    let (nx, ny) = (8, 6);
    let potential: Vec<f64> = (0..nx * ny).map(|i| ((i * i) % 7) as f64).collect();
    let mean = potential.iter().sum::<f64>() / (nx * ny) as f64;
    let x: Vec<f64> = (0..nx * ny).map(|i| potential[i / nx * nx + (i + 1) % nx] - potential[i]).collect();
    let y: Vec<f64> = (0..nx * ny).map(|i| potential[(i + nx) % (nx * ny)] - potential[i]).collect();
    let parts = hodge([nx, ny], [1.0; 2], [&x, &y]).unwrap();
    assert!(parts.potential.iter().zip(&potential).all(|(found, given)| (found - given + mean).abs() < 1e-12));
    assert!(parts.stream.iter().chain(&parts.harmonic).all(|v| v.abs() < 1e-12));
}

#[test]
fn a_size_without_transform_is_an_error() {
    let refusal = hodge([7, 2], [1.0; 2], [&[0.0; 14], &[0.0; 14]]).unwrap_err();
    assert!(matches!(refusal, TopologyError::Transform(_)));
}
