# `make demo` shows the product, `make test` proves it. Both install what they need into .venv, once.
# Extra arguments: make demo ARGS="--port 9000". Another Python: make demo PYTHON=python3.13.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip install --quiet --disable-pip-version-check
JOBS ?= 2
FAULTS ?= 100
export PYTHON

.PHONY: help demo test lint format bench faults lock stack stack-down stack-parts clean

help:
	@echo "make demo    an invented shop with 200 customers, in your browser (stops with Ctrl-C)"
	@echo "make test    linters, types, import rules and every test"
	@echo "make lint    the same without the tests"
	@echo "make format  put the source in the project's format"
	@echo "make stack   real Kafka, Elasticsearch and PostgreSQL, without Docker; prints the settings for them"
	@echo "make stack-down  stop them and remove their data"
	@echo "make bench   measure: ingest, visibility, reads, replay, identity"
	@echo "make faults  break every part under load, $(FAULTS) times, and count what was lost (FAULTS=n)"
	@echo "make lock    work out requirements/*.txt anew (ARGS=--upgrade for newer versions)"
	@echo "make clean   remove .venv and every cache"

demo: $(VENV)/.runtime
	@exec $(VENV)/bin/klantbeeld demo $(ARGS)

test: lint $(if $(KLANTBEELD_TEST_STACK),stack-parts)
	$(RUN) pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/.dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(VENV)/bin/lint-imports

format: $(VENV)/.dev
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

bench: $(VENV)/.dev
	@exec $(RUN) tests.bench $(ARGS)

faults: $(VENV)/.dev stack-parts
	@exec $(RUN) tests.faults --faults $(FAULTS) $(ARGS)

# In a shell: eval "$(make -s stack)"
stack: $(VENV)/.dev
	@$(VENV)/bin/python infra/stack.py up $(ARGS)

stack-down: $(VENV)/.dev
	@$(VENV)/bin/python infra/stack.py down $(ARGS)

# A download has no place in a test's time limit.
stack-parts: $(VENV)/.dev
	@$(VENV)/bin/python infra/stack.py fetch

lock: $(VENV)/.made
	sh requirements/lock.sh $(ARGS)

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: each stamp says that its step is done for this checkout --------------------------------

# An environment holds absolute paths, so a copied or moved checkout makes its own.
ifneq "$(shell cat $(VENV)/.made 2>/dev/null)" "$(CURDIR)"
.PHONY: $(VENV)/.made
endif

$(VENV)/.made:
	@sh requirements/make-venv.sh $(VENV)

$(VENV)/.runtime: $(VENV)/.made requirements/runtime.txt pyproject.toml
	@echo "Installing the libraries into $(VENV) (once; a minute or so)" >&2
	@$(PIP) --require-hashes -r requirements/runtime.txt
	@echo "Installing klantbeeld itself" >&2
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made requirements/dev.txt pyproject.toml
	@echo "Installing the libraries and test tools into $(VENV) (once; a minute or two)" >&2
	@$(PIP) --require-hashes -r requirements/dev.txt
	@echo "Installing klantbeeld itself" >&2
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.runtime $@
