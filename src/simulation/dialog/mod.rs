//! A dialogue: another field that is grown alongside, and what this one hears of it.
//!
//! In: a seed with a section `[donor]`. Out: the maps of its nudges, kept up to date, and the donor's fields to look
//! at. A sample of both fields is taken at the start of every `every`-th step, counted from the origin of time; what
//! the donor's block averages are ahead takes effect `delay` later and is held through all stages of all steps until
//! the next one does. So equal states stay equal bit for bit, whatever scheme, delay and interval; beside a nudge that
//! is evaluated anew in every stage the error is of first order in the interval: a rate gamma acts like
//! `gamma (1 - O(gamma every))`. Invariants: the donor is stepped with this field and by nothing else; acts do not
//! reach it; it has no donor of its own.

mod blocks;
mod channel;
mod delay;
mod grow;
mod keep;

pub(super) use keep::KeptDialog;

use super::Simulation;
use super::start::Ground;
use crate::error::Error;
use crate::field::Values;
use crate::model::{Frames, MapSource, Model, Nudge};
use crate::program::Program;
use channel::{Channel, Donor, Engines, Eye, Heard, Listener};

/// A donor, and how it is looked at.
pub(super) struct Dialog {
    pub(super) donor: Simulation,
    /// BLAKE3 of the donor's seed, where that is another one.
    hash: Option<String>,
    channels: Vec<Channel>,
    timing: Timing,
    /// Standard deviation of the noise on what is seen.
    noise: f64,
    rng_seed: u64,
    /// What each channel had heard when the last snapshot was taken: own field, shadow, donor.
    safe: Vec<Heard>,
}

/// When samples are taken and when they take effect, in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Timing {
    every: u64,
    delay: u64,
}

impl Timing {
    fn of(model: &Model, dt: f64) -> Self {
        let declared = model.donor.as_ref().expect("a dialogue has a donor");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates far beyond any run")]
        let steps = |time: f64| (time / dt).round() as u64;
        Self {
            every: declared.every.map_or(1, |every| steps(every.value).max(1)),
            delay: declared.delay.map_or(0, |delay| steps(delay.value)),
        }
    }

    /// How many samples are in flight at most within some steps.
    fn samples(self, steps: u64) -> u64 {
        (self.delay.min(steps) / self.every).saturating_add(1)
    }

    /// The number of the sample that is taken after some steps.
    fn sampled(self, since: u64) -> Option<u64> {
        since.is_multiple_of(self.every).then_some(since / self.every)
    }

    /// The number of the sample that takes effect after some steps.
    fn heeded(self, since: u64) -> Option<u64> {
        since.checked_sub(self.delay).and_then(|since| self.sampled(since))
    }

    /// Steps until something is due again.
    fn next(self, since: u64) -> u64 {
        let until = |since: u64| self.every - since % self.every;
        let heeded = match since.checked_sub(self.delay) {
            Some(since) => until(since),
            None => self.delay - since,
        };
        until(since).min(heeded)
    }
}

impl Dialog {
    /// The innovation that each nudge holds now, by the position of its map: own ones.
    fn held(&self) -> impl Iterator<Item = (usize, &Values)> {
        self.channels.iter().map(|channel| (channel.map, &channel.own.held))
    }

    fn heard(&self) -> Vec<Heard> {
        self.channels.iter().map(Channel::heard).collect()
    }

    /// How the donor is looked at, for a person: rounded times.
    pub(super) fn notes(&self, model: &Model, dt: f64) -> Vec<String> {
        let declared = model.donor.as_ref().expect("a dialogue has a donor");
        #[expect(clippy::cast_precision_loss, reason = "numbers of steps")]
        let rounded = |key: &str, given: Option<f64>, steps: u64| {
            let (given, used) = (given?, steps as f64 * dt);
            let differs = (given - used).abs() > 1e-6 * given.max(dt);
            differs.then(|| format!("[donor] {key} = {given} is not a whole number of steps of {dt}: {used} is used"))
        };
        let every = rounded("every", declared.every.map(|every| every.value), self.timing.every);
        let delay = rounded("delay", declared.delay.map(|delay| delay.value), self.timing.delay);
        every.into_iter().chain(delay).collect()
    }
}

impl Simulation {
    /// The field that is grown alongside, as it was when [`Simulation::fields`] was called last.
    pub fn donor(&self) -> Option<&Simulation> {
        self.dialog.as_ref().map(|dialog| &dialog.donor)
    }

    /// BLAKE3 of the donor's seed, where that is another one.
    pub(super) fn donor_hash(&self) -> Option<&str> {
        self.dialog.as_ref().and_then(|dialog| dialog.hash.as_deref())
    }

    /// What a person should know about how the donor is looked at.
    pub fn dialog_notes(&self) -> Vec<String> {
        self.dialog.as_ref().map_or_else(Vec::new, |dialog| dialog.notes(&self.model, self.dt))
    }

    /// Looks at the donor and hears of it, if that is due at a step.
    pub(super) fn converse(&mut self, step: u64) -> Result<(), Error> {
        let since = step.saturating_sub(self.origin.step);
        let Some(dialog) = self.dialog.as_deref_mut() else { return Ok(()) };
        let (sampled, heeded) = (dialog.timing.sampled(since), dialog.timing.heeded(since));
        if sampled.is_none() && heeded.is_none() {
            return Ok(());
        }
        let mut engines = Engines {
            own: self.engine.as_mut(),
            donor: dialog.donor.engine.as_mut(),
            shadow: match self.shadow.as_deref_mut() {
                Some(shadow) => Some(shadow.seat.engine.as_mut()),
                None => None,
            },
        };
        let noise = (dialog.noise, dialog.rng_seed, step);
        for channel in &mut dialog.channels {
            if let Some(sample) = sampled {
                channel.sample(&mut engines, sample, noise)?;
            }
            if let Some(sample) = heeded {
                channel.heed(&mut engines, sample, dialog.timing.delay > 0)?;
            }
        }
        Ok(())
    }

    /// Steps until the dialogue has something to do again.
    pub(super) fn until_next_word(&self, step: u64) -> u64 {
        let since = step.saturating_sub(self.origin.step);
        self.dialog.as_ref().map_or(u64::MAX, |dialog| dialog.timing.next(since))
    }

    /// Brings what expressions see of the donor up to date: after the fields were read.
    pub(super) fn show_donor(&mut self) -> Result<(), Error> {
        self.converse(self.step)?;
        let Some(dialog) = self.dialog.as_deref_mut() else { return Ok(()) };
        dialog.donor.fields()?;
        dialog.safe = dialog.heard();
        for (map, held) in dialog.held() {
            self.ground.set_map(map, held);
        }
        for channel in &dialog.channels {
            if let Donor::Listens(listener, map) = &channel.donor {
                dialog.donor.ground.set_map(*map, &listener.held);
                dialog.donor.ground_changes += 1;
            }
        }
        for (position, map) in self.model.maps.iter().enumerate() {
            if let MapSource::Donor(field) = map.source {
                let name = &self.model.fields[field as usize].name;
                let there = dialog.donor.safe.fields.iter().find(|own| own.name == *name && own.kind == map.kind);
                if let Some(there) = there.filter(|there| there.grid.shape() == self.model.grid.shape()) {
                    self.ground.set_map(position, &there.values);
                }
            }
        }
        self.ground_changes += 1;
        Ok(())
    }

    /// Goes back to what had been heard when the last snapshot was taken. The engines have their fields back already.
    pub(super) fn recall(&mut self) -> Result<(), Error> {
        let Some(mut dialog) = self.dialog.take() else { return Ok(()) };
        let heard = std::mem::take(&mut dialog.safe);
        dialog.channels.iter_mut().zip(&heard).for_each(|(channel, heard)| channel.recall(heard));
        dialog.safe = heard;
        for channel in &dialog.channels {
            self.write_map(channel.map)?;
            if let Donor::Listens(_, map) = &channel.donor {
                dialog.donor.write_map(*map)?;
            }
        }
        self.dialog = Some(dialog);
        Ok(())
    }

    /// Opens eyes and ears on the engines as they are now; what was heard stays heard.
    pub(super) fn attend(&mut self) {
        let Some(mut dialog) = self.dialog.take() else { return };
        let before = dialog.heard();
        let names: Vec<String> = dialog.channels.iter().map(|channel| channel.name.clone()).collect();
        let timing = Timing::of(&self.model, self.dt);
        let same_pace = timing == dialog.timing;
        dialog.channels = self.channels(&dialog.donor);
        for channel in &mut dialog.channels {
            let known = names.iter().position(|name| *name == channel.name).filter(|_| same_pace);
            if let Some(known) = known {
                channel.recall(&before[known]);
            }
        }
        let declared = self.model.donor.as_ref().expect("a dialogue has a donor");
        dialog.noise = declared.noise.map_or(0.0, |noise| noise.value);
        (dialog.timing, dialog.rng_seed) = (timing, self.model.rng_seed);
        dialog.safe = dialog.heard();
        self.dialog = Some(dialog);
    }

    /// Bytes of what is in flight at most before the end that the seed asks for.
    fn delay_bytes(&self) -> u128 {
        let Some(dialog) = &self.dialog else { return 0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates far beyond any run")]
        let steps = ((self.model.time.stop - self.origin.time) / self.dt).ceil() as u64;
        let samples = dialog.timing.samples(steps);
        dialog.channels.iter().map(|channel| channel.line_bytes(samples)).fold(0, u128::saturating_add)
    }

    /// Refuses a delay whose samples would not fit into memory.
    pub(super) fn check_delay(&self) -> Result<(), Error> {
        Ok(delay::check_memory(self.delay_bytes())?)
    }

    /// Bytes of all buffers, those of a donor and what is in flight from it included.
    pub fn memory_bytes(&self) -> u128 {
        let donor = self.donor().map_or(0, Self::memory_bytes);
        self.program().memory_bytes().saturating_add(donor).saturating_add(self.delay_bytes())
    }

    /// One channel per nudge. The models fit: that was checked before.
    fn channels(&self, donor: &Simulation) -> Vec<Channel> {
        let declared = self.model.donor.as_ref().expect("a dialogue has a donor");
        let cells = |grid| declared.cells(&self.model.grid, grid).expect("blocks are whole");
        let (own_cells, donor_cells) = (cells(&self.model.grid), cells(&donor.model.grid));
        let mutual = declared.mutual.is_some_and(|mutual| mutual.value);
        let channel = |(number, (map, nudge)): (usize, (usize, Nudge))| {
            let own_eye = || Eye::new(self.body(), nudge.field as usize, nudge.frames, own_cells);
            let listener = |eye| Listener::new(eye, self.engine.program(), &self.ground, (map, &self.model));
            let (field, frames) = self.as_named_by(donor, nudge);
            let eye = Eye::new(donor.body(), field, frames, donor_cells);
            let back = donor.model.nudges().find(|(_, own)| own.field as usize == field && mutual);
            let other = match back {
                None => Donor::Seen(eye),
                Some((map, _)) => {
                    let program = donor.engine.program();
                    let listener = Listener::new(eye, program, &donor.ground, (map, &donor.model));
                    Donor::Listens(listener, map)
                }
            };
            let shadow = self.shadow.is_some().then(|| listener(own_eye()));
            let name = self.model.maps[map].name.clone();
            Channel::new((name, map), listener(own_eye()), shadow, other, number)
        };
        self.model.nudges().enumerate().map(channel).collect()
    }

    /// What an eye needs to know.
    fn body(&self) -> (&Model, &Ground, &Program) {
        (&self.model, &self.ground, self.engine.program())
    }

    /// The donor's field and frames of the same names.
    fn as_named_by(&self, donor: &Simulation, nudge: Nudge) -> (usize, Option<Frames>) {
        let named = |name: &str| donor.model.fields.iter().position(|field| field.name == name);
        let field = named(&self.model.fields[nudge.field as usize].name).expect("the donor has the field");
        let frames = nudge.frames.map(|frames| {
            let name = self.model.frames_name(frames);
            let index = |at: usize| u32::try_from(at).expect("few names");
            match frames {
                Frames::Field(_) => Frames::Field(index(named(name).expect("the donor has the frames"))),
                Frames::Map(_) => {
                    let map = donor.model.maps.iter().position(|map| map.name == name);
                    Frames::Map(index(map.expect("the donor has the frames")))
                }
            }
        });
        (field, frames)
    }
}
