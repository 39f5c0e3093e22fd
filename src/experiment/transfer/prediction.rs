//! What is expected of each arm, and the test that will decide, before any arm has run.
//!
//! In: scales that were measured elsewhere. Out: sentences with numbers, and the plan of the arms. Sources: an error
//! grows as `d0 e^(lambda1 t)`; two independent states of equal statistics are about sqrt 2 apart; nudging over blocks
//! of side H synchronises any two states if `min(gamma, (pi/H)^2 D) > mu`, that is for H < pi xi and gamma > mu
//! (science.md 1.8, there for fixed frames and a nonlinear detuning of at most sqrt 3).

use std::f64::consts::PI;

use serde::Serialize;

use super::scales::Scales;
use super::subject::Subject;
use super::{TransferOptions, dialogue};
use crate::error::Error;
use crate::grid::Axis;
use crate::math::elementary::scalar64::log;

/// The distance at which a copy counts as lost.
pub(super) const LOST: f64 = 0.5;
/// The distance below which two fields count as one: above rounding in f64, below anything that could be seen.
pub(super) const ONE: f64 = 1e-10;
/// The distance above which they count as two.
pub(super) const APART: f64 = 0.1;
/// What one ulp in f64 becomes while the environment has its say, in orders of magnitude.
const SMALLEST: f64 = 1e-16;
/// Sides that are tried, in units of pi xi.
const SIDES: [f64; 4] = [0.5, 0.96, 1.6, 2.4];

/// One prediction.
#[derive(Clone, Debug, Serialize)]
pub struct Prediction {
    /// The arm.
    pub arm: u8,
    /// What is done.
    pub deed: String,
    /// What is expected.
    pub expected: String,
    /// What decides.
    pub test: String,
}

/// The plan of all arms.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// In the order of the arms.
    pub list: Vec<Prediction>,
    /// Time for which each pair is followed.
    pub until: f64,
    /// Sides of blocks: each a whole number of cells.
    pub blocks: Vec<f64>,
    /// Gains.
    pub gains: Vec<f64>,
    /// Sides below this one synchronise where the gain is above `mu`.
    pub(super) bound: Option<f64>,
    pub(super) mu: f64,
    pub(super) lambda: f64,
    pub(super) chaotic: bool,
}

impl Predictions {
    pub(super) fn of(subject: &Subject, scales: &Scales, options: &TransferOptions) -> Result<Self, Error> {
        let chaotic = scales.is_chaotic();
        let bound = scales.xi.map(|xi| PI * xi);
        let enough = if chaotic { 1.25 * log(LOST / SMALLEST) / scales.lambda } else { subject.settled };
        let until = options.until.unwrap_or(enough);
        if !(until.is_finite() && until > 0.0 && until / subject.dt < 1e12) {
            return Err(Error::Input(format!("--until {until}: give a positive time")));
        }
        let blocks = if options.blocks.is_empty() { sides(subject, bound) } else { options.blocks.clone() };
        let gains = if options.gains.is_empty() { gains(scales) } else { options.gains.clone() };
        for &block in &blocks {
            subject.check(&dialogue::text(subject, 0, block, gains[0])?)?;
        }
        let mut plan =
            Self { list: vec![], until, blocks, gains, bound, mu: scales.mu, lambda: scales.lambda, chaotic };
        plan.list = plan.sentences(scales);
        Ok(plan)
    }

    /// Whether the theorem promises that a pair becomes one.
    pub(super) fn promised(&self, block: f64, gain: f64) -> bool {
        self.bound.is_some_and(|bound| block < bound) && gain > self.mu
    }

    /// Whether even a field that hears everything would part from its donor.
    pub(super) fn hopeless(&self, gain: f64) -> bool {
        self.chaotic && gain < self.lambda
    }

    fn sentences(&self, scales: &Scales) -> Vec<Prediction> {
        let (lambda, until) = (scales.lambda, self.until);
        let (expected, test) = if self.chaotic {
            (
                format!(
                    "The distance grows as e^({lambda:.3} t), the Lyapunov exponent measured beforehand on other growths. \
                     With d0 the distance after {:.0} units of time, when the change has had its say, the copy is lost \
                     (distance {LOST}) ln({LOST}/d0)/{lambda:.3} later; only statistics survive. What happens in it from \
                     then on is another story.",
                    2.0 / lambda
                ),
                "slope of ln(distance) within 10 % of the exponent; time of loss within 15 % of the formula; event logs \
                 above 80 % as far apart as in arm 2"
                    .to_owned(),
            )
        } else {
            (
                format!(
                    "This field is not chaotic (exponent {lambda:.4}): the copy stays as near as it began. The claim that \
                     a change of environment loses it can't be seen here."
                ),
                format!("distance below {LOST} at all times"),
            )
        };
        let one =
            |arm, deed: &str, expected: String, test: String| Prediction { arm, deed: deed.into(), expected, test };
        vec![
            one(
                0,
                "All bits of the donor are copied, on the same machine and back end.",
                "The copy is the donor for ever: the distance is exactly 0, and so is that of the event logs. (A binary \
                 copy always works here.)"
                    .into(),
                format!("largest distances over {until:.0} units of time are 0, bit for bit"),
            ),
            one(
                1,
                "The same bits, and the environment changes: every number one ulp larger; f32 for f64; a GPU for the CPU \
                 where there is one.",
                expected,
                test,
            ),
            one(
                2,
                "Only the architecture is taken: the same seed, other random numbers.",
                "Another individual of the same kind: the distance is about sqrt 2 = 1.41, as between strangers, and all \
                 statistics are equal: strength, number of defects, tension, and the persistence of the landscape |A| \
                 (how deep its wells are). How far apart the event logs of strangers are is measured here."
                    .into(),
                "mean distance over the last quarter within 10 % of 1.41; Kolmogorov-Smirnov tests of all statistics \
                 above 1 % (divided by their number)"
                    .into(),
            ),
            one(
                3,
                "Of several such twins the one whose answers to the same probes are most like the donor's.",
                "It answers more alike and is as far away as any stranger: equal answers do not carry a state over, nor \
                 what happens next."
                    .into(),
                "mismatch of answers below the candidates' median; mean late distance above 90 %, that of event logs \
                 above 80 % of arm 2's"
                    .into(),
            ),
            one(4, "A twin with other random numbers is nudged by the donor's block averages.", self.of_dialogue(), {
                format!(
                    "distance at the end below {ONE:.0e} wherever that is promised, above {APART} where the gain is below \
                     the exponent; event logs below 10 % of arm 2's wherever it is promised"
                )
            }),
        ]
    }

    fn of_dialogue(&self) -> String {
        match self.bound {
            Some(bound) => format!(
                "It becomes the donor, to rounding, wherever the side of a block is below pi xi = {bound:.2} and the gain \
                 above {:.2} (a theorem for fixed frames). With a gain below the Lyapunov exponent it stays a stranger, for \
                 even a field that hears everything parts from its donor then. All else is open and reported.",
                self.mu
            ),
            None => "Nothing grows from rest here, so no side of blocks can be told beforehand: what comes out is \
                     reported, not tested."
                .into(),
        }
    }
}

/// Sides about pi xi that are whole numbers of cells along all axes.
fn sides(subject: &Subject, bound: Option<f64>) -> Vec<f64> {
    let grid = &subject.model.grid;
    let spacing = grid.axis_list().iter().map(|&axis| grid.spacing(axis)).fold(0.0, f64::max);
    let size = grid.axis_list().iter().map(|&axis| grid.size_along(axis)).fold(f64::INFINITY, f64::min);
    let reach = bound.unwrap_or(8.0 * spacing);
    let cells = |share: f64| {
        let wanted = share * reach / spacing;
        if share < 1.0 { wanted.floor() } else { wanted.ceil() }.max(1.0)
    };
    let mut found: Vec<f64> =
        SIDES.into_iter().map(|share| cells(share) * spacing).filter(|&side| side <= size).collect();
    found.dedup();
    let whole = |side: f64| {
        grid.axis_list().iter().all(|&axis: &Axis| {
            let cells = side / grid.spacing(axis);
            (cells - cells.round()).abs() < 1e-9 * cells
        })
    };
    found.retain(|&side| whole(side));
    found
}

/// Below the exponent, and two above the linear growth.
fn gains(scales: &Scales) -> Vec<f64> {
    let unit = if scales.mu > 0.0 { scales.mu } else { scales.lambda.abs().max(0.1) };
    let rounded = |value: f64| format!("{value:.1e}").parse::<f64>().unwrap_or(value);
    vec![rounded(0.5 * scales.lambda.max(0.02 * unit)), rounded(2.0 * unit), rounded(5.0 * unit)]
}
