//! How fast a step is. Run with `cargo test --release -- --ignored --nocapture speed`.

use std::time::Instant;

use semafield::engine::Engine;
use semafield::engine::cpu::CpuEngine;
use semafield::grid::Topology;
use semafield::math::arithmetic::Precision;
use semafield::program::BufferId;

use super::programs::{cgle, random_values};

#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stderr, reason = "the figure is the purpose")]
fn speed_of_cgle() {
    let cases: [(&[usize], Precision); 5] = [
        (&[256, 256], Precision::F32),
        (&[1024, 1024], Precision::F32),
        (&[1024, 1024], Precision::F64),
        (&[1 << 20], Precision::F32),
        (&[96, 96, 96], Precision::F32),
    ];
    for (shape, precision) in cases {
        for threads in [1, 2] {
            let program = cgle(shape, precision, Topology::Periodic);
            let cells: usize = shape.iter().product();
            let values = random_values(&program, BufferId(0));
            let compile = Instant::now();
            let mut engine = CpuEngine::new(program, threads).unwrap();
            let compile = compile.elapsed();
            engine.write(BufferId(0), &values).unwrap();
            let steps = u64::try_from((100 << 20) / cells).unwrap();
            let mut best = f64::INFINITY;
            for round in 0..5 {
                let start = Instant::now();
                engine.advance(round * steps, steps).unwrap();
                best = best.min(start.elapsed().as_secs_f64());
            }
            assert!(engine.is_finite(BufferId(0)).unwrap());
            #[expect(clippy::cast_precision_loss, reason = "a figure")]
            let speed = cells as f64 * steps as f64 / best / 1e6;
            eprintln!("{shape:?} {precision:?} {threads} thread(s): {speed:.0} Mcell/s, ready in {compile:?}");
        }
    }
}
