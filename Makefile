# The one door. Needs only Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
ARGS ?=
WORKERS ?= 2

.PHONY: help venv demo serve test pure check faults bench dashboards contract lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

venv: $(VENV)/.ready ## make .venv and install the hashed lock

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(f"Anxin needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]} (choose another with make PYTHON=...)" if sys.version_info < (3, 11) else 0)'
	@test -x $(PY) || { echo "making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "installing the locked packages (about a minute at the first time) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: venv ## the whole system with a simulated home; options in ARGS="--minutes 2 --report out.json"
	@exec $(PY) -m anxin.cli demo $(ARGS)

serve: venv ## the whole system for a small real home; ARGS="--config home.toml"
	@exec $(PY) -m anxin.cli serve $(ARGS)

# Byte code is kept whatever the shell says: the tests start hundreds of processes, and each would compile all it imports.
test pure: export PYTHONDONTWRITEBYTECODE =
test: venv ## all tests; what is not installed is skipped by name
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

pure: venv ## the tests that need no server (seconds)
	$(PY) -m pytest -q -m "not database and not broker and not browser and not system" $(ARGS)

faults: venv ## every fault on the real system under load (a quarter of an hour); options in ARGS="--only kill-edge --list"
	$(PY) -m tests.faults $(ARGS)

check: venv ## format, lint, types, import contracts, generated files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m anxin.cli contract --check
	$(PY) -m anxin.cli analytics rules --check
	$(PY) -m dashboards check

bench: venv ## measure everything on this machine: build/bench.json, docs/benchmarks.md; ARGS="--only sustained --minutes 2"
	$(PY) -m tests.benchmarks $(ARGS)

dashboards: venv ## generate the dashboards' JSON
	$(PY) -m dashboards write

contract: venv ## generate the contract documents, the reference page and the page of rules
	$(PY) -m anxin.cli contract
	$(PY) -m anxin.cli analytics rules

lock: ## resolve requirements.lock anew (needs uv: pip install uv)
	$(VENV)/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --python-version 3.11 --extra dev --no-annotate --no-header --no-emit-package anxin pyproject.toml -o requirements.lock

clean: ## remove what was built (not the demo's data in .anxin)
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
