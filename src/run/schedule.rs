//! When a run steps, observes and draws: whole steps from the times in the seed.

use crate::engine::Origin;
use crate::error::Error;
use crate::model::Model;

/// Appointments of a run, in steps.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The last step.
    pub(crate) last: u64,
    /// The step from which intervals are counted.
    first: u64,
    series_every: u64,
    picture_every: u64,
    /// Times that had to be rounded.
    pub(super) warnings: Vec<String>,
}

/// The most steps of a run: time must still be exact to a step.
const MOST_STEPS: f64 = 9e15;

impl Schedule {
    /// Steps = round(stop / dt), counted from the origin of time; intervals are rounded to whole steps, at least one.
    /// What has been lived is not taken back: a stop before the origin is the origin.
    pub(crate) fn new(model: &Model, dt: f64, origin: Origin, until: Option<f64>) -> Result<Self, Error> {
        let stop = until.unwrap_or(model.time.stop);
        let steps = ((stop - origin.time) / dt).round();
        let steps = if origin.step > 0 && steps < 0.0 { 0.0 } else { steps };
        if !(0.0..MOST_STEPS).contains(&steps) {
            return Err(Error::Input(format!("stop = {stop} with dt = {dt} is not a number of steps that can be run")));
        }
        let mut warnings = Vec::new();
        let mut interval = |name: &str, given: Option<f64>, default: f64| {
            let wanted = given.unwrap_or(default) / dt;
            let whole = wanted.round().clamp(1.0, MOST_STEPS);
            if given.is_some() && (whole - wanted).abs() > 1e-6 * wanted {
                warnings.push(format!(
                    "[observe] {name} = {} is not a whole number of steps of {dt}: {} is used",
                    given.unwrap_or(default),
                    whole * dt
                ));
            }
            whole
        };
        let series_every = interval("every", model.observe.every, stop / 100.0);
        let picture_every = interval("image_every", model.observe.image_every, stop / 4.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= steps < 9e15, checked above")]
        let count = |steps: f64| steps as u64;
        Ok(Self {
            last: origin.step.saturating_add(count(steps)),
            first: origin.step,
            series_every: count(series_every),
            picture_every: count(picture_every),
            warnings,
        })
    }

    /// Moves the end to a step, if it is before.
    pub(super) fn last_at(&mut self, step: u64) {
        self.last = self.last.max(step);
    }

    fn is_due(&self, step: u64, every: u64) -> bool {
        step.saturating_sub(self.first).is_multiple_of(every)
    }

    /// Rows of the series: at step 0, at each interval, at the last step.
    pub(crate) fn series_due(&self, step: u64) -> bool {
        self.is_due(step, self.series_every) || step == self.last
    }

    /// Pictures and digests likewise.
    pub(super) fn picture_due(&self, step: u64) -> bool {
        self.is_due(step, self.picture_every) || step == self.last
    }

    /// The next row of the series after a step, however long the life.
    #[cfg(feature = "app")]
    pub(crate) fn next_series(&self, step: u64) -> u64 {
        self.first + (step.saturating_sub(self.first) / self.series_every + 1) * self.series_every
    }

    /// The next appointment after a step.
    pub(crate) fn next(&self, step: u64) -> u64 {
        let since = step.saturating_sub(self.first);
        let after = |every: u64| self.first + (since / every + 1) * every;
        after(self.series_every).min(after(self.picture_every)).min(self.last)
    }
}
