# Belfry's commands. A newcomer needs two: `make run` and `make test`. Both set up the machine by themselves.
# Nothing that is up to date is built again.

MAKEFLAGS += --no-print-directory
OS := $(shell uname -s)
# The same flags everywhere, so that vet, lint, tests and builds share what was compiled once.
export GOFLAGS := $(strip $(shell go env GOFLAGS 2>/dev/null) -trimpath)

# default.pgo makes the programs faster and their first build slower: only what is run for real is built with it.
lint test-go test-ports test-generated test-window generate fuzz: export GOFLAGS := $(GOFLAGS) -pgo=off
# Where a program is a prerequisite, which would inherit it.
QUICK = GOFLAGS="$(GOFLAGS) -pgo=off"

# Flags for the app: make run ARGS="-addr 127.0.0.1:8000"
ARGS ?=

# Asked when a recipe runs, not before: the set-up may just have installed it. Wails' "build:tags" in wails.json cannot
# say it: a tag there holds on every machine, and none can be taken away where only WebKitGTK 4.0 is installed.
WEBKIT = $(shell pkg-config --exists webkit2gtk-4.1 2>/dev/null && echo webkit2_41)
WAILS_BUILD = build/wails.sh build -s -m -nosyncgomod -skipbindings -v 0 -ldflags "$(STAMP)"
LINT = go tool -modfile=build/tools/lint/go.mod golangci-lint
comma := ,
# What the programs say they were built from. An archive of the source knows no commit, and they then say none.
STAMP = $(shell git log -1 --format='-X belfry/internal/process.commit=%H -X belfry/internal/process.committed=%cs' 2>/dev/null)
DESKTOP_TAGS = desktop,production$(if $(WEBKIT),$(comma)$(WEBKIT))

# Folders are listed too: a file that is gone counts as a change.
GO_SRC := $(wildcard *.go) go.mod go.sum default.pgo \
	$(shell find internal wsserver -name testdata -prune -o \( -type d -o -name '*.go' ! -name '*_test.go' -o -name '*.sql' \) -print)
PAGE_SRC := $(wildcard frontend/*.html frontend/vite.config.ts frontend/svelte.config.js frontend/tsconfig.json) \
	$(shell find frontend/src frontend/public frontend/wailsjs -type d -o -type f ! -name '*.test.ts' -print)
MODULES := frontend/node_modules/.package-lock.json
PAGES := frontend/dist/index.html
APP := build/bin/belfry
SERVER := build/bin/belfry-server

.PHONY: run cluster test dev build windows server pages lint fmt generate icons bench bench-storms bench-cluster bench-pages cluster-faults fuzz soak proxies vuln audit sbom dist \
	setup-server setup-run setup-test setup-faults setup-proxies setup-dist setup-container test-dist try-dist container test-go test-frontend test-generated test-pages test-window test-ports test-abuse test-cluster

# No display: the same program without the window, and nothing to install for one.
ifeq ($(OS)$(DISPLAY)$(WAYLAND_DISPLAY),Linux)
run: server
	@echo "There is no display here: this is the server alone, with the dashboard in a browser."
	@exec $(SERVER) $(ARGS)
else
run: build
	@exec $(APP) $(ARGS)
endif

# Three machines of one room on this computer, to try it out; Ctrl+C ends all. Their folders are in build/bin/cluster.
cluster: server
	@BELFRY="$(CURDIR)/$(SERVER)" DIR="$(CURDIR)/build/bin/cluster" build/cluster.sh $(ARGS)

# From what fails fastest to what takes longest; the two programs first, side by side, because they only compile.
test: setup-test
	@$(MAKE) -j2 build server
	@$(MAKE) lint
	@$(MAKE) test-go
	@$(MAKE) test-abuse
	@$(MAKE) test-cluster
	@$(MAKE) test-generated
	@$(MAKE) test-frontend
	@$(MAKE) test-pages
	@$(MAKE) test-window
	@echo "All tests passed."

dev: setup-run $(MODULES)
	build/wails.sh dev -m -nosyncgomod $(if $(WEBKIT),-tags $(WEBKIT)) $(if $(ARGS),-appargs "$(ARGS)")

build: $(APP)
server: $(SERVER)
pages: $(PAGES)
windows: build/bin/belfry.exe

setup-server setup-run setup-test setup-faults setup-proxies setup-dist setup-container: setup-%:
	@build/setup.sh $*

# npm writes this file last. It now and then fails to remove what an older lock left, so that is done for it.
$(MODULES): frontend/package-lock.json | setup-server
	rm -rf frontend/node_modules
	npm --prefix frontend ci --no-audit --no-fund
	@touch $@

$(PAGES): $(PAGE_SRC) $(MODULES)
	npm --prefix frontend run build

$(APP): $(GO_SRC) $(PAGES) wails.json build/appicon.png | setup-run
	$(WAILS_BUILD) $(if $(WEBKIT),-tags $(WEBKIT)) -o belfry
	@touch $@

build/bin/belfry.exe: $(GO_SRC) $(PAGES) wails.json $(wildcard build/windows/*) | setup-server
	$(WAILS_BUILD) -platform windows/amd64 -o belfry.exe
	@touch $@

$(SERVER): $(GO_SRC) $(PAGES) | setup-server
	CGO_ENABLED=0 go build -ldflags "-s -w $(STAMP)" -o $@ .

# Twice: each build tag hides one half of the program from the other.
lint: $(PAGES) | setup-run
	$(LINT) run ./...
	$(LINT) run --build-tags $(DESKTOP_TAGS),window,dist ./...

# Without the attacks and the faults of several machines, which have targets of their own, against the program that people get.
test-go: | setup-run
	go vet ./...
	go vet -tags $(DESKTOP_TAGS),window,dist ./...
	go test -race $$(go list ./... | grep -v -e build/abuse -e build/faults)
	@$(MAKE) test-ports

# The other systems' halves must compile at least.
test-ports:
	GOOS=windows CGO_ENABLED=0 go build -o /dev/null .
	GOOS=darwin CGO_ENABLED=0 go build -o /dev/null .

# What the network can do to the program, in its short form.
test-abuse: $(SERVER) | setup-run
	BELFRY="$(CURDIR)/$(SERVER)" $(QUICK) go test -count=1 ./build/abuse

# Three machines as one room, of which some are killed and stopped, in its short form.
test-cluster: $(SERVER) | setup-run
	BELFRY="$(CURDIR)/$(SERVER)" $(QUICK) go test -count=1 ./build/faults

test-generated: $(MODULES) | setup-run
	TAGS=$(WEBKIT) build/generate.sh check
	go run ./build/licences -check

test-frontend: $(MODULES)
	npm --prefix frontend run check
	npm --prefix frontend run lint
	npm --prefix frontend test

test-pages: $(SERVER) | setup-test
	CHROMIUM="$$(build/chromium.sh)" BELFRY="$(CURDIR)/$(SERVER)" npm --prefix frontend run e2e

# The window is looked at through its accessibility tree, which on other systems is another one.
ifeq ($(OS),Linux)
test-window: $(APP) | setup-test
	BELFRY="$(CURDIR)/$(APP)" dbus-run-session -- go test -count=1 -tags window ./build/window
else
test-window:
	@echo "not checked: the window's test runs on Linux alone"
endif

fmt: $(MODULES)
	$(LINT) fmt
	npm --prefix frontend run fmt

generate: $(MODULES) | setup-run
	TAGS=$(WEBKIT) build/generate.sh
	go run ./build/licences

# Only after a change of frontend/public/icon.svg.
icons: $(MODULES) | setup-test
	CHROMIUM="$$(build/chromium.sh)" node build/icons.mjs

# How long the room with people who come and go is kept, and how many they are.
CHURN ?= 1h
PEOPLE ?= 2000
# How long the program is attacked.
ABUSE ?= 5m

# Each parser that meets the network, fed with what nobody would write: make fuzz FUZZTIME=5m
fuzz: | setup-run
	build/fuzz.sh

# The program under load, killed at random instants, 50 times; a room with people who come and go; each attack at full
# size; both pages behind each proxy; each parser, fuzzed.
soak: $(SERVER) | setup-run
	BELFRY_KILLS=50 $(QUICK) go test -count=1 -timeout 30m -run TestKill -v ./test
	BELFRY_CHURN=$(CHURN) BELFRY_PEOPLE=$(PEOPLE) $(QUICK) go test -count=1 -timeout 100m -run TestChurn -v ./test
	BELFRY="$(CURDIR)/$(SERVER)" BELFRY_ABUSE=$(ABUSE) $(QUICK) go test -count=1 -timeout 60m -v ./build/abuse
	@$(MAKE) proxies
	$(QUICK) build/fuzz.sh

# How long several machines as one room are killed, stopped, cut off and damaged; SEED draws the same faults again.
FOR ?= 10m
SEED ?=
# As root each machine has a network and a disk of its own; else nothing is cut off, and nothing loses its power.
cluster-faults: $(SERVER) | setup-faults
	BELFRY="$(CURDIR)/$(SERVER)" BELFRY_FAULTS=$(FOR) BELFRY_SEED=$(SEED) $(QUICK) go test -count=1 -timeout 0 -v ./build/faults

# Real proxies with the blocks of docs/proxies.md, some minutes. What is not installed is skipped, and named.
proxies: $(SERVER) | setup-proxies
	CHROMIUM="$$(build/chromium.sh)" BELFRY="$(CURDIR)/$(SERVER)" npm --prefix frontend run -s proxies

STORM = $(QUICK) go run ./build/load

# The hot paths alone; then the real server over loopback, with people of its own.
bench: $(SERVER)
	$(QUICK) go test -run '^$$' -bench . -benchmem ./...
	$(QUICK) go run ./build/load -bin $(SERVER) -n 1000 -rate 20
	$(QUICK) go run ./build/load -bin $(SERVER) -n 1000 -rate 0
	$(QUICK) go run ./build/load -bin $(SERVER) -dur 2s -table
	@$(MAKE) bench-storms

# What a whole room does at once, in short: each of them explains its long form, as in `go run ./build/load return -h`.
ifeq ($(OS),Linux)
bench-storms: $(SERVER)
	$(STORM) return -bin $(SERVER) -n 1000 -m 100
	$(STORM) return -bin $(SERVER) -n 1000 -m 100 -half-open
	$(STORM) return -bin $(SERVER) -n 300 -m 1000
	$(STORM) receipts -bin $(SERVER) -n 1000 -dur 5s
	$(STORM) receipts -bin $(SERVER) -n 1000 -rate 0.5 -dur 4s -ack
	$(STORM) join -bin $(SERVER) -n 1000 -spread 1s
	$(STORM) join -bin $(SERVER) -n 1000 -spread 1s -code
	$(STORM) big -bin $(SERVER) -m 100000 -dur 8s
	$(STORM) -bin $(SERVER) -ingest 32 -dur 2s
else
bench-storms:
	@echo "not measured: the storms run on Linux alone"
endif

# Several machines as one room, beside one machine, some minutes. With fewer cores than machines it is those that are measured.
bench-cluster: $(SERVER)
	$(STORM) cluster -bin $(SERVER)

# The pages under load in Chromium, some minutes: make bench-pages PARTS="rate feed --log sqlite"
bench-pages: $(SERVER) | setup-test
	CHROMIUM="$$(build/chromium.sh)" BELFRY="$(CURDIR)/$(SERVER)" npm --prefix frontend run -s speed -- $(PARTS)

vuln:
	@build/audit.sh go

audit: $(MODULES)
	@build/audit.sh npm

# What goes with a release: what the programs are made of (CycloneDX), and the checksums of all of it.
sbom: server build $(MODULES)
	go tool -modfile=build/tools/sbom/go.mod cyclonedx-gomod mod -json -licenses=false -output build/bin/belfry.sbom.json .
	npm --prefix frontend sbom --sbom-format cyclonedx >build/bin/belfry-pages.sbom.json
	cd build/bin && sha256sum belfry belfry-server *.sbom.json >SHA256SUMS

# A release as a folder of files, on Linux: packages, the installer for Windows, the bare programs, what they are made of,
# checksums. The same commit gives the same bytes.
DIST := build/bin/dist
SUMS = cd $(DIST) && rm -f SHA256SUMS && sha256sum -- * >../SHA256SUMS.dist && mv ../SHA256SUMS.dist SHA256SUMS
dist: | setup-dist
	rm -rf $(DIST) $(APP) $(SERVER) # so that they name the commit of the release
	@$(MAKE) sbom
	build/package.sh
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(WAILS_BUILD) -platform windows/amd64 -nsis -o belfry.exe
	cp build/bin/belfry build/bin/belfry-server build/bin/belfry.exe build/bin/belfry-amd64-installer.exe build/bin/*.sbom.json $(DIST)
	$(SUMS)

# The packages in a fresh Debian, under systemd and in a window there; the image; the server for Windows under Wine. Some
# minutes, most of it as root: not a part of `make test`. What this machine lacks or forbids is skipped and counted.
test-dist: setup-dist
	@$(MAKE) try-dist

# The same with what is there already.
try-dist: server build
	@$(QUICK) go test -count=1 -timeout 50m -tags dist -v ./build/dist >build/bin/try-dist.log 2>&1; status=$$?; \
	cat build/bin/try-dist.log; \
	echo "packages: $$(grep -c '^--- PASS' build/bin/try-dist.log) tests passed, $$(grep -c '^--- SKIP' build/bin/try-dist.log) skipped"; \
	exit $$status

# The server as a container image in build/bin/dist, without a container service and without a network. In Docker's format:
# the other one has no health check.
container: server | setup-container
	rm -rf build/bin/container
	mkdir -p build/bin/container/data $(DIST)
	cp $(SERVER) LICENSE frontend/src/dashboard/settings/licences.txt build/bin/container
	buildah --storage-driver vfs bud --format docker --isolation chroot --timestamp "$$(git log -1 --format=%ct)" -t belfry-server \
		-f build/Containerfile build/bin/container
	rm -f $(DIST)/belfry-server.image.tar
	buildah --storage-driver vfs push -q belfry-server docker-archive:$(DIST)/belfry-server.image.tar:localhost/belfry-server:latest
	rm -rf build/bin/container
	$(SUMS)
