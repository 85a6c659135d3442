# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DOCS := build/docs-env
TORCH := build/torch-env
SITE_PACKAGES := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
PACKAGES := $(wildcard generated/annoport-*)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | column -t -s "$$(printf '\t')"

# The environment is refilled when the pinned versions change.
$(VENV)/filled: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r constraints.txt
	@touch $@

# Our packages are reinstalled when their metadata changes, or when there is a new one.
$(VENV)/ready: $(VENV)/filled pyproject.toml $(wildcard generated/annoport-*/pyproject.toml)
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e . $(addprefix -e ./,$(PACKAGES))
	@touch $@

.PHONY: setup
setup: $(VENV)/ready ## Create the virtual environment

.PHONY: demo
demo: setup ## Export from three fake platforms, download, unpack, show
	$(BIN)/python -m annoport demo

.PHONY: test
test: setup ## Run the tests (JOBS=1 for one process; by default one for each core)
	$(BIN)/python -m pytest -n $(or $(JOBS),auto) --dist loadfile

# torch is large, so it stays out of the environment of the tests, which this one sees.
$(TORCH)/filled: $(VENV)/filled tests/torch/requirements.txt
	$(PYTHON) -m venv $(TORCH)
	echo "import site; site.addsitedir('$$($(BIN)/python $(SITE_PACKAGES))')" \
		> "$$($(TORCH)/bin/python $(SITE_PACKAGES))/tests.pth"
	$(TORCH)/bin/pip install --quiet -r tests/torch/requirements.txt
	@touch $@

.PHONY: test-torch
test-torch: setup $(TORCH)/filled ## Run the tests that need torch, in an environment of their own
	$(TORCH)/bin/python -m pytest tests/torch tests/judges/test_cvat_datasets.py

.PHONY: test-torchvision
test-torchvision: setup $(TORCH)/filled ## Run models of torchvision as functions, in the same environment
	$(TORCH)/bin/python -m pytest tests/functions/test_torchvision_models.py

.PHONY: regen
regen: setup ## Regenerate generated/ and the derived sync code
	$(BIN)/python tools/unasync.py
	$(BIN)/python -m generator generate

.PHONY: check
check: setup ## Check lint, formatting, types, layers, generated code and specs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python tools/unasync.py --check
	$(BIN)/python -m generator generate --check
	$(BIN)/python -m generator lint
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: drift
drift: setup ## Compare live specs with the vendored ones (ARGS="cvat --format markdown")
	$(BIN)/python -m generator drift $(ARGS)

.PHONY: update
update: setup ## Take over a platform's live spec (PLATFORM=cvat [LIVE=URL|FILE] [RELEASE=VERSION])
	$(BIN)/python -m generator update $(PLATFORM) $(if $(LIVE),--from "$(LIVE)") $(if $(RELEASE),--release $(RELEASE))
	$(MAKE) check

.PHONY: bench
bench: setup ## Run the benchmarks against the peers (ROW=decode for one row)
	$(BIN)/python -m benchmarks $(ROW)

.PHONY: conformance
conformance: setup ## Let two other implementations judge every operation (ARGS="--platform cvat")
	$(BIN)/python -m tests.conformance $(ARGS)

.PHONY: judges
judges: setup ## Let the official clients and pycocotools judge ours (RUNS=1000); conformance and fuzz are apart
	$(BIN)/python -m tests.judges --runs $(or $(RUNS),1000)
	ANNOPORT_EXAMPLES=2000 $(BIN)/python -m pytest -q tests/vision tests/*/test_writing.py tests/platforms/test_*_annotations.py

.PHONY: fuzz
fuzz: setup ## Download 1,000 times and upload 200 times through random faults, kill transfers at 200 moments, interrupt commands, kill functions
	$(BIN)/python -m tests.fuzz.downloads --runs $(or $(RUNS),1000)
	$(BIN)/python -m tests.fuzz.transfers --moments $(or $(MOMENTS),200)
	$(BIN)/python -m tests.fuzz.uploads --runs $(or $(RUNS),200)
	$(BIN)/python -m tests.fuzz.interrupts --moments $(or $(MOMENTS),100)
	$(BIN)/python -m tests.fuzz.annotations --moments $(or $(MOMENTS),50)

# What makes the site stays out of the environment of the tests, which is light. The notebook that is
# run for it imports our packages from this tree.
$(DOCS)/filled: docs/requirements.txt
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/pip install --quiet --require-hashes -r docs/requirements.txt
	@touch $@

.PHONY: docs
docs: setup $(DOCS)/filled ## Build the documentation site
	$(BIN)/python -m generator docs --to build/docs/source
	rm -rf build/docs/site
	PYTHONPATH=$$(echo $(addprefix $(CURDIR)/,. $(PACKAGES)) | tr ' ' :) $(DOCS)/bin/sphinx-build \
		-W --keep-going --quiet -j 2 -d build/docs/doctrees build/docs/source build/docs/site
	@test $$(find build/docs/site -type f -exec cat {} + | wc -c) -lt 12000000 || { echo "The site is larger than 12 MB"; exit 1; }
	@echo "The site is at build/docs/site/index.html"

.PHONY: docs-serve
docs-serve: docs ## Build the site and serve it on this machine (PORT=8000)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/docs/site $(or $(PORT),8000)

# Not those of the platforms: their packages are in this tree.
LOCKED_EXTRAS := $(addprefix --extra ,datasets images progress remote tables testing video)

.PHONY: lock
lock: setup ## Pin the newest versions that pyproject.toml allows
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev $(LOCKED_EXTRAS) --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade --quiet -o constraints.txt
	$(BIN)/uv pip compile pyproject.toml --group docs --extra datasets --extra testing --constraint constraints.txt \
		--universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade --quiet -o docs/requirements.txt
