// Random numbers without a state, the twin of src/math/rng: Philox4x32-10 and the inverse normal distribution.
//
// In: key = rng_seed (low, high), counter = (cell / 4, step low, step high, stream); lane cell mod 4 of the result is
// the cell's. Out: 32 random bits, or the normal number that belongs to them. WGSL has no 64-bit product, so the high
// word is put together from 16-bit halves; the logarithm is ours, because that of WGSL differs between devices. A test
// compares the coefficients with those of the Rust side, in this order.

const PHILOX_MULTIPLIER_0 = 0xD2511F53u;
const PHILOX_MULTIPLIER_1 = 0xCD9E8D57u;
const PHILOX_WEYL = vec2<u32>(0x9E3779B9u, 0xBB67AE85u);

// The high word of a 64-bit product.
fn multiply_high(a: u32, b: u32) -> u32 {
    let a_low = a & 0xffffu;
    let a_high = a >> 16u;
    let b_low = b & 0xffffu;
    let b_high = b >> 16u;
    let middle = a_high * b_low + ((a_low * b_low) >> 16u);
    let carried = a_low * b_high + (middle & 0xffffu);
    return a_high * b_high + (middle >> 16u) + (carried >> 16u);
}

fn philox4x32(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var i = 0u; i < 10u; i++) {
        let high_0 = multiply_high(c.x, PHILOX_MULTIPLIER_0);
        let high_1 = multiply_high(c.z, PHILOX_MULTIPLIER_1);
        c = vec4<u32>(high_1 ^ c.y ^ k.x, c.z * PHILOX_MULTIPLIER_1, high_0 ^ c.w ^ k.y, c.x * PHILOX_MULTIPLIER_0);
        k += PHILOX_WEYL;
    }
    return c;
}

// Natural logarithm of a positive normal number.
fn normal_log(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let significand = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
    let exponent = f32(i32(bits >> 23u) - 127);
    let above = significand > 1.4142135f;
    let n = select(exponent, exponent + 1.0, above);
    let f = select(significand, significand * 0.5, above) - 1.0;
    var p = 7.0376836292e-2f;
    p = p * f + -1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f + -1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f + -1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f + -2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    let small = f * f * f * p + n * -2.1219444e-4;
    return n * 0.693359375 + (f + (small - 0.5 * (f * f)));
}

// The number below which a normal number stays with probability (bits + 1/2) / 2^32.
fn normal_from_bits(bits: u32) -> f32 {
    let positive = (bits >> 31u) == 1u;
    let tail = 2u * select(bits, ~bits, positive) + 1u;
    let q = f32(tail) * 2.3283064365386963e-10;
    let magnitude = f32(0u - tail) * 2.3283064365386963e-10;
    let w = -normal_log(q * (2.0 - q));
    // `x / (1 - q)` as a polynomial, in the middle and in the tails.
    let u = w - 2.5;
    var central = 4.0354654e-8f;
    central = central * u + 4.8610396e-7f;
    central = central * u + -4.9905654e-6f;
    central = central * u + -6.217993e-6f;
    central = central * u + 3.091502e-4f;
    central = central * u + -1.7730101e-3f;
    central = central * u + -5.908171e-3f;
    central = central * u + 3.4880266e-1f;
    central = central * u + 2.1233136f;
    let v = sqrt(abs(w)) - 3.5;
    var outer = -3.0229453e-5f;
    outer = outer * v + -2.7777384e-4f;
    outer = outer * v + 8.628701e-4f;
    outer = outer * v + -1.0139268e-3f;
    outer = outer * v + 1.3750125e-3f;
    outer = outer * v + -2.899218e-3f;
    outer = outer * v + 4.6734814e-3f;
    outer = outer * v + 1.4246332f;
    outer = outer * v + 4.7170877f;
    let x = magnitude * select(outer, central, w < 5.0);
    return select(-x, x, positive);
}
