//! A Program as text, for `semafield emit --program` and for snapshots: a pure function of the Program.
