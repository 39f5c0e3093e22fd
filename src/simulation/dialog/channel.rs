//! One field that is nudged: who looks at it, who hears of it, and what was heard.
//!
//! In: engines at one step. Out: the innovation `P*(y - P A)` in the map of the nudge, held until the next one. A
//! sample is what the donor's means are ahead of one's own, both of the same step: equal states give exactly 0, now or
//! `delay` later. Invariant: sampling the same step twice changes nothing.

use super::blocks::{Blocks, Turns};
use super::delay::{DelayLine, line_bytes};
use crate::engine::{Engine, EngineError};
use crate::field::{Kind, Values};
use crate::math::rng::{self, Draw};
use crate::model::{Frames, Model};
use crate::program::{BufferId, Program};
use crate::simulation::start::Ground;

/// Streams of measurement noise: far beyond those of initial values and of noise in equations.
const FIRST_STREAM: u32 = 0xD000_0000;

/// A field, as somebody sees it through its blocks.
pub(super) struct Eye {
    field: BufferId,
    blocks: Blocks,
    /// The link field that carries values; none if nothing does, or what does stands still.
    frames: Option<(BufferId, Values)>,
    turns: Option<Turns>,
    values: Values,
    means: Vec<f64>,
}

impl Eye {
    /// Opens it on a field of a running program, by position in the model.
    pub(super) fn new(
        (model, ground, program): (&Model, &Ground, &Program),
        field: usize,
        frames: Option<Frames>,
        cells: [usize; 3],
    ) -> Self {
        let parts = if model.fields[field].kind == Kind::Complex { 2 } else { 1 };
        let blocks = Blocks::new(&model.grid, cells, parts, ground.mask.as_ref());
        let named = |name: &str| program.buffer_named(name).expect("every field has a state buffer");
        let zeros = |count: usize| Values::rounded(&vec![0.0; count], program.precision);
        let moving = match frames {
            Some(Frames::Field(index)) => {
                let links = Kind::Link.components(&model.grid) * model.grid.cells();
                Some((named(&model.fields[index as usize].name), zeros(links)))
            }
            Some(Frames::Map(_)) | None => None,
        };
        let turns = frames.map(|frames| {
            let mut turns = Turns::new();
            if let Frames::Map(index) = frames
                && let Some(map) = &ground.maps[index as usize]
            {
                blocks.turns(&map.values, &mut turns);
            }
            turns
        });
        Self {
            field: named(&model.fields[field].name),
            values: zeros(blocks.field_len()),
            means: vec![0.0; blocks.len()],
            frames: moving,
            turns,
            blocks,
        }
    }

    /// Takes the means of the field now.
    fn look(&mut self, engine: &mut dyn Engine) -> Result<(), EngineError> {
        engine.read_into(self.field, &mut self.values)?;
        self.read_frames(engine)?;
        self.blocks.average(&self.values, self.turns.as_ref(), &mut self.means);
        Ok(())
    }

    fn read_frames(&mut self, engine: &mut dyn Engine) -> Result<(), EngineError> {
        if let (Some((buffer, links)), Some(turns)) = (&mut self.frames, &mut self.turns) {
            engine.read_into(*buffer, links)?;
            self.blocks.turns(links, turns);
        }
        Ok(())
    }
}

/// A field and the map through which its equations hear of another one.
pub(super) struct Listener {
    pub(super) eye: Eye,
    /// None where no equation uses the nudge.
    map: Option<BufferId>,
    /// Innovations that have not taken effect yet, and the one that has.
    line: DelayLine,
    /// What is held in the map.
    pub(super) held: Values,
}

impl Listener {
    /// Holds what the ground has in the map.
    pub(super) fn new(eye: Eye, program: &Program, ground: &Ground, (map, model): (usize, &Model)) -> Self {
        let values = ground.maps[map].as_ref().expect("a nudge always has values").values.to_f64();
        let held = Values::rounded(&values, program.precision);
        Self { map: program.buffer_named(&model.maps[map].name), line: DelayLine::default(), held, eye }
    }

    /// Takes back what was heard through blocks of the same shape.
    fn recall(&mut self, line: &DelayLine) {
        if line.carries(self.eye.blocks.len()) {
            self.line.clone_from(line);
        }
    }

    /// Sends itself how far what was `seen` through `blocks` is ahead of what it sees of itself.
    fn hear(&mut self, seen: &[f64], blocks: &Blocks, sample: u64) -> Result<(), EngineError> {
        let ahead = seen.iter().zip(&self.eye.means).enumerate();
        let heard = ahead.map(|(at, (seen, own))| if blocks.is_empty(at) { 0.0 } else { seen - own });
        self.line.send(sample, heard.collect())
    }

    /// Lets a sample take effect from now on; frames are those of now. One that was never sent says nothing.
    fn heed(&mut self, sample: u64, late: bool, engine: &mut dyn Engine) -> Result<(), EngineError> {
        let Some(map) = self.map else { return Ok(()) };
        if late {
            self.eye.read_frames(engine)?;
        }
        let (blocks, turns) = (&self.eye.blocks, self.eye.turns.as_ref());
        match self.line.receive(sample) {
            Some(heard) => blocks.spread(heard, turns, &mut self.held),
            None => blocks.spread(&vec![0.0; blocks.len()], turns, &mut self.held),
        }
        engine.write(map, &self.held)
    }

    /// Bytes of so many samples in flight.
    fn line_bytes(&self, samples: u64) -> u128 {
        line_bytes(samples, self.eye.blocks.len())
    }
}

/// The engines of a dialogue.
pub(super) struct Engines<'e> {
    pub(super) own: &'e mut dyn Engine,
    pub(super) donor: &'e mut dyn Engine,
    /// That of the copy which tells the Lyapunov exponent.
    pub(super) shadow: Option<&'e mut dyn Engine>,
}

/// What the listeners of a channel remember, to keep with a snapshot.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    own: DelayLine,
    shadow: Option<DelayLine>,
    donor: Option<DelayLine>,
}

/// One nudged field.
pub(super) struct Channel {
    /// The nudge as it is written.
    pub(super) name: String,
    /// Position of the nudge's map in the model.
    pub(super) map: usize,
    pub(super) own: Listener,
    /// A copy of the field that hears the same.
    shadow: Option<Listener>,
    pub(super) donor: Donor,
    /// What is seen, with its noise.
    seen: Vec<f64>,
    noise: Vec<f64>,
    /// Stream of the noise.
    stream: u32,
}

/// The other side.
pub(super) enum Donor {
    /// It is looked at.
    Seen(Eye),
    /// It looks back; with the position of its own nudge's map.
    Listens(Listener, usize),
}

impl Donor {
    fn blocks(&self) -> &Blocks {
        match self {
            Self::Seen(eye) => &eye.blocks,
            Self::Listens(listener, _) => &listener.eye.blocks,
        }
    }

    fn eye(&mut self) -> &mut Eye {
        match self {
            Self::Seen(eye) => eye,
            Self::Listens(listener, _) => &mut listener.eye,
        }
    }
}

impl Heard {
    pub(super) fn bytes(&self) -> usize {
        let all = [Some(&self.own), self.shadow.as_ref(), self.donor.as_ref()].into_iter().flatten();
        all.map(|line| usize::try_from(line.bytes()).expect("it is in memory")).sum()
    }
}

impl Channel {
    /// `number` counts the channels of a dialogue.
    pub(super) fn new(
        (name, map): (String, usize),
        own: Listener,
        shadow: Option<Listener>,
        donor: Donor,
        number: usize,
    ) -> Self {
        let blank = vec![0.0; own.eye.blocks.len()];
        let stream = FIRST_STREAM + 2 * u32::try_from(number).expect("few channels");
        Self { name, map, own, shadow, donor, seen: blank.clone(), noise: blank, stream }
    }

    /// Bytes of so many samples in flight to all who listen.
    pub(super) fn line_bytes(&self, samples: u64) -> u128 {
        let donor = if let Donor::Listens(listener, _) = &self.donor { Some(listener) } else { None };
        [Some(&self.own), self.shadow.as_ref(), donor].into_iter().flatten().map(|one| one.line_bytes(samples)).sum()
    }

    pub(super) fn heard(&self) -> Heard {
        let donor = match &self.donor {
            Donor::Listens(listener, _) => Some(listener.line.clone()),
            Donor::Seen(_) => None,
        };
        let shadow = self.shadow.as_ref().map(|shadow| shadow.line.clone());
        Heard { own: self.own.line.clone(), shadow, donor }
    }

    /// Takes back what was heard; a copy that is new has heard what the field has.
    pub(super) fn recall(&mut self, heard: &Heard) {
        self.own.recall(&heard.own);
        if let Some(shadow) = &mut self.shadow {
            shadow.recall(heard.shadow.as_ref().unwrap_or(&heard.own));
        }
        if let (Donor::Listens(listener, _), Some(line)) = (&mut self.donor, &heard.donor) {
            listener.recall(line);
        }
    }

    /// Looks at both sides, and remembers what each is ahead of the other.
    pub(super) fn sample(
        &mut self,
        engines: &mut Engines<'_>,
        sample: u64,
        (deviation, rng_seed, step): (f64, u64, u64),
    ) -> Result<(), EngineError> {
        let draw = |stream: u32| Draw { rng_seed, stream, step };
        self.donor.eye().look(engines.donor)?;
        self.own.eye.look(engines.own)?;
        self.seen.clone_from(&self.donor.eye().means);
        add_noise(&mut self.seen, &mut self.noise, deviation, draw(self.stream));
        self.own.hear(&self.seen, self.donor.blocks(), sample)?;
        if let (Some(shadow), Some(engine)) = (&mut self.shadow, &mut engines.shadow) {
            shadow.eye.look(&mut **engine)?;
            shadow.hear(&self.seen, self.donor.blocks(), sample)?;
        }
        if let Donor::Listens(listener, _) = &mut self.donor {
            self.seen.clone_from(&self.own.eye.means);
            add_noise(&mut self.seen, &mut self.noise, deviation, draw(self.stream + 1));
            listener.hear(&self.seen, &self.own.eye.blocks, sample)?;
        }
        Ok(())
    }

    /// Lets a sample take effect.
    pub(super) fn heed(&mut self, engines: &mut Engines<'_>, sample: u64, late: bool) -> Result<(), EngineError> {
        self.own.heed(sample, late, engines.own)?;
        if let (Some(shadow), Some(engine)) = (&mut self.shadow, &mut engines.shadow) {
            shadow.heed(sample, late, &mut **engine)?;
        }
        if let Donor::Listens(listener, _) = &mut self.donor {
            listener.heed(sample, late, engines.donor)?;
        }
        Ok(())
    }
}

fn add_noise(seen: &mut [f64], room: &mut [f64], deviation: f64, draw: Draw) {
    if deviation > 0.0 {
        rng::fill_normal_f64(room, 0, draw);
        seen.iter_mut().zip(room).for_each(|(seen, noise)| *seen += deviation * *noise);
    }
}
