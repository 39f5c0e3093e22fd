//! Loops over lanes, compiled for the widest registers that the processor has.
//!
//! In: work on numbers that lie side by side. Out: what it gives. Invariant: the bits are those of registers of any width,
//! for every lane is computed by itself, by the same operations, and nothing fuses a product with a sum.

#![allow(unsafe_code, reason = "code compiled for wider registers may be called where there are such")]

/// Work whose inner loops are over lanes.
pub trait Lanewise {
    /// What it gives.
    type Output;

    /// Does it. This, and what it calls, is to be `#[inline(always)]`: only what is inlined gets the wide registers.
    fn run(self) -> Self::Output;
}

/// Does work in the widest registers.
pub fn widest<W: Lanewise>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { in_avx512(work) };
        }
        if has!("avx2") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { in_avx2(work) };
        }
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn in_avx512<W: Lanewise>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_avx2<W: Lanewise>(work: W) -> W::Output {
    work.run()
}
