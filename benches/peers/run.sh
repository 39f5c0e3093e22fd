#!/bin/sh
# Runs semafield beside other programs on the same equations, sizes and precision, in turn, and prints ratios.
#   benches/peers/run.sh [--quick] [--threads=N] [--gpu] [CASE ...]
# --gpu compares on a GPU (CUDA, Warp, JAX, Taichi), else processors are compared. Makes a Python environment under
# target/peers; a peer that does not install is left out, and said so.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=${PEERS_VENV:-$target/peers}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
packages="numpy numba jax py-pde gudhi umap-learn scikit-learn devito taichi"
case " $* " in *" --gpu "*) packages="numpy jax[cuda12] cupy-cuda12x warp-lang taichi" ;; esac
for package in $packages; do
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package" || echo "no $package here" >&2
done
[ -n "${SEMAFIELD:-}" ] || {
    cargo build --release --manifest-path "$root/Cargo.toml"
    SEMAFIELD=$target/release/semafield
}
export SEMAFIELD
exec "$venv/bin/python" "$here/compare.py" "$@"
