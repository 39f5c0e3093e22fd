// The operations on the bits of a number that WGSL has no function for; twins of `Arithmetic` in math/arithmetic.rs.
// `frexp` and `ldexp` are avoided: drivers differ in how exact they are.

// 2^n for an integral n in -126..=127.
fn power2(n: f32) -> f32 {
    return bitcast<f32>(u32(i32(n) + 127) << 23u);
}

// The binary exponent of a positive normal number.
fn exponent(a: f32) -> f32 {
    return f32(i32(bitcast<u32>(a) >> 23u) - 127);
}

// The significand, 1 <= m < 2, of a positive normal number.
fn significand(a: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(a) & 0x007fffffu) | 0x3f800000u);
}
