# Everything a person or a build runs. Only Python 3.11-3.13 (with venv) and make are needed; `make test` also
# wants real servers and says how to get them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
SEEDS ?= 200
START ?= 0
JOBS ?= 2
DRILLS ?= 300
SEED ?= 1
JOURNAL ?=
DATA ?=

# The first Python that fits and can make a virtual environment; override with `make setup PYTHON=/path/to/python`.
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo $$each; break; }; done)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' \
	| awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Redress needs Python 3.11, 3.12 or 3.13 with venv (Debian: apt-get install python3 python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.ready: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.ready-dev: requirements-dev.lock .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: setup
setup: .venv/.ready ## Make .venv with everything `make up` needs

.PHONY: setup-dev
setup-dev: .venv/.ready-dev ## Make .venv with everything for tests and linters as well

.PHONY: up
up: setup ## Run every service on embedded servers; status page on port 8000 (DATA=folder)
	$(BIN)/redress up $(if $(DATA),--data $(DATA))

.PHONY: down
down: setup ## Stop what `make up` runs (DATA=folder)
	$(BIN)/python -m chassis.embedded down $(or $(DATA),data)

.PHONY: demo
demo: setup ## Play a card shop's hard day on a system of its own, and tell each order's story
	$(BIN)/redress demo

.PHONY: test
test: setup-dev ## Run every test on real Kafka, PostgreSQL and Redis, then the simulation
	$(BIN)/python -m tests.servers check
	$(BIN)/pytest -n 2 -q
	$(BIN)/redress simulate --seeds 200 --jobs 2

.PHONY: unit
unit: setup-dev ## Run the tests that need no server, without the long plays of the simulation (a minute; `make test` runs all)
	$(BIN)/pytest -m "not servers and not long" -n 2 -q

.PHONY: simulate
simulate: setup ## Run the hostile simulation: SEEDS=200 START=0 JOBS=2
	$(BIN)/redress simulate --seeds $(SEEDS) --start $(START) --jobs $(JOBS)

.PHONY: faults
faults: setup-dev ## Kill, freeze and wipe processes and servers under load: DRILLS=300 SEED=1 JOURNAL=file to go on from
	$(BIN)/python -m tests.servers check
	$(BIN)/python -m tests.faults --drills $(DRILLS) --seed $(SEED) $(if $(JOURNAL),--journal $(JOURNAL))

.PHONY: bench
bench: setup-dev ## Measure every figure beside its peers, on real servers (an hour); ONLY="flow flash" for some
	$(BIN)/python -m tests.servers check
	$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY))

.PHONY: bench-hop
bench-hop: setup-dev ## Measure one hop through the system beside two peers
	$(BIN)/python -m bench.hop

.PHONY: fmt
fmt: setup-dev ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: lint
lint: setup-dev ## Check style, formatting and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=. $(BIN)/lint-imports

.PHONY: types
types: setup-dev ## Check types strictly
	$(BIN)/mypy

.PHONY: check
check: lint types unit ## lint, types and unit

.PHONY: lock
lock: setup-dev ## Write the lock files anew from pyproject.toml (needs uv on the PATH)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
		--python-version 3.11 --extra embedded --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
		--python-version 3.11 --extra embedded --extra dev --group build -c requirements.lock pyproject.toml -o requirements-dev.lock

.PHONY: clean
clean: ## Remove caches, builds and downloaded test servers (keeps .venv and data)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .servers build dist *.egg-info
	find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
