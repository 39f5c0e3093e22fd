//! Soil: sources on disk to vectors, neighbours, layout and maps.

use std::path::Path;
use semafield::soil::*;
use semafield::grid::*;

#[test]
#[ignore]
fn explore() {
    let source = std::env::var("SOURCE").unwrap();
    struct P(std::sync::Mutex<(std::time::Instant, String)>);
    impl Progress for P {
        fn stage(&self, name: &str, _: u64) {
            let mut p = self.0.lock().unwrap();
            eprintln!("{} took {:?}", p.1, p.0.elapsed());
            *p = (std::time::Instant::now(), name.into());
        }
        fn advance(&self, _: u64) {}
    }
    let start = std::time::Instant::now();
    let layout = match std::env::var("LAYOUT").as_deref() { Ok("pca") => LayoutKind::Pca, Ok("given") => LayoutKind::Given, _ => LayoutKind::Neighbor };
    let options = SoilOptions { layout, ..SoilOptions::default() };
    let p = P(std::sync::Mutex::new((start, "start".into())));
    let soil = Soil::grow(Path::new(&source), &options, &p).unwrap_or_else(|e| panic!("{e}"));
    p.stage("end", 0);
    eprintln!("total {:?}; n {} dims {} {:?} hash {}", start.elapsed(), soil.notes.len(), soil.vectors.dims(), soil.quality, soil.hash);
    eprintln!("{:?}", soil.warnings);
    let (mut links, mut found) = (0, 0);
    for (i, note) in soil.notes.iter().enumerate() {
        for l in &note.links { links += 1; found += usize::from(soil.neighbors.of(i).any(|(j, _)| j == *l)); }
    }
    eprintln!("links {links} among neighbours {}", found as f64 / links as f64);
    for i in [0, 10, 50, 100] { if i < soil.notes.len() {
        eprintln!("{}: {:?}", soil.notes[i].title, soil.neighbors.of(i).take(6).map(|(j, d)| format!("{} {d:.2}", soil.notes[j].title)).collect::<Vec<_>>());
    } }
    let grid = Grid::new(&[512, 512], &[192.0, 192.0], &[Topology::Periodic; 2]);
    let t = std::time::Instant::now();
    let maps = soil.maps(&grid).unwrap();
    eprintln!("maps {:?}", t.elapsed());
    let stat = |name: &str, v: &[f64]| {
        let mut s = v.to_vec(); s.sort_by(f64::total_cmp);
        let q = |x: f64| s[((s.len() - 1) as f64 * x) as usize];
        eprintln!("{name}: min {:.3} 5% {:.3} 25% {:.3} 50% {:.3} 75% {:.3} 95% {:.3} max {:.3}; positive {:.3} zero {:.3}", q(0.), q(0.05), q(0.25), q(0.5), q(0.75), q(0.95), q(1.), v.iter().filter(|x| **x > 0.).count() as f64 / v.len() as f64, v.iter().filter(|x| **x == 0.).count() as f64 / v.len() as f64);
    };
    stat("density", &maps.density); stat("gain", &maps.gain); stat("coupling", &maps.coupling); stat("frame", &maps.frame);
    if let Ok(out) = std::env::var("OUT") {
        let w = |n: &str, v: &[f64]| std::fs::write(format!("{out}/{n}.f64"), v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
        w("density", &maps.density); w("gain", &maps.gain); w("coupling", &maps.coupling); w("frame", &maps.frame);
        w("layout", &soil.layout.concat());
        w("vectors", &soil.vectors.values().iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
    }
}
