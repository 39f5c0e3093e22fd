//! What predictions rest on: the growth of small differences, and the length and rate of the linear medium.
//!
//! In: the seed. Out: lambda1, from growths with random numbers that no arm uses; mu and xi from the linearised
//! equation about rest, `rate(k) = mu (1 - (xi k)^2)` for long waves, maps at their largest values.

use rayon::prelude::*;
use serde::Serialize;

use super::subject::Subject;
use crate::error::Error;
use crate::experiment::statistics::Estimate;
use crate::linear::{Base, small_waves};
use crate::math::arithmetic::Precision;
use crate::soil::Progress;

/// For how many of the seed's own durations a growth is followed; the exponent is that of the second half.
const DURATIONS: f64 = 6.0;
/// Random numbers of these growths: far from those of the arms.
const FIRST_SEED: u64 = 1_000_000;

/// What was measured beforehand.
#[derive(Clone, Debug, Serialize)]
pub struct Scales {
    /// The largest Lyapunov exponent: mean over growths.
    pub lambda: f64,
    /// Its standard error; 0 with a single growth.
    pub lambda_error: f64,
    /// The exponent of each growth.
    pub lambdas: Vec<f64>,
    /// Growth rate of small uniform values, largest over the domain.
    pub mu: f64,
    /// Length at which spreading balances that growth; none where nothing grows or spreads.
    pub xi: Option<f64>,
}

impl Scales {
    /// Whether copies part at all.
    pub fn is_chaotic(&self) -> bool {
        self.lambda > 3.0 * self.lambda_error && self.lambda > 1e-3 * self.mu.abs()
    }
}

pub(super) fn measure(subject: &Subject, repeats: u32, progress: &dyn Progress) -> Result<Scales, Error> {
    progress.stage("growth of small differences", u64::from(repeats));
    let lambdas = (0..repeats).into_par_iter().map(|repeat| {
        let rng_seed = subject.rng_seed + FIRST_SEED + u64::from(repeat);
        let text = subject.reseeded(rng_seed)?;
        let mut field = subject.grow(&text, &["lyapunov()"], Precision::F64, None)?.simulation;
        field.advance(subject.steps(DURATIONS * subject.settled))?;
        progress.advance(1);
        Ok(field.lyapunov().expect("a series asks for it"))
    });
    let lambdas: Vec<f64> = lambdas.collect::<Result<_, Error>>()?;
    let (lambda, lambda_error) = mean_and_error(&lambdas);
    let rest = subject.grow(&subject.text, &[], Precision::F64, None)?.simulation;
    let waves = small_waves(&subject.model, &Base::largest(&subject.model, &rest.ground().maps, &[])).waves;
    let mu = waves.first().map_or(f64::NAN, |wave| wave.rate);
    let spread = match waves.as_slice() {
        [uniform, longest, ..] => (uniform.rate - longest.rate) / (longest.wavenumber * longest.wavenumber),
        _ => f64::NAN,
    };
    let xi = (mu > 0.0 && spread > 0.0).then(|| (spread / mu).sqrt());
    Ok(Scales { lambda, lambda_error, lambdas, mu, xi })
}

/// Mean of some numbers and its standard error; 0 for a single one.
pub(super) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let Estimate { count, mean, error } = Estimate::of(values);
    (mean, if count > 1 { error } else { 0.0 })
}
