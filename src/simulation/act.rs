//! Acts: what a person did to a running field. Each has a step number in the trace; a field changes by nothing else
//! but steps.

use serde::{Deserialize, Serialize};

/// One thing a person did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Act {
    /// Gave a parameter another value.
    Retune {
        /// The parameter.
        name: String,
        /// Its value from this step on.
        value: f64,
    },
}
