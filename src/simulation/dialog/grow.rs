//! The donor of a seed, grown: another seed, or the same once more.
//!
//! In: a field at t = 0 whose seed has a section `[donor]`. Out: a [`Dialog`]. A donor's seed is a file in the seed's
//! folder or a bundled one: a seed may come from a stranger. Invariants: the donor has this field's step, precision
//! and back end, and no donor of its own: its nudges are 0 unless it is nudged back.

use super::{Dialog, Timing};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::model::{Model, mismatches};
use crate::seed::{self, Text};
use crate::simulation::start::inside;
use crate::simulation::{Options, Simulation, check_numbers, grow_soil, read_seed, trace};
use crate::soil::Silent;
use crate::source::{Source, bundle};

impl Simulation {
    /// Grows the donor that the model names, if it names one. `seed` is the text and its name, for messages.
    pub(in crate::simulation) fn meet_donor(&mut self, seed: Option<(&str, &str)>) -> Result<(), Error> {
        let Some(declared) = self.model.donor.clone() else { return Ok(()) };
        let (donor, hash) = self.grow_donor(&declared, seed)?;
        self.dialog = Some(Box::new(Dialog {
            donor,
            hash,
            channels: vec![],
            timing: Timing::of(&self.model, self.dt),
            noise: 0.0,
            rng_seed: self.model.rng_seed,
            safe: vec![],
        }));
        Ok(())
    }

    fn grow_donor(
        &self,
        declared: &seed::Donor,
        seed: Option<(&str, &str)>,
    ) -> Result<(Simulation, Option<String>), Error> {
        let (mut model, soil, folder, hash) = match &declared.seed {
            None => (self.model.clone(), self.soil.clone(), self.options.folder.clone(), None),
            Some(name) => {
                let source = self.donor_source(name, seed)?;
                let (read, model, _) = read_seed(&source.text, &source.file)?;
                check_numbers(&model, self.options.precision, (&source.text, &source.file))?;
                let soil = grow_soil(&read, &source.folder, &Silent)?;
                (model, soil, source.folder, Some(trace::hash(&source.text)))
            }
        };
        refuse(mismatches(&self.model, &model), seed)?;
        model.donor = None;
        model.time.dt = Some(self.dt);
        model.rng_seed = declared.rng_seed.map_or(model.rng_seed, |rng_seed| rng_seed.value);
        for (name, value) in &declared.parameters {
            let parameter = model.parameters.iter_mut().find(|parameter| parameter.name == name.value);
            parameter.expect("unknown ones were refused").value = value.value;
        }
        let options = Options { folder, ..self.options.clone() };
        Ok((Self::grow_alone(model, soil, &options)?, hash))
    }

    fn donor_source(&self, name: &Text, seed: Option<(&str, &str)>) -> Result<Source, Error> {
        let file = &name.value;
        let wanted = if file.ends_with(".toml") { file.clone() } else { format!("{file}.toml") };
        if let Ok(path) = inside(&wanted, &self.options.folder) {
            return Source::open(Some(&path));
        }
        let names: Vec<String> = bundle().into_iter().map(|seed| seed.file).collect();
        if names.contains(&wanted) {
            return Source::bundled(&wanted);
        }
        let message = format!("there is no seed `{wanted}` in this seed's folder, and none of that name is bundled");
        let note = format!("bundled are {}; without `seed`, the donor is this seed once more", names.join(", "));
        Err(mistakes(vec![Diagnostic::error(message).at(name.span, "").note(note)], seed))
    }

    /// Whether a rewritten model goes on with the present donor; nothing is changed.
    pub(in crate::simulation) fn check_donor(&self, model: &Model, seed: (&str, &str)) -> Result<(), Error> {
        match (&self.dialog, &model.donor) {
            (None, None) => Ok(()),
            (Some(dialog), Some(_)) => refuse(mismatches(model, &dialog.donor.model), Some(seed)),
            _ => Err(Error::Input(
                "a donor can't join or leave a living field\n  = help: edit the seed and grow it anew".into(),
            )),
        }
    }

    /// Gives the donor the parameters and the step of a model that was rewritten.
    pub(in crate::simulation) fn follow_donor_keys(&mut self) -> Result<(), Error> {
        let Some(mut dialog) = self.dialog.take() else { return Ok(()) };
        let declared = self.model.donor.clone().expect("a dialogue has a donor");
        let donor = &mut dialog.donor;
        for (name, value) in &declared.parameters {
            donor.retune(&name.value, value.value)?;
        }
        if donor.dt.to_bits() != self.dt.to_bits() {
            let fields = donor.safe.fields.clone();
            donor.reseat(donor.model.clone(), donor.ground.clone(), fields, self.dt)?;
        }
        self.dialog = Some(dialog);
        Ok(())
    }
}

/// The mistakes as an error, if there are any.
fn refuse(found: Vec<Diagnostic>, seed: Option<(&str, &str)>) -> Result<(), Error> {
    if found.is_empty() { Ok(()) } else { Err(mistakes(found, seed)) }
}

fn mistakes(diagnostics: Vec<Diagnostic>, seed: Option<(&str, &str)>) -> Error {
    match seed {
        Some((text, file)) => Error::Seed { file: file.to_owned(), text: text.to_owned(), diagnostics },
        None => {
            let one = |found: &Diagnostic| format!("{}: {}", found.message, found.notes.join("; "));
            Error::Input(diagnostics.iter().map(one).collect::<Vec<_>>().join("\n"))
        }
    }
}
