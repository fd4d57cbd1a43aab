# Everything one does here. `make` alone explains itself.
#
# scripts/setup gets the tools, scripts/env finds them, scripts/with-postgres lends a database.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The order of the steps is the order they are written in, whatever -j says.
.NOTPARALLEL:
.PHONY: help run dev test bench check fmt clippy unit browser release setup setup-build setup-test setup-bench clean

ENV      := scripts/env
SAY      := @printf '\n==> %s\n'
# In CI the lock file is what was committed, or the run fails.
LOCKED   := $(if $(CI),--locked)
# The server's side is every crate. Never --workspace: app's features ssr and hydrate exclude each other.
SERVER   := $(LOCKED) -p domain -p ledger -p store -p app -p server --features app/ssr
BROWSER  := $(LOCKED) -p app --lib --features hydrate --target wasm32-unknown-unknown
LISTEN   ?= 127.0.0.1:3000

help:
	@echo 'make run      the portal with demonstration data, at http://$(LISTEN)'
	@echo 'make test     everything that must hold: format, lints, tests on SQLite and PostgreSQL, a browser. CI runs this'
	@echo
	@echo 'make dev      the portal, rebuilt and reloaded at each change'
	@echo 'make check    format and lints only'
	@echo 'make fmt      puts the format right'
	@echo 'make unit     the tests without a browser;  make browser  the ones with'
	@echo 'make bench    measures it against its limits'
	@echo 'make setup    gets all tools (run, test and bench get theirs themselves)'
	@echo 'make clean    removes what was built; the tools stay in ~/.cache/vitrine'
	@echo
	@echo 'The first run or test takes about half an hour, most of it for cargo-leptos. LISTEN=address:port moves run and dev.'

run: setup-build release
	$(SAY) 'The portal, with demonstration data'
	@exec $(ENV) target/release/server serve --demo --listen $(LISTEN) --database sqlite:target/demo.sqlite

dev: setup-build
	$(SAY) 'The portal, rebuilt at each change'
	@LEPTOS_SITE_ADDR=$(LISTEN) exec $(ENV) cargo leptos watch -- serve --demo --listen $(LISTEN) --database sqlite:target/dev.sqlite

test: setup-test check unit release browser
	$(SAY) 'All of it holds'

check: setup-build
	$(SAY) 'Format'
	@$(ENV) cargo fmt --all --check
	$(SAY) 'Lints, for the server'
	@$(ENV) cargo clippy $(SERVER) --all-targets -- -D warnings
	$(SAY) 'Lints, for the browser'
	@$(ENV) cargo clippy $(BROWSER) -- -D warnings

fmt:
	@$(ENV) cargo fmt --all

unit: setup-test
	$(SAY) 'Tests, on SQLite and PostgreSQL'
	@scripts/with-postgres --fast $(ENV) cargo test $(SERVER)

release: setup-build
	$(SAY) 'Release build of server and WebAssembly'
	@$(ENV) cargo leptos build --release --precompress $(if $(CI),--cargo-locked)

browser: setup-test release
	$(SAY) 'Tests in a browser, with JavaScript and without'
	@cd end2end && ../$(ENV) playwright test

bench: setup-bench release
	$(SAY) 'Measurements'
	@scripts/with-postgres $(ENV) cargo bench $(LOCKED) -p server --bench limits

setup: setup-test setup-bench
setup-build setup-test setup-bench: setup-%:
	@scripts/setup $*

clean:
	rm -rf target end2end/node_modules end2end/test-results
