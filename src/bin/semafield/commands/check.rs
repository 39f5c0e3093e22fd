//! `semafield check`
use crate::cli;
pub(crate) fn check(_arguments: &cli::Check) -> anyhow::Result<()> {
    Ok(())
}
