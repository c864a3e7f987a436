# The only door: `make help` says what there is. Runs with GNU make 3.81 (macOS) and later.
# Set-up is a chain of stamps: a file in .venv or .tools is newer than what it was made from, or it is made again.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

BIN := .venv/bin
UV := .tools/uv/bin/uv
UV_VERSION := 0.13.9
LIGHTHOUSE_VERSION := 12.8.2
PACKAGES := common local deploy services/auth services/catalog services/tickets services/orders services/expiration \
	services/payments services/notifications services/web clients/python
EDITABLE := $(foreach package,$(PACKAGES),-e $(package))
READY := .venv/.ready
PYTEST_FLAGS ?=
# One more than the two cores of a small machine: tests of whole systems wait as much as they work.
TEST_WORKERS ?= 3
DATA_DIR ?= .data
export DATA_DIR
# Compiled code is kept, wherever that is switched off as well: a service then starts three times sooner.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.cache/python

# The first Python that is new enough, by every name that it may have; pyenv's versions may not be on the PATH.
FIND_PYTHON = python=; for found in python3 python3.13 python3.12 python3.11 python3.14 \
	"$$HOME"/.pyenv/versions/*/bin/python3; do \
		if "$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$found"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed, and none was found: install it as python3, or put it on the PATH." >&2; \
		exit 1; \
	fi
# uv does not read pip's configuration, so a mirror that pip knows is handed on.
USE_MIRROR = mirror=$$(.tools/uv/bin/python -m pip config get global.index-url 2>/dev/null) \
	&& [ -z "$$UV_DEFAULT_INDEX" ] && export UV_DEFAULT_INDEX="$$mirror" || true

.PHONY: help
help: ## Say what there is
	@echo "make up               start the marketplace at http://localhost:8000 (PORT=, DATA_DIR=, PROCESSES=1)"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / && $$1 != "up" { printf "make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: $(READY) ## Start the marketplace
	@exec $(BIN)/fairseat up --with-parent

.PHONY: test
test: $(READY) browser ## Run all tests, from unit to browser (TEST_WORKERS= at once, PYTEST_FLAGS= for more)
	@$(BIN)/pytest -n $(TEST_WORKERS) --dist loadfile $(PYTEST_FLAGS)

.PHONY: test-again
test-again: $(READY) browser ## Run only the tests that failed last time, one after the other
	@$(BIN)/pytest --last-failed --last-failed-no-failures none $(PYTEST_FLAGS)

.PHONY: check
check: $(READY) ## Check style, types, import rules and contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict .
	@$(BIN)/lint-imports
	@$(BIN)/fairseat-deploy locks check
	@$(BIN)/fairseat-deploy check
	@$(BIN)/fairseat-deploy skaffold check
	@$(BIN)/fairseat-deploy access check
	@$(BIN)/fairseat contracts check
	@$(BIN)/fairseat settings check
	@$(BIN)/fairseat languages check
	@$(BIN)/fairseat client check
	@$(MAKE) --no-print-directory checkov

.PHONY: checkov
checkov: $(READY) .tools/checkov/.synced ## Ask checkov about every overlay of deploy/
	@$(BIN)/fairseat-deploy checkov .tools/checkov/bin/checkov

OVERLAY ?= local
.PHONY: manifests
manifests: $(READY) ## Print the manifests of OVERLAY=local|dev|staging|production (IMAGES_FILE= has the digests of our images)
	@$(BIN)/fairseat-deploy render $(OVERLAY) $(if $(IMAGES_FILE),--images $(IMAGES_FILE))

REQUESTS ?= 20000
.PHONY: fuzz
fuzz: $(READY) ## Ask a marketplace of its own REQUESTS= made-up requests; none may break it or leave the API document
	@$(BIN)/fairseat fuzz --requests $(REQUESTS)

.PHONY: format
format: $(READY) ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: languages
languages: $(READY) ## Bring the catalogues of translations up to date with the texts in the code
	@$(BIN)/fairseat languages extract

.PHONY: bench
bench: $(READY) ## Measure holds and searches beside the database's own limit
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.search

.PHONY: sizing
sizing: $(READY) ## Measure what each service needs: memory, processor time of each kind of request, growth (docs/sizing.md)
	@$(BIN)/python -m bench.sizing

.PHONY: lighthouse
lighthouse: $(READY) browser .tools/lighthouse/node_modules/.bin/lighthouse ## Score what people see first (needs node and npm)
	@$(BIN)/python -m bench.lighthouse .tools/lighthouse/node_modules/.bin/lighthouse

.PHONY: audit
audit: $(READY) ## Check the invariants of the running marketplace (the same DATA_DIR)
	@$(BIN)/fairseat check

.PHONY: images
images: $(READY) ## Build the container images (IMAGES="orders web", BUILDER=docker|podman|buildah, PUSH=registry/path)
	@$(BIN)/fairseat-deploy images $(IMAGES) $(if $(BUILDER),--builder $(BUILDER)) $(if $(PUSH),--push $(PUSH))

.PHONY: rehearse
rehearse: $(READY) ## Lose the databases and the broker of a marketplace with trade in it, restore it, and say what it took
	@$(BIN)/python -m fairseat_local.rehearsal

.PHONY: lock
lock: $(UV) ## Write requirements.lock anew from requirements.in, and cut each image's lock out of it
	@$(USE_MIRROR); $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --upgrade requirements.in --output-file requirements.lock \
	&& $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --upgrade deploy/checkov.in --output-file deploy/checkov.lock
	@$(MAKE) --no-print-directory locks

.PHONY: locks
locks: $(READY) ## Cut each image's lock out of requirements.lock, after a service's dependencies have changed
	@$(BIN)/fairseat-deploy locks write

.PHONY: test-pythons
test-pythons: $(READY) ## Run the tests of the packages on every newer Python that is found
	@set -e; $(USE_MIRROR); for version in 3.12 3.13 3.14; do \
		for found in python$$version "$$HOME"/.pyenv/versions/$$version.*/bin/python3; do \
			"$$found" -c 'import venv' 2>/dev/null || continue; \
			echo "== Python $$version"; \
			$(UV) venv --quiet --clear --python "$$found" .tools/python$$version; \
			$(UV) pip sync --quiet --python .tools/python$$version/bin/python --require-hashes requirements.lock; \
			$(UV) pip install --quiet --python .tools/python$$version/bin/python --no-deps --no-build-isolation $(EDITABLE); \
			.tools/python$$version/bin/python -m pytest -n $(TEST_WORKERS) --dist loadfile $(PYTEST_FLAGS) common local services; \
			break; \
		done; \
	done

.PHONY: clean
clean: ## Remove the environment, tools and caches; the data in DATA_DIR stays
	@rm -rf .venv .tools .cache .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	@find common local services tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: clean-data
clean-data: ## Remove the data in DATA_DIR
	@rm -rf "$(DATA_DIR)"

# --- Set-up ---

$(UV):
	@$(FIND_PYTHON); \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv)." >&2; \
		exit 1; \
	fi; \
	echo "Setting up: uv"; \
	rm -rf .tools/uv && "$$python" -m venv .tools/uv \
	&& .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

.tools/checkov/.synced: deploy/checkov.lock | $(READY)
	@$(USE_MIRROR); \
	echo "Setting up: checkov"; \
	$(UV) venv --quiet --clear --python $(BIN)/python .tools/checkov \
	&& $(UV) pip sync --quiet --python .tools/checkov/bin/python --require-hashes deploy/checkov.lock && touch $@

.venv/.synced: requirements.lock | $(UV)
	@$(FIND_PYTHON); $(USE_MIRROR); \
	echo "Setting up: packages ($$("$$python" --version))"; \
	if ! $(BIN)/python -c '' 2>/dev/null; then $(UV) venv --quiet --clear --python "$$python" .venv || exit 1; fi; \
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock && touch $@

$(READY): .venv/.synced $(foreach package,$(PACKAGES),$(package)/pyproject.toml)
	@echo "Setting up: Fairseat's own packages"
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

.tools/lighthouse/node_modules/.bin/lighthouse:
	@if ! command -v npm >/dev/null 2>&1; then \
		echo "Lighthouse needs node and npm, which were not found: install them, or put them on the PATH." >&2; exit 1; \
	fi; \
	echo "Setting up: Lighthouse"; \
	npm install --silent --no-audit --no-fund --prefix .tools/lighthouse "lighthouse@$(LIGHTHOUSE_VERSION)"

# A browser for the tests: Debian's headless shell, which needs half of the processor time, else what is there, else
# Debian's, else playwright's own. An installation that fails costs only time: the next one in the list is taken.
.PHONY: browser
browser: $(READY)
	@if command -v chromium-headless-shell >/dev/null 2>&1; then exit 0; fi; \
	may_install=; if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then may_install=yes; fi; \
	if [ "$$may_install" ] && apt-cache show chromium-headless-shell >/dev/null 2>&1; then \
		echo "Setting up: Chromium's headless shell"; \
		apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 && exit 0; \
	fi; \
	for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		if command -v $$name >/dev/null 2>&1; then exit 0; fi; \
	done; \
	if ls -d "$${PLAYWRIGHT_BROWSERS_PATH:-$$HOME/.cache/ms-playwright}"/chromium* \
		"$$HOME"/Library/Caches/ms-playwright/chromium* 2>/dev/null | grep -q .; then exit 0; fi; \
	echo "Setting up: Chromium"; \
	if [ "$$may_install" ]; then \
		apt-get update -qq >/dev/null 2>&1; \
		for name in chromium-headless-shell chromium; do \
			apt-get install -y -qq --no-install-recommends $$name >/dev/null 2>&1 && exit 0; \
		done; \
	fi; \
	if $(BIN)/playwright install chromium >/dev/null 2>&1; then exit 0; fi; \
	echo "The browser tests need Chromium, and it could not be installed: put chromium or google-chrome on the PATH." >&2; \
	exit 1
