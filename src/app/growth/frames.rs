//! What there is to see of a life: one frame after the other.
//!
//! In: the clock, and how fast the person wants it. Out: some steps, and a [`Frame`]. Invariant: the number of steps in
//! a frame follows the clock, what they do does not.

use std::sync::Arc;
use std::time::Duration;

use super::{Growth, is_lost};
use crate::app::frame::{Felt, Frame, Notice};
use crate::app::living::Show;
use crate::error::Error;
use crate::run::Clock;

/// After a touch, and between two looks at whether there is one, steps take about this long at most.
const PROMPT: Duration = Duration::from_millis(8);
/// What notes feel is measured anew after this time: numbers that are read need no more.
const FELT_EVERY: Duration = Duration::from_millis(200);

impl Growth {
    /// The next frame: some steps if it is playing, and what there is to see then.
    pub(in crate::app) fn breathe(&mut self, show: &Show) -> Arc<Frame> {
        if self.playing {
            match self.step(show) {
                Ok(()) => {}
                Err(why) if is_lost(&why) => self.recover(show),
                Err(why) => {
                    self.playing = false;
                    self.tell(Notice::Diverged(why.to_string()));
                }
            }
        }
        let frame = match self.frame() {
            Ok(frame) => frame,
            Err(why) if is_lost(&why) => {
                self.recover(show);
                self.bare()
            }
            Err(why) => {
                self.playing = false;
                self.tell(Notice::Refused(why.to_string()));
                self.bare()
            }
        };
        let frame = Arc::new(Frame { answered: show.answered(), ..frame });
        self.newest = Some(Arc::clone(&frame));
        frame
    }

    /// Some steps; fewer if the person has done something, or wants something: that is to be seen at once.
    fn step(&mut self, show: &Show) -> Result<(), Error> {
        let budget = self.pace.budget();
        let budget = if std::mem::take(&mut self.touched) { budget.min(PROMPT.as_secs_f64()) } else { budget };
        let wanted = self.pace.steps(self.speed, budget).min(self.left.unwrap_or(u64::MAX));
        let stretch = self.pace.steps(wanted, PROMPT.as_secs_f64());
        let clock = Clock::start();
        let before = self.life.simulation().step();
        let mut outcome = Ok(());
        while outcome.is_ok() && self.life.simulation().step() < before + wanted {
            let now = self.life.simulation().step();
            outcome = self.stride((before + wanted).min(now + stretch));
            if clock.seconds() > budget || show.is_wanted() {
                break;
            }
        }
        let made = self.life.simulation().step() - before;
        self.pace.stepped(made, clock.seconds(), self.life.simulation().model().grid.cells());
        if std::mem::take(&mut self.pace.new_second) {
            self.life.simulation_mut().watch();
        }
        if let Some(left) = &mut self.left {
            *left -= made.min(*left);
            if *left == 0 {
                (self.playing, self.left) = (false, None);
            }
        }
        outcome
    }

    pub(super) fn frame(&mut self) -> Result<Frame, Error> {
        let clock = Clock::start();
        self.life.simulation_mut().fields()?;
        self.observer.collect(!self.playing)?;
        let layers = self.observer.layers(self.life.simulation())?;
        // Of very many notes more seldom, so that most of the time goes into living.
        let due = FELT_EVERY.as_secs_f64().max(9.0 * self.felt_took);
        if !self.playing || self.felt_at.as_ref().is_none_or(|clock| clock.seconds() > due) {
            let feeling = Clock::start();
            self.felt = self.observer.felt(self.life.simulation())?;
            (self.felt_took, self.felt_at) = (feeling.seconds(), Some(Clock::start()));
        }
        let felt = self.felt.clone();
        let defects = self.observer.defects(self.life.simulation_mut())?;
        if let Some(why) = self.observer.refused.take() {
            self.tell(Notice::Refused(why));
        }
        let donor = self.observer.donor(self.life.simulation());
        let mut frame = Frame { layers, felt, defects, ..self.bare() };
        frame.donor = donor.map(|(grid, layers, defects)| {
            Arc::new(Frame { grid, layers, defects, felt: Felt::default(), mask: None, ..frame.clone() })
        });
        self.pace.showed(clock.seconds());
        Ok(frame)
    }

    /// A frame without what is measured.
    fn bare(&mut self) -> Frame {
        self.serial += 1;
        let simulation = self.life.simulation();
        Frame {
            serial: self.serial,
            step: simulation.step(),
            time: simulation.time(),
            dt: simulation.dt(),
            grid: self.observer.canvas(&simulation.model().grid).clone(),
            layers: vec![],
            mask: self.observer.mask(),
            defects: vec![],
            felt: Felt::default(),
            subject: Arc::clone(&self.subject),
            series: Arc::clone(&self.observer.series),
            acts: Arc::clone(&self.acts),
            events: Arc::clone(&self.observer.events),
            reading: Arc::clone(&self.observer.reading),
            pace: self.pace.pace,
            passes: Arc::new(simulation.pass_times().to_vec()),
            playing: self.playing,
            answered: 0,
            notice: self.notice.clone(),
            regrowing: None,
            donor: None,
        }
    }
}
