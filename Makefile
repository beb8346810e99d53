# Everything starts from CPython 3.11 and make: `make demo` tries the platform, `make test` proves it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ROOMS := pymeai ingest kula crm_api orchestration dashboards
CHECKS := check-types check-format check-lint check-imports check-dbt check-sql
DBT := --project-dir dbt_project --profiles-dir dbt_project

# dbt tells nobody what it is used for.
export DO_NOT_TRACK := 1
# Without bytecode every process of the platform and of the tests compiles the project anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv demo up test pytest check check-format check-lint check-types check-imports check-sql check-dbt \
	format client bench bench-api bench-import e2e eval-kula torture lock

help: ## Lists what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

venv: $(INSTALLED) ## The virtual environment with the locked dependencies

# uv installs the lock in seconds where pip takes minutes. It comes from the lock itself, so its hash is checked as
# any other; an index that is configured for pip alone is handed to it; and where it fails, pip does the same work.
# Bytecode once here spares every start of every process: the platform is ready in 16 s instead of 27 s.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV)"
	@sed -n '/^uv==/,/^    # via/p' requirements.txt > $(VENV)/uv.txt
	@index=$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null || true)}; \
	if [ -n "$$index" ]; then export UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index}; fi; \
	{ $(BIN)/pip install --quiet --no-deps --require-hashes -r $(VENV)/uv.txt 2>/dev/null \
		&& VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.txt; } \
	|| { echo "uv could not install them; pip will, in some minutes" >&2; \
		$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.txt; }
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(INSTALLED) ## Starts the platform with two demo companies and leaves it running; Ctrl-C stops it
	@exec $(BIN)/pymeai demo

up: $(INSTALLED) ## Starts the platform without demo data; Ctrl-C stops it
	@exec $(BIN)/pymeai up

# The checks take one core, mypy's most of two minutes: beside the tests, which wait for other processes now and then.
test: $(INSTALLED) ## Every check and every test
	@$(MAKE) --no-print-directory -j2 pytest $(CHECKS)

pytest: $(INSTALLED)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(INSTALLED) ## Format, lint, types, import contracts, SQL style, dbt parse
	@$(MAKE) --no-print-directory -j2 $(CHECKS)

check-format: $(INSTALLED)
	$(BIN)/ruff format --check

check-lint: $(INSTALLED)
	$(BIN)/ruff check

check-types: $(INSTALLED)
	$(BIN)/mypy $(addprefix -p ,$(ROOMS) benchmarks)

check-imports: $(INSTALLED)
	$(BIN)/lint-imports

check-dbt: $(INSTALLED)
	$(BIN)/dbt --quiet parse $(DBT)

check-sql: $(INSTALLED)
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models

format: $(INSTALLED) ## Formats the code and mends what the linter can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

client: $(INSTALLED) ## Writes the dashboards' client of the API anew, from the API's OpenAPI document
	$(BIN)/python -m crm_api.client_generator

bench: $(INSTALLED) ## Measures imports beside a bare COPY of the same rows
	$(BIN)/python -m benchmarks

bench-api: $(INSTALLED) ## Measures the API's latencies beside those of the same SELECT, among 10 and 1,000 tenants
	$(BIN)/python -m benchmarks.api

bench-import: $(INSTALLED) ## Measures an import of a million customers beside a bare COPY and upsert of the same rows
	$(BIN)/python -m benchmarks.importing

e2e: $(INSTALLED) ## The journeys of a user in a real browser
	@command -v chromium chromium-browser google-chrome >/dev/null || ls "$${HOME}"/.cache/ms-playwright/chromium* >/dev/null 2>&1 \
		|| { echo "A browser is needed: install Debian's chromium, or run $(BIN)/playwright install chromium" >&2; exit 1; }
	$(BIN)/pytest -m e2e

eval-kula: $(INSTALLED) ## Scores Kula's answers on the evaluation questions
	$(BIN)/pytest -q -s tests/kula/test_bank.py

torture: $(INSTALLED) ## The long form of the reliability tests, with their counts
	$(BIN)/pytest -m torture -s

lock: $(INSTALLED) ## Locks the dependencies of pyproject.toml again, with hashes and without index addresses
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url \
		--no-emit-find-links -o requirements.txt
