//! Subnormal numbers count as zero inside of kernels, as GPUs have it.
//!
//! Why: fields decay to nothing in empty regions, and there every operation on a subnormal number (below about 1e-38 in
//! f32) costs a hundred ordinary ones; measured on the twin, whole runs took four times as long. In: a call of machine
//! code. Out: the same, with the processor told to read and write subnormal numbers as zero; the setting of the thread
//! is put back before anything else runs. The same bits come out on x86-64 and Arm, except that a result within half
//! a unit in the last place below the smallest normal number may be rounded up on the one and be zero on the other.
#![allow(unsafe_code, reason = "the floating-point control register has no safe interface; see the module's header")]

/// Calls with subnormal numbers counted as zero.
#[cfg(target_arch = "x86_64")]
pub(super) fn flushed(call: impl FnOnce()) {
    /// Flush results to zero (bit 15), read operands as zero (bit 6): Intel SDM volume 1, 10.2.3.
    const FLUSH: u32 = 1 << 15 | 1 << 6;
    let mut saved = 0_u32;
    // SAFETY: stores the control register to a local.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut saved, options(nostack, preserves_flags)) };
    let flush = saved | FLUSH;
    // SAFETY: only the two bits above change, and only for the machine code called next, which expects them.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const flush, options(nostack, preserves_flags, readonly)) };
    call();
    // SAFETY: puts the register back.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const saved, options(nostack, preserves_flags, readonly)) };
}

/// Calls with subnormal numbers counted as zero.
#[cfg(target_arch = "aarch64")]
pub(super) fn flushed(call: impl FnOnce()) {
    /// FPCR.FZ, which covers operands and results: Arm ARM, C5.2.8.
    const FLUSH: u64 = 1 << 24;
    let saved: u64;
    // SAFETY: reads the control register.
    unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) saved, options(nomem, nostack, preserves_flags)) };
    let flush = saved | FLUSH;
    // SAFETY: only the bit above changes, and only for the machine code called next, which expects it.
    unsafe { std::arch::asm!("msr fpcr, {}", in(reg) flush, options(nomem, nostack, preserves_flags)) };
    call();
    // SAFETY: puts the register back.
    unsafe { std::arch::asm!("msr fpcr, {}", in(reg) saved, options(nomem, nostack, preserves_flags)) };
}

/// Calls as the processor is set: there is no known way to flush here.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) fn flushed(call: impl FnOnce()) {
    call();
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn subnormal_numbers_are_zero_inside_and_themselves_outside() {
        let tiny = black_box(f32::MIN_POSITIVE);
        let mut inside = 1.0;
        flushed(|| inside = black_box(black_box(tiny) * black_box(0.5)));
        assert_eq!(inside.to_bits(), 0);
        assert!(black_box(tiny) * black_box(0.5) > 0.0);
    }
}
