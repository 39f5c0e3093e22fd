//! How fast a life goes, and how many steps fit into a frame.
//!
//! In: what steps, frames and painting took. Out: a budget of seconds and of steps. Invariant: the clock decides how many
//! steps a frame has, never what they do.

use std::time::{Duration, Instant};

use crate::app::frame::Pace;
use crate::run::Clock;

/// Steps of a frame take about this long at most, so that pictures come at an even pace; where painting is slower than
/// that (a software driver), a share of the time between two pictures.
const BUDGET: Duration = Duration::from_millis(14);
/// The longest that steps of a frame may take.
const LONGEST: Duration = Duration::from_millis(60);

/// How fast it goes, and how many steps fit into a frame.
#[derive(Default)]
pub(super) struct Tracker {
    pub(super) pace: Pace,
    since: Option<Instant>,
    steps: u64,
    /// Whether a second has passed that nobody has taken note of.
    pub(super) new_second: bool,
    /// When the last frame began, and the mean time between frames.
    frame_at: Option<Clock>,
    interval: f64,
}

impl Tracker {
    /// Seconds that the steps of the next frame may take.
    pub(super) fn budget(&mut self) -> f64 {
        /// Of the time between two frames; a software driver paints with the same processors.
        const SHARE: f64 = 0.35;
        /// Longer pauses say nothing about painting.
        const PAUSE: f64 = 0.5;
        if let Some(interval) = self.frame_at.replace(Clock::start()).map(|clock| clock.seconds())
            && interval < PAUSE
        {
            self.interval += 0.2 * (interval - self.interval);
        }
        (SHARE * self.interval).clamp(BUDGET.as_secs_f64(), LONGEST.as_secs_f64())
    }

    /// Steps for the next frame: as many as wanted, as long as they fit.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count of steps")]
    pub(super) fn steps(&self, wanted: u64, budget: f64) -> u64 {
        let one = self.pace.step_milliseconds;
        if one <= 0.0 {
            return 1;
        }
        wanted.min((budget * 1e3 / one) as u64).max(1)
    }

    #[expect(clippy::cast_precision_loss, reason = "a speed")]
    #[expect(clippy::disallowed_methods, reason = "a speed for people")]
    pub(super) fn stepped(&mut self, made: u64, seconds: f64, cells: usize) {
        /// Weight of the newest measurement.
        const NEW: f64 = 0.2;
        if made == 0 {
            return;
        }
        let blend = |old: f64, new: f64| if old > 0.0 { old + NEW * (new - old) } else { new };
        let one = seconds / made as f64;
        self.pace.step_milliseconds = blend(self.pace.step_milliseconds, one * 1e3);
        self.pace.cells_per_second = blend(self.pace.cells_per_second, cells as f64 / one.max(1e-9));
        self.pace.steps_per_frame = made;
        self.steps += made;
        let since = *self.since.get_or_insert_with(Instant::now);
        let elapsed = since.elapsed().as_secs_f64();
        if elapsed >= 1.0 {
            self.pace.steps_per_second = self.steps as f64 / elapsed;
            self.new_second = true;
            (self.since, self.steps) = (Some(Instant::now()), 0);
        }
    }

    pub(super) fn showed(&mut self, seconds: f64) {
        self.pace.show_milliseconds = seconds * 1e3;
    }
}
