//! Progress bars on stderr, for stages that take longer than a moment.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use semafield::soil::Progress;

/// One bar at a time, named after its stage.
pub(crate) struct Bars {
    bar: Mutex<ProgressBar>,
    quiet: bool,
}

impl Bars {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()), quiet }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.lock().expect("no thread panics with the bar").finish_and_clear();
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, total: u64) {
        let style = ProgressStyle::with_template("{msg:>12} {wide_bar:.cyan/dim} {percent:>3} % {eta:>4} left")
            .expect("a valid template")
            .progress_chars("━╸─");
        let bar = ProgressBar::new(total).with_style(style).with_message(name.to_owned());
        bar.set_draw_target(if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() });
        let mut current = self.bar.lock().expect("no thread panics with the bar");
        current.finish_and_clear();
        *current = bar;
    }

    fn advance(&self, amount: u64) {
        self.bar.lock().expect("no thread panics with the bar").inc(amount);
    }
}
