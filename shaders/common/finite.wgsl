// A number is tested by its bits: a WGSL implementation may assume that there are no infinities and NaNs, and remove
// `x != x`.

fn is_finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}
