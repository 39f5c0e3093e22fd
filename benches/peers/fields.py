"""The equations of `src/bench/seeds` and of the twin, written by hand for each peer, in float32.

Each function takes a size and returns {name: make}; `make()` compiles and returns a function that runs some steps and
returns cell updates per second. A peer that can't be imported raises, and is left out.
"""
import os

import numpy as np

from timing import rate


def noise(*shape):
    return np.random.default_rng(1).uniform(0.1, 0.6, shape).astype(np.float32)


# Complex Ginzburg-Landau: A' = A + dt (A - (1 + i beta) |A|^2 A + (1 + i alpha) laplacian(A))

ALPHA, BETA, DT = np.float32(2.0), np.float32(-1.2), np.float32(0.02)


def cgle(size):
    def numba():
        import numba as nb

        @nb.njit(parallel=True, fastmath=True)
        def step(re, im, re_next, im_next):
            # No branch in the row: what a person who wants speed writes.
            n = re.shape[0]
            four = np.float32(4)
            for y in nb.prange(n):
                up, down = (y + 1) % n, (y - 1) % n
                for x in range(1, n - 1):
                    a, b = re[y, x], im[y, x]
                    la = re[y, x - 1] + re[y, x + 1] + re[up, x] + re[down, x] - four * a
                    lb = im[y, x - 1] + im[y, x + 1] + im[up, x] + im[down, x] - four * b
                    m = a * a + b * b
                    re_next[y, x] = a + DT * (a - m * (a - BETA * b) + la - ALPHA * lb)
                    im_next[y, x] = b + DT * (b - m * (b + BETA * a) + lb + ALPHA * la)
                for x in (0, n - 1):
                    left, right = (x - 1) % n, (x + 1) % n
                    a, b = re[y, x], im[y, x]
                    la = re[y, left] + re[y, right] + re[up, x] + re[down, x] - four * a
                    lb = im[y, left] + im[y, right] + im[up, x] + im[down, x] - four * b
                    m = a * a + b * b
                    re_next[y, x] = a + DT * (a - m * (a - BETA * b) + la - ALPHA * lb)
                    im_next[y, x] = b + DT * (b - m * (b + BETA * a) + lb + ALPHA * la)

        state = [noise(size, size) for _ in range(4)]

        def advance(steps):
            for _ in range(steps):
                step(*state)
                state[:] = state[2:] + state[:2]

        return rate(advance, size * size, 200)

    def jax():
        import jax

        roll = jax.numpy.roll

        @jax.jit
        def many(re, im):
            def step(_, pair):
                a, b = pair
                la = roll(a, 1, 0) + roll(a, -1, 0) + roll(a, 1, 1) + roll(a, -1, 1) - 4 * a
                lb = roll(b, 1, 0) + roll(b, -1, 0) + roll(b, 1, 1) + roll(b, -1, 1) - 4 * b
                m = a * a + b * b
                return (
                    a + DT * (a - m * (a - BETA * b) + la - ALPHA * lb),
                    b + DT * (b - m * (b + BETA * a) + lb + ALPHA * la),
                )

            return jax.lax.fori_loop(0, 20, step, (re, im))

        state = [jax.numpy.asarray(noise(size, size)) for _ in range(2)]

        def advance(steps):
            for _ in range(steps // 20):
                state[:] = many(*state)
            state[0].block_until_ready()

        return rate(advance, size * size, 40)

    def py_pde():
        import pde

        grid = pde.CartesianGrid([[0, size]] * 2, [size] * 2, periodic=True)
        field = pde.ScalarField(grid, noise(size, size).astype(np.complex128))
        equation = pde.PDE({"A": f"A - (1 + {BETA}*I) * Abs(A)**2 * A + (1 + {ALPHA}*I) * laplace(A)"})
        solver = pde.EulerSolver(equation, adaptive=False)
        stepper = solver.make_stepper(field, dt=float(DT))
        state = [field, 0.0]

        def advance(steps):
            state[1] = stepper(state[0], state[1], state[1] + steps * float(DT))

        return rate(advance, size * size, 10)

    def taichi(place="cpu"):
        import taichi as ti

        ti.init(arch=getattr(ti, place), default_fp=ti.f32, log_level=ti.ERROR, cpu_max_num_threads=int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count())
        now, new = (ti.Vector.field(2, ti.f32, (size, size)) for _ in range(2))
        now.from_numpy(np.stack([noise(size, size)] * 2, -1))
        alpha, beta, dt = float(ALPHA), float(BETA), float(DT)

        @ti.kernel
        def step(u: ti.template(), v: ti.template()):
            for y, x in u:
                n = ti.static(size)
                a = u[y, x]
                l = u[(y + 1) % n, x] + u[(y + n - 1) % n, x] + u[y, (x + 1) % n] + u[y, (x + n - 1) % n] - 4 * a
                m = a[0] * a[0] + a[1] * a[1]
                v[y, x] = a + dt * ti.Vector(
                    [
                        a[0] - m * (a[0] - beta * a[1]) + l[0] - alpha * l[1],
                        a[1] - m * (a[1] + beta * a[0]) + l[1] + alpha * l[0],
                    ]
                )

        def advance(steps):
            for _ in range(steps // 2):
                step(now, new)
                step(new, now)
            ti.sync()

        return rate(advance, size * size, 40)

    def devito():
        import devito as dv

        dv.configuration["log-level"] = "ERROR"
        dv.configuration["language"] = "openmp"
        grid = dv.Grid(shape=(size, size), extent=(size - 1, size - 1), dtype=np.float32)
        re, im = (dv.TimeFunction(name=name, grid=grid, space_order=2) for name in ("re", "im"))
        for field in (re, im):
            field.data[:] = noise(size, size)
        m = re * re + im * im
        equations = [
            dv.Eq(re.forward, re + DT * (re - m * (re - BETA * im) + re.laplace - ALPHA * im.laplace)),
            dv.Eq(im.forward, im + DT * (im - m * (im + BETA * re) + im.laplace + ALPHA * re.laplace)),
        ]
        # Zeros beyond the ends instead of periodic ends: less work than the others have.
        operator = dv.Operator(equations)
        return rate(lambda steps: operator.apply(time_M=steps - 1), size * size, 100)

    return {"numba": numba, "jax": jax, "py-pde (complex128)": py_pde, "taichi": taichi, "devito": devito}


def gray_scott(size):
    def numba():
        import numba as nb

        feed, kill, du, dv = (np.float32(v) for v in (0.037, 0.06, 0.16, 0.08))

        @nb.njit(parallel=True, fastmath=True)
        def step(u, v, u_next, v_next):
            n = u.shape[0]
            four, one = np.float32(4), np.float32(1)
            for y in nb.prange(n):
                up, down = (y + 1) % n, (y - 1) % n
                for x in range(1, n - 1):
                    a, b = u[y, x], v[y, x]
                    la = u[y, x - 1] + u[y, x + 1] + u[up, x] + u[down, x] - four * a
                    lb = v[y, x - 1] + v[y, x + 1] + v[up, x] + v[down, x] - four * b
                    r = a * b * b
                    u_next[y, x] = a + du * la - r + feed * (one - a)
                    v_next[y, x] = b + dv * lb + r - (feed + kill) * b
                for x in (0, n - 1):
                    left, right = (x - 1) % n, (x + 1) % n
                    a, b = u[y, x], v[y, x]
                    la = u[y, left] + u[y, right] + u[up, x] + u[down, x] - four * a
                    lb = v[y, left] + v[y, right] + v[up, x] + v[down, x] - four * b
                    r = a * b * b
                    u_next[y, x] = a + du * la - r + feed * (one - a)
                    v_next[y, x] = b + dv * lb + r - (feed + kill) * b

        state = [noise(size, size) for _ in range(4)]

        def advance(steps):
            for _ in range(steps):
                step(*state)
                state[:] = state[2:] + state[:2]

        return rate(advance, size * size, 200)

    return {"numba": numba}


def heat3d(size):
    def numba():
        import numba as nb

        @nb.njit(parallel=True, fastmath=True)
        def step(u, new):
            n = u.shape[0]
            dt, six = np.float32(0.1), np.float32(6)
            for z in nb.prange(n):
                back, front = (z - 1) % n, (z + 1) % n
                for y in range(n):
                    down, up = (y - 1) % n, (y + 1) % n
                    for x in range(1, n - 1):
                        a = u[z, y, x]
                        sides = u[z, y, x - 1] + u[z, y, x + 1] + u[z, down, x] + u[z, up, x]
                        new[z, y, x] = a + dt * (sides + u[back, y, x] + u[front, y, x] - six * a)
                    for x in (0, n - 1):
                        a = u[z, y, x]
                        sides = u[z, y, (x - 1) % n] + u[z, y, (x + 1) % n] + u[z, down, x] + u[z, up, x]
                        new[z, y, x] = a + dt * (sides + u[back, y, x] + u[front, y, x] - six * a)

        state = [noise(size, size, size) for _ in range(2)]

        def advance(steps):
            for _ in range(steps):
                step(*state)
                state.reverse()

        return rate(advance, size**3, 100)

    def jax():
        import jax

        roll = jax.numpy.roll

        @jax.jit
        def many(u):
            def step(_, a):
                sides = sum(roll(a, shift, axis) for shift in (1, -1) for axis in (0, 1, 2))
                return a + np.float32(0.1) * (sides - 6 * a)

            return jax.lax.fori_loop(0, 20, step, u)

        state = [jax.numpy.asarray(noise(size, size, size))]

        def advance(steps):
            for _ in range(steps // 20):
                state[0] = many(state[0])
            state[0].block_until_ready()

        return rate(advance, size**3, 40)

    return {"numba": numba, "jax": jax}


def twin(size):
    from twin import numba

    return {"numba": lambda: numba(size)}
