//! Orientations of tangent planes, by synchronisation over the two-element group.
//!
//! In: edges, each with a number whose sign says whether its two planes are turned alike, and whose size how surely.
//! Out: +1 or -1 per note so that few edges are left whose sign is not the product of its ends'. A spanning forest of the
//! surest edges orients what can be oriented exactly; averaging over neighbours from there approaches the leading
//! eigenvector of the sign matrix, whose signs are the synchronisation of Singer & Wu (Appl. Comput. Harmon. Anal. 31,
//! 2011); last, single notes turn over while that helps. Everything goes in a fixed order.

use crate::math::sets::Sets;

/// Rounds of averaging.
const ROUNDS: usize = 200;

/// Signs per note.
pub(super) fn orient(count: usize, pairs: &[[u32; 2]], signs: &[f64]) -> Vec<f64> {
    let web = Web::new(count, pairs, signs);
    let forest = span(count, pairs, signs);
    let mut averaged = average(&web, &forest);
    let mut exact = forest;
    web.turn_over(&mut exact);
    web.turn_over(&mut averaged);
    if web.satisfaction(&averaged) > web.satisfaction(&exact) { averaged } else { exact }
}

/// The signed edges at every note, by index.
struct Web(Vec<Vec<(usize, f64)>>);

impl Web {
    fn new(count: usize, pairs: &[[u32; 2]], signs: &[f64]) -> Self {
        let mut rows = vec![Vec::new(); count];
        for (&[i, j], &sign) in pairs.iter().zip(signs) {
            rows[i as usize].push((j as usize, sign));
            rows[j as usize].push((i as usize, sign));
        }
        Self(rows)
    }

    /// `sum_j s_ij x_j`
    fn pull(&self, note: usize, x: &[f64]) -> f64 {
        self.0[note].iter().fold(0.0, |sum, &(other, sign)| sum + sign * x[other])
    }

    /// `sum_ij z_i s_ij z_j`
    fn satisfaction(&self, z: &[f64]) -> f64 {
        (0..z.len()).fold(0.0, |sum, note| sum + z[note] * self.pull(note, z))
    }

    /// Turns single notes over while one of them is against its neighbours; each turn raises the satisfaction.
    fn turn_over(&self, z: &mut [f64]) {
        const MOST_ROUNDS: usize = 1000;
        for _ in 0..MOST_ROUNDS {
            let mut settled = true;
            for note in 0..z.len() {
                if z[note] * self.pull(note, z) < 0.0 {
                    z[note] = -z[note];
                    settled = false;
                }
            }
            if settled {
                break;
            }
        }
    }
}

/// Orientations along a maximum spanning forest (Kruskal), each tree from its lowest note.
fn span(count: usize, pairs: &[[u32; 2]], signs: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|&a, &b| signs[b].abs().total_cmp(&signs[a].abs()).then(a.cmp(&b)));
    let mut joined = Sets::new(count);
    let mut trees: Vec<Vec<(usize, f64)>> = vec![Vec::new(); count];
    for edge in order {
        let [i, j] = pairs[edge].map(|end| end as usize);
        if joined.root(i) != joined.root(j) {
            joined.join(i, j);
            trees[i].push((j, signs[edge]));
            trees[j].push((i, signs[edge]));
        }
    }
    let mut z = vec![0.0; count];
    for start in 0..count {
        if z[start] != 0.0 {
            continue;
        }
        z[start] = 1.0;
        let mut open = vec![start];
        while let Some(note) = open.pop() {
            for &(other, sign) in &trees[note] {
                if z[other] == 0.0 {
                    z[other] = if sign < 0.0 { -z[note] } else { z[note] };
                    open.push(other);
                }
            }
        }
    }
    z
}

/// Signs after each note has gone half the way to the signed mean of its neighbours, [`ROUNDS`] times.
fn average(web: &Web, start: &[f64]) -> Vec<f64> {
    let strengths: Vec<f64> = web.0.iter().map(|row| row.iter().fold(0.0, |sum, (_, sign)| sum + sign.abs())).collect();
    let mut x = start.to_vec();
    for _ in 0..ROUNDS {
        let step = |note: usize| {
            let mean = if strengths[note] > 0.0 { web.pull(note, &x) / strengths[note] } else { x[note] };
            0.5 * (x[note] + mean)
        };
        x = (0..x.len()).map(step).collect();
    }
    x.iter().zip(start).map(|(x, start)| if *x == 0.0 { *start } else { x.signum() }).collect()
}
