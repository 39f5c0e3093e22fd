// One sweep of a Fourier transform along one axis: the self-sorting algorithm of Stockham (Van Loan, Computational
// Frameworks for the FFT, 1992). With R = RADIX, n = LENGTH and s = STRIDE (the cells of the faster axes ride along):
//   to[q + s (R p + k)] = sum_j w^(k (p + m j)) from[q + s (p + m j)],  w = e^(-2 pi i / n),  m = n / R,  p < m,  q < s
// In: the buffer FROM. Out: the buffer TO, times FACTOR. The powers of w come from a table that the host has made in
// f64: nothing here depends on the accuracy of a device's sine. An invocation makes R numbers and reads R.

#import cell
#import storage

@group(0) @binding(2) var<storage, read> roots: array<vec2<f32>>;

@compute @workgroup_size(WORKGROUP)
fn fourier(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let invocation = linear_index(group, lane);
    if (invocation >= CELLS / RADIX) {
        return;
    }
    let m = LENGTH / RADIX;
    let q = invocation % STRIDE;
    let p = invocation / STRIDE % m;
    // Slabs of the slower axes.
    let first = invocation / (STRIDE * m) * (STRIDE * LENGTH);

    let source = base_of(FROM) + first + q + STRIDE * p;
    var numbers: array<vec2<f32>, RADIX>;
    for (var j = 0u; j < RADIX; j++) {
        let at = source + STRIDE * m * j;
        numbers[j] = vec2<f32>(transformed_at(RE, at), transformed_at(IM, at));
    }
    let target_base = base_of(TO) + first + q + STRIDE * RADIX * p;
    for (var k = 0u; k < RADIX; k++) {
        var sum = vec2<f32>(0.0, 0.0);
        for (var j = 0u; j < RADIX; j++) {
            let w = roots[ROOTS + (p + m * j) * k * (POINTS / LENGTH) % POINTS];
            let x = numbers[j];
            sum += vec2<f32>(x.x * w.x - x.y * w.y, x.x * w.y + x.y * w.x);
        }
        let at = target_base + STRIDE * k;
        set_transformed(RE, at, FACTOR * sum.x);
        set_transformed(IM, at, FACTOR * sum.y);
    }
}
