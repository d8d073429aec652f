/*
 * hearing: which words are in the bytes that arrived, by a real recogniser
 * (the local one) or by a code in the samples (code.h, for benchmarks). Never
 * by knowing what was played.
 */
#ifndef PROVSIM_HEARING_H
#define PROVSIM_HEARING_H

#include "serve.h"

enum heard_kind {
	HEARD_BEGAN,   /* somebody talks: start_n */
	HEARD_INTERIM, /* what he said so far */
	HEARD_FINAL,   /* he was silent for the end-point */
	HEARD_FLUSHED, /* the answer to hearing_flush(); text may be empty */
};

/* Positions are samples of what was pushed. */
struct heard {
	enum heard_kind kind;
	int64_t start_n, end_n; /* the speech */
	int64_t to_n;		/* audio is dealt with up to here */
	struct sv text;		/* lent */
	float confidence;
};
typedef void heard_h(const struct heard *h, void *arg);

struct hearing_prm {
	int endpoint_ms;
	struct sv bias; /* words to expect, one a line; lent for good */
};

struct hearing;

/** Loads the models where sim's options name them. 0 or -errno, told. */
int hearing_setup(struct hearing_engine **out, const struct sim *s);
/** No job may be under way: after loop_free(). */
struct hearing_engine *hearing_teardown(struct hearing_engine *e);

int hearing_new(struct hearing **out, struct sim *s,
		const struct hearing_prm *prm, heard_h *h, void *arg);
/** h runs no more. */
struct hearing *hearing_free(struct hearing *h);
/** μ-law, 8 kHz. h may run from inside. 0 or -errno. */
int hearing_push(struct hearing *h, struct sv ulaw);
/** All that was pushed is read now: HEARD_FLUSHED follows. */
void hearing_flush(struct hearing *h);
/** Samples pushed so far. */
int64_t hearing_pos(const struct hearing *h);
/** Coded audio: samples that are missing, and that came twice. */
void hearing_gaps(const struct hearing *h, int64_t *lost_n, int64_t *twice_n);

#endif
