//! Physics checks that anyone can run: every back end of this machine against exact answers.
//!
//! In: places ([`places`]) and checks ([`checks`]). Out: a [`Report`]. Each check is a seed in the language, grown by
//! the public API, so it proves text, model, discretisation, code generation and engine together; what is expected
//! comes from closed formulas in the check's own file. Invariants: nothing here is used by a run; a check that cannot
//! run is a failed row; checks with few cells run everywhere, the others not on software GPUs.
//!
//! Files by family: `diffusion`, `waves`, `spiral`, `points` (ordinary equations), `oscillators`, `fronts`,
//! `coarsening`, `reaction`, `links`, `connection`, `energy`, `chance`, `convergence`, `conservation`, `parity`,
//! `dialogue`, `chaos`.
//!
//! # The energy of the twin as an observable
//! With the felt tension off (`phi = 0`, `sigma = 0`), and `D`, `mu` and `frame` standing for `soil.coupling`,
//! `soil.gain` and `soil.frame`, the energy is a series like any other, since `sum` of a link or a face adds all of its
//! components and `tension` shares each edge's energy between its ends:
//! ```toml
//! energy = "sum(-mu*abs2(A)/2 + abs2(A)^2/4 + tension(A, theta, D) + kappa*abs2(A - M)/2) + k_F*sum(1 - cos(theta - frame)) + lam*sum(1 - cos(curvature(theta)))"
//! ```

mod chance;
mod chaos;
mod coarsening;
mod connection;
mod conservation;
mod convergence;
mod dialogue;
mod diffusion;
mod energy;
mod fronts;
pub mod lab;
mod links;
mod oscillators;
mod parity;
pub mod place;
mod points;
mod reaction;
pub mod report;
mod spiral;
mod waves;

use crate::error::Error;
use crate::math::arithmetic::Precision;
use crate::soil::Progress;
pub use lab::Lab;
pub use place::{Place, places};
pub use report::{Finding, Report, Row};

/// Where a check is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At every place: it is short.
    Everywhere,
    /// Not on software GPUs.
    Fast,
    /// In f64 only: rounding to f32 would hide what is measured.
    Reference,
    /// Where fast, and only if long checks were asked for.
    Long,
    /// As `Long`, in f64 only.
    LongReference,
}

impl Reach {
    /// Whether such a check is run at a place.
    pub fn includes(self, place: &Place, long: bool) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Fast => !place.software,
            Self::Reference => place.precision == Precision::F64,
            Self::Long => long && !place.software,
            Self::LongReference => long && place.precision == Precision::F64,
        }
    }
}

/// A check: grows seeds and compares what it measures.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Name of the check in tables.
    pub id: &'static str,
    /// What is checked, in a few words.
    pub what: &'static str,
    /// Where it is run.
    pub reach: Reach,
    /// Measures and compares.
    pub run: fn(&Lab) -> Result<Vec<Finding>, Error>,
}

/// All checks, in the order of the table.
pub fn checks() -> Vec<Check> {
    use Reach::{Everywhere, Fast, Long, LongReference, Reference};
    let check = |id, what, reach, run| Check { id, what, reach, run };
    vec![
        check("V1", "heat modes", Everywhere, diffusion::modes as fn(&Lab) -> _),
        check("V2", "plane wave", Everywhere, waves::plane_wave),
        check("V3", "Benjamin-Feir growth", Everywhere, waves::benjamin_feir),
        check("V4", "Eckhaus growth", Everywhere, waves::eckhaus),
        check("V5", "wavenumber of a spiral", Fast, spiral::wavenumber),
        check("V5b", "explicit Euler misses it", Reference, spiral::missed_by_euler),
        check("V6", "Stuart-Landau", Everywhere, points::stuart_landau),
        check("V7", "coarsening of vortices", Fast, coarsening::vortices),
        check("V7", "coarsening of vortices, long", Long, coarsening::vortices_long),
        check("V9", "Kuramoto transition", Everywhere, oscillators::kuramoto),
        check("V11", "shrinking disc", Fast, fronts::disc),
        check("V11", "shrinking disc, fine", LongReference, fronts::disc_fine),
        check("V12", "bistable front", Everywhere, fronts::bistable),
        check("V13", "Gray-Scott", Everywhere, reaction::homogeneous),
        check("V13", "Gray-Scott patterns", Fast, reaction::patterns),
        check("V15", "ring with holonomy", Everywhere, links::ring),
        check("V15", "spectrum of a ring of notes", Reference, connection::ring),
        check("V17", "tangent vectors of a sphere", Reference, connection::sphere),
        check("V18", "Gauss and Bonnet", Reference, connection::gauss_bonnet),
        check("V19", "death of coherence", Everywhere, links::coherence_death),
        check("V19", "growth over random frames", Reference, connection::growth),
        check("V20", "energy audit", Reference, energy::audit),
        check("V20", "energy never grows", Everywhere, energy::monotone),
        check("V20", "gauge invariance", Everywhere, energy::gauge),
        check("V21", "relaxation of a frame", Everywhere, links::frame_relaxation),
        check("V22", "gain of the trace", Everywhere, points::trace_gain),
        check("V23", "Adler beat", Everywhere, points::adler),
        check("V24", "defects of random phases", Fast, chance::random_phases),
        check("V25", "defects of a Gaussian field", Fast, chance::gaussian_field),
        check("V29", "Philox and noise", Everywhere, chance::philox_and_noise),
        check("order", "order in time", Reference, convergence::in_time),
        check("order", "order in space", Reference, convergence::in_space),
        check("mass", "masks keep mass", Everywhere, conservation::masks),
        check("parity", "the twin, from f64", Everywhere, parity::twin),
        check("1.8", "nudging from any state", Reference, dialogue::theorem),
        check("V10", "defect turbulence", Long, chaos::turbulence),
        check("V10", "exponents by two copies", LongReference, dialogue::exponents),
        check("V26", "rates of nudging", LongReference, dialogue::synchronisation),
        check("V28", "a copy one ulp away", LongReference, chaos::copy),
        check("KS", "Kuramoto-Sivashinsky L = 22", LongReference, chaos::kuramoto_sivashinsky),
    ]
}

/// Runs checks at places, place by place.
pub fn verify(checks: &[Check], places: &[Place], long: bool, threads: usize, progress: &dyn Progress) -> Report {
    let mut rows = Vec::new();
    for place in places {
        let due: Vec<&Check> = checks.iter().filter(|check| check.reach.includes(place, long)).collect();
        let name = place.name();
        progress.stage(&name, due.len() as u64);
        let lab = Lab { place: place.clone(), threads };
        for check in due {
            match (check.run)(&lab) {
                Ok(findings) => rows.extend(findings.into_iter().map(|finding| Row::new(check.id, &name, finding))),
                Err(why) => rows.push(Row::failed(check.id, &name, check.what, why.to_string())),
            }
            progress.advance(1);
        }
    }
    Report::new(places.iter().map(Place::name).collect(), rows)
}
