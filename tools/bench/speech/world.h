/*
 * world: one call in virtual time. The gateway's own parts (near with
 * canceller and detectors, Silero by the recogniser's ear, play queue, engine)
 * between a carrier that plays in real time behind a network and a caller on
 * a line (path.h). The voice and the dialog are the test's: the assistant
 * speaks as long as nobody interrupts.
 *
 * Positions are samples of the caller's leg, so 160 are one tick; what is
 * played in a tick has the same positions.
 */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "audio/near.h"
#include "path.h"
#include "speech/local/engine.h"

struct world_prm {
	struct engine *engine;
	const struct pcm *ours; /* the assistant's speech, looped; lent */
	struct path_prm path;
	int net_ms; /* one way */
	int ahead_ms;
	bool cancel; /* with canceller */
	bool reads;  /* texts by the recogniser, else made up */
	uint64_t seed;
};

/* What became of one thing that the caller let be heard. */
struct world_event {
	int64_t onset_n, end_n;
	int64_t hold_n;	     /* our speech was withheld for good, -1 */
	int64_t stop_n;	     /* … cleared, -1 */
	int holds;	     /* times it was withheld */
	int64_t silent_n;    /* the caller heard nothing of ours from here */
	int64_t gap_n;	     /* ticks without ours meanwhile, in samples */
	int resumes;	     /* times it went on for nothing */
	int64_t clip_n;	     /* the recogniser's clip begins here, -1 none */
	int heard_off_ms[4]; /* ledger against truth, of what was cut */
	int nheard;
	char text[128];
};

struct world;

int world_new(struct world **out, const struct world_prm *prm);
struct world *world_free(struct world *w);

/** Lets time pass. */
void world_run(struct world *w, int ms);
/** Until the assistant has spoken for ms without a stop. False: it did not. */
bool world_wait(struct world *w, int ms);
/** The caller says clip, wherever it falls; then ms more. */
void world_say(struct world *w, const struct pcm *clip, int ms,
	       struct world_event *out);

/* Since world_new(), and how long ours was played. */
struct world_sums {
	int clears, withholds;
	int gap_ms; /* not heard of ours for what was withheld for nothing */
	double spoke_min;
	/* while ours echoed and he was silent: what came, what was left */
	double echo, rest, far;
};
struct world_sums world_sums(const struct world *w);
/** Forgets echo, rest and far: what follows is measured alone. */
void world_zero(struct world *w);

#endif
