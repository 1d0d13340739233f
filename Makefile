# Every target sets up what it needs. Needs only Python 3.11+ with pip (and venv).
PYTHON ?= python3
BIN := .venv/bin
UV := .uv/bin/uv
DEMO ?= workspace/demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix lock bench deep browser docs messages clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready  ## make the environment in .venv (pinned, with hashes)

.venv/.ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Puente needs Python 3.11 or newer; set PYTHON=...")'
	@test -x $(UV) || { $(PYTHON) -m venv .uv && .uv/bin/python -m pip install -q --disable-pip-version-check 'uv>=0.9,<1'; }
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) .venv
	@$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## build the made-up world and serve its pages
	$(BIN)/puente demo --workspace $(DEMO)

test: setup  ## every test that needs no browser (under 10 minutes on 2 cores)
	$(BIN)/pytest -n 2 --dist loadfile -m "not deep and not browser"

check: setup  ## style, types, import directions, dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/house

fix: setup  ## format and mend what can be mended
	$(BIN)/ruff check --fix-only -q . || true
	$(BIN)/ruff format -q .

lock: setup  ## write requirements/*.txt anew from pyproject.toml
	$(UV) pip compile -q --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements/base.txt
	$(UV) pip compile -q --universal --generate-hashes --no-header --python-version 3.11 --group dev --extra maps --extra postgres --extra spark pyproject.toml -o requirements/dev.txt

bench: setup  ## measure against the field's tools on the same input
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

deep: setup  ## long statistics and large runs
	$(BIN)/pytest -m deep

browser: setup  ## tests in a real Chromium (needs /usr/bin/chromium)
	$(BIN)/pytest -m browser tests/browser

docs: setup  ## write the generated reference pages anew
	$(BIN)/python -m puente.cli.reference docs

messages: setup  ## gather the texts to translate into the Spanish catalogue
	$(BIN)/pybabel -q extract -F babel.cfg -k _ -k N_ -k ngettext:1,2 --no-location --omit-header -o puente.pot .
	$(BIN)/pybabel -q update -N --no-fuzzy-matching -l es -D puente -i puente.pot -d src/puente/locale
	rm -f puente.pot

clean:  ## remove what the targets made
	rm -rf .venv .uv workspace .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
