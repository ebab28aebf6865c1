#!/usr/bin/env bash
# The installing steps of the Dockerfile in a bare environment in a temporary folder, without Docker.
# PYTHON names the interpreter (3.12, as in the image, unless told). Every wheel is installed, which
# takes some minutes.
# What it cannot show: the base image, users and rights, the read-only file system.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3.12}
"$python" -c pass || { echo "no $python here: name a Python 3.12 with PYTHON=..." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
say() { printf '\n== %s\n' "$*"; }

# Only what .dockerignore lets through, as git knows it: what is not committed is not in the image.
say "context"
mkdir "$work/src"
git archive HEAD requirements.lock pyproject.toml README.md LICENSE NOTICE dateline producers \
  processors sinks models deploy kibana | tar -x -C "$work/src"
cd "$work/src"

say "pip"
"$python" -m venv "$work/outer"
pip=("$work/outer/bin/python" -m pip)
"${pip[@]}" --version

say "packages, with hashes, wheels only"
"$python" -m venv --without-pip "$work/dateline"
"${pip[@]}" --python "$work/dateline" install --quiet --require-hashes --only-binary=:all: --requirement requirements.lock

say "the wheel"
"$python" -m venv --without-pip "$work/build"
"${pip[@]}" --python "$work/build" install --quiet --require-hashes --only-binary=:all: --requirement deploy/requirements-build.lock
"$work/build/bin/python" -m hatchling build --target wheel --directory dist
"${pip[@]}" --python "$work/dateline" install --quiet --no-deps --no-index dist/*.whl

say "no tools of development inside"
if "$work/dateline/bin/python" -c 'import importlib.util, sys
inside = [n for n in ("pip", "pytest", "mypy", "ruff", "hatchling", "hypothesis") if importlib.util.find_spec(n)]
sys.exit(", ".join(inside) + " inside" if inside else 0)'; then echo none; else exit 1; fi
"${pip[@]}" --python "$work/dateline" check

say "the command, outside the checkout, with an empty environment"
mkdir "$work/data"
cd "$work/data"
run() { env -i PATH="$work/dateline/bin:/usr/bin:/bin" HOME="$work/data" DATELINE_DATA_DIR="$work/data" \
  PYTHONDONTWRITEBYTECODE=1 "$@"; }
run dateline --version
for command in produce process sink status search models; do run dateline "$command" --help >/dev/null; done
run dateline models list
du -sh "$work/dateline" | cut -f1
say "all steps done"
