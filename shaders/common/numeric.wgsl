// The operations on the bits of a number that WGSL has no function for; twins of `Arithmetic` in math/arithmetic.rs.
// `frexp` and `ldexp` are avoided: drivers differ in how exact they are. Needs Real and, of as many lanes, Whole (i32)
// and Bits (u32) of the generated header.

// The number of some bits. WGSL has no infinities and no NaNs among its literals and refuses constant expressions that
// give one; what a function returns is none.
fn of_bits(bits: u32) -> Real {
    return bitcast<Real>(Bits(bits));
}

// 2^n for an integral n in -126..=127.
fn power2(n: Real) -> Real {
    return bitcast<Real>(Bits(Whole(n) + Whole(127)) << Bits(23u));
}

// The binary exponent of a positive normal number.
fn exponent(a: Real) -> Real {
    return Real(Whole(bitcast<Bits>(a) >> Bits(23u)) - Whole(127));
}

// The significand, 1 <= m < 2, of a positive normal number.
fn significand(a: Real) -> Real {
    return bitcast<Real>((bitcast<Bits>(a) & Bits(0x007fffffu)) | Bits(0x3f800000u));
}
