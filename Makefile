# Rekindle. `make demo` and `make test` each do everything on a machine with Python 3.11 or later, git and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup demo run test check trials bench screenshots lock

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
PORT ?= 8000
export PORT
# Whatever the calling shell has active, only our own environment counts. What was compiled once is kept: make starts
# many processes, and tests many more.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV DJANGO_SETTINGS_MODULE

# Tests have servers and data of their own, which need not outlast a crash of the machine.
DATA := $(or $(DATA_DIR),$(CURDIR)/.data)
TEST_ENV := DATA_DIR='$(DATA)/test' REKINDLE_TEST_SERVER=1
# Enough of a production environment for settings and models to be checked; no server is there, and none is started.
CHECK_ENV := ENV=production SECRET_KEY=only-to-check-the-settings-Zq3fX8vLr1TnYw6KdBh0Jm5sPc9GuEa2 \
	ALLOWED_HOSTS=rekindle.example PUBLIC_URL=https://rekindle.example EMAIL_URL=smtp://127.0.0.1:1 \
	FROM_EMAIL=team@rekindle.example POSTAL_ADDRESS='1 Example Street' \
	DATABASE_URL=postgres://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0

help:  ## list what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(VENV)/.installed  ## make the virtual environment with the pinned packages

demo: $(VENV)/.installed  ## everything with a sample world, on PORT=8000; Ctrl-C ends it
	@exec $(PY) -m config.serve --demo

run: $(VENV)/.installed  ## everything without sample data, on PORT=8000; Ctrl-C ends it
	@exec $(PY) -m config.serve

test: $(VENV)/.installed-dev  ## all tests
	@sh scripts/ensure-chromium $(PY)
	@$(TEST_ENV) $(PY) -m pytest -q -n 3 -m "not trial"

trials: $(VENV)/.installed-dev  ## the slow trials: crashes, races, every link as every role (more than an hour)
	@sh scripts/ensure-chromium $(PY)
	@$(TEST_ENV) $(PY) -m pytest -q -m trial

check: $(VENV)/.installed-dev  ## format, lint, types, import contract, templates, migrations, deployment settings
	@$(PY) -m ruff format --quiet --check . || { echo "Some files are not formatted: $(PY) -m ruff format ."; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy --no-error-summary .
	@said=$$($(VENV)/bin/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }
	@said=$$($(PY) -m djlint --quiet --check --lint templates 2>&1) || { \
		echo "$$said"; echo "Templates are not in order. Format them: $(PY) -m djlint --reformat templates"; exit 1; }
	@said=$$($(CHECK_ENV) $(PY) manage.py makemigrations --check --dry-run 2>&1) || { echo "$$said"; exit 1; }
	@said=$$($(CHECK_ENV) $(PY) manage.py check --deploy --fail-level WARNING 2>&1) || { echo "$$said"; exit 1; }
	@echo "Format, lint, types, imports, templates, migrations and deployment settings are in order."

bench: $(VENV)/.installed-dev  ## measure speed (docs/benchmarks.md)
	@exec env $(TEST_ENV) $(PY) -m benchmarks

screenshots: $(VENV)/.installed-dev  ## take the README's pictures anew
	@sh scripts/ensure-chromium $(PY)
	@$(TEST_ENV) REKINDLE_SCREENSHOTS=docs/images $(PY) -m pytest -q -m browser -k "not every_link" tests/browser

lock: $(VENV)/.installed-dev  ## write requirements*.txt anew from requirements*.in
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements.in -o requirements.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements-llm.in -o requirements-llm.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" --upgrade requirements-dev.in -o requirements-dev.txt

$(VENV)/.installed: requirements.txt scripts/make-venv
	@sh scripts/make-venv $(VENV)
	@echo "Installing the pinned packages (once) ..."
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what development and tests need (once) ..."
	@$(PIP) install -r requirements-dev.txt
	@touch $@
