//! What is asked of a life: to be touched, to go back, to be written down.
//!
//! In: a [`Request`]. Out: the life as it is asked for, or a notice why not. Invariants: a refusal changes nothing; a
//! life whose device was lost is grown again from its trace.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::waiting::Regrowing;
use super::{Growth, all_acts, is_lost, schedule};
use crate::app::export;
use crate::app::frame::Notice;
use crate::app::living::Show;
use crate::app::request::Request;
use crate::app::subject;
use crate::error::Error;
use crate::field::Kind;
use crate::simulation::act::Act;
use crate::simulation::life::Life;
use crate::soil::Progress;

impl Growth {
    /// Does what is asked; a refusal is told, and changes nothing.
    pub(in crate::app) fn answer(&mut self, request: Request, show: &Show) {
        if let Err(why) = self.try_answer(request, show) {
            if is_lost(&why) {
                self.recover(show);
            }
            self.tell(Notice::Refused(why.to_string()));
        }
    }

    fn try_answer(&mut self, request: Request, show: &Show) -> Result<(), Error> {
        match request {
            Request::Play(playing) => (self.playing, self.left) = (playing, None),
            Request::Step(steps) => (self.playing, self.left) = (true, Some(steps)),
            Request::Speed(speed) => self.speed = speed.max(1),
            Request::Show(wanted) => self.observer.show(wanted, self.life.simulation_mut()),
            Request::Do(act) => self.touch(act)?,
            Request::Say { text, against } => {
                let act = self.sentence(text, against)?;
                self.touch(act)?;
            }
            Request::Undo => self.grow_again(show, |life, progress, cancel| life.undo(progress, cancel))?,
            Request::Regrow(step) => {
                self.grow_again(show, |life, progress, cancel| life.regrow(step, progress, cancel))?;
                self.playing = false;
            }
            Request::Branch(step) => {
                self.grow_again(show, |life, progress, cancel| life.branch(step, progress, cancel))?;
                self.tell(Notice::Done(self.life.path().display().to_string()));
            }
            Request::ExportSeries(path) => {
                self.observer.collect(true)?;
                export::series(&self.frame()?, &path)?;
                self.tell(Notice::Done(path.display().to_string()));
            }
            Request::ExportNotes(notes, path) => {
                export::notes(&self.frame()?, &notes, &path)?;
                self.tell(Notice::Done(path.display().to_string()));
            }
            Request::Open(_) | Request::Gallery(_) | Request::Quit => {}
        }
        Ok(())
    }

    /// An act: in the trace, then in what is shown.
    fn touch(&mut self, act: Act) -> Result<(), Error> {
        let before = self.life.simulation().revision();
        let is_stroke = act.brush().is_some();
        self.touched = true;
        self.life.act(act)?;
        self.acts = Arc::new(all_acts(&self.life));
        if is_stroke && self.life.simulation().revision() == before {
            return self.observer.renew(self.life.simulation_mut());
        }
        self.renew()
    }

    /// A sentence as an act: a bump where it belongs.
    fn sentence(&mut self, text: String, against: bool) -> Result<Act, Error> {
        /// The bump's radius, as a share of the map's shorter side.
        const RADIUS: f64 = 0.04;
        let at = self.life.place(&text)?;
        let model = self.life.simulation().model();
        let field = model.fields.iter().find(|field| field.kind != Kind::Link);
        let none = || Error::Input("this seed has no field of cells that a sentence could enter".into());
        let field = field.ok_or_else(none)?.name.clone();
        let sides = model.grid.place_axes().iter().map(|&axis| model.grid.size_along(axis));
        let radius = RADIUS * sides.fold(f64::INFINITY, f64::min);
        Ok(Act::Say { text, field, at, radius, strength: 1.0, against })
    }

    /// After something that may have changed the model.
    pub(super) fn renew(&mut self) -> Result<(), Error> {
        self.observer.renew(self.life.simulation_mut())?;
        self.felt_at = None;
        let serial = self.subject.serial + 1;
        let subject = subject::describe(&self.life, self.opened.as_deref(), serial, Some(&self.subject));
        self.subject = Arc::new(subject);
        self.acts = Arc::new(all_acts(&self.life));
        self.schedule = schedule(&self.life)?;
        Ok(())
    }

    /// Grows the field again from its trace, and shows how far it has come.
    fn grow_again(
        &mut self,
        show: &Show,
        again: impl FnOnce(&mut Life, &dyn Progress, &AtomicBool) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let progress = Regrowing::new(show, self.newest.clone());
        if again(&mut self.life, &progress, show.cancel())? {
            self.observer.rewind(self.life.simulation_mut())?;
        }
        self.renew()
    }

    /// The device was lost, and the field with it: it is grown again from its trace, up to where it was.
    pub(super) fn recover(&mut self, show: &Show) {
        let step = self.life.simulation().step();
        let again = self.grow_again(show, |life, progress, cancel| life.regrow(step, progress, cancel));
        if let Err(why) = again {
            self.playing = false;
            self.tell(Notice::Refused(why.to_string()));
        }
    }
}
