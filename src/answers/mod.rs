//! Answers about one's notes: who responds to a push, which links are missing, which notes hold together.
//!
//! In: the soil's vectors, neighbours, links, tags and texts. Out: plain data. All of it is linear response on one
//! graph: the notes, joined to their neighbours and to the notes that they link to ([`Web`]). A push at a note spreads
//! and decays ([`Response`]); where it arrives is influence, where it arrives unlinked may be a missing link, and
//! what relaxes to one direction is akin, or a group. Invariant: functions of the soil and a seed of random numbers alone, bit for
//! bit, for any number of threads. [`evaluate()`] holds them against what others would do, on what was hidden from all.

mod calibration;
mod density;
mod evaluate;
mod groups;
mod influence;
mod kindred;
mod links;
mod means;
mod predictors;
mod recall;
mod response;
mod tags;
mod web;
mod words;

use crate::soil::Soil;

pub use evaluate::{Evaluation, GroupScores, LinkScores, evaluate};
pub use groups::{Group, Groups, groups};
pub use influence::{Answer, influence};
pub use links::{MissingLink, MissingLinks, missing_links};
pub use recall::{Predictor, Riddle, hide};
pub use response::Response;
pub use tags::mutual_information;
pub use web::{Near, Web};

/// Streams of random numbers, one per use; the soil's own begin elsewhere.
mod streams {
    pub(super) const HIDDEN: u32 = 0x414E_0001;
    pub(super) const CALIBRATION: u32 = 0x414E_0002;
    pub(super) const SEEDING: u32 = 0x414E_0003;
    pub(super) const ASKERS: u32 = 0x414E_0004;
}

/// A link between two notes, the smaller index first.
pub type Link = [usize; 2];

/// The links of the notes, each once, without direction, in ascending order.
pub fn known_links(soil: &Soil) -> Vec<Link> {
    let pairs = soil.notes.iter().enumerate().flat_map(|(from, note)| note.links.iter().map(move |&to| [from, to]));
    let mut links: Vec<Link> = pairs.filter(|[a, b]| a != b).map(|[a, b]| [a.min(b), a.max(b)]).collect();
    links.sort_unstable();
    links.dedup();
    links
}
