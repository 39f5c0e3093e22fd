//! The gauge of the frames: which direction of each tangent plane counts as angle 0.
//!
//! In: a connection. Out: the same connection in the gauge in which its angles are small. No measurement depends on it
//! (fluxes, tension, growth rates are the same in all gauges), but a phase can be read across the map only if neighbouring
//! frames are turned alike where they can be. Frames are turned by the phases of the field that averaging over neighbours
//! leaves: an approximation of the least frustrated one (Singer, Appl. Comput. Harmon. Anal. 30, 2011).

use rayon::prelude::*;

use super::{Connection, wrap};
use crate::math::complex::Complex;
use crate::math::elementary::scalar64::{atan2, sin_cos};

/// Rounds of averaging.
const ROUNDS: usize = 100;
/// Notes that one thread averages at once.
const CHUNK: usize = 256;

impl Connection {
    /// Turns the frames so that the angles between them become small.
    pub(in crate::soil) fn settle_gauge(&mut self) {
        let phases = self.phases();
        for edge in &mut self.edges {
            let [i, j] = edge.ends.map(|end| phases[end as usize]);
            edge.angle = wrap(edge.angle - i + j);
        }
    }

    /// The phase of the averaged field at every note; 0 where it vanishes.
    fn phases(&self) -> Vec<f64> {
        let mut rows: Vec<Vec<(usize, Complex)>> = vec![Vec::new(); self.count];
        for edge in self.edges.iter().filter(|edge| edge.weight > 0.0) {
            let [i, j] = edge.ends.map(|end| end as usize);
            let (sin, cos) = sin_cos(edge.angle);
            let carry = Complex::new(cos, sin).scale(edge.weight);
            rows[i].push((j, carry));
            rows[j].push((i, carry.conj()));
        }
        let mut field = vec![Complex::new(1.0, 0.0); self.count];
        for _ in 0..ROUNDS {
            let average = |i: usize| {
                let sum = rows[i].iter().fold(Complex::default(), |sum, &(j, carry)| sum + carry * field[j]);
                let strength = rows[i].iter().fold(0.0, |sum, (_, carry)| sum + carry.abs());
                let mean = if strength > 0.0 { sum.scale(1.0 / strength) } else { field[i] };
                (field[i] + mean).scale(0.5)
            };
            field = (0..self.count).into_par_iter().with_min_len(CHUNK).map(average).collect();
        }
        field.iter().map(|z| if z.re == 0.0 && z.im == 0.0 { 0.0 } else { atan2(z.im, z.re) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Edge;
    use super::*;

    #[test]
    fn frames_that_can_be_parallel_become_so_and_fluxes_stay() {
        let frame = |note: u32| 0.7 * f64::from(note * note % 11);
        let pairs = (0..30_u32).flat_map(|i| (i + 1..30.min(i + 3)).map(move |j| [i, j]));
        let edge = |ends: [u32; 2], extra| Edge {
            ends,
            angle: wrap(frame(ends[0]) - frame(ends[1]) + extra),
            confidence: 1.0,
            weight: 1.0,
        };
        let mut flat =
            Connection { count: 30, edges: pairs.clone().map(|ends| edge(ends, 0.0)).collect(), unsatisfied: 0 };
        flat.settle_gauge();
        assert!(flat.edges.iter().all(|edge| edge.angle.abs() < 0.05), "{:?}", flat.edges);
        let bent = |ends: [u32; 2]| edge(ends, 0.1 * f64::from(ends[0] % 3));
        let before = Connection { count: 30, edges: pairs.map(bent).collect(), unsatisfied: 0 };
        let mut after = before.clone();
        after.settle_gauge();
        for triangle in before.triangles() {
            let [a, b] = [&before, &after].map(|connection| connection.flux(triangle).unwrap());
            assert!(wrap(a - b).abs() < 1e-12);
        }
        assert_ne!(before, after);
    }
}
