//! Whether there is room in memory for what is to come, asked before it is made.
//!
//! In: numbers of bytes. Out: room, or an error that says what needs how much. Invariant: what grows with the vectors or
//! with the notes' neighbours is asked for here first, since an allocation that fails later ends the program.

use super::SoilError;

/// Room for so many items, in one piece.
pub(super) fn of<T>(count: usize, what: impl FnOnce() -> String) -> Result<Vec<T>, SoilError> {
    let mut room = Vec::new();
    let bytes = count.saturating_mul(size_of::<T>());
    room.try_reserve_exact(count).map_err(|_| SoilError::Memory { what: what(), bytes })?;
    Ok(room)
}

/// Whether so many bytes can be had at once; they are given back.
pub(super) fn for_bytes(bytes: usize, what: impl FnOnce() -> String) -> Result<(), SoilError> {
    of::<u8>(bytes, what).map(drop)
}
