//! Checkpoints: states of a life that are kept in memory, so that going back does not live everything again.
//!
//! In: a simulation and the number of trace lines that it has lived. Out: an equal simulation, later. Invariants: what
//! is grown from a checkpoint is bit for bit what is grown from the seed; checkpoints are never written to disk; their
//! number and memory are bounded, and the older they are the sparser.

use std::sync::Arc;

use super::Simulation;
use super::acts::{Arrangement, Pin, Relations};
use super::dialog::KeptDialog;
use super::guard::Snapshot;
use super::seat::Seat;
use super::shadow::KeptShadow;
use super::start::Ground;
use crate::engine::Origin;
use crate::error::Error;
use crate::field::Field;
use crate::model::Model;
use crate::soil::Soil;

/// The most checkpoints, and the most bytes that they may take.
const MOST: usize = 32;
const MOST_BYTES: usize = 256 << 20;

/// All of a simulation but its engine and what never changes.
#[derive(Debug)]
pub(super) struct Checkpoint {
    /// Trace lines lived until then.
    lines: usize,
    step: u64,
    text: Option<String>,
    model: Model,
    relations: Relations,
    arrangement: Option<Arrangement>,
    ground: Arc<Ground>,
    /// Tells whether a later state still has the same ground.
    ground_changes: u64,
    dt: f64,
    origin: Origin,
    fields: Vec<Field>,
    held: Vec<(f64, f64)>,
    pins: Vec<Pin>,
    /// Those that are grown alongside.
    dialog: Option<KeptDialog>,
    shadow: Option<KeptShadow>,
}

/// The checkpoints of one life, by step.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    kept: Vec<Arc<Checkpoint>>,
}

impl Checkpoints {
    /// Keeps the present state, if the last one that is kept is at least so many steps back.
    pub(super) fn keep(&mut self, simulation: &mut Simulation, lines: usize, gap: u64) -> Result<(), Error> {
        let step = simulation.step;
        let after = self.kept.partition_point(|kept| kept.step <= step);
        let is_near = |kept: &Arc<Checkpoint>| step - kept.step < gap;
        if self.kept[..after].last().is_some_and(is_near) {
            return Ok(());
        }
        if simulation.ground.bytes() + bytes_of(&simulation.safe.fields) > MOST_BYTES {
            return Ok(()); // it would be copied only to be left out
        }
        let checkpoint = simulation.checkpoint(lines, self.kept[..after].last())?;
        let most = (MOST_BYTES / checkpoint.bytes().max(1)).min(MOST);
        self.kept.insert(after, Arc::new(checkpoint));
        while self.kept.len() > most {
            self.thin(step);
        }
        Ok(())
    }

    /// Leaves out the one whose absence costs least: where the gap that it leaves is smallest for its age.
    #[expect(clippy::cast_precision_loss, reason = "a ratio of steps")]
    fn thin(&mut self, now: u64) {
        let gap = |around: &[Arc<Checkpoint>]| {
            let age = now.abs_diff(around[1].step) + 1;
            (around[2].step - around[0].step) as f64 / age as f64
        };
        let gaps = self.kept.windows(3).map(gap).enumerate();
        let least = gaps.min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(at, _)| at + 1);
        self.kept.remove(least);
    }

    /// Forgets what is not on the way that a life has taken: more lines than these, or later steps.
    pub(super) fn forget_beyond(&mut self, lines: usize, step: u64) {
        self.kept.retain(|kept| kept.lines <= lines && kept.step <= step);
    }

    /// The state nearest before a step of a life of so many lines, and how many of them it has lived.
    pub(super) fn before(
        &self,
        step: u64,
        lines: usize,
        now: &Simulation,
    ) -> Result<Option<(Simulation, usize)>, Error> {
        let found = self.kept.iter().rfind(|kept| kept.step <= step && kept.lines <= lines);
        found.map(|kept| Ok((kept.revive(now)?, kept.lines))).transpose()
    }
}

fn bytes_of(fields: &[Field]) -> usize {
    fields.iter().map(|field| field.values.len() * size_of::<f64>()).sum()
}

impl Checkpoint {
    pub(super) fn bytes(&self) -> usize {
        let arrangement = self.arrangement.as_ref().map_or(0, Arrangement::bytes);
        let shadow = self.shadow.as_ref().map_or(0, KeptShadow::bytes);
        let dialog = self.dialog.as_ref().map_or(0, KeptDialog::bytes);
        bytes_of(&self.fields) + self.ground.bytes() + arrangement + shadow + dialog
    }

    /// A simulation in this state, on an engine of its own.
    pub(super) fn revive(&self, now: &Simulation) -> Result<Simulation, Error> {
        let options = now.options.clone();
        let Seat { mut engine, buffers } = Seat::new(&self.model, &self.ground, &self.fields, self.dt, &options)?;
        engine.set_held(&self.held);
        engine.set_origin(self.origin);
        let soil: Option<Soil> = now.planted_soil().map(|mut soil| {
            if let Some(arrangement) = &self.arrangement {
                arrangement.put(&mut soil);
            }
            soil
        });
        let mut simulation = Simulation {
            text: self.text.clone(),
            model: self.model.clone(),
            soil,
            relations: self.relations.clone(),
            medium: now.medium.clone(),
            ground: Ground::clone(&self.ground),
            ground_changes: now.ground_changes + 1,
            engine,
            buffers,
            parameters: self.model.parameters.iter().map(|parameter| parameter.value).collect(),
            dt: self.dt,
            origin: self.origin,
            step: self.step,
            options,
            safe: Snapshot { step: self.step, fields: self.fields.clone(), held: self.held.clone() },
            pins: self.pins.clone(),
            painted: None,
            // Whoever counts changes must see that this is another field.
            revision: now.revision + 1,
            dialog: None,
            shadow: None,
        };
        if let Some(shadow) = &self.shadow {
            simulation.revive_shadow(shadow)?;
        }
        if let Some(dialog) = &self.dialog {
            simulation.revive_dialog(dialog, now)?;
        }
        Ok(simulation)
    }
}

impl Simulation {
    /// The present state. Shares the ground of an earlier one if it is still the same.
    pub(super) fn checkpoint(&mut self, lines: usize, earlier: Option<&Arc<Checkpoint>>) -> Result<Checkpoint, Error> {
        let fields = self.fields()?.to_vec();
        let same = earlier.filter(|earlier| earlier.ground_changes == self.ground_changes);
        let ground = same.map_or_else(|| Arc::new(self.ground.clone()), |earlier| Arc::clone(&earlier.ground));
        Ok(Checkpoint {
            lines,
            step: self.step,
            text: self.text.clone(),
            model: self.model.clone(),
            relations: self.relations.clone(),
            arrangement: self.arrangement(),
            ground,
            ground_changes: self.ground_changes,
            dt: self.dt,
            origin: self.origin,
            fields,
            held: self.engine.held()?,
            pins: self.pins.clone(),
            dialog: self.keep_dialog()?,
            shadow: self.kept_shadow(),
        })
    }
}
