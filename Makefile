# Nightbell. "make help" explains every target.
SHELL   := /bin/bash
.DEFAULT_GOAL := help

SAN     ?=
B       ?= build$(if $(SAN),/san)
CC      := gcc
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)

PKGS    := libwebsockets libuv libcurl jansson libjwt libpq speexdsp opus ogg openssl yaml-0.1 libxml-2.0
CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wwrite-strings -Wvla -Wundef -Wformat=2
ifneq ($(CI),)
WARN    += -Werror
endif
comma   := ,
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
CPPFLAGS += -D_GNU_SOURCE -Isrc -Iinclude -I. $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
ALLC    = $(CFLAGS) -std=gnu11 $(WARN) $(SANFLAGS) -MMD -MP
LIBS    = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread -ldl -lm
FLITE   := -lflite_cmu_us_slt -lflite_cmu_us_rms -lflite_cmu_us_kal -lflite_cmu_us_awb \
           -lflite_usenglish -lflite_cmulex -lflite

# ---- layers: what each folder may use; also the order of linking ----
LAYERS  := base codecs audio proto core dialog io carriers speech buses media desk app
needs_base :=
needs_codecs := base
needs_audio := base codecs
needs_proto := base
needs_core := base
needs_dialog := base
needs_io := audio codecs proto base
needs_carriers := proto codecs base
needs_speech := io audio codecs proto base
needs_buses := io base
needs_media := buses speech carriers io dialog core proto audio codecs base
needs_desk := media $(needs_media)
needs_app := desk $(needs_desk)

dir_of   = $(if $(filter codecs,$(1)),codecs,src/$(1))
srcs_of  = $(shell find $(call dir_of,$(1)) -name '*.c' 2>/dev/null | sort)
objs_of  = $(patsubst %.c,$(B)/%.o,$(call srcs_of,$(1)))
archive  = $(B)/lib$(1).a
archives_for = $(foreach l,$(1) $(needs_$(1)),$(call archive,$(l)))

include tools/rules.mk
-include tools/web.mk

# What people type. Everything here installs what it needs first.

CHECK_SECONDS ?= 60

.PHONY: deps deps-test demo run test check lint format docs install clean speech-files
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

.PHONY: bench bench-turns
bench: ## Calls per core, added delay, processor time: docs/bench.md (BENCH="--rows floor")
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$$(nproc) build $(B)/benchload $(B)/benchrelay
	@node tools/bench/load.mjs $(BENCH)

bench-turns: ## Measures whole calls at the caller's ear (CALLS=4 of each kind)
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@node tools/bench/turns.mjs $(or $(CALLS),4)

.PHONY: bench-speech
bench-speech: ## Interruptions, echo, noise on recorded speech, in virtual time (about 4 minutes): docs/bench.md
	@$(MAKE) --no-print-directory deps deps-test
	@tools/deps/debian.sh bench
	@$(MAKE) --no-print-directory -j$$(nproc) build build/bench-speech
	@build/bench-speech $(SPEECH)

.PHONY: soak
soak: ## Calls come and go for MINUTES=10, with faults; then all must be as it was (SOAK="--row relay")
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$$(nproc) build $(B)/benchload
	@node tools/bench/soak.mjs $(or $(MINUTES),10) $(SOAK)

.PHONY: torture
torture: ## Every caller, three seeds, quiet and noisy lines (90 minutes; goes on where it was stopped): docs/conversations.md
	@$(MAKE) --no-print-directory deps deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@cd tests/e2e && ../../tools/npm-ci.sh
	@cd tests/e2e && NB_TEXTS=1000 node --test outbox.test.mjs
	@node tools/torture/torture.mjs $(TORTURE)

.PHONY: wander
wander: ## Random conversations in virtual time: SEEDS=20000 from seed FROM=1
	@$(MAKE) --no-print-directory build/flow/test_random
	@NIGHTBELL_FROM=$(or $(FROM),1) NIGHTBELL_SEEDS=$(or $(SEEDS),20000) build/flow/test_random

.PHONY: soak-calls
soak-calls: ## Whole spoken calls for MINUTES=10 while things break (CALLS=3 at once); all must be as before
	@$(MAKE) --no-print-directory deps deps-test
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@cd tests/e2e && ../../tools/npm-ci.sh
	@node tools/soak/soak.mjs $(or $(MINUTES),10) $(or $(CALLS),3)

lint: ## Layers, sizes, banned functions, layout
	@tools/deps/debian.sh lint
	@$(MAKE) --no-print-directory -j$$(nproc) build
	@tools/lint/layers.sh $(B)
	@tools/lint/sizes.sh
	@tools/lint/banned.sh
	@tools/lint/format.sh
	@tools/lint/cppcheck.sh
	@$(B)/nightbell timers | diff -u docs/timers.md - || { echo "lint: docs/timers.md is old: make docs" >&2; exit 1; }
	@tools/lint/timers.sh
	@echo "lint: clean"

format: ## Lays the C files out
	@git ls-files -co --exclude-standard 'src/*.[ch]' 'codecs/*.[ch]' 'tools/*.[ch]' 'tests/*.c' | xargs clang-format -i

docs: build ## Writes the pages that the program makes itself
	@$(B)/nightbell timers >docs/timers.md

install: ## Puts what was built into the system (DESTDIR=… below another root)
	@B=$(B) tools/install.sh

clean: ## Removes build/ (var/ with the downloaded models stays)
	rm -rf build web/dist
