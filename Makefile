# Two commands on a fresh machine: `make run` and `make test`. Both need only
# Python 3.11 or newer, make, and a package registry; Node, where it is, runs the
# clients written in JavaScript.
PY ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Processes that test side by side, each with a PostgreSQL of its own.
TESTERS ?= 2

.PHONY: run test lint types tests bench audit format clean

$(BIN)/.run: pyproject.toml
	$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "autoapi needs Python 3.11 or newer: make PY=python3.12 ...")'
	$(PY) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(BIN)/.test: $(BIN)/.run
	$(BIN)/python -m pip install -q --disable-pip-version-check "pip>=25.1"
	$(BIN)/python -m pip install -q --disable-pip-version-check --group test
	@touch $@

run: $(BIN)/.run
	$(BIN)/autoapi demo

test: lint types tests

lint: $(BIN)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/.test
	$(BIN)/mypy

tests: $(BIN)/.test
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --doctest-modules tests autoapi overrides --ignore=tests/clients
	$(BIN)/python -m pytest tests/clients # which share files and a server

format: $(BIN)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/.test
	$(BIN)/python -m bench

# Known faults of what is installed, by the advisories of PyPI; needs the network, and fails
# (--strict) where a package cannot be asked about: nothing found is not nothing wrong.
audit: $(BIN)/.test
	$(BIN)/python -m pip install -q --disable-pip-version-check "pip-audit>=2.9,<3"
	$(BIN)/python -m pip freeze --exclude-editable > $(VENV)/installed.txt
	$(BIN)/python -m pip_audit --strict --no-deps --disable-pip --progress-spinner off -r $(VENV)/installed.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache tests/clients/node_modules \
		tests/clients/.openapi-python-client tests/clients/typed/made
