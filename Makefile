# The one door to everything: "make help" lists the targets.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help:  ## This list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

# uv installs in seconds what takes pip two minutes; pip serves where uv is not to be had.
$(STAMP): setup.py constraints.txt
	@test -x $(BIN)/python || scripts/venv $(PYTHON) $(VENV)
	@echo "Installing Plone and this add-on into $(VENV) ..."
	@if $(BIN)/python -m pip install -q -c constraints.txt uv; then \
	  $(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[test,dev]'; \
	else \
	  $(BIN)/python -m pip install -q -c constraints.txt -e '.[test,dev]'; \
	fi
	@touch $@

.PHONY: install
install: $(STAMP)  ## The virtual environment with the add-on in .venv

.PHONY: run
run: install  ## A site with demo content on 127.0.0.1:8080 (Ctrl-C stops it)
	@exec $(BIN)/mwsvm serve --host 127.0.0.1 --port 8080 --var var --demo

.PHONY: demo
demo: install  ## The main job without a browser: ends 0 when the job finished
	@exec $(BIN)/mwsvm demo

# libvirt-python is compiled, so it comes after the Debian packages it needs.
.PHONY: services
services: install  ## What the service tests need (Debian: PostgreSQL, Chromium, libvirt)
	@scripts/services
	@if pkg-config --exists libvirt 2>/dev/null && \
	  ! $(BIN)/python -c 'import libvirt' 2>/dev/null; then \
	  echo "Compiling libvirt-python for the service tests ..."; \
	  $(BIN)/python -m pip install -q -c constraints.txt libvirt-python || \
	    echo "The tests that need libvirt are skipped." >&2; \
	fi

.PHONY: test
test: install services  ## The whole test suite
	@$(BIN)/pytest -q -n auto --maxprocesses 4 --dist loadfile \
	  --no-loadscope-reorder tests

.PHONY: bench
bench: install services  ## The benchmarks, as a table
	@$(BIN)/python -m benchmarks

.PHONY: lint
lint: install  ## ruff, zpretty and mypy
	$(BIN)/ruff check src tests benchmarks scripts setup.py
	$(BIN)/ruff format --check src tests benchmarks scripts setup.py
	$(BIN)/zpretty --check src
	$(BIN)/mypy

.PHONY: format
format: install  ## Put code, ZCML and XML into the house style
	$(BIN)/ruff check --fix src tests benchmarks scripts setup.py
	$(BIN)/ruff format src tests benchmarks scripts setup.py
	$(BIN)/zpretty --inplace src

.PHONY: docs
docs: install  ## The documentation as HTML in var/docs/site
	$(BIN)/python scripts/reference.py
	@test -x var/docs/bin/mkdocs || { scripts/venv $(PYTHON) var/docs && \
	  var/docs/bin/pip install -q -c constraints.txt mkdocs mkdocs-material; }
	@NO_MKDOCS_2_WARNING=1 var/docs/bin/mkdocs build -q

.PHONY: constraints
constraints: install  ## Resolve constraints.txt and versions.cfg anew
	$(BIN)/uv pip compile -q --no-header --no-annotate --all-extras \
	  --python-version 3.11 -o constraints.txt setup.py constraints.in
	$(BIN)/python scripts/versions.py

.PHONY: buildout
buildout:  ## The second door: bin/instance and bin/test by zc.buildout
	@test -x var/buildout/bin/pip || scripts/venv $(PYTHON) var/buildout
	@var/buildout/bin/pip install -q -c constraints.txt zc.buildout setuptools wheel
	@PIP_BUILD_CONSTRAINT=$(CURDIR)/constraints.txt var/buildout/bin/buildout -N

.PHONY: clean
clean:  ## Remove what make install and make buildout made; var/ stays
	rm -rf $(VENV) bin develop-eggs parts eggs .installed.cfg src/*.egg-info
