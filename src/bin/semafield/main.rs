//! smoke
use semafield::*;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let reading = model::Model::from_text(&text);
    if !reading.diagnostics.is_empty() {
        eprintln!("{}", diagnostic::render(&reading.diagnostics, &path, &text));
    }
    let model = reading.model.unwrap();
    let seed = seed::Seed::parse(&text).unwrap();
    let folder = std::path::Path::new(&path).parent().unwrap().to_owned();
    let soil = simulation::grow_soil(&seed, &folder, &soil::Silent).unwrap();
    let backend = match std::env::args().nth(2).as_deref() {
        Some("gpu") => Some(engine::Backend::Gpu),
        _ => None,
    };
    let o =
        simulation::Options { backend, adapter: None, threads: 2, precision: math::arithmetic::Precision::F32, folder };
    let mut sim = match simulation::Simulation::grow(model.clone(), soil, &o) {
        Ok(s) => s,
        Err(e) => {
            eprintln!("{e}");
            return;
        }
    };
    println!("{}", sim.program());
    let t = std::time::Instant::now();
    let steps = (model.time.stop / sim.dt()).round() as u64;
    if let Err(e) = sim.advance(steps) {
        eprintln!("{e}");
    }
    let s = t.elapsed().as_secs_f64();
    println!("{} steps {s} s  {:.1} Mcell/s", steps, model.grid.cells() as f64 * steps as f64 / s / 1e6);
    println!("{:?}", sim.digests().unwrap());
    let exprs: Vec<_> = model.observe.series.iter().map(|n| n.expr).collect();
    let mut e = simulation::evaluator::Evaluator::new(&model, &exprs, sim.dt(), 2).unwrap();
    println!("{:?}", e.numbers(&sim.state()).unwrap());
}
