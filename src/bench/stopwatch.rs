//! Time taken, robustly. In: something to do over and over. Out: seconds per repetition, round by round.

use std::time::Instant;

use crate::error::Error;

/// Rounds of which the median counts.
const ROUNDS: usize = 7;
/// A round is made about so long.
const ROUND_SECONDS: f64 = 0.15;
/// With repetitions slower than this, a few rounds are enough.
const SLOW_SECONDS: f64 = 5.0;

/// Seconds per repetition of several rounds, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Times(pub Vec<f64>);

impl Times {
    /// The one in the middle.
    pub(super) fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    /// Slowest less fastest round, relative to the median.
    pub(super) fn spread(&self) -> f64 {
        (self.0[self.0.len() - 1] - self.0[0]) / self.median()
    }
}

/// Measures `work(n)`, which does something n times and returns when it is done. Without `repetitions`, a round has as
/// many as fill its time, and no fewer than `least`. Returns them, too.
pub(super) fn measure(
    repetitions: Option<u64>,
    least: u64,
    mut work: impl FnMut(u64) -> Result<(), Error>,
) -> Result<(Times, u64), Error> {
    // The first call pays for memory and caches.
    let first = seconds(|| work(1))?;
    let once = if first < SLOW_SECONDS { seconds(|| work(1))? } else { first };
    let count = repetitions.unwrap_or_else(|| fill(once).max(least)).max(1);
    #[expect(clippy::cast_precision_loss, reason = "repetitions are far fewer than 2^52")]
    let rounds = if once * count as f64 > SLOW_SECONDS { 3 } else { ROUNDS };
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        #[expect(clippy::cast_precision_loss, reason = "repetitions are far fewer than 2^52")]
        times.push(seconds(|| work(count))? / count as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok((Times(times), count))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
fn fill(once: f64) -> u64 {
    (ROUND_SECONDS / once.max(1e-7)) as u64
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured; no result depends on it")]
fn seconds(work: impl FnOnce() -> Result<(), Error>) -> Result<f64, Error> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}
