# Recipes. `make` alone lists them. On a machine with another Python: make site PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
UV ?= uv
RUN := $(VENV)/bin/python -m
INSTALL := $(RUN) pip install --quiet --disable-pip-version-check --no-input
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate
TO_INSTALL_OURSELVES := hatchling>=1.27\neditables>=0.5\n
FUZZER := atheris==3.0.0
DEMO := --config demo/images.yml --store build/demo/data --output build/demo

.DEFAULT_GOAL := help
.PHONY: help site advisories serve demo test check bench fuzz schemas words lock clean

help: ## list these recipes
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

site: $(VENV)/.site ## analyze what images.yml names and build the site
	@$(RUN) generator build --allow-stale
	@echo "The site is in build/site. Look at it with: make serve"

advisories: $(VENV)/.site ## get newer advisories, for the next `make site` to hold images against
	@$(RUN) generator advisories update

serve: $(VENV)/.site ## show the built site on http://127.0.0.1:8000/
	@$(RUN) generator serve

demo: $(VENV)/.site ## assemble images from Debian's packages (root, debootstrap) and build a site of them
	@$(RUN) demo build/demo
	@$(RUN) generator build $(DEMO)
	@echo "The site is in build/demo/site. Look at it with: $(VENV)/bin/basedex serve --output build/demo"

test: check ## run all checks and tests; what is not installed is skipped with the reason
	@$(RUN) pytest

check: $(VENV)/.test ## run the checks that need no test: style, types, who imports whom
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(VENV)/bin/lint-imports

bench: $(VENV)/.test ## measure speed and memory against the promises
	@$(RUN) bench

fuzz: $(VENV)/.test ## fuzz every parser of files inside images, FUZZ_SECONDS each (atheris is installed first)
	@$(INSTALL) "$(FUZZER)"
	@$(RUN) tests.fuzz

schemas: $(VENV)/.site ## write the published JSON Schemas anew
	@for name in document images check; do $(RUN) generator schema $$name > schemas/$$name.schema.json || exit 1; done

words: $(VENV)/.test ## bring the catalogues of other languages up to date with code and templates
	@$(RUN) generator.pages.catalogue

lock: ## choose the newest allowed versions anew (needs uv)
	@printf '$(TO_INSTALL_OURSELVES)' | $(LOCK) --upgrade pyproject.toml - -o requirements.txt
	@$(LOCK) --upgrade --extra test -c requirements.txt pyproject.toml -o requirements-test.txt

clean: ## remove what was built and what was downloaded, not what is recorded
	@rm -rf build .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The environment: made once, brought up to date when the lock file changes.

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Basedex needs Python 3.11 or newer, and $(PYTHON) is not. Name one: make PYTHON=python3.13" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.site: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Basedex needs into $(VENV)"
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.site
	@echo "Installing what the tests need into $(VENV)"
	@$(INSTALL) --require-hashes -r requirements-test.txt
	@touch $@
