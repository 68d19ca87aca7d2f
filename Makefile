# Everything a newcomer runs. Only Python 3.11+, make and git are assumed; the rest is installed here.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.13.8
export UV_COMPILE_BYTECODE := 1

STAMPS := .state
INSTALLED := $(STAMPS)/installed
SYSTEM := $(STAMPS)/system-packages
DBT_SOURCES := $(shell find dbt_project -type f \( -name '*.sql' -o -name '*.yml' -o -name '*.csv' -o -name '*.md' \) -not -path '*/target*' 2>/dev/null)
MANIFESTS := dbt_project/target/duckdb/manifest.json dbt_project/target/postgres/manifest.json

.PHONY: help demo test up check bench docs lock clean

help:  ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(INSTALLED): requirements.txt pyproject.toml
	@mkdir -p $(STAMPS)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing the pinned dependencies…"
	@grep -v '^uv==' requirements.txt > $(STAMPS)/requirements.txt
	@$(UV) pip install --quiet --require-hashes --python $(BIN)/python -r $(STAMPS)/requirements.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(SYSTEM): tools/system_packages.sh
	@mkdir -p $(STAMPS)
	@bash tools/system_packages.sh
	@touch $@

dbt_project/target/%/manifest.json: $(INSTALLED) $(DBT_SOURCES)
	@$(BIN)/python -m tools.dbt_manifest $*

demo: $(INSTALLED) $(MANIFESTS)  ## The whole flow once, on a practice world of ninety days
	@$(BIN)/weir demo

up: $(INSTALLED) $(MANIFESTS)  ## Dagster's web page and daemon, and the practice world where one is configured
	@$(BIN)/weir up

test: $(INSTALLED) $(SYSTEM) $(MANIFESTS)  ## Every test, starting what it needs
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(INSTALLED) $(MANIFESTS)  ## Style, types, imports between rooms, SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/ty check
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint dbt_project --disable-progress-bar

bench: $(INSTALLED) $(MANIFESTS)  ## The figures of docs/benchmarks.md, as ratios against a reference in the same run
	@$(BIN)/python -m bench

docs: $(INSTALLED) $(MANIFESTS)  ## The dbt docs as one static file
	@$(BIN)/weir docs

lock: $(INSTALLED)  ## Pins again after a change of pyproject.toml
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --group dev pyproject.toml -o requirements.txt

clean:  ## Forgets the installation (never a WEIR_HOME)
	rm -rf $(VENV) $(STAMPS) dbt_project/target *.egg-info
