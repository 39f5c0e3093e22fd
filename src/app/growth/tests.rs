//! What becomes of a life when its device goes away: it is grown again where it was, and goes on.

use super::*;
use crate::app::request::Request;
use crate::engine::Backend;
use crate::math::arithmetic::Precision;
use crate::simulation::act::{Brush, Paint};

const SEED: &str = r#"
semafield = 1
[domain]
kind = "grid"
shape = [24, 16]
size = [24.0, 16.0]
[fields]
A = {type = "complex", initial = "0.1*(normal() + i*normal())"}
[equations]
A = "A - (1 - i)*abs2(A)*A + laplacian(A)"
[time]
dt = 0.05
stop = 20.0
[observe]
series = {mean_abs2 = "mean(abs2(A))"}
"#;

/// The life of a seed on the GPU; `None` without an adapter.
fn live(folder: &Path, show: &Show) -> Option<Growth> {
    let path = folder.join("seed.toml");
    std::fs::write(&path, SEED).unwrap();
    match Growth::begin(&Origin::Path(path), &options(folder), &folder.join("out"), show) {
        Ok(growth) => Some(growth),
        Err(Error::Engine(EngineError::NoAdapter(_))) if std::env::var_os("SEMAFIELD_REQUIRE_GPU").is_none() => None,
        Err(why) => panic!("{why}"),
    }
}

fn options(folder: &Path) -> Options {
    let (backend, folder) = (Some(Backend::Gpu), folder.to_owned());
    let batch = crate::engine::Batch::default();
    Options { backend, adapter: None, threads: 1, precision: Precision::F32, folder, batch }
}

fn steps(growth: &mut Growth, steps: u64, show: &Show) -> Arc<Frame> {
    growth.answer(Request::Step(steps), show);
    loop {
        let frame = growth.breathe(show);
        if !frame.playing {
            return frame;
        }
    }
}

#[test]
fn a_field_outlives_the_device_that_it_was_on() {
    let folder = tempfile::tempdir().unwrap();
    let show = Show::blind();
    let Some(mut growth) = live(folder.path(), &show) else { return };
    steps(&mut growth, 30, &show);
    let brush = Brush::Gaussian { at: vec![12.0, 8.0], radius: 3.0 };
    let paint = Act::Paint { field: "A".into(), mode: Paint::Set, value: "1".into(), brush, strength: 1.0 };
    growth.answer(Request::Do(paint), &show);
    steps(&mut growth, 20, &show);
    growth.life.simulation_mut().lose_device();
    let frame = steps(&mut growth, 20, &show);
    assert_eq!((frame.step, frame.acts.len(), frame.layers.len()), (70, 1, 1));
    // An act on a field that is gone, as on one that is there.
    growth.life.simulation_mut().lose_device();
    growth.answer(Request::Do(Act::Reseed { rng_seed: 5 }), &show);
    let frame = steps(&mut growth, 10, &show);
    assert_eq!((frame.step, frame.acts.len()), (80, 2));
    let digests = growth.life.simulation_mut().digests().unwrap();
    growth.finish();
    // The trace, which nothing was lost of, tells the same: reliving checks its digests.
    let options = options(folder.path());
    let path = growth.life.path().to_owned();
    let (quiet, wanted) = (crate::soil::Silent, AtomicBool::new(false));
    let mut again = Life::open(&path, &options, false, &quiet, &wanted).unwrap().expect("nobody gave up");
    assert_eq!(again.simulation().step(), 80);
    assert_eq!(again.simulation_mut().digests().unwrap(), digests);
}
