//! The parts of the energy of science (Ginzburg-Landau with memory and frames), as series of the seed's language.
//!
//! In: what the parts are called in a seed. Out: names and expressions. Each part is a sum over the domain:
//!
//! - `local`: `sum(-gain*abs2(A)/2 + abs2(A)^2/4)`
//! - `tension`: the edge energy `w_ij |A_i - U_ij A_j|^2 / 2`, `sum(tension(A, frames, coupling))`
//! - `memory`: `kappa/2 sum(abs2(A - M))`
//! - `frames`: `k_F sum(1 - cos(frames - anchor))`
//! - `curvature`: `lam sum(1 - cos(curvature(frames)))`
//!
//! and `total` their sum. A part whose names are not given is left out. For alpha = beta = 0 and without noise the total
//! only falls.

/// What the parts of the energy are called in the seed: any expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The complex field.
    pub field: String,
    /// The local gain.
    pub gain: String,
    /// The coupling of neighbours.
    pub coupling: String,
    /// The links; none: 0.
    pub frames: Option<String>,
    /// The memory and its coupling kappa.
    pub memory: Option<[String; 2]>,
    /// What the frames return to, and how strongly.
    pub anchor: Option<[String; 2]>,
    /// The cost of curvature.
    pub curvature: Option<String>,
}

impl Parts {
    /// Name and expression of each part; the last is `total`.
    pub fn series(&self) -> Vec<(&'static str, String)> {
        let (a, frames) = (&self.field, self.frames.as_deref().unwrap_or("0"));
        let mut parts = vec![
            ("local", format!("sum(-({})*abs2({a})/2 + abs2({a})^2/4)", self.gain)),
            ("tension", format!("sum(tension({a}, {frames}, {}))", self.coupling)),
        ];
        if let Some([memory, kappa]) = &self.memory {
            parts.push(("memory", format!("({kappa})/2*sum(abs2(({a}) - ({memory})))")));
        }
        if let Some([anchor, strength]) = &self.anchor {
            parts.push(("frames", format!("({strength})*sum(1 - cos(({frames}) - ({anchor})))")));
        }
        if let Some(cost) = &self.curvature {
            parts.push(("curvature", format!("({cost})*sum(1 - cos(curvature({frames})))")));
        }
        let total: Vec<&str> = parts.iter().map(|(_, part)| part.as_str()).collect();
        parts.push(("total", total.join(" + ")));
        parts
    }
}
