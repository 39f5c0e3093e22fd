// Complex Ginzburg-Landau on a torus of n x n cells, explicit Euler, as one would write it by hand for a GPU: planar
// components, four cells of a row per thread, so that a step reads and writes 16 bytes per cell if neighbours come from
// caches. In: both components, n divisible by 4. Out: both components a step later. Fused multiply-adds are allowed.

struct Row {
    float4 here, up, down;
    float left, right;
};

__device__ Row load(const float *field, int n, int x, int y) {
    const int above = (y + 1 == n ? 0 : y + 1), below = (y == 0 ? n : y) - 1;
    const int after = (x + 4 == n ? 0 : x + 4), before = (x == 0 ? n : x) - 1;
    const float *row = field + (size_t)y * n;
    return {
        *(const float4 *)(row + x),
        *(const float4 *)(field + (size_t)above * n + x),
        *(const float4 *)(field + (size_t)below * n + x),
        row[before],
        row[after],
    };
}

__device__ float laplacian(float left, float right, float up, float down, float here) {
    return left + right + up + down - 4.0f * here;
}

__device__ float4 laplacian(Row row) {
    return {
        laplacian(row.left, row.here.y, row.up.x, row.down.x, row.here.x),
        laplacian(row.here.x, row.here.z, row.up.y, row.down.y, row.here.y),
        laplacian(row.here.y, row.here.w, row.up.z, row.down.z, row.here.z),
        laplacian(row.here.z, row.right, row.up.w, row.down.w, row.here.w),
    };
}

__device__ float2 stepped(float a, float b, float la, float lb, float alpha, float beta, float dt) {
    const float m = a * a + b * b;
    return {a + dt * (a - m * (a - beta * b) + la - alpha * lb), b + dt * (b - m * (b + beta * a) + lb + alpha * la)};
}

extern "C" __global__ void step(
    const float *re, const float *im, float *re_next, float *im_next, int n, float alpha, float beta, float dt) {
    const int x = 4 * (blockIdx.x * blockDim.x + threadIdx.x), y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= n || y >= n) return;
    const Row a = load(re, n, x, y), b = load(im, n, x, y);
    const float4 la = laplacian(a), lb = laplacian(b);
    const float2 p = stepped(a.here.x, b.here.x, la.x, lb.x, alpha, beta, dt);
    const float2 q = stepped(a.here.y, b.here.y, la.y, lb.y, alpha, beta, dt);
    const float2 r = stepped(a.here.z, b.here.z, la.z, lb.z, alpha, beta, dt);
    const float2 s = stepped(a.here.w, b.here.w, la.w, lb.w, alpha, beta, dt);
    *(float4 *)(re_next + (size_t)y * n + x) = {p.x, q.x, r.x, s.x};
    *(float4 *)(im_next + (size_t)y * n + x) = {p.y, q.y, r.y, s.y};
}
