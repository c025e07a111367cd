# sipas: every command a change needs. `make help` lists them.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
CHROMIUM := $(or $(SIPAS_CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
NPM      := npm --prefix frontend --no-fund --no-audit

FRONTEND_SOURCES := $(shell find frontend -type f \( -path frontend/node_modules -o -path frontend/dist -o -path frontend/e2e \) -prune -o -type f -print 2>/dev/null | grep -v -e '^frontend/node_modules/' -e '^frontend/dist/' -e '^frontend/e2e/')

.PHONY: help run build frontend test test-go test-frontend check race lint lint-deploy require-chromium e2e bench golden mongo-test torture clean

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: build ## build everything and serve on http://localhost:8080 (first time: with the demo province)
	exec bin/sipas serve $(ARGS)

build: frontend ## build bin/sipas with the front end inside
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/sipas ./cmd/sipas

frontend: frontend/dist/admin.html ## build the front end into frontend/dist

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json
	$(NPM) ci
	@touch $@

frontend/dist/admin.html: frontend/node_modules/.package-lock.json $(FRONTEND_SOURCES)
	$(NPM) run build
	@touch $@

test: test-go test-frontend e2e ## all tests that Go and Node alone can run; browser tests are skipped by name without Chromium

test-go:
	go vet ./...
	go test -timeout 30m ./...
	cd deploy/devmongo && go vet ./... && go test ./...

test-frontend: frontend/node_modules/.package-lock.json
	$(NPM) test

check: require-chromium lint lint-deploy test race mongo-test ## everything a change needs: make test, linters, race detector, MongoDB protocol; nothing is skipped

race:
	go test -race -timeout 30m ./...
	cd deploy/devmongo && go vet ./... && go test ./...

lint: frontend/node_modules/.package-lock.json ## gofmt, go vet, staticcheck, svelte-check and ESLint, without a warning
	@unformatted=$$(gofmt -l cmd api survey stats frontend/*.go deploy/devmongo); \
	  if [ -n "$$unformatted" ]; then echo "gofmt is owed to: $$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	$(NPM) run check
	$(NPM) run lint

lint-deploy: ## the Dockerfile, compose.yaml, systemd unit and Caddyfile, without an engine
	deploy/lint.sh

require-chromium:
	@[ -n "$(CHROMIUM)" ] || { echo "make check needs Chromium (apt-get install chromium, or set SIPAS_CHROMIUM)"; exit 1; }

e2e: build ## browser tests of the built binary
	SIPAS_CHROMIUM='$(CHROMIUM)' $(NPM) run e2e

bench: ## speed beside its yardstick, in one run; LARGE=1 adds the table at ten million responses
	go test -run '^$$' -bench . -benchtime 2s ./stats/tally ./survey/results ./cmd/sipas
	$(if $(LARGE),go test -run '^$$' -bench . ./stats/tally -args -large)

golden: ## write the golden files anew (then read the difference)
	go test ./survey/ledger ./survey/report ./survey/results -update

bin/devmongo: $(wildcard deploy/devmongo/*.go deploy/devmongo/go.*)
	cd deploy/devmongo && go build -trimpath -o ../../bin/devmongo .

mongo-test: bin/devmongo build ## the stores' tests and a short walk against a MongoDB-protocol server (or SIPAS_TEST_MONGODB_URI)
	deploy/devmongo/with.sh bin/devmongo go test -race -count=1 ./survey/mongostore
	deploy/devmongo/with.sh bin/devmongo go test -count=1 -timeout 30m ./survey/archive ./cmd/sipas

torture: bin/devmongo ## kill servers under load, SIPAS_TORTURE_KILLS times (25) on each store, and see that nothing is lost or doubled
	SIPAS_TORTURE_KILLS=$${SIPAS_TORTURE_KILLS:-25} deploy/devmongo/with.sh bin/devmongo go test -count=1 -timeout 60m -v -run '^TestTorture$$' ./cmd/sipas

clean: ## remove what was built (never ./data)
	find frontend/dist -mindepth 1 -not -name .gitkeep -delete
	rm -rf bin frontend/node_modules
