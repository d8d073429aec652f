/*
 * dg_query: the parameters of Deepgram's /v1/listen, as strictly as its
 * documents say. What the documents leave open is refused here: a client
 * that passes is on the safe side.
 */
#ifndef PROVSIM_DG_QUERY_H
#define PROVSIM_DG_QUERY_H

#include "base/buf.h"
#include "proto/form.h"

struct dg_query {
	char model[64], language[16];
	bool mulaw; /* else linear16 */
	int sample_rate;
	bool interim_results, vad_events, punctuate;
	int endpointing_ms;   /* 0: off */
	int utterance_end_ms; /* 0: off */
	struct buf keyterms;  /* one a line */
};

/** 0, or -EINVAL with a sentence in why. buf_fini(&q->keyterms) in any case. */
int dg_query_parse(struct dg_query *q, const struct form *f, char *why,
		   size_t why_size);

#endif
