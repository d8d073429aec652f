#include "audio/bed.h"

#include <math.h>

#define MEMORY 1.004f	/* a frame: 5 s */
#define WEIGHT_MAX 1e6f /* then all is scaled back to 1 */
#define LEAST 25.f	/* frames: earlier nothing is known */
#define EVERY 5		/* frames between two looks */

/*
 * Four of ten frames of babble and of music stay below SPREAD times the lower
 * quarter's width above the middle; a lone talker's lower quarter is wide,
 * and OVER_DB above its end is what counts then.
 */
#define SPREAD 2.3f
#define MARGIN_DB 1.f
#define OVER_DB 12.f

void bed_init(struct bed *b)
{
	*b = (struct bed){.weight = 1, .gate_dbov = -INFINITY};
}

/* The level below which share of the frames are, to a part of a dB. */
static float quantile(const struct bed *b, float share)
{
	float below = 0, want = share * b->frames;
	int i;

	for (i = 0; i < BED_LEVELS - 1 && below + b->seen[i] < want; i++)
		below += b->seen[i];
	return (float)(i - BED_LEVELS) +
	       (b->seen[i] > 0 ? (want - below) / b->seen[i] : 0);
}

static void fade(struct bed *b)
{
	b->frames = 0;
	for (int i = 0; i < BED_LEVELS; i++) {
		b->seen[i] /= b->weight;
		b->frames += b->seen[i];
	}
	b->weight = 1;
}

float bed_frame(struct bed *b, float level_dbov)
{
	int i = (int)floorf(level_dbov) + BED_LEVELS;
	float quarter, half;

	i = MAX(MIN(i, BED_LEVELS - 1), 0);
	b->seen[i] += b->weight;
	b->frames += b->weight;
	if (b->frames < LEAST * b->weight && b->gate_dbov == -INFINITY)
		return b->gate_dbov;
	b->weight *= MEMORY;
	if (b->weight > WEIGHT_MAX)
		fade(b);
	if (b->age++ % EVERY)
		return b->gate_dbov;
	quarter = quantile(b, .25f);
	half = quantile(b, .5f);
	b->gate_dbov = MIN(half + SPREAD * (half - quarter) + MARGIN_DB,
			   quarter + OVER_DB);
	return b->gate_dbov;
}
