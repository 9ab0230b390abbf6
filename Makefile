# Everything sets itself up: a bare machine with Python 3.11+ and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench bench-demo bench-evaluate contract fuzz package clean
.DEFAULT_GOAL := demo

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Shouwang needs Python 3.11 or newer; name one with PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.cli: pyproject.toml requirements.txt | $(VENV)/bin/python
	@echo "setting up the command line ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cli]'
	@touch $@

$(VENV)/.dev: $(VENV)/.cli
	@echo "setting up what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[cli,dev]'
	@touch $@

demo: $(VENV)/.cli ## Start everything on this machine and raise an alarm
	@$(BIN)/shouwang demo

test: $(VENV)/.dev ## All tests, the deployed stack among them
	@$(BIN)/pytest

check: $(VENV)/.dev ## Lint, format, types, layers, package and template
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m infra.aws.check

bench: $(VENV)/.dev ## Measure speed, memory and cost into build/bench.json
	@$(BIN)/python -m tests.bench

bench-demo: $(VENV)/.dev ## The same, and how long a bare clone takes from `make demo` to its first answer
	@$(BIN)/python -m tests.bench --demo

fuzz: $(VENV)/.dev ## Send whatever can be made up: 1,000 requests and more for each operation
	@$(BIN)/python -m tests.fuzz

contract: $(VENV)/.dev ## Record what was added to the API's contract
	@$(BIN)/python -m tests.openapi.record

bench-evaluate: $(VENV)/.dev ## Only the routine watch's proof on the real homes beside us; the other figures stay
	@$(BIN)/python -m tests.bench --evaluate

package: $(VENV)/.cli ## Build what is deployed to AWS into build/package
	@$(BIN)/shouwang package

clean: ## Forget environments, builds and the embedded cloud's state
	rm -rf $(VENV) .shouwang build
