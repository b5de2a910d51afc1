# Everything a developer runs. Each target sets up what it needs; a second run of `setup` is instant.

# The first Python that is new enough; the locks are made for 3.11 and later. Another one has a folder
# of its own: make test PYTHON=python3.13 VENV=.venv-3.13.
PYTHON ?= $(shell for one in python3.11 python3.12 python3.13 python3; do \
	if $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then command -v $$one; break; fi; done)

VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
ROOT := $(shell if [ "$$(id -u)" = 0 ]; then echo env; else command -v sudo; fi)

# $(call install,PACKAGE): install a system package, or say in one sentence what to install.
install = { [ -n "$(ROOT)" ] && command -v apt-get >/dev/null \
	&& { $(ROOT) apt-get install -qq -y $(1) || \
	     { $(ROOT) apt-get update -qq && $(ROOT) apt-get install -qq -y $(1); }; } >/dev/null; } \
	|| { echo "Please install the system package $(1) (Debian, Ubuntu: apt-get install $(1)), then run make again." >&2; exit 1; }

# $(call extract,PACKAGE,PATH): take one program out of a system package. To install the package would
# start a service.
extract = { cd $$(mktemp -d) && { apt-get download -qq $(1) 2>/dev/null || \
	{ $(ROOT) apt-get update -qq && apt-get download -qq $(1); }; } >/dev/null \
	&& dpkg-deb --fsys-tarfile $(1)_*.deb | tar -xO ./$(2) >$(CURDIR)/$(BIN)/$(notdir $(2)) \
	&& chmod +x $(CURDIR)/$(BIN)/$(notdir $(2)); }

# Without what Python has compiled before, each of the many processes takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help mutants setup demo test test-all test-slow fuzz servers nginx test-databases test-services lint-deploy test-cluster soak check bench bench-events bench-space bench-statistics bench-cluster openapi lock clean

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

setup: $(VENV)/.ready ## Install everything into .venv (VENV=), and bubblewrap on the system.
	@command -v bwrap >/dev/null || $(call install,bubblewrap)

$(VENV)/.ready: requirements/dev.txt pyproject.toml | $(UV)
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(UV):
	@[ -n "$(PYTHON)" ] || { echo "Please install Python 3.11 or later, then run make again." >&2; exit 1; }
	@$(PYTHON) -c '' 2>/dev/null || { n=$(notdir $(PYTHON)); \
		echo "$(PYTHON) does not run. Install $$n and $$n-venv, or give a path: PYTHON=/path/to/$$n" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || { \
		$(call install,python$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)-venv); \
		$(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

# The demonstration itself reports how it ended, after Ctrl-C too.
demo: setup ## Start a hub, publish the first task, submit three algorithms, show the leaderboard.
	@$(BIN)/python -m valhub.client.demo

# Tests wait about as long as they compute, so twice as many run side by side as there are cores. A
# worker that is done takes from the others what they have not begun.
WORKERS ?= $(shell echo $$((2 * $$(nproc))))
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal --durations 20
QUICK := not services and not slow

test: setup ## Run the quick tests: everything the product does, once.
	@$(PYTEST) -m "$(QUICK)"

test-all: test test-slow ## Run the quick and the slow tests.

test-slow: setup ## Run the slow tests: attacks as another user, kills at every write, campaigns.
	@$(PYTEST) --numprocesses 2 --dist loadfile -m "slow and not services"

fuzz: setup ## Try properties with fresh examples; FUZZ_EXAMPLES=1000 sets how many for each.
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} $(PYTEST) -m "hypothesis and not services" --timeout 7200

# Only what is missing: installing a server again could start it again.
SERVERS := postgresql mariadb-server rabbitmq-server redis-server ceph-mon ceph-osd radosgw
servers: ## Install the servers that the tests below start.
	@missing=$$(for one in $(SERVERS); do \
		dpkg-query -W -f '$${Status}' $$one 2>/dev/null | grep -q 'ok installed' || echo $$one; done); \
	[ -z "$$missing" ] || $(call install,$$missing)

test-databases: setup servers ## Run the tests of where databases differ, on PostgreSQL and on MariaDB.
	@PYTHONPATH=tests $(BIN)/python -m services.each_database -m "databases and not services"

nginx: setup ## Find the proxy that tests start, or take it out of its package.
	@command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || [ -x $(BIN)/nginx ] || \
		$(call extract,nginx,usr/sbin/nginx)

# The tests of a file share servers, which mostly wait.
test-services: setup servers nginx ## Run the tests of queues, buckets and clusters, on real servers.
	@CAMPAIGN_S=$${CAMPAIGN_S:-12} $(BIN)/python -m pytest --durations 20 \
		--numprocesses 2 --dist loadfile -m services --ignore tests/deploy

lint-deploy: setup nginx ## Check the deployment files, each with its own tool.
	@command -v promtool >/dev/null || [ -x $(BIN)/promtool ] || \
		$(call extract,prometheus,usr/bin/promtool)
	@command -v systemd-analyze >/dev/null || $(call install,systemd)
	@for tool in terraform kubectl; do command -v $$tool >/dev/null || \
		{ echo "Please install $$tool, then run make again." >&2; exit 1; }; done
	@$(BIN)/python -m pytest --durations 20 tests/deploy

test-cluster: setup ## Kill a hub's processes and servers, on every broker and database.
	@CAMPAIGN_S=$${CAMPAIGN_S:-60} $(BIN)/python -m pytest tests/cluster

MINUTES ?= 12
soak: setup servers ## Kill, freeze and cut a hub for MINUTES=12; compare all it says with what it said before.
	@PYTHONPATH=tests $(BIN)/python -m campaign.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

check: setup ## Run the linters, the type checker, the import contracts and the quick tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(PYTEST) -m "$(QUICK)"

# A quarter of an hour on two cores. What is left of another run would not see new tests.
mutants: setup ## List small changes of the code that no test notices; see tests/mutants.
	@rm -rf mutants
	@$(BIN)/python tests/mutants/run.py run
	@$(BIN)/python tests/mutants/run.py results

bench: setup ## Measure the speed of the engine and the hub, starts, and what checks cost.
	@$(BIN)/python benchmarks/engine.py
	@$(BIN)/python benchmarks/hub.py
	@$(BIN)/python benchmarks/fairness.py
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/checks.py

bench-events: setup ## Measure how many streams of events one core serves, and what they cost requests.
	@$(BIN)/python benchmarks/events.py

bench-space: setup ## Measure the memory and the disk space that a hub takes.
	@$(BIN)/python benchmarks/space.py

bench-statistics: setup ## Simulate how often intervals hold and equal runs are told apart.
	@$(BIN)/python benchmarks/coverage_grid.py

bench-cluster: setup ## Measure workers on many machines, on every broker and database; needs root.
	@$(BIN)/python benchmarks/cluster.py

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock" $(UPGRADE)

openapi: setup ## Write the document of the API again, after a change of its routes.
	@$(BIN)/python manage.py export_openapi_schema --api valhub.api.v1.api.api --indent 2 --output docs/openapi.json

lock: $(UV) ## Pin the dependencies again; UPGRADE=--upgrade chooses the newest.
	$(COMPILE) pyproject.toml --group dev --group tasks -o requirements/dev.txt
	$(COMPILE) pyproject.toml -c requirements/dev.txt -o requirements/run.txt
	echo uv | $(COMPILE) - -c requirements/dev.txt -o requirements/uv.txt

clean: ## Remove build results; .venv and the cache of environments stay.
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
