/* world: what the files of the harness share; tests include flow.h. */
#ifndef TESTS_FLOW_WORLD_H
#define TESTS_FLOW_WORLD_H

#include "flow.h"

#define MS 1000
#define SAMPLE_US 125

/* ---- flow.c ---- */
struct flow_event *flow_at_us(struct flow *f, int64_t t_us,
			      enum flow_kind kind);
void flow_fault(struct flow *f, const char *what);
void flow_engine(struct flow *f, struct call_ev ev);
struct flow_utt *flow_utt(struct flow *f, uint32_t id);

/* ---- voice.c: gives audio and word places ---- */
/** A sample that tells where it belongs. */
uint8_t voice_byte(uint32_t utt, uint32_t i);
/** A piece of the first utterance that is not complete. */
void voice_piece(struct flow *f);

/* ---- carrier.c: the network, the carrier's queue, the caller's ear ---- */
/** Samples of u that have reached the caller's ear by now. */
uint32_t carrier_heard_n(const struct flow *f, const struct flow_utt *u);
/** Sends what is due; the engine may change the queue in between. */
void carrier_pace(struct flow *f);
void carrier_send_clear(struct flow *f);
void carrier_arrive(struct flow *f, const struct flow_event *e);
void carrier_played(struct flow *f, struct flow_mark *k);
/** A mark's message is here again. */
void carrier_back(struct flow *f, struct sv msg);
/** The caller hung up. */
void carrier_stop(struct flow *f, int arg);
/** The stream ends: what is queued is not heard. */
void carrier_finish(struct flow *f);

#endif
