"""Cell updates per second of something that makes steps."""
import time


def rate(advance, cells, steps):
    """A function that runs `advance(steps)` and returns cell updates per second."""

    def run():
        start = time.perf_counter()
        advance(steps)
        return cells * steps / (time.perf_counter() - start)

    return run
