//! Phase defects found on the GPU are those that the CPU finds: same list, same order, same integers, same places.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "fields in binary32, small indices")]

use semafield::engine::gpu::GpuEngine;
use semafield::engine::{DefectRecord, Engine};
use semafield::field::Values;
use semafield::grid::{Grid, Topology};
use semafield::program::{BufferId, Role};
use semafield::topology::ComplexGrid;
use semafield::topology::defects::{Defect, Plaquette, defects, defects_among};

use super::engine;
use super::programs::{add, empty, grid, noise, torus};

/// A field with its links and mask on both sides.
struct Case {
    grid: Grid,
    u: Vec<f32>,
    theta: Option<Vec<f32>>,
    mask: Option<Vec<f32>>,
}

impl Case {
    fn periodic(&self) -> [bool; 2] {
        [0, 1].map(|axis| !self.grid.bounded(semafield::grid::Axis::ALL[axis]))
    }

    fn on_cpu(&self) -> Vec<Defect> {
        let shape = self.grid.shape();
        let (re, im) = self.u.split_at(self.grid.cells());
        let mask: Option<Vec<bool>> = self.mask.as_ref().map(|mask| mask.iter().map(|&m| m != 0.0).collect());
        let (theta, mask, periodic) = (self.theta.as_deref(), mask.as_deref(), self.periodic());
        defects(&ComplexGrid { shape: &shape[..2], periodic: &periodic, re, im, theta, mask }).unwrap()
    }

    /// The records, twice: a second look finds the same.
    fn records(&self) -> Option<Vec<DefectRecord>> {
        let mut program = empty(self.grid.clone());
        let u = add(&mut program, "u", Role::State, 2);
        let theta = self.theta.as_ref().map(|_| add(&mut program, "theta", Role::State, 2));
        let mask = self.mask.as_ref().map(|_| add(&mut program, "mask", Role::Map, 1));
        let mut engine = engine(&program)?;
        let write = |engine: &mut GpuEngine, buffer: Option<BufferId>, values: Option<&Vec<f32>>| {
            if let (Some(buffer), Some(values)) = (buffer, values) {
                engine.write(buffer, &Values::F32(values.clone())).unwrap();
            }
        };
        write(&mut engine, Some(u), Some(&self.u));
        write(&mut engine, theta, self.theta.as_ref());
        write(&mut engine, mask, self.mask.as_ref());
        let mut search = || engine.search_defects(u, theta, mask).unwrap().expect("a search of its own");
        let records = search();
        assert!(bits(&search()) == bits(&records));
        Some(records)
    }

    /// Compares, and returns how many defects there are and how many records were in doubt.
    fn assert_parity(&self) -> Option<(usize, usize)> {
        let records = self.records()?;
        let shape = self.grid.shape();
        let plaquettes: Vec<Plaquette<f32>> = records
            .iter()
            .map(|record| Plaquette { cell: record.cell, values: record.values, angles: record.angles })
            .collect();
        let found = defects_among([shape[0], shape[1]], self.periodic(), &plaquettes).unwrap();
        let expected = self.on_cpu();
        assert_eq!(found, expected);
        let certain = records.iter().filter(|record| record.charge != 0);
        let by_cell: std::collections::BTreeMap<usize, &Defect> = expected.iter().map(|d| (d.cell, d)).collect();
        let agreeing =
            certain.filter(|record| by_cell.get(&record.cell).is_some_and(|defect| defect.charge == record.charge));
        Some((expected.len(), records.len() - agreeing.count()))
    }
}

fn bits(records: &[DefectRecord]) -> Vec<String> {
    records.iter().map(|record| format!("{record:?}")).collect()
}

#[test]
fn defects_of_noise_are_those_of_the_cpu() {
    for (shape, sides) in [([67, 45], [Topology::Periodic; 2]), ([40, 33], [Topology::Bounded, Topology::Periodic])] {
        let cells = shape[0] * shape[1];
        for scale in [0.0, 0.4, 20.0] {
            let theta: Vec<f32> = noise(2 * cells, 9).iter().map(|angle| scale * angle).collect();
            let mask = noise(cells, 4).iter().map(|&m| f32::from(u8::from(m > -0.8))).collect();
            let case = Case {
                grid: grid(&shape, &sides),
                u: noise(2 * cells, 3),
                theta: (scale > 0.0).then_some(theta),
                mask: (scale < 1.0).then_some(mask),
            };
            let Some((count, doubtful)) = case.assert_parity() else { return };
            assert!(count > cells / 8 && doubtful < count / 50, "{count} defects, {doubtful} in doubt");
        }
    }
}

#[test]
fn places_on_the_device_are_those_of_a_picture() {
    let (nx, ny) = (64, 48);
    let zeros = [(10.3, 11.9, 1.0), (40.6, 12.2, -1.0), (31.1, 37.4, 1.0)];
    let mut u = vec![0.0; 2 * nx * ny];
    for cell in 0..nx * ny {
        let (x, y) = ((cell % nx) as f64 + 0.5, (cell / nx) as f64 + 0.5);
        let (re, im) = zeros.iter().fold((1.0, 0.0), |(re, im), &(cx, cy, charge)| {
            let (a, b) = ((x - cx) / 10.0, charge * (y - cy) / 10.0);
            (re * a - im * b, re * b + im * a)
        });
        (u[cell], u[nx * ny + cell]) = (re as f32, im as f32);
    }
    let case = Case { grid: grid(&[nx, ny], &[Topology::Bounded; 2]), u, theta: None, mask: None };
    let (Some(records), expected) = (case.records(), case.on_cpu()) else { return };
    assert_eq!(records.len(), zeros.len());
    for (record, defect) in records.iter().zip(&expected) {
        assert_eq!((record.cell, record.charge), (defect.cell, defect.charge));
        let apart = [0, 1].map(|axis| (f64::from(record.place[axis]) - defect.position[axis]).abs());
        assert!(apart.iter().all(|&apart| apart < 1e-4), "{record:?} {defect:?}");
    }
}

#[test]
fn awkward_values_are_decided_on_the_host() {
    // Zeros of both signs, subnormal and huge numbers, opposite neighbours, infinities.
    let values = [0.0, -0.0, 1.0, -1.0, 1e-42, -1e-42, 1e30, -1e30, 2.5, f32::INFINITY, f32::NAN];
    let draw = |stream: u64, count: usize| -> Vec<f32> {
        noise(count, stream).iter().map(|&v| values[((v + 1.0) * 5.5) as usize % values.len()]).collect()
    };
    let cells = 32 * 32;
    for theta in [None, Some(draw(6, 2 * cells).iter().map(|v| if v.abs() < 2.0 { v * 3.0 } else { 1.0 }).collect())] {
        let case = Case { grid: torus(&[32, 32]), u: draw(5, 2 * cells), theta, mask: None };
        if case.assert_parity().is_none() {
            return;
        }
    }
    let nothing = Case { grid: torus(&[300, 300]), u: vec![0.0; 180_000], theta: None, mask: None };
    let Some(records) = nothing.records() else { return };
    assert!(records.is_empty(), "a field of zeros has no defect, and no doubt");
}

#[test]
fn more_defects_than_there_is_room_for_at_first_are_all_found() {
    let case = Case { grid: torus(&[300, 200]), u: noise(120_000, 8), theta: None, mask: None };
    let Some((count, _)) = case.assert_parity() else { return };
    assert!(count > 15_000);
}

#[test]
fn a_field_that_fades_to_nothing_makes_no_records() {
    // One vortex whose strength falls to 1e-37 at the sides, and zeros beyond: what a sea between continents is like.
    let (nx, ny) = (96, 96);
    let mut u = vec![0.0; 2 * nx * ny];
    for cell in 0..nx * ny {
        let (x, y) = ((cell % nx) as f64 + 0.5 - 48.3, (cell / nx) as f64 + 0.5 - 47.8);
        let radius = (x * x + y * y).sqrt();
        let size = if radius < 44.0 { 10f64.powf(-radius * 0.84) } else { 0.0 };
        (u[cell], u[nx * ny + cell]) = ((size * x / radius) as f32, (size * y / radius) as f32);
    }
    let case = Case { grid: torus(&[nx, ny]), u, theta: None, mask: None };
    let Some((count, doubtful)) = case.assert_parity() else { return };
    assert!(count > 0 && doubtful < 600, "only where the field ends is there a doubt: {count} and {doubtful}");
}
