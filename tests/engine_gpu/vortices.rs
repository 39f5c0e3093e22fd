//! What a simulation on the GPU says of its defects is what the host finds in its fields, walls and masks included.

use std::path::Path;

use semafield::engine::Backend;
use semafield::field::Values;
use semafield::math::arithmetic::Precision;
use semafield::simulation::{Options, Simulation};
use semafield::topology::ComplexGrid;
use semafield::topology::defects::{Defect, defects};

use super::engine;
use super::programs::{empty, torus};
use crate::common::grown::{model, options};

/// Defects that part and meet in a field with links.
fn seed(domain: &str) -> String {
    format!(
        r#"
semafield = 1
rng_seed = 5
[domain]
kind = "grid"
shape = [48, 40]
size = [36.0, 30.0]
{domain}
[fields]
A = {{type = "complex", initial = "0.3*(normal() + i*normal())"}}
theta = {{type = "link", initial = "0.4*normal()"}}
[equations]
A = "A - (1 - 1.2*i)*abs2(A)*A + (1 + 2*i)*laplacian(A, theta)"
theta = "-0.1*current(A, theta)"
[time]
scheme = "heun"
dt = 0.02
stop = 1.0
[observe]
every = 0.5
"#
    )
}

fn on_host(simulation: &mut Simulation, periodic: bool) -> Vec<Defect> {
    simulation.fields().unwrap();
    let state = simulation.state();
    let [Values::F32(u), Values::F32(theta)] = [0, 1].map(|field: usize| &state.fields[field].values) else {
        panic!("fields in f32")
    };
    let mask = state.mask.map(|mask| mask.values.to_f64().iter().map(|&m| m > 0.5).collect::<Vec<bool>>());
    let (re, im) = u.split_at(48 * 40);
    let (theta, mask) = (Some(&theta[..]), mask.as_deref());
    defects(&ComplexGrid { shape: &[48, 40], periodic: &[periodic; 2], re, im, theta, mask }).unwrap()
}

#[test]
fn a_simulation_asks_its_device_for_defects() {
    if engine(&empty(torus(&[4, 4]))).is_none() {
        return;
    }
    let cases = [
        ("boundary = \"periodic\"", true),
        ("boundary = \"no-flux\"", false),
        ("boundary = \"periodic\"\nmask = \"(x - 18)^2 + (y - 15)^2 > 16\"", true),
    ];
    for (domain, periodic) in cases {
        let place = Options { backend: Some(Backend::Gpu), ..options(Precision::F32, Path::new(".")) };
        let mut simulation = Simulation::grow(model(&seed(domain)), None, &place).unwrap();
        let mut most = 0;
        for _ in 0..3 {
            let listed = simulation.defects_on_device(0, Some(1)).unwrap().expect("a list from the device");
            assert_eq!(listed, on_host(&mut simulation, periodic), "{domain}");
            most = most.max(listed.len());
            simulation.advance(20).unwrap();
        }
        assert!(most > 10, "{domain}: {most} defects");
        let mut on_cpu =
            Simulation::grow(model(&seed(domain)), None, &options(Precision::F32, Path::new("."))).unwrap();
        assert!(on_cpu.defects_on_device(0, Some(1)).unwrap().is_none(), "the fields are at hand");
    }
}
