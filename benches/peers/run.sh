#!/bin/sh
# Runs semafield beside other programs on the same equations, sizes and precision, in turn, and prints ratios.
#   benches/peers/run.sh [--quick] [CASE ...]
# Makes a Python environment under target/peers; a peer that does not install is left out, and said so.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
venv=${PEERS_VENV:-$target/peers}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
for package in numpy numba jax py-pde gudhi umap-learn scikit-learn devito taichi; do
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package" || echo "no $package here" >&2
done
[ -n "${SEMAFIELD:-}" ] || {
    cargo build --release --manifest-path "$root/Cargo.toml"
    SEMAFIELD=$target/release/semafield
}
export SEMAFIELD
exec "$venv/bin/python" "$here/compare.py" "$@"
