//! A dialogue in a checkpoint: the donor's own, and what was heard. In: a simulation whose fields were just read. Out:
//! an equal dialogue, later, beside an equal field.

use super::channel::Heard;
use super::{Dialog, Timing};
use crate::error::Error;
use crate::simulation::Simulation;
use crate::simulation::checkpoint::Checkpoint;

/// A dialogue without its engines.
#[derive(Debug)]
pub(in crate::simulation) struct KeptDialog {
    donor: Box<Checkpoint>,
    heard: Vec<Heard>,
}

impl KeptDialog {
    pub(in crate::simulation) fn bytes(&self) -> usize {
        self.donor.bytes() + self.heard.iter().map(Heard::bytes).sum::<usize>()
    }
}

impl Simulation {
    /// The dialogue as it is; [`Simulation::fields`] was called.
    pub(in crate::simulation) fn keep_dialog(&mut self) -> Result<Option<KeptDialog>, Error> {
        let Some(dialog) = &mut self.dialog else { return Ok(None) };
        let donor = Box::new(dialog.donor.checkpoint(0, None)?);
        Ok(Some(KeptDialog { donor, heard: dialog.heard() }))
    }

    /// Takes a dialogue up again; `now` is a later state of the same life.
    pub(in crate::simulation) fn revive_dialog(&mut self, kept: &KeptDialog, now: &Self) -> Result<(), Error> {
        let later = now.dialog.as_ref().expect("a donor can't leave a life");
        self.dialog = Some(Box::new(Dialog {
            donor: kept.donor.revive(&later.donor)?,
            hash: later.hash.clone(),
            channels: vec![],
            timing: Timing::of(&self.model, self.dt),
            noise: 0.0,
            rng_seed: self.model.rng_seed,
            safe: vec![],
        }));
        self.attend();
        let dialog = self.dialog.as_mut().expect("put there above");
        dialog.channels.iter_mut().zip(&kept.heard).for_each(|(channel, heard)| channel.recall(heard));
        dialog.safe.clone_from(&kept.heard);
        Ok(())
    }
}
