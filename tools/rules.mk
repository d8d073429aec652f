# Rules behind the Makefile: objects, one archive per layer, programs, tests.

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLC) -c -o $@ $<

define layer_rule
$(call archive,$(1)): $(call objs_of,$(1))
	@mkdir -p $$(@D)
	$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

link = $(Q)$(CC) $(CFLAGS) $(SANFLAGS) -rdynamic $(LINK_MORE) -o $@ $(1) -Wl,--start-group $(2) -Wl,--end-group $(FLITE) $(LIBS)

# ---- programs ----
$(B)/src/app/cmd.o: CPPFLAGS += -DNIGHTBELL_VERSION='"$(VERSION)"'
MAIN_NIGHTBELL := $(B)/src/app/main.o
$(B)/nightbell: $(foreach l,$(LAYERS),$(call archive,$(l)))
	$(call link,$(MAIN_NIGHTBELL),$^)

CALLSIM_OBJS := $(patsubst %.c,$(B)/%.o,$(shell find tools/callsim -name '*.c' 2>/dev/null | sort))
CALLSIM_LIBS := $(foreach l,io carriers speech proto audio codecs base,$(call archive,$(l)))
$(B)/callsim: $(CALLSIM_OBJS) $(CALLSIM_LIBS)
	$(call link,$(CALLSIM_OBJS),$(CALLSIM_LIBS) -lxml2)

# ---- make bench-load: calls with real pacing, and the floor ----
LOAD_OBJS := $(patsubst %.c,$(B)/%.o,$(filter-out %/relay.c,$(wildcard tools/bench/load/*.c)))
LOAD_LIBS := $(foreach l,io proto codecs base,$(call archive,$(l)))
$(B)/benchload: $(LOAD_OBJS) $(LOAD_LIBS)
	$(call link,$(LOAD_OBJS),$(LOAD_LIBS))
$(B)/benchrelay: $(B)/tools/bench/load/relay.o
	$(call link,$<,)

PROVSIM_OBJS := $(patsubst %.c,$(B)/%.o,$(shell find tools/provsim -name '*.c' 2>/dev/null | sort))
PROVSIM_LIBS := $(foreach l,io speech proto audio codecs base,$(call archive,$(l)))
$(B)/provsim: $(PROVSIM_OBJS) $(PROVSIM_LIBS)
	$(call link,$(PROVSIM_OBJS),$(PROVSIM_LIBS))

# ---- unit tests: tests/unit/<layer>/test_*.c link only what the layer may use ----
unit_srcs_of = $(wildcard tests/unit/$(1)/test_*.c)
unit_bins_of = $(patsubst tests/unit/$(1)/%.c,$(B)/unit/$(1)/%,$(call unit_srcs_of,$(1)))
define unit_rule
$(B)/unit/$(1)/%: $(B)/tests/unit/$(1)/%.o $(call archives_for,$(1))
	@mkdir -p $$(@D)
	$$(call link,$$<,$(call archives_for,$(1)) -lcmocka)
endef
$(foreach l,$(LAYERS),$(eval $(call unit_rule,$(l))))
UNIT_BINS := $(foreach l,$(LAYERS),$(call unit_bins_of,$(l)))
# It counts what our own objects allocate and write.
$(B)/unit/media/test_cost: LINK_MORE := $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc strdup strndup json_loadb lws_write pg_call pg_up store_segment store_flush)
# Ten minutes in a moment.
$(B)/unit/media/test_lines: LINK_MORE := $(addprefix -Wl$(comma)--wrap=,clock_mono_us malloc calloc realloc)
# Whole calls in virtual time: tests/unit/media/house.h.
HOUSE_TESTS := $(addprefix $(B)/unit/media/,test_waits test_model test_settings test_still test_flood)
$(HOUSE_TESTS): LINK_MORE := $(addprefix -Wl$(comma)--wrap=,clock_mono_us clock_wall_us timer_new timer_at timer_every timer_stop timer_free pg_call pg_up pg_value speech_find web_sock_send web_sock_close web_sock_hold web_sock_release)

# Conversations in virtual time: core + dialog + audio, an integer clock.
FLOW_SRCS := $(wildcard tests/flow/test_*.c)
FLOW_BINS := $(patsubst tests/flow/%.c,$(B)/flow/%,$(FLOW_SRCS))
FLOW_HELP := $(patsubst %.c,$(B)/%.o,$(filter-out $(FLOW_SRCS),$(wildcard tests/flow/*.c)))
FLOW_LIBS := $(foreach l,core dialog audio carriers codecs proto base,$(call archive,$(l)))
$(B)/flow/%: $(B)/tests/flow/%.o $(FLOW_HELP) $(FLOW_LIBS)
	@mkdir -p $(@D)
	$(call link,$< $(FLOW_HELP),$(FLOW_LIBS) -lcmocka)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.SECONDARY:

.PHONY: help build unit-bins
help: ## Says what each target does
	@grep -hE '^[a-z-]+:.*## ' Makefile tools/*.mk | sort | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

build: $(B)/nightbell $(B)/callsim $(B)/provsim ## Compiles nightbell, callsim and provsim into build/

unit-bins: $(UNIT_BINS) $(FLOW_BINS)

# make t T=base/test_js: builds and runs one unit test under the sanitizers
.PHONY: t tf
t: ## Runs one unit test under the sanitizers: make t T=base/test_js
	@$(MAKE) --no-print-directory SAN=1 build/san/unit/$(T) && build/san/unit/$(T)
tf: ## Runs one virtual-time test under the sanitizers: make tf T=test_call
	@$(MAKE) --no-print-directory SAN=1 build/san/flow/$(T) && build/san/flow/$(T)

# One line a layer: itself, then what it may use (for tools/lint).
.PHONY: print-layers
print-layers:
	@$(foreach l,$(LAYERS),echo $(l) $(needs_$(l));)

# ---- callsim: its parts as an archive, so that tests can link them ----
$(CALLSIM_OBJS): CPPFLAGS += $(shell pkg-config --cflags libxml-2.0 2>/dev/null)
CALLSIM_PARTS := $(filter-out %/main.o,$(CALLSIM_OBJS))
$(B)/libcallsim.a: $(CALLSIM_PARTS)
	$(Q)rm -f $@ && ar rcs $@ $^
CALLSIM_TESTS := $(patsubst tests/unit/callsim/%.c,$(B)/unit/callsim/%,$(wildcard tests/unit/callsim/test_*.c))
$(CALLSIM_TESTS): $(B)/unit/callsim/%: $(B)/tests/unit/callsim/%.o $(B)/libcallsim.a $(CALLSIM_LIBS)
	@mkdir -p $(@D)
	$(call link,$<,$(B)/libcallsim.a $(CALLSIM_LIBS) -lxml2 -lcmocka)
$(CALLSIM_TESTS:$(B)/unit/callsim/%=$(B)/tests/unit/callsim/%.o): CPPFLAGS += -Itools/callsim $(shell pkg-config --cflags libxml-2.0 2>/dev/null)
unit-bins: $(CALLSIM_TESTS)
UNIT_BINS += $(CALLSIM_TESTS)

# ---- the labelled audio suite ----
BENCH_SPEECH_OBJS := $(patsubst %.c,$(B)/%.o,$(wildcard tools/bench/speech/*.c) \
	$(foreach f,channel clip synth,tools/callsim/$(f).c))
BENCH_SPEECH_LIBS := $(foreach l,speech core dialog $(needs_speech) $(needs_core),$(call archive,$(l)))
$(B)/bench-speech: $(BENCH_SPEECH_OBJS) $(BENCH_SPEECH_LIBS)
	$(call link,$(BENCH_SPEECH_OBJS),$(sort $(BENCH_SPEECH_LIBS)) -lgsm)

# ---- our TwiML for tests/sdk, which holds it against the vendor's builder ----
PRINT_TWIML_LIBS := $(foreach l,proto base,$(call archive,$(l)))
$(B)/print_twiml: $(B)/tests/sdk/print_twiml.o $(PRINT_TWIML_LIBS)
	$(call link,$<,$(PRINT_TWIML_LIBS))
