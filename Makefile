# Two commands: `make run` and `make test`. Each makes the environment first if it is not there.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := true
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := help
.PHONY: help setup run test test-deep test-sources test-tracking test-backfill test-soak test-fuzz check lock bench bench-quality bench-lists \
	bench-learned bench-monitor bench-outcomes bench-policy bench-promotion demo-story docs clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/ready ## Make the environment in .venv from the pinned requirements

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; found " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Run the whole pipeline: data in, lists and report out
	dvc repro
	@echo "open reports/report.html, data/campaigns/customers.csv"

test: setup ## Run the tests, a worker a core
	python -m pytest --numprocesses=auto --dist=loadfile

test-deep: setup ## The laws that features, labels, figures and cleaning obey, on sixteen times as many random worlds; every moment of a kill; every layout in LibreOffice
	CHURN_DEEP=1 python -m pytest --numprocesses=auto --dist=loadfile tests/campaign tests/check tests/contract tests/features tests/kpis \
		tests/model tests/operate/test_deliver.py tests/operate/test_forget.py tests/sources/test_parse.py tests/value tests/test_libreoffice.py

test-sources: setup ## Every published dataset: what is known of it, and lists of yesterday, full and cut
	CHURN_EVERY_SOURCE=1 python -m pytest tests/test_cut_data.py tests/test_real_data.py

test-tracking: setup ## Every fault of a tracking server and of the way to it
	CHURN_EVERY_FAULT=1 python -m pytest tests/tracking

test-backfill: setup ## Replay two months for real, beside files that end there (minutes)
	CHURN_BACKFILL=1 python -m pytest tests/operate/test_backfill_for_real.py

FILES ?= 2000
SEED ?= 1
test-fuzz: setup ## Put FILES=2000 damaged files of SEED=1 through the door
	python -m tests.sources.fuzz $(FILES) $(SEED)

MONTHS ?= 24
FAULTS ?= 40
FOLDER ?=
test-soak: setup ## Let MONTHS=24 pass with FAULTS=40 kills and damages of SEED=1, beside the same undisturbed; in FOLDER it can be resumed (hours)
	nice -n 10 python -m tests.faults.soak $(MONTHS) $(FAULTS) $(SEED) $(FOLDER)

check: setup ## Lint and types
	ruff check .
	ruff format --check .
	mypy

lock: setup ## Pin the newest versions that fit pyproject.toml
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--upgrade --quiet -o requirements.lock

docs: setup ## Write the generated pages of docs/reference again
	python -m pipeline.reference

bench: setup ## Measure speed and memory on this machine
	python -m benchmarks.run
	python -m benchmarks.contract
	python -m benchmarks.kpis
	python -m benchmarks.features
	python -m benchmarks.model
	python -m benchmarks.allocation
	python -m benchmarks.campaign

bench-quality: setup ## Judge the probabilities on every dataset there is, and on the simulated company beside an oracle (an hour)
	python -m benchmarks.quality --write

bench-lists: setup ## What lists are really worth, on twenty simulated companies (an hour)
	nice -n 10 python -m benchmarks.lists --write

bench-promotion: setup ## Whether promotion decides rightly, on twelve simulated companies (an hour and a half); it can be stopped
	OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.promotion --rows bench-promotion.jsonl --write

bench-outcomes: setup ## Whether the intervals of outcomes hold the truth, on two thousand simulated deliveries (twenty minutes on an idle machine); it can be stopped
	mkdir -p bench-outcomes
	OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.outcomes --rows bench-outcomes --write

bench-policy: setup ## What lists that learn truly earn beside a static playbook, on forty simulated companies (an hour and a half); it can be stopped
	OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.policy --rows bench-policy.jsonl --write

KEEP ?=
CHOICES ?=
demo-story: setup ## Play a delivery of the demo from its list to its measured effect, beside the truth, in a copy (minutes); KEEP=folder leaves its report and lists there
	python -m pipeline.practice.story $(if $(KEEP),--keep "$(KEEP)") $(CHOICES)

bench-learned: setup ## Whether learning finds what offers do, on 126 simulated companies with a wrong playbook (an hour and a half); it can be stopped
	OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.learned --first 501 --seeds 100 --rows bench-learned.jsonl
	OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.learned --first 501 --seeds 26 --customers 20000 --rows bench-learned-large.jsonl

bench-monitor: setup ## How often the monitor is right, on twelve simulated companies (half an hour); it can be stopped
	OMP_NUM_THREADS=1 nice -n 10 python -m benchmarks.monitored --rows bench-monitor.jsonl --write

clean: ## Remove what the pipeline wrote (never deliveries, registry or raw data)
	rm -rf data/clean data/identities data/snapshots data/features data/judged data/scores data/campaigns models/challenger reports/plots
	rm -f reports/ingest.json reports/data_quality.json reports/kpis.json reports/kpis.csv reports/metrics.json reports/report.html reports/model_card.md
