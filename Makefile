# `make` sets up everything and runs the study of config.yaml; `make test` sets up and tests.
# TensorFlow has wheels for Python 3.11 to 3.13: the first of these that runs is taken.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
  $$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
CORES ?= $(shell nproc)

# Snakemake writes a cache before it reads the Snakefile: here, where it may not write to the user's.
USERS := $(shell test -n "$$XDG_CACHE_HOME$$HOME" && cache="$${XDG_CACHE_HOME:-$$HOME/.cache}" && \
  mkdir -p "$$cache" 2>/dev/null && test -w "$$cache" && echo writable)
ifeq ($(USERS),)
export XDG_CACHE_HOME := $(CURDIR)/.snakemake/cache
endif

.PHONY: all setup slurm watch test test-slow check chaos bench bench-scale bench-accuracy bench-exports bench-intervals bench-study format lock clean

all: setup
	.venv/bin/snakemake --cores $(CORES)

setup: .venv/run-installed

.venv/run-installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Makefile: found no Python 3.11 to 3.13; set PYTHON=" >&2; exit 1; }
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/test-installed: requirements-test.txt .venv/run-installed
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	touch $@

# A second environment that borrows the first and adds the Slurm plugin; requirements-slurm.in says why.
slurm: .venv-slurm/installed

.venv-slurm/installed: requirements-slurm.txt .venv/run-installed
	test -x .venv-slurm/bin/python || .venv/bin/python -m venv .venv-slurm
	.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
	  > "$$(.venv-slurm/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/borrowed.pth"
	.venv-slurm/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  -r requirements-slurm.txt
	touch $@

PYTEST := .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test: check
	$(PYTEST) -m "not slow"

# What takes long because it is real: whole studies, a Slurm cluster, kills, benchmarks.
test-slow: .venv/test-installed .venv-slurm/installed
	$(PYTEST) -m slow

check: .venv/test-installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/snakefmt --check Snakefile rules
	.venv/bin/mypy

format: .venv/test-installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/snakefmt Snakefile rules

lock: .venv/test-installed
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements-test.in -o requirements-test.txt
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements-predict.in -o requirements-predict.txt
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-deps requirements-slurm.in -o requirements-slurm.txt

clean:
	rm -rf .snakemake results/*/

watch: .venv/run-installed
	.venv/bin/python scripts/watch.py

chaos: .venv/run-installed
	.venv/bin/python tests/chaos.py --kills 100

# PyTorch, to compare with, has an environment of its own.
.venv-bench/installed: bench/requirements.txt .venv/run-installed
	test -x .venv-bench/bin/python || .venv/bin/python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps fer==25.10.3
	touch $@

bench: .venv-bench/installed
	.venv/bin/python bench/engine.py

# Trains for an hour on two cores, once.
bench-accuracy: .venv/run-installed
	.venv/bin/snakemake --cores $(CORES) --configfile presets/fer2013-accuracy.yaml
	.venv/bin/python bench/accuracy.py results/fer2013-accuracy

STUDY ?= results/fer2013-quick

bench-exports: .venv-bench/installed
	.venv/bin/python bench/exports.py $(STUDY)

bench-scale: .venv/run-installed
	.venv/bin/python bench/scale.py

bench-intervals: .venv/run-installed
	.venv/bin/python bench/intervals.py

bench-study: .venv/run-installed
	.venv/bin/python bench/core_seconds.py
