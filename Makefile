# Quietzone. `make run` builds and serves; `make test` checks everything. Both set up what they need first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help setup web build geo run test test-rust test-web test-analytics test-pages test-browser test-sdk test-backup test-openapi test-e2e test-tools lint fmt openapi bench bench-analytics soak fuzz clean

LISTEN ?= 127.0.0.1:8080
DATA ?= data
VENV := .venv
BINARY := target/release/quietzone
# What `make test` builds with: everything at once, so that no dependency is compiled twice for another set of features, and
# the server without optimisation, which takes longer than its tests gain. `make build` afterwards builds the server anew.
CHECKED := cargo --config profile.release.package.server.opt-level=0
WEB_SOURCES := $(shell find web/src web/build web/public web/index.html web/package-lock.json web/vite.config.ts web/svelte.config.js -type f 2>/dev/null)

# say PART COMMAND...: runs the command and tells its wall and processor seconds.
say = setup/timed.sh

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: ## check what must be installed, fetch lists of robots and front-end packages
	@setup/check.sh
	$(say) lists setup/lists.sh
	if ! cmp -s web/package-lock.json web/node_modules/.package-lock.fetched; then
	    $(say) npm npm --prefix web ci --no-audit --no-fund --loglevel=error
	    cp web/package-lock.json web/node_modules/.package-lock.fetched
	fi

web/dist/index.html: $(WEB_SOURCES) openapi.json | setup
	@$(say) web npm --prefix web run --silent build

web: web/dist/index.html ## build the dashboard

build: setup web/dist/index.html ## build the one binary, target/release/quietzone
	@$(say) cargo cargo build --release --locked --bin quietzone

geo: build ## fetch cities and networks into the cache, once for all checkouts
	@$(say) geo setup/geo.sh $(BINARY) geo asn

run: build geo ## set up, build, and serve on LISTEN from DATA; with a demo where DATA is new
	@demo=$$([ -e $(DATA)/catalog.db ] || echo --demo)
	exec $(BINARY) serve --data $(DATA) --listen $(LISTEN) $$demo

test: setup web/dist/index.html test-tools ## set up and check everything: format, lints, tests, end-to-end stories
	@$(say) fmt cargo fmt --all --check
	$(say) clippy $(CHECKED) clippy --release --locked --workspace --all-targets -- -D warnings
	$(say) cargo $(CHECKED) build --release --locked --workspace --all-targets
	$(say) geo setup/geo.sh $(BINARY) geo asn
	$(say) rust $(CHECKED) test --release --locked --workspace
	$(say) web-check npm --prefix web run --silent check
	$(say) web-test npm --prefix web test --silent
	$(MAKE) --no-print-directory test-analytics test-sdk test-backup
	# Each of the two keeps one core busy.
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-browser test-openapi

test-analytics: ## the scan store's answers against DuckDB's over the same files; the examples of docs/DATA.md
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT
	$(CHECKED) run --release --locked --quiet --example conformance -- "$$folder/store"
	$(say) duckdb $(VENV)/bin/python crates/analytics/tests/duckdb_conformance.py "$$folder/store"
	$(say) documented $(VENV)/bin/python crates/analytics/tests/documented_examples.py docs/DATA.md "$$folder/store"

test-pages: ## contact cards read back by another decoder; every visitor's page in a real browser, searched by axe
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT
	$(CHECKED) run --release --locked --quiet --example vcards -- "$$folder/cards"
	$(say) vcards $(VENV)/bin/python crates/pages/tests/vcard_decoder.py "$$folder/cards"
	npm --prefix e2e ci --no-audit --no-fund --loglevel=error
	$(CHECKED) run --release --locked --quiet --example gallery -- "$$folder/pages"
	$(say) pages node e2e/pages-gallery.js "$$folder/pages"

test-browser: ## all that needs a browser, one after the other: they share its packages
	@$(MAKE) --no-print-directory test-pages
	$(MAKE) --no-print-directory test-e2e

test-sdk: ## the unmodified Linkbreakers clients against the real binary: the SDK with 44 calls, the crate with 40
	@$(say) sdk $(VENV)/bin/python crates/server/tests/linkbreakers_sdk.py $(BINARY)
	$(say) crate cargo run --quiet --locked --manifest-path e2e/linkbreakers-rust/Cargo.toml --target-dir target/linkbreakers-rust -- $(BINARY)

test-backup: ## backups in a bucket, against a server that speaks S3
	@$(say) s3 $(VENV)/bin/python crates/server/tests/s3_backup.py $(BINARY)

test-openapi: ## generated requests to every operation of openapi.json, 40 each
	@$(say) openapi $(VENV)/bin/python crates/server/tests/openapi_cases.py $(BINARY)

test-e2e: ## a real browser against the real binary
	@npm --prefix e2e ci --no-audit --no-fund --loglevel=error
	QUIETZONE_VENV=$(CURDIR)/$(VENV) $(say) e2e npm --prefix e2e test --silent

test-tools: ## install what only the tests need: Chromium, zbar, faketime, nginx; decoders, DuckDB and pandas into .venv
	@$(say) test-tools setup/test-tools.sh $(VENV)

lint: setup ## clippy as errors, the dashboard's types
	@cargo clippy --release --locked --workspace --all-targets -- -D warnings
	npm --prefix web run --silent check

fmt: ## format the Rust code
	@cargo fmt --all

openapi: ## write openapi.json and the dashboard's types from the code
	@UPDATE=1 cargo test --release --locked -p server --test openapi
	npm --prefix web run --silent schema

bench: build ## redirects beside nginx, store, look-ups, start; a build of its own (fat LTO)
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT
	cargo run --profile bench --locked -p spool --example append_latency -- "$$folder"
	cargo run --profile bench --locked -p analytics --example scale -- "$$folder/store" 2000000
	cargo run --profile bench --locked -p server --example measure_lookups
	# Beside nginx (apt-get install nginx-light). The profile's binaries lie where the release profile's do.
	cargo build --profile bench --locked -p bench -p server --bin bench --bin quietzone
	target/release/bench redirect
	target/release/bench latency
	target/release/bench consumer
	target/release/bench writes
	target/release/bench recovery
	target/release/bench start --links 0 --links 100000

ROWS ?= 20000000

bench-analytics: ## the scan store beside DuckDB and ClickHouse's engine over ROWS scans (100000000: an hour, 30 GB), answers compared
	@bench/analytics/run.sh $(ROWS)

soak: build ## every broken world for a minute, 200 kills, and the property tests with many more cases
	@PROPTEST_CASES=20000 cargo test --release --locked -p spool -p analytics -p model -p qr
	BROKEN_SECONDS=60 cargo test --release --locked -p server --test it -- broken:: --nocapture --test-threads 1
	ROUNDS=200 cargo test --release --locked -p server --test it -- crash:: --nocapture --test-threads 1

fuzz: setup ## 60 s each of requests, slugs and URLs, spool recovery (FUZZ_SECONDS, FUZZ_SEED); all formats with 200,000 cases
	@export FUZZ_SECONDS=$${FUZZ_SECONDS:-60}
	cargo test --release --locked -p server --test it -- fuzz:: --nocapture --test-threads 1
	cargo test --release --locked -p spool --test spool -- fuzz:: --nocapture
	PROPTEST_CASES=200000 cargo test --release --locked -p model -p spool --lib

clean: ## remove what was built; the caches outside the tree stay
	@rm -rf target web/dist web/node_modules e2e/node_modules setup/lists/node_modules $(VENV)
