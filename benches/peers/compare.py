"""semafield and its peers in turn, round by round, on one machine; prints a table of ratios.

In: names of cases (default all), --quick, --threads=N (default all cores), --gpu for the cases on a GPU. Out: million
cell updates (or items) per second of each program, the median of the rounds, and the median of the ratios semafield /
peer round by round: what holds when the machine's speed drifts. Above 1, semafield is faster.
"""
import json
import os
import statistics
import subprocess
import sys

QUICK, ON_GPU = "--quick" in sys.argv, "--gpu" in sys.argv
THREADS = next((word.split("=")[1] for word in sys.argv if word.startswith("--threads=")), str(os.cpu_count()))
for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = THREADS
if THREADS == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import fields  # noqa: E402: threads are counted at import
import gpu  # noqa: E402
import others  # noqa: E402

# Case: (size, steps or calls per round of semafield, peers)
CASES = {
    "cgle": (1024, 200, fields.cgle),
    "gray-scott": (1024, 200, fields.gray_scott),
    "heat3d": (128, 200, fields.heat3d),
    "twin": (512, 20, fields.twin),
    "persistence": (1024, 1, others.persistence),
    "neighbors": (10_000, 1, others.neighbors),
    "layout": (4000, 1, others.layout),
}
if ON_GPU:
    CASES = {"cgle": (8192, 200, gpu.cgle)}


def semafield(case, size, steps):
    command = [os.environ["SEMAFIELD"], "bench", case, "--size", str(size), "--steps", str(steps), "--json"]
    command += ["--threads", THREADS]
    if case in ("cgle", "gray-scott", "heat3d", "twin"):
        command += ["--backend", "gpu" if ON_GPU else "cpu"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return report["cases"][0]["sizes"][0]["per_second"]


def compare(case, rounds):
    size, steps, peers = CASES[case]
    ready = {}
    for name, make in peers(size).items():
        try:
            ready[name] = make()
            ready[name]()  # compile, warm up
        except Exception as why:  # a peer that is not there must not end the comparison
            ready.pop(name, None)
            print(f"{case}: no {name}: {why!r:.120}", file=sys.stderr)
    rates = {name: [] for name in ["semafield", *ready]}
    for _ in range(rounds):
        rates["semafield"].append(semafield(case, size, steps))
        for name, run in ready.items():
            rates[name].append(run())
    for name, values in rates.items():
        ratios = [own / other for own, other in zip(rates["semafield"], values)]
        print(
            f"{case:<12} {size:>7} {name:<22} {statistics.median(values) / 1e6:>12.4g}"
            f" {statistics.median(ratios):>8.2f} {min(ratios):>8.2f} {max(ratios):>8.2f}",
            flush=True,
        )


def main():
    names = [name for name in sys.argv[1:] if not name.startswith("--")] or list(CASES)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, {THREADS} threads each, load {load:.1f} before the start")
    print(f"{'case':<12} {'size':>7} {'program':<22} {'million/s':>12} {'ratio':>8} {'least':>8} {'most':>8}")
    for name in names:
        compare(name, 3 if QUICK else 7)


if __name__ == "__main__":
    main()
