# Two commands matter: `make demo` and `make test`. Both set everything up first.
# Settings of your own (DATELINE_*) are not obeyed here: they could lead to your servers.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-faults fuzz check lock wheel bench schema metrics clean

# The first Python that runs and is 3.11 to 3.13, whatever python3 is; then where pyenv, uv and
# others keep theirs, since those need not be on the path.
PYTHON := $(shell for p in python3.12 python3.13 python3.11 python3 python \
	/usr/bin/python3.1[123] /usr/local/bin/python3.1[123] /opt/homebrew/bin/python3.1[123] \
	"$$HOME"/.pyenv/versions/3.1[123].*/bin/python3 \
	"$$HOME"/.local/share/uv/python/*/bin/python3; do \
	if $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	>/dev/null 2>&1; then command -v $$p; break; fi; done)

BIN := .venv/bin
CLEAN_ENV := env $$(env | sed -n 's/^\(DATELINE_[A-Za-z0-9_]*\)=.*/-u \1/p')

help:
	@echo "make demo    a wire becomes searchable while you watch (first time: sets up, some minutes)"
	@echo "make test    every test, on a real Kafka and a real Elasticsearch"
	@echo "make test-faults  kills, outages and full disks at random, for most of an hour"
	@echo "make fuzz    wires damaged at random, read for ten minutes"
	@echo "make check   linters, types, architecture, audits"
	@echo "make bench   the benchmarks, as ratios in one run"
	@echo "make setup   .venv/ with everything from the lock file, and the servers' jars"

.venv/.installed: requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 with venv found; install one (Debian: apt install python3 python3-venv)" >&2; exit 1; }
	@echo "setting up .venv with $(PYTHON)"
	@test -x $(BIN)/python && $(BIN)/python -c pass 2>/dev/null || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/.installed
	@$(CLEAN_ENV) $(BIN)/python -m dateline.embedded.fetch

demo: setup
	@$(CLEAN_ENV) $(BIN)/python -m dateline.cli.demo

# Two at a time what needs no servers; the rest one after the other, for its stages share the cores.
test: setup
	$(CLEAN_ENV) $(BIN)/python -m pytest tests/unit tests/wires -m "not faults" -n 2 --dist worksteal
	$(CLEAN_ENV) $(BIN)/python -m pytest tests/integration tests/faults -m "not faults"

# The whole fault suite: its tests, three long runs, each promise broken once; writes the report.
test-faults: setup
	$(CLEAN_ENV) $(BIN)/python -m tests.faults --tests --seed 1 --seed 2 --seed 3 --mutants \
		--report docs/faults.md

# Damages the real wires where they lie beside the checkout, else seeds/ alone.
fuzz: .venv/.installed
	$(CLEAN_ENV) $(BIN)/python -m tests.fuzz --seconds 600

check: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(CLEAN_ENV) $(BIN)/python -m tests.audit

bench: setup
	$(CLEAN_ENV) $(BIN)/python -m bench

# The article's JSON Schema in docs/ is made from the code; a test holds them together.
schema: .venv/.installed
	$(BIN)/python -m dateline.article > docs/article.schema.json

# What is counted, in docs/, is made from the catalogue; a test holds them together, too.
metrics: .venv/.installed
	$(BIN)/python -m dateline.metrics > docs/metrics.md

# Locks without addresses: whoever installs says where from. Renews what pyproject.toml asks for;
# delete a lock first to have everything at its newest. uv is not among the tools of .venv, since
# only this needs it.
lock: .venv/.installed
	@command -v uv >/dev/null || { echo "make: lock needs uv; install it (pipx install uv, or your system's package)" >&2; exit 1; }
	uv pip compile --quiet --universal --generate-hashes --no-annotate --custom-compile-command "make lock" \
		--group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --generate-hashes --no-annotate --custom-compile-command "make lock" \
		-c requirements-dev.lock pyproject.toml -o requirements.lock
	$(BIN)/python -m deploy.make_build_lock

wheel: .venv/.installed
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

clean:
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
