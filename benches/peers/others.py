"""Peers of the cases that do not step fields: GUDHI, scikit-learn, umap-learn. Same interface as `fields`."""
import time

import numpy as np


def once(call, items):
    def run():
        start = time.perf_counter()
        call()
        return items / (time.perf_counter() - start)

    return run


def persistence(size):
    def gudhi():
        import gudhi

        values = np.random.default_rng(1).normal(size=(size, size)).astype(np.float32)
        for axis in (0, 1):  # averaged over 9 x 9 cells, periodic, as in `src/bench/host.rs`
            values = sum(np.roll(values, shift, axis) for shift in range(9))

        def call():
            gudhi.PeriodicCubicalComplex(vertices=values, periodic_dimensions=[True, True]).persistence()

        return once(call, size * size)

    return {"gudhi (all dimensions)": gudhi}


def vectors(count, dims=384, groups=50):
    random = np.random.default_rng(1)
    numbers = random.normal(size=(count, dims)) + random.normal(size=(groups, dims))[np.arange(count) % groups]
    return (numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).astype(np.float32)


def neighbors(size):
    def sklearn():
        from sklearn.neighbors import NearestNeighbors

        data = vectors(size)
        search = NearestNeighbors(n_neighbors=16, metric="cosine", algorithm="brute", n_jobs=-1).fit(data)
        return once(lambda: search.kneighbors(data), size)

    return {"scikit-learn (brute)": sklearn}


def layout(size):
    def umap():
        import umap
        from sklearn.neighbors import NearestNeighbors

        data = vectors(size)
        found = NearestNeighbors(n_neighbors=16, metric="cosine", algorithm="brute").fit(data)
        distances, indices = found.kneighbors(data)
        known = (indices[:, :15], distances[:, :15].astype(np.float32), None)
        return once(
            lambda: umap.UMAP(n_neighbors=15, metric="cosine", precomputed_knn=known, n_jobs=-1).fit_transform(data),
            size,
        )

    return {"umap-learn (knn given)": umap}
