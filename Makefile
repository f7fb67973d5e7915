# One verb an act, the same by hand and in CI. `make` alone says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
TEST_ARGS ?=
# Tests wait a lot: for heartbeats, timeouts, processes.
TEST_WORKERS ?= $(shell expr $$(nproc) + 2)
FUZZ_ARGS ?=
FAULTS_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test faults guard check format bench fuzz docs pictures lock clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(VENV)/.ready  ## .venv with everything, test tools included

$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "wirephoto needs Python 3.11 or later: $(PYTHON) is not there" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "wirephoto needs Python 3.11 or later; this is $$($(PYTHON) -V). Try make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## start everything, import sample pictures, stay up (DEMO_ARGS=--once: end by itself)
	$(BIN)/wirephoto demo $(DEMO_ARGS)

test: setup  ## every test
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile $(TEST_ARGS)

faults: setup  ## every fault at its full size, an hour or so (FAULTS_ARGS narrows)
	FAULTS=full $(BIN)/python -m pytest -p no:xdist --timeout 3600 tests/faults $(FAULTS_ARGS)

guard: setup  ## the address guard at every door, counted in a network of its own (needs root)
	$(BIN)/python -m pytest -p no:xdist tests/integration/guard tests/integration/net tests/unit/net \
	  tests/meta/test_connections.py

check: setup  ## format, lint, types, import rules
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## put the code into shape
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

bench: setup  ## the import against curl, where its time goes, how it grows (needs nginx and curl)
	$(BIN)/python bench/line.py
	$(BIN)/python bench/rivals.py
	$(BIN)/python bench/cost.py
	$(BIN)/python bench/small.py
	$(BIN)/python bench/tracing.py
	$(BIN)/python bench/fetch.py
	$(BIN)/python bench/accept.py
	$(BIN)/python bench/memory.py
	$(BIN)/python bench/growth.py
	$(BIN)/python bench/workers.py
	$(BIN)/python bench/again.py
	$(BIN)/python bench/query.py
	$(BIN)/python bench/among.py
	$(BIN)/python bench/s3.py
	$(BIN)/python bench/put.py
	$(BIN)/python bench/hosts.py

fuzz: setup  ## bytes by chance against inspection and metadata, for FUZZ_SECONDS (120)
	$(BIN)/python -m tests.fuzz.run $(FUZZ_ARGS)

docs: setup  ## the documents as a site, in build/docs, with every link checked
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

pictures: setup  ## the pictures of the pages in docs/images, anew (needs Chromium, and port 8000)
	PICTURES=1 $(BIN)/python -m pytest -q -p no:xdist tests/browser/test_pictures.py

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url --universal \
	  --python-version 3.11 --custom-compile-command "make lock" --quiet -o requirements.lock
	uv pip compile pyproject.toml --extra server --constraint requirements.lock --generate-hashes \
	  --no-emit-index-url --universal --python-version 3.11 --custom-compile-command "make lock" \
	  --quiet -o requirements-server.lock

clean:  ## remove what setup made
	rm -rf $(VENV)
