# `make` alone lists the targets. Each makes and reuses its own .venv.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
N ?= 4
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install cluster test test-fast lint bench clean

help:  ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install: $(STAMP)  ## make .venv with p2pchain and its tools in it
