# Everything a person needs: `make help`. Each target sets itself up from nothing.
ROOT := $(dir $(realpath $(lastword $(MAKEFILE_LIST))))
PY := .venv/bin/python
SETUP := python3 config/local_services/environment.py
# Relative paths in variables (ELASTICSEARCH_ARCHIVE, DIR ...) count from where the person stands.
CALLER := $(if $(findstring w,$(firstword -$(MAKEFLAGS))),$(or $(PWD),$(CURDIR)),$(CURDIR))
export CALLER
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test test-engines check bench evaluate allocate openapi clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' "$(ROOT)Makefile" | awk -F ':.*## ' '{printf "make %-13s %s\n", $$1, $$2}'

run: ## the whole site on this machine until Ctrl-C: [SEARCH_ENGINE=elasticsearch ELASTICSEARCH_ARCHIVE=file]
	@cd "$(ROOT)" && $(SETUP) run && exec $(PY) -m config.local_services site

# Which engine is asked is each test's own matter, so SEARCH_ENGINE does not reach them.
test: ## all tests, on real servers and, where there is one, in a browser: [ELASTICSEARCH_ARCHIVE=file]
	@cd "$(ROOT)" && $(SETUP) run dev && SEARCH_ENGINE= exec $(PY) -m pytest -n 2 --dist worksteal $(ARGS)

test-engines: ## the tests on a real Elasticsearch alone: ELASTICSEARCH_ARCHIVE=file or ELASTICSEARCH_URL=address
	@cd "$(ROOT)" && $(SETUP) run dev && SEARCH_ENGINE= exec $(PY) -m pytest tests/engines -n 2 --dist worksteal $(ARGS)

check: ## style, types, layers, migrations, API document, templates, catalogues
	@cd "$(ROOT)" && $(SETUP) run dev && exec $(PY) -m config.checks

bench: ## speed and memory, as a table and as JSON
	@cd "$(ROOT)" && $(SETUP) run dev && exec $(PY) -m tests.benchmarks $(ARGS)

evaluate: ## matching quality on judged data: DIR=folder SCORES=file.tsv [JSON=file.json]
	@cd "$(ROOT)" && $(SETUP) run && exec $(PY) -m config.evaluate

allocate: ## who helps whom over many requests: PROBLEM=in.npz ANSWER=out.npz [TIME=seconds]
	@cd "$(ROOT)" && $(SETUP) run && exec env OMP_NUM_THREADS=1 $(PY) -m config.allocate

openapi: ## write docs/openapi.yaml anew
	@cd "$(ROOT)" && $(SETUP) run dev && DJANGO_SETTINGS_MODULE=config.settings.test \
	    exec $(PY) manage.py spectacular --file docs/openapi.yaml --validate

clean: ## remove the environment, the data and every cache
	@cd "$(ROOT)" && $(SETUP) clean
