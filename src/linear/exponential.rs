//! One step of exponential time differencing (ETD2RK: Cox & Matthews, J. Comput. Phys. 176, 2002) as a matrix.
//!
//! In: the linearised equations at one wavevector, split into c (a number per field) and N (everything else). Out: the
//! matrix that the step applies: with E = e^{c dt}, phi1 = (E - 1)/(c dt), phi2 = (E - 1 - c dt)/(c dt)^2,
//! `a = E u + dt phi1 N u`, `u' = a + dt phi2 (N a - N u)`. Invariant: c is diagonal, complex fields as their
//! conjugate pair `re + i im`, `re - i im`.

use super::number::exp;
use super::{Linearization, first_column};
use crate::field::Kind;
use crate::math::complex::Complex;
use crate::math::eigen::eigenvalues;
use crate::model::split;

/// The step at one wavevector.
pub(super) struct Exponential {
    n: usize,
    /// c of each mode.
    linear: Vec<Complex>,
    /// N, n x n by rows.
    explicit: Vec<Complex>,
}

impl Exponential {
    /// `damping` is taken from N's diagonal.
    pub(super) fn new(linearization: &Linearization<'_>, k: [f64; 3], damping: f64) -> Self {
        let (model, n) = (linearization.model, linearization.components());
        let mut explicit = linearization.matrix(k);
        let mut linear = vec![Complex::ZERO; n];
        for part in split(model) {
            let symbol = part.symbol(model, &linearization.base.parameters);
            let (first, kind) = (first_column(model, part.field), model.fields[part.field].kind);
            match kind {
                Kind::Complex => {
                    to_conjugate_pair(&mut explicit, n, first);
                    linear[first] = symbol.at(k);
                    linear[first + 1] = symbol.at(k.map(|k| -k)).conj();
                }
                Kind::Real | Kind::Link | Kind::Face => {
                    linear[first..first + kind.components(&model.grid)].fill(symbol.at(k));
                }
            }
        }
        for (mode, &c) in linear.iter().enumerate() {
            explicit[mode * n + mode] -= c + Complex::from(damping);
        }
        Self { n, linear, explicit }
    }

    /// The largest sum of sizes in a row of N.
    pub(super) fn explicit_size(&self) -> f64 {
        self.explicit.chunks_exact(self.n).map(|row| row.iter().map(|z| z.abs()).sum()).fold(0.0, f64::max)
    }

    /// The largest factor by which a step of dt multiplies a mode.
    pub(super) fn spectral_radius(&self, dt: f64) -> f64 {
        let n = self.n;
        let phi = self.linear.iter().map(|c| phi(c.scale(dt)));
        let (mut stage, mut second) = (vec![Complex::ZERO; n * n], Vec::with_capacity(n));
        for (row, [e, phi1, phi2]) in phi.enumerate() {
            for column in 0..n {
                stage[row * n + column] = phi1.scale(dt) * self.explicit[row * n + column];
            }
            stage[row * n + row] += e;
            second.push(phi2.scale(dt));
        }
        let mut change = stage.clone();
        for mode in 0..n {
            change[mode * n + mode] -= Complex::ONE;
        }
        let mut step = stage;
        for row in 0..n {
            for column in 0..n {
                let product = (0..n).fold(Complex::ZERO, |sum, inner| {
                    sum + self.explicit[row * n + inner] * change[inner * n + column]
                });
                step[row * n + column] += second[row] * product;
            }
        }
        eigenvalues(&step, n).iter().map(|factor| factor.abs()).fold(0.0, f64::max)
    }
}

/// Changes the basis of a field from (re, im) to (re + i im, re - i im): `T M T^-1` with T = (1, i; 1, -i).
fn to_conjugate_pair(matrix: &mut [Complex], n: usize, re: usize) {
    for other in 0..n {
        let (x, y) = (matrix[re * n + other], Complex::I * matrix[(re + 1) * n + other]);
        matrix[re * n + other] = x + y;
        matrix[(re + 1) * n + other] = x - y;
    }
    for other in 0..n {
        let (x, y) = (matrix[other * n + re], Complex::I * matrix[other * n + re + 1]);
        matrix[other * n + re] = (x - y).scale(0.5);
        matrix[other * n + re + 1] = (x + y).scale(0.5);
    }
}

/// `e^z`, `(e^z - 1)/z`, `(e^z - 1 - z)/z^2`; near 0 by their series.
pub fn phi(z: Complex) -> [Complex; 3] {
    const TERMS: u32 = 18;
    if z.abs() > 1.0 {
        let e = exp(z);
        let phi1 = (e - Complex::ONE) / z;
        return [e, phi1, (phi1 - Complex::ONE) / z];
    }
    // phi2 = sum z^n / (n + 2)!, phi1 = 1 + z phi2, e^z = 1 + z phi1
    let phi2 = (0..TERMS).rev().fold(Complex::ZERO, |sum, n| Complex::ONE + z * sum.scale(1.0 / f64::from(n + 3)));
    let phi2 = phi2.scale(0.5);
    let phi1 = Complex::ONE + z * phi2;
    [Complex::ONE + z * phi1, phi1, phi2]
}

#[cfg(test)]
mod tests {
    use super::{Complex, exp, phi};

    #[test]
    fn series_and_quotients_meet_on_the_unit_circle() {
        for z in [Complex::new(-0.8, 0.6), Complex::new(0.0, 1.0), Complex::new(1.0, 0.0)] {
            let (inside, outside) = (phi(z.scale(1.0 - 1e-12)), phi(z.scale(1.0 + 1e-12)));
            for (a, b) in inside.into_iter().zip(outside) {
                assert!((a - b).abs() < 1e-11, "{a:?} {b:?}");
            }
            assert!((inside[0] - exp(z)).abs() < 1e-11);
        }
        assert_eq!(phi(Complex::ZERO)[2], Complex::from(0.5));
    }
}
