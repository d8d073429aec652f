/* rows: the conditions of the suite, each a row of a table. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "world.h"

struct material {
	enum sound_set set;
	struct sounds people; /* what callers say */
	struct sounds nods;   /* … while they listen */
	struct pcm ours;
};

struct run {
	struct engine *engine;
	const struct material *material;
	uint64_t seed;
	int share;	  /* percent of the trials */
	const char *only; /* rows with this in their name; NULL: all */
	const char *out;
};

/** Prints the tables. 0 or -errno. */
int rows_all(const struct run *run);

#endif
