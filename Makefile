# Two commands do everything on a fresh machine (Python 3.11+, git, make):
#   make workshop   sets up and opens the workshop in the browser
#   make test       sets up and runs all tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: workshop test setup lock bench clean

workshop: $(VENV)/.serve
	$(BIN)/kit serve --open

test: $(VENV)/.test
	$(BIN)/python tests/bring_browser.py
	$(BIN)/python -m pytest

setup: $(VENV)/.serve

bench: $(VENV)/.test
	$(BIN)/python tests/bring_browser.py
	$(BIN)/python benchmarks/page.py
	$(BIN)/python benchmarks/join.py
	$(BIN)/python benchmarks/desk.py
	$(BIN)/python benchmarks/check.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "High Note needs Python 3.11 or later. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Setting up (a minute or two, only this once) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.test: $(VENV)/.serve requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.lock
	@touch $@

# For maintainers: pin anew what pyproject.toml allows (needs uv).
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes --no-header -q -c requirements.lock -o requirements-test.lock

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis
