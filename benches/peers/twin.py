"""The twin by hand in numba: the equations of `assets/seeds/twin.toml`, all fields, Heun, no-flux walls, float32.

Arrays have one ghost cell on either side: cells repeat the nearest, links are 0.
"""
import numpy as np

from timing import rate

ALPHA, BETA, KAPPA, TAU_M, EPS, K_F, LAM, PHI, TAU_T, DT = (
    np.float32(v) for v in (2.0, -1.2, 0.2, 5.0, 0.05, 0.1, 0.1, 0.3, 5.0, 0.02)
)
CELLS = ("re", "im", "m_re", "m_im", "tension")
LINKS = ("theta_x", "theta_y")


def numba(size):
    import numba as nb

    random = np.random.default_rng(1)

    def padded(link=False):
        inner = random.uniform(0.1, 0.6, (size, size)).astype(np.float32)
        return np.pad(inner, 1, mode="constant" if link else "edge")

    @nb.njit(parallel=True, fastmath=True)
    def ghosts(a, link):
        n = a.shape[0] - 2
        for i in nb.prange(1, n + 1):
            a[i, 0] = np.float32(0) if link else a[i, 1]
            a[i, n + 1] = np.float32(0) if link else a[i, n]
        for x in range(n + 2):
            a[0, x] = np.float32(0) if link else a[1, x]
            a[n + 1, x] = np.float32(0) if link else a[n, x]

    @nb.njit(fastmath=True, inline="always")
    def face(tx, ty, y, x, n):
        if x == n or y == n or x == 0 or y == 0:
            return np.float32(0)
        return np.sin(tx[y, x] + ty[y, x + 1] - tx[y + 1, x] - ty[y, x])

    @nb.njit(parallel=True, fastmath=True)
    def stage(
        re, im, m_re, m_im, tn, tx, ty,
        re0, im0, m_re0, m_im0, tn0, tx0, ty0,
        re1, im1, m_re1, m_im1, tn1, tx1, ty1,
        gain, coupling, frame_x, frame_y, h2, correct,
    ):  # fmt: skip
        # Tendencies of the first seven; from the next seven, to the last seven. In the second stage, the mean.
        n = re.shape[0] - 2
        half, quarter = np.float32(0.5), np.float32(0.25)
        for y in nb.prange(1, n + 1):
            for x in range(1, n + 1):
                a, b, c = re[y, x], im[y, x], coupling[y, x]
                la = lb = strain = np.float32(0)
                flow_x = flow_y = np.float32(0)
                for edge in range(4):
                    if edge == 0:
                        j, i, angle = y, x + 1, tx[y, x]
                    elif edge == 1:
                        j, i, angle = y, x - 1, -tx[y, x - 1]
                    elif edge == 2:
                        j, i, angle = y + 1, x, ty[y, x]
                    else:
                        j, i, angle = y - 1, x, -ty[y - 1, x]
                    cos, sin = np.cos(angle), np.sin(angle)
                    ua = cos * re[j, i] - sin * im[j, i]
                    ub = cos * im[j, i] + sin * re[j, i]
                    w = h2 * half * (c + coupling[j, i])
                    da, db = ua - a, ub - b
                    la += w * da
                    lb += w * db
                    strain += w * (da * da + db * db)
                    if edge == 0:
                        flow_x = w * (a * ub - b * ua)
                    elif edge == 2:
                        flow_y = w * (a * ub - b * ua)
                t = tn[y, x]
                m = a * a + b * b
                g = gain[y, x] - PHI * t
                f_re = g * a - BETA * b - m * (a - BETA * b) + la - ALPHA * lb + KAPPA * (m_re[y, x] - a)
                f_im = g * b + BETA * a - m * (b + BETA * a) + lb + ALPHA * la + KAPPA * (m_im[y, x] - b)
                f_mr, f_mi = (a - m_re[y, x]) / TAU_M, (b - m_im[y, x]) / TAU_M
                f_t = (quarter * strain - t) / TAU_T
                here = face(tx, ty, y, x, n)
                curl_x = here - face(tx, ty, y - 1, x, n)
                curl_y = face(tx, ty, y, x - 1, n) - here
                f_x = f_y = np.float32(0)
                if x < n:
                    f_x = -EPS * (flow_x + K_F * np.sin(tx[y, x] - frame_x[y, x]) + LAM * curl_x)
                if y < n:
                    f_y = -EPS * (flow_y + K_F * np.sin(ty[y, x] - frame_y[y, x]) + LAM * curl_y)
                if correct:
                    re1[y, x] = half * (re0[y, x] + a + DT * f_re)
                    im1[y, x] = half * (im0[y, x] + b + DT * f_im)
                    m_re1[y, x] = half * (m_re0[y, x] + m_re[y, x] + DT * f_mr)
                    m_im1[y, x] = half * (m_im0[y, x] + m_im[y, x] + DT * f_mi)
                    tn1[y, x] = half * (tn0[y, x] + t + DT * f_t)
                    tx1[y, x] = half * (tx0[y, x] + tx[y, x] + DT * f_x)
                    ty1[y, x] = half * (ty0[y, x] + ty[y, x] + DT * f_y)
                else:
                    re1[y, x] = a + DT * f_re
                    im1[y, x] = b + DT * f_im
                    m_re1[y, x] = m_re[y, x] + DT * f_mr
                    m_im1[y, x] = m_im[y, x] + DT * f_mi
                    tn1[y, x] = t + DT * f_t
                    tx1[y, x] = tx[y, x] + DT * f_x
                    ty1[y, x] = ty[y, x] + DT * f_y

    def level():
        return [padded() for _ in CELLS] + [padded(link=True) for _ in LINKS]

    state, middle = level(), level()
    for links in (state[5], state[6]):
        links[:, size] = 0 if links is state[5] else links[:, size]
        links[size, :] = 0 if links is state[6] else links[size, :]
    gain, coupling, frame_x, frame_y = (padded() for _ in range(4))
    h2 = np.float32(1.0)

    def fill(fields):
        for position, field in enumerate(fields):
            ghosts(field, position >= len(CELLS))

    def advance(steps):
        for _ in range(steps):
            stage(*state, *state, *middle, gain, coupling, frame_x, frame_y, h2, False)
            fill(middle)
            stage(*middle, *state, *state, gain, coupling, frame_x, frame_y, h2, True)
            fill(state)

    return rate(advance, size * size, 10)
