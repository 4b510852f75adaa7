# Conclave. `make` or `make help` says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test bench bench-peer format lint fuzz clean setup setup-tests sqlite

CONCLAVE := .build/release/conclave
RESULTS := .build/results

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: ## install what Debian must provide
	@Scripts/setup

setup-tests:
	@Scripts/setup --tests

sqlite: setup ## build the encrypted SQLite library
	@Scripts/sqlite

build: sqlite ## build the release binary, .build/release/conclave
	@echo "build: compiling the release binary (minutes the first time, seconds afterwards)"
	@swift build -c release --product conclave --quiet && swift build -c release --product conclave-image --quiet || { echo "build: the compiler refused (its words are above)." >&2; exit 1; }
	@echo "build: $(CONCLAVE) is ready."

run: build ## start the server; pass settings with ARGS="--port 9000"
	@exec $(CONCLAVE) serve $(ARGS)

# The tests run in release mode, like the server; see `testable` in Package.swift.
test: export TESTABLE_BUILD := 1
test: sqlite setup-tests ## run every test: Swift, then real Matrix clients against the server
	@mkdir -p $(RESULTS) && rm -f $(RESULTS)/*
	@echo "test: compiling the release binary and the tests"
	@swift build -c release --build-tests --quiet || { echo "test: the compiler refused (its words are above)." >&2; exit 1; }
	@echo "test: running the Swift tests"
	@status=0; \
	swift test -c release --skip-build --xunit-output $(RESULTS)/swift.xml 2>&1 | tee $(RESULTS)/swift.log | Scripts/quiet-tests || status=1; \
	echo "test: running the client tests"; \
	JUNIT=$(CURDIR)/$(RESULTS)/clients.xml Scripts/client-tests || status=1; \
	Scripts/tally $(RESULTS); \
	exit $$status

bench: build ## measure the server, beside the raw floor of this machine
	@Scripts/bench

bench-peer: build ## measure the server beside Synapse, in one run
	@Scripts/bench --peer

format: ## format the Swift sources
	@swift format --in-place --recursive --parallel Package.swift Sources Tests
	@echo "format: done."

lint: ## say where sources differ from the format
	@Scripts/lint

fuzz: sqlite ## feed each parser a million odd inputs; RUNS=1000 for fewer
	@Scripts/fuzz

clean: ## take away what was built (not the data of a server)
	@rm -rf .build .venv .deps fuzz-out
	@echo "clean: done."
