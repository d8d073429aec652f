# What people type. Everything here installs what it needs first.

CHECK_SECONDS ?= 60

.PHONY: deps deps-test demo run test check lint format clean speech-files
deps: ## Installs what building and running need (Debian and npm packages)
	@tools/deps/debian.sh
	@$(MAKE) --no-print-directory speech-files web

deps-test:
	@tools/deps/debian.sh test

speech-files:
	@tools/deps/speech.sh var/speech

demo: ## Starts everything and plays a missed call with real audio
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@tools/demo/demo.sh

run: ## Runs the gateway with your configuration: make run CONFIG=my.yaml
	@test -n "$(CONFIG)" || { echo "make run: name a configuration: make run CONFIG=my.yaml (start with a copy of conf/nightbell.yaml)" >&2; exit 2; }
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@exec build/nightbell serve --config $(CONFIG)

check: ## Unit tests and conversations in virtual time, sanitized, < 60 s
	@$(MAKE) --no-print-directory SAN=1 -j$$(nproc) unit-bins
	@$(MAKE) --no-print-directory SAN=1 check-run

.PHONY: check-run
check-run:
	@ASAN_OPTIONS=detect_leaks=1 tools/run-tests.sh $(CHECK_SECONDS) $(UNIT_BINS) $(FLOW_BINS)

test: ## Installs, builds and runs every suite that needs no key
	@tools/test.sh

.PHONY: bench
bench: ## Measures whole calls at the caller's ear (CALLS=4 of each kind)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@node tools/bench/turns.mjs $(or $(CALLS),4)

lint: ## Layers, sizes, banned functions, layout
	@tools/deps/debian.sh lint
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@tools/lint/layers.sh $(B)
	@tools/lint/sizes.sh
	@tools/lint/banned.sh
	@tools/lint/format.sh
	@echo "lint: clean"

format: ## Lays the C files out
	@git ls-files -co --exclude-standard 'src/*.[ch]' 'codecs/*.[ch]' 'tools/*.[ch]' 'tests/*.c' | xargs clang-format -i

clean: ## Removes build/ (var/ with the downloaded models stays)
	rm -rf build web/dist
