# `make` alone lists the targets. Each makes .venv where it is not there yet, and reuses it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install cluster test test-fast trial coverage lint bench bench-quick clean

BIN := .venv/bin
STAMP := .venv/.installed
N ?= 4
CLUSTER_PORT ?= 4343

# What tries more where P2PCHAIN_TRIAL is set than `make test` has time for.
TRIALS := tests/crash tests/integration/test_kill.py tests/simulation/test_scenarios.py

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A .venv that was moved, was never finished, or whose Python is gone, is made anew.
ifneq ($(shell $(BIN)/python -Ic 'import p2pchain; print(*p2pchain.__path__)' 2>/dev/null),$(CURDIR)/p2pchain)
.PHONY: $(STAMP)
endif

$(STAMP): setup.cfg pyproject.toml $(wildcard setup.py p2pchain/*/*.[ch])
	@scripts/make_venv.sh $(PYTHON)

install: $(STAMP)  ## make .venv with p2pchain and its tools in it

cluster: $(STAMP)  ## run N=4 real nodes on 127.0.0.1, 127.0.0.2, ... until Ctrl-C
	@$(BIN)/python scripts/cluster.py $(N) --port $(CLUSTER_PORT)

test: $(STAMP)  ## run every test
	$(BIN)/python -m pytest -n 2

test-fast: $(STAMP)  ## run the tests that need no process, with fewer examples: under 30 s
	$(BIN)/python -m pytest -n 2 -m 'not slow' --hypothesis-profile=fast tests/unit tests/property

trial: $(STAMP)  ## crash the store at every write, kill nodes by the hundred, simulate 2,000 worlds: many minutes
	P2PCHAIN_TRIAL=1 $(BIN)/python -m pytest -n 2 -o faulthandler_timeout=1800 $(TRIALS)

coverage: $(STAMP)  ## see that each module of the pure layers and the simulator is tested by its own file: many minutes
	$(BIN)/python scripts/own_coverage.py

lint: $(STAMP)  ## check style, types, layers and the source's own measures
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/unit/test_source.py

bench: $(STAMP)  ## measure how fast a node is, beside what this machine can do at all: under 25 min
	PYTHONPATH=scripts $(BIN)/python -m bench

bench-quick: $(STAMP)  ## measure less of it, and say what was left out: under 3 min
	PYTHONPATH=scripts $(BIN)/python -m bench --quick

clean:  ## remove what was made here, but not the cluster's chain in .cluster
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find p2pchain scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
