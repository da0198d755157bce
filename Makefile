# `make` lists the targets. Each sets up what it needs in $(VENV); the second time that costs nothing.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
# Where the CPU build of torch comes from on a machine without a GPU; empty: pip's usual index.
TORCH_INDEX ?=
# Passed on to pytest, for instance ARGS="-k doctor".
ARGS ?=

BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c tools/constraints.txt
PYTEST := OMP_NUM_THREADS=1 MPLBACKEND=Agg $(BIN)/python -m pytest
NO_AIHWKIT := Everything but aihwkit hardware works without it.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup aihwkit demo test coverage test-slow lint format bench clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMPS)/aihwkit ## install everything into .venv
	@if grep -qs failed $(STAMPS)/aihwkit; then \
	  echo "aihwkit is not installed: its build failed (make aihwkit tries again). $(NO_AIHWKIT)"; fi

$(STAMPS)/venv:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no '$(PYTHON)'. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv --clear $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/torch: $(STAMPS)/venv tools/constraints.txt
	@echo "Installing torch. Should pip fetch nvidia-* packages (gigabytes) for a machine without a GPU:"
	@echo "  make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu"
	$(PIP_INSTALL) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	@touch $@

# hatchling first, and no build isolation: so its version is pinned too.
$(STAMPS)/packages: $(STAMPS)/torch pyproject.toml
	@echo 'Installing the other packages (a minute or two)'
	$(PIP_INSTALL) --quiet hatchling editables
	$(PIP_INSTALL) --quiet --no-build-isolation -e '.[aihwkit,dev,triton]'
	@touch $@

# Status 3 (no compiler) is looked at anew each time, which costs nothing; a failed build (4) is not
# repeated until asked for.
$(STAMPS)/aihwkit: $(STAMPS)/packages tools/build_aihwkit.py mortalff/aihwkit_probe.py
	@status=0; $(BIN)/python tools/build_aihwkit.py || status=$$?; \
	case $$status in \
	  0) echo works > $@ ;; \
	  3) rm -f $@; echo "$(NO_AIHWKIT)" ;; \
	  4) echo failed > $@ ;; \
	  *) exit $$status ;; \
	esac

aihwkit: $(STAMPS)/packages ## try again to build aihwkit
	@rm -f $(STAMPS)/aihwkit
	@$(MAKE) --no-print-directory setup

demo: setup ## run the demonstration study and make its report
	OMP_NUM_THREADS=1 $(BIN)/mortalff run studies/demo.yaml --out reports/demo --workers $(WORKERS)
	@page=$$(MPLBACKEND=Agg $(BIN)/mortalff report reports/demo) && echo "The report: $$page"

test: setup ## run the tests, but for those that take minutes each
	$(PYTEST) -n $(WORKERS) --dist worksteal -m 'not slow' $(ARGS)

coverage: setup ## run them again and show which lines they reach; takes twice as long
	$(PYTEST) -n $(WORKERS) --dist worksteal -m 'not slow' --cov --cov-report=term $(ARGS)

test-slow: setup ## run the tests that take minutes each
	$(PYTEST) -m slow $(ARGS)

lint: $(STAMPS)/packages ## check style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMPS)/packages ## put the code into the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## measure speed, as ratios
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/ratios.py $(ARGS)

clean: ## remove .venv, caches, and generated reports (reports/reference stays)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks
	rm -f .coverage .coverage.*
	find reports -mindepth 1 -maxdepth 1 ! -name reference -exec rm -rf {} + 2>/dev/null || true
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
