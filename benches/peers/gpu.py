"""Complex Ginzburg-Landau on a GPU, written by hand for each peer, in float32.

In: a size, and fields.py, whose JAX takes the GPU by itself. Out: {name: make} as there. Warp and Taichi take the best
device that is there; CUDA needs one of NVIDIA.
"""
import pathlib
from functools import partial

import numpy as np

from fields import ALPHA, BETA, DT, cgle as on_processors, noise
from timing import rate

# Of one call: a few dozen steps between two waits, and as many blocks of 16 x 16 threads as cover the grid.
STEPS, BLOCK = 200, 16


def cgle(size):
    def cuda():
        import cupy as cp

        text = pathlib.Path(__file__).with_name("cgle.cu").read_text()
        step = cp.RawModule(code=text, options=("--std=c++17", "--use_fast_math")).get_function("step")
        now, new = ([cp.asarray(noise(size, size)) for _ in range(2)] for _ in range(2))
        groups = (-(-size // (4 * BLOCK)), -(-size // BLOCK))

        def advance(steps):
            for _ in range(steps // 2):
                step(groups, (BLOCK, BLOCK), (*now, *new, np.int32(size), ALPHA, BETA, DT))
                step(groups, (BLOCK, BLOCK), (*new, *now, np.int32(size), ALPHA, BETA, DT))
            cp.cuda.Device().synchronize()

        return rate(advance, size * size, STEPS)

    def warp():
        import warp as wp

        wp.config.quiet = True
        wp.init()
        alpha, beta, dt = (wp.constant(wp.float32(value)) for value in (ALPHA, BETA, DT))
        n = wp.constant(size)

        @wp.kernel
        def step(u: wp.array2d(dtype=wp.vec2), v: wp.array2d(dtype=wp.vec2)):
            y, x = wp.tid()
            a = u[y, x]
            l = u[(y + 1) % n, x] + u[(y + n - 1) % n, x] + u[y, (x + 1) % n] + u[y, (x + n - 1) % n] - 4.0 * a
            m = wp.dot(a, a)
            v[y, x] = a + dt * wp.vec2(
                a[0] - m * (a[0] - beta * a[1]) + l[0] - alpha * l[1],
                a[1] - m * (a[1] + beta * a[0]) + l[1] + alpha * l[0],
            )

        now, new = (wp.array(noise(size, size, 2), dtype=wp.vec2) for _ in range(2))

        def advance(steps):
            for _ in range(steps // 2):
                wp.launch(step, dim=(size, size), inputs=[now, new])
                wp.launch(step, dim=(size, size), inputs=[new, now])
            wp.synchronize()

        return rate(advance, size * size, STEPS)

    others = on_processors(size)
    taichi = partial(others["taichi"], "gpu")
    return {"CUDA, by hand": cuda, "warp": warp, "jax": others["jax"], "taichi": taichi}
