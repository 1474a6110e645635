# Two commands for people: `make demo` and `make test`. Each sets up what it needs on a fresh Debian machine.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HEADERS = $(BIN)/python -c "import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path('include') + '/Python.h'))"
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: setup core demo test test-deep coverage lint format bench bench-fanout bench-web chaos lock clean browser screens catalogues

setup: core

# The judging core in machine code, from the sources that are here: a passage takes two thirds of the time. Nothing is done where it is
# up to date; without a compiler the sources run as they are.
core: $(VENV)/ready
	@$(HEADERS) && command -v cc >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq gcc python3-dev; } || true
	$(BIN)/python deploy/compile_core.py

demo: $(VENV)/ready
	$(BIN)/live demo

test: $(VENV)/ready-dev core browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	LIVE_CORE_FORM=interpreted $(BIN)/pytest -q -m "interpreted and not deep" tests/ingest
	$(BIN)/pytest -n 2 -m "not deep and not interpreted"

test-deep: $(VENV)/ready-dev core browser coverage
	DEEP_EXAMPLES=1 $(BIN)/pytest -n 2 --timeout 0 -m "not interpreted"

# Examples only: what chance finds must not be what holds a branch. In one process, in seconds.
# What starts a broker or a server is filtered out here: pytest ignores no file that it is given by name.
AT_ONCE = $(filter-out tests/test_architecture.py tests/test_broker.py tests/test_broker_watch.py tests/test_bus.py \
	tests/test_bus_retained.py tests/test_http_server.py,$(wildcard tests/test_[abghpw]*.py))
coverage: $(VENV)/ready-dev
	LIVE_CORE_FORM=interpreted $(BIN)/pytest -q --cov -m "not deep and not hypothesis" tests/ingest $(AT_ONCE) \
		tests/test_canary.py tests/test_times.py tests/broadcast/test_[ah]*.py tests/broadcast/test_compression.py \
		--ignore=tests/ingest/test_service.py --ignore=tests/ingest/test_service_tells.py --ignore=tests/ingest/test_backups.py \
		--ignore=tests/ingest/test_board_publisher.py --ignore=tests/ingest/test_journal_damage.py \
		--ignore=tests/ingest/test_journal_versions.py --ignore=tests/ingest/test_never_back.py \
		--deselect=tests/ingest/test_meeting.py::test_a_long_quarrel_over_one_decision_ends \
		--deselect=tests/ingest/test_stuck.py::test_a_session_that_is_stuck_is_left_for_a_new_one

lint: $(VENV)/ready-dev
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(VENV)/ready-dev
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(VENV)/ready-dev
	$(BIN)/python -m bench

# Faults on purpose: `make chaos` is a whole campaign (an hour), `make chaos KINDS=kill-,power- N=5 SEED=7` a part of it. Power cuts,
# full disks and networks need root; what cannot be run says why. `python -m tests.chaos --list` names the kinds.
chaos: $(VENV)/ready-dev
	PYTHONPATH=. $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(KINDS),--kinds $(KINDS)) $(if $(N),--n $(N))

# What a broadcast costs beside its peers, then a crowd of phones: 25 minutes on two quiet cores. Installs the peers in build/.
bench-fanout: $(VENV)/ready-dev
	$(BIN)/python -m bench.fanout --out bench
	$(BIN)/python -m bench.fanout.crowd

# Pages for spectators in a real Chromium, and by Lighthouse, which npm installs in build/: ten minutes on two quiet cores.
bench-web: $(VENV)/ready-dev browser
	PYTHONPATH=. $(BIN)/python -m bench.web

# Debian splits venv off Python; a machine without it gets it.
$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV) || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv && $(PYTHON) -m venv --clear $(VENV); }

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install -q --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q live  # a process that comes back need not compile, also where it may not write here
	touch $@

$(VENV)/ready-dev: requirements-dev.lock $(VENV)/ready
	$(BIN)/pip install -q --no-deps --require-hashes -r requirements-dev.lock
	touch $@

# A real Chromium for the page tests: Debian's. CHROMIUM names another one.
browser:
	@[ -n "$$CHROMIUM" ] || command -v chromium >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }

# The pictures in the README, from a running demo, and every page in every state.
screens: $(VENV)/ready-dev browser
	$(BIN)/python docs/screens/make.py
	PYTHONPATH=. $(BIN)/python docs/screens/states.py
	PYTHONPATH=. $(BIN)/python docs/screens/surfaces.py

# What pages say, found anew: translate what is empty in live/web/locale/*/LC_MESSAGES/messages.po afterwards.
catalogues: $(VENV)/ready-dev
	$(BIN)/pybabel -q extract -F live/web/locale/babel.cfg --no-location --sort-output -w 110 -c Translators: --project "SMARTRUN Live" --header-comment "# What pages say, to be translated." -o live/web/locale/messages.pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-pot-creation-date -w 110 -i live/web/locale/messages.pot -d live/web/locale

# Both lock files anew. No package registry's address is written.
lock: $(VENV)/ready-dev
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --python-version 3.11 --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-header --python-version 3.11 --group build --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis demo
